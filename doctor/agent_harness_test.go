package doctor_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/novutest"
)

const querySecret = "canary-in-the-bridges-query"

var (
	ada         = novutest.User{ID: userID, Name: "Ada Lovelace"}
	botsIDOfAda = ada.BotID()
)

// conversation is everything that a message to an agent goes through, to be broken in places.
type conversation struct {
	version     novutest.Version
	credentials object
	access      novu.SubscriberAccess
	typing      bool
	active      bool
	linked      bool
	identifier  string                          // that the bridge serves
	key         string                          // that the bridge verifies with; the server's if empty
	bridge      func(http.Handler) http.Handler // wraps the bridge; nil: it is as it is
	address     func(string) string             // of the bridge, from the true one
	endpoints   []novu.CreateChannelEndpointParams
	manifest    func(*manifest.Manifest)
	endpoint    func(string) string // of the bot in Azure, from the right one
	after       func(context.Context, *novu.Client) error

	question doctor.Question
	alone    bool // without WithMSTeams
	untold   bool // without manifest and messaging endpoint
	faults   []novutest.Fault
}

// linkOf says who Ada is in Teams.
func linkOf(integration, userID string) novu.CreateChannelEndpointParams {
	return novu.CreateChannelEndpointParams{
		Identifier: "ada-" + integration, IntegrationIdentifier: integration, SubscriberID: "ada",
		Endpoint: novu.MSTeamsUserEndpoint{UserID: userID, TenantID: customer},
	}
}

// talking is a restricted agent that answers Ada.
func talking() *conversation {
	return &conversation{
		version:     novutest.Version319,
		credentials: object{"clientId": clientID, "secretKey": clientSecret, "tenantId": homeTenant},
		access:      novu.AccessRestricted, active: true, linked: true, identifier: "support",
		endpoints: []novu.CreateChannelEndpointParams{linkOf("bot", botsIDOfAda)},
		question:  doctor.Question{AgentIdentifier: "support", SubscriberID: "ada"},
	}
}

func same(s string) string { return s }

func conversationalManifest(t *testing.T) *manifest.Manifest {
	t.Helper()
	m, err := manifest.New(manifest.App{
		ClientID: clientID, Name: "Support", Description: "Answers", Conversational: true,
		Developer: manifest.Developer{
			Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example", TermsOfUseURL: "https://acme.example",
		},
	})
	require.NoError(t, err)
	return m
}

func (c *conversation) start(t *testing.T) (*novutest.Server, *doctor.Doctor) {
	t.Helper()
	ctx := t.Context()
	integration := func(identifier string) object {
		return object{
			"identifier": identifier, "name": identifier, "providerId": "msteams", "channel": "chat", "active": true, "credentials": c.credentials,
		}
	}
	srv := novutest.NewServer(t, novutest.WithVersion(c.version), novutest.WithFixture(novutest.Fixture{
		Integrations: []any{integration("bot"), integration("other")}, Subscribers: []any{object{"subscriberId": "ada"}},
	}), novutest.WithTenant(novutest.Tenant{ID: customer}), novutest.WithApp(novutest.App{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}))
	client := srv.Client(once)
	if c.version == novutest.Version315 {
		return srv, c.doctor(t, srv, client, "")
	}
	_, err := client.Agents.Ensure(ctx, novu.EnsureAgentParams{Identifier: "support", Name: "Support", IntegrationIdentifier: "bot"})
	require.NoError(t, err)
	made := srv.ServeAgent("support", c.handler(t, srv))
	if c.address == nil {
		c.address = same
	}
	_, err = client.Agents.SetBridge(ctx, "support", c.address(made.BridgeURL+"?token="+querySecret))
	require.NoError(t, err)
	_, err = client.Agents.Update(ctx, "support", novu.UpdateAgentParams{
		Active: &c.active, Behavior: novu.AgentBehavior{SubscriberAccess: c.access, AcknowledgeOnReceived: &c.typing},
	})
	require.NoError(t, err)
	if !c.linked {
		require.NoError(t, client.Agents.UnlinkIntegration(ctx, "support", "bot"))
	}
	for _, e := range c.endpoints {
		_, err := client.ChannelEndpoints.Create(ctx, e)
		require.NoError(t, err)
	}
	if c.after != nil {
		require.NoError(t, c.after(ctx, client))
	}
	for _, f := range c.faults {
		srv.Inject(f)
	}
	webhook, err := client.AgentWebhookURL(made, "bot")
	require.NoError(t, err)
	return srv, c.doctor(t, srv, client, webhook)
}

// handler is the bridge. It has answered when its turn is over.
func (c *conversation) handler(t *testing.T, srv *novutest.Server) http.Handler {
	t.Helper()
	key := c.key
	if key == "" {
		key = srv.SecretKey()
	}
	client, err := novu.NewClient(key, novu.WithBaseURL(srv.URL()))
	require.NoError(t, err)
	h, err := agent.NewHandler(client, []agent.Bot{{Identifier: c.identifier, OnMessage: pong}}, agent.WithLogger(nil), agent.WithSynchronousTurns())
	require.NoError(t, err)
	if c.bridge != nil {
		return c.bridge(h)
	}
	return h
}

func pong(ctx context.Context, t *agent.Turn, _ *agent.Message) error {
	_, err := t.Reply(ctx, agent.Markdown("pong"))
	return err
}

func (c *conversation) doctor(t *testing.T, srv *novutest.Server, client *novu.Client, webhook string) *doctor.Doctor {
	t.Helper()
	var options []doctor.Option
	if !c.alone {
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
			append(srv.MSTeamsOptions(), msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 1}))...)
		require.NoError(t, err)
		options = append(options, doctor.WithMSTeams(ms))
	}
	if !c.untold {
		m := conversationalManifest(t)
		if c.manifest != nil {
			c.manifest(m)
		}
		if c.endpoint == nil {
			c.endpoint = same
		}
		options = append(options, doctor.WithManifest("bot", m), doctor.WithMessagingEndpoint("bot", c.endpoint(webhook)))
	}
	return mustNew(t, client, options...)
}

func (c *conversation) examine(t *testing.T) *doctor.Report {
	t.Helper()
	srv, d := c.start(t)
	before := len(srv.Requests())
	report, err := d.Examine(t.Context(), c.question)
	require.NoError(t, err)
	assertOnlyReads(t, srv, before)
	assertSilent(t, report, srv)
	assert.NotContains(t, fmt.Sprintf("%+v %s", *report, report), querySecret)
	for _, f := range report.Findings {
		if f.Verdict == doctor.Broken || f.Verdict == doctor.Warning {
			assert.NotEmpty(t, f.Remedy, f.Check)
		}
	}
	return report
}
