package conformance_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// kind groups operations that are to behave alike.
type kind int

const (
	read kind = iota
	update
	remove
	create
	lock // a create that is to tell who was first
	trigger
	claim  // a create whose identifier the server changes where it is taken
	answer // a reply of an agent
	hook
	message
	kinds
)

var kindNames = [kinds]string{"read", "update", "delete", "create", "lock", "trigger", "agent", "reply", "webhook", "bot message"}

// operation is a call with the one route that its faults happen on.
type operation struct {
	name    string
	kind    kind
	method  string
	route   string
	unkeyed bool // Novu heeds no key of a PUT
	// prepare makes what the call needs; nil: nothing.
	prepare func(t *testing.T, w *world)
	act     func(ctx context.Context, w *world, opts ...novu.RequestOption) error
	// done counts how often the call has had its effect; nil: it has none.
	done func(t *testing.T, w *world) int
}

const (
	endpointsRoute = "/v1/channel-endpoints"
	endpointRoute  = endpointsRoute + "/{identifier}"
)

var operations = slices.Concat(basicOperations, agentOperations)

var basicOperations = []operation{
	{name: "ChannelEndpoints.Get", kind: read, method: http.MethodGet, route: endpointRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.Get(ctx, known, opts...)
		return err
	}, done: nil},
	{name: "ChannelEndpoints.List", kind: read, method: http.MethodGet, route: endpointsRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{SubscriberID: other}, opts...)
		return err
	}, done: nil},
	{name: "ChannelEndpoints.Update", kind: update, method: http.MethodPatch, route: endpointRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.Update(ctx, known, novu.UpdateChannelEndpointParams{
			Endpoint: novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: builds},
		}, opts...)
		return err
	}, done: func(t *testing.T, w *world) int {
		e, err := w.check.ChannelEndpoints.Get(t.Context(), known)
		require.NoError(t, err)
		return count(e.Endpoint == novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: builds})
	}},
	{name: "ChannelEndpoints.Delete", kind: remove, method: http.MethodDelete, route: endpointRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return w.novu.ChannelEndpoints.Delete(ctx, known, opts...)
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: other})
		require.NoError(t, err)
		return 1 - len(page.Data)
	}},
	{name: "ChannelConnections.Create", kind: create, method: http.MethodPost, route: "/v1/channel-connections", act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
			IntegrationIdentifier: teams, SubscriberID: someone, Workspace: novu.Workspace{ID: customer},
			Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
		}, opts...)
		return err
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.ChannelConnections.List(t.Context(), novu.ListChannelConnectionsParams{})
		require.NoError(t, err)
		return len(page.Data)
	}},
	{name: "ChannelEndpoints.Create", kind: create, method: http.MethodPost, route: endpointsRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return newEndpoint(ctx, w.novu, builds, opts...)
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: someone})
		require.NoError(t, err)
		return len(page.Data) - 1 // the webhook
	}},
	{name: "Integrations.Create", kind: create, method: http.MethodPost, route: "/v1/integrations", act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Integrations.Create(ctx, novu.CreateIntegrationParams{
			Name: "another", Credentials: novu.MSTeamsCredentials{ClientID: "a", ClientSecret: "b", TenantID: "c"},
		}, opts...)
		return err
	}, done: func(t *testing.T, w *world) int {
		all, err := w.check.Integrations.List(t.Context())
		require.NoError(t, err)
		n := 0
		for _, i := range all {
			n += count(i.Name == "another")
		}
		return n
	}},
	{name: "Subscribers.Create with FailIfExists", kind: lock, method: http.MethodPost, route: "/v2/subscribers", act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Subscribers.Create(ctx, novu.CreateSubscriberParams{
			SubscriberID: "new", FirstName: "Ada", FailIfExists: true,
		}, opts...)
		return err
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.Subscribers.List(t.Context(), novu.ListSubscribersParams{SubscriberID: "new"})
		require.NoError(t, err)
		return len(page.Data)
	}},
	{name: "Events.Trigger", kind: trigger, method: http.MethodPost, route: "/v1/events/trigger", act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}, opts...)
		return err
	}, done: landed},
	{name: "Events.TriggerBulk", kind: trigger, method: http.MethodPost, route: "/v1/events/trigger/bulk", act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		results, err := w.novu.Events.TriggerBulk(ctx, []novu.TriggerParams{{WorkflowID: alert, To: novu.ToSubscriber(someone)}}, opts...)
		if err != nil {
			return err
		}
		return results[0].Err()
	}, done: landed},
	{name: "webhook.Client.Send", kind: hook, method: http.MethodPost, route: "/_workflows/{rest...}", act: func(ctx context.Context, w *world, _ ...novu.RequestOption) error {
		return w.post(ctx, "builds", text)
	}, done: landed},
	{name: "msteams.Tenant.SendToChannel", kind: message, method: http.MethodPost, route: "/_connector/{region}/v3/conversations/{conversation}/activities", act: func(ctx context.Context, w *world, _ ...novu.RequestOption) error {
		_, err := w.tenant.SendToChannel(ctx, team, builds, msteams.Message{Text: text})
		return err
	}, done: landed},
}

func newEndpoint(ctx context.Context, c *novu.Client, channel string, opts ...novu.RequestOption) error {
	_, err := c.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: channel},
	}, opts...)
	return err
}

// landed is how many messages came, but for those that warmed the wire.
func landed(t *testing.T, w *world) int {
	t.Helper()
	require.NoError(t, w.srv.Settle(t.Context()))
	require.Empty(t, w.srv.Failures())
	n := 0
	for _, m := range w.srv.Messages() {
		n += count(m.Text == text)
	}
	return n
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
