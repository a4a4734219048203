package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

const (
	clientID     = "0c4b1d7e-91f0-4a57-8f0e-3b6c54a2d901"
	clientSecret = "canary~secret.of-the-bot"
	homeTenant   = "5f2a8c1e-3d47-4b92-a6e0-1c9d7b8e4f02"
	customer     = "9b7e6d5c-4a3f-4e2d-8c1b-0a9f8e7d6c03"
	teamID       = "1a2b3c4d-5e6f-4708-9a0b-c1d2e3f40504"
	channelID    = "19:alerts@thread.tacv2"
	userID       = "d4c3b2a1-f0e9-4d8c-b7a6-958473625105"
	webhookSig   = "canary-sig-of-the-webhook"
	webhookURL   = "https://prod-01.westeurope.logic.azure.com:443/workflows/f1/triggers/manual/paths/invoke?api-version=2016-06-01&sp=run&sv=1.0&sig=" + webhookSig
	accessToken  = "canary-access-token"

	card = `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"Build {{payload.build}} failed"}]}}]}`
)

type object = map[string]any

// chain is everything that a notification goes through, to be broken in places.
type chain struct {
	version     novutest.Version
	options     []novutest.Option
	feature     bool
	integration object
	credentials object
	connection  object
	endpoints   []object
	workflow    object
	tenant      novutest.Tenant // the customer's

	question    doctor.Question
	doctor      []doctor.Option
	alone       bool                     // without WithMSTeams
	after       []func(*novutest.Server) // once everything is created
	more        []object                 // integrations
	subscribers []string                 // besides acme
	asked       int                      // requests before the doctor's
}

func teamsContext() object { return object{"tenant": "acme"} }

func channelEndpoint(id string) object {
	return object{
		"identifier": id, "integrationIdentifier": "teams", "connectionIdentifier": "acme-365", "subscriberId": "acme", "context": teamsContext(),
		"type": "ms_teams_channel", "endpoint": object{"teamId": teamID, "channelId": channelID},
	}
}

func userEndpoint(id string) object {
	return object{
		"identifier": id, "integrationIdentifier": "teams", "connectionIdentifier": "acme-365", "subscriberId": "acme", "context": teamsContext(),
		"type": "ms_teams_user", "endpoint": object{"userId": userID},
	}
}

func webhookEndpoint(id string) object {
	return object{
		"identifier": id, "integrationIdentifier": "teams", "subscriberId": "acme", "context": teamsContext(),
		"type": "webhook", "endpoint": object{"url": webhookURL},
	}
}

func chatWorkflow(body string) object {
	return object{"workflowId": "build-failed", "name": "Build failed", "active": true, "steps": []any{
		object{"name": "Teams", "type": "chat", "controlValues": object{"body": body}},
	}}
}

// healthy is a chain that reaches a channel and a person.
func healthy() *chain {
	return &chain{
		version:     novutest.Version319,
		feature:     true,
		credentials: object{"clientId": clientID, "secretKey": clientSecret, "tenantId": homeTenant},
		integration: object{"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": true},
		connection: object{
			"identifier": "acme-365", "integrationIdentifier": "teams", "subscriberId": "acme", "context": teamsContext(),
			"workspace": object{"id": customer, "name": "Acme"}, "auth": object{"accessToken": accessToken},
		},
		endpoints: []object{channelEndpoint("channel"), userEndpoint("user")},
		workflow:  chatWorkflow("Build {{payload.build}} failed"),
		tenant: novutest.Tenant{
			ID: customer, Users: []novutest.User{{ID: userID, Name: "Ada Lovelace"}},
			Teams: []novutest.Team{{ID: teamID, Name: "Operations", Channels: []novutest.Channel{{Name: "General"}, {ID: channelID, Name: "Alerts"}}}},
		},
		question: doctor.Question{
			SubscriberID: "acme", WorkflowID: "build-failed", Context: novu.ContextPayload{"tenant": {ID: "acme"}},
		},
	}
}

// healthyWebhook is a chain that reaches a Workflows webhook.
func healthyWebhook() *chain {
	c := healthy()
	c.endpoints = []object{webhookEndpoint("webhook")}
	c.workflow = chatWorkflow(card)
	return c
}

func (c *chain) endpoint(i int) object { return c.endpoints[i]["endpoint"].(object) }

func optional(items ...object) []any {
	var all []any
	for _, item := range items {
		if item != nil {
			all = append(all, item)
		}
	}
	return all
}

func (c *chain) start(t *testing.T) *novutest.Server {
	t.Helper()
	if c.integration != nil {
		c.integration["credentials"] = c.credentials
	}
	var subscribers []object
	for _, id := range append(c.subscribers, "acme", "acme-2") {
		subscribers = append(subscribers, object{"subscriberId": id})
	}
	f := novutest.Fixture{
		Integrations: optional(append(c.more, c.integration)...), Subscribers: optional(subscribers...),
		Workflows: optional(c.workflow),
	}
	if c.feature {
		f.Connections, f.Endpoints = optional(c.connection), optional(c.endpoints...)
	}
	srv := novutest.NewServer(t, append([]novutest.Option{
		novutest.WithVersion(c.version), novutest.WithFixture(f), novutest.WithFeature(c.feature), novutest.WithTenant(c.tenant),
		novutest.WithApp(novutest.App{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}),
	}, c.options...)...)
	for _, after := range c.after {
		after(srv)
	}
	c.asked = len(srv.Requests())
	return srv
}

var once = novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1})

// of makes a doctor for the server, with Microsoft unless the chain says alone.
func (c *chain) of(t *testing.T, srv *novutest.Server, opts ...novu.Option) *doctor.Doctor {
	t.Helper()
	options := c.doctor
	if !c.alone {
		ms, err := msteams.NewClient(c.appCredentials(),
			msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), BotLogin: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
			msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 1}), msteams.WithRateLimits(msteams.RateLimits{}),
		)
		require.NoError(t, err)
		options = append([]doctor.Option{doctor.WithMSTeams(ms)}, options...)
	}
	return mustNew(t, srv.Client(append([]novu.Option{once}, opts...)...), options...)
}

// appCredentials are those that WithMSTeams is given. A server that keeps credentials back leaves
// the doctor only these, so they are what Novu was given, right or wrong.
func (c *chain) appCredentials() msteams.Credentials {
	own := msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant}
	if c.version == novutest.Version315 {
		return own
	}
	for key, into := range map[string]*string{"clientId": &own.ClientID, "tenantId": &own.TenantID} {
		if given, _ := c.credentials[key].(string); given != "" {
			*into = given
		}
	}
	if given, _ := c.credentials["secretKey"].(string); given != "" {
		own.ClientSecret = msteams.Secret(given)
	}
	return own
}

func mustNew(t *testing.T, client *novu.Client, opts ...doctor.Option) *doctor.Doctor {
	t.Helper()
	d, err := doctor.New(client, opts...)
	require.NoError(t, err)
	return d
}

func (c *chain) examine(t *testing.T) *doctor.Report {
	t.Helper()
	srv := c.start(t)
	report, err := c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	assertOnlyReads(t, srv, c.asked)
	assertSilent(t, report, srv)
	return report
}

// fault breaks a chain in one way. What the doctor is to say about it is written
// here from what Novu and Microsoft do, not from what the doctor says.
type fault struct {
	name    string
	breaks  func(*chain)
	check   doctor.Check
	verdict doctor.Verdict
	says    string // part of the message

	then []doctor.Check   // what is broken by what only deserves a warning
	only novutest.Version // the version that has it; both, if empty
	sets string           // what it sets, so that two faults don't undo each other
	// arrives: messages arrive all the same, by what Novu and Microsoft do, where
	// everything was set up before.
	arrives bool
	// unsure: what the emulator does with it says nothing about the world.
	unsure bool
}

// named: together with another fault, a warning may have become worse.
func (f fault) named(r *doctor.Report) bool {
	for _, found := range r.Find(f.check) {
		if (found.Verdict == f.verdict || found.Verdict == doctor.Broken) && strings.Contains(found.Message, f.says) {
			return true
		}
	}
	return false
}

// afterwards has the server's owner change something once it is there.
func (c *chain) afterwards(change func(context.Context, *novu.Client) error) {
	c.after = append(c.after, func(srv *novutest.Server) {
		if err := change(context.Background(), srv.Client()); err != nil && !errors.Is(err, novu.ErrNotFound) && !errors.Is(err, novu.ErrFeatureNotEnabled) {
			panic(err)
		}
	})
}

// assertOnlyReads looks at everything the server was asked. Of what is not a GET,
// tokens, batches and the probe of the newer OAuth route change nothing.
func assertOnlyReads(t *testing.T, srv *novutest.Server, before int) {
	t.Helper()
	for _, r := range srv.Requests()[before:] {
		switch {
		case r.Method == http.MethodGet,
			r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/oauth2/v2.0/token"),
			r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/v1.0/$batch"):
		case r.Method == http.MethodPost && strings.HasPrefix(r.Path, "/v1/integrations/") && strings.HasSuffix(r.Path, "/oauth"):
			// The server signs a URL and keeps nothing.
		default:
			t.Errorf("not a read: %v", r)
		}
	}
	assert.Empty(t, srv.Messages())
}

func problems(r *doctor.Report) []string {
	var all []string
	for _, f := range r.Findings {
		if f.Verdict == doctor.Broken || f.Verdict == doctor.Warning {
			all = append(all, string(f.Check)+" of "+f.Subject+": "+string(f.Verdict)+": "+f.Message)
		}
	}
	return all
}
