package novu_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const baseURL = "https://novu.example/api"

// mocked returns a client whose requests reach nothing but the mock, each of them once.
func mocked(t testing.TB, mock http.RoundTripper, opts ...novu.Option) *novu.Client {
	t.Helper()
	c, err := novu.NewClient("key-canary", append([]novu.Option{
		novu.WithBaseURL(baseURL), novu.WithHTTPClient(&http.Client{Transport: mock}),
		novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}),
	}, opts...)...)
	require.NoError(t, err)
	return c
}

// silent returns a client that fails the test if it sends anything.
func silent(t *testing.T) *novu.Client {
	t.Helper()
	return mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s %s", r.Method, r.URL)
		return nil, http.ErrAbortHandler
	}))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// call is a call of one method.
type call func(ctx context.Context, c *novu.Client) (any, error)

// exchange is a call, the request that it has to send, and what it makes of the answer.
type exchange struct {
	call call

	method string
	path   string     // below the base URL, escaped
	query  url.Values // nil for none
	body   string     // as JSON; empty for none
	keyed  bool       // carries an Idempotency-Key that the client made

	status int    // of the answer; 200 if 0
	answer string // empty for no body
	want   any
}

func (x exchange) run(t *testing.T) {
	t.Helper()
	var sent *http.Request
	var body []byte
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(x.method, baseURL+x.path, func(r *http.Request) (*http.Response, error) {
		sent = r
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
		}
		return httpmock.NewStringResponse(cmp.Or(x.status, http.StatusOK), x.answer), nil
	})
	got, err := x.call(t.Context(), mocked(t, mock))
	require.NoError(t, err)
	assert.Equal(t, x.want, got)
	require.Equal(t, 1, mock.GetTotalCallCount(), "requests")

	if x.query == nil {
		x.query = url.Values{}
	}
	assert.Equal(t, x.query, sent.URL.Query())
	assert.Equal(t, "ApiKey key-canary", sent.Header.Get("Authorization"))
	assert.Equal(t, "application/json", sent.Header.Get("Accept"))
	assert.Contains(t, sent.Header.Get("User-Agent"), "novu-go/"+novu.Version)
	assert.Equal(t, x.keyed, sent.Header.Get("Idempotency-Key") != "", "Idempotency-Key")
	if x.body == "" {
		assert.Empty(t, body)
		return
	}
	assert.JSONEq(t, x.body, string(body))
	assert.Equal(t, "application/json", sent.Header.Get("Content-Type"))
}

func runExchanges(t *testing.T, exchanges map[string]exchange) {
	t.Helper()
	for name, x := range exchanges {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.run(t)
		})
	}
}

// testErrors makes each call meet the errors that any call can meet. The calls are named as their
// errors name them.
func testErrors(t *testing.T, operations map[string]call) {
	t.Helper()
	broken := errors.New("the cable is cut")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx    context.Context
		answer httpmock.Responder // nil: nothing may be sent
		is     error
		status int
		text   string
	}{
		"refused": {
			ctx: t.Context(), answer: httpmock.NewStringResponder(http.StatusUnprocessableEntity, `{"statusCode":422,"message":"this is odd"}`),
			is: novu.ErrValidation, status: http.StatusUnprocessableEntity, text: "this is odd",
		},
		"unauthorized": {
			ctx: t.Context(), answer: httpmock.NewStringResponder(http.StatusUnauthorized, `{"message":"Invalid authentication scheme: \"key-canary\""}`),
			is: novu.ErrUnauthorized, status: http.StatusUnauthorized, text: "Invalid authentication scheme",
		},
		"forbidden": {
			ctx: t.Context(), answer: httpmock.NewStringResponder(http.StatusForbidden, `{"message":"not yours"}`),
			is: novu.ErrForbidden, status: http.StatusForbidden, text: "not yours",
		},
		"no such route": {
			ctx: t.Context(), answer: httpmock.NewStringResponder(http.StatusNotFound, `{"message":"Cannot GET /v1"}`),
			is: novu.ErrRouteNotFound, status: http.StatusNotFound, text: "Cannot GET",
		},
		"broken connection": {ctx: t.Context(), answer: httpmock.NewErrorResponder(broken), is: broken, text: "the cable is cut"},
		"canceled context":  {ctx: canceled, is: context.Canceled, text: "canceled"},
		"nil context":       {ctx: nilContext(), is: novu.ErrInvalidParams, text: "ctx must not be nil"},
	}
	for op, call := range operations {
		for name, tt := range tests {
			t.Run(op+"/"+name, func(t *testing.T) {
				t.Parallel()
				mock := httpmock.NewMockTransport()
				mock.RegisterNoResponder(tt.answer)
				got, err := call(tt.ctx, mocked(t, mock))
				assert.Empty(t, got)
				require.ErrorIs(t, err, tt.is)
				var e *novu.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, op, e.Op)
				assert.Equal(t, tt.status, e.StatusCode)
				assert.True(t, strings.HasPrefix(err.Error(), "novu: "+op+": "), err.Error())
				assert.Contains(t, err.Error(), tt.text)
				assert.NotContains(t, err.Error(), "canary")
				if tt.answer == nil {
					assert.Zero(t, mock.GetTotalCallCount(), "requests")
				}
			})
		}
	}
}

// badInput is a call whose parameters can't be right, and the field that its error names.
type badInput struct {
	call  call
	field string
}

// testBadInput checks that nothing is sent, and that the error names the field and holds no secret.
func testBadInput(t *testing.T, inputs map[string]badInput) {
	t.Helper()
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := in.call(t.Context(), silent(t))
			assert.Empty(t, got)
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Contains(t, e.Fields, in.field)
			assert.Contains(t, e.Error(), in.field)
			assert.NotContains(t, e.Error(), "canary")
			assert.Zero(t, e.StatusCode)
		})
	}
}

// with returns the parameters with a change.
func with[T any](params T, change func(*T)) T {
	change(&params)
	return params
}

// testAll checks that an iterator asks for 100 items a page, follows the cursor, and ends at an
// error. The items are JSON objects with the given identifier.
func testAll[T any](t *testing.T, path, identifier string, all func(ctx context.Context, c *novu.Client) iter.Seq2[T, error], id func(T) string) {
	t.Helper()
	item := func(value string) string { return `{"` + identifier + `":"` + value + `"}` }
	pages := map[string]string{
		"":       `{"data":[` + item("a") + `,` + item("b") + `],"next":"second","previous":null,"totalCount":3}`,
		"second": `{"data":[` + item("c") + `],"next":"third","previous":"first","totalCount":3}`,
	}
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, baseURL+path, func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, "100", r.URL.Query().Get("limit"))
		page, found := pages[r.URL.Query().Get("after")]
		if !found {
			return httpmock.NewStringResponse(http.StatusForbidden, `{"message":"no further"}`), nil
		}
		return httpmock.NewStringResponse(http.StatusOK, page), nil
	})
	var got []string
	var last error
	for value, err := range all(t.Context(), mocked(t, mock)) {
		if last = err; err != nil {
			break
		}
		got = append(got, id(value))
	}
	assert.Equal(t, []string{"a", "b", "c"}, got)
	require.ErrorIs(t, last, novu.ErrForbidden)
	assert.Equal(t, 3, mock.GetTotalCallCount(), "pages")
}

func nilContext() context.Context { return nil }

const (
	teams   = "teams"
	alert   = "build-failed"
	someone = "sub-1"
	hexID   = "6b046b2fff9b0c916127df91"
	hook    = "https://prod-01.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-canary"
)

var (
	acme    = novu.ContextPayload{"tenant": {ID: "acme"}}
	tooMany = novu.ContextPayload{"a": {ID: "1"}, "b": {ID: "1"}, "c": {ID: "1"}, "d": {ID: "1"}, "e": {ID: "1"}, "f": {ID: "1"}}
	place   = novu.Workspace{ID: "tenant"}
	auth    = novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken}
	created = time.Date(2026, 11, 23, 16, 36, 5, 25e6, time.UTC) // of what is answered here
)

// times are the two times that the answers here hold.
const times = `"createdAt":"2026-11-23T16:36:05.025Z","updatedAt":"2026-11-23T16:36:05.025Z"`

// emulator starts a server that knows one integration, one subscriber and one
// workflow, and a client of it.
func emulator(t *testing.T, opts ...novutest.Option) (*novutest.Server, *novu.Client) {
	t.Helper()
	srv := novutest.NewServer(t, append(opts, novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{
			"identifier": teams, "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": map[string]any{"clientId": "app", "secretKey": "s3cr3t", "tenantId": "home"},
		}},
		Subscribers: []any{map[string]any{"subscriberId": someone}},
		Workflows: []any{map[string]any{
			"name": "Build failed", "workflowId": alert, "__source": "editor", "active": true,
			"steps": []any{map[string]any{"name": "Chat", "type": "chat", "controlValues": map[string]any{"body": "Build {{payload.number}} failed"}}},
		}},
	}))...)
	return srv, srv.Client(novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
}

// hooked is a webhook endpoint, which needs nothing else to receive a message.
func hooked(t *testing.T, c *novu.Client) {
	t.Helper()
	_, err := c.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
		IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: novu.WebhookEndpoint{URL: hook},
	})
	require.NoError(t, err)
}

// posts counts the requests of a route that the server saw.
func posts(srv *novutest.Server, route string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Method == http.MethodPost && r.Route == route {
			n++
		}
	}
	return n
}

// messages counts what came of the triggers, delivered or not.
func messages(t *testing.T, srv *novutest.Server) int {
	t.Helper()
	require.NoError(t, srv.Settle(t.Context()))
	return len(srv.Messages()) + len(srv.Failures())
}
