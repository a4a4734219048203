package doctor_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

func TestNearMisses(t *testing.T) {
	inContext := func(id string, context object) object {
		e := channelEndpoint(id)
		e["context"] = context
		return e
	}
	ofSubscriber := func(id, subscriber string) object {
		e := channelEndpoint(id)
		e["subscriberId"] = subscriber
		return e
	}
	for name, test := range map[string]struct {
		endpoints []object
		context   novu.ContextPayload
		says      string
		evidence  map[string]string
	}{
		"more contexts": {
			endpoints: []object{inContext("che", object{"tenant": "acme", "region": "eu"})}, context: novu.ContextPayload{"tenant": {ID: "acme"}},
			says: "no endpoint has exactly the context tenant:acme", evidence: map[string]string{"otherContexts": "che: the contexts region:eu, tenant:acme"},
		},
		"another id": {
			endpoints: []object{inContext("che", object{"tenant": "acme-inc"})}, context: novu.ContextPayload{"tenant": {ID: "acme"}},
			says: "1 endpoint has other contexts", evidence: map[string]string{"otherContexts": "che: the context tenant:acme-inc"},
		},
		"asked without": {
			endpoints: []object{inContext("che", teamsContext())}, context: nil,
			says: "no endpoint has exactly no context", evidence: map[string]string{"otherContexts": "che: the context tenant:acme"},
		},
		"another subscriber": {
			endpoints: []object{ofSubscriber("near", "ACME_"), ofSubscriber("far", "globex")}, context: novu.ContextPayload{"tenant": {ID: "acme"}},
			says:     "no endpoint at all, so Novu accepts a trigger and sends nothing; other subscribers have some with the context tenant:acme",
			evidence: map[string]string{"otherSubscribers": "near: ACME_; far: globex"},
		},
		"another subscriber without context": {
			endpoints: []object{ofSubscriber("che", "globex"), func() object { e := ofSubscriber("bare", "acme-2"); delete(e, "context"); return e }()}, context: nil,
			says: "no endpoint at all", evidence: map[string]string{"otherSubscribers": "bare: acme-2"},
		},
		"nobody": {endpoints: nil, context: novu.ContextPayload{"tenant": {ID: "acme"}}, says: "no endpoint at all", evidence: nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := healthy()
			c.endpoints, c.question.Context = test.endpoints, test.context
			c.subscribers = []string{"ACME_", "globex"}
			report := c.examine(t)
			found := only(t, report, doctor.CheckEndpoints)
			assert.Equal(t, doctor.Broken, found.Verdict)
			assert.Contains(t, found.Message, test.says)
			assert.NotEmpty(t, found.Remedy)
			assert.Equal(t, test.evidence, found.Evidence)
			assert.Equal(t, doctor.OK, only(t, report, doctor.CheckBot).Verdict, "the environment's Teams integration is examined all the same")
		})
	}
}

func TestAnEndpointOfOtherContextsIsMentionedBesideOneThatFits(t *testing.T) {
	c := healthy()
	other := channelEndpoint("other")
	delete(other, "context")
	c.endpoints = append(c.endpoints, other)
	report := c.examine(t)
	assert.Empty(t, problems(report))
	assert.Equal(t, map[string]string{"otherContexts": "other: no context"}, only(t, report, doctor.CheckEndpoints).Evidence)
}

func TestWhichIntegrationsAreExamined(t *testing.T) {
	slack := object{"identifier": "slack", "name": "Slack", "providerId": "slack", "channel": "chat", "active": true}
	for name, test := range map[string]struct {
		breaks  func(*chain)
		subject string
		verdict doctor.Verdict
		says    string
	}{
		"named by nobody, none there": {
			breaks:  func(c *chain) { c.endpoints, c.connection, c.integration = nil, nil, nil },
			subject: "Integration", verdict: doctor.Broken, says: "no integration for Microsoft Teams",
		},
		"the question names one that is not there": {
			breaks:  func(c *chain) { c.question.IntegrationIdentifier = "temas" },
			subject: "Integration temas", verdict: doctor.Broken, says: "no such integration",
		},
		"an endpoint's is of another provider": {
			breaks:  func(c *chain) { c.more, c.endpoints[0]["integrationIdentifier"] = []object{slack}, "slack" },
			subject: "Integration slack", verdict: doctor.Broken, says: `its provider is "slack"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := healthy().on(novutest.Version315) // newer ones refuse such an endpoint
			test.breaks(c)
			report := c.examine(t)
			var seen bool
			for _, f := range report.Find(doctor.CheckIntegration) {
				if f.Subject == test.subject {
					seen = true
					assert.Equal(t, test.verdict, f.Verdict)
					assert.Contains(t, f.Message, test.says)
				}
			}
			assert.True(t, seen, "%s", report)
		})
	}
}

func TestAConnectionOfAnotherIntegration(t *testing.T) {
	c := healthy().on(novutest.Version315) // newer ones refuse it
	c.more = []object{{
		"identifier": "teams-2", "name": "Second bot", "providerId": "msteams", "channel": "chat", "active": true,
		"credentials": object{"clientId": clientID, "secretKey": clientSecret, "tenantId": homeTenant},
	}}
	c.connection["integrationIdentifier"] = "teams-2"
	found := only(t, c.examine(t), doctor.CheckConnectionIntegration)
	assert.Equal(t, doctor.Warning, found.Verdict)
	assert.Contains(t, found.Message, "connection uses integration teams-2 but endpoint uses teams")
	assert.Equal(t, map[string]string{"endpoints": "channel; user"}, found.Evidence)
}

func TestAUserOfAnotherTenantThanTheConnections(t *testing.T) {
	c := healthy()
	c.options = append(c.options, novutest.WithUserTenantID())
	c.endpoint(1)["tenantId"] = customer
	assert.Empty(t, problems(c.examine(t)))
	c.endpoint(1)["tenantId"] = elsewhere
	found := only(t, c.examine(t), doctor.CheckConnectionTenant)
	assert.Equal(t, doctor.Warning, found.Verdict)
	assert.Equal(t, map[string]string{"tenantId": customer, "usersTenantId": elsewhere}, found.Evidence)
}

func slackEndpoint(integration string) object {
	return object{
		"identifier": "slack", "integrationIdentifier": integration, "subscriberId": "acme", "context": teamsContext(),
		"type": "slack_user", "endpoint": object{"userId": "U1"},
	}
}

// Nor does it matter whether its integration is active.
func TestAnEndpointThatDoesNotLeadToTeamsIsLeftAlone(t *testing.T) {
	for _, active := range []bool{true, false} {
		c := healthy()
		c.more = []object{{"identifier": "slack", "name": "Slack", "providerId": "slack", "channel": "chat", "active": active}}
		c.endpoints = append(c.endpoints, slackEndpoint("slack"))
		report := c.examine(t)
		assert.Empty(t, problems(report))
		assert.Equal(t, doctor.OK, report.Verdict)
		assert.Contains(t, report.String(), "Endpoint slack (slack_user)\n└─ – ids: not checked: it does not lead to Teams\n")
	}
}

// Novu says "Invalid channel data type for MsTeams provider".
func TestASlackEndpointOfATeamsIntegrationFails(t *testing.T) {
	c := healthy()
	c.endpoints = append(c.endpoints, slackEndpoint("teams"))
	report := c.examine(t)
	require.Len(t, report.Broken(), 1, "%s", report)
	assert.Equal(t, doctor.CheckEndpointIDs, report.Broken()[0].Check)
	assert.Contains(t, report.Broken()[0].Message, "slack_user")
}

func TestInactiveIntegrationsThatNothingUses(t *testing.T) {
	c := healthy()
	c.more = []object{{"identifier": "old", "name": "Old bot", "providerId": "msteams", "channel": "chat", "active": false}}
	report := c.examine(t)
	assert.Equal(t, doctor.OK, report.Verdict)
	c = healthy()
	c.more, c.endpoints = []object{{"identifier": "old", "name": "Old bot", "providerId": "msteams", "channel": "chat", "active": false}}, nil
	report = c.examine(t)
	require.Len(t, report.Broken(), 1, "%s", report)
	assert.Equal(t, doctor.CheckEndpoints, report.Broken()[0].Check)
}
