package doctor_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// What could not be found out is never ok.
func TestWhatCannotBeCheckedIsNotOK(t *testing.T) {
	for _, route := range []string{
		"/v2/workflows/{workflowId}", "/v2/subscribers/{subscriberId}", "/v1/channel-endpoints", "/v1/channel-connections",
		"/v1/channel-connections/{identifier}", "/v1/integrations", "/_login/*", "/_graph/*", "/_connector/*",
		"/_graph/v1.0/teams/{team}/allChannels", "/_graph/v1.0/teams/{team}/installedApps",
		"/_graph/v1.0/users/{user}/teamwork/installedApps", connectorReads,
	} {
		onEachVersion(t, func(t *testing.T, version novutest.Version) {
			c := healthy().on(version)
			inject(novutest.Fault{Route: route, Status: http.StatusInternalServerError})(c)
			report := c.examine(t)
			assert.Equal(t, doctor.NotChecked, report.Verdict, "%s: %s", route, report)
			assert.Empty(t, report.Broken())
			require.NoError(t, report.Err())
		})
	}
	down := healthy()
	inject(
		novutest.Fault{Route: "/_login/*", Status: http.StatusServiceUnavailable},
		novutest.Fault{Route: "/_graph/*", Status: http.StatusServiceUnavailable},
		novutest.Fault{Route: "/_connector/*", Status: http.StatusServiceUnavailable},
	)(down)
	assert.Equal(t, doctor.NotChecked, down.examine(t).Verdict, "all of Microsoft")
}

// A question that names no workflow does not ask about one.
func TestWhatIsNotAskedNeedNotBeChecked(t *testing.T) {
	for name, c := range map[string]*chain{"bot": healthy(), "webhook": healthyWebhook()} {
		c.question.WorkflowID = ""
		report := c.examine(t)
		assert.Equal(t, doctor.OK, report.Verdict, "%s: %s", name, report)
		assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckWorkflow).Verdict)
	}
}

// The private channel is the cause, and that the bot can't be reached there is the same thing.
func TestOneCauseIsOneFinding(t *testing.T) {
	for name, test := range map[string]struct {
		breaks func(*chain)
		check  doctor.Check
	}{
		"private channel":     {membership("private"), doctor.CheckChannel},
		"shared channel":      {membership("shared"), doctor.CheckChannel},
		"bot not in the team": {uninstalled(teamID), doctor.CheckInstalled},
		"channel deleted":     {func(c *chain) { c.endpoint(0)["channelId"] = "19:gone@thread.tacv2" }, doctor.CheckChannel},
	} {
		t.Run(name, func(t *testing.T) {
			c := healthy()
			test.breaks(c)
			report := c.examine(t)
			require.Len(t, report.Broken(), 1, "%s", report)
			assert.Equal(t, test.check, report.Broken()[0].Check)
			assert.Equal(t, test.check, only(t, report, doctor.CheckReachable).Because)
		})
	}
}

// Graph does not know the bot's id of a person, so the doctor looks for the person in
// conversations.
func TestABotsIDOfAPersonIsResolved(t *testing.T) {
	for name, change := range map[string]func(*chain){
		"in a channel of the notification": func(*chain) {},
		"in a team of the tenant":          func(c *chain) { c.endpoints = c.endpoints[1:] },
	} {
		for _, installed := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				c := healthy()
				c.endpoint(1)["userId"] = c.tenant.Users[0].BotID()
				change(c)
				if !installed {
					uninstalled(userID)(c)
				}
				report := c.examine(t)
				var found doctor.Finding
				for _, f := range report.Find(doctor.CheckInstalled) {
					if strings.Contains(f.Subject, "user") {
						found = f
					}
				}
				assert.Equal(t, userID, found.Evidence["objectId"], "%s", report)
				if installed {
					assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
					return
				}
				require.Len(t, report.Broken(), 1, "%s", report)
				assert.Equal(t, doctor.Broken, found.Verdict)
				assert.NotEmpty(t, found.ForCustomer)
			})
		}
	}
}

// A user endpoint that names its tenant needs no connection.
func TestAUserWithATenantNeedsNoConnection(t *testing.T) {
	c := healthy()
	delete(c.endpoints[1], "connectionIdentifier")
	c.endpoint(1)["tenantId"] = customer
	report := c.examine(t)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
	c.endpoints, c.connection = c.endpoints[1:], nil
	report = c.examine(t)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
	assert.NotEmpty(t, report.Find(doctor.CheckConsent), "the tenant is examined all the same")
	uninstalled(userID)(c)
	assert.Equal(t, doctor.CheckInstalled, c.examine(t).Broken()[0].Check)
}

// An empty step gives a workflow the status ERROR, and Novu delivers nothing.
func TestAWorkflowWithAnError(t *testing.T) {
	onEachVersion(t, func(t *testing.T, version novutest.Version) {
		c := healthy().on(version)
		c.workflow = chatWorkflow("")
		report := c.examine(t)
		require.Len(t, report.Broken(), 1, "%s", report)
		assert.Equal(t, doctor.CheckWorkflowActive, report.Broken()[0].Check)
	})
}

// Agents have integrations of their own, which deliver no notifications.
func TestIntegrationsOfAgentsAreSkipped(t *testing.T) {
	c := healthy()
	c.endpoints = nil
	c.more = []object{{"identifier": "agents", "name": "Support", "providerId": "msteams", "channel": "chat", "kind": "agent", "active": false}}
	report := c.examine(t)
	assert.NotContains(t, report.String(), "Integration agents")
	assert.Contains(t, only(t, report, doctor.CheckIntegrations).Message, "1 integration ")
}

// With several apps, the doctor takes the one that the integration sends as.
func TestTheAppIsChosenByTheIntegrationsClientID(t *testing.T) {
	other := "11111111-2222-4333-8444-555555555508"
	c := healthy()
	c.alone = true
	srv := c.start(t)
	client := func(id string) *msteams.Client {
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: id, ClientSecret: clientSecret, TenantID: homeTenant},
			msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
			msteams.WithRateLimits(msteams.RateLimits{}))
		require.NoError(t, err)
		return ms
	}
	c.doctor = []doctor.Option{doctor.WithMSTeams(client(other)), doctor.WithMSTeams(client(clientID))}
	report, err := c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)

	c.doctor = []doctor.Option{doctor.WithMSTeams(client(other))}
	report, err = c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	assert.Equal(t, doctor.NotChecked, report.Verdict, "%s", report)
	assert.Contains(t, only(t, report, doctor.CheckCredentials).Message, clientID)
	assert.Empty(t, problems(report), "what another app sees says nothing about this one")
}

func TestOptionsThatCannotBeRight(t *testing.T) {
	client := healthy().start(t).Client()
	for name, make := range map[string]func() (*doctor.Doctor, error){
		"client":           func() (*doctor.Doctor, error) { return doctor.New(nil) },
		"WithMSTeams":      func() (*doctor.Doctor, error) { return doctor.New(client, doctor.WithMSTeams(nil)) },
		"WithTimeout":      func() (*doctor.Doctor, error) { return doctor.New(client, doctor.WithTimeout(-1)) },
		"WithCheckTimeout": func() (*doctor.Doctor, error) { return doctor.New(client, nil, doctor.WithCheckTimeout(-1)) },
	} {
		_, err := make()
		require.ErrorIs(t, err, doctor.ErrInvalidParams)
		require.ErrorIs(t, err, novu.ErrInvalidParams, "it is one error for all packages")
		require.ErrorContains(t, err, name)
	}
}

// 300 endpoints, and a Microsoft that takes 15 seconds for an answer.
func TestAnExaminationHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		for i := range 300 {
			e := channelEndpoint("more-" + strings.Repeat("x", i+1))
			c.endpoints = append(c.endpoints, e)
		}
		c.after = append(c.after, func(srv *novutest.Server) {
			srv.Inject(novutest.Fault{Route: "/_connector/*", Delay: 15 * time.Second})
		})
		var mu sync.Mutex
		var last doctor.Progress
		calls := 0
		srv, d := inMemory(t, c, doctor.WithTimeout(time.Minute), doctor.WithProgress(func(p doctor.Progress) {
			mu.Lock()
			defer mu.Unlock()
			calls++
			assert.Equal(t, calls, p.Done)
			assert.LessOrEqual(t, p.Done, p.Total)
			assert.NotEmpty(t, p.Finding.Check)
			last = p
		}))
		defer srv.Close()
		report, err := d.Examine(t.Context(), c.question)
		require.NoError(t, err)
		assert.Equal(t, time.Minute, report.Duration)
		assert.Equal(t, doctor.NotChecked, report.Verdict)
		assert.Contains(t, report.String(), "the time limit of 1m0s")
		assert.Len(t, report.Find(doctor.CheckReachable), 302-1)
		assert.Equal(t, last.Total, last.Done)
		time.Sleep(time.Hour)
	})
}

// Words for the customer name nothing that only a developer knows.
func TestWordsForTheCustomer(t *testing.T) {
	told := 0
	for _, f := range append(allFaults(), webhookFaults...) {
		c := healthy()
		if strings.Contains(string(f.check), "webhook") || strings.Contains(string(f.check), "content") || f.sets == "url" {
			c = healthyWebhook()
		}
		f.breaks(c)
		for _, found := range c.examine(t).Findings {
			if found.ForCustomer == "" {
				continue
			}
			told++
			for _, word := range []string{"OAuth", "Tenant.", "ChannelEndpoints", "Integrations.", "webhook.", "msteams", "GenerateConnect", "MSTEAMS_"} {
				assert.NotContains(t, found.ForCustomer, word)
			}
			assert.NotEqual(t, doctor.OK, found.Verdict)
		}
	}
	assert.Greater(t, told, 10)
}

// A context that ended before changes nothing about what is known.
func TestACanceledQuestion(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report, err := c.of(t, srv).Examine(ctx, c.question)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, doctor.NotChecked, report.Verdict)
	assert.Empty(t, report.Broken())
}
