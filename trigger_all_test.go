package novu_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

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
