package novu_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// sentinels are the kinds of errors, of which an error has at most one.
var sentinels = []error{
	novu.ErrInvalidParams, novu.ErrUnauthorized, novu.ErrForbidden, novu.ErrNotFound, novu.ErrConflict, novu.ErrValidation,
	novu.ErrRateLimited, novu.ErrPayloadTooLarge, novu.ErrServer, novu.ErrFeatureNotEnabled, novu.ErrRouteNotFound, novu.ErrCursorLost,
}

func TestErrorAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		answer string
		is     error // nil for none of the sentinels
		text   string
		fields map[string][]string
		check  func(*testing.T, *novu.Error)
	}{
		"messages that name no field": {
			status: http.StatusUnprocessableEntity,
			answer: `{"statusCode":422,"path":"/v1/x?a=b","message":"Validation Error","ctx":{},
				"errors":{"general":{"messages":["a must be b","c must be d"],"value":"No Value Recorded"}}}`,
			is: novu.ErrValidation, text: "422 Unprocessable Entity: Validation Error; a must be b; c must be d",
			fields: map[string][]string{"general": {"a must be b", "c must be d"}},
			check:  func(t *testing.T, e *novu.Error) { assert.Equal(t, "/v1/x?a=b", e.Path) },
		},
		"messages by field": {
			status: http.StatusUnprocessableEntity,
			answer: `{"message":"Validation failed for Command: endpoint: no",
				"errors":{"endpoint":{"messages":["no"],"value":{"channelId":"c"}},"zip":{"messages":["is odd"]}}}`,
			is: novu.ErrValidation, text: "Validation failed for Command: endpoint: no; zip is odd",
			fields: map[string][]string{"endpoint": {"no"}, "zip": {"is odd"}},
		},
		"a list of messages": {
			status: http.StatusBadRequest,
			answer: `{"type":"PAYLOAD_VALIDATION_ERROR","message":"Payload validation failed",
				"errors":[{"field":"name","message":"is required","value":null,"schemaPath":"#/x"}]}`,
			is: novu.ErrValidation, text: "Payload validation failed; name is required",
			fields: map[string][]string{"name": {"is required"}},
		},
		"errors of no known shape": {
			status: http.StatusUnprocessableEntity, answer: `{"message":"no","errors":"what"}`,
			is: novu.ErrValidation, text: "422 Unprocessable Entity: no", fields: map[string][]string{},
		},
		"several messages": {
			status: http.StatusBadRequest, answer: `{"message":["one","two"]}`,
			is: novu.ErrValidation, text: "400 Bad Request: one; two",
		},
		"a message that is no text": {
			status: http.StatusBadRequest, answer: `{"message":{"a":1}}`,
			is: novu.ErrValidation, text: `"{\"message\":{\"a\":1}}"`,
		},
		"an unknown key": {
			status: http.StatusUnauthorized, answer: `{"message":"API Key not found"}`,
			is: novu.ErrUnauthorized, text: "check the environment's secret key",
		},
		"an echo of the key": {
			status: http.StatusUnauthorized, answer: `{"message":"Invalid authentication scheme: \"key-canary\""}`,
			is: novu.ErrUnauthorized, text: "[redacted]",
		},
		"forbidden": {status: http.StatusForbidden, answer: `{"message":"no"}`, is: novu.ErrForbidden, text: "403 Forbidden: no"},
		"not found": {
			status: http.StatusNotFound, answer: `{"message":"Channel endpoint nope not found"}`,
			is: novu.ErrNotFound, text: "nope not found",
		},
		"the feature is off": {
			status: http.StatusNotFound, answer: `{"message":"Feature not enabled"}`,
			is: novu.ErrFeatureNotEnabled, text: "IS_SLACK_TEAMS_ENABLED",
		},
		"no such route": {
			status: http.StatusNotFound, answer: `{"message":"Cannot POST /v1/x"}`,
			is: novu.ErrRouteNotFound, text: "Cannot POST /v1/x",
		},
		"not found by a proxy": {status: http.StatusNotFound, answer: `<h1>nginx</h1>`, is: novu.ErrRouteNotFound, text: "<h1>nginx</h1>"},
		"conflict":             {status: http.StatusConflict, answer: `{"message":"exists"}`, is: novu.ErrConflict, text: "409 Conflict: exists"},
		"too large":            {status: http.StatusRequestEntityTooLarge, is: novu.ErrPayloadTooLarge, text: "413 Request Entity Too Large"},
		"too many requests":    {status: http.StatusTooManyRequests, is: novu.ErrRateLimited, text: "429 Too Many Requests"},
		"a server error": {
			status: http.StatusInternalServerError, answer: `{"message":"Internal server error","errorId":"e-1"}`,
			is: novu.ErrServer, text: "errorId e-1",
			check: func(t *testing.T, e *novu.Error) { assert.Equal(t, "e-1", e.ErrorID) },
		},
		"a long page of a proxy": {
			status: http.StatusBadGateway, answer: "<html>" + strings.Repeat("x", 9000),
			is: novu.ErrServer, text: "<html>xxx",
			check: func(t *testing.T, e *novu.Error) {
				assert.Len(t, e.Body, 4096)
				assert.Less(t, len(e.Error()), 400)
			},
		},
		"a redirect":       {status: http.StatusMovedPermanently, text: "does not redirect"},
		"an unused status": {status: http.StatusTeapot, answer: `{"message":"tea"}`, text: "tea"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(tt.status, tt.answer))
			_, err := mocked(t, mock).ChannelEndpoints.Get(t.Context(), "nope")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, tt.status, e.StatusCode)
			assert.Equal(t, tt.fields, e.Fields)
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
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusServiceUnavailable, `{"message":"Service Unavailable"}`)
		resp.Header = http.Header{"Retry-After": {"120"}, "Idempotency-Replay": {"true"}}
		return resp, nil
	})
	var resp novu.Response
	_, err := createEndpoint(newEndpoint, novu.WithIdempotencyKey("k"), novu.WithResponse(&resp))(t.Context(), mocked(t, mock))
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, 2*time.Minute, e.RetryAfter)
	assert.True(t, e.Replayed)
	assert.Equal(t, 1, e.Attempts)
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
}
