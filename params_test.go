package novu_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// All that is wrong is said at once.
func TestBadInputIsReportedWhole(t *testing.T) {
	t.Parallel()
	_, err := silent(t).ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{Endpoint: novu.MSTeamsChannelEndpoint{}})
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Len(t, e.Fields, 4)
	for _, field := range []string{"IntegrationIdentifier", "SubscriberID", "Endpoint.TeamID", "Endpoint.ChannelID"} {
		assert.Equal(t, 1, strings.Count(err.Error(), field+" must not be empty"), err.Error())
	}
}

// Contexts are letters of either case, digits, - and _.
func TestContextNames(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]novu.ContextPayload{
		"capitals": {"Tenant": {ID: "ACME"}}, "digits, - and _": {"tenant_1": {ID: "acme-2"}}, "100 letters": {"tenant": {ID: strings.Repeat("a", 100)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := createdBy(t, with(newEndpoint, func(p *novu.CreateChannelEndpointParams) {
				p.Identifier, p.Context = "alerts", payload
			}))
			require.NoError(t, err)
		})
	}
	create := func(payload novu.ContextPayload) call {
		return createEndpoint(with(newEndpoint, func(p *novu.CreateChannelEndpointParams) { p.Context = payload }))
	}
	testBadInput(t, map[string]badInput{
		"a dot":         {call: create(novu.ContextPayload{"tenant": {ID: "acme.example"}}), field: "Context"},
		"a space":       {call: create(novu.ContextPayload{"the tenant": {ID: "acme"}}), field: "Context"},
		"an umlaut":     {call: create(novu.ContextPayload{"tenant": {ID: "größe"}}), field: "Context"},
		"101 letters":   {call: create(novu.ContextPayload{"tenant": {ID: strings.Repeat("a", 101)}}), field: "Context"},
		"nothing":       {call: create(novu.ContextPayload{}), field: "Context"},
		"six":           {call: create(tooMany), field: "Context"},
		"an empty type": {call: create(novu.ContextPayload{"": {ID: "acme"}}), field: "Context"},
	})
}

// The server would take an empty set of contexts for no filter.
func TestContextKeysThatWouldFilterNothing(t *testing.T) {
	t.Parallel()
	list := func(keys []string) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{ContextKeys: keys})
		}
	}
	testBadInput(t, map[string]badInput{
		"an empty set": {call: list(novu.ContextPayload{}.Keys()), field: "ContextKeys"},
		"an empty key": {call: list([]string{"tenant:acme", ""}), field: "ContextKeys[1]"},
	})
}
