package webhook

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits spaces the messages to each URL. Idle limiters are dropped; memory is bounded by recently
// used URLs.
type limits struct {
	rate rate.Limit
	seed maphash.Seed

	mu    sync.Mutex
	urls  map[uint64]*rate.Limiter // by the URL's hash, so that none is kept; on a collision two share one
	sweep int                      // how many are kept before the idle ones are dropped
}

const minSweep = 1024

func newLimits(perSecond float64) *limits {
	return &limits{rate: rate.Limit(perSecond), seed: maphash.MakeSeed(), urls: map[uint64]*rate.Limiter{}, sweep: minSweep}
}

// wait blocks until the URL's turn or ctx is done; it fails at once if the turn falls after the
// deadline. The request that follows reports a ctx that is done.
func (l *limits) wait(ctx context.Context, url string) error {
	if ctx.Err() != nil {
		return nil
	}
	turn := l.reserve(url)
	delay := turn.Delay()
	if delay == 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < delay {
		turn.Cancel()
		return fmt.Errorf("the rate limit of %g per second leaves no turn before the deadline: %w", float64(l.rate), context.DeadlineExceeded)
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		turn.Cancel()
	}
	return nil
}

// reserve takes the next turn while it holds the lock: a limiter with a reserved turn is not
// dropped.
func (l *limits) reserve(url string) *rate.Reservation {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := maphash.String(l.seed, url)
	limiter := l.urls[key]
	if limiter == nil {
		if len(l.urls) >= l.sweep {
			l.dropIdle()
		}
		limiter = rate.NewLimiter(l.rate, 1)
		l.urls[key] = limiter
	}
	return limiter.Reserve()
}

func (l *limits) dropIdle() {
	for key, limiter := range l.urls {
		if limiter.Tokens() >= 1 {
			delete(l.urls, key)
		}
	}
	l.sweep = max(minSweep, 2*len(l.urls))
}
