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
		"the feature is off", func(c *chain) { c.feature = false },
		doctor.CheckFeature, doctor.Broken, "off for the organization",
	},
	{
		"the server is from before mid-2026", func(c *chain) { c.options = append(c.options, novutest.WithOlderServer()) },
		doctor.CheckRoutes, doctor.Warning, "only the older OAuth route",
	},
	{
		"the workflow does not exist", func(c *chain) { c.workflow = nil },
		doctor.CheckWorkflow, doctor.Broken, "no workflow with this id",
	},
	{
		"the workflow is not active", func(c *chain) {
			if c.workflow != nil {
				c.workflow["active"] = false
			}
		},
		doctor.CheckWorkflowActive, doctor.Broken, "trigger_not_active",
	},
	{
		"the workflow has no chat step", func(c *chain) {
			if c.workflow != nil {
				c.workflow["steps"] = []any{object{"name": "Mail", "type": "in_app", "controlValues": object{"body": "x"}}}
			}
		},
		doctor.CheckChatStep, doctor.Broken, "no chat step",
	},
	{
		"the subscriber does not exist", func(c *chain) {
			c.afterwards(func(ctx context.Context, client *novu.Client) error { return client.Subscribers.Delete(ctx, "acme") })
		},
		doctor.CheckSubscriber, doctor.Warning, "no such subscriber",
	},
	{
		"the trigger's context is not the endpoints'", func(c *chain) {
			for _, e := range c.endpoints {
				e["context"] = object{"tenant": "acme", "region": "eu"}
			}
		},
		doctor.CheckEndpoints, doctor.Broken, "no endpoint has exactly the context tenant:acme",
	},
	{
		"the integration does not exist", func(c *chain) {
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
		doctor.CheckIntegration, doctor.Broken, "no such integration",
	},
	{
		"the integration is not active", func(c *chain) { c.integration["active"] = false },
		doctor.CheckActive, doctor.Broken, "not active",
	},
	{
		"an update dropped credentials", func(c *chain) { delete(c.credentials, "clientId"); delete(c.credentials, "tenantId") },
		doctor.CheckCredentials, doctor.Broken, "lacks clientId, tenantId",
	},
	{
		"an endpoint has no connection", func(c *chain) { delete(c.endpoints[0], "connectionIdentifier") },
		doctor.CheckEndpointConnection, doctor.Broken, "the whole chat step fails, also for the subscriber's 1 other endpoint",
	},
	{
		"the connection was deleted", func(c *chain) {
			c.afterwards(func(ctx context.Context, client *novu.Client) error {
				return client.ChannelConnections.Delete(ctx, "acme-365")
			})
		},
		doctor.CheckConnection, doctor.Broken, "does not exist",
	},
	{
		"the connection's context is not the endpoint's", func(c *chain) { delete(c.connection, "context") },
		doctor.CheckConnectionContext, doctor.Broken, "fails without a word",
	},
	{
		"the connection names no tenant", func(c *chain) { c.connection["workspace"] = object{"id": ""} },
		doctor.CheckConnectionTenant, doctor.Broken, "names no tenant",
	},
	{
		"the channel id is a GUID", func(c *chain) { c.endpoint(0)["channelId"] = teamID },
		doctor.CheckEndpointIDs, doctor.Broken, "channel id is not one",
	},
	{
		"the user id is a name", func(c *chain) { c.endpoint(1)["userId"] = "Ada" },
		doctor.CheckEndpointIDs, doctor.Broken, "user id is not one",
	},
	{
		"the team id is a thread id", func(c *chain) { c.endpoint(0)["teamId"] = "19:general@thread.tacv2" },
		doctor.CheckEndpointIDs, doctor.Warning, "team id is not one",
	},
}

func TestEachFaultOfNovuIsNamed(t *testing.T) {
	for _, f := range novuFaults {
		t.Run(f.name, func(t *testing.T) {
			c := healthy()
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
			assert.Equal(t, doctor.OK, report.Verdict)
			for _, f := range report.Find(doctor.CheckGraph) {
				if name == "bot" {
					assert.Equal(t, doctor.NotChecked, f.Verdict)
					assert.Contains(t, f.Message, "WithMSTeams")
				}
			}
		})
	}
}
