package recordings_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// recording is a request that a real server answered.
type recording struct {
	Name    string `json:"name"`
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	} `json:"request"`
	Response *struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	} `json:"response"`
}

func (r *recording) number() string { return r.Name[:3] }

func recordings(t *testing.T) map[string]*recording {
	t.Helper()
	f, err := os.Open("../../../novutest/testdata/exchanges.jsonl")
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // only read
	all := map[string]*recording{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		r := new(recording)
		require.NoError(t, json.Unmarshal(lines.Bytes(), r))
		all[r.number()] = r
	}
	require.NoError(t, lines.Err())
	return all
}

// TestEveryRecordingIsAccountedFor: each is made by a method, refused by it, or
// named with the reason why nothing makes it; and none is listed twice.
func TestEveryRecordingIsAccountedFor(t *testing.T) {
	t.Parallel()
	listed := map[string]int{}
	count := func(numbers string) {
		for _, n := range strings.Fields(numbers) {
			listed[n]++
		}
	}
	for _, numbers := range made {
		count(numbers)
	}
	for _, numbers := range refused {
		count(numbers)
	}
	for _, u := range unmade {
		count(u.numbers)
	}
	all := recordings(t)
	for n, r := range all {
		assert.Equal(t, 1, listed[n], r.Name)
	}
	assert.Len(t, listed, len(all))
	assert.GreaterOrEqual(t, len(all), 365)
}

// mock answers with a recording and keeps what was asked.
type mock struct {
	answer *recording
	asked  []*http.Request
	body   json.RawMessage
}

func (m *mock) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(m.asked) > 0 {
		return reply(http.StatusNotFound, `{"message":"nothing more was recorded"}`), nil // a create is read back
	}
	m.asked = append(m.asked, r)
	if r.Body != nil {
		m.body, _ = io.ReadAll(r.Body)
	}
	if m.answer.Response == nil {
		return reply(http.StatusTeapot, "{}"), nil // what came then is not known
	}
	resp := reply(m.answer.Response.Status, named(m.answer.Response.Body, m.body))
	for name, value := range m.answer.Response.Headers {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

// named is an answer about what was asked for: the client names what it creates, where the recorded
// request left that to the server.
func named(answer, asked json.RawMessage) string {
	var want map[string]any
	var got struct {
		Data map[string]any `json:"data"`
	}
	if json.Unmarshal(asked, &want) != nil || json.Unmarshal(answer, &got) != nil {
		return string(answer)
	}
	renamed := false
	for _, key := range []string{"identifier", "subscriberId", "type", "id"} {
		if got.Data["contextKeys"] != nil && key != "identifier" { // of a connection or endpoint
			continue
		}
		if want[key] != nil && got.Data[key] != nil && want[key] != "" {
			got.Data[key], renamed = want[key], true
		}
	}
	if !renamed {
		return string(answer)
	}
	data, _ := json.Marshal(got) // it was decoded a moment ago
	return string(data)
}

func (m *mock) client(t *testing.T) *novu.Client {
	t.Helper()
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: m}), novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}))
	require.NoError(t, err)
	return c
}

func TestRecordedRequestsAreMade(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	for method, numbers := range made {
		for _, n := range strings.Fields(numbers) {
			r := all[n]
			t.Run(method+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				m := &mock{answer: r}
				err := calls[method](t.Context(), m.client(t), given(t, r))
				require.Len(t, m.asked, 1, "%v", err)
				asked := m.asked[0]
				assert.Equal(t, r.Request.Method, asked.Method)
				want, parseErr := url.Parse(strings.ReplaceAll(r.Request.Path, " ", "%20"))
				require.NoError(t, parseErr)
				assert.Equal(t, want.EscapedPath(), asked.URL.EscapedPath())
				assert.Equal(t, want.Query(), asked.URL.Query())
				includes(t, "", r.Request.Body, m.body)
				if r.Response != nil {
					checkOutcome(t, r, err)
				}
			})
		}
	}
}

func TestRecordedMistakesAreRefused(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	for method, numbers := range refused {
		for _, n := range strings.Fields(numbers) {
			t.Run(method+"/"+all[n].Name, func(t *testing.T) {
				t.Parallel()
				m := &mock{answer: all[n]}
				require.ErrorIs(t, calls[method](t.Context(), m.client(t), given(t, all[n])), novu.ErrInvalidParams)
				assert.Empty(t, m.asked)
			})
		}
	}
}

// Every answer that was recorded is understood, also where nothing here makes
// the request: the method then asks for something else.
func TestRecordedAnswersAreUnderstood(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	check := func(method, numbers string) {
		for _, n := range strings.Fields(numbers) {
			if r := all[n]; r.Response != nil && method != "" {
				t.Run(method+"/"+r.Name, func(t *testing.T) {
					t.Parallel()
					m := &mock{answer: r}
					checkOutcome(t, r, calls[method](t.Context(), m.client(t), fallback))
				})
			}
		}
	}
	for method, numbers := range refused {
		check(method, numbers)
	}
	for _, u := range unmade {
		check(u.method, u.numbers)
	}
}

// checkOutcome holds what a call returned against the recorded answer.
func checkOutcome(t *testing.T, r *recording, err error) {
	t.Helper()
	var body struct {
		Message string
		ErrorID string
		Data    json.RawMessage
	}
	_ = json.Unmarshal(r.Response.Body, &body)
	status := r.Response.Status
	if asksForMode(r, "link_user") && strings.Contains(string(body.Data), "/adminconsent") {
		require.ErrorIs(t, err, novu.ErrRouteNotFound, "it would make a stray connection")
		return
	}
	if status < 300 && !strings.Contains(string(body.Data), `"status":"error"`) {
		require.NoError(t, err)
		return
	}
	if status < 300 { // one event of a bulk failed
		var failed *novu.TriggerError
		require.ErrorAs(t, err, &failed)
		return
	}
	want := map[int]error{
		400: novu.ErrValidation, 401: novu.ErrUnauthorized, 404: novu.ErrNotFound, 409: novu.ErrConflict,
		422: novu.ErrValidation, 500: novu.ErrServer, 503: novu.ErrServer,
	}[status]
	if status == http.StatusNotFound && strings.HasPrefix(body.Message, "Cannot ") {
		want = novu.ErrRouteNotFound
	}
	if body.Message == "workflow_not_found" {
		want = novu.ErrNotFound
	}
	if !errors.Is(err, novu.ErrOutcomeUnknown) { // a conflict that nothing could be read back of
		require.ErrorIs(t, err, want)
	}
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, status, e.StatusCode)
	assert.Equal(t, body.Message, e.Message)
	assert.Equal(t, body.ErrorID, e.ErrorID)
	assert.Equal(t, r.Response.Headers["Idempotency-Replay"] == "true", e.Replayed)
	if strings.Contains(string(r.Response.Body), `"errors":`) {
		assert.NotEmpty(t, e.Fields)
	}
}

// includes fails unless got has every key of want, with the same value.
func includes(t *testing.T, at string, want, got json.RawMessage) {
	t.Helper()
	if len(want) == 0 || string(want) == "null" {
		return
	}
	var w, g map[string]json.RawMessage
	if json.Unmarshal(want, &w) != nil || json.Unmarshal(got, &g) != nil {
		assert.JSONEq(t, string(want), string(got), at)
		return
	}
	for key, value := range w {
		switch key {
		case "to", "context", "events": // one meaning, several spellings
			assert.NotEmpty(t, g[key], at+"."+key)
		default:
			assert.Contains(t, g, key, at)
			includes(t, at+"."+key, value, g[key])
		}
	}
}

// Every key of a connection or endpoint that was recorded survives decoding and
// encoding.
func TestRecordedKeysSurvive(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, r := range recordings(t) {
		if r.Response == nil || r.Response.Status >= 300 {
			continue
		}
		var into func() any
		switch path := r.Request.Path; {
		case strings.Contains(path, "oauth"):
			continue
		case strings.HasPrefix(path, "/v1/channel-connections"):
			into = func() any { return new(novu.ChannelConnection) }
		case strings.HasPrefix(path, "/v1/channel-endpoints"):
			into = func() any { return new(novu.ChannelEndpoint) }
		default:
			continue
		}
		var body struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal(r.Response.Body, &body), r.Name)
		var items []json.RawMessage
		if json.Unmarshal(body.Data, &items) != nil {
			items = []json.RawMessage{body.Data}
		}
		for _, item := range items {
			if r.number() == "302" || len(item) == 0 { // an endpoint, replayed on the route of connections; a 204
				continue
			}
			seen++
			v := into()
			require.NoError(t, json.Unmarshal(item, v), r.Name)
			encoded, err := json.Marshal(v)
			require.NoError(t, err)
			for _, key := range keysOf(t, "", item) {
				assert.Contains(t, keysOf(t, "", encoded), key, r.Name)
			}
		}
	}
	assert.Greater(t, seen, 200)
}

// keysOf lists the paths of all keys.
func keysOf(t *testing.T, at string, raw json.RawMessage) []string {
	t.Helper()
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	var keys []string
	for key, value := range object {
		keys = append(append(keys, at+"."+key), keysOf(t, at+"."+key, value)...)
	}
	slices.Sort(keys)
	return keys
}

// request is a recorded request as the calls below read it.
type request struct {
	path []string // segments, decoded
	url.Values
	key  string
	body []byte
}

func given(t *testing.T, r *recording) request {
	t.Helper()
	u, err := url.Parse(strings.ReplaceAll(r.Request.Path, " ", "%20"))
	require.NoError(t, err)
	var path []string
	for _, segment := range strings.Split(strings.Trim(u.EscapedPath(), "/"), "/") {
		s, err := url.PathUnescape(segment)
		require.NoError(t, err)
		path = append(path, s)
	}
	return request{path: path, Values: u.Query(), key: r.Request.Headers["Idempotency-Key"], body: r.Request.Body}
}

func (r request) last() string { return r.path[len(r.path)-1] }

func (r request) into(v any) {
	if len(r.body) > 0 {
		if err := json.Unmarshal(r.body, v); err != nil {
			panic(fmt.Sprintf("%s: %v", r.body, err))
		}
	}
}

func (r request) opts() []novu.RequestOption {
	if r.key == "" {
		return nil
	}
	return []novu.RequestOption{novu.WithIdempotencyKey(r.key)}
}

func (r request) limit() int {
	var n int
	_, _ = fmt.Sscan(r.Get("limit"), &n)
	return n
}

// fallback is a request that nothing is wrong with, for answers to others.
var fallback = request{
	path: []string{"v2", "contexts", "tenant", "6b046b2fff9b0c916127df91"}, Values: url.Values{},
	body: []byte(`{"name":"n","identifier":"i","integrationIdentifier":"i","subscriberId":"s","workflowId":"w","to":"s","type":"ms_teams_user",
		"endpoint":{"userId":"u"},"workspace":{"id":"w"},"auth":{"accessToken":"a"},"events":[{"name":"n","to":"s"},{"name":"m","to":"s"}],
		"subscribers":[{"subscriberId":"s"}],"data":{}}`),
}

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func second[T any](_ T, err error) error { return err }

type call func(context.Context, *novu.Client, request) error

func asksForMode(r *recording, mode string) bool {
	var body struct{ Mode string }
	return json.Unmarshal(r.Request.Body, &body) == nil && body.Mode == mode
}
