package novu_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// silent returns a client that fails the test if it sends anything.
func silent(t *testing.T) *novu.Client {
	t.Helper()
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("sent %s %s", r.Method, r.URL)
		return nil, http.ErrAbortHandler
	})}))
	require.NoError(t, err)
	return c
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
	place = novu.Workspace{ID: "tenant"}
	auth  = novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken}
)

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
