package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// bridgeCase is a recorded exchange of Novu's own bridge framework: what Novu sends, what the
// application does, and what goes back. testdata/cases/README.md describes the format.
type bridgeCase struct {
	Name  string `json:"name"`
	Skip  string `json:"skip"`
	Clock struct {
		Now int64 `json:"now"`
	} `json:"clock"`
	SecretKey      string                     `json:"secretKey"`
	AgentID        string                     `json:"agentId"`
	Handlers       map[string]json.RawMessage `json:"handlers"`
	ReplyAnswers   []replyAnswer              `json:"replyAnswers"`
	ReplyAnswerAll *replyAnswer               `json:"replyAnswerAll"`
	Request        struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	} `json:"request"`
	Response struct {
		Status int `json:"status"`
	} `json:"response"`
	Calls   []string                   `json:"calls"`
	Seen    map[string]json.RawMessage `json:"seen"`
	Replies []struct {
		URL  string         `json:"url"`
		Body map[string]any `json:"body"`
	} `json:"replies"`
	Go *struct {
		Status  []int            `json:"status"`
		Calls   []string         `json:"calls"`
		Replies []map[string]any `json:"replies"`
		Retry   bool             `json:"retry"`
		Result  json.RawMessage  `json:"result"`
	} `json:"go"`
}

type replyAnswer struct {
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
	Network bool            `json:"network"`
}

// The directory of the cases can be another, so that cases that nobody here has seen can be played.
func casesDir() string {
	if dir := os.Getenv("NOVU_AGENT_CASES"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "cases")
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(casesDir(), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	agree, all := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var c bridgeCase
		if json.Unmarshal(data, &c) != nil || c.Request.Method == "" || c.Skip != "" {
			continue // cards-more.json is a list; see TestAdaptiveOfTheAdapter
		}
		all++
		if t.Run(c.Name, func(t *testing.T) { synctest.Test(t, c.play) }) {
			agree++
		}
	}
	t.Logf("%d of %d agree", agree, all)
}

// recorder is Novu's reply route.
type recorder struct {
	c    *bridgeCase
	mu   sync.Mutex
	sent []*http.Request
	body []map[string]any
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var body map[string]any
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		return nil, err
	}
	r.sent, r.body = append(r.sent, req), append(r.body, body)
	n := len(r.sent)
	answer := replyAnswer{Status: http.StatusOK, Body: json.RawMessage(`{"data":null}`)}
	switch {
	case n <= len(r.c.ReplyAnswers):
		answer = r.c.ReplyAnswers[n-1]
	case r.c.ReplyAnswerAll != nil:
		answer = *r.c.ReplyAnswerAll
	case body["reply"] != nil || body["edit"] != nil:
		id, _ := json.Marshal(map[string]any{"data": map[string]any{"messageId": "pm-" + string(rune('0'+n)), "platformThreadId": thread}})
		answer.Body = id
	}
	if answer.Network {
		return nil, errors.New("connection reset by peer")
	}
	text := string(answer.Body)
	var plain string
	if json.Unmarshal(answer.Body, &plain) == nil {
		text = plain // an answer that is no JSON
	}
	return &http.Response{StatusCode: answer.Status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

const thread = "teams:YToxSVRUYXJHbg:aHR0cHM6Ly9zbWJhLnRyYWZmaWNtYW5hZ2VyLm5ldC9hbWVyLw"

func (c *bridgeCase) play(t *testing.T) {
	time.Sleep(time.Until(time.UnixMilli(c.Clock.Now)))
	r := &recorder{c: c}
	client := c.client(t, c.SecretKey, novu.WithHTTPClient(&http.Client{Transport: r}))
	app := newScript(t, c)
	h, err := agent.NewHandler(client, []agent.Bot{app.bot()}, agent.WithLogger(nil))
	require.NoError(t, err)

	req := c.request()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	require.NoError(t, h.Shutdown(t.Context()))

	want, calls := []int{c.Response.Status}, c.Calls
	if c.Go != nil {
		want = c.Go.Status
		if c.Go.Calls != nil {
			calls = c.Go.Calls
		}
	}
	assert.Contains(t, want, w.Code, w.Body.String())
	assert.Equal(t, slices.Clone(calls), app.calls, "calls")
	c.compareReplies(t, r)
	c.compareSeen(t, app)
	c.verifies(t)
}

func (c *bridgeCase) client(t *testing.T, key string, opts ...novu.Option) *novu.Client {
	t.Helper()
	client, err := novu.NewClient(key, append(opts, novu.WithBaseURL("https://api.novu.test"))...)
	require.NoError(t, err)
	return client
}

func (c *bridgeCase) request() *http.Request {
	req := httptest.NewRequestWithContext(context.Background(), c.Request.Method, c.Request.URL, strings.NewReader(c.Request.Body))
	for name, value := range c.Request.Headers {
		req.Header.Set(name, value)
	}
	return req
}

// verifies holds VerifySignature against the case's status, with the key as a current and as a
// previous one.
func (c *bridgeCase) verifies(t *testing.T) {
	status := c.Response.Status
	if c.Go != nil && len(c.Go.Status) > 0 {
		status = c.Go.Status[0]
	}
	if c.Request.Method != http.MethodPost || status != http.StatusOK && status != http.StatusUnauthorized {
		return
	}
	for _, client := range []*novu.Client{
		c.client(t, c.SecretKey), c.client(t, "another-secret-key", novu.WithPreviousSecretKeys(novu.Secret(c.SecretKey))),
	} {
		err := client.VerifySignature(c.request().Header, []byte(c.Request.Body))
		assert.Equal(t, status == http.StatusOK, err == nil, "%v", err)
	}
}

// parts splits requests into what was sent at once, in order, and what was queued.
func parts(bodies []map[string]any) (now []map[string]any, queued map[string][]any) {
	queued = map[string][]any{}
	for _, body := range bodies {
		sent := map[string]any{}
		for name, part := range body {
			switch name {
			case "conversationId", "integrationIdentifier":
			case "signals", "toolResults":
				queued[name] = append(queued[name], part.([]any)...)
			case "resolve":
				queued[name] = append(queued[name], part)
			default:
				sent[name] = part
			}
		}
		if len(sent) == 1 && sent["typing"] == "stop" {
			continue
		}
		if len(sent) > 0 {
			now = append(now, plain(sent).(map[string]any))
		}
	}
	for _, list := range queued {
		for i, part := range list {
			list[i] = plain(part)
		}
	}
	return now, queued
}

// plain leaves out what is free: titles and labels of approval cards, names and previews of results,
// and how recipients are written.
func plain(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		if v["type"] == "tool-approval-card" {
			return map[string]any{"type": v["type"]}
		}
		if v["toolCallId"] != nil && v["approvalId"] == nil {
			delete(v, "toolName")
			delete(v, "preview")
		}
		if v["type"] == "trigger" {
			v["to"] = recipients(v["to"])
			if v["to"] == nil {
				delete(v, "to")
			}
		}
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}

func recipients(to any) any {
	switch to := to.(type) {
	case string:
		return []any{map[string]any{"subscriberId": to}}
	case map[string]any:
		return []any{to}
	case []any:
		for i, one := range to {
			to[i] = recipients(one).([]any)[0]
		}
	}
	return to
}

func (c *bridgeCase) compareReplies(t *testing.T, r *recorder) {
	for _, req := range r.sent {
		assert.Equal(t, "https://api.novu.test/v1/agents/"+c.AgentID+"/reply", req.URL.String())
		assert.Equal(t, "ApiKey "+c.SecretKey, req.Header.Get("Authorization"))
	}
	var want []map[string]any
	for _, reply := range c.Replies {
		want = append(want, reply.Body)
	}
	got := r.body
	if c.Go != nil {
		if c.Go.Replies != nil || len(c.Go.Calls) == 0 {
			want = c.Go.Replies
		}
		if c.Go.Retry {
			got = slices.CompactFunc(got, func(a, b map[string]any) bool { return assert.ObjectsAreEqual(a, b) })
		}
	}
	wantNow, wantQueued := parts(want)
	gotNow, gotQueued := parts(got)
	assert.Equal(t, wantNow, gotNow, "sent at once")
	assert.Equal(t, wantQueued, gotQueued, "queued")
}

func (c *bridgeCase) compareSeen(t *testing.T, app *script) {
	for name, want := range c.Seen {
		got, ok := app.seen[name]
		if !ok {
			continue
		}
		data, err := json.Marshal(got)
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(data), "seen "+name)
	}
}
