package agent_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

const (
	secretKey    = "nv-canary-secret-key"
	conversation = "6923f0c1a1b2c3d4e5f60718"
)

// replyRoute is Novu's reply route. It records what it gets and answers what answer says, by default
// success.
type replyRoute struct {
	mu     sync.Mutex
	posts  []map[string]any // of the reply route
	others []string         // "METHOD /path body" of other routes
	answer func(n int, body map[string]any) (status int, text string)
}

func (r *replyRoute) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	var data []byte
	if req.Body != nil {
		data, _ = io.ReadAll(req.Body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	status, text := http.StatusOK, `{"data":null}`
	if strings.HasSuffix(req.URL.Path, "/reply") {
		var body map[string]any
		_ = json.Unmarshal(data, &body)
		delete(body, "conversationId")
		delete(body, "integrationIdentifier")
		r.posts = append(r.posts, body)
		if body["reply"] != nil || body["edit"] != nil {
			text = fmt.Sprintf(`{"data":{"messageId":"pm-%d","platformThreadId":"th"}}`, len(r.posts))
		}
		if r.answer != nil {
			if s, t := r.answer(len(r.posts), body); s != 0 {
				status, text = s, t
			}
		}
	} else {
		r.others = append(r.others, req.Method+" "+req.URL.Path+" "+string(data))
		text = `{"data":` + string(data) + `}` // what was sent is what was made
	}
	if status < 0 {
		return nil, errors.New("connection reset by peer")
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func (r *replyRoute) sent() []map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]map[string]any(nil), r.posts...)
}

// texts returns the markdown of all replies.
func (r *replyRoute) texts() []string {
	var texts []string
	for _, body := range r.sent() {
		if reply, ok := body["reply"].(map[string]any); ok {
			text, _ := reply["markdown"].(string)
			texts = append(texts, text)
		}
	}
	return texts
}

func newClient(t testing.TB, r http.RoundTripper) *novu.Client {
	t.Helper()
	client, err := novu.NewClient(secretKey, novu.WithBaseURL("https://api.novu.test"), novu.WithHTTPClient(&http.Client{Transport: r}),
		novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}))
	require.NoError(t, err)
	return client
}

// newBridge returns a handler of one bot that replies to r. The test ends when its turns have ended.
func newBridge(t testing.TB, r *replyRoute, bot agent.Bot, opts ...agent.Option) *agent.Handler {
	t.Helper()
	bot.Identifier = "support"
	if bot.OnMessage == nil {
		bot.OnMessage = func(context.Context, *agent.Turn, *agent.Message) error { return nil }
	}
	h, err := agent.NewHandler(newClient(t, r), []agent.Bot{bot}, append([]agent.Option{agent.WithLogger(nil)}, opts...)...)
	require.NoError(t, err)
	return h
}

// payload returns what Novu delivers, with changes.
func payload(event string, changes map[string]any) map[string]any {
	body := map[string]any{
		"version": 1, "timestamp": "2026-11-24T11:59:59.900Z", "deliveryId": conversation + ":1", "event": event, "agentId": "support",
		"replyUrl": "https://api.novu.test/v1/agents/support/reply", "conversationId": conversation, "integrationIdentifier": "teams-main",
		"platform": "teams", "subscriberAccess": "open", "subscriber": map[string]any{"subscriberId": "alice"},
		"message":         map[string]any{"text": "hello", "platformMessageId": "17", "author": map[string]any{"userId": "29:alice"}},
		"conversation":    map[string]any{"identifier": "conv_1", "status": "active", "metadata": map[string]any{"ticket": "T-1"}},
		"platformContext": map[string]any{"threadId": "th", "isDM": true},
	}
	if event != "onMessage" {
		body["message"] = nil
	}
	maps.Copy(body, changes)
	return body
}

func sign(key string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// request returns a signed delivery.
func request(event string, changes map[string]any) *http.Request {
	body, err := json.Marshal(payload(event, changes))
	if err != nil {
		panic(err)
	}
	return signedRequest(event, body)
}

func signedRequest(event string, body []byte) *http.Request {
	req := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/api/novu?action=agent-event&agentId=support&event="+event, strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Novu-Signature", sign(secretKey, time.Now(), body))
	return req
}

// deliver hands a request over and returns the answer.
func deliver(h http.Handler, req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// play delivers one event and waits for its turn.
func play(t testing.TB, h *agent.Handler, event string, changes map[string]any) {
	t.Helper()
	require.Equal(t, http.StatusOK, deliver(h, request(event, changes)).Code)
	require.NoError(t, h.Shutdown(context.Background()))
}

// openTurn returns a turn that goes on until the test ends.
func openTurn(t *testing.T) (*replyRoute, *agent.Turn) {
	t.Helper()
	r, turns, done := new(replyRoute), make(chan *agent.Turn), make(chan struct{})
	h := newBridge(t, r, agent.Bot{
		OnMessage: func(_ context.Context, turn *agent.Turn, _ *agent.Message) error {
			turns <- turn
			<-done
			return nil
		},
		OnError: func(context.Context, *agent.Turn, error) agent.Content { return agent.Silence },
	})
	require.Equal(t, http.StatusOK, deliver(h, request("onMessage", nil)).Code)
	turn := <-turns
	t.Cleanup(func() {
		close(done)
		require.NoError(t, h.Shutdown(context.Background()))
	})
	return r, turn
}

func mustJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
