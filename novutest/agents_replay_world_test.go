package novutest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// world is a server and what was made on it for the chains.
type world struct {
	t      *testing.T
	facts  *facts
	player *player
	api    *api
	stubs  *stubs
	chain  *agentChain
	began  time.Time // the chain, in the server's time
	offset time.Duration

	agents       map[string]obj // settings, by identifier
	integrations map[string]bool
	links        map[string]bool // agent and integration
	unlinked     map[string]bool // agent and integration
	people       map[string]bool // user and integration
	workflow     bool
	seeds        int
	signInURL    string
	learned      int // how many calls
}

// agentOf is the agent that a call is about, or "".
func (w *world) agentOf(x agentExchange) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(x.Request.Path, "/v1/agents/"), "/")
	switch {
	case strings.HasPrefix(rest, "webhook/"):
		return w.facts.agents[first]
	case rest == "reply":
		return first
	case first == "events":
		events, _ := x.body()["events"].([]any)
		for _, e := range events {
			if id, _ := e.(obj)["agentId"].(string); id != "" {
				return id
			}
		}
	}
	return ""
}

// prepare makes what a chain needs.
func (w *world) prepare(chain *agentChain) {
	for _, x := range chain.some(fromClient) {
		if name, _ := x.body()["identifier"].(string); x.Request.Path == "/v1/integrations" {
			w.integrations[name] = true
		}
		name, _ := x.body()["integrationIdentifier"].(string)
		if strings.Contains(x.Request.Path, "/integrations") && name != "" && x.Response.Status < http.StatusMultipleChoices {
			w.needIntegration(name)
		}
		w.needConversations(x)
		if x.Request.Path == "/v1/channel-endpoints" && x.Response.Status == http.StatusCreated {
			w.needSubscriber(fmt.Sprint(x.body()["subscriberId"]))
		}
	}
	if strings.Contains(fmt.Sprint(chain.some(fromClient)), "workflowId") || w.mentions(chain, "agent-wf") {
		w.needWorkflow("agent-wf")
	}
	for _, x := range chain.exchanges {
		if x.Direction == toLogin && x.Response.Status >= http.StatusBadRequest {
			w.player.server.Inject(novutest.Fault{
				Method: http.MethodPost, Route: "/_login/*", Count: 1, Status: x.Response.Status, Body: string(x.Response.Body),
				Header: http.Header{"Content-Type": {"application/json"}},
			})
		}
	}
	for _, x := range chain.some(toTeams) {
		w.needReachable(x)
	}
	for _, x := range chain.some(fromTeams) {
		w.needFollowed(x)
	}
	for _, x := range chain.some(fromTeams) {
		if agent := w.agentOf(x); agent != "" && x.Response.Status == http.StatusOK {
			w.needAgent(agent)
		}
		if name := integrationOf(x); x.Response.Status == http.StatusOK || x.Response.Status == http.StatusBadRequest {
			w.needIntegration(name)
		}
	}
}

func (w *world) mentions(chain *agentChain, text string) bool {
	return slices.ContainsFunc(chain.some(fromClient), func(x agentExchange) bool { return strings.Contains(string(x.Request.Body), text) })
}

func (w *world) needWorkflow(id string) {
	if !w.workflow {
		w.workflow = true
		w.api.create("/v2/workflows", obj{"workflowId": id, "name": id, "active": true, "steps": []any{
			obj{"name": "Chat", "type": "chat", "controlValues": obj{"body": "Workflow says {{payload.n}}"}}}})
	}
}

func (w *world) needIntegration(name string) {
	if w.integrations[name] || w.stands("/v1/integrations", name) {
		return
	}
	w.integrations[name] = true
	w.api.create("/v1/integrations", obj{
		"identifier": name, "name": w.facts.name(name), "providerId": "msteams", "channel": "chat", "active": name != "teams-off",
		"credentials": w.facts.credentialsOf(name),
	})
}

// stands tells whether a list has an item of this identifier.
func (w *world) stands(path, identifier string) bool {
	list, _ := w.api.do(http.MethodGet, path, nil).body["data"].([]any)
	return slices.ContainsFunc(list, func(item any) bool { return item.(obj)["identifier"] == identifier })
}

// needAgent makes an agent unless it is there.
func (w *world) needAgent(identifier string) {
	if w.agents[identifier] != nil {
		return
	}
	w.agents[identifier] = obj{}
	got := w.api.do(http.MethodGet, "/v1/agents/"+identifier, nil)
	if got.status != http.StatusOK {
		got = w.api.create("/v1/agents", obj{"identifier": identifier, "name": w.facts.name(identifier), "active": identifier != "inactive-agent"})
	}
	for recorded, known := range w.facts.agents {
		if known == identifier {
			w.player.know(recorded, got.field("_id"))
		}
	}
}

// set changes a setting of an agent unless it stands so.
func (w *world) set(identifier, name string, value any) {
	w.needAgent(identifier)
	if now, known := w.agents[identifier][name]; known && now == value {
		return
	}
	w.agents[identifier][name] = value
	body := obj{name: value}
	if name == "subscriberAccess" || name == "acknowledgeOnReceived" {
		body = obj{"behavior": body}
	}
	got := w.api.do(http.MethodPatch, "/v1/agents/"+identifier, body)
	require.Equal(w.t, http.StatusOK, got.status, got.text)
}

// link links an agent with an integration, or unlinks it.
func (w *world) link(agent, integration string, on bool) {
	w.needAgent(agent)
	w.needIntegration(integration)
	path := "/v1/agents/" + agent + "/integrations"
	w.unlinked[agent+" "+integration] = !on
	if on {
		w.api.do(http.MethodPost, path, obj{"integrationIdentifier": integration})
		return
	}
	links, _ := w.api.do(http.MethodGet, path+"?integrationIdentifier="+integration, nil).body["data"].([]any)
	for _, l := range links {
		w.api.do(http.MethodDelete, path+"/"+fmt.Sprint(l.(obj)["_id"]), nil)
	}
}

// needPerson makes a subscriber whom Novu knows by the Teams user, unless the chain itself does.
func (w *world) needPerson(userID, integration string, subscriber obj, context any) {
	key := userID + " " + integration
	if subscriber == nil || w.people[key] {
		return
	}
	w.people[key] = true
	for _, x := range w.chain.some(fromClient) {
		if strings.HasSuffix(x.Request.Path, "/channel-endpoints") && strings.Contains(string(x.Request.Body), userID) {
			return
		}
	}
	w.api.do(http.MethodPost, "/v2/subscribers", subscriber)
	endpoint := obj{
		"integrationIdentifier": integration, "subscriberId": subscriber["subscriberId"], "type": "ms_teams_user", "endpoint": obj{"userId": userID},
	}
	if context != nil {
		endpoint["context"] = context
	}
	w.api.create("/v1/channel-endpoints", endpoint)
}

// needReachable gives a person to whom a workflow was delivered an endpoint with a tenant, without
// which none is.
func (w *world) needReachable(x agentExchange) {
	members, _ := x.body()["members"].([]any)
	for _, m := range members {
		for _, c := range w.facts.conversations {
			from := w.facts.writers[c.chat]
			if from == nil || from["id"] != m.(obj)["id"] || c.subscriber == nil || !w.people[fmt.Sprint(from["id"], " ", c.integration)] {
				continue
			}
			const path = "/v1/channel-endpoints"
			list, _ := w.api.do(http.MethodGet, path+"?subscriberId="+fmt.Sprint(c.subscriber["subscriberId"]), nil).body["data"].([]any)
			for _, e := range list {
				w.api.do(http.MethodDelete, path+"/"+fmt.Sprint(e.(obj)["identifier"]), nil)
			}
			w.api.create(path, obj{
				"integrationIdentifier": c.integration, "subscriberId": c.subscriber["subscriberId"], "type": "ms_teams_user",
				"endpoint": obj{"userId": from["id"], "tenantId": recordedTenantID},
			})
			return
		}
	}
}

// needSubscriber makes a subscriber unless the chain itself does.
func (w *world) needSubscriber(id string) {
	profile := obj{"subscriberId": id}
	for _, x := range w.chain.exchanges {
		if who, _ := x.body()["subscriber"].(obj); who["subscriberId"] == id {
			profile = who
		}
		if strings.HasSuffix(x.Request.Path, "/subscribers") && x.body()["subscriberId"] == id {
			return
		}
	}
	w.api.do(http.MethodPost, "/v2/subscribers", profile)
}

// needConversations begins the conversations that a call is about.
func (w *world) needConversations(x agentExchange) {
	ids := []any{x.body()["conversationId"]}
	if bodyOfSize.Match(x.Request.Body) {
		ids = append(ids, w.facts.conversationBefore(x).id)
	}
	events, _ := x.body()["events"].([]any)
	for _, e := range events {
		ids = append(ids, e.(obj)["conversationId"])
	}
	for _, id := range ids {
		text, _ := id.(string)
		beginsHere := slices.ContainsFunc(w.chain.some(toBridge), func(d agentExchange) bool {
			return d.body()["conversationId"] == id && d.At.Before(x.At)
		})
		if c := w.facts.conversations[text]; x.Direction == fromClient && c != nil && w.player.ids[text] == "" && c.chat != "" && !beginsHere {
			w.begin(c)
		}
	}
}

// needFollowed begins the conversation of a message that reached the bridge without a mention.
func (w *world) needFollowed(x agentExchange) {
	d := w.chain.delivery(x)
	conversation, _ := x.body()["conversation"].(obj)
	if d == nil || conversation["conversationType"] == "personal" || strings.Contains(string(x.Request.Body), `"mention"`) {
		return
	}
	id, _ := d.body()["conversationId"].(string)
	if c := w.facts.conversations[id]; c != nil && w.player.ids[id] == "" {
		w.begin(c)
	}
}

// begin has somebody write the first message of a conversation.
func (w *world) begin(c *conversationFacts) {
	from := w.facts.writers[c.chat]
	if from == nil {
		from = obj{"id": "29:" + strings.TrimPrefix(c.chat, "a:1"), "name": c.chat}
	}
	w.stubs.expect(&agentChain{name: "beginning"}, false)
	w.learned = 0
	w.needIntegration(c.integration)
	w.needPerson(fmt.Sprint(from["id"]), c.integration, c.subscriber, c.context)
	w.set(c.agent, "bridgeUrl", w.player.swap("http://127.0.0.1:5700/beginning"))
	w.set(c.agent, "subscriberAccess", "open")
	w.set(c.agent, "active", true)
	w.seeds++
	id := fmt.Sprint("beginning-", w.seeds)
	x := agentExchange{Direction: fromTeams}
	x.Request.Method = http.MethodPost
	for recorded, identifier := range w.facts.agents {
		if identifier == c.agent && w.player.ids[recorded] != "" {
			x.Request.Path = "/v1/agents/" + recorded + "/webhook/" + c.integration
		}
	}
	if x.Request.Path == "" {
		x.Request.Path = "/v1/agents/" + w.api.do(http.MethodGet, "/v1/agents/"+c.agent, nil).field("_id") + "/webhook/" + c.integration
	}
	x.Request.Headers = map[string]string{"Authorization": "Bearer {JWT}, good", "Content-Type": "application/json"}
	bot := "28:" + fmt.Sprint(w.facts.credentialsOf(c.integration)["clientId"])
	kind := "personal"
	if strings.HasPrefix(c.chat, "19:") {
		kind = "channel"
	}
	x.Request.Body = mustJSON(obj{
		"type": "message", "id": id, "channelId": "msteams", "serviceUrl": c.serviceURL, "from": from, "text": "hello",
		"conversation": obj{"id": c.chat, "conversationType": kind, "tenantId": recordedTenantID}, "recipient": obj{"id": bot, "name": "Bot"},
		"entities":    []any{obj{"type": "mention", "mentioned": obj{"id": bot, "name": "Bot"}, "text": "<at>Bot</at>"}},
		"channelData": obj{"tenant": obj{"id": recordedTenantID}}, "timestamp": w.now().Format(time.RFC3339),
	})
	got := w.do(x)
	require.Equal(w.t, http.StatusOK, got.status, "%s", got.raw)
	w.settle()
	for _, event := range w.stubs.delivered {
		if message, _ := event["message"].(obj); message["platformMessageId"] == id {
			w.player.know(c.id, event["conversationId"])
		}
	}
	require.NotEmpty(w.t, w.player.ids[c.id], "the conversation %s did not begin", c.id)
}
