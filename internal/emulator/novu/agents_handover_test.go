package novu

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// The body has the properties of the real one in their order, and the activity as Teams wrote it.
func TestTheBodyOfAMessage(t *testing.T) {
	b := newBench(t)
	b.say("alice", "héllo & >")
	b.settled()
	raw := string(b.bridge.bodies[0])
	read, isObject := parseMembers(b.bridge.bodies[0])
	require.True(t, isObject)
	var names []string
	for _, m := range read {
		names = append(names, m.name)
	}
	assert.Equal(t, strings.Fields(`version timestamp deliveryId event agentId replyUrl conversationId integrationIdentifier message conversation
		subscriber subscriberAccess context history platform platformContext action reaction`), names)
	assert.Contains(t, raw, `héllo & >`)
	body := b.bridge.body(t, 0)
	id := body["conversationId"].(string)
	assert.Equal(t, b.host.URL+"/v1/agents/support/reply", body["replyUrl"])
	activity := body["platformContext"].(map[string]any)["message"].(map[string]any)
	assert.Equal(t, "message", activity["type"])
	assert.Equal(t, id+":"+activity["id"].(string), body["deliveryId"])
	assert.Equal(t, map[string]any{
		"text": "héllo & >", "platformMessageId": activity["id"], "timestamp": "2026-11-25T18:47:01.486Z",
		"author": map[string]any{"userId": "29:alice", "fullName": "alice A", "userName": "alice A", "isBot": false},
	}, body["message"])
	for _, null := range []string{"subscriber", "context", "action", "reaction"} {
		value, has := body[null]
		assert.True(t, has)
		assert.Nil(t, value)
	}
	request := b.bridge.requests[0]
	assert.Equal(t, "/api/novu?keep=1&action=agent-event&agentId=support&event=onMessage", request.URL.RequestURI())
	assert.Equal(t, "application/json", request.Header.Get("Content-Type"))
	assert.Equal(t, "novu-safe-outbound/1.0", request.Header.Get("User-Agent"))
	b.verify(0)
}

// Of files nothing is passed on but that there are some.
func TestAttachments(t *testing.T) {
	b := newBench(t)
	html := map[string]any{"contentType": "text/html", "content": "<div>x</div>"}
	b.post("teams-main", b.activity("alice", map[string]any{"text": "x", "attachments": []any{html}}))
	b.settled()
	assert.NotContains(t, b.bridge.body(t, -1)["message"], "attachments")
	file := map[string]any{"contentType": "application/vnd.microsoft.teams.file.download.info", "contentUrl": "https://x.example/f.pdf", "name": "f.pdf"}
	b.post("teams-main", b.activity("alice", map[string]any{"text": "x", "attachments": []any{file, html}}))
	b.settled()
	assert.Equal(t, []any{}, b.bridge.body(t, -1)["message"].(map[string]any)["attachments"])
}

// messageCount lags behind by the present message; the history does not, and holds fifty entries.
func TestTheHistoryHoldsFiftyEntries(t *testing.T) {
	b := newBench(t)
	for n := range 52 {
		b.say("alice", "number")
		b.settled()
		body := b.bridge.body(t, n)
		assert.Len(t, body["history"], min(n+1, 50))
		assert.Equal(t, float64(n), body["conversation"].(map[string]any)["messageCount"])
	}
}

func TestClicks(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		name   string
		more   map[string]any
		answer map[string]any
		action map[string]any
	}{
		{
			name: "submit", more: map[string]any{"value": map[string]any{"actionId": "ack", "value": "1234", "who": "alice"}, "replyToId": "55"},
			action: map[string]any{"id": "ack", "value": "1234", "sourceMessageId": "55"},
		},
		{
			name: "submit without value", more: map[string]any{"value": map[string]any{"actionId": "ack"}, "replyToId": "55"},
			action: map[string]any{"id": "ack", "sourceMessageId": "55"},
		},
		{
			name: "execute",
			more: map[string]any{"type": "invoke", "name": "adaptiveCard/action", "replyToId": "55", "value": map[string]any{
				"action": map[string]any{"type": "Action.Execute", "verb": "x", "data": map[string]any{"actionId": "ack", "value": "5"}},
			}},
			answer: map[string]any{"statusCode": 200.0, "type": "application/vnd.microsoft.activity.message", "value": ""},
			action: map[string]any{"id": "ack", "value": "5", "sourceMessageId": "55"},
		},
		{
			name: "dialog",
			more: map[string]any{"type": "invoke", "name": "task/fetch", "replyToId": "55", "value": map[string]any{
				"data": map[string]any{"actionId": "open", "value": "5", "type": "task/fetch"},
			}},
			action: map[string]any{"id": "open", "value": "5", "sourceMessageId": "55"},
		},
	} {
		status, answer := b.post("teams-main", b.activity("alice", test.more))
		require.Equal(t, http.StatusOK, status, test.name)
		assert.Equal(t, test.answer, answer, test.name)
		b.settled()
		body := b.bridge.body(t, -1)
		assert.Equal(t, test.action, body["action"], test.name)
		assert.Nil(t, body["message"])
		assert.NotContains(t, body["platformContext"], "message")
		assert.Equal(t, body["conversationId"].(string)+":onAction:"+test.action["id"].(string)+":"+body["timestamp"].(string), body["deliveryId"])
	}
}

// Choices without a button arrive as one action each.
func TestChoicesArriveOneByOne(t *testing.T) {
	b := newBench(t)
	b.post("teams-main", b.activity("alice", map[string]any{
		"value": map[string]any{"actionId": "__auto_submit", "who": "alice", "when": "today", "msteams": map[string]any{}}, "replyToId": "56",
	}))
	b.settled()
	require.Equal(t, 2, b.bridge.count())
	got := map[any]any{}
	for n := range 2 {
		action := b.bridge.body(t, n)["action"].(map[string]any)
		got[action["id"]] = action["value"]
	}
	assert.Equal(t, map[any]any{"who": "alice", "when": "today"}, got)
}

// Two clicks on the same button can be told apart, however fast they are.
func TestClicksDifferByTime(t *testing.T) {
	b := newBench(t)
	for range 20 {
		b.post("teams-main", b.activity("alice", map[string]any{"value": map[string]any{"actionId": "ack"}}))
	}
	b.settled()
	ids := map[any]bool{}
	for n := range 20 {
		ids[b.bridge.body(t, n)["deliveryId"]] = true
	}
	assert.Len(t, ids, 20)
}

// A value without an action is a message without text.
func TestAValueWithoutAnActionIsAMessage(t *testing.T) {
	b := newBench(t)
	b.post("teams-main", b.activity("alice", map[string]any{"value": map[string]any{"x": 1}}))
	b.settled()
	assert.Equal(t, "", b.bridge.body(t, 0)["message"].(map[string]any)["text"])
}

func TestReactions(t *testing.T) {
	b := newBench(t)
	react := func(more map[string]any, kinds ...string) []any {
		b.Helper()
		before := b.bridge.count()
		list := []any{}
		for _, kind := range kinds {
			list = append(list, map[string]any{"type": kind})
		}
		a := b.activity("alice", map[string]any{"type": "messageReaction", "replyToId": "13", "reactionsAdded": list})
		for name, value := range more {
			a[name] = value
		}
		b.post("teams-main", a)
		b.settled()
		var got []any
		for n := before; n < b.bridge.count(); n++ {
			got = append(got, b.bridge.body(t, n)["reaction"])
		}
		return got
	}
	reaction := func(message, name string, added bool) any {
		return map[string]any{"messageId": message, "emoji": map[string]any{"name": name}, "added": added, "message": nil}
	}
	assert.Equal(t, []any{reaction("13", "thumbs_up", true)}, react(nil, "like"))
	assert.Equal(t, []any{reaction("13", "1f44b_wavinghand-tone4", true)}, react(nil, "1f44b_wavinghand-tone4"))
	assert.ElementsMatch(t, []any{reaction("13", "heart", true), reaction("13", "thumbs_up", false)},
		react(map[string]any{"reactionsRemoved": []any{map[string]any{"type": "like"}}}, "heart"))
	channel := map[string]any{"conversation": map[string]any{"conversationType": "channel", "id": "19:x@thread.tacv2;messageid=500"}}
	assert.Equal(t, []any{reaction("500", "heart", true)}, react(channel, "heart"), "in a channel the root is named")
}

// link makes an endpoint of a subscriber.
func (b *bench) link(subscriber, userID string, more map[string]any) {
	b.Helper()
	b.api("POST", "/v2/subscribers", map[string]any{"subscriberId": subscriber, "firstName": "Carol", "data": map[string]any{"plan": "pro"}, "locale": "en_US"})
	body := map[string]any{
		"integrationIdentifier": "teams-main", "subscriberId": subscriber, "type": "ms_teams_user",
		"endpoint": map[string]any{"userId": userID, "tenantId": testTenant},
	}
	for name, value := range more {
		body[name] = value
	}
	status, answer := b.api("POST", "/v1/channel-endpoints", body)
	require.Equal(b, http.StatusCreated, status, answer)
}

// A person is known by an endpoint of the integration with the id that Teams writes, and by nothing else.
func TestWhoIsKnown(t *testing.T) {
	b := newBench(t)
	b.integrate("teams-second", testBot)
	b.link("carol", "29:carol", map[string]any{"context": map[string]any{"tenant": map[string]any{"id": "acme", "data": map[string]any{"tier": "gold"}}}})
	b.link("dave", "11111111-aaaa-4bbb-8ccc-000000000001", nil)
	b.say("carol", "hi")
	b.settled()
	body := b.bridge.body(t, -1)
	assert.Equal(t, map[string]any{"subscriberId": "carol", "firstName": "Carol", "locale": "en_US", "data": map[string]any{"plan": "pro"}}, body["subscriber"])
	assert.Equal(t, map[string]any{"tenant": map[string]any{"id": "acme", "data": map[string]any{"tier": "gold"}}}, body["context"])
	assert.Equal(t, "subscriber", body["history"].([]any)[0].(map[string]any)["role"])
	b.say("dave", "I linked my account")
	b.settled()
	assert.Nil(t, b.bridge.body(t, -1)["subscriber"], "an endpoint with an Entra object id does not count")
	b.post("teams-second", b.activity("carol", map[string]any{"text": "hi"}))
	b.settled()
	body = b.bridge.body(t, -1)
	assert.Nil(t, body["subscriber"], "endpoints count per integration")
	assert.Equal(t, "platform_user", body["history"].([]any)[0].(map[string]any)["role"])
	_, answer := b.api("GET", "/v2/subscribers", nil)
	assert.Len(t, answer["data"], 2, "nobody is made")
}

// A restricted agent answers unknown people itself, each time. Clicks and reactions arrive all the same.
func TestRestricted(t *testing.T) {
	b := newBench(t)
	b.patch("support", map[string]any{"behavior": map[string]any{"subscriberAccess": "restricted"}})
	b.say("erin", "hello?")
	b.say("erin", "hello again")
	b.settled()
	assert.Equal(t, []string{OutcomeRestricted, OutcomeRestricted}, b.outcomes())
	assert.Zero(t, b.bridge.count())
	messages := b.host.Inbox.Messages()
	require.Len(t, messages, 2)
	assert.Equal(t, restrictedText, messages[1].Text)
	for _, r := range b.host.Requests() {
		assert.NotContains(t, string(r.Body), `"type":"typing"`)
	}
	b.post("teams-main", b.activity("erin", map[string]any{"value": map[string]any{"actionId": "ack"}}))
	b.settled()
	body := b.bridge.body(t, 0)
	assert.Equal(t, "restricted", body["subscriberAccess"])
	assert.Nil(t, body["subscriber"])
	assert.Equal(t, 4.0, body["conversation"].(map[string]any)["messageCount"])
	assert.Len(t, body["history"], 4)
	b.link("erin", "29:erin", nil)
	b.say("erin", "now?")
	b.settled()
	assert.Equal(t, 2, b.bridge.count())
}

// What people look at says who wrote what and holds no secret.
func TestConversationsAreShown(t *testing.T) {
	b := newBench(t)
	b.link("carol", "29:carol", nil)
	b.say("carol", "hi")
	b.settled()
	all := b.s.AgentConversations()
	require.Len(t, all, 1)
	c := all[0]
	assert.Equal(t, "support", c.AgentIdentifier)
	assert.Equal(t, "teams-main", c.IntegrationIdentifier)
	assert.Equal(t, "carol", c.SubscriberID)
	assert.Equal(t, "29:carol", c.UserID)
	assert.Equal(t, conversationActive, c.Status)
	assert.JSONEq(t, "{}", string(c.Metadata))
	assert.Len(t, c.History, 1)
	raw, err := json.Marshal([]any{all, b.s.AgentDeliveries()})
	require.NoError(t, err)
	assert.NotContains(t, string(raw), testKey)
	assert.NotContains(t, string(emulator.Encode(b.s.AgentDeliveries()[0].Bridge)), "keep=1")
}
