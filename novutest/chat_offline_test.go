package novutest_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// A bridge gets an event at 0, 0.5 and 1.5 seconds, and has thirty for each. Then the person reads that the agent is
// offline.
func TestWhenNovuAsksABridge(t *testing.T) {
	for name, test := range map[string]struct {
		bridge  func(w http.ResponseWriter, r *http.Request)
		at      []time.Duration
		offline time.Duration
	}{
		"fails": {
			bridge:  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			at:      []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond},
			offline: 1500 * time.Millisecond,
		},
		"does not answer": {
			bridge:  func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			at:      []time.Duration{0, 30500 * time.Millisecond, 61500 * time.Millisecond},
			offline: 91500 * time.Millisecond,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := novutest.NewServer(t, novutest.WithInMemory())
				begun := time.Now()
				var mu sync.Mutex
				var at []time.Duration
				srv.ServeAgent("support", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					at = append(at, time.Since(begun))
					mu.Unlock()
					test.bridge(w, r)
				}))
				got, err := srv.Chat(novutest.User{Name: "Alice"}).Say(t.Context(), "hello")
				require.ErrorContains(t, err, "offline")
				require.Len(t, got, 1)
				assert.Contains(t, got[0].Text, "currently offline")
				assert.Equal(t, test.offline, time.Since(begun))
				mu.Lock()
				defer mu.Unlock()
				assert.Equal(t, test.at, at)
			})
		})
	}
}
