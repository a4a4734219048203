package customers_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	for name, config := range map[string]customers.Config{
		"no integration": {}, "context type": {IntegrationIdentifier: "i", ContextType: "a b"}, "manifest": {IntegrationIdentifier: "i", ManifestID: "x"},
	} {
		_, err := customers.NewClient(srv.Client(), nil, config)
		require.ErrorIs(t, err, customers.ErrInvalidParams, name)
	}
	_, err := customers.NewClient(nil, nil, customers.Config{IntegrationIdentifier: "i"}, nil)
	require.ErrorContains(t, err, "client must not be nil")
}

// What can't be right is refused before anything is sent.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const team, channel = "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", "19:a@thread.tacv2"
	acme := s.teams.Customer("acme")
	add := func(p customers.AddChannelParams) error { _, err := acme.AddChannel(t.Context(), p); return err }
	person := func(p customers.AddPersonParams) error { _, err := acme.AddPerson(t.Context(), p); return err }
	hook := func(u novu.Secret) error {
		_, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: u})
		return err
	}
	var none context.Context
	before := len(s.Requests())
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"swapped ids":          {add(customers.AddChannelParams{TeamID: channel, ChannelID: team}), "swapped"},
		"no ids":               {add(customers.AddChannelParams{}), "TeamID"},
		"names for ids":        {add(customers.AddChannelParams{TeamID: "Engineering", ChannelID: "General"}), "paste the channel's link into Link"},
		"a link and ids":       {add(customers.AddChannelParams{TeamID: team, Link: "https://teams.microsoft.com/l/channel/x"}), "excludes"},
		"another site's link":  {add(customers.AddChannelParams{Link: "https://evil.example/l/channel/19%3Aa%40thread.tacv2/x?groupId=" + team}), "evil.example"},
		"nobody":               {person(customers.AddPersonParams{}), "exactly one"},
		"two ways":             {person(customers.AddPersonParams{Email: "a@b.example", UserID: team}), "exactly one"},
		"a name":               {person(customers.AddPersonParams{UserID: "Ada"}), "UserID"},
		"no URL":               {hook(""), "must not be empty"},
		"looks like Microsoft": {hook("https://prod.logic.azure.com.evil.example/workflows/x?api-version=1&sig=canary"), "evil.example"},
		"a retired connector":  {hook("https://acme.webhook.office.com/x?sig=canary"), "create a Workflow"},
		"a tenant's domain":    {second(acme.ConnectURL(t.Context(), customers.ConnectParams{TenantID: "contoso.com"})), "GUID"},
		"a redirect to a path": {second(acme.ConnectURL(t.Context(), customers.ConnectParams{RedirectURL: "/consent"})), "absolute"},
		"no workflow":          {second(acme.Notify(t.Context(), customers.NotifyParams{})), "WorkflowID"},
		"no transaction":       {second(acme.WaitDelivered(t.Context(), " ")), "transactionID"},
		"no destination":       {acme.RemoveDestination(t.Context(), ""), "identifier"},
		"a customer's name":    {second(s.teams.Customer("Acme Inc.").Status(t.Context())), "of the customer"},
		"a nil context":        {second(acme.Status(none)), "ctx"},
	} {
		require.ErrorIs(t, c.err, customers.ErrInvalidParams, name)
		require.ErrorContains(t, c.err, c.says, name)
		assert.NotContains(t, fmt.Sprintf("%+v %#v", c.err, c.err), "canary", name)
	}
	assert.Len(t, s.Requests(), before)
	s.connected("acme")
	require.ErrorIs(t, person(customers.AddPersonParams{Email: "nobody"}), customers.ErrInvalidParams)
	require.ErrorIs(t, person(customers.AddPersonParams{Email: "nobody@contoso.example"}), msteams.ErrMemberNotFound)
	require.ErrorIs(t, person(customers.AddPersonParams{UserID: team}), customers.ErrUnreachable)
	require.ErrorIs(t, add(customers.AddChannelParams{TeamID: team, ChannelID: channel}), customers.ErrUnreachable)
	assert.Empty(t, s.destinations(acme))
}

func second[T any](_ T, err error) error { return err }

// Another customer's destination, and one of another integration, are as good as none.
func TestForeignDestinations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, err := s.novu.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Name: "Other", Identifier: "other", Active: true})
	require.NoError(t, err)
	others, err := customers.NewClient(s.novu, nil, customers.Config{IntegrationIdentifier: "other"})
	require.NoError(t, err)
	acme := s.teams.Customer("acme")
	var foreign []string
	for _, c := range []*customers.Customer{s.teams.Customer("globex"), others.Customer("acme")} {
		d, err := c.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
		require.NoError(t, err)
		foreign = append(foreign, d.Identifier)
	}
	for _, id := range append(foreign, "no-such-thing", "../me") {
		require.ErrorIs(t, acme.RemoveDestination(t.Context(), id), novu.ErrNotFound, id)
	}
	assert.Empty(t, s.destinations(acme))
	_, err = acme.Disconnect(t.Context())
	require.NoError(t, err)
	assert.Len(t, s.destinations(s.teams.Customer("globex")), 1)
	assert.Len(t, s.destinations(others.Customer("acme")), 1)
}

// Without Microsoft, customers have webhooks.
func TestWebhooksOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	teams, err := customers.NewClient(s.novu, nil, customers.Config{IntegrationIdentifier: integration}, customers.WithWebhook(webhook.WithAllowedHosts("hooks.acme.example")))
	require.NoError(t, err)
	acme := teams.Customer("acme")
	for _, err := range acme.Teams(t.Context(), msteams.ListTeamsParams{}) {
		require.ErrorIs(t, err, customers.ErrInvalidParams)
	}
	_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: "https://hooks.acme.example/x?sig=y"})
	require.NoError(t, err)
	status, err := acme.Status(t.Context())
	require.NoError(t, err)
	assert.Equal(t, customers.NotChecked, status.Destinations[0].Reachability)
	require.NoError(t, status.Destinations[0].Err)
}

// Novu or Microsoft fails in the middle of it, at each request in turn: the error is clear, and the
// repetition ends where an undisturbed call does.
func TestFailureAtEveryRequest(t *testing.T) {
	t.Parallel()
	steps := map[string]func(context.Context, *customers.Customer, customers.AddChannelParams) error{
		"channel": func(ctx context.Context, c *customers.Customer, p customers.AddChannelParams) error {
			return second(c.AddChannel(ctx, p))
		},
		"person": func(ctx context.Context, c *customers.Customer, _ customers.AddChannelParams) error {
			return second(c.AddPerson(ctx, customers.AddPersonParams{Email: "ada@contoso.example"}))
		},
		"webhook": func(ctx context.Context, c *customers.Customer, _ customers.AddChannelParams) error {
			return second(c.AddWebhook(ctx, customers.AddWebhookParams{URL: webhookURL}))
		},
		"disconnect": func(ctx context.Context, c *customers.Customer, p customers.AddChannelParams) error {
			return second(c.Disconnect(ctx))
		},
	}
	for name, step := range steps {
		for kind, fault := range map[string]novutest.Fault{
			"500": {Status: http.StatusInternalServerError, Body: "{}"}, "HTML": novutest.HTMLFault(http.StatusBadGateway), "cut": {Cut: novutest.CutAfter},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				for skip := 0; ; skip++ {
					tenant := contoso()
					tenant.WithoutBot = name != "person" // who is found in the roster of a team that has the bot
					s := newSiteOf(t, tenant)
					acme := s.connected("acme")
					params := s.channel(acme, "Eng", "Builds")
					if name == "disconnect" {
						require.NoError(t, steps["channel"](t.Context(), acme, params))
					}
					before := len(s.Requests())
					broken := fault
					broken.Skip, broken.Count = skip, 2 // as often as a request is repeated
					s.Inject(broken)
					err := step(t.Context(), acme, params)
					met := false
					for _, r := range s.Requests()[before:] {
						met = met || r.Fault
					}
					if !met {
						require.NoError(t, err)
						assert.Greater(t, skip, 1)
						return
					}
					s.ClearFaults()
					if err != nil {
						var e *customers.Error
						require.ErrorAs(t, err, &e)
						require.NotErrorIs(t, err, customers.ErrInvalidParams)
					}
					require.NoError(t, step(t.Context(), acme, params))
					want := 1
					if name == "disconnect" {
						want = 0
					}
					assert.Len(t, s.destinations(acme), want)
				}
			})
		}
	}
}
