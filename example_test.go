package novu_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// notify tells a customer's channel that a build failed.
func notify(ctx context.Context, client *novu.Client) error {
	acme := novu.ContextPayload{"tenant": {ID: "acme"}}
	_, err := client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		IntegrationIdentifier: "teams",
		ConnectionIdentifier:  "teams-acme",
		SubscriberID:          "acme",
		Context:               acme,
		Endpoint:              novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:builds@thread.tacv2"},
	})
	if err != nil {
		return err
	}
	_, err = client.Events.Trigger(ctx, novu.TriggerParams{
		WorkflowID: "build-failed", To: novu.ToSubscriber("acme"), Payload: map[string]any{"build": 4711}, Context: acme,
	})
	return err
}

// connect gets an administrator's consent and returns the customer's tenant id.
func connect(ctx context.Context, client *novu.Client, show func(novu.Secret)) (string, error) {
	link, err := client.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: "teams", SubscriberID: "acme", ConnectionIdentifier: "teams-acme",
		Context: novu.ContextPayload{"tenant": {ID: "acme"}},
	})
	if err != nil {
		return "", err
	}
	show(link.URL) // to the administrator's browser: link.URL.Reveal()
	ctx, cancel := context.WithDeadline(ctx, link.ExpiresAt)
	defer cancel()
	connection, err := client.ChannelConnections.Wait(ctx, "teams-acme")
	if err != nil {
		return "", err
	}
	return connection.Workspace.ID, nil
}

// explain turns an error into what to do next.
func explain(err error) string {
	var e *novu.Error
	switch {
	case errors.Is(err, novu.ErrInvalidParams):
		return "a mistake in the call: " + err.Error()
	case errors.Is(err, novu.ErrFeatureNotEnabled):
		return "Teams is off for this organization"
	case errors.Is(err, novu.ErrNotFound):
		return "there is no such thing"
	case errors.As(err, &e) && e.RetryAfter > 0:
		return "try again in " + e.RetryAfter.String()
	}
	return err.Error()
}

// where says in words where an endpoint leads.
func where(e novu.Endpoint) string {
	switch e := e.(type) {
	case novu.MSTeamsChannelEndpoint:
		return "channel " + e.ChannelID
	case novu.MSTeamsUserEndpoint:
		return "user " + e.UserID
	case novu.WebhookEndpoint:
		return "a Workflows webhook" // e.URL is a Secret: it prints as [redacted]
	default:
		return "a " + string(e.Type()) // a novu.RawEndpoint, with nothing lost
	}
}

// A program's own test, with Novu and Microsoft on loopback.
func TestNotify(t *testing.T) {
	srv := novutest.NewServer(t, novutest.WithFixture(customer))
	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()))
	require.NoError(t, err)

	require.NoError(t, notify(t.Context(), client))

	require.NoError(t, srv.Settle(t.Context()))
	require.Len(t, srv.Messages(), 1)
	require.Equal(t, "Build 4711 failed", srv.Messages()[0].Text)
}

// The same with a mocked transport, for an answer that is hard to provoke.
func TestNotifyWhenTeamsIsOff(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, "https://api.novu.co/v1/channel-endpoints",
		httpmock.NewStringResponder(http.StatusNotFound, `{"statusCode":404,"message":"Feature not enabled"}`))
	client, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: mock}))
	require.NoError(t, err)

	require.ErrorIs(t, notify(t.Context(), client), novu.ErrFeatureNotEnabled)
}

// customer is what the examples find on the server.
var customer = novutest.Fixture{
	Integrations: []any{map[string]any{
		"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true,
		"credentials": map[string]any{"clientId": "app", "secretKey": "s3cr3t", "tenantId": "home"},
	}},
	Subscribers: []any{map[string]any{"subscriberId": "acme"}},
	Connections: []any{map[string]any{
		"identifier": "teams-acme", "integrationIdentifier": "teams", "subscriberId": "acme", "context": map[string]any{"tenant": "acme"},
		"workspace": map[string]any{"id": "tenant-of-acme"}, "auth": map[string]any{"accessToken": "app-only"},
	}},
	Workflows: []any{map[string]any{
		"name": "Build failed", "workflowId": "build-failed", "__source": "editor", "active": true,
		"steps": []any{map[string]any{"name": "Chat", "type": "chat", "controlValues": map[string]any{"body": "Build {{payload.build}} failed"}}},
	}},
}

// start is for examples, which have no testing.TB.
func start(fixture novutest.Fixture) (*novutest.Server, *novu.Client) {
	srv, err := novutest.Start(novutest.WithFixture(fixture))
	if err != nil {
		log.Fatal(err)
	}
	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()))
	if err != nil {
		log.Fatal(err)
	}
	return srv, client
}

func Example() {
	srv, client := start(customer)
	defer srv.Close()
	if err := notify(context.Background(), client); err != nil {
		log.Fatal(err)
	}
	if err := srv.Settle(context.Background()); err != nil {
		log.Fatal(err)
	}
	for _, m := range srv.Messages() {
		fmt.Println(m.ChannelID, m.Text)
	}
	// Output: 19:builds@thread.tacv2 Build 4711 failed
}

func ExampleNewClient() {
	client, err := novu.NewClient("a secret key",
		novu.WithRegion(novu.RegionEU),
		novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 6}),
		novu.WithAttemptTimeout(10*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)
	fmt.Println(client.CallbackURL())
	// Output:
	// novu.Client(https://eu.api.novu.co)
	// https://eu.api.novu.co/v1/integrations/chat/oauth/callback
}

func ExampleIntegrationsService_GenerateConnectOAuthURL() {
	fixture := customer
	fixture.Connections = nil
	srv, client := start(fixture)
	defer srv.Close()
	tenant, err := connect(context.Background(), client, func(link novu.Secret) {
		fmt.Println("consent at", link) // a secret: it does not show
		resp, err := http.Get(link.Reveal())
		if err != nil {
			log.Fatal(err)
		}
		_ = resp.Body.Close()
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("connected to", tenant)
	// Output:
	// consent at [redacted]
	// connected to 7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01
}

func ExampleChannelEndpointsService_All() {
	srv, client := start(customer)
	defer srv.Close()
	ctx := context.Background()
	for _, e := range []novu.Endpoint{
		novu.MSTeamsUserEndpoint{UserID: "29:ada"},
		novu.WebhookEndpoint{URL: "https://prod-01.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=secret"},
		novu.RawEndpoint{EndpointType: novu.EndpointPhone, Raw: []byte(`{"phoneNumber":"+15551234567"}`)},
	} {
		_, err := client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{IntegrationIdentifier: "teams", SubscriberID: "acme", Endpoint: e})
		if err != nil {
			log.Fatal(err)
		}
	}

	params := novu.ListChannelEndpointsParams{SubscriberID: "acme", OrderDirection: novu.Ascending}
	for endpoint, err := range client.ChannelEndpoints.All(ctx, params) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(where(endpoint.Endpoint))
		if err := client.ChannelEndpoints.Delete(ctx, endpoint.Identifier); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// user 29:ada
	// a Workflows webhook
	// a phone
}

// An answer that is hard to provoke, from httpmock.
func ExampleWithHTTPClient() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, "https://api.novu.co/v1/environments/me",
		httpmock.NewStringResponder(http.StatusUnauthorized, `{"statusCode":401,"message":"API Key not found"}`))
	client, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: mock}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Ping(context.Background())
	fmt.Println(errors.Is(err, novu.ErrUnauthorized), mock.GetTotalCallCount())
	// Output: true 1
}

// What became of an event, asked by its transaction id.
func ExampleNotificationsService_List() {
	srv, client := start(customer)
	defer srv.Close()
	ctx := context.Background()
	event, err := client.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: "build-failed", To: novu.ToSubscriber("acme")})
	if err != nil {
		log.Fatal(err)
	}
	if err := srv.Settle(ctx); err != nil {
		log.Fatal(err)
	}

	page, err := client.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: event.TransactionID})
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range page.Data {
		for _, job := range n.Jobs {
			last := job.ExecutionDetails[len(job.ExecutionDetails)-1]
			fmt.Println(job.Status, last.Detail)
		}
	}
	// Output: canceled Subscriber does not have a configured channel
}

// As many events as there are, at the pace that the server's limit allows.
func ExampleEventsService_TriggerAll() {
	srv, client := start(customer)
	defer srv.Close()
	builds := func(yield func(novu.TriggerParams) bool) {
		for build := 1; build <= 3; build++ {
			if !yield(novu.TriggerParams{
				WorkflowID: "build-failed", To: novu.ToSubscriber("acme"), Payload: map[string]any{"build": build},
				TransactionID: fmt.Sprintf("build-%d", build),
			}) {
				return
			}
		}
	}
	for result, err := range client.Events.TriggerAll(context.Background(), builds) {
		fmt.Println(result.TransactionID, result.Status, err)
	}
	// Output:
	// build-1 processed <nil>
	// build-2 processed <nil>
	// build-3 processed <nil>
}

// A connection that is made without the consent page, for a tenant whose
// administrator has consented already.
func ExampleChannelConnectionsService_Create() {
	fixture := customer
	fixture.Connections = nil
	srv, client := start(fixture)
	defer srv.Close()
	connection, err := client.ChannelConnections.Create(context.Background(), novu.CreateChannelConnectionParams{
		Identifier: "teams-acme", IntegrationIdentifier: "teams", SubscriberID: "acme",
		Context:   novu.ContextPayload{"tenant": {ID: "acme", Data: map[string]any{"name": "Acme"}}},
		Workspace: novu.Workspace{ID: "tenant-of-acme", Name: "Acme"},
		Auth:      novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(connection.Identifier, connection.ContextKeys, connection.Workspace.ID, connection.Auth.AccessToken)
	// Output: teams-acme [tenant:acme] tenant-of-acme [redacted]
}

func ExampleSubscribersService_BulkCreate() {
	srv, client := start(customer)
	defer srv.Close()
	results, err := client.Subscribers.BulkCreate(context.Background(), []novu.SubscriberProfile{
		{SubscriberID: "acme", FirstName: "Acme"}, {SubscriberID: "globex"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Println(r.SubscriberID, r.Created, r.Err())
	}
	// Output:
	// acme false <nil>
	// globex true <nil>
}

func ExampleIntegrationsService_Update() {
	srv, client := start(customer)
	defer srv.Close()
	ctx := context.Background()
	integrations, err := client.Integrations.List(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, i := range integrations {
		if i.Identifier != "teams" {
			continue
		}
		// All of them are sent: Novu replaces the credentials as a whole, and may not show the others.
		updated, err := client.Integrations.Update(ctx, i.ID, novu.UpdateIntegrationParams{Credentials: novu.MSTeamsCredentials{
			ClientID: "11111111-2222-3333-4444-555555555555", ClientSecret: "a rotated secret", TenantID: "99999999-8888-7777-6666-555555555555",
		}})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(updated.Identifier, updated.Active)
	}
	// Output: teams true
}

func ExampleError() {
	srv, client := start(customer)
	defer srv.Close()
	_, err := client.ChannelEndpoints.Get(context.Background(), "nowhere")
	fmt.Println(explain(err))
	_, err = client.ChannelEndpoints.Get(context.Background(), "..")
	fmt.Println(explain(err))
	// Output:
	// there is no such thing
	// a mistake in the call: novu: get channel endpoint: identifier must not be "..", which a path can't carry
}
