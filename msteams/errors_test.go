package msteams_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

func graphBody(code, message string) string {
	data, _ := json.Marshal(object{"error": object{"code": code, "message": message, "innerError": object{"request-id": "the-request"}}})
	return string(data)
}

func TestMissingPermission(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(403, graphBody("Forbidden",
		"Missing role permissions on the request. API requires one of 'Team.ReadBasic.All, TeamSettings.Read.All'. Roles on the request 'User.Read.All, AppCatalog.Read.All'.")))
	_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	var missing *msteams.MissingPermissionError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, []string{"Team.ReadBasic.All", "TeamSettings.Read.All"}, missing.Required)
	assert.Equal(t, []string{"User.Read.All", "AppCatalog.Read.All"}, missing.Granted)
	require.NotErrorIs(t, err, msteams.ErrNotConsented, "something was granted")
	assert.Equal(t, "missing permission: one of Team.ReadBasic.All, TeamSettings.Read.All is required, granted: User.Read.All, AppCatalog.Read.All", missing.Error())
}

// Which failures are repeated follows from what the operation is.
func TestRetries(t *testing.T) {
	t.Parallel()
	type cell struct{ read, post int } // requests
	for code, want := range map[int]cell{
		412: {2, 1}, 429: {2, 2}, 500: {2, 1}, 502: {2, 1}, 503: {2, 1}, 504: {2, 1}, 408: {2, 1}, 404: {1, 1}, 403: {1, 1},
	} {
		f := newFake(t)
		f.on("GET /connector/teams/v3/teams/{id}", status(code, ""), ok(object{"id": channelID}))
		f.on("POST /connector/teams/v3/conversations/{id}/activities", status(code, ""), ok(object{}))
		tenant := f.tenant(t)
		_, _ = tenant.TeamDetails(t.Context(), channelID)
		_, _ = tenant.SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: "hi"})
		assert.Len(t, f.requests("/v3/teams/"), want.read, "read after %d", code)
		assert.Len(t, f.requests("/activities"), want.post, "post after %d", code)
	}
}

func TestRetryAfterIsInTheError(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(429, graphBody("TooManyRequests", "Slow down"), "Retry-After", "120"))
	_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	e := asError(t, err)
	assert.Equal(t, "2m0s", e.RetryAfter.String())
	assert.Equal(t, 1, e.Attempts)
	require.ErrorContains(t, err, "the retry policy allows 1m0s; wait 2m0s")
}

// Nothing that is printed holds a secret, whatever the servers echo.
func TestSecretsStayOutOfWhatIsPrinted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	token := jwt(customer, "Team.ReadBasic.All")
	echo := func(code int) answer {
		return func(w http.ResponseWriter, r *http.Request) {
			status(code, `{"error":{"code":"x","message":"secret `+secret+` token `+token+`"},"error_description":"`+secret+`"}`)(w, r)
		}
	}
	f.on("POST /login/"+home+"/", echo(401))
	f.on("GET /graph/v1.0/teams", echo(403))
	f.on("GET /graph/v1.0/teams/{id}/channels", status(200, `{"value":"`+token+`"}`))
	f.on("GET /graph/v1.0/users/{id}", ok(page("", team(1))))
	var log strings.Builder
	var told []msteams.Attempt
	c := f.client(t, msteams.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		msteams.WithAttemptHook(func(_ context.Context, a msteams.Attempt) { told = append(told, a) }))
	tenant := c.Tenant(customer)
	_, teamsErr := collect(tenant.Teams(t.Context(), msteams.ListTeamsParams{}))
	_, channelsErr := collect(tenant.Channels(t.Context(), teamID))
	_, botErr := c.BotToken(t.Context())
	got, err := tenant.GraphToken(t.Context())
	require.NoError(t, err)
	credentials := msteams.Credentials{ClientID: clientID, ClientSecret: secret}
	require.ErrorContains(t, teamsErr, "[redacted]")
	require.Error(t, channelsErr)
	require.Error(t, botErr)

	require.NotEmpty(t, told)
	printed := log.String()
	for _, v := range []any{teamsErr, channelsErr, botErr, got, credentials, c, *c, tenant, *tenant, told} {
		printed += fmt.Sprintf("%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
		data, err := json.Marshal(v)
		require.NoError(t, err)
		printed += string(data)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	}
	printed += log.String()
	for _, canary := range []string{"canary", fmt.Sprintf("%x", "canary")} {
		assert.NotContains(t, printed, canary)
	}
}
