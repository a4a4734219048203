package novu_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

func TestTriggerAllKeepsToTheRateLimit(t *testing.T) {
	t.Parallel()
	limits := map[string]novutest.RateLimit{
		"15 a second":     {Trigger: 15, Window: time.Second},
		"15 in 5 seconds": {Trigger: 15},
		"60 in 5 seconds": {},
	}
	for name, limit := range limits {
		for latency, delay := range map[string]time.Duration{"no latency": 0, "100 ms": 100 * time.Millisecond} {
			t.Run(name+"/"+latency, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv, c := bubble(t, novutest.WithRateLimit(limit))
					srv.Inject(novutest.Fault{Route: "/v1/events/trigger", SlowHeaders: delay})
					const n = 300
					start, taken, got := time.Now(), 0, 0
					for result, err := range c.Events.TriggerAll(t.Context(), events(n, &taken)) {
						require.NoError(t, err)
						require.Equal(t, fmt.Sprintf("tx-%04d", got), result.TransactionID, "in order")
						got++
					}
					require.Equal(t, n, got)

					perWindow := max(limit.Trigger, map[bool]int{true: 60}[limit.Trigger == 0])
					window := max(limit.Window, map[bool]time.Duration{true: 5 * time.Second}[limit.Window == 0])
					burst := perWindow + perWindow/10
					least := time.Duration(n-burst) * window / time.Duration(perWindow)
					assert.LessOrEqual(t, time.Since(start), least+least/10+delay, "the limit allows %s", least)
					refused := 0
					for _, r := range srv.Requests() {
						if r.Status == http.StatusTooManyRequests {
							refused++
						}
					}
					assert.LessOrEqual(t, refused, 3, "429s")
				})
			})
		}
	}
}
