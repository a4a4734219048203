//go:build !race

// The race detector makes this slower by more than ten times, and finds what
// there is to be found in the tests of the packages.

package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

const (
	total      = 10_000
	goroutines = 64
	chance     = 0.3
	inARow     = 3
)

// luck is that of one operation: at most inARow of its requests fail before one
// gets through.
type luck struct {
	chance *rand.Rand
	row    int
}

type luckKey struct{}

// storm breaks requests, and never too many of one operation in a row.
type storm struct{ next http.RoundTripper }

func (s storm) RoundTrip(r *http.Request) (*http.Response, error) {
	l, has := r.Context().Value(luckKey{}).(*luck)
	if !has {
		return s.next.RoundTrip(r)
	}
	if l.row == inARow || l.chance.Float64() >= chance {
		l.row = 0
		return s.next.RoundTrip(r)
	}
	l.row++
	what := l.chance.IntN(9)
	switch what {
	case 0:
		return nil, refused()
	case 1:
		return nil, io.ErrUnexpectedEOF
	case 2, 3, 4: // after the commit
		resp, err := s.next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		switch {
		case err != nil || what == 2:
			return nil, io.ErrUnexpectedEOF
		case what == 3:
			resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), brokenOff{}))
			return resp, nil
		}
		return canned(http.StatusBadGateway), nil
	case 5:
		return canned(http.StatusTooManyRequests, "Retry-After", "1"), nil
	}
	return canned([]int{500, 502, 503}[what-6]), nil
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// tenThousand runs act for each name and returns the errors by name.
func tenThousand(act func(ctx context.Context, name string) error) map[string]error {
	errs := make(map[string]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	numbers := make(chan int)
	for range goroutines {
		wg.Go(func() {
			for n := range numbers {
				name := fmt.Sprintf("n%05d", n)
				ctx := context.WithValue(context.Background(), luckKey{}, &luck{chance: rand.New(rand.NewPCG(uint64(n), 1))})
				if err := act(ctx, name); err != nil {
					mu.Lock()
					errs[name] = err
					mu.Unlock()
				}
			}
		})
	}
	for n := range total {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	return errs
}

// tasks are what is done ten thousand times; each tells how many there are by
// name afterwards.
var tasks = map[string]struct {
	route string
	act   func(c *novu.Client) func(ctx context.Context, name string) error
	made  func(t *testing.T, w *world) map[string]int
}{
	"creates": {
		route: endpointsRoute,
		act: func(c *novu.Client) func(context.Context, string) error {
			return func(ctx context.Context, name string) error { return newEndpoint(ctx, c, "19:"+name+"@thread.tacv2") }
		},
		made: func(t *testing.T, w *world) map[string]int {
			made := make(map[string]int)
			for e, err := range w.check.ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{SubscriberID: someone}) {
				require.NoError(t, err)
				if channel, is := e.Endpoint.(novu.MSTeamsChannelEndpoint); is {
					made[channel.ChannelID[3:9]]++
				}
			}
			return made
		},
	},
	"triggers": {
		route: "/v1/events/trigger",
		act: func(c *novu.Client) func(context.Context, string) error {
			return func(ctx context.Context, name string) error {
				card, err := webhook.ForNovu(webhook.Text(name))
				if err != nil {
					return err
				}
				_, err = c.Events.Trigger(ctx, novu.TriggerParams{
					WorkflowID: "card", To: novu.ToSubscriber(someone), Payload: map[string]any{"card": card},
				})
				return err
			}
		},
		made: func(t *testing.T, w *world) map[string]int {
			require.NoError(t, w.srv.Settle(t.Context()))
			require.Empty(t, w.srv.Failures())
			made := make(map[string]int)
			for _, m := range w.srv.Messages() {
				made[m.Text]++
			}
			return made
		},
	},
}

func withCardWorkflow() novutest.Option {
	return novutest.WithFixture(novutest.Fixture{Workflows: []any{map[string]any{
		"name": "card", "workflowId": "card", "__source": "editor", "active": true,
		"steps": []any{map[string]any{"name": "Chat", "type": "chat", "controlValues": map[string]any{"body": "{{payload.card}}"}}},
	}}})
}

// Where no operation has more faults in a row than it has further attempts,
// there are exactly as many as were asked for, and no error.
func TestTenThousandWithFaultsInBounds(t *testing.T) {
	for name, task := range tasks {
		for _, idempotency := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, idempotency %t", name, idempotency), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, novutest.WithIdempotency(idempotency), withCardWorkflow())
					w.wire.MaxConnsPerHost = goroutines
					w.stormy(t)
					require.Empty(t, tenThousand(task.act(w.novu)))
					made := task.made(t, w)
					assert.Len(t, made, total)
					for name, n := range made {
						require.Equal(t, 1, n, name)
					}
				})
			})
		}
	}
}

// stormy sends the client's requests through a storm.
func (w *world) stormy(t *testing.T) {
	t.Helper()
	var err error
	w.novu, err = novu.NewClient(secretKey, novu.WithBaseURL(root), novu.WithHTTPClient(&http.Client{Transport: storm{w.wire}}))
	require.NoError(t, err)
}

// Without that bound some fail. Then every success is one, and every failure
// one or none.
func TestTenThousandWithFaultsWithoutBound(t *testing.T) {
	for name, task := range tasks {
		for _, idempotency := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, idempotency %t", name, idempotency), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, novutest.WithIdempotency(idempotency), withCardWorkflow())
					w.wire.MaxConnsPerHost = goroutines
					w.bombard(task.route)
					errs := tenThousand(task.act(w.novu))
					w.srv.ClearFaults()
					made := task.made(t, w)
					assert.NotEmpty(t, errs, "the faults are too rare to prove anything")
					for n := range total {
						name := fmt.Sprintf("n%05d", n)
						if errs[name] == nil {
							require.Equal(t, 1, made[name], name)
						}
						require.LessOrEqual(t, made[name], 1, "%s: %v", name, errs[name])
					}
				})
			})
		}
	}
}

// bombard makes the server fail three requests of ten, in every way it can.
func (w *world) bombard(route string) {
	failures := []novutest.Fault{
		{Cut: novutest.CutBefore}, {Cut: novutest.CutDuring}, {Cut: novutest.CutAfter}, {HalfBody: true},
		novutest.StormFault(1e9), ofTheAPI(status(500))[0], status(502)[0], committed(status(502))[0], status(503)[0],
	}
	let := 1.0 // what gets past the faults before
	for i, f := range failures {
		share := chance / float64(len(failures))
		f.Route, f.Probability, f.Seed = route, share/let, uint64(i)
		let -= share
		w.srv.Inject(f)
	}
}
