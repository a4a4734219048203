package novu_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestSuccessInEveryShape(t *testing.T) {
	t.Parallel()
	getConnection := func(ctx context.Context, c *novu.Client) (any, error) {
		return c.ChannelConnections.Get(ctx, "teams-acme")
	}
	shape := func(status int, answer string) exchange {
		return exchange{
			call: getConnection, method: http.MethodGet, path: "/v1/channel-connections/teams-acme",
			status: status, answer: answer, want: &connection,
		}
	}
	runExchanges(t, map[string]exchange{
		"wrapped":                    shape(http.StatusOK, `{"data":`+connectionJSON+`}`),
		"bare":                       shape(http.StatusOK, connectionJSON),
		"with white space around it": shape(http.StatusOK, "\n { \"data\" : "+connectionJSON+"\n } \n"),
		"another 2xx":                shape(http.StatusMultiStatus, `{"data":`+connectionJSON+`}`),
		"unknown enum values": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.Get(ctx, "e") },
			method: http.MethodGet, path: "/v1/channel-endpoints/e",
			answer: `{"data":{"identifier":"e","type":"hologram","endpoint":{"beam":7},"channel":"smoke","providerId":"x"}}`,
			want: &novu.ChannelEndpoint{
				Identifier: "e", Channel: "smoke", ProviderID: "x", Endpoint: novu.RawEndpoint{EndpointType: "hologram", Raw: []byte(`{"beam":7}`)},
			},
		},
		"a bare array for a list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{})
			},
			method: http.MethodGet, path: "/v1/channel-endpoints",
			answer: `[` + endpointJSON + `]`,
			want:   &novu.Page[novu.ChannelEndpoint]{Data: []novu.ChannelEndpoint{endpoint}},
		},
	})
}

// A success that can't be read keeps its status and says what came.
func TestUnreadableSuccess(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"HTML": "<html><body>Bad gateway</body></html>", "empty": "", "blank": " \n", "null": `{"data":null}`,
		"half": `{"data":{"identifier":"c`, "array": `{"data":[1]}`, "string": `"hello"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, answer))
			_, err := mocked(t, mock).ChannelConnections.Get(t.Context(), "teams-acme")
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, http.StatusOK, e.StatusCode)
			assert.ErrorContains(t, err, "get channel connection: 200 OK")
			assert.ErrorContains(t, err, "can't be read")
			if name == "HTML" {
				assert.ErrorContains(t, err, "Bad gateway")
				assert.Equal(t, answer, string(e.Body))
			}
		})
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusOK, `{"data":[{"credentials":{"secretKey":"canary"}}]}`)
		for name, value := range map[string]string{
			"RateLimit-Limit": "15", "RateLimit-Remaining": "7", "RateLimit-Reset": "2", "RateLimit-Policy": `15;w=5;burst=16`, "X-Other": "y",
		} {
			resp.Header.Set(name, value)
		}
		return resp, nil
	})
	var resp novu.Response
	_, err := mocked(t, mock).Integrations.List(t.Context(), novu.WithResponse(&resp))
	require.NoError(t, err)
	assert.Equal(t, novu.RateLimit{Limit: 15, Remaining: 7, Reset: 2 * time.Second, Policy: "15;w=5;burst=16"}, resp.RateLimit)
	assert.Equal(t, "y", resp.Header.Get("X-Other"))
	assert.Equal(t, 1, resp.Attempts)
	assert.Contains(t, string(resp.Body), "canary", "the raw body is the caller's")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.NotContains(t, fmt.Sprintf(verb, resp)+fmt.Sprintf(verb, &resp), "canary")
	}
	text, err := resp.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "200 OK (1 attempts, 49 bytes)", string(text))
	assert.Equal(t, string(text), resp.LogValue().String())
}

// Headers that can't be read say nothing.
func TestResponseWithOddHeaders(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusOK, `{"data":[]}`)
		resp.Header = http.Header{"Ratelimit-Limit": {"many"}, "Ratelimit-Remaining": {"-1"}, "Ratelimit-Reset": {""}}
		return resp, nil
	})
	resp := novu.Response{StatusCode: 500}
	_, err := mocked(t, mock).Integrations.List(t.Context(), novu.WithResponse(&resp))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Zero(t, resp.RateLimit)
}

// A call that reaches nobody leaves no answer of an earlier one behind.
func TestResponseOfACallThatFails(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewErrorResponder(http.ErrHandlerTimeout))
	resp := novu.Response{StatusCode: http.StatusOK, Body: []byte("earlier")}
	_, err := mocked(t, mock).Integrations.List(t.Context(), novu.WithResponse(&resp))
	require.Error(t, err)
	assert.Zero(t, resp.StatusCode)
	assert.Empty(t, resp.Body)
}
