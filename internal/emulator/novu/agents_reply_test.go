package novu

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

func markdown(text string) map[string]any { return map[string]any{"markdown": text} }

// talking is a bench whose person has written.
func talking(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.link("frank", "29:frank", nil)
	b.say("frank", "hi")
	b.settled()
	return b
}

// history is what the next message's delivery says, without that message.
func (b *bench) history() []map[string]any {
	b.Helper()
	b.say("frank", "history?")
	b.settled()
	entries := []map[string]any{}
	for _, e := range b.bridge.body(b.T, -1)["history"].([]any) {
		entry := e.(map[string]any)
		assert.NotEmpty(b, entry["createdAt"])
		delete(entry, "createdAt")
		entries = append(entries, entry)
	}
	return entries[:len(entries)-1]
}

// posted are the calls of the connector, as METHOD kind.
func (b *bench) posted() []string {
	calls := []string{}
	for _, r := range b.host.Requests() {
		if !strings.Contains(r.Path, "/activities") {
			continue
		}
		kind := ""
		for _, k := range []string{"typing", "message"} {
			if strings.Contains(string(r.Body), `"type":"`+k+`"`) {
				kind = " " + k
			}
		}
		calls = append(calls, r.Method+kind)
	}
	return calls
}

func TestReplyIsPostedAndKept(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"reply": markdown("Hello **Frank**"), "foo": 1})
	require.Equal(t, http.StatusOK, status, answer)
	data := answer["data"].(map[string]any)
	assert.Equal(t, b.bridge.body(t, 0)["platformContext"].(map[string]any)["threadId"], data["platformThreadId"])
	status, answer = b.reply(map[string]any{"edit": map[string]any{"messageId": data["messageId"], "content": markdown("edited")}})
	require.Equal(t, http.StatusOK, status, answer)
	assert.Equal(t, data["messageId"], answer["data"].(map[string]any)["messageId"])
	assert.Equal(t, "edited", b.host.Inbox.Messages()[0].Text)
	status, answer = b.reply(map[string]any{"deleteMessages": []any{map[string]any{"messageId": data["messageId"]}}})
	assert.Equal(t, http.StatusOK, status)
	assert.Nil(t, answer["data"])
	assert.Empty(t, b.host.Inbox.Messages())
	assert.Equal(t, []string{"POST typing", "POST message", "PUT message", "DELETE"}, b.posted())
	assert.Equal(t, []map[string]any{
		{"role": "subscriber", "type": "message", "content": "hi", "senderName": "frank A"},
		{"role": "agent", "type": "message", "content": "Hello **Frank**", "senderName": "Support"},
		{"role": "agent", "type": "edit", "content": "edited", "senderName": "Support"},
		{"role": "agent", "type": "delete", "content": "", "senderName": "Support"},
	}, b.history())
	replies := b.s.AgentReplies()
	require.Len(t, replies, 3)
	assert.Equal(t, http.StatusOK, replies[0].Status)
	assert.Equal(t, data["messageId"], replies[0].MessageID)
}

// A repeated reply posts twice.
func TestRepeatedReplyPostsTwice(t *testing.T) {
	b := talking(t)
	for range 2 {
		status, _ := b.reply(map[string]any{"reply": markdown("same")})
		require.Equal(t, http.StatusOK, status)
	}
	assert.Len(t, b.host.Inbox.Messages(), 2)
}

func TestTypingOfAReply(t *testing.T) {
	for name, test := range map[string]struct {
		body map[string]any
		want []string
	}{
		"status":     {map[string]any{"typing": map[string]any{"status": "Looking…"}}, []string{"POST typing"}},
		"empty":      {map[string]any{"typing": map[string]any{}}, []string{"POST typing"}},
		"stop":       {map[string]any{"typing": "stop"}, []string{}},
		"with reply": {map[string]any{"typing": map[string]any{}, "reply": markdown("t")}, []string{"POST typing", "POST message"}},
	} {
		b := talking(t)
		before := len(b.posted())
		status, _ := b.reply(test.body)
		assert.Equal(t, http.StatusOK, status, name)
		assert.Equal(t, test.want, b.posted()[before:], name)
	}
}

// Inline files come back in every later delivery.
func TestFilesAreKeptInTheHistory(t *testing.T) {
	b := talking(t)
	files := []any{map[string]any{"filename": "a.txt", "mimeType": "text/plain", "data": "aGVsbG8="}}
	status, answer := b.reply(map[string]any{"reply": map[string]any{"markdown": "file", "files": files}})
	require.Equal(t, http.StatusOK, status, answer)
	history := b.history()
	assert.Equal(t, map[string]any{"markdown": "file", "files": files}, history[len(history)-1]["richContent"])
}

// However Teams refuses, the answer is 502 in words of Novu's own, and signals are not carried out.
func TestDeliveryFailures(t *testing.T) {
	for name, test := range map[string]struct {
		fault   emulator.Fault
		edit    bool
		message string
	}{
		"401":   {emulator.Fault{Status: 401}, false, "Authentication failed for postMessage: Request failed with status code 401"},
		"403":   {emulator.Fault{Status: 403}, false, "Permission denied: cannot postMessage in teams"},
		"404":   {emulator.Fault{Status: 404}, false, "Resource not found during postMessage: conversation or message may no longer exist"},
		"404 e": {emulator.Fault{Status: 404}, true, "Resource not found during editMessage: conversation or message may no longer exist"},
		"429":   {emulator.Fault{Status: 429}, false, "Rate limited by teams"},
		"413":   {emulator.Fault{Status: 413}, false, "Teams API error during postMessage: Request failed with status code 413"},
		"502":   {emulator.Fault{Status: 502}, false, "Teams API error during postMessage: Request failed with status code 502"},
		"reset": {emulator.Fault{Cut: emulator.CutBefore}, false, "Teams API error during postMessage: socket hang up"},
		"after": {emulator.Fault{Cut: emulator.CutAfter}, false, "Teams API error during postMessage: socket hang up"},
	} {
		t.Run(name, func(t *testing.T) {
			b := talking(t)
			test.fault.Route, test.fault.Count = "/_connector/*", 1
			b.host.Inject(test.fault)
			body := map[string]any{"reply": markdown("x"), "signals": []any{map[string]any{"type": "metadata", "key": "a", "value": 1}}, "resolve": map[string]any{}}
			if test.edit {
				body = map[string]any{"edit": map[string]any{"messageId": "1", "content": markdown("x")}}
			}
			status, answer := b.reply(body)
			assert.Equal(t, http.StatusBadGateway, status)
			assert.Equal(t, test.message, answer["message"])
			assert.Equal(t, "delivery_failed", answer["error"])
			assert.Equal(t, map[string]any{"error": "delivery_failed"}, answer["ctx"])
			assert.Len(t, b.history(), 1)
			conversation := b.bridge.body(t, -1)["conversation"].(map[string]any)
			assert.Equal(t, map[string]any{}, conversation["metadata"])
			assert.Equal(t, test.message, b.s.AgentReplies()[0].Message)
		})
	}
}

// A client secret that Microsoft refuses is told in Microsoft's words.
func TestWrongClientSecret(t *testing.T) {
	b := talking(t)
	b.host.Inject(emulator.Fault{Route: "/_login/*", Count: 1, Status: 401, Body: `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`})
	b.integrate("teams-bad", "88888888-1c3b-4e5f-9a7b-0d1e2f3a4b5c")
	status, _ := b.api("POST", "/v1/agents/support/integrations", map[string]any{"integrationIdentifier": "teams-bad"})
	require.Equal(t, http.StatusCreated, status)
	status, answer := b.reply(map[string]any{"integrationIdentifier": "teams-bad", "reply": markdown("x")})
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Equal(t, "Authentication failed for postMessage: invalid_client: Error(s): 7000215 - Timestamp: Not Available - Description: "+
		"AADSTS7000215: Invalid client secret provided. - Correlation ID: Not Available - Trace ID: Not Available", answer["message"])
	status, _ = b.reply(map[string]any{"integrationIdentifier": "teams-bad", "reply": markdown("through the other bot")})
	assert.Equal(t, http.StatusOK, status)
}

// Deletes that fail are of no importance, and leave no trace.
func TestDeletesThatFail(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"deleteMessages": []any{map[string]any{"messageId": "unknown"}}})
	assert.Equal(t, http.StatusOK, status)
	assert.Nil(t, answer["data"])
	assert.Len(t, b.history(), 1)
}

func TestReplyFindsConversationAgentAndIntegration(t *testing.T) {
	b := talking(t)
	b.integrate("teams-other", testBot)
	other := b.agent("other", "teams-other")
	support := b.agentID
	conversation := b.s.AgentConversations()[0].ID
	for name, test := range map[string]struct {
		agent   string
		body    map[string]any
		status  int
		message string
	}{
		"unknown conversation":  {"support", map[string]any{"conversationId": "6b0467dd3433352c10114ec7"}, 404, "Conversation not found"},
		"malformed":             {"support", map[string]any{"conversationId": "conv_abc"}, 500, "Internal server error, contact support and provide them with the errorId"},
		"another agent":         {"other", nil, 403, "Agent identifier does not match this conversation"},
		"unknown agent":         {"nope", nil, 404, "Agent not found"},
		"unknown integration":   {"support", map[string]any{"integrationIdentifier": "nope"}, 404, "Integration nope not found for agent " + support},
		"integration of others": {"support", map[string]any{"integrationIdentifier": "teams-other"}, 422, "Agent " + support + " is not linked to integration teams-other"},
	} {
		body := map[string]any{"conversationId": conversation, "integrationIdentifier": "teams-main", "reply": markdown("x")}
		for k, v := range test.body {
			body[k] = v
		}
		status, answer := b.api("POST", "/v1/agents/"+test.agent+"/reply", body)
		assert.Equal(t, test.status, status, name)
		assert.Equal(t, test.message, answer["message"], name)
	}
	require.NotEmpty(t, other)

	b.patch("support", map[string]any{"active": false})
	status, answer := b.reply(map[string]any{"reply": markdown("x")})
	assert.Equal(t, 422, status)
	assert.Equal(t, "Agent "+support+" is inactive", answer["message"])
	status, answer = b.reply(map[string]any{"typing": map[string]any{}})
	assert.Equal(t, 200, status)
	assert.Nil(t, answer["data"])
	b.patch("support", map[string]any{"active": true})

	_, answer = b.api("GET", "/v1/agents/support/integrations", nil)
	link := answer["data"].([]any)[0].(map[string]any)["_id"].(string)
	status, _ = b.api("DELETE", "/v1/agents/support/integrations/"+link, nil)
	require.Equal(t, http.StatusNoContent, status)
	status, answer = b.reply(map[string]any{"reply": markdown("x")})
	assert.Equal(t, 422, status)
	assert.Equal(t, "Integration teams-main is disconnected from agent "+support, answer["message"])
}

// The body may be 8 MB, and no more.
func TestReplyBodyLimit(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"reply": markdown(strings.Repeat("x", 8<<20))})
	assert.Equal(t, http.StatusRequestEntityTooLarge, status)
	assert.Equal(t, "Payload Too Large", answer["message"])
	assert.Equal(t, map[string]any{"statusCode": 413.0}, answer["ctx"])
}

// error: true says Novu's words.
func TestErrorReply(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"error": true})
	require.Equal(t, http.StatusOK, status, answer)
	assert.NotEmpty(t, answer["data"].(map[string]any)["messageId"])
	assert.Contains(t, b.host.Inbox.Messages()[0].Text, "Something went wrong while processing your message. Please try again in a moment.")
	history := b.history()
	assert.Equal(t, errorMarkdown, history[1]["content"])
}

// A resolve tells the bridge, in the state that the conversation had before; the next message reopens it.
func TestResolve(t *testing.T) {
	b := talking(t)
	status, _ := b.reply(map[string]any{"reply": markdown("Bye"), "resolve": map[string]any{"summary": "Answered"}})
	require.Equal(t, http.StatusOK, status)
	b.settled()
	body := b.bridge.body(t, -1)
	assert.Equal(t, "onResolve", body["event"])
	assert.Equal(t, body["conversationId"].(string)+":onResolve", body["deliveryId"])
	assert.Equal(t, map[string]any{"threadId": body["platformContext"].(map[string]any)["threadId"], "channelId": "", "isDM": false}, body["platformContext"])
	conversation := body["conversation"].(map[string]any)
	assert.Equal(t, "active", conversation["status"])
	assert.Equal(t, 1.0, conversation["messageCount"])
	assert.Equal(t, "frank", body["subscriber"].(map[string]any)["subscriberId"])
	assert.Equal(t, conversationResolved, b.s.AgentConversations()[0].Status)
	status, _ = b.reply(map[string]any{"resolve": map[string]any{}})
	require.Equal(t, http.StatusOK, status)
	b.settled()
	assert.Equal(t, 3, b.bridge.count())
	history := b.history()
	assert.Equal(t, conversationActive, b.s.AgentConversations()[0].Status)
	assert.Equal(t, []map[string]any{
		{"role": "system", "type": "signal", "content": "Answered", "signalData": map[string]any{"type": "resolve", "payload": map[string]any{"summary": "Answered"}}},
		{"role": "system", "type": "signal", "content": "Conversation resolved", "signalData": map[string]any{"type": "resolve"}},
	}, history[2:])
}
