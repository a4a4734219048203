package client_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// What Teams never hands out is refused before it is stored, unless the caller insists.
func TestEndpointIDsAreCheckedByShape(t *testing.T) {
	t.Parallel()
	const team, channel = "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", "19:a@thread.tacv2"
	for name, c := range map[string]struct {
		endpoint novu.Endpoint
		says     string
	}{
		"swapped":                 {novu.MSTeamsChannelEndpoint{TeamID: channel, ChannelID: team}, "swapped"},
		"team by its thread":      {novu.MSTeamsChannelEndpoint{TeamID: channel, ChannelID: channel}, "Endpoint.TeamID is a thread id"},
		"team by its name":        {novu.MSTeamsChannelEndpoint{TeamID: "Engineering", ChannelID: channel}, "is not a GUID"},
		"channel by its name":     {novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: "General"}, "is not a thread id"},
		"person by address":       {novu.MSTeamsUserEndpoint{UserID: "ada@acme.example"}, "is an address"},
		"person by name":          {novu.MSTeamsUserEndpoint{UserID: "ada"}, "neither an Entra object id"},
		"person by a thread":      {novu.MSTeamsUserEndpoint{UserID: channel}, "neither an Entra object id"},
		"tenant by domain":        {novu.MSTeamsUserEndpoint{UserID: team, TenantID: "acme.example"}, "Endpoint.TenantID"},
		"pointer to a wrong team": {&novu.MSTeamsChannelEndpoint{TeamID: "x", ChannelID: channel}, "is not a GUID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, asked := script(t, answer(http.StatusTeapot, "{}"))
			params := novu.CreateChannelEndpointParams{IntegrationIdentifier: "i", SubscriberID: "s", Endpoint: c.endpoint}
			_, err := client.ChannelEndpoints.Create(t.Context(), params)
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			require.ErrorContains(t, err, c.says)
			assert.Empty(t, *asked)
			_, err = client.ChannelEndpoints.Create(t.Context(), params, novu.WithUncheckedIDs())
			require.NotErrorIs(t, err, novu.ErrInvalidParams)
			assert.Len(t, *asked, 1)
		})
	}
	client, asked := script(t, answer(http.StatusTeapot, "{}"))
	for _, e := range []novu.Endpoint{
		novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: channel}, novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: "19:b@unq.gbl.spaces"},
		novu.MSTeamsUserEndpoint{UserID: team}, novu.MSTeamsUserEndpoint{UserID: "29:1bSn", TenantID: team},
	} {
		_, err := client.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{IntegrationIdentifier: "i", SubscriberID: "s", Endpoint: e})
		require.NotErrorIs(t, err, novu.ErrInvalidParams)
	}
	assert.Len(t, *asked, 4)
}
