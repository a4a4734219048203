package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

func TestNewHandlerCollectsAllFaults(t *testing.T) {
	t.Parallel()
	answer := func(context.Context, *agent.Turn, *agent.Message) error { return nil }
	client := newClient(t, new(replyRoute))
	_, err := agent.NewHandler(nil, []agent.Bot{
		{Identifier: "a", OnMessage: answer}, {Identifier: "a", OnMessage: answer}, {Identifier: "b"}, {OnMessage: answer},
	}, agent.WithConcurrency(0), agent.WithTurnTimeout(-1), agent.WithQueueSize(0), agent.WithMaxBodySize(0), agent.WithDeduper(nil),
		agent.WithDispatcher(nil), agent.WithTurnMiddleware(nil), agent.WithFileClient(nil))
	require.ErrorIs(t, err, agent.ErrInvalidParams)
	for _, field := range []string{
		"client", "bots[1].Identifier", "bots[2].OnMessage", "bots[3].Identifier", "Concurrency", "TurnTimeout", "QueueSize", "MaxBodySize",
		"Deduper", "Dispatcher", "TurnMiddleware", "FileClient",
	} {
		assert.ErrorContains(t, err, field)
	}
	_, err = agent.NewHandler(client, nil)
	require.ErrorIs(t, err, agent.ErrInvalidParams)
	dispatch := func(context.Context, agent.Delivery) error { return nil }
	_, err = agent.NewHandler(client, []agent.Bot{{Identifier: "a", OnMessage: answer}}, agent.WithDispatcher(dispatch), agent.WithSynchronousTurns())
	require.ErrorIs(t, err, agent.ErrInvalidParams)

	bots := []agent.Bot{{Identifier: "a", OnMessage: answer}}
	h, err := agent.NewHandler(client, bots)
	require.NoError(t, err)
	bots[0].Identifier = "changed"
	assert.Equal(t, "agent.Handler(a)", fmt.Sprintf("%+v", h), "the slice is copied, and nothing else is printed")
}

func TestRequestsThatRunNothing(t *testing.T) {
	t.Parallel()
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
		t.Error("the function ran")
		return nil
	}}, agent.WithMaxBodySize(64<<10))
	change := func(edit func(r *http.Request)) *http.Request {
		r := request("onMessage", nil)
		edit(r)
		return r
	}
	large := bytes.Repeat([]byte(" "), 64<<10+1)
	for name, test := range map[string]struct {
		req    *http.Request
		status int
	}{
		"no signature": {change(func(r *http.Request) { r.Header.Del("Novu-Signature") }), 401},
		"another key":  {change(func(r *http.Request) { r.Header.Set("Novu-Signature", sign("other", time.Now(), nil)) }), 401},
		"old": {change(func(r *http.Request) {
			r.Header.Set("Novu-Signature", sign(secretKey, time.Now().Add(-time.Hour), nil))
		}), 401},
		"gzip":              {change(func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }), 415},
		"a form":            {change(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }), 415},
		"unknown agent":     {change(func(r *http.Request) { r.URL.RawQuery = "action=agent-event&agentId=nope&event=onMessage" }), 404},
		"no agent":          {change(func(r *http.Request) { r.URL.RawQuery = "action=agent-event&event=onMessage" }), 404},
		"no action":         {change(func(r *http.Request) { r.URL.RawQuery = "" }), 400},
		"another action":    {change(func(r *http.Request) { r.URL.RawQuery = "action=execute" }), 400},
		"unknown event":     {signedRequest("onFuture", []byte(`{"conversationId":"c","integrationIdentifier":"i"}`)), 200},
		"no function":       {request("onAction", nil), 200},
		"empty body":        {signedRequest("onMessage", nil), 400},
		"broken JSON":       {signedRequest("onMessage", []byte(`{"a":`)), 400},
		"a list":            {signedRequest("onMessage", []byte(`[]`)), 400},
		"null":              {signedRequest("onMessage", []byte(`null`)), 400},
		"the discover body": {signedRequest("onMessage", []byte(`{}`)), 400},
		"no conversation":   {request("onMessage", map[string]any{"conversationId": 7}), 400},
		"no integration":    {request("onMessage", map[string]any{"integrationIdentifier": nil}), 400},
		"too large":         {signedRequest("onMessage", large), 413},
		"PUT":               {httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/", nil), 405},
		"OPTIONS":           {httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/", nil), 405},
		"GET of an event":   {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?action=agent-event", nil), 400},
		"unsigned discover": {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?action=discover", nil), 401},
		"health check":      {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), 200},
		"named health":      {httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/?action=health-check", nil), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := deliver(h, test.req)
			assert.Equal(t, test.status, w.Code, w.Body.String())
			assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
			assert.Empty(t, w.Header().Get("Location"))
			assert.True(t, json.Valid(w.Body.Bytes()))
			assert.NotContains(t, w.Body.String(), "canary")
		})
	}
}

func TestDiscoverAndHealth(t *testing.T) {
	t.Parallel()
	h := newBridge(t, new(replyRoute), agent.Bot{})
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/novu?action=discover", nil)
	req.Header.Set("Novu-Signature", sign(secretKey, time.Now(), []byte("{}")))
	assert.JSONEq(t, `{"workflows":[],"agents":[{"agentId":"support"}]}`, deliver(h, req).Body.String())
	assert.JSONEq(t, `{"status":"ok","sdkVersion":"`+novu.Version+`","frameworkVersion":"2024-06-26","discovered":{"workflows":0,"steps":0}}`,
		deliver(h, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/novu", nil)).Body.String())
}

func TestADeliveryRunsOnce(t *testing.T) {
	t.Parallel()
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
		_, err := turn.Reply(ctx, agent.Markdown(turn.DeliveryID+m.Text))
		return err
	}, OnResolve: func(ctx context.Context, turn *agent.Turn, _ *agent.Resolution) error {
		_, err := turn.Reply(ctx, agent.Markdown("resolved"))
		return err
	}})
	for range 3 {
		require.Equal(t, 200, deliver(h, request("onMessage", nil)).Code)
	}
	require.Equal(t, 200, deliver(h, request("onMessage", map[string]any{"deliveryId": "other:1"})).Code)
	for _, at := range []string{"2026-11-24T12:00:00.000Z", "2026-11-24T12:00:00.000Z", "2026-11-24T12:00:01.000Z"} {
		change := map[string]any{"deliveryId": conversation + ":onResolve", "timestamp": at}
		require.Equal(t, 200, deliver(h, request("onResolve", change)).Code)
	}
	require.NoError(t, h.Shutdown(t.Context()))
	assert.Equal(t, []string{conversation + ":1hello", "other:1hello", "resolved", "resolved"}, r.texts(),
		"onResolve repeats its id, not its timestamp")
}

// A clock that is five minutes ahead signs for the longest time: ten minutes.
func TestWhatWasSeenIsForgottenOnlyWhenItsSignatureIsWorthless(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := new(replyRoute)
		h := newBridge(t, r, agent.Bot{OnMessage: echo})
		start, signature := time.Now(), ""
		target := func() *http.Request {
			req := request("onMessage", nil)
			if signature == "" {
				signature = sign(secretKey, time.Now().Add(300*time.Second), []byte(mustJSON(payload("onMessage", nil))))
			}
			req.Header.Set("Novu-Signature", signature)
			return req
		}
		at := func(seconds int) { time.Sleep(time.Until(start.Add(time.Duration(seconds) * time.Second))) }
		for n := range 20 { // others come and go
			at(100 * n)
			require.Equal(t, 200, deliver(h, request("onMessage", said(1, n))).Code)
			if n == 5 {
				at(595)
				require.Equal(t, 200, deliver(h, target()).Code)
			}
			if n == 11 {
				at(595 + 595)
				require.Equal(t, 200, deliver(h, target()).Code, "the signature is still good")
			}
		}
		require.NoError(t, h.Shutdown(t.Context()))
		assert.Len(t, r.sent(), 21, "and yet it runs once")
	})
}

func TestTheOperatorHearsOfAWrongClockAndOfAnotherReplyURL(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		_, err := turn.Reply(ctx, agent.Markdown("x"))
		return err
	}}, agent.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	body, err := json.Marshal(payload("onMessage", nil))
	require.NoError(t, err)
	late := signedRequest("onMessage", body)
	late.Header.Set("Novu-Signature", sign(secretKey, time.Now().Add(-10*time.Minute), body))
	assert.Equal(t, 401, deliver(h, late).Code)
	assert.Contains(t, log.String(), "check this machine's clock")
	for _, id := range []string{"a:1", "a:2"} {
		deliver(h, request("onMessage", map[string]any{"deliveryId": id, "replyUrl": "https://evil.example/v1/agents/support/reply"}))
	}
	require.NoError(t, h.Shutdown(t.Context()))
	assert.Equal(t, 1, strings.Count(log.String(), "evil.example"), "said once")
	assert.Len(t, r.sent(), 2, "replies go to the client's own root")
	assert.NotContains(t, log.String(), "canary")
	assert.NotContains(t, log.String(), "hello", "no texts of people")
}
