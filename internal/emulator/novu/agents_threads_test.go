package novu

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// in is what Teams posts in a channel or group chat; with a mention it addresses the bot.
func (b *bench) in(kind, conversation, user, text string, mention bool) map[string]any {
	a := b.activity(user, map[string]any{"text": text, "conversation": map[string]any{
		"conversationType": kind, "isGroup": true, "tenantId": testTenant, "id": conversation,
	}})
	if mention {
		a["text"] = "<at>Support Bot</at> " + text + "\n"
		a["entities"] = []any{map[string]any{
			"type": "mention", "mentioned": map[string]any{"id": "28:" + testBot, "name": "Support Bot"}, "text": "<at>Support Bot</at>",
		}}
	}
	return a
}

// In channels and group chats the agent hears a mention, and from then on everybody in the thread.
func TestAnAgentHearsMentionsAndFollowedThreads(t *testing.T) {
	b := newBench(t)
	for _, test := range []struct {
		kind, conversation, user string
		mention                  bool
		outcome                  string
	}{
		{"channel", "19:abc@thread.tacv2;messageid=1", "alice", false, OutcomeNotHeard},
		{"channel", "19:abc@thread.tacv2;messageid=1", "alice", true, OutcomeAcknowledged},
		{"channel", "19:abc@thread.tacv2;messageid=1", "bob", false, OutcomeAcknowledged},
		{"channel", "19:abc@thread.tacv2;messageid=2", "bob", false, OutcomeNotHeard},
		{"groupChat", "19:group@thread.v2", "bob", false, OutcomeNotHeard},
		{"groupChat", "19:group@thread.v2", "bob", true, OutcomeAcknowledged},
		{"groupChat", "19:group@thread.v2", "alice", false, OutcomeAcknowledged},
	} {
		status, _ := b.post("teams-main", b.in(test.kind, test.conversation, test.user, "hello", test.mention))
		require.Equal(t, http.StatusOK, status)
		b.settled()
		deliveries := b.s.AgentDeliveries()
		assert.Equal(t, test.outcome, deliveries[len(deliveries)-1].Outcome, test)
	}
	body := b.bridge.body(t, 0)
	assert.Equal(t, "@Support Bot hello", body["message"].(map[string]any)["text"])
	context := body["platformContext"].(map[string]any)
	assert.Equal(t, false, context["isDM"])
	assert.Equal(t, threadIDOf("19:abc@thread.tacv2;messageid=1", testService), context["threadId"])
	assert.Equal(t, threadIDOf("19:abc@thread.tacv2", testService), context["channelId"])
	assert.Len(t, b.s.AgentConversations(), 2)
}

// The service URL belongs to the thread, and so do the agent and the integration.
func TestThreadsAreToldApart(t *testing.T) {
	b := newBench(t)
	b.integrate("teams-second", testBot)
	b.say("alice", "one")
	b.settled()
	other := b.activity("alice", map[string]any{"text": "two", "serviceUrl": "https://smba.trafficmanager.net/amer/x/"})
	b.post("teams-main", other)
	b.settled()
	b.post("teams-second", b.activity("alice", map[string]any{"text": "three"}))
	b.settled()
	ids := map[any]bool{}
	for n := range 3 {
		body := b.bridge.body(t, n)
		ids[body["conversationId"]] = true
		assert.Len(t, body["history"], 1)
		assert.Equal(t, 0.0, body["conversation"].(map[string]any)["messageCount"])
	}
	assert.Len(t, ids, 3)
}

func TestWhatIsNotHeard(t *testing.T) {
	b := newBench(t)
	for _, more := range []map[string]any{
		{"type": "messageUpdate", "text": "edited"}, {"type": "messageDelete"}, {"type": "conversationUpdate"}, {"type": "installationUpdate"},
		{"type": "typing"}, {"type": "event", "name": "x"}, {"type": "invoke", "name": "fileConsent/invoke", "value": map[string]any{"action": "accept"}},
		{"type": "invoke", "name": "composeExtension/query"}, {"type": "invoke", "name": "adaptiveCard/action", "value": map[string]any{"action": map[string]any{}}},
		{"from": map[string]any{"id": "28:" + testBot}, "text": "me"}, {"from": map[string]any{"id": "28:other"}, "text": "another bot"},
		{"from": map[string]any{"id": "29:x", "role": "bot"}, "text": "another bot"}, {"type": "messageReaction"},
	} {
		status, _ := b.post("teams-main", b.activity("alice", more))
		assert.Equal(t, http.StatusOK, status, more)
	}
	b.settled()
	assert.Zero(t, b.bridge.count())
	for _, d := range b.s.AgentDeliveries() {
		assert.Equal(t, OutcomeNotHeard, d.Outcome, d.Event)
		assert.NotEmpty(t, d.Reason)
	}
}

// A repeated id is dropped for ten minutes, also from another conversation; of clicks it is not.
func TestRepeatedActivitiesAreDropped(t *testing.T) {
	b := newBench(t)
	b.post("teams-main", b.activity("alice", map[string]any{"id": "1", "text": "one"}))
	b.settled()
	b.post("teams-main", b.activity("alice", map[string]any{"id": "1", "text": "one"}))
	b.post("teams-main", b.activity("bob", map[string]any{"id": "1", "text": "two"}))
	b.settled()
	assert.Equal(t, []string{OutcomeAcknowledged, OutcomeDuplicate, OutcomeDuplicate}, b.outcomes())
	b.host.Clock.Advance(10*time.Minute + time.Second)
	b.post("teams-main", b.activity("bob", map[string]any{"id": "1", "text": "two"}))
	b.settled()
	assert.Equal(t, 2, b.bridge.count())
	for range 2 {
		b.post("teams-main", b.activity("alice", map[string]any{"id": "2", "value": map[string]any{"actionId": "ack"}}))
	}
	b.settled()
	assert.Equal(t, 4, b.bridge.count())
}

// slowTyping makes Teams take its time over every call until the test ends.
func (b *bench) slowTyping(wait time.Duration) {
	b.host.Inject(emulator.Fault{Method: http.MethodPost, Route: "/_connector/*", Delay: wait})
}

// While a message is handed over, others of its thread get lost, and those of other threads do not. Clicks never do.
func TestMessagesGetLostWhileOneIsHandedOver(t *testing.T) {
	b := newBench(t)
	first, second, other := b.activity("alice", map[string]any{"text": "one"}), b.activity("alice", map[string]any{"text": "two"}), b.activity("bob", map[string]any{"text": "other"})
	click := b.activity("alice", map[string]any{"value": map[string]any{"actionId": "c"}})
	b.slowTyping(300 * time.Millisecond)
	var all sync.WaitGroup
	all.Go(func() { b.post("teams-main", first) })
	assert.Eventually(t, func() bool { return len(b.s.AgentDeliveries()) == 1 }, 5*time.Second, time.Millisecond)
	for _, a := range []map[string]any{second, click, other} {
		all.Go(func() { b.post("teams-main", a) })
	}
	all.Wait()
	b.settled()
	b.host.ClearFaults()
	outcomes := map[string]string{}
	for _, d := range b.s.AgentDeliveries() {
		outcomes[d.Text] = d.Outcome
	}
	assert.Equal(t, map[string]string{"one": OutcomeAcknowledged, "two": OutcomeDropped, "other": OutcomeAcknowledged, "c": OutcomeAcknowledged}, outcomes)
	b.say("alice", "three")
	b.settled()
	body := b.bridge.body(t, -1)
	assert.Equal(t, "three", body["message"].(map[string]any)["text"])
	assert.Len(t, body["history"], 2, "what got lost is not in the history")
}

// A bridge that does not answer does not keep the next message from being handed over.
func TestASlowBridgeDoesNotHoldTheThread(t *testing.T) {
	b := newBench(t)
	answer := make(chan struct{})
	b.bridge.answer = func(n int, _ http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			<-answer
		}
	}
	b.say("alice", "one")
	b.say("alice", "two")
	assert.Eventually(t, func() bool { return b.bridge.count() == 2 }, 5*time.Second, time.Millisecond)
	close(answer)
	b.settled()
	assert.Equal(t, []string{OutcomeAcknowledged, OutcomeAcknowledged}, b.outcomes())
}

// A bridge that nobody answers at does not keep the next message from being handed over.
func TestABridgeThatIsNotThereDoesNotHoldTheThread(t *testing.T) {
	b := newBench(t)
	b.bridge.Close()
	b.say("alice", "one")
	b.say("alice", "two")
	b.stepThrough(100 * time.Millisecond)
	assert.Equal(t, []string{OutcomeOffline, OutcomeOffline}, b.outcomes())
}

// Without typing there is nothing to wait for.
func TestAnAgentThatDoesNotAcknowledgeSendsNoTyping(t *testing.T) {
	b := newBench(t)
	b.patch("support", map[string]any{"behavior": map[string]any{"acknowledgeOnReceived": false}})
	b.say("alice", "quiet")
	b.settled()
	for _, r := range b.host.Requests() {
		assert.NotContains(t, string(r.Body), `"typing"`)
	}
	assert.Equal(t, 1, b.bridge.count())
}

// That typing fails is of no importance.
func TestTypingThatFailsIsOfNoImportance(t *testing.T) {
	b := newBench(t)
	a := b.activity("alice", map[string]any{"text": "x"})
	b.host.Inject(emulator.Fault{Method: http.MethodPost, Route: "/_connector/*", Count: 1, Status: http.StatusForbidden})
	b.post("teams-main", a)
	b.settled()
	assert.Equal(t, []string{OutcomeAcknowledged}, b.outcomes())
}
