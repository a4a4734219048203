package novu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// played answers one request after the other. An answer of status 0 breaks the connection.
type played struct {
	answers []playedAnswer
	sent    []*http.Request
	bodies  []string
}

type playedAnswer struct {
	status int
	body   string
	header http.Header
}

func (s *played) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, _ := io.ReadAll(r.Body)
		body = string(data)
	}
	s.sent, s.bodies = append(s.sent, r), append(s.bodies, body)
	if len(s.answers) == 0 {
		return nil, errors.New("nothing more was scripted")
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	if a.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := httpmock.NewStringResponse(a.status, a.body)
	if a.header != nil {
		resp.Header = a.header
	}
	return resp, nil
}

// patient is a client that repeats, without waiting long.
func patient(t *testing.T, s *played) *novu.Client {
	t.Helper()
	return mocked(t, s, novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond}))
}

// calls are one of each kind of call.
var calls = map[string]call{
	"endpoint":     func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.Get(ctx, "x") },
	"connection":   func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelConnections.Get(ctx, "x") },
	"subscriber":   func(ctx context.Context, c *novu.Client) (any, error) { return c.Subscribers.Get(ctx, "x") },
	"context":      func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Get(ctx, "tenant", "x") },
	"workflow":     func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.Get(ctx, "x") },
	"notification": func(ctx context.Context, c *novu.Client) (any, error) { return c.Notifications.Get(ctx, hexID) },
	"environment":  func(ctx context.Context, c *novu.Client) (any, error) { return c.Environment(ctx) },
	"ping":         func(ctx context.Context, c *novu.Client) (any, error) { return c.Ping(ctx) },
	"integrations": func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.List(ctx) },
	"endpoints": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{})
	},
	"workflows": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.Workflows.List(ctx, novu.ListWorkflowsParams{})
	},
	"notifications": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.Notifications.List(ctx, novu.ListNotificationsParams{})
	},
	"connect URL": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "acme"})
	},
	"trigger":         func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Trigger(ctx, newEvent) },
	"create endpoint": createEndpoint(newEndpoint),
	"update endpoint": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.ChannelEndpoints.Update(ctx, "alerts", novu.UpdateChannelEndpointParams{Endpoint: channel})
	},
	"create workflow": func(ctx context.Context, c *novu.Client) (any, error) {
		return c.Workflows.Create(ctx, novu.CreateWorkflowParams{Name: "n", WorkflowID: "w"})
	},
}

// A server that is down for maintenance, or a proxy in front of it, answers 200 with something
// else.
func TestAnAnswerMustHoldWhatItIsAbout(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"status":"maintenance"}`, `{}`, `{"data":{}}`, `{"data":null}`, `null`, `[]x`, `"maintenance"`, `<html>Down</html>`, ``,
		"\ufeff{\"data\":{\"secretKey\":\"canary\"}}", ")]}'{\"secretKey\":\"canary\"}", "\x00{\"a\":\"canary\"}",
	} {
		for name, act := range calls {
			t.Run(name+"/"+body, func(t *testing.T) {
				t.Parallel()
				mock := httpmock.NewMockTransport()
				mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, body))
				got, err := act(t.Context(), mocked(t, mock))
				assert.Empty(t, got)
				require.ErrorIs(t, err, novu.ErrBadAnswer)
				assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), "canary")
				var e *novu.Error
				require.ErrorAs(t, err, &e)
				assert.NotContains(t, string(e.Body), "canary")
			})
		}
	}
}

// Somebody else's identifier in the answer to a create: it is read back, and never taken for ours.
func TestACreateAnsweredWithSomebodyElsesIdentifier(t *testing.T) {
	t.Parallel()
	params := newEndpoint
	params.Identifier = "mine"
	s := &played{answers: []playedAnswer{{status: 201, body: `{"data":` + endpointJSON + `}`}, {status: 404, body: `{"message":"none"}`}}}
	_, err := patient(t, s).ChannelEndpoints.Create(t.Context(), params)
	require.ErrorIs(t, err, novu.ErrOutcomeUnknown)
	require.ErrorIs(t, err, novu.ErrBadAnswer)
	require.NotErrorIs(t, err, novu.ErrNotFound)

	ours := strings.ReplaceAll(strings.ReplaceAll(endpointJSON, `"alerts"`, `"mine"`), `"teams-acme"`, `null`)
	ours = strings.ReplaceAll(ours, `["tenant:acme"]`, `[]`)
	s = &played{answers: []playedAnswer{{status: 201, body: `{"data":` + endpointJSON + `}`}, {status: 200, body: `{"data":` + ours + `}`}}}
	got, err := patient(t, s).ChannelEndpoints.Create(t.Context(), params)
	require.NoError(t, err)
	assert.Equal(t, "mine", got.Identifier)
}

// The read-back compares all that was sent.
func TestTheReadBackComparesEverything(t *testing.T) {
	t.Parallel()
	integration := novu.CreateIntegrationParams{
		Name: "n", Identifier: "i", Active: true,
		Credentials: novu.MSTeamsCredentials{ClientID: "c", ClientSecret: "s", TenantID: "t", RedirectURL: "https://r", Extra: novu.SecretMap{"x": "y"}},
	}
	connection := novu.CreateChannelConnectionParams{
		Identifier: "i", IntegrationIdentifier: "teams", SubscriberID: "acme",
		Workspace: novu.Workspace{ID: "w", Name: "n", Extra: map[string]any{"a": 1.0}},
		Auth:      novu.ConnectionAuth{AccessToken: "a", RefreshToken: "r", Extra: novu.SecretMap{"b": "c"}},
	}
	const stored = `{"identifier":"i","name":"n","active":true,"providerId":"msteams","channel":"chat","_environmentId":"env",
		"integrationIdentifier":"teams","subscriberId":"acme","contextKeys":[],"workspace":{"id":"w","name":"n","a":1},
		"auth":{"accessToken":"a","refreshToken":"r","b":"c"},
		"credentials":{"clientId":"c","secretKey":"s","tenantId":"t","redirectUrl":"https://r","x":"y"}}`
	acts := map[string]struct {
		act     call
		list    bool
		changes map[string]string // what is stored otherwise
	}{
		"integration": {
			act:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.Create(ctx, integration) },
			list: true,
			changes: map[string]string{
				`"tenantId":"t"`: `"tenantId":"other"`, `"redirectUrl":"https://r"`: `"redirectUrl":"https://other"`, `"x":"y"`: `"x":"z"`,
				`"secretKey":"s"`: `"secretKey":"other"`, `"name":"n"`: `"name":"other"`, `"active":true`: `"active":false`,
			},
		},
		"connection": {
			act: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Create(ctx, connection)
			},
			changes: map[string]string{
				`"id":"w","name":"n"`: `"id":"w","name":"other"`, `"refreshToken":"r"`: `"refreshToken":"other"`, `"a":1`: `"a":2`, `"b":"c"`: `"b":"d"`,
				`"accessToken":"a"`: `"accessToken":"other"`, `"subscriberId":"acme"`: `"subscriberId":"other"`, `"contextKeys":[]`: `"contextKeys":["tenant:acme"]`,
			},
		},
	}
	for name, tt := range acts {
		changes := map[string]string{"": ""}
		for from, to := range tt.changes {
			changes[from] = to
		}
		for from, to := range changes {
			t.Run(name+"/"+to, func(t *testing.T) {
				t.Parallel()
				found := strings.Replace(stored, from, to, 1)
				s := &played{answers: []playedAnswer{{}, {status: 409, body: `{"message":"exists"}`}}}
				if tt.list {
					s.answers = append(s.answers, playedAnswer{status: 200, body: `{"data":{"_id":"env"}}`}, playedAnswer{status: 200, body: `{"data":[` + found + `]}`})
				} else {
					s.answers = append(s.answers, playedAnswer{status: 200, body: `{"data":` + found + `}`})
				}
				_, err := tt.act(t.Context(), patient(t, s))
				if from == "" {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, novu.ErrConflict)
				}
			})
		}
	}
}

// The read-back is sent with the call's headers, and where it fails nobody knows.
func TestTheReadBackBehindAGateway(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]playedAnswer{
		"refused":   {status: 403, body: `{"message":"no"}`},
		"not there": {status: 404, body: `{"message":"no"}`},
		"broken":    {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &played{answers: []playedAnswer{{}, {status: 409, body: `{"message":"exists"}`}, answer, answer, answer, answer}}
			_, err := patient(t, s).ChannelEndpoints.Create(t.Context(), newEndpoint, novu.WithHeader("X-Gateway", "pass"))
			require.ErrorIs(t, err, novu.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, novu.ErrConflict)
			require.NotErrorIs(t, err, novu.ErrNotFound)
			for _, r := range s.sent {
				assert.Equal(t, "pass", r.Header.Get("X-Gateway"))
			}
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			var sent struct{ Identifier string }
			require.NoError(t, json.Unmarshal([]byte(s.bodies[0]), &sent))
			assert.Equal(t, sent.Identifier, e.Identifier, "the made identifier is in the error")
			assert.Contains(t, err.Error(), sent.Identifier)
		})
	}
}

// FailIfExists is a lock: who did not get it for certain is told so.
func TestFailIfExists(t *testing.T) {
	t.Parallel()
	stored := playedAnswer{status: 200, body: `{"data":{"subscriberId":"new","firstName":"Ada"}}`}
	taken := playedAnswer{status: 409, body: `{"message":"exists"}`}
	tests := map[string]struct {
		before []playedAnswer
		key    string
		want   error
	}{
		"at once":               {want: novu.ErrConflict},
		"after a 429":           {before: []playedAnswer{{status: 429}}, want: novu.ErrConflict},
		"under a key":           {key: "mine", want: novu.ErrConflict},
		"after a broken one":    {before: []playedAnswer{{}}, want: novu.ErrOutcomeUnknown},
		"after a 500":           {before: []playedAnswer{{status: 500}}, want: novu.ErrOutcomeUnknown},
		"after a 503 and a 429": {before: []playedAnswer{{status: 503}, {status: 429}}, want: novu.ErrOutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts []novu.RequestOption
			if tt.key != "" {
				opts = append(opts, novu.WithIdempotencyKey(tt.key))
			}
			s := &played{answers: append(tt.before, taken, stored)}
			got, err := patient(t, s).Subscribers.Create(t.Context(), novu.CreateSubscriberParams{SubscriberID: "new", FirstName: "Ada", FailIfExists: true}, opts...)
			assert.Nil(t, got)
			require.ErrorIs(t, err, tt.want)
			for _, kind := range []error{novu.ErrConflict, novu.ErrOutcomeUnknown} {
				assert.Equal(t, errors.Is(kind, tt.want), errors.Is(err, kind), "%v", err)
			}
			assert.Len(t, s.answers, 1, "nothing is read back")
		})
	}
}

// What the call made is in its error, and in nothing else that is not.
func TestAFailedTriggerCarriesItsTransaction(t *testing.T) {
	t.Parallel()
	s := &played{answers: []playedAnswer{{status: 400, body: `{"message":"no"}`}}}
	_, err := patient(t, s).Events.Trigger(t.Context(), novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("acme")})
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	var sent struct{ TransactionID string }
	require.NoError(t, json.Unmarshal([]byte(s.bodies[0]), &sent))
	assert.NotEmpty(t, sent.TransactionID)
	assert.Equal(t, sent.TransactionID, e.TransactionID)
	assert.Contains(t, err.Error(), sent.TransactionID)
}

// One key, two bodies: two identifiers. The same key and body: the same one.
func TestMadeIdentifiersDeriveFromKeyAndBody(t *testing.T) {
	t.Parallel()
	transaction := func(event novu.TriggerParams) string {
		s := &played{answers: []playedAnswer{{status: 201, body: `{"data":{"acknowledged":true,"status":"processed"}}`}}}
		result, err := patient(t, s).Events.Trigger(t.Context(), event, novu.WithIdempotencyKey("order-7"))
		require.NoError(t, err)
		return result.TransactionID
	}
	a := novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("acme"), Payload: map[string]any{"n": 1}}
	b := novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("acme"), Payload: map[string]any{"n": 2}}
	assert.Equal(t, transaction(a), transaction(a))
	assert.NotEqual(t, transaction(a), transaction(b))

	bulk := func(events ...novu.TriggerParams) []string {
		answer := strings.Repeat(`,{"acknowledged":true,"status":"processed"}`, len(events))[1:]
		s := &played{answers: []playedAnswer{{status: 201, body: `{"data":[` + answer + `]}`}}}
		results, err := patient(t, s).Events.TriggerBulk(t.Context(), events, novu.WithIdempotencyKey("order-7"))
		require.NoError(t, err)
		var ids []string
		for _, r := range results {
			ids = append(ids, r.TransactionID)
		}
		return ids
	}
	both, alone, twice := bulk(a, b), bulk(b), bulk(a, b, a)
	assert.Equal(t, both[1], alone[0], "an event keeps its id whatever comes with it")
	assert.Equal(t, both, twice[:2])
	assert.NotContains(t, both, twice[2], "an equal event is another one")
}

// WithResponse tells of this call and no other.
func TestWithResponseOfAFailedCall(t *testing.T) {
	t.Parallel()
	var resp novu.Response
	s := &played{answers: []playedAnswer{{status: 200, body: `{"data":` + endpointJSON + `}`}, {}, {}, {}, {}}}
	c := patient(t, s)
	_, err := c.ChannelEndpoints.Get(t.Context(), "alerts", novu.WithResponse(&resp))
	require.NoError(t, err)
	require.Equal(t, 200, resp.StatusCode)
	_, err = c.ChannelEndpoints.Get(t.Context(), "", novu.WithResponse(&resp))
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	assert.Equal(t, novu.Response{}, resp)
	_, err = c.ChannelEndpoints.Get(t.Context(), "alerts", novu.WithResponse(&resp))
	require.Error(t, err)
	assert.Equal(t, novu.Response{Attempts: 4}, resp)
}

// A connect URL expires: it is asked for anew, whatever the key.
func TestAConnectURLIsNeverReplayed(t *testing.T) {
	t.Parallel()
	s := &played{answers: []playedAnswer{{status: 201, body: `{"data":{"url":"https://login.example/x"}}`}}}
	_, err := patient(t, s).Integrations.GenerateConnectOAuthURL(t.Context(),
		novu.ConnectOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "acme"}, novu.WithIdempotencyKey("mine"))
	require.NoError(t, err)
	assert.Empty(t, s.sent[0].Header.Get("Idempotency-Key"))
}

// What a server says reaches an error scrubbed as it is decoded, on one line, without control
// characters, and cut.
func TestWhatAServerSaysIsFitToBeShown(t *testing.T) {
	t.Parallel()
	escaped := ""
	for _, r := range "key-canary" {
		escaped += fmt.Sprintf(`\u%04x`, r)
	}
	body := `{"message":"no ` + escaped + `\nlevel=ERROR forged\u001b[31m ` + strings.Repeat("x", 60000) + `","errors":{"general":{"messages":["a\nb ` + escaped + `"]}},"errorId":"e\n1"}`
	s := &played{answers: []playedAnswer{{status: 422, body: body}}}
	_, err := mocked(t, s).ChannelEndpoints.Get(t.Context(), "x")
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	for _, text := range []string{err.Error(), e.Message, e.ErrorID, e.Fields["general"][0]} {
		assert.NotContains(t, text, "\n")
		assert.NotContains(t, text, "\x1b")
		assert.NotContains(t, text, "canary")
		assert.Less(t, len(text), 4<<10)
	}
	assert.LessOrEqual(t, len(e.Body), 4<<10)
	assert.NotContains(t, string(e.Body), escaped)

	s = &played{answers: []playedAnswer{{status: 201, body: `{"data":{"acknowledged":true,"status":"error","error":["no key-canary\nhere"]}}`}}}
	_, err = mocked(t, s).Events.Trigger(t.Context(), newEvent)
	require.ErrorContains(t, err, "no [redacted] here")
}
