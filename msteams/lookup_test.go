package msteams_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

func TestLookupTeams(t *testing.T) {
	t.Parallel()
	seeded := novutest.NewTenant("", 12, 3, 2)
	srv := novutest.NewServer(t, novutest.WithTenant(seeded))
	tenant := srv.MSTeams().Tenant(novutest.DefaultTenantID)
	all, err := tenant.LookupTeams(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)

	var ids []string
	for team, err := range tenant.Teams(t.Context(), msteams.ListTeamsParams{}) {
		require.NoError(t, err)
		ids = append(ids, team.ID)
	}
	const gone = "11111111-2222-3333-4444-555555555555"
	ids = append(ids[:11], gone)
	before := len(srv.Requests())
	all, err = tenant.LookupTeams(t.Context(), ids...)
	require.NoError(t, err)
	assert.Equal(t, before+2, len(srv.Requests()), "ten teams a request")
	require.Len(t, all, 12)
	for i, team := range all[:11] {
		require.NoError(t, team.Err)
		assert.Equal(t, ids[i], team.ID)
		assert.NotEmpty(t, team.DisplayName)
		require.Len(t, team.Channels, 3)
		assert.Equal(t, ids[i], team.Channels[2].TeamID)
	}
	assert.Equal(t, gone, all[11].ID)
	require.ErrorIs(t, all[11].Err, msteams.ErrNotFound)

	_, err = tenant.LookupTeams(t.Context(), "Engineering")
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
	srv.Inject(novutest.Fault{Route: "/_graph/v1.0/$batch", Status: http.StatusForbidden, Body: "{}"})
	_, err = tenant.LookupTeams(t.Context(), ids...)
	require.ErrorIs(t, err, msteams.ErrForbidden)
}

func TestOpenChat(t *testing.T) {
	t.Parallel()
	ada := novutest.User{Name: "Ada", ID: "b3a0c8de-41f7-4f0e-8f53-6f0f5e2d9c02"}
	srv := novutest.NewServer(t, novutest.WithTenant(novutest.Tenant{Users: []novutest.User{ada}}))
	tenant := srv.MSTeams().Tenant(novutest.DefaultTenantID)
	first, err := tenant.OpenChat(t.Context(), ada.ID)
	require.NoError(t, err)
	again, err := tenant.OpenChat(t.Context(), ada.ID)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Empty(t, srv.Messages())
	srv.UninstallBot(ada.ID)
	_, err = tenant.OpenChat(t.Context(), ada.ID)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	_, err = tenant.OpenChat(t.Context(), "ada@acme.example")
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
}
