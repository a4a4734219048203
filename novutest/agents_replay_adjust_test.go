package novutest_test

import (
	"fmt"
	"net/http"
	"strings"
)

// adjust sets the agents as they must have stood for what followed these calls.
func (w *world) adjust(followed []agentExchange, actions ...agentExchange) {
	for _, x := range actions {
		w.adjustForManagement(x)
		w.adjustForLink(x)
		agent := w.agentOf(x)
		if agent == "" {
			continue
		}
		if x.Direction == fromClient {
			w.adjustForReply(agent, x)
		}
		w.adjustForEvent(agent, x, followed)
	}
}

// adjustForManagement sets what an answer shows of an agent and the call does not change.
func (w *world) adjustForManagement(x agentExchange) {
	identifier, ofAgent := strings.CutPrefix(x.Request.Path, "/v1/agents/")
	identifier = strings.TrimSuffix(identifier, "/bridge")
	answer, _ := decoded(x.Response.Body).(obj)
	shown, _ := answer["data"].(obj)
	if !ofAgent || x.Direction != fromClient || x.Request.Method == http.MethodPost || shown["behavior"] == nil || shown["identifier"] != identifier {
		return
	}
	now, _ := w.api.do(http.MethodGet, "/v1/agents/"+identifier, nil).body["data"].(obj)
	if now == nil {
		w.needAgent(identifier)
	}
	changes := w.missing(shown, now, x.body(), "name", "description", "active", "bridgeUrl", "devBridgeUrl", "devBridgeActive")
	want, _ := shown["behavior"].(obj)
	have, _ := now["behavior"].(obj)
	given, _ := x.body()["behavior"].(obj)
	if behavior := w.missing(want, have, given, "subscriberAccess", "acknowledgeOnReceived", "reactionOnResolved"); len(behavior) > 0 {
		changes["behavior"] = behavior
	}
	if len(changes) > 0 {
		w.api.do(http.MethodPatch, "/v1/agents/"+identifier, changes)
	}
	w.agents[identifier] = obj{}
}

// adjustForLink sees to the agent and the link that an answer shows were there, or were not.
func (w *world) adjustForLink(x agentExchange) {
	parts := strings.Split(strings.TrimPrefix(x.Request.Path, "/v1/agents/"), "/")
	said := string(x.Response.Body)
	if !strings.HasPrefix(x.Request.Path, "/v1/agents/") || x.Direction != fromClient || strings.Contains(said, "Agent with identifier") {
		return
	}
	fine := x.Response.Status < http.StatusMultipleChoices || x.Response.Status == http.StatusConflict
	switch {
	case len(parts) == 1 && x.Request.Method == http.MethodDelete && fine:
		w.needAgent(parts[0])
	case len(parts) < 2 || parts[1] != "integrations" || strings.Contains(w.chain.name, "production"):
	case len(parts) == 3 && fine && w.player.ids[parts[2]] == "":
		w.needAgent(parts[0])
		w.seeds++
		name := fmt.Sprint("spare-", w.seeds)
		w.needIntegration(name)
		made := w.api.create("/v1/agents/"+parts[0]+"/integrations", obj{"integrationIdentifier": name})
		w.player.know(parts[2], made.field("_id"))
	case x.Request.Method == http.MethodPost && fine:
		name, _ := x.body()["integrationIdentifier"].(string)
		w.link(parts[0], name, x.Response.Status == http.StatusConflict)
	}
}

// adjustForWebhook sees to what an answer to Teams shows: an empty object where the integration was
// unlinked from an agent that is active, and nothing where it is linked.
func (w *world) adjustForWebhook(agent string, x agentExchange) {
	integration := integrationOf(x)
	key := agent + " " + integration
	nothing := strings.TrimSpace(string(x.Response.Body)) == "{}"
	switch {
	case nothing && w.agents[agent]["active"] != false && agent != "inactive-agent" && !w.unlinked[key]:
		w.link(agent, integration, true)
		w.link(agent, integration, false)
	case !nothing && x.Response.Status == http.StatusOK && w.unlinked[key]:
		w.link(agent, integration, true)
	}
}

// missing are the properties that are wanted and are otherwise now, but for those that are given.
func (w *world) missing(want, now, given obj, names ...string) obj {
	changes := obj{}
	for _, name := range names {
		value, wanted := want[name]
		if text, isText := value.(string); isText {
			value = w.player.swap(text)
		}
		had, has := now[name]
		if _, isGiven := given[name]; wanted && !isGiven && (had != value || !has) {
			changes[name] = value
		}
	}
	return changes
}

func (w *world) adjustForReply(agent string, x agentExchange) {
	integration, _ := x.body()["integrationIdentifier"].(string)
	said := string(x.Response.Body)
	if !strings.Contains(said, "Agent not found") {
		w.needAgent(agent)
	}
	switch {
	case strings.Contains(said, "is inactive"):
		w.set(agent, "active", false)
	case strings.Contains(said, "is disconnected"):
		w.set(agent, "active", true)
		w.link(agent, integration, false)
	case strings.Contains(said, "is not linked"):
		w.needIntegration(integration)
	case x.body()["reply"] == nil && x.body()["edit"] == nil && x.body()["error"] == nil:
	case x.Response.Status == http.StatusOK || x.Response.Status == http.StatusBadGateway:
		w.set(agent, "active", true)
		if key := agent + " " + integration; integration != "" && (!w.links[key] || w.unlinked[key]) {
			w.links[key] = true
			w.link(agent, integration, true)
		}
	}
}

func (w *world) adjustForEvent(agent string, x agentExchange, followed []agentExchange) {
	typed, message, redirected := false, false, false
	if x.Direction == fromTeams {
		w.adjustForWebhook(agent, x)
	}
	for _, d := range followed {
		event := d.body()
		switch {
		case d.Direction == toTeams && event["type"] == "typing":
			typed = true
		case d.Direction == toTeams && strings.Contains(string(d.Request.Body), "match your identity"):
			w.set(agent, "subscriberAccess", "restricted")
		case d.Direction == toTeams && strings.Contains(string(d.Request.Body), "Continue setup"):
			w.set(agent, "bridgeUrl", nil)
			w.set(agent, "subscriberAccess", "open")
		case d.Direction == toBridge && event == nil && d.Request.Method == http.MethodPost: // too large to be recorded
			message = message || strings.Contains(d.Request.Path, "event=onMessage")
			w.set(agent, "bridgeUrl", w.player.swap(bridgeOf(d.Request.Path)))
		case d.Direction == toBridge && event["agentId"] == agent:
			message = message || event["event"] == "onMessage"
			if redirected {
				continue
			}
			redirected = d.Response.Status/100 == 3
			w.set(agent, "subscriberAccess", event["subscriberAccess"])
			w.set(agent, "bridgeUrl", w.player.swap(bridgeOf(d.Request.Path)))
			w.set(agent, "active", true)
			subscriber, _ := event["subscriber"].(obj)
			if from, _ := x.body()["from"].(obj); from != nil {
				w.needPerson(fmt.Sprint(from["id"]), fmt.Sprint(event["integrationIdentifier"]), subscriber, event["context"])
			}
		}
	}
	if message && x.Direction == fromTeams {
		w.set(agent, "acknowledgeOnReceived", typed)
	}
}
