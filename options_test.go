package novu_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestBadClientOptions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		key   string // "k" if empty
		opt   novu.Option
		field string
	}{
		"blank key":            {key: " \t", field: "secretKey"},
		"key with line break":  {key: "abc\n", field: "secretKey"},
		"key with control":     {key: "a\x00b", field: "secretKey"},
		"no scheme":            {opt: novu.WithBaseURL("api.novu.co"), field: "BaseURL"},
		"empty base URL":       {opt: novu.WithBaseURL(""), field: "BaseURL"},
		"user part":            {opt: novu.WithBaseURL("https://me:canary@api.novu.co"), field: "BaseURL"},
		"plain http":           {opt: novu.WithBaseURL("http://novu.example"), field: "BaseURL"},
		"query":                {opt: novu.WithBaseURL("https://novu.example?a=b"), field: "BaseURL"},
		"unknown region":       {opt: novu.WithRegion("mars"), field: "Region"},
		"nil HTTP client":      {opt: novu.WithHTTPClient(nil), field: "HTTPClient"},
		"nil attempt hook":     {opt: novu.WithAttemptHook(nil), field: "AttemptHook"},
		"nil middleware":       {opt: novu.WithMiddleware(nil), field: "Middleware"},
		"negative attempts":    {opt: novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: -1}), field: "RetryPolicy"},
		"waits upside down":    {opt: novu.WithRetryPolicy(novu.RetryPolicy{MinWait: 2, MaxWait: 1}), field: "RetryPolicy"},
		"no attempt timeout":   {opt: novu.WithAttemptTimeout(0), field: "AttemptTimeout"},
		"no response size":     {opt: novu.WithMaxResponseSize(0), field: "MaxResponseSize"},
		"user agent injection": {opt: novu.WithUserAgent("a\r\nX: y"), field: "UserAgent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.key == "" {
				tt.key = "k"
			}
			_, err := novu.NewClient(tt.key, tt.opt)
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			assert.Contains(t, err.Error(), tt.field)
			assert.NotContains(t, err.Error(), "canary")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Contains(t, e.Fields, tt.field)
		})
	}
	_, err := novu.NewClient("", novu.WithRegion("mars"), novu.WithAttemptTimeout(0))
	for _, field := range []string{"secretKey", "Region", "AttemptTimeout"} {
		require.ErrorContains(t, err, field, "all that is wrong is said at once")
	}
}

// getThrough makes one call through a transport that answers it, and returns the request.
func getThrough(t *testing.T, opts []novu.Option, callOpts ...novu.RequestOption) *http.Request {
	t.Helper()
	var sent *http.Request
	c := mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = r
		return httpmock.NewStringResponse(http.StatusOK, `{"data":`+endpointJSON+`}`), nil
	}), opts...)
	_, err := c.ChannelEndpoints.Get(t.Context(), "alerts", callOpts...)
	require.NoError(t, err)
	return sent
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	sent := getThrough(t, []novu.Option{novu.WithUserAgent("acme/2")})
	assert.True(t, strings.HasPrefix(sent.Header.Get("User-Agent"), "acme/2 novu-go/"), sent.Header.Get("User-Agent"))
}

// The first middleware is outermost.
func TestMiddleware(t *testing.T) {
	t.Parallel()
	var order []string
	named := func(name string) novu.Option {
		return novu.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				order = append(order, name)
				assert.Equal(t, "ApiKey key-canary", r.Header.Get("Authorization"))
				return next.RoundTrip(r)
			})
		})
	}
	getThrough(t, []novu.Option{named("outer"), named("inner")})
	assert.Equal(t, []string{"outer", "inner"}, order)
}

// The log tells of every attempt, and holds neither key nor body.
func TestLogger(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	getThrough(t, []novu.Option{novu.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))})
	for _, part := range []string{"get channel endpoint", "GET", "/v1/channel-endpoints/{identifier}", "200"} {
		assert.Contains(t, log.String(), part)
	}
	for _, secret := range []string{"canary", "teams-acme"} {
		assert.NotContains(t, log.String(), secret)
	}
}

// The hook is told of every attempt, and of nothing that names a resource.
func TestAttemptHook(t *testing.T) {
	t.Parallel()
	var told []novu.Attempt
	getThrough(t, []novu.Option{novu.WithAttemptHook(func(_ context.Context, a novu.Attempt) { told = append(told, a) })})
	require.Len(t, told, 1)
	told[0].Duration = 0
	assert.Equal(t, novu.Attempt{
		Operation: "get channel endpoint", Method: http.MethodGet, Route: "/v1/channel-endpoints/{identifier}", Number: 1,
		Status: http.StatusOK, Outcome: "succeeded",
	}, told[0])
}

func TestMaxResponseSize(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, `{"data":`+endpointJSON+`}`))
	_, err := mocked(t, mock, novu.WithMaxResponseSize(100)).ChannelEndpoints.Get(t.Context(), "alerts")
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.ErrorContains(t, err, "100")
}

func TestHeader(t *testing.T) {
	t.Parallel()
	sent := getThrough(t, nil, novu.WithHeader("x-request-id", "7"), novu.WithHeader("X-Request-ID", "8"))
	assert.Equal(t, []string{"7", "8"}, sent.Header.Values("X-Request-Id"))
}

func TestIdempotencyKeyGoesWithWhatCreates(t *testing.T) {
	t.Parallel()
	var keys []string
	c := mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		keys = append(keys, r.Method+" "+r.Header.Get("Idempotency-Key"))
		return httpmock.NewStringResponse(http.StatusCreated, `{"data":`+endpointJSON+`}`), nil
	}))
	key := novu.WithIdempotencyKey("order-7")
	named := newEndpoint
	named.Identifier = "alerts"
	_, err := c.ChannelEndpoints.Create(t.Context(), named, key)
	require.NoError(t, err)
	_, err = c.ChannelEndpoints.Update(t.Context(), "alerts", novu.UpdateChannelEndpointParams{Endpoint: channel}, key)
	require.NoError(t, err)
	_, err = c.ChannelEndpoints.Get(t.Context(), "alerts", key)
	require.NoError(t, err)
	assert.Equal(t, []string{"POST order-7", "PATCH order-7", "GET "}, keys)
}

// A timeout bounds the whole call, an attempt's timeout each attempt.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	hanging := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	tests := map[string]struct {
		opts     []novu.Option
		callOpts []novu.RequestOption
		took     time.Duration
	}{
		"an attempt": {opts: []novu.Option{novu.WithAttemptTimeout(3 * time.Second)}, took: 3 * time.Second},
		"the call":   {callOpts: []novu.RequestOption{novu.WithTimeout(2 * time.Second)}, took: 2 * time.Second},
		"by default": {took: 30 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := mocked(t, hanging, tt.opts...).ChannelEndpoints.Get(t.Context(), "alerts", tt.callOpts...)
				require.Error(t, err)
				assert.Equal(t, name == "the call", errors.Is(err, context.DeadlineExceeded), "only the caller's own deadline: %v", err)
				assert.Equal(t, tt.took, time.Since(start))
			})
		})
	}
}

func TestBadRequestOptions(t *testing.T) {
	t.Parallel()
	testBadInput(t, map[string]badInput{
		"key too long":               {call: createEndpoint(newEndpoint, novu.WithIdempotencyKey(strings.Repeat("k", 256))), field: "IdempotencyKey"},
		"empty key":                  {call: createEndpoint(newEndpoint, novu.WithIdempotencyKey("")), field: "IdempotencyKey"},
		"key with a line break":      {call: createEndpoint(newEndpoint, novu.WithIdempotencyKey("a\r\nX: y")), field: "IdempotencyKey"},
		"the client's own header":    {call: createEndpoint(newEndpoint, novu.WithHeader("authorization", "canary")), field: "Header"},
		"the idempotency header":     {call: createEndpoint(newEndpoint, novu.WithHeader("Idempotency-Key", "x")), field: "Header"},
		"a header that is none":      {call: createEndpoint(newEndpoint, novu.WithHeader("a b", "x")), field: "Header"},
		"a header with a line break": {call: createEndpoint(newEndpoint, novu.WithHeader("A", "canary\r\nB: y")), field: "Header"},
		"no timeout":                 {call: createEndpoint(newEndpoint, novu.WithTimeout(0)), field: "Timeout"},
		"no response":                {call: createEndpoint(newEndpoint, novu.WithResponse(nil)), field: "Response"},
	})
}

// Options may be shared by goroutines.
func TestOptionsAreSharedByGoroutines(t *testing.T) {
	t.Parallel()
	mock := roundTripper(func(*http.Request) (*http.Response, error) {
		return httpmock.NewStringResponse(http.StatusOK, `{"data":`+endpointJSON+`}`), nil
	})
	c := mocked(t, mock)
	opts := []novu.RequestOption{novu.WithHeader("x-a", "1"), novu.WithTimeout(time.Minute), novu.WithIdempotencyKey("k"), novu.WithUncheckedIDs()}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			_, err := c.ChannelEndpoints.Get(context.Background(), "alerts", opts...)
			assert.NoError(t, err)
		})
	}
	group.Wait()
}
