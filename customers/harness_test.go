package customers_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

const (
	appID       = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	integration = "teams"
	otherTenant = "22222222-3333-4444-5555-666666666666"
	webhookURL  = "https://prod-00.westeurope.logic.azure.com:443/workflows/ops/triggers/manual/paths/invoke?api-version=2016-06-01&sp=x&sv=1.0&sig=canary"
)

// contoso is a tenant with three teams, a private channel and three people, one of them a guest.
func contoso() novutest.Tenant {
	return novutest.Tenant{
		Teams: []novutest.Team{
			{Name: "Engineering", Channels: []novutest.Channel{{Name: "General"}, {Name: "Builds"}, {Name: "Secret", Membership: "private"}}},
			{Name: "Sales", Channels: []novutest.Channel{{Name: "General"}, {Name: "Leads"}}},
			{Name: "Support"},
		},
		Users: []novutest.User{{Name: "Ada Lovelace", UPN: "ada@contoso.example"}, {Name: "Ben Miller", UPN: "ben@contoso.example"}, {Name: "Gus Guest", UPN: "gus@partner.example", Guest: true}},
	}
}

// site is an emulator with all that the customers share.
type site struct {
	*novutest.Server
	t     *testing.T
	novu  *novu.Client
	teams *customers.Client
}

func newSite(t *testing.T, opts ...novutest.Option) *site {
	t.Helper()
	return newSiteOf(t, contoso(), opts...)
}

func newSiteOf(t *testing.T, tenant novutest.Tenant, opts ...novutest.Option) *site {
	t.Helper()
	srv := novutest.NewServer(t, append([]novutest.Option{novutest.WithTenant(tenant), novutest.WithProcessingDelay(20 * time.Millisecond)}, opts...)...)
	client := srv.Client(novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}))
	_, err := client.Integrations.Create(t.Context(), novu.CreateIntegrationParams{
		Name: "Teams", Identifier: integration, Active: true,
		Credentials: novu.MSTeamsCredentials{ClientID: appID, ClientSecret: "secret", TenantID: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"},
	})
	require.NoError(t, err)
	for id, body := range map[string]string{"alert": "{{payload.text}}", "alert-card": "{{payload.card}}"} {
		_, err := client.Workflows.Create(t.Context(), novu.CreateWorkflowParams{WorkflowID: id, Name: id, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", body)}})
		require.NoError(t, err)
	}
	s := &site{Server: srv, t: t, novu: client}
	s.teams = s.another()
	return s
}

// another is a client as another process would have one.
func (s *site) another() *customers.Client {
	s.t.Helper()
	ms := s.MSTeams(msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}))
	teams, err := customers.NewClient(s.novu, ms, customers.Config{IntegrationIdentifier: integration, ManifestID: appID})
	require.NoError(s.t, err)
	return teams
}

// visit goes where an administrator's or a person's browser would go.
func (s *site) visit(link *novu.OAuthURL, err error) int {
	s.t.Helper()
	require.NoError(s.t, err)
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, link.URL.Reveal(), nil)
	require.NoError(s.t, err)
	resp, err := s.HTTPClient().Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return resp.StatusCode
}

// connected is a customer whose administrator has consented.
func (s *site) connected(id string) *customers.Customer {
	s.t.Helper()
	c := s.teams.Customer(id)
	s.visit(c.ConnectURL(s.t.Context(), customers.ConnectParams{}))
	_, err := c.WaitConnected(s.t.Context())
	require.NoError(s.t, err)
	return c
}

// channel finds a channel of the customer's by names.
func (s *site) channel(c *customers.Customer, teamName, channelName string) customers.AddChannelParams {
	s.t.Helper()
	for team, err := range c.Teams(s.t.Context(), msteams.ListTeamsParams{NamePrefix: teamName}) {
		require.NoError(s.t, err)
		for channel, err := range c.Channels(s.t.Context(), team.ID) {
			require.NoError(s.t, err)
			if channel.DisplayName == channelName {
				return customers.AddChannelParams{TeamID: team.ID, ChannelID: channel.ID}
			}
		}
	}
	require.Fail(s.t, "no channel "+channelName)
	return customers.AddChannelParams{}
}

func (s *site) destinations(c *customers.Customer) []customers.Destination {
	s.t.Helper()
	var all []customers.Destination
	for d, err := range c.Destinations(s.t.Context()) {
		require.NoError(s.t, err)
		all = append(all, d)
	}
	return all
}

// notify notifies and waits for what became of it.
func (s *site) notify(c *customers.Customer, params customers.NotifyParams) []customers.Outcome {
	s.t.Helper()
	params.WorkflowID, params.Payload = "alert", payload(s.t, "Build failed")
	sent, err := c.Notify(s.t.Context(), params)
	require.NoError(s.t, err)
	outcomes, err := c.WaitDelivered(deadline(s.t), sent.TransactionID)
	require.NoError(s.t, err)
	return outcomes
}

func payload(t *testing.T, text string) map[string]any {
	t.Helper()
	card, err := webhook.ForNovu(webhook.Text(text))
	require.NoError(t, err)
	return map[string]any{"text": text, "card": card}
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// versions runs a test on both Novu servers that were recorded.
func versions(t *testing.T, test func(t *testing.T, opts ...novutest.Option)) {
	t.Helper()
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			test(t, novutest.WithVersion(version))
		})
	}
}
