package novutest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

const (
	fixtureClientID = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	fixtureTenantID = "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"
)

// params is a fixture of what the client's methods take.
var params = novutest.Fixture{
	Integrations: []any{novu.CreateIntegrationParams{
		Identifier: "teams", Name: "Teams", Active: true,
		Credentials: novu.MSTeamsCredentials{ClientID: fixtureClientID, ClientSecret: "s", TenantID: fixtureTenantID},
	}},
	Subscribers: []any{novu.CreateSubscriberParams{SubscriberID: "ada", FirstName: "Ada"}},
	Contexts:    []any{novu.CreateContextParams{Type: "tenant", ID: "acme"}},
	Workflows:   []any{novu.CreateWorkflowParams{WorkflowID: "alert", Name: "Alert", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "hi")}}},
}

func TestFixtureTakesTheClientsParams(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]novutest.Option{nil, {novutest.WithVersion(novutest.Version315)}, {novutest.WithRateLimit(novutest.RateLimit{Configuration: 1})}} {
		srv := novutest.NewServer(t, append(opts, novutest.WithFixture(params))...)
		assert.Empty(t, srv.Requests(), "fixtures are no requests")
		subscriber, err := srv.Client().Subscribers.Get(t.Context(), "ada")
		require.NoError(t, err)
		assert.Equal(t, "Ada", subscriber.FirstName)
		workflow, err := srv.Client().Workflows.Get(t.Context(), "alert")
		require.NoError(t, err)
		assert.Len(t, workflow.Steps, 1)
	}
	_, err := novutest.Start(novutest.WithFixture(novutest.Fixture{Subscribers: []any{novu.CreateSubscriberParams{}}}))
	require.ErrorIs(t, err, novu.ErrInvalidParams)
}

func TestVisitApproves(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithFixture(params), novutest.WithConsent(novutest.Decline))
	client := srv.Client()
	connect, err := client.Integrations.GenerateConnectOAuthURL(t.Context(), novu.ConnectOAuthURLParams{
		IntegrationIdentifier: "teams", SubscriberID: "ada", ConnectionIdentifier: "c",
	})
	require.NoError(t, err)
	require.NoError(t, srv.Visit(t.Context(), connect.URL))
	_, err = client.ChannelConnections.Get(t.Context(), "c")
	require.NoError(t, err)
	require.ErrorContains(t, srv.Visit(t.Context(), connect.URL), "already exists", "the same state again")
	require.Error(t, srv.Visit(t.Context(), "https://elsewhere.example/"))
}

func TestLinkingNeedsTheCatalogAndItsRoles(t *testing.T) {
	t.Parallel()
	for name, tenant := range map[string]novutest.Tenant{
		"no such app in the catalog": {Catalog: []novutest.CatalogApp{}},
		"roles are missing":          {Roles: []string{"Team.ReadBasic.All"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := novutest.NewServer(t, novutest.WithFixture(params), novutest.WithTenant(tenant))
			link, err := srv.Client().Integrations.GenerateLinkUserOAuthURL(t.Context(), novu.LinkUserOAuthURLParams{
				IntegrationIdentifier: "teams", SubscriberID: "ada",
			})
			require.NoError(t, err)
			require.ErrorContains(t, srv.Visit(t.Context(), link.URL), "Setup error")
			page, err := srv.Client().ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{})
			require.NoError(t, err)
			assert.Empty(t, page.Data)
		})
	}
}

func TestWebhookOptions(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]novutest.Option{nil, {novutest.WithInMemory()}} {
		srv := novutest.NewServer(t, opts...)
		client, err := webhook.NewClient(srv.WebhookOptions()...)
		require.NoError(t, err)
		to, err := webhook.ParseURL("https://prod-00.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke" +
			"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s")
		require.NoError(t, err)
		_, err = client.Send(t.Context(), to, webhook.Text("hello"))
		require.NoError(t, err)
		require.Len(t, srv.Messages(), 1)
		assert.Equal(t, "hello", srv.Messages()[0].Text)
	}
}
