package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/novutest"
)

func TestAHealthyAgentIsOK(t *testing.T) {
	report := talking().examine(t)
	assert.Empty(t, problems(report))
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
	assert.Contains(t, report.String(), "The agent support and the subscriber ada")
	for _, check := range []doctor.Check{
		doctor.CheckAgent, doctor.CheckAgentActive, doctor.CheckAgentAccess, doctor.CheckAgentTyping, doctor.CheckAgentLinks,
		doctor.CheckBridgeURL, doctor.CheckBridge, doctor.CheckBridgeKey, doctor.CheckBridgeAgent, doctor.CheckLinked,
		doctor.CheckIntegration, doctor.CheckActive, doctor.CheckCredentials, doctor.CheckBot, doctor.CheckMessagingEndpoint, doctor.CheckManifest,
	} {
		assert.Equal(t, doctor.OK, only(t, report, check).Verdict, "%s\n%s", check, report)
	}
	open := talking()
	open.access, open.endpoints, open.question.SubscriberID = novu.AccessOpen, nil, ""
	report = open.examine(t)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
	assert.Contains(t, report.String(), "The agent support\n")
}

func update(params novu.UpdateAgentParams) func(*conversation) {
	return func(c *conversation) {
		c.after = func(ctx context.Context, client *novu.Client) error {
			_, err := client.Agents.Update(ctx, "support", params)
			return err
		}
	}
}

func answering(status int, contentType, body string) func(*conversation) {
	return func(c *conversation) {
		c.bridge = func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", contentType)
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			})
		}
	}
}

func redirecting(status int, to string) func(*conversation) {
	return func(c *conversation) {
		c.bridge = func(http.Handler) http.Handler { return http.RedirectHandler(to, status) }
	}
}

type agentFault struct {
	name    string
	breaks  func(*conversation)
	check   doctor.Check
	verdict doctor.Verdict
	says    string
	told    bool // only the doctor is told of it, and the emulator goes on
}

var agentFaults = []agentFault{
	{name: "no such agent", breaks: func(c *conversation) { c.question.AgentIdentifier = "help-desk" }, check: doctor.CheckAgent, verdict: doctor.Broken, says: "no such agent", told: true},
	{name: "inactive", breaks: func(c *conversation) { c.active = false }, check: doctor.CheckAgentActive, verdict: doctor.Broken, says: "drops every message"},
	{name: "typing", breaks: func(c *conversation) { c.typing = true }, check: doctor.CheckAgentTyping, verdict: doctor.Warning, says: "drops what the person writes"},
	{name: "not linked", breaks: func(c *conversation) { c.linked = false }, check: doctor.CheckAgentLinks, verdict: doctor.Broken, says: "linked with no integration"},
	{
		name: "linked with another", breaks: func(c *conversation) {
			c.question.IntegrationIdentifier = "other"
			c.endpoints[0] = linkOf("other", botsIDOfAda)
		},
		check: doctor.CheckAgentLinks, verdict: doctor.Broken, says: "of the name other",
	},
	{
		name: "no bridge", breaks: func(c *conversation) { c.address = func(string) string { return "" } },
		check: doctor.CheckBridgeURL, verdict: doctor.Broken, says: "running on defaults",
	},
	{
		name: "dev bridge", breaks: func(c *conversation) {
			c.address = func(address string) string {
				update(novu.UpdateAgentParams{DevBridgeURL: &address, DevBridgeActive: novu.Ptr(true)})(c)
				return "http://127.0.0.1:9/gone"
			}
		}, check: doctor.CheckBridgeURL, verdict: doctor.Warning, says: "dev bridge",
	},
	{
		name: "nothing answers", breaks: func(c *conversation) { c.address = func(string) string { return "http://127.0.0.1:9/" } },
		check: doctor.CheckBridge, verdict: doctor.Broken, says: "nothing answers",
	},
	{name: "another path", breaks: answering(404, "text/plain", "404 page not found"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "nothing is served"},
	{name: "a gateway", breaks: answering(502, "text/html", "<html>"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "with an error"},
	{name: "a login before it", breaks: answering(401, "text/html", "<html>"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "needs no credentials"},
	{name: "a web page", breaks: answering(200, "text/html", "<html>"), check: doctor.CheckBridge, verdict: doctor.NotChecked, says: "any 2xx"},
	{name: "another make", breaks: answering(405, "text/plain", ""), check: doctor.CheckBridge, verdict: doctor.NotChecked, says: "405"},
	{name: "moved", breaks: redirecting(301, "/novu"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "GET without a body"},
	{name: "see other", breaks: redirecting(303, "/novu"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "GET without a body"},
	{name: "moved away", breaks: redirecting(308, "https://elsewhere.example/novu"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "another host"},
	{name: "moved in circles", breaks: redirecting(307, "/_bridges/support?again"), check: doctor.CheckBridge, verdict: doctor.Broken, says: "more than three times"},
	{
		name: "moved within the host", breaks: func(c *conversation) {
			c.bridge = func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if to := *r.URL; !to.Query().Has("moved") {
						to.RawQuery += "&moved=1"
						http.Redirect(w, r, "/_bridges/support?"+to.RawQuery, http.StatusPermanentRedirect)
						return
					}
					h.ServeHTTP(w, r)
				})
			}
		}, check: doctor.CheckBridge, verdict: doctor.Warning, says: "after a redirect within its host",
	},
	{name: "another key", breaks: func(c *conversation) { c.key = "another-secret-key" }, check: doctor.CheckBridgeKey, verdict: doctor.Broken, says: "does not accept this secret key"},
	{
		name: "a proxy that drops headers", breaks: func(c *conversation) {
			c.bridge = func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.Header.Del("Novu-Signature"); h.ServeHTTP(w, r) })
			}
		}, check: doctor.CheckBridgeKey, verdict: doctor.Broken, says: "does not reach it",
	},
	{
		name: "a bridge that verifies nothing", breaks: func(c *conversation) {
			c.bridge = func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("action") == "discover" {
						_, _ = w.Write([]byte(`{"workflows":[],"agents":[{"agentId":"support"}]}`))
						return
					}
					h.ServeHTTP(w, r)
				})
			}
		}, check: doctor.CheckBridgeKey, verdict: doctor.Warning, says: "anybody can write",
	},
	{name: "another agent's bridge", breaks: func(c *conversation) { c.identifier = "Support" }, check: doctor.CheckBridgeAgent, verdict: doctor.Broken, says: "does not serve the agent"},
	{
		name: "linked by OAuth", breaks: func(c *conversation) { c.endpoints[0] = linkOf("bot", userID) },
		check: doctor.CheckLinked, verdict: doctor.Broken, says: "Entra object id",
	},
	{
		name: "linked by OAuth with an open agent", breaks: func(c *conversation) { c.access = novu.AccessOpen; c.endpoints[0] = linkOf("bot", userID) },
		check: doctor.CheckLinked, verdict: doctor.Warning, says: "answered without a subscriber",
	},
	{name: "linked elsewhere", breaks: func(c *conversation) { c.endpoints[0] = linkOf("other", botsIDOfAda) }, check: doctor.CheckLinked, verdict: doctor.Broken, says: "another integration"},
	{name: "not linked at all", breaks: func(c *conversation) { c.endpoints = nil }, check: doctor.CheckLinked, verdict: doctor.Broken, says: "no endpoint says"},
	{
		name: "nobody is linked", breaks: func(c *conversation) { c.endpoints[0] = linkOf("bot", userID); c.question.SubscriberID = "" },
		check: doctor.CheckLinked, verdict: doctor.Broken, says: "does not recognize anybody",
	},
	{
		name: "no such subscriber", breaks: func(c *conversation) {
			c.after = func(ctx context.Context, client *novu.Client) error { return client.Subscribers.Delete(ctx, "ada") }
		}, check: doctor.CheckSubscriber, verdict: doctor.Broken, says: "no such subscriber",
	},
	{
		name: "inactive integration", breaks: func(c *conversation) {
			c.after = func(ctx context.Context, client *novu.Client) error {
				all, err := client.Integrations.List(ctx)
				for _, i := range all {
					if i.Identifier == "bot" {
						_, updateErr := client.Integrations.Update(ctx, i.ID, novu.UpdateIntegrationParams{Active: novu.Ptr(false)})
						err = errors.Join(err, updateErr)
					}
				}
				return err
			}
		}, check: doctor.CheckActive, verdict: doctor.Warning, says: "hands messages on all the same",
	},
	{
		name: "credentials that the server keeps back are missing", breaks: func(c *conversation) { delete(c.credentials, "tenantId") },
		check: doctor.CheckCredentials, verdict: doctor.Broken, says: "lacks client id, secret or tenant id",
	},
	{name: "wrong secret", breaks: func(c *conversation) { c.faults = []novutest.Fault{novutest.SignInFault(7000215)} }, check: doctor.CheckGraph, verdict: doctor.Broken, says: "does not accept"},
	{name: "no messaging endpoint", breaks: func(c *conversation) { c.endpoint = func(string) string { return "" } }, check: doctor.CheckMessagingEndpoint, verdict: doctor.Broken, says: "no messaging endpoint", told: true},
	{
		name: "another messaging endpoint", breaks: func(c *conversation) {
			c.endpoint = func(string) string { return "https://bot.example/api/messages?code=" + querySecret }
		}, check: doctor.CheckMessagingEndpoint, verdict: doctor.Broken, says: "go elsewhere", told: true,
	},
	{
		name: "another name of the host", breaks: func(c *conversation) {
			c.endpoint = func(right string) string {
				_, path, _ := strings.Cut(right, "/v1/")
				return "https://novu.acme.example/v1/" + path
			}
		}, check: doctor.CheckMessagingEndpoint, verdict: doctor.Warning, says: "another host",
	},
	{name: "notification-only", breaks: bot("isNotificationOnly", true), check: doctor.CheckManifest, verdict: doctor.Broken, says: "isNotificationOnly", told: true},
	{name: "not in personal chats", breaks: bot("scopes", []any{"team"}), check: doctor.CheckManifest, verdict: doctor.Warning, says: "lacks the scope personal"},
	{name: "another bot's manifest", breaks: bot("botId", elsewhere), check: doctor.CheckManifest, verdict: doctor.Broken, says: "another bot's", told: true},
	{name: "no bot", breaks: func(c *conversation) { c.manifest = func(m *manifest.Manifest) { delete(m.Fields, "bots") } }, check: doctor.CheckManifest, verdict: doctor.Broken, says: "has no bot", told: true},
}

func bot(field string, value any) func(*conversation) {
	return func(c *conversation) {
		c.manifest = func(m *manifest.Manifest) { m.Fields["bots"].([]any)[0].(map[string]any)[field] = value }
	}
}

// A conversation that is broken in one place has one broken link.
func TestEachFaultOfAnAgentIsOneFinding(t *testing.T) {
	for _, f := range agentFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c := talking()
			f.breaks(c)
			report := c.examine(t)
			found := only(t, report, f.check)
			assert.Equal(t, f.verdict, found.Verdict, "%s", report)
			assert.Contains(t, found.Message, f.says, "%s", report)
			assert.Equal(t, f.verdict, report.Verdict, "%s", report)
			want := 0
			if f.verdict == doctor.Broken {
				want = 1
			}
			assert.Len(t, report.Broken(), want, "%s", report)
			assert.LessOrEqual(t, len(problems(report)), 1, "%s", report)
		})
	}
}

func TestAgentsOnAnOldServer(t *testing.T) {
	c := talking()
	c.version = novutest.Version315
	report := c.examine(t)
	f := only(t, report, doctor.CheckAgent)
	assert.Equal(t, doctor.Broken, f.Verdict)
	assert.Contains(t, f.Message, "too old")
	assert.Contains(t, f.Remedy, "3.19")
	assert.Len(t, report.Broken(), 1)
}

// The internal id is what the webhook's address holds, and is easily taken for the identifier.
func TestTheInternalIDOfAnAgentIsRecognized(t *testing.T) {
	c := talking()
	c.after = func(ctx context.Context, client *novu.Client) error {
		a, err := client.Agents.Get(ctx, "support")
		c.question.AgentIdentifier = a.ID
		return err
	}
	f := only(t, c.examine(t), doctor.CheckAgent)
	assert.Contains(t, f.Message, "internal id of support")
	assert.Equal(t, "support", f.Evidence["agents"])
}

// What could not be found out is never ok, and what is not known says how to get to know it.
func TestWhatIsNotKnownOfAnAgent(t *testing.T) {
	c := talking()
	c.untold = true
	report := c.examine(t)
	assert.Equal(t, doctor.NotChecked, report.Verdict)
	assert.Empty(t, problems(report))
	endpoint := only(t, report, doctor.CheckMessagingEndpoint)
	assert.Contains(t, endpoint.Remedy, "/webhook/bot")
	assert.Contains(t, endpoint.Remedy, "Azure portal")
	assert.Contains(t, only(t, report, doctor.CheckManifest).Remedy, "isNotificationOnly")

	c = talking()
	c.alone = true
	report = c.examine(t)
	assert.Equal(t, doctor.NotChecked, report.Verdict)
	assert.Equal(t, doctor.OK, only(t, report, doctor.CheckCredentials).Verdict, "the agent's webhook tells that they are there")
	assert.Contains(t, only(t, report, doctor.CheckBot).Message, "WithMSTeams")

	for _, route := range []string{
		"/v1/agents/{identifier}", "/v1/agents/{identifier}/integrations", "/v1/integrations", "/v1/channel-endpoints", "/v2/subscribers/{subscriberId}", "/_login/*",
	} {
		c := talking()
		c.faults = []novutest.Fault{{Route: route, Status: http.StatusInternalServerError}}
		report := c.examine(t)
		assert.Equal(t, doctor.NotChecked, report.Verdict, "%s: %s", route, report)
		assert.Empty(t, report.Broken(), route)
	}
}

func TestAQuestionAboutAnAgentNamesNoNotification(t *testing.T) {
	client, err := novu.NewClient("key")
	require.NoError(t, err)
	_, err = mustNew(t, client).Examine(t.Context(), doctor.Question{
		AgentIdentifier: "support", TransactionID: "t", WorkflowID: "w", Context: novu.ContextPayload{"tenant": {ID: "acme"}},
		Payload: map[string]any{}, SendTest: true,
	})
	require.ErrorIs(t, err, doctor.ErrInvalidParams)
	for _, field := range []string{"TransactionID", "WorkflowID", "Context", "Payload", "SendTest"} {
		assert.ErrorContains(t, err, field+" must be empty")
	}
	_, err = doctor.New(client, doctor.WithHTTPClient(nil), doctor.WithMessagingEndpoint(" ", "x"), doctor.WithManifest("bot", nil))
	for _, option := range []string{"WithHTTPClient", "WithMessagingEndpoint", "WithManifest"} {
		assert.ErrorContains(t, err, option)
	}
}

// Graph tells the version of the app, and so whether the manifest that was given is the one in use.
func TestTheCatalogHasTheAppInAnotherVersion(t *testing.T) {
	inCatalog := func(c *conversation, version, state string) doctor.Finding {
		c.faults = []novutest.Fault{{Route: "/_graph/v1.0/appCatalogs/teamsApps", Status: http.StatusOK, Body: `{"value":[{"id":"` + teamID +
			`","externalId":"` + clientID + `","appDefinitions":[{"version":"` + version + `","publishingState":"` + state + `"}]}]}`}}
		return only(t, c.examine(t), doctor.CheckManifest)
	}
	f := inCatalog(talking(), "1.0.0", "published")
	assert.Equal(t, doctor.OK, f.Verdict, f.Message)
	assert.Equal(t, "1.0.0", f.Evidence["catalogVersion"])
	f = inCatalog(talking(), "0.9.0", "published")
	assert.Equal(t, doctor.Warning, f.Verdict)
	assert.Contains(t, f.Message, "the version 1.0.0 and the tenant's catalog 0.9.0")
	assert.Contains(t, f.ForCustomer, "upload the new app package")
	f = inCatalog(talking(), "1.0.0", "submitted")
	assert.Equal(t, doctor.Warning, f.Verdict)
	assert.Contains(t, f.Message, "which is submitted")
	untold := talking()
	untold.untold = true
	f = inCatalog(untold, "0.9.0", "published")
	assert.Equal(t, doctor.NotChecked, f.Verdict)
	assert.Contains(t, f.Message, "The catalog has the app in version 0.9.0")
}

// A message from Teams proves the messaging endpoint, at the time.
func TestAMessageThatCameCountsForTheMessagingEndpoint(t *testing.T) {
	c := talking()
	c.untold = true
	srv, d := c.start(t)
	_, err := srv.Chat(ada).Say(t.Context(), "ping")
	require.NoError(t, err)
	report, err := d.Examine(t.Context(), c.question)
	require.NoError(t, err)
	f := only(t, report, doctor.CheckMessagingEndpoint)
	assert.Equal(t, doctor.NotChecked, f.Verdict)
	assert.Contains(t, f.Message, "the first one came on 20")
	assert.Contains(t, f.Remedy, "/webhook/bot")
}

// What is broken by the doctor's word gets no answer, and the rest does.
func TestTheDoctorAgreesWithWhatAnAgentAnswers(t *testing.T) {
	for _, f := range append(agentFaults, agentFault{name: "nothing", breaks: func(*conversation) {}}) {
		if f.told {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c := talking()
			f.breaks(c)
			srv, d := c.start(t)
			report, err := d.Examine(t.Context(), c.question)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			messages, err := srv.Chat(ada).Say(ctx, "ping")
			answered := len(messages) > 0 && strings.Contains(messages[0].Text+string(messages[0].Card), "pong")
			if report.Verdict != doctor.NotChecked {
				assert.Equal(t, answered, len(report.Broken()) == 0, "%v %v\n%s", messages, err, report)
			}
		})
	}
}
