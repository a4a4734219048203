package novu_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// events yields n of them and counts how many were taken.
func events(n int, taken *int) iter.Seq[novu.TriggerParams] {
	return func(yield func(novu.TriggerParams) bool) {
		for i := range n {
			*taken = i + 1
			if !yield(novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone), TransactionID: fmt.Sprintf("tx-%04d", i)}) {
				return
			}
		}
	}
}

// bubble starts an emulator and its client on the fake clock.
func bubble(t *testing.T, opts ...novutest.Option) (*novutest.Server, *novu.Client) {
	t.Helper()
	return emulator(t, append(opts, novutest.WithInMemory())...)
}

func TestTriggerAllReportsEachEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t)
		sequence := []novu.TriggerParams{
			{WorkflowID: alert, To: novu.ToSubscriber(someone)},
			{WorkflowID: alert},
			{WorkflowID: "nope", To: novu.ToSubscriber(someone)},
			{WorkflowID: alert, To: novu.ToSubscriber(someone)},
		}
		var errs []error
		for _, err := range c.Events.TriggerAll(t.Context(), func(yield func(novu.TriggerParams) bool) {
			for _, p := range sequence {
				if !yield(p) {
					return
				}
			}
		}, novu.WithIdempotencyKey("batch-1")) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 4)
		require.NoError(t, errs[0])
		require.ErrorIs(t, errs[1], novu.ErrInvalidParams)
		require.ErrorIs(t, errs[2], novu.ErrNotFound)
		require.NoError(t, errs[3])
	})
}

func TestTriggerAllStops(t *testing.T) {
	t.Parallel()
	t.Run("on break, without reading on", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t)
			taken, got := 0, 0
			for _, err := range c.Events.TriggerAll(t.Context(), events(1_000_000, &taken)) {
				require.NoError(t, err)
				if got++; got == 20 {
					break
				}
			}
			assert.LessOrEqual(t, taken, 20+8)
		})
	})
	t.Run("when the context ends, in a wait for the limit", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t, novutest.WithRateLimit(novutest.RateLimit{Trigger: 15}))
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer cancel()
			start, taken := time.Now(), 0
			var last error
			for _, err := range c.Events.TriggerAll(ctx, events(1_000_000, &taken)) {
				last = err
			}
			require.ErrorIs(t, last, context.DeadlineExceeded)
			assert.Equal(t, 3500*time.Millisecond, time.Since(start))
			assert.Less(t, taken, 40)
		})
	})
	t.Run("before it begins", func(t *testing.T) {
		t.Parallel()
		taken := 0
		c := silent(t)
		for _, bad := range []iter.Seq2[novu.TriggerResult, error]{
			c.Events.TriggerAll(nilContext(), events(1, &taken)),
			c.Events.TriggerAll(t.Context(), nil),
			c.Events.TriggerAll(t.Context(), events(1, &taken), novu.WithResponse(new(novu.Response))),
			c.Events.TriggerAll(t.Context(), events(1, &taken), novu.WithIdempotencyKey("")),
		} {
			n := 0
			for _, err := range bad {
				require.ErrorIs(t, err, novu.ErrInvalidParams)
				n++
			}
			assert.Equal(t, 1, n)
		}
		assert.Zero(t, taken)
	})
	t.Run("in the middle of a request", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			srv, c := bubble(t)
			srv.Inject(novutest.Fault{Route: "/v1/events/trigger", Delay: time.Hour, Skip: 3})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, cancel)
			taken, ok := 0, 0
			var last error
			for _, err := range c.Events.TriggerAll(ctx, events(100, &taken)) {
				if last = err; err == nil {
					ok++
				}
			}
			assert.Equal(t, 3, ok)
			assert.True(t, errors.Is(last, context.Canceled), "%v", last)
		})
	})
}

// A context that ends while the loop's body runs is reported, not taken for the end of the sequence.
func TestTriggerAllReportsAnEndInTheBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := bubble(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var taken int
		var last error
		reported := 0
		for _, err := range c.Events.TriggerAll(ctx, events(1000, &taken)) {
			if last = err; err == nil {
				reported++
			}
			if reported == 4 {
				cancel(errors.New("shutting down"))
			}
		}
		require.ErrorIs(t, last, context.Canceled)
		require.ErrorContains(t, last, "shutting down")
		assert.Less(t, reported, 1000)
	})
}

// A payload may be reused: an event is encoded before the sequence goes on.
func TestTriggerAllEncodesBeforeTheSequenceGoesOn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string]float64{}
	c := mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		var event struct {
			TransactionID string
			Payload       struct{ N float64 }
		}
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			return nil, err
		}
		mu.Lock()
		sent[event.TransactionID] = event.Payload.N
		mu.Unlock()
		return httpmock.NewStringResponse(http.StatusCreated, `{"data":{"acknowledged":true,"status":"processed"}}`), nil
	}))
	payload := map[string]any{}
	for _, err := range c.Events.TriggerAll(t.Context(), func(yield func(novu.TriggerParams) bool) {
		for i := range 200 {
			payload["n"] = i
			if !yield(novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone), TransactionID: strconv.Itoa(i), Payload: payload}) {
				return
			}
		}
	}) {
		require.NoError(t, err)
	}
	require.Len(t, sent, 200)
	for id, n := range sent {
		assert.Equal(t, id, strconv.Itoa(int(n)))
	}
}

// With a live source each event is reported when it is through, a context ends the loop although the
// source is silent, and a sequence may wait for its own results.
func TestTriggerAllWithALiveSource(t *testing.T) {
	t.Parallel()
	t.Run("reports at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t)
			live := make(chan int)
			start := time.Now()
			go func() {
				live <- 1
				time.Sleep(time.Hour)
				live <- 2
				close(live)
			}()
			var at []time.Duration
			for _, err := range c.Events.TriggerAll(t.Context(), func(yield func(novu.TriggerParams) bool) {
				for range live {
					if !yield(novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}) {
						return
					}
				}
			}) {
				require.NoError(t, err)
				at = append(at, time.Since(start))
			}
			require.Len(t, at, 2)
			assert.Less(t, at[0], time.Minute)
		})
	})
	t.Run("ends with its context", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t)
			silence := make(chan struct{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			var last error
			for _, err := range c.Events.TriggerAll(ctx, func(yield func(novu.TriggerParams) bool) {
				<-silence
				assert.False(t, yield(novu.TriggerParams{}), "the sequence ends when it next yields")
			}) {
				last = err
			}
			require.ErrorIs(t, last, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(start))
			close(silence)
			synctest.Wait()
		})
	})
	t.Run("waits for its own results", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, c := bubble(t)
			reported := make(chan struct{}, 1)
			n := 0
			for _, err := range c.Events.TriggerAll(t.Context(), func(yield func(novu.TriggerParams) bool) {
				for range 3 {
					if !yield(novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}) {
						return
					}
					<-reported
				}
			}) {
				require.NoError(t, err)
				n++
				reported <- struct{}{}
			}
			assert.Equal(t, 3, n)
		})
	})
	t.Run("panics where the loop is", func(t *testing.T) {
		t.Parallel()
		assert.PanicsWithValue(t, "out of events", func() {
			for _, err := range silent(t).Events.TriggerAll(t.Context(), func(func(novu.TriggerParams) bool) { panic("out of events") }) {
				t.Error("reported", err)
			}
		})
	})
}

// What a server says of its limit stops nothing for longer than the policy allows.
func TestTriggerAllBelievesNoAbsurdLimit(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]http.Header{
		"epoch seconds":     {"Ratelimit-Limit": {"10"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"1795451893"}},
		"a window of hours": {"Ratelimit-Limit": {"1"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"0"}, "Ratelimit-Policy": {"1;w=9999"}},
		"ten digits more":   {"Ratelimit-Limit": {"10"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"10000000000"}},
		"nineteen digits":   {"Ratelimit-Limit": {"10"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"9223372036854775807"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := mocked(t, roundTripper(func(*http.Request) (*http.Response, error) {
					resp := httpmock.NewStringResponse(http.StatusCreated, `{"data":{"acknowledged":true,"status":"processed"}}`)
					resp.Header = header
					return resp, nil
				}))
				start, taken := time.Now(), 0
				for _, err := range c.Events.TriggerAll(t.Context(), events(9, &taken)) {
					require.NoError(t, err)
				}
				assert.LessOrEqual(t, time.Since(start), 9*time.Minute)
			})
		})
	}
}
