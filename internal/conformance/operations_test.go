package conformance_test

import (
	"context"
	"net/http"
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
	hook
	message
	kinds
)

var kindNames = [kinds]string{"read", "update", "delete", "create", "lock", "trigger", "webhook", "bot message"}

// operation is a call with the one route that its faults happen on.
type operation struct {
	name   string
	kind   kind
	method string
	route  string
	act    func(ctx context.Context, w *world, opts ...novu.RequestOption) error
	// done counts how often the call has had its effect; nil: it has none.
	done func(t *testing.T, w *world) int
}

const (
	endpointsRoute = "/v1/channel-endpoints"
	endpointRoute  = endpointsRoute + "/{identifier}"
)

var operations = []operation{
	{"ChannelEndpoints.Get", read, http.MethodGet, endpointRoute, func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.Get(ctx, known, opts...)
		return err
	}, nil},
	{"ChannelEndpoints.List", read, http.MethodGet, endpointsRoute, func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{SubscriberID: other}, opts...)
		return err
	}, nil},
	{"ChannelEndpoints.Update", update, http.MethodPatch, endpointRoute, func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelEndpoints.Update(ctx, known, novu.UpdateChannelEndpointParams{
			Endpoint: novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: builds},
		}, opts...)
		return err
	}, func(t *testing.T, w *world) int {
		e, err := w.check.ChannelEndpoints.Get(t.Context(), known)
		require.NoError(t, err)
		return count(e.Endpoint == novu.MSTeamsChannelEndpoint{TeamID: team, ChannelID: builds})
	}},
	{"ChannelEndpoints.Delete", remove, http.MethodDelete, endpointRoute, func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return w.novu.ChannelEndpoints.Delete(ctx, known, opts...)
	}, func(t *testing.T, w *world) int {
		page, err := w.check.ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: other})
		require.NoError(t, err)
		return 1 - len(page.Data)
	}},
	{"ChannelConnections.Create", create, http.MethodPost, "/v1/channel-connections", func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
			IntegrationIdentifier: teams, SubscriberID: someone, Workspace: novu.Workspace{ID: customer},
			Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
		}, opts...)
		return err
	}, func(t *testing.T, w *world) int {
		page, err := w.check.ChannelConnections.List(t.Context(), novu.ListChannelConnectionsParams{})
		require.NoError(t, err)
		return len(page.Data)
	}},
	{"ChannelEndpoints.Create", create, http.MethodPost, endpointsRoute, func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return newEndpoint(ctx, w.novu, builds, opts...)
	}, func(t *testing.T, w *world) int {
		page, err := w.check.ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: someone})
		require.NoError(t, err)
		return len(page.Data) - 1 // the webhook
	}},
	{"Integrations.Create", create, http.MethodPost, "/v1/integrations", func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Integrations.Create(ctx, novu.CreateIntegrationParams{
			Name: "another", Credentials: novu.MSTeamsCredentials{ClientID: "a", ClientSecret: "b", TenantID: "c"},
		}, opts...)
		return err
	}, func(t *testing.T, w *world) int {
		all, err := w.check.Integrations.List(t.Context())
		require.NoError(t, err)
		n := 0
		for _, i := range all {
			n += count(i.Name == "another")
		}
		return n
	}},
	{"Subscribers.Create with FailIfExists", lock, http.MethodPost, "/v2/subscribers", func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Subscribers.Create(ctx, novu.CreateSubscriberParams{
			SubscriberID: "new", FirstName: "Ada", FailIfExists: true,
		}, opts...)
		return err
	}, func(t *testing.T, w *world) int {
		page, err := w.check.Subscribers.List(t.Context(), novu.ListSubscribersParams{SubscriberID: "new"})
		require.NoError(t, err)
		return len(page.Data)
	}},
	{"Events.Trigger", trigger, http.MethodPost, "/v1/events/trigger", func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}, opts...)
		return err
	}, landed},
	{"Events.TriggerBulk", trigger, http.MethodPost, "/v1/events/trigger/bulk", func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		results, err := w.novu.Events.TriggerBulk(ctx, []novu.TriggerParams{{WorkflowID: alert, To: novu.ToSubscriber(someone)}}, opts...)
		if err != nil {
			return err
		}
		return results[0].Err()
	}, landed},
	{"webhook.Client.Send", hook, http.MethodPost, "/_workflows/{rest...}", func(ctx context.Context, w *world, _ ...novu.RequestOption) error {
		return w.post(ctx, "builds", text)
	}, landed},
	{"msteams.Tenant.SendToChannel", message, http.MethodPost, "/_connector/{region}/v3/conversations/{conversation}/activities", func(ctx context.Context, w *world, _ ...novu.RequestOption) error {
		_, err := w.tenant.SendToChannel(ctx, team, builds, msteams.Message{Text: text})
		return err
	}, landed},
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
