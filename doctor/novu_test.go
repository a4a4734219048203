package doctor_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// novuFaults are those that Novu alone can tell.
var novuFaults = []fault{
	{
		name: "the feature is off", only: novutest.Version315, breaks: func(c *chain) { c.feature = false },
		check: doctor.CheckFeature, verdict: doctor.Broken, says: "off for the organization",
	},
	{
		name: "the server is from before mid-2026", breaks: func(c *chain) { c.options = append(c.options, novutest.WithVersion(novutest.Version315)) },
		check: doctor.CheckRoutes, verdict: doctor.Warning, says: "only the older OAuth route",
	},
	{
		name: "the workflow does not exist", breaks: func(c *chain) { c.workflow = nil },
		check: doctor.CheckWorkflow, verdict: doctor.Broken, says: "no workflow with this id",
	},
	{
		name: "the workflow is not active", breaks: func(c *chain) {
			if c.workflow != nil {
				c.workflow["active"] = false
			}
		},
		check: doctor.CheckWorkflowActive, verdict: doctor.Broken, says: "trigger_not_active",
	},
	{
		name: "the workflow has no chat step", breaks: func(c *chain) {
			if c.workflow != nil {
				c.workflow["steps"] = []any{object{"name": "Mail", "type": "in_app", "controlValues": object{"body": "x"}}}
			}
		},
		check: doctor.CheckChatStep, verdict: doctor.Broken, says: "no chat step",
	},
	{
		name: "the subscriber does not exist", breaks: func(c *chain) {
			c.afterwards(func(ctx context.Context, client *novu.Client) error { return client.Subscribers.Delete(ctx, "acme") })
		},
		check: doctor.CheckSubscriber, verdict: doctor.Warning, says: "no such subscriber", sets: "subscriber",
	},
	{
		name: "the trigger's context is not the endpoints'", breaks: func(c *chain) {
			for _, e := range c.endpoints {
				e["context"] = object{"tenant": "acme", "region": "eu"}
			}
		},
		check: doctor.CheckEndpoints, verdict: doctor.Broken, says: "no endpoint has exactly the context tenant:acme",
	},
	{
		name: "the integration does not exist", breaks: func(c *chain) {
			c.afterwards(func(ctx context.Context, client *novu.Client) error {
				all, err := client.Integrations.List(ctx)
				for _, i := range all {
					if i.Identifier == "teams" {
						err = client.Integrations.Delete(ctx, i.ID)
					}
				}
				return err
			})
		},
		check: doctor.CheckIntegration, verdict: doctor.Broken, says: "no such integration",
	},
	{
		name: "the integration is not active", breaks: func(c *chain) { c.integration["active"] = false },
		check: doctor.CheckActive, verdict: doctor.Broken, says: "not active",
	},
	{
		name: "an update dropped credentials", breaks: func(c *chain) { delete(c.credentials, "clientId"); delete(c.credentials, "tenantId") },
		// Without a subscriber, a server that keeps credentials back can't be asked about them.
		check: doctor.CheckCredentials, verdict: doctor.Broken, says: "lacks c", sets: "subscriber",
	},
	{
		name: "an endpoint has no connection", breaks: func(c *chain) { delete(c.endpoints[0], "connectionIdentifier") },
		check: doctor.CheckEndpointConnection, verdict: doctor.Broken, says: "the whole chat step fails, also for the subscriber's 1 other endpoint",
	},
	{
		name: "the connection was deleted", breaks: func(c *chain) {
			c.afterwards(func(ctx context.Context, client *novu.Client) error {
				return client.ChannelConnections.Delete(ctx, "acme-365")
			})
		},
		check: doctor.CheckConnection, verdict: doctor.Broken, says: "does not exist",
	},
	{
		name: "the connection's context is not the endpoint's", breaks: func(c *chain) { delete(c.connection, "context") },
		check: doctor.CheckConnectionContext, verdict: doctor.Broken, says: "fails without saying why",
	},
	{
		name: "the connection names no tenant", breaks: func(c *chain) { c.connection["workspace"] = object{"id": ""} },
		check: doctor.CheckConnectionTenant, verdict: doctor.Broken, says: "names no tenant",
	},
	{
		name: "the channel id is a GUID", breaks: func(c *chain) { c.endpoint(0)["channelId"] = teamID },
		check: doctor.CheckEndpointIDs, verdict: doctor.Broken, says: "channel id has the wrong form", sets: "channelId",
	},
	{
		name: "the user id is a name", breaks: func(c *chain) { c.endpoint(1)["userId"] = "Ada" },
		check: doctor.CheckEndpointIDs, verdict: doctor.Broken, says: "user id has the wrong form", sets: "userId",
	},
	{
		name: "the team id is a thread id", breaks: func(c *chain) { c.endpoint(0)["teamId"] = "19:general@thread.tacv2" },
		check: doctor.CheckEndpointIDs, verdict: doctor.Warning, says: "team id has the wrong form", sets: "teamId",
	},
}

func TestEachFaultOfNovuIsNamed(t *testing.T) {
	onEachVersion(t, testFaultsOfNovu)
}

func testFaultsOfNovu(t *testing.T, version novutest.Version) {
	for _, f := range of(version, novuFaults) {
		t.Run(f.name, func(t *testing.T) {
			c := healthy().on(version)
			c.alone = true
			f.breaks(c)
			report := c.examine(t)
			assert.True(t, f.named(report), "%s", report)
			for _, found := range report.Findings {
				if found.Verdict == doctor.Broken || found.Verdict == doctor.Warning {
					assert.NotEmpty(t, found.Remedy, found.Check)
				}
			}
			if f.verdict == doctor.Broken {
				require.ErrorContains(t, report.Err(), f.says)
			} else {
				require.NoError(t, report.Err())
			}
		})
	}
}

func TestAHealthyChainRaisesNoAlarmWithoutMicrosoft(t *testing.T) {
	for name, c := range map[string]*chain{"bot": healthy(), "webhook": healthyWebhook()} {
		t.Run(name, func(t *testing.T) {
			c.alone = true
			report := c.examine(t)
			assert.Empty(t, problems(report))
			want := map[string]doctor.Verdict{"bot": doctor.NotChecked, "webhook": doctor.OK}[name]
			assert.Equal(t, want, report.Verdict, "what only Microsoft can tell is needed for the bot")
			for _, f := range report.Find(doctor.CheckGraph) {
				if name == "bot" {
					assert.Equal(t, doctor.NotChecked, f.Verdict)
					assert.Contains(t, f.Message, "WithMSTeams")
				}
			}
		})
	}
}
