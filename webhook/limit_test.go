package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

// clock notes when each message leaves, per URL.
type clock struct {
	mu    sync.Mutex
	times map[string][]time.Time
}

func (c *clock) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.times == nil {
		c.times = map[string][]time.Time{}
	}
	c.times[r.URL.Host] = append(c.times[r.URL.Host], time.Now())
	return accepted(), nil
}

func at(t *testing.T, host string) webhook.URL {
	t.Helper()
	u, err := webhook.ParseURL("https://" + host + ".logic.azure.com" + path + query)
	require.NoError(t, err)
	return u
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for rate, gap := range map[float64]time.Duration{0: time.Second / 4, 10: time.Second / 10, 0.5: 2 * time.Second, math.Inf(1): 0} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var seen clock
				opts := []webhook.Option{webhook.WithHTTPClient(&http.Client{Transport: &seen})}
				if rate > 0 {
					opts = append(opts, webhook.WithRateLimit(rate))
				}
				c := newClient(t, opts...)
				to := at(t, "a")
				var wg sync.WaitGroup
				for range 50 {
					wg.Go(func() {
						for range 20 {
							_, err := c.Send(t.Context(), to, webhook.Text("hi"))
							assert.NoError(t, err)
						}
					})
				}
				wg.Wait()
				times := seen.times["a.logic.azure.com"]
				require.Len(t, times, 1000)
				slices.SortFunc(times, time.Time.Compare)
				for i := 1; i < len(times); i++ {
					require.InDelta(t, gap, times[i].Sub(times[i-1]), float64(time.Microsecond), "message %d", i)
				}
			})
		})
	}
}

func TestRateLimitIsPerURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen clock
		c := newClient(t, webhook.WithHTTPClient(&http.Client{Transport: &seen}))
		start := time.Now()
		for i := range 100 {
			_, err := c.Send(t.Context(), at(t, fmt.Sprint("host-", i)), webhook.Text("hi"))
			require.NoError(t, err)
		}
		assert.Zero(t, time.Since(start))
	})
}

func TestContextEndsBeforeTheTurn(t *testing.T) {
	t.Parallel()
	stopped := errors.New("the program stops")
	synctest.Test(t, func(t *testing.T) {
		var seen clock
		c := newClient(t, webhook.WithHTTPClient(&http.Client{Transport: &seen}), webhook.WithRateLimit(0.1))
		to := at(t, "a")
		_, err := c.Send(t.Context(), to, webhook.Text("the first"))
		require.NoError(t, err)
		start := time.Now()

		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { stop(stopped) })
		_, err = c.Send(ctx, to, webhook.Text("cancelled while it waits"))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, stopped)
		assert.ErrorContains(t, err, "nothing was sent")
		assert.Equal(t, 3*time.Second, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = c.Send(ctx, to, webhook.Text("too late before it waits"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "rate limit of 0.1 per second leaves no turn before the deadline")
		assert.ErrorContains(t, err, "nothing was sent")
		assert.Equal(t, 3*time.Second, time.Since(start), "it fails at once")

		_, err = c.Send(t.Context(), to, webhook.Text("the turn that the others gave back"))
		require.NoError(t, err)
		assert.InDelta(t, 10*time.Second, time.Since(start), float64(time.Millisecond))
		assert.Len(t, seen.times["a.logic.azure.com"], 2)
	})
}

// A message that is not sent takes no turn from others.
func TestWhatIsNotSentTakesNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, webhook.WithHTTPClient(&http.Client{Transport: &clock{}}), webhook.WithRateLimit(0.1))
		start := time.Now()
		_, err := c.Send(t.Context(), at(t, "a"), "no envelope")
		require.Error(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = c.Send(ctx, at(t, "a"), webhook.Text("hi"))
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.Send(t.Context(), at(t, "a"), webhook.Text("hi"))
		require.NoError(t, err)
		assert.Zero(t, time.Since(start))
	})
}

func TestLimitersOfIdleURLsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limits := webhook.NewLimit(4)
		most := 0
		for i := range 100_000 {
			most = max(most, limits.Take(fmt.Sprint(i)))
			time.Sleep(time.Millisecond) // of the bubble's clock
		}
		assert.LessOrEqual(t, most, 1024, "at 1,000 URLs per second 250 are in use")

		for i := range 10_000 { // all at once: none may be forgotten
			most = limits.Take(fmt.Sprint("b", i))
		}
		assert.GreaterOrEqual(t, most, 10_000)
		time.Sleep(time.Second)
		for i := range 10_000 {
			most = limits.Take(fmt.Sprint("c", i))
		}
		assert.Less(t, most, 20_000, "those before are forgotten")
	})
}
