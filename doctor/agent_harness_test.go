package doctor_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
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

const (
	botsIDOfAda = "29:1-ada"
	querySecret = "canary-in-the-bridges-query"
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
	made, err := client.Agents.Create(ctx, novu.CreateAgentParams{
		Identifier: "support", Name: "Support", BridgeURL: c.serve(t, srv),
		Behavior: novu.AgentBehavior{SubscriberAccess: c.access, AcknowledgeOnReceived: &c.typing},
	})
	require.NoError(t, err)
	if c.linked {
		_, err = client.Agents.LinkIntegration(ctx, "support", "bot")
		require.NoError(t, err)
	}
	for _, e := range c.endpoints {
		_, err := client.ChannelEndpoints.Create(ctx, e)
		require.NoError(t, err)
	}
	if !c.active {
		_, err = client.Agents.Update(ctx, "support", novu.UpdateAgentParams{Active: novu.Ptr(false)})
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

// serve runs the bridge and returns its address.
func (c *conversation) serve(t *testing.T, srv *novutest.Server) string {
	t.Helper()
	key := c.key
	if key == "" {
		key = srv.SecretKey()
	}
	client, err := novu.NewClient(key, novu.WithBaseURL(srv.URL()))
	require.NoError(t, err)
	h, err := agent.NewHandler(client, []agent.Bot{{
		Identifier: c.identifier, OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil },
	}}, agent.WithLogger(nil))
	require.NoError(t, err)
	var handler http.Handler = h
	if c.bridge != nil {
		handler = c.bridge(h)
	}
	served := httptest.NewServer(handler)
	t.Cleanup(served.Close)
	if c.address == nil {
		c.address = same
	}
	return c.address(served.URL + "/api/novu?token=" + querySecret)
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
