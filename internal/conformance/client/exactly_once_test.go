package client_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const (
	teams   = "teams"
	alert   = "build-failed"
	someone = "sub-1"
	hook    = "https://prod-01.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-canary"
)

// quick shortens the waits that no rule demands.
var quick = novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})

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
	return srv, srv.Client(quick)
}

// hooked is a webhook endpoint, which needs nothing else to receive a message.
func hooked(t *testing.T, c *novu.Client) {
	t.Helper()
	_, err := c.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
		IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: novu.WebhookEndpoint{URL: hook},
	})
	require.NoError(t, err)
}

func count[T any](t *testing.T, seq func(func(T, error) bool)) int {
	t.Helper()
	n := 0
	for _, err := range seq {
		require.NoError(t, err)
		n++
	}
	return n
}

// creations are the operations that would double if a repeat of what had
// succeeded unseen were carried out. Each reports how many there are afterwards.
var creations = map[string]struct {
	route string
	act   func(context.Context, *novu.Client) error
	count func(*testing.T, *novutest.Server, *novu.Client) int
}{
	"connection": {
		route: "/v1/channel-connections",
		act: func(ctx context.Context, c *novu.Client) error {
			got, err := c.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
				IntegrationIdentifier: teams, SubscriberID: someone, Workspace: place, Auth: auth, Context: acme,
			})
			if err == nil && got.Workspace.ID != place.ID {
				return fmt.Errorf("got %v", got)
			}
			return err
		},
		count: func(t *testing.T, _ *novutest.Server, c *novu.Client) int {
			return count(t, c.ChannelConnections.All(t.Context(), novu.ListChannelConnectionsParams{}))
		},
	},
	"endpoint": {
		route: "/v1/channel-endpoints",
		act: func(ctx context.Context, c *novu.Client) error {
			got, err := c.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
				IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: teamsEnd, Context: acme,
			})
			if err == nil && got.Endpoint != teamsEnd {
				return fmt.Errorf("got %v", got)
			}
			return err
		},
		count: func(t *testing.T, _ *novutest.Server, c *novu.Client) int {
			return count(t, c.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{}))
		},
	},
	"integration": {
		route: "/v1/integrations",
		act: func(ctx context.Context, c *novu.Client) error {
			got, err := c.Integrations.Create(ctx, novu.CreateIntegrationParams{
				Active: true, Credentials: novu.MSTeamsCredentials{ClientID: "a", ClientSecret: "b", TenantID: "c"},
			})
			if err == nil && got.Name != "MSTeams" { // its credentials are withheld
				return fmt.Errorf("got %v", got)
			}
			return err
		},
		count: func(t *testing.T, _ *novutest.Server, c *novu.Client) int {
			n := 0
			list, err := c.Integrations.List(t.Context())
			require.NoError(t, err)
			for _, i := range list {
				if i.ProviderID == novu.ProviderMSTeams && i.Identifier != teams {
					n++
				}
			}
			return n
		},
	},
	"subscriber": {
		route: "/v2/subscribers",
		act: func(ctx context.Context, c *novu.Client) error {
			_, err := c.Subscribers.Create(ctx, novu.CreateSubscriberParams{
				SubscriberID: "new", FirstName: "Ada", Data: map[string]any{"n": 1},
			})
			return err
		},
		count: func(t *testing.T, _ *novutest.Server, c *novu.Client) int {
			return count(t, c.Subscribers.All(t.Context(), novu.ListSubscribersParams{SubscriberID: "new"}))
		},
	},
	"context": {
		route: "/v2/contexts",
		act: func(ctx context.Context, c *novu.Client) error {
			_, err := c.Contexts.Create(ctx, novu.CreateContextParams{Type: "app", ID: "one", Data: map[string]any{"a": "b"}})
			return err
		},
		count: func(t *testing.T, _ *novutest.Server, c *novu.Client) int {
			return count(t, c.Contexts.All(t.Context(), novu.ListContextsParams{Type: "app"}))
		},
	},
	"trigger": {
		route: "/v1/events/trigger",
		act: func(ctx context.Context, c *novu.Client) error {
			_, err := c.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)})
			return err
		},
		count: messages,
	},
	"bulk trigger": {
		route: "/v1/events/trigger/bulk",
		act: func(ctx context.Context, c *novu.Client) error {
			results, err := c.Events.TriggerBulk(ctx, []novu.TriggerParams{{WorkflowID: alert, To: novu.ToSubscriber(someone)}})
			if err != nil {
				return err
			}
			return results[0].Err()
		},
		count: messages,
	},
	"broadcast": {
		route: "/v1/events/trigger/broadcast",
		act: func(ctx context.Context, c *novu.Client) error {
			_, err := c.Events.Broadcast(ctx, novu.BroadcastParams{WorkflowID: alert})
			return err
		},
		count: messages,
	},
}

func messages(t *testing.T, srv *novutest.Server, _ *novu.Client) int {
	t.Helper()
	require.NoError(t, srv.Settle(t.Context()))
	return len(srv.Messages()) + len(srv.Failures())
}

// posts is how many requests of the route the server saw.
func posts(srv *novutest.Server, route string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Method == http.MethodPost && r.Route == route {
			n++
		}
	}
	return n
}

// The server commits, and the connection that had served others breaks before
// the answer: the client can't know, and yet there is one, and no error.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]novutest.Fault{
		"cut after the commit":            {Cut: novutest.CutAfter},
		"cut before the commit":           {Cut: novutest.CutBefore},
		"half a body":                     {HalfBody: true},
		"500 of a proxy after the commit": {Status: 502, Commit: true},
		"500 of the API, not committed":   {Status: 500, FromAPI: true, Body: `{"statusCode":500,"message":"Internal server error"}`},
	}
	for _, idempotency := range []bool{true, false} {
		for what, fault := range faults {
			for name, op := range creations {
				name := fmt.Sprintf("idempotency %t/%s/%s", idempotency, what, name)
				single := fault
				single.Method, single.Route, single.Count = http.MethodPost, op.route, 1
				once := func(t *testing.T, opts ...novutest.Option) {
					srv, c := emulator(t, append(opts, novutest.WithIdempotency(idempotency))...)
					hooked(t, c) // and the connection is warm
					before := op.count(t, srv, c)
					sent := posts(srv, op.route)
					srv.Inject(single)

					require.NoError(t, op.act(t.Context(), c))
					assert.Equal(t, before+1, op.count(t, srv, c))
					assert.Equal(t, 2, posts(srv, op.route)-sent, "requests")
				}
				t.Run("in memory, on a fake clock/"+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { once(t, novutest.WithInMemory()) })
				})
				if !strings.HasPrefix(op.route, "/v1/events") || what == "cut after the commit" { // a trigger takes its second
					t.Run("over loopback/"+name, func(t *testing.T) {
						t.Parallel()
						once(t, novutest.WithProcessingDelay(50*time.Millisecond))
					})
				}
			}
		}
	}
}

// What exists already is a conflict at once, with one request.
func TestARealConflictIsNotRetried(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	for name, op := range creations {
		if op.route == "/v1/channel-connections" || op.route == "/v2/contexts" {
			t.Run(name, func(t *testing.T) {
				require.NoError(t, op.act(t.Context(), c))
				sent := len(srv.Requests())
				require.ErrorIs(t, op.act(t.Context(), c), novu.ErrConflict)
				assert.Len(t, srv.Requests(), sent+1)
			})
		}
	}
	t.Run("identifiers of others", func(t *testing.T) {
		params := endpoint(func(p *novu.CreateChannelEndpointParams) {
			p.IntegrationIdentifier, p.SubscriberID, p.Identifier = teams, someone, "taken"
		})
		_, err := c.ChannelEndpoints.Create(t.Context(), params)
		require.NoError(t, err)
		_, err = c.ChannelEndpoints.Create(t.Context(), params)
		require.ErrorIs(t, err, novu.ErrConflict)
		_, err = c.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Identifier: teams})
		require.ErrorIs(t, err, novu.ErrConflict)
	})
}

// A conflict that only a retry meets is somebody else's all the same, where
// what exists is not what was asked for.
func TestALaterConflictIsLookedAt(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*novu.CreateChannelEndpointParams){
		"another place":      func(p *novu.CreateChannelEndpointParams) { p.Endpoint = novu.MSTeamsUserEndpoint{UserID: "29:x"} },
		"another context":    func(p *novu.CreateChannelEndpointParams) { p.Context = acme },
		"another connection": func(p *novu.CreateChannelEndpointParams) { p.ConnectionIdentifier = "conn" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, c := emulator(t)
			_, err := c.ChannelConnections.Create(t.Context(), connection(func(p *novu.CreateChannelConnectionParams) {
				p.Identifier, p.IntegrationIdentifier, p.SubscriberID = "conn", teams, someone
			}))
			require.NoError(t, err)
			params := endpoint(func(p *novu.CreateChannelEndpointParams) {
				p.IntegrationIdentifier, p.SubscriberID, p.Identifier = teams, someone, "taken"
			})
			_, err = c.ChannelEndpoints.Create(t.Context(), params)
			require.NoError(t, err)

			change(&params)
			srv.Inject(novutest.Fault{Method: http.MethodPost, Route: "/v1/channel-endpoints", Count: 1, Cut: novutest.CutBefore})
			_, err = c.ChannelEndpoints.Create(t.Context(), params)
			require.ErrorIs(t, err, novu.ErrConflict)
		})
	}
}

// The server keeps errors under an idempotency key for a day, so that a key
// that has seen one would be answered 503 until then.
func TestRecoveryFromA500WithIdempotencyOn(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t, novutest.WithIdempotency(true))
	hooked(t, c)
	for range 2 {
		srv.Inject(novutest.Fault{Method: http.MethodPost, Route: "/v1/events/trigger", Count: 1, Status: 500, FromAPI: true, Body: `{"message":"boom"}`})
		_, err := c.Events.Trigger(t.Context(), novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)})
		require.NoError(t, err)
	}
	assert.Equal(t, 2, messages(t, srv, c))

	t.Run("a caller's own key is spent", func(t *testing.T) {
		srv.Inject(novutest.Fault{Method: http.MethodPost, Route: "/v1/events/trigger", Count: 1, Status: 500, FromAPI: true, Body: `{"message":"boom"}`})
		_, err := c.Events.Trigger(t.Context(), novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}, novu.WithIdempotencyKey("mine"))
		var e *novu.Error
		require.ErrorAs(t, err, &e)
		require.ErrorIs(t, err, novu.ErrServer)
		assert.True(t, e.Replayed)
		assert.Contains(t, err.Error(), "use a new key")
		assert.Equal(t, 2, e.Attempts)
	})
}

// The caller's own repetition with its own key, here as if by another process,
// finds what the first made: on every server.
func TestACallersKeyMakesRepetitionsMeet(t *testing.T) {
	t.Parallel()
	for _, idempotency := range []bool{true, false} {
		t.Run(fmt.Sprintf("idempotency %t", idempotency), func(t *testing.T) {
			t.Parallel()
			srv, c := emulator(t, novutest.WithIdempotency(idempotency))
			var made []string
			for range 3 {
				got, err := c.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
					IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: teamsEnd,
				}, novu.WithIdempotencyKey("order-7"))
				require.NoError(t, err)
				made = append(made, got.Identifier)
			}
			assert.Equal(t, made[0], made[1])
			assert.Equal(t, made[0], made[2])
			assert.Equal(t, 1, count(t, c.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{})))
			bodies := map[string]bool{}
			for _, r := range srv.Requests() {
				if r.Method == http.MethodPost && r.Route == "/v1/channel-endpoints" {
					bodies[string(r.Body)] = true
				}
			}
			assert.Len(t, bodies, 1)
		})
	}
}

// Whoever deletes what is yielded leaves nothing.
func TestDeleteWhileIterating(t *testing.T) {
	t.Parallel()
	_, c := emulator(t)
	for i := range 250 {
		_, err := c.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
			IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: novu.MSTeamsUserEndpoint{UserID: fmt.Sprintf("29:%d", i)},
		})
		require.NoError(t, err)
	}
	for _, limit := range []int{10, 0} { // a page size that leaves some for the second round, then all
		n := 0
		for e, err := range c.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: someone, Limit: limit}) {
			require.NoError(t, err)
			require.NoError(t, c.ChannelEndpoints.Delete(t.Context(), e.Identifier))
			if n++; limit == 10 && n == 95 {
				break
			}
		}
		assert.Equal(t, map[int]int{10: 95, 0: 155}[limit], n)
	}
	assert.Zero(t, count(t, c.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{})))
}

// Somebody else deletes the item that the next page is to come after.
func TestCursorLost(t *testing.T) {
	t.Parallel()
	_, c := emulator(t)
	for i := range 30 {
		_, err := c.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
			Identifier: fmt.Sprintf("e-%02d", i), IntegrationIdentifier: teams, SubscriberID: someone, Endpoint: teamsEnd,
		})
		require.NoError(t, err)
	}
	var got []string
	var last error
	for e, err := range c.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{Limit: 10, OrderDirection: novu.Ascending}) {
		if last = err; err != nil {
			break
		}
		got = append(got, e.Identifier)
		if e.Identifier == "e-05" {
			require.NoError(t, c.ChannelEndpoints.Delete(t.Context(), "e-09"))
		}
	}
	require.ErrorIs(t, last, novu.ErrCursorLost)
	assert.Len(t, got, 10, "what was read is yielded before the error")
}
