package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// answering returns a client whose every request meets this answer.
func answering(t *testing.T, status int, body string, header ...string) *novu.Client {
	t.Helper()
	c, err := novu.NewClient("key-canary", novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}),
		novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return reply(status, body, header...), nil
		})}))
	require.NoError(t, err)
	return c
}

const connectionJSON = `{"identifier":"c1","channel":"chat","providerId":"msteams","integrationIdentifier":"i","subscriberId":null,
	"contextKeys":["tenant:acme"],"workspace":{"id":"w","name":null,"region":"eu"},"auth":{"accessToken":"app-only","expires":5},
	"createdAt":"2026-11-23T16:36:05.025Z","updatedAt":"2026-11-23T16:36:05.025Z","brandNew":{"a":[1]}}`

func TestSuccessInEveryShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*novu.Client{
		"wrapped":            answering(t, 200, `{"data":`+connectionJSON+`}`),
		"bare":               answering(t, 200, connectionJSON),
		"undeclared 2xx":     answering(t, 207, `{"data":`+connectionJSON+`}`),
		"wrong content type": answering(t, 200, `{"data":`+connectionJSON+`}`, "Content-Type", "text/html"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.ChannelConnections.Get(t.Context(), "c1")
			require.NoError(t, err)
			assert.Equal(t, "c1", got.Identifier)
			assert.Empty(t, got.SubscriberID, "null for a string")
			assert.Equal(t, map[string]any{"name": nil, "region": "eu"}, got.Workspace.Extra)
			assert.Equal(t, novu.SecretMap{"expires": 5.0}, got.Auth.Extra)
			assert.Equal(t, time.Date(2026, 11, 23, 16, 36, 5, 25e6, time.UTC), got.CreatedAt)
		})
	}
	t.Run("a context has a field named data", func(t *testing.T) {
		t.Parallel()
		for _, body := range []string{`{"data":{"type":"tenant","id":"a","data":{"x":1}}}`, `{"type":"tenant","id":"a","data":{"x":1}}`} {
			got, err := answering(t, 200, body).Contexts.Get(t.Context(), "tenant", "a")
			require.NoError(t, err)
			assert.Equal(t, "a", got.ID)
			assert.Equal(t, map[string]any{"x": 1.0}, got.Data)
		}
	})
	t.Run("unknown enum values", func(t *testing.T) {
		t.Parallel()
		got, err := answering(t, 200, `{"data":{"type":"hologram","endpoint":{"beam":7,"room":{"id":1}},"channel":"smoke","providerId":"x"}}`).
			ChannelEndpoints.Get(t.Context(), "e")
		require.NoError(t, err)
		assert.Equal(t, novu.ChannelType("smoke"), got.Channel)
		assert.Equal(t, novu.RawEndpoint{EndpointType: "hologram", Raw: []byte(`{"beam":7,"room":{"id":1}}`)}, got.Endpoint)
	})
	t.Run("a bare array for a list", func(t *testing.T) {
		t.Parallel()
		page, err := answering(t, 200, `[{"identifier":"a"}]`).ChannelEndpoints.List(t.Context(), novu.ListChannelEndpointsParams{})
		require.NoError(t, err)
		assert.Len(t, page.Data, 1)
	})
}

// A success that can't be read keeps its status and says what came.
func TestUnreadableSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"HTML": "<html><body>Bad gateway</body></html>", "empty": "", "blank": " \n", "null": `{"data":null}`,
		"half": `{"data":{"identifier":"c`, "array": `{"data":[1]}`, "string": `"hello"`, "number": `{"data":{"identifier":5}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, 200, body).ChannelConnections.Get(t.Context(), "c1")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 200, e.StatusCode)
			assert.Contains(t, err.Error(), "get channel connection: 200 OK")
			assert.Contains(t, err.Error(), "can't be read")
			if name == "HTML" {
				assert.Contains(t, err.Error(), "Bad gateway")
				assert.Equal(t, body, string(e.Body))
			}
		})
	}
}

func TestErrorAnswers(t *testing.T) {
	t.Parallel()
	general := `{"statusCode":422,"path":"/v1/x?a=b","message":"Validation Error","ctx":{},"errors":{"general":{"messages":["a must be b","c must be d"],"value":"No Value Recorded"}}}`
	tests := map[string]struct {
		status int
		body   string
		is     error
		text   string // part of Error
		check  func(*testing.T, *novu.Error)
	}{
		"general": {422, general, novu.ErrValidation, "422 Unprocessable Entity: Validation Error; a must be b; c must be d", func(t *testing.T, e *novu.Error) {
			assert.Equal(t, map[string][]string{"general": {"a must be b", "c must be d"}}, e.Fields)
			assert.Equal(t, "/v1/x?a=b", e.Path)
		}},
		"by field": {422, `{"message":"Validation failed for Command: endpoint: no","errors":{"endpoint":{"messages":["no"],"value":{"channelId":"c"}},"zip":{"messages":["is odd"]}}}`,
			novu.ErrValidation, "Validation failed for Command: endpoint: no; zip is odd", func(t *testing.T, e *novu.Error) {
				assert.Equal(t, []string{"is odd"}, e.Fields["zip"])
			}},
		"array": {400, `{"type":"PAYLOAD_VALIDATION_ERROR","message":"Payload validation failed","errors":[{"field":"name","message":"is required","value":null,"schemaPath":"#/x"}]}`,
			novu.ErrValidation, "Payload validation failed; name is required", func(t *testing.T, e *novu.Error) {
				assert.Equal(t, map[string][]string{"name": {"is required"}}, e.Fields)
			}},
		"errors of no shape": {422, `{"message":"no","errors":"what"}`, novu.ErrValidation, "no", nil},
		"message array":      {400, `{"message":["one","two"]}`, novu.ErrValidation, "one; two", nil},
		"message object":     {400, `{"message":{"a":1}}`, novu.ErrValidation, `"{\"message\":{\"a\":1}}"`, nil},
		"workflow":           {422, `{"message":"workflow_not_found"}`, novu.ErrValidation, "workflow_not_found", nil},
		"401":                {401, `{"message":"API Key not found"}`, novu.ErrUnauthorized, "check the environment's secret key", nil},
		"401 echo":           {401, `{"message":"Invalid authentication scheme: \"key-canary\""}`, novu.ErrUnauthorized, "[redacted]", nil},
		"403":                {403, `{"message":"no"}`, novu.ErrForbidden, "403 Forbidden: no", nil},
		"404":                {404, `{"message":"Channel endpoint nope not found"}`, novu.ErrNotFound, "nope not found", nil},
		"404 feature":        {404, `{"message":"Feature not enabled"}`, novu.ErrFeatureNotEnabled, "IS_SLACK_TEAMS_ENABLED", nil},
		"404 route":          {404, `{"message":"Cannot POST /v1/x"}`, novu.ErrRouteNotFound, "older than this route", nil},
		"404 of a proxy":     {404, `<h1>nginx</h1>`, novu.ErrRouteNotFound, "<h1>nginx</h1>", nil},
		"409":                {409, `{"message":"exists"}`, novu.ErrConflict, "exists", nil},
		"413":                {413, ``, novu.ErrPayloadTooLarge, "413 Request Entity Too Large", nil},
		"429":                {429, ``, novu.ErrRateLimited, "429 Too Many Requests", nil},
		"500": {500, `{"message":"Internal server error","errorId":"e-1"}`, novu.ErrServer, "errorId e-1", func(t *testing.T, e *novu.Error) {
			assert.Equal(t, "e-1", e.ErrorID)
		}},
		"502 HTML": {502, "<html>" + strings.Repeat("x", 9000), novu.ErrServer, "<html>xxx", func(t *testing.T, e *novu.Error) {
			assert.Len(t, e.Body, 4096)
			assert.Less(t, len(e.Error()), 400)
		}},
		"301": {301, ``, nil, "does not redirect", nil},
		"418": {418, `{"message":"tea"}`, nil, "tea", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, tt.status, tt.body).ChannelEndpoints.Get(t.Context(), "nope")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, tt.status, e.StatusCode)
			assert.True(t, strings.HasPrefix(err.Error(), "novu: get channel endpoint: "), err.Error())
			assert.Contains(t, err.Error(), tt.text)
			assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", err, *e, e, e.Body), "canary")
			for _, sentinel := range sentinels {
				assert.Equal(t, errors.Is(tt.is, sentinel), errors.Is(err, sentinel), "%v", sentinel)
			}
			if tt.check != nil {
				tt.check(t, e)
			}
		})
	}
}

func TestErrorDetails(t *testing.T) {
	t.Parallel()
	c := answering(t, 503, `{"message":"Service Unavailable"}`, "Retry-After", "120", "Idempotency-Replay", "true")
	var resp novu.Response
	_, err := c.ChannelEndpoints.Create(t.Context(), endpointOf(teamsEnd), novu.WithIdempotencyKey("k"), novu.WithResponse(&resp))
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 2*time.Minute, e.RetryAfter)
	assert.True(t, e.Replayed)
	assert.Equal(t, 1, e.Attempts)
	assert.Contains(t, err.Error(), "use a new key")
	assert.Equal(t, 503, resp.StatusCode)
}

func TestResponse(t *testing.T) {
	t.Parallel()
	c := answering(t, 200, `{"data":[{"credentials":{"secretKey":"canary"}}]}`, "RateLimit-Limit", "15", "RateLimit-Remaining", "7",
		"RateLimit-Reset", "2", "RateLimit-Policy", `15;w=5;burst=16`, "X-Other", "y")
	var resp novu.Response
	_, err := c.Integrations.List(t.Context(), novu.WithResponse(&resp))
	require.NoError(t, err)
	assert.Equal(t, novu.RateLimit{Limit: 15, Remaining: 7, Reset: 2 * time.Second, Policy: "15;w=5;burst=16"}, resp.RateLimit)
	assert.Equal(t, "y", resp.Header.Get("X-Other"))
	assert.Contains(t, string(resp.Body), "canary", "the raw body is the caller's")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.NotContains(t, fmt.Sprintf(verb, resp)+fmt.Sprintf(verb, &resp), "canary")
	}
}

var sentinels = []error{
	novu.ErrInvalidParams, novu.ErrUnauthorized, novu.ErrForbidden, novu.ErrNotFound, novu.ErrConflict, novu.ErrValidation,
	novu.ErrRateLimited, novu.ErrPayloadTooLarge, novu.ErrServer, novu.ErrFeatureNotEnabled, novu.ErrRouteNotFound, novu.ErrCursorLost,
}
