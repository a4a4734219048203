package setup

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 8 * time.Second
	// agreeing is how many reads in a row have to show a change of the directory
	// before it is believed: its replicas disagree for a while.
	agreeing = 5
)

// notYet is a failure that may pass: the service has not carried out everywhere
// what it accepted.
type notYet struct{ cause error }

func (e notYet) Error() string {
	if e.cause == nil {
		return "not yet"
	}
	return e.cause.Error()
}

func (e notYet) Unwrap() error { return e.cause }

// again marks err, which may be nil, as one that may pass.
func again(err error) error { return notYet{err} }

// waitUntil calls look until it succeeded so many times in a row. It goes on
// after errors that are marked with again, with growing pauses, until the budget
// is used up; any other error ends it.
func waitUntil(ctx context.Context, op string, budget time.Duration, times int, look func(context.Context) error) error {
	start, pause, agreed, denied := time.Now(), firstPause, 0, 0
	for {
		err := look(ctx)
		var passing notYet
		switch {
		case err == nil:
			if agreed++; agreed == times {
				return nil
			}
			pause, denied = firstPause, 0
		case ctx.Err() != nil:
			return ended(ctx, op)
		case !errors.As(err, &passing):
			return err
		default:
			if denied++; denied > 1 {
				pause = min(2*pause, longestPause)
			}
			agreed = 0
		}
		if time.Since(start)+pause > budget {
			e := &Error{Op: op, Message: fmt.Sprintf("Microsoft had not carried it out after %s", budget), cause: passing.cause}
			return e.is("run again later: what was done is found again", ErrNotReady)
		}
		if err := sleep(ctx, pause); err != nil {
			return ended(ctx, op)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// unlessDone runs a request that must not be sent twice. Where it failed and
// may have been carried out all the same, it looks: what is there is a success,
// what is not there is asked for once more.
func (r *run) unlessDone(ctx context.Context, send func(context.Context) error, look func(context.Context) (bool, error), doubtful func(error) bool) error {
	const attempts = 3
	for attempt := 1; ; attempt++ {
		err := send(ctx)
		if err == nil || ctx.Err() != nil || !doubtful(err) {
			return err
		}
		// A replica that lags would hide what was done.
		for range agreeing {
			done, lookErr := look(ctx)
			if done {
				return nil
			}
			if lookErr != nil {
				var e *Error
				if errors.As(err, &e) {
					_ = e.is("", ErrOutcomeUnknown)
				}
				return errors.Join(err, lookErr)
			}
			if sleep(ctx, firstPause) != nil {
				return ended(ctx, "look whether it was done")
			}
		}
		if attempt == attempts || !mayHaveHappened(err) {
			return err
		}
	}
}

// replicated retries a write that a lagging replica refuses because it does not
// know yet what was just made.
func (r *run) replicated(ctx context.Context, op string, write func(context.Context) error) error {
	return waitUntil(ctx, op, r.replicationBudget(), 1, func(ctx context.Context) error {
		err := write(ctx)
		if err != nil && isReplication(err) {
			return again(err)
		}
		return err
	})
}

// replicationBudget is short where nothing was made lately: a 404 is then one.
func (r *run) replicationBudget() time.Duration {
	if r.madeApp || r.app.value != nil && r.app.value.readAt.Sub(r.app.value.CreatedAt) < replicationWindow {
		return 10 * time.Minute
	}
	return 5 * time.Second
}

// isReplication tells a refusal that passes from one that stays. Two of the
// texts say something else than they mean.
func isReplication(err error) bool {
	return isMissing(err) || hasCode(err, "Error_MsaAppDoesNotExist") ||
		says(err, "does not reference a valid application object", "backing application of the service principal",
			"Not a valid reference update", "queried reference-property objects are not present")
}
