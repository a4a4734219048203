package rest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryPolicy bounds how often a request is repeated and how long the waits are. What may be
// repeated at all follows from the operation. A zero field means its default.
type RetryPolicy struct {
	MaxAttempts   int           // requests in all, the first included; 1 turns retries off; default 4
	MinWait       time.Duration // before the second attempt at most this long, doubled for each further one; default 500 ms
	MaxWait       time.Duration // longest wait that this side chooses; default 8 s
	MaxRetryAfter time.Duration // longest Retry-After that is obeyed; a longer one ends the call; default 60 s
}

// WithDefaults returns p with its zero fields filled in.
func (p RetryPolicy) WithDefaults() RetryPolicy {
	if p.MaxAttempts == 0 {
		p.MaxAttempts = 4
	}
	if p.MinWait == 0 {
		p.MinWait = 500 * time.Millisecond
	}
	if p.MaxWait == 0 {
		p.MaxWait = max(8*time.Second, p.MinWait)
	}
	if p.MaxRetryAfter == 0 {
		p.MaxRetryAfter = 60 * time.Second
	}
	return p
}

// Validate reports the first field of p that can't be meant.
func (p RetryPolicy) Validate() error {
	switch {
	case p.MaxAttempts < 0:
		return fmt.Errorf("MaxAttempts is %d", p.MaxAttempts)
	case p.MinWait < 0 || p.MaxWait < 0 || p.MaxRetryAfter < 0:
		return errors.New("a wait is negative")
	case p.MaxWait != 0 && p.MaxWait < p.MinWait:
		return fmt.Errorf("MaxWait %s is shorter than MinWait %s", p.MaxWait, p.MinWait)
	}
	return nil
}

// backoff is the wait after the given attempt. It is what the server asked for, or exponential with
// full jitter above the floor. A Retry-After of zero is ignored: four requests at once would not
// help a server that is in trouble.
func (p RetryPolicy) backoff(attempt int, floor, after time.Duration) time.Duration {
	if after > 0 {
		return max(after, floor)
	}
	ceiling := p.MaxWait
	if shift := attempt - 1; shift < 30 && p.MinWait<<shift>>shift == p.MinWait {
		ceiling = min(p.MaxWait, p.MinWait<<shift)
	}
	ceiling = min(ceiling, math.MaxInt64-floor-1)
	return floor + rand.N(ceiling+1)
}

// Backoff is how long p waits after the given attempt at what is not a request
// of its own, such as an item of a batch. It is false where p ends the attempts.
func Backoff(p RetryPolicy, attempt int, after time.Duration) (time.Duration, bool) {
	return p.backoff(attempt, 0, after), attempt < p.MaxAttempts && after <= p.MaxRetryAfter
}

// RetryAfter reads the header of that name: seconds, with decimals rounded up, or a date. It is
// never negative, and zero if the header is missing or makes no sense. A figure too large for a
// Duration is the longest Duration.
func RetryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" || strings.Trim(value, "0123456789.") != "" {
		date, err := http.ParseTime(value)
		if err != nil {
			return 0
		}
		return max(0, time.Until(date))
	}
	seconds, err := strconv.ParseFloat(value, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || seconds > float64(math.MaxInt64/time.Second)-1:
		return math.MaxInt64
	case err != nil:
		return 0
	}
	return time.Duration(math.Ceil(seconds)) * time.Second
}

func timeLeft(ctx context.Context) (time.Duration, bool) {
	deadline, ok := ctx.Deadline()
	return time.Until(deadline), ok
}

// contextError is why ctx ended, with the caller's own cause if there is one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}
