package bench

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// limited has work done on the fake clock, under the rate limits of Novu 3.19, and reports how long it
// took and how many of its requests were answered 429.
func limited(t *testing.T, work func(*testing.T, *novu.Client)) (took time.Duration, refused int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := novutest.NewServer(t, novutest.WithInMemory(), novutest.WithRateLimit(novutest.RateLimit{}))
		var count atomic.Int64
		client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()), novu.WithHTTPClient(srv.HTTPClient()),
			novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 20}),
			novu.WithAttemptHook(func(_ context.Context, a novu.Attempt) {
				if a.Status == http.StatusTooManyRequests {
					count.Add(1)
				}
			}))
		require.NoError(t, err)
		_, err = client.Workflows.Create(t.Context(), novu.CreateWorkflowParams{
			WorkflowID: "alert", Name: "Alert", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "{{payload.text}}")},
		})
		require.NoError(t, err)
		start := time.Now()
		work(t, client)
		took, refused = time.Since(start), count.Load()
	})
	return took, refused
}

// 3,000 triggers, of which the server takes 300 in 5 s. The first 300 are free, so that 45 s remain.
func TestTriggersUnderTheLimit(t *testing.T) {
	const events, allowed = 3000, 45 * time.Second
	took, refused := limited(t, func(t *testing.T, client *novu.Client) {
		done := 0
		for _, err := range client.Events.TriggerAll(t.Context(), alerts(events)) {
			require.NoError(t, err)
			done++
		}
		assert.Equal(t, events, done)
	})
	t.Logf("%d triggers: %s against %s, %d times 429", events, took.Round(100*time.Millisecond), allowed, refused)
	assert.Less(t, took, allowed*13/10)
	assert.LessOrEqual(t, refused, int64(events/100))
}

func alerts(n int) iter.Seq[novu.TriggerParams] {
	return func(yield func(novu.TriggerParams) bool) {
		for range n {
			if !yield(novu.TriggerParams{WorkflowID: "alert", To: novu.ToSubscriber("acme"), Payload: map[string]any{"text": "hi"}}) {
				return
			}
		}
	}
}

// 1,000 subscribers from 4 goroutines, of which the server takes 100 in 5 s: 45 s.
func TestCreatesUnderTheLimit(t *testing.T) {
	const creates, workers, allowed = 1000, 4, 45 * time.Second
	took, refused := limited(t, func(t *testing.T, client *novu.Client) {
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for n := range creates / workers {
					_, err := client.Subscribers.Create(t.Context(), novu.CreateSubscriberParams{SubscriberID: fmt.Sprintf("s-%d-%d", w, n)})
					assert.NoError(t, err)
				}
			})
		}
		all.Wait()
	})
	t.Logf("%d creates: %s against %s, %d times 429", creates, took.Round(100*time.Millisecond), allowed, refused)
	assert.Less(t, took, allowed*13/10)
}

// An emulator that nothing is asked of: its start, to the first request that it could answer.
func BenchmarkEmulatorStart(b *testing.B) {
	for b.Loop() {
		srv, err := novutest.Start()
		if err != nil {
			b.Fatal(err)
		}
		srv.Close()
	}
}
