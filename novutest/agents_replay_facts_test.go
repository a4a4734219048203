package novutest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// facts are what the recordings tell of the server that was recorded, beyond the single chain.
type facts struct {
	agents         map[string]string // _id to identifier
	names          map[string]string // of agents and integrations, by identifier
	clientIDs      map[string]string // by integration
	secrets        map[string]string // by integration
	conversations  map[string]*conversationFacts
	order          []*conversationFacts // as replies used them
	numbers        []int                // of those replies
	writers        map[string]obj       // who writes in a chat
	tenantID       string
	browsersUserID string
}

// conversationFacts say how a conversation can be begun.
type conversationFacts struct {
	id, integration, agent, chat, serviceURL string
	subscriber                               obj
	context                                  any
}

// The bot and the tenant of all integrations but those of which the recordings tell otherwise.
const (
	recordedClientID = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	recordedTenantID = "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"
)

// integrationAgents are the agents of integrations, as the recordings' README has them, for webhook
// calls after which nothing reached a bridge.
var integrationAgents = map[string]string{
	"teams-main": "support-agent", "teams-off": "support-agent", "teams-notenant": "support-agent", "teams-unlinked": "support-agent",
	"teams-restricted": "restricted-agent", "teams-nobridge": "nobridge-agent", "teams-never": "nobridge-agent", "teams-fail": "fail-agent",
	"teams-reply": "reply-agent", "teams-reply2": "reply-agent",
}

func gather(all []agentExchange) *facts {
	f := &facts{
		agents: map[string]string{}, names: map[string]string{}, clientIDs: map[string]string{}, secrets: map[string]string{},
		conversations: map[string]*conversationFacts{}, writers: map[string]obj{}, tenantID: recordedTenantID,
		browsersUserID: novuUserID(all),
	}
	for _, x := range all {
		f.read(decoded(x.Response.Body))
		switch x.Direction {
		case fromTeams:
			f.readWebhook(x)
		case toBridge:
			f.readDelivery(x.body())
		case fromClient:
			f.readReply(x, all)
		}
	}
	for _, x := range all { // where nothing else tells whose an _id is
		id, _, isWebhook := strings.Cut(strings.TrimPrefix(x.Request.Path, "/v1/agents/"), "/webhook/")
		if agent := integrationAgents[integrationOf(x)]; isWebhook && x.Response.Status == http.StatusOK && f.agents[id] == "" && agent != "" {
			f.agents[id] = agent
		}
	}
	return f
}

// novuUserID is the Entra object id of the person who signed in.
func novuUserID(all []agentExchange) string {
	for i, x := range all {
		for _, later := range all[i:] {
			if from, _ := later.body()["from"].(obj); x.Direction == fromBrowser && later.Direction == fromTeams && later.Chain == x.Chain {
				return fmt.Sprint(from["aadObjectId"])
			}
		}
	}
	return "11111111-aaaa-4bbb-8ccc-000000000009"
}

// read looks for agents and integrations in an answer.
func (f *facts) read(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			f.read(item)
		}
	case obj:
		identifier, _ := v["identifier"].(string)
		name, named := v["name"].(string)
		if named && (v["behavior"] != nil || v["providerId"] != nil) {
			f.names[identifier] = name
		}
		if id, _ := v["_id"].(string); v["behavior"] != nil {
			f.agents[id] = identifier
		}
		for _, inner := range v {
			f.read(inner)
		}
	}
}

func (f *facts) readWebhook(x agentExchange) {
	conversation, _ := x.body()["conversation"].(obj)
	from, _ := x.body()["from"].(obj)
	if chat, _ := conversation["id"].(string); from != nil && f.writers[chat] == nil {
		f.writers[chat] = from
	}
}

func (f *facts) readDelivery(event obj) {
	id, _ := event["conversationId"].(string)
	if id == "" {
		return
	}
	c := f.conversation(id)
	c.integration, c.agent = fmt.Sprint(event["integrationIdentifier"]), fmt.Sprint(event["agentId"])
	if place, _ := event["platformContext"].(obj); place != nil {
		c.chat, c.serviceURL = decodedThread(fmt.Sprint(place["threadId"]))
	}
	if who, _ := event["subscriber"].(obj); who != nil {
		c.subscriber, c.context = who, event["context"]
	}
	history, _ := event["history"].([]any)
	for _, item := range history {
		if entry, _ := item.(obj); entry["role"] == "agent" && entry["senderName"] != nil && f.names[c.agent] == "" {
			f.names[c.agent] = fmt.Sprint(entry["senderName"])
		}
	}
}

func (f *facts) conversation(id string) *conversationFacts {
	if f.conversations[id] == nil {
		f.conversations[id] = &conversationFacts{id: id}
	}
	return f.conversations[id]
}

func (f *facts) readReply(x agentExchange, all []agentExchange) {
	identifier, isReply := strings.CutSuffix(strings.TrimPrefix(x.Request.Path, "/v1/agents/"), "/reply")
	var answer struct {
		Data struct {
			PlatformThreadID string `json:"platformThreadId"`
		} `json:"data"`
	}
	if !isReply || json.Unmarshal(x.Response.Body, &answer) != nil {
		return
	}
	integration, _ := x.body()["integrationIdentifier"].(string)
	for _, call := range all { // with which bot it was posted
		if call.Chain != x.Chain {
			continue
		}
		if from, _ := call.body()["from"].(obj); call.Direction == toTeams && from["id"] != nil && integration != "" {
			f.clientIDs[integration] = fmt.Sprint(from["id"])
		}
		var form string
		if call.Direction == toLogin && json.Unmarshal(call.Request.Body, &form) == nil {
			values, _ := url.ParseQuery(form) // what can be read of it
			f.clientIDs[integration], f.secrets[integration] = values.Get("client_id"), values.Get("client_secret")
		}
	}
	id, _ := x.body()["conversationId"].(string)
	if answer.Data.PlatformThreadID == "" || id == "" {
		return
	}
	c := f.conversation(id)
	c.chat, c.serviceURL = decodedThread(answer.Data.PlatformThreadID)
	if c.integration == "" {
		c.integration = integration
	}
	c.agent = identifier
	f.order, f.numbers = append(f.order, c), append(f.numbers, x.Number)
}

// conversationBefore is the conversation that replies around this one were for.
func (f *facts) conversationBefore(x agentExchange) *conversationFacts {
	answer, _ := decoded(x.Response.Body).(obj)
	data, _ := answer["data"].(obj)
	thread, _ := data["platformThreadId"].(string)
	chat, serviceURL := decodedThread(thread)
	if chat != "" {
		for _, c := range f.conversations {
			if c.chat == chat && c.serviceURL == serviceURL {
				return c
			}
		}
		c := f.conversation(thread) // of which nothing else was recorded
		c.chat, c.serviceURL, c.agent = chat, serviceURL, strings.Split(x.Request.Path, "/")[3]
		for integration, agent := range integrationAgents {
			if agent == c.agent && (c.integration == "" || integration < c.integration) {
				c.integration = integration
			}
		}
		return c
	}
	found := &conversationFacts{}
	for i, c := range f.order {
		if f.numbers[i] <= x.Number {
			found = c
		}
	}
	return found
}

func (f *facts) credentialsOf(integration string) obj {
	credentials := obj{"clientId": recordedClientID, "secretKey": "s3cr3t~value", "tenantId": recordedTenantID}
	if id := f.clientIDs[integration]; id != "" {
		credentials["clientId"] = id
	}
	if secret := f.secrets[integration]; secret != "" {
		credentials["secretKey"] = secret
	}
	if integration == "teams-notenant" {
		delete(credentials, "tenantId")
	}
	return credentials
}

func (f *facts) name(identifier string) string {
	if f.names[identifier] != "" {
		return f.names[identifier]
	}
	return identifier
}
