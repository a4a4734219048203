package novutest_test

import (
	"testing"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheModulesOwnClientConnectsAndDelivers(t *testing.T) {
	t.Parallel()
	a := start(t, novutest.WithConsent(novutest.Approve))
	client, ctx := a.server.Client(), t.Context()
	_, err := client.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Identifier: "teams", Active: true, Credentials: novu.MSTeamsCredentials{ClientID: "c", ClientSecret: "s", TenantID: "home"},
	})
	require.NoError(t, err)
	_, err = client.Subscribers.Create(
		ctx,
		novu.CreateSubscriberParams{SubscriberID: "ada"},
	)
	require.NoError(t, err)
	_, err = client.Workflows.Create(
		ctx,
		novu.CreateWorkflowParams{
			Name:       "Alert",
			WorkflowID: "alert",
			Steps:      []novu.WorkflowStep{novu.ChatStep("Chat", "Hello {{subscriber.subscriberId}}")},
		},
	)
	require.NoError(t, err)
	address, err := client.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: "teams", SubscriberID: "ada", ConnectionIdentifier: "conn", AutoLinkUser: true,
	})
	require.NoError(t, err)
	a.follow(address.URL.Reveal())
	connection, err := client.ChannelConnections.Wait(ctx, "conn")
	require.NoError(t, err)
	assert.Equal(t, novutest.DefaultTenantID, connection.Workspace.ID)

	result, err := client.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: "alert", To: novu.ToSubscriber("ada")})
	require.NoError(t, err)
	a.settle()

	require.Len(t, a.server.Messages(), 1)
	m := a.server.Messages()[0]
	assert.Equal(t, "Hello ada", m.Text)
	assert.Equal(t, novutest.DefaultUserID, m.UserID)
	assert.Equal(t, result.TransactionID, m.TransactionID)
}

// The client must survive what the server does to it, without doubling anything.
func TestTheModulesOwnClientUnderFaults(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]novutest.Fault{
		"cut before": {Cut: novutest.CutBefore}, "cut after": {Cut: novutest.CutAfter}, "cut during": {Cut: novutest.CutDuring}, "proxy": novutest.HTMLFault(502), "half a body": {HalfBody: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := novutest.NewServer(t, furnished())
			client := srv.Client(
				novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}),
			)
			_, err := client.Ping(t.Context())
			require.NoError(t, err)
			fault.Method, fault.Route, fault.Count = "POST", endpointsRoute, 1
			srv.Inject(fault)
			_, err = client.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
				IntegrationIdentifier: "teams", ConnectionIdentifier: "conn", SubscriberID: "ada",
				Endpoint: novu.MSTeamsChannelEndpoint{
					TeamID:    "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11",
					ChannelID: "19:alerts@thread.tacv2",
				},
			})
			require.NoError(t, err)
			page, err := client.ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{})
			require.NoError(t, err)
			assert.Equal(t, 1, page.TotalCount)
		})
	}
}
