package novu

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reset breaks the connection without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// verify checks the signature of the nth request over its raw body, and returns it.
func (b *bench) verify(n int) string {
	b.Helper()
	b.bridge.mu.Lock()
	defer b.bridge.mu.Unlock()
	header := b.bridge.requests[n].Header.Get("Novu-Signature")
	at, signature, found := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	require.True(b, found, header)
	mac := hmac.New(sha256.New, []byte(testKey))
	mac.Write([]byte(at + "." + string(b.bridge.bodies[n])))
	assert.Equal(b, hex.EncodeToString(mac.Sum(nil)), signature)
	return header
}

// stepThrough moves the clock on until the hand-overs are done.
func (b *bench) stepThrough(step time.Duration) {
	b.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for len(b.s.handOvers.inProgress()) > 0 {
		require.True(b, time.Now().Before(deadline), "the hand-over does not end")
		b.host.Clock.Advance(step)
		time.Sleep(time.Millisecond)
	}
}

// Three attempts are made, each with the same body and a signature of its own; then the person reads that the agent
// is offline. Pauses pass on the emulator's clock.
func TestThreeAttemptsAndThenTheAgentIsOffline(t *testing.T) {
	for name, fail := range map[string]func(w http.ResponseWriter){
		"500": func(w http.ResponseWriter) { w.WriteHeader(500) }, "401": func(w http.ResponseWriter) { w.WriteHeader(401) },
		"404": func(w http.ResponseWriter) { w.WriteHeader(404) }, "304": func(w http.ResponseWriter) { w.WriteHeader(304) }, "reset": reset,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.bridge.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { fail(w) }
			begun := time.Now()
			b.say("alice", "x")
			b.stepThrough(100 * time.Millisecond)
			assert.Less(t, time.Since(begun), 1400*time.Millisecond, "the clock was moved, nobody waits")
			require.Equal(t, 3, b.bridge.count())
			signatures := map[string]bool{}
			for n := range 3 {
				assert.Equal(t, b.bridge.bodies[0], b.bridge.bodies[n])
				signatures[b.verify(n)] = true
			}
			assert.Len(t, signatures, 3)
			d := b.s.AgentDeliveries()[0]
			assert.Equal(t, OutcomeOffline, d.Outcome)
			require.Len(t, d.Attempts, 3)
			assert.GreaterOrEqual(t, d.Attempts[1].At.Sub(d.Attempts[0].At), 500*time.Millisecond)
			assert.GreaterOrEqual(t, d.Attempts[2].At.Sub(d.Attempts[1].At), time.Second)
			assert.NotEmpty(t, d.Attempts[0].Error)
			messages := b.host.Inbox.Messages()
			require.Len(t, messages, 1)
			assert.Equal(t, offlineText, messages[0].Text)

			b.bridge.answer = nil
			b.say("alice", "y")
			b.settled()
			history := b.bridge.body(t, -1)["history"].([]any)
			require.Len(t, history, 3)
			offline := history[1].(map[string]any)
			assert.Equal(t, "agent", offline["role"])
			assert.Equal(t, offlineText, offline["content"])
			assert.NotContains(t, offline, "senderName")
		})
	}
}

// A bridge that fails once gets the event again, and the person reads nothing.
func TestASecondAttemptIsEnough(t *testing.T) {
	b := newBench(t)
	b.bridge.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(500)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
	b.say("alice", "x")
	b.stepThrough(100 * time.Millisecond)
	assert.Equal(t, []string{OutcomeAcknowledged}, b.outcomes())
	assert.Equal(t, 2, b.bridge.count())
	assert.Empty(t, b.host.Inbox.Messages())
}

// A bridge that does not answer is given thirty seconds, three times.
func TestAnAttemptLastsThirtySeconds(t *testing.T) {
	b := newBench(t)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	b.bridge.answer = func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}
	b.say("alice", "x")
	b.stepThrough(250 * time.Millisecond)
	d := b.s.AgentDeliveries()[0]
	assert.Equal(t, OutcomeOffline, d.Outcome)
	require.Len(t, d.Attempts, 3)
	for _, a := range d.Attempts {
		assert.GreaterOrEqual(t, a.Took, 30*time.Second)
		assert.Contains(t, a.Error, "30s")
	}
}

// A redirect by 301, 302 or 303 loses the event, and Novu takes its 2xx for an acknowledgement.
func TestRedirectsWithinTheOrigin(t *testing.T) {
	for status, method := range map[int]string{301: "GET", 302: "GET", 303: "GET", 307: "POST", 308: "POST"} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			b := newBench(t)
			b.bridge.answer = func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					http.Redirect(w, r, "/moved?x=1", status)
				}
			}
			b.say("alice", "x")
			b.settled()
			assert.Equal(t, []string{OutcomeAcknowledged}, b.outcomes())
			require.Equal(t, 2, b.bridge.count())
			moved := b.bridge.requests[1]
			assert.Equal(t, "/moved?x=1", moved.URL.RequestURI())
			assert.Equal(t, method, moved.Method)
			assert.Equal(t, b.bridge.requests[0].Header.Get("Novu-Signature"), moved.Header.Get("Novu-Signature"))
			if method == "POST" {
				assert.Equal(t, b.bridge.bodies[0], b.bridge.bodies[1])
			} else {
				assert.Empty(t, b.bridge.bodies[1])
			}
		})
	}
}

// A redirect to another origin ends the attempts at once, and nothing is sent there.
func TestRedirectToAnotherOrigin(t *testing.T) {
	b := newBench(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the event left the origin") }))
	t.Cleanup(elsewhere.Close)
	b.bridge.answer = func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}
	b.say("alice", "x")
	b.settled()
	assert.Equal(t, []string{OutcomeOffline}, b.outcomes())
	assert.Equal(t, 1, b.bridge.count())
	assert.Len(t, b.host.Inbox.Messages(), 1)
}

func TestEndlessRedirectsAreAFailure(t *testing.T) {
	b := newBench(t)
	b.bridge.answer = func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
	}
	b.say("alice", "x")
	b.stepThrough(100 * time.Millisecond)
	assert.Equal(t, []string{OutcomeOffline}, b.outcomes())
	assert.Equal(t, 12, b.bridge.count())
}

// The dev bridge wins where it is active. A bridge beyond this machine is not reached, and the page says so.
func TestWhichBridgeIsAsked(t *testing.T) {
	b := newBench(t)
	b.patch("support", map[string]any{"devBridgeUrl": b.bridge.URL + "/dev"})
	b.say("alice", "x")
	b.settled()
	b.patch("support", map[string]any{"devBridgeActive": true})
	b.say("alice", "x")
	b.settled()
	assert.Equal(t, "/api/novu", b.bridge.requests[0].URL.Path)
	assert.Equal(t, "/dev", b.bridge.requests[1].URL.Path)
	b.patch("support", map[string]any{"devBridgeUrl": "https://8.8.8.8/dev"})
	b.say("alice", "x")
	b.stepThrough(100 * time.Millisecond)
	d := b.s.AgentDeliveries()[2]
	assert.Equal(t, OutcomeOffline, d.Outcome)
	assert.Contains(t, d.Attempts[0].Error, "8.8.8.8")
}

func TestBridgeAddress(t *testing.T) {
	for bridge, want := range map[string]string{
		"http://127.0.0.1/x":                                     "http://127.0.0.1/x?action=agent-event&agentId=a&event=onMessage",
		"http://127.0.0.1/x?keep=1":                              "http://127.0.0.1/x?keep=1&action=agent-event&agentId=a&event=onMessage",
		"http://127.0.0.1/x?action=own&x=1":                      "http://127.0.0.1/x?action=agent-event&x=1&agentId=a&event=onMessage",
		"http://127.0.0.1/x?event=a&y&event=b&agentId=%2F#never": "http://127.0.0.1/x?event=onMessage&y&agentId=a&action=agent-event",
	} {
		assert.Equal(t, want, bridgeAddress(bridge, "a", "onMessage"))
	}
}

// Without a bridge the person reads how to get one, after typing.
func TestNoBridge(t *testing.T) {
	b := newBench(t)
	b.patch("support", map[string]any{"bridgeUrl": nil})
	b.say("alice", "anyone?")
	b.settled()
	assert.Equal(t, []string{OutcomeNoBridge}, b.outcomes())
	var kinds []string
	for _, r := range b.host.Requests() {
		if strings.HasSuffix(r.Path, "/activities") {
			kinds = append(kinds, r.Method)
		}
	}
	assert.Len(t, kinds, 2)
	b.post("teams-main", b.activity("alice", map[string]any{"value": map[string]any{"actionId": "x"}}))
	b.settled()
	assert.Equal(t, []string{OutcomeNoBridge, OutcomeNoBridge}, b.outcomes())
}

// Closing the server ends what waits.
func TestCloseEndsHandOvers(t *testing.T) {
	b := newBench(t)
	b.bridge.answer = func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	b.say("alice", "x")
	b.host.Close()
	assert.Empty(t, b.s.handOvers.inProgress())
	assert.Equal(t, []string{OutcomeInProgress}, b.outcomes())
}
