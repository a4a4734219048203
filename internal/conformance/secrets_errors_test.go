package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// parrot answers with whatever it was sent, in the shapes of each service's
// errors, or fails with an error that repeats it.
type parrot struct {
	status int  // 0: no answer
	token  bool // the token endpoint gives tokens

	mu   sync.Mutex
	wire strings.Builder
}

func (p *parrot) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	said := fmt.Sprint(r.URL.String(), r.Header, string(body))
	p.mu.Lock()
	p.wire.WriteString(said)
	p.mu.Unlock()
	switch {
	case p.token && strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		return canned200(map[string]any{"access_token": canary + "-token", "expires_in": 3599}), nil
	case p.status == 0:
		return nil, &url.Error{Op: r.Method, URL: r.URL.String(), Err: errors.New("broken: " + said)}
	}
	answer, _ := json.Marshal(map[string]any{
		"message": said, "path": r.URL.String(), "errors": map[string]any{"general": map[string]any{"messages": []string{said}, "value": said}},
		"error": map[string]any{"code": "Forbidden", "message": said}, "error_description": "AADSTS7000215: " + said, "errorId": "1",
	})
	resp := canned(p.status, "Location", "https://elsewhere.example/?"+url.QueryEscape(said), "X-Echo", "echo")
	resp.Body = io.NopCloser(strings.NewReader(string(answer)))
	return resp, nil
}

func canned200(v any) *http.Response {
	data, _ := json.Marshal(v)
	resp := canned(http.StatusOK)
	resp.Body = io.NopCloser(strings.NewReader(string(data)))
	return resp
}

// calls are those that carry a secret in each place where one can be: the key,
// parameters, tokens, the webhook's URL.
func calls(t *testing.T, rt http.RoundTripper, logger *slog.Logger, secret string) map[string]func(context.Context) error {
	t.Helper()
	hc := &http.Client{Transport: rt}
	flow := strings.TrimSuffix(secretFlow, canary) + secret
	once := novu.RetryPolicy{MaxAttempts: 2, MinWait: time.Microsecond, MaxWait: time.Microsecond}
	c, err := novu.NewClient(secret, novu.WithHTTPClient(hc), novu.WithLogger(logger), novu.WithRetryPolicy(once))
	require.NoError(t, err)
	ms, err := msteams.NewClient(msteams.Credentials{ClientID: "c", ClientSecret: novu.Secret(secret), TenantID: "home.example"},
		msteams.WithHTTPClient(hc), msteams.WithLogger(logger), msteams.WithRetryPolicy(once))
	require.NoError(t, err)
	tenant := ms.Tenant(customer)
	hooks, err := webhook.NewClient(webhook.WithHTTPClient(hc), webhook.WithLogger(logger), webhook.WithRetryPolicy(once))
	require.NoError(t, err)
	to, err := webhook.ParseURL(flow)
	require.NoError(t, err)
	credentials := novu.MSTeamsCredentials{ClientID: "c", ClientSecret: novu.Secret(secret + "-client"), TenantID: "t"}
	place, auth := novu.Workspace{ID: customer}, novu.ConnectionAuth{AccessToken: novu.Secret(secret + "-access"), RefreshToken: novu.Secret(secret + "-refresh")}
	endpoint := novu.WebhookEndpoint{URL: novu.Secret(flow)}
	return map[string]func(context.Context) error{
		"ping":              func(ctx context.Context) error { _, err := c.Ping(ctx); return err },
		"list integrations": func(ctx context.Context) error { _, err := c.Integrations.List(ctx); return err },
		"create integration": func(ctx context.Context) error {
			_, err := c.Integrations.Create(ctx, novu.CreateIntegrationParams{Credentials: credentials})
			return err
		},
		"update integration": func(ctx context.Context) error {
			_, err := c.Integrations.Update(ctx, "0123456789abcdef01234567", novu.UpdateIntegrationParams{Credentials: credentials})
			return err
		},
		"create connection": func(ctx context.Context) error {
			_, err := c.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
				IntegrationIdentifier: teams, SubscriberID: someone, Workspace: place, Auth: auth,
			})
			return err
		},
		"update connection": func(ctx context.Context) error {
			_, err := c.ChannelConnections.Update(ctx, "x", novu.UpdateChannelConnectionParams{Workspace: place, Auth: auth})
			return err
		},
		"create endpoint": func(ctx context.Context) error {
			_, err := c.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
				IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: endpoint,
			})
			return err
		},
		"update endpoint": func(ctx context.Context) error {
			_, err := c.ChannelEndpoints.Update(ctx, "x", novu.UpdateChannelEndpointParams{Endpoint: novu.RawEndpoint{
				EndpointType: novu.EndpointPagerDutyService, Raw: []byte(`{"routingKey":"` + secret + `-routing"}`),
			}})
			return err
		},
		"connect URL": func(ctx context.Context) error {
			_, err := c.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{IntegrationIdentifier: teams, SubscriberID: someone})
			return err
		},
		"trigger": func(ctx context.Context) error {
			_, err := c.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)})
			return err
		},
		"graph token": func(ctx context.Context) error { _, err := tenant.GraphToken(ctx); return err },
		"bot token":   func(ctx context.Context) error { _, err := ms.BotToken(ctx); return err },
		"teams": func(ctx context.Context) error {
			for _, err := range tenant.Teams(ctx, msteams.ListTeamsParams{}) {
				return err
			}
			return nil
		},
		"directory": func(ctx context.Context) error {
			for _, err := range tenant.Directory(ctx) {
				return err
			}
			return nil
		},
		"send to user": func(ctx context.Context) error {
			_, err := tenant.SendToUser(ctx, "29:x", msteams.Message{Text: text})
			return err
		},
		"webhook": func(ctx context.Context) error { _, err := hooks.Send(ctx, to, webhook.Text(text)); return err },
	}
}

// Whatever a server or the transport says, however much of the request it
// repeats, no error and no log line has a secret, down to what it wraps.
func TestNoErrorAndNoLogShowsASecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 200, 302, 400, 401, 403, 404, 408, 409, 412, 413, 422, 429, 500, 502, 503} {
		for _, token := range []bool{true, false} {
			t.Run(fmt.Sprintf("%d, token %t", status, token), func(t *testing.T) {
				t.Parallel()
				var lines lockedBuffer
				rt := &parrot{status: status, token: token}
				logger := slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
				for name, call := range calls(t, rt, logger, canary) {
					err := call(t.Context())
					assert.True(t, err != nil || status == 200 || token && strings.HasSuffix(name, "token"), "%s", name)
					assertChainHidden(t, err)
				}
				assertHidden(t, lines.String())
				assert.NotEmpty(t, lines.String())
				assert.Contains(t, rt.wire.String(), canary, "the wire is where it belongs")
			})
		}
	}
}

// assertChainHidden looks at an error and at all that it wraps, since a handler
// may print any of it.
func assertChainHidden(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	assertHidden(t, prints(err, someVerbs))
	switch wraps := err.(type) { //nolint:errorlint // each layer by itself
	case interface{ Unwrap() error }:
		assertChainHidden(t, wraps.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range wraps.Unwrap() {
			assertChainHidden(t, one)
		}
	}
}

// A success that can't be read may hold secrets that this side has never seen.
func TestAnAnswerThatBreaksOffShowsNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"data":[{"identifier":"teams","credentials":{"secretKey":"` + canary, `{"data":{"url":"https://x.example/?state=` + canary, `{"access_token":"` + canary + `","expires_in":[]}`,
		`{"value":["` + canary + `"`, `{"id":"` + canary,
	} {
		var lines lockedBuffer
		rt := roundTripper(func(*http.Request) (*http.Response, error) {
			resp := canned(http.StatusOK)
			resp.Body = io.NopCloser(strings.NewReader(body))
			return resp, nil
		})
		logger := slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
		for _, call := range calls(t, rt, logger, "another-secret") {
			assertChainHidden(t, call(t.Context()))
		}
		assertHidden(t, lines.String())
	}
}

// What a doctor reports of a chain full of secrets has none of them.
func TestNoReportShowsASecret(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	srv := novutest.NewServer(t, novutest.WithSecretKey(canary), novutest.WithFixture(novutest.Fixture{
		Integrations: []any{object{
			"identifier": teams, "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": object{"clientId": "app", "secretKey": canary + "-client", "tenantId": customer},
		}},
		Subscribers: []any{object{"subscriberId": someone}},
		Connections: []any{object{
			"identifier": "conn", "integrationIdentifier": teams, "subscriberId": someone, "workspace": object{"id": customer},
			"auth": object{"accessToken": canary + "-access"},
		}},
		Endpoints: []any{
			object{"integrationIdentifier": teams, "subscriberId": someone, "type": "webhook", "endpoint": object{"url": secretFlow}},
			object{"integrationIdentifier": teams, "subscriberId": someone, "type": "webhook", "endpoint": object{"url": "https://x.webhook.office.com/" + canary}},
			object{
				"integrationIdentifier": teams, "subscriberId": someone, "connectionIdentifier": "conn", "type": "ms_teams_channel",
				"endpoint": object{"teamId": team, "channelId": builds},
			},
		},
	}))
	d, err := doctor.New(srv.Client(), doctor.WithMSTeams(srv.MSTeams()))
	require.NoError(t, err)
	for _, fault := range []novutest.Fault{{}, novutest.SignInFault(7000215), novutest.HTMLFault(502)} {
		if fault.Status != 0 {
			srv.Inject(fault)
		}
		report, err := d.Examine(t.Context(), doctor.Question{SubscriberID: someone, WorkflowID: "none"})
		require.NoError(t, err)
		assert.NotEmpty(t, report.Findings)
		assertHidden(t, prints(report, verbs))
		assertChainHidden(t, report.Err())
		srv.ClearFaults()
	}
}

// What panics, panics without a secret; and what need not panic does not.
func TestNoPanicShowsASecret(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithSecretKey(canary))
	bad := "https://user:" + canary + "@novu.example"
	for name, f := range map[string]func(){
		"novutest.Server.Client":     func() { srv.Client(novu.WithBaseURL(bad)) },
		"novutest.Server.MSTeams":    func() { srv.MSTeams(msteams.WithEndpoints(msteams.Endpoints{Login: bad})) },
		"novutest.Server.Client nil": func() { srv.Client(nil) },
		"a zero novu.Client":         func() { _, _ = new(novu.Client).Ping(t.Context()) },
		"a zero msteams.Client":      func() { _, _ = new(msteams.Client).BotToken(t.Context()) },
		"a zero webhook.Client": func() {
			to, err := webhook.ParseURL(secretFlow)
			require.NoError(t, err)
			_, _ = new(webhook.Client).Send(t.Context(), to, webhook.Text(text))
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { assertHidden(t, prints(fmt.Sprint(recover()), someVerbs)) }()
			f()
		})
	}
	for name, call := range calls(t, http.DefaultTransport, nil, canary) {
		t.Run(name+" without a context", func(t *testing.T) {
			assert.NotPanics(t, func() { assertChainHidden(t, call(nil)) }) //nolint:staticcheck // a mistake that is answered
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// lockedBuffer takes log lines from many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
