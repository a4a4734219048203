package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/novu-go/novu/internal/redact"
)

// Attempt is one request of an operation and how it ended. It holds no identifier, query, header or
// body. Err may name the host.
type Attempt struct {
	Operation string        // what is attempted, in words: "create channel endpoint"
	Method    string        // "POST"
	Route     string        // the pattern, "/v1/channel-endpoints/{identifier}"
	Number    int           // 1 for the first of the operation
	Status    int           // of the answer; 0 if none came
	Outcome   string        // "succeeded", "not sent", "broken", "timed out", "canceled", "barred", "server error", "rate limited", "in progress", "conflict", "not found" or "refused"
	Held      time.Duration // by the client's own rate limit, before it was sent
	Duration  time.Duration // from sending to the end of the answer; 0 if the context ended before
	Again     bool          // another attempt follows
	Wait      time.Duration // before that one
	Err       error         // why there is no whole answer; nil if there is one
}

// String returns the outcome as an Attempt names it.
func (o outcome) String() string {
	return [...]string{
		succeeded: "succeeded", unsent: "not sent", broken: "broken", barred: "barred", serverError: "server error",
		rateLimited: "rate limited", inProgress: "in progress", conflict: "conflict", notFound: "not found", refused: "refused",
	}[o]
}

// canceled is the outcome of an attempt that the caller's context ended.
const canceled = "canceled"

// AttemptHook is told of each attempt when it has ended, before the wait for the next one.
type AttemptHook func(ctx context.Context, a Attempt)

// report tells the log and the hook of an attempt.
func (c *call) report() {
	if c.client.Logger == nil && c.client.OnAttempt == nil {
		return
	}
	a := Attempt{
		Operation: c.req.Op, Method: c.req.Method, Route: c.req.Route, Number: c.attempts,
		Outcome: c.outcome.String(), Held: c.heldFor, Duration: time.Since(c.started), Again: c.next.again,
	}
	if c.err == nil || c.outcome >= serverError {
		a.Status = c.answer.StatusCode
	}
	switch {
	case a.Status != 0:
	case c.Err() != nil:
		a.Outcome = canceled
	case c.timedOut:
		a.Outcome = "timed out"
	}
	if c.err != nil {
		a.Err = redact.Error(c.err, c.clean)
	}
	if a.Again {
		a.Wait = c.wait
	}
	if c.client.Logger != nil {
		c.log(a)
	}
	if c.client.OnAttempt != nil {
		c.client.OnAttempt(c.Context, a)
	}
}

// reportUnsent tells the hook of an attempt that the context ended before it was sent. The log has
// no line for it.
func (c *call) reportUnsent() {
	if c.client.OnAttempt == nil {
		return
	}
	c.client.OnAttempt(c.Context, Attempt{
		Operation: c.req.Op, Method: c.req.Method, Route: c.req.Route, Number: c.attempts + 1,
		Outcome: canceled, Held: c.heldFor, Err: redact.Error(contextError(c.Context), c.clean),
	})
}

// log writes one line per attempt.
func (c *call) log(a Attempt) {
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.String("operation", a.Operation), slog.String("method", a.Method), slog.String("route", a.Route),
		slog.Int("attempt", a.Number), slog.Duration("duration", a.Duration),
	}
	if a.Status != 0 {
		attrs = append(attrs, slog.Int("status", a.Status))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", a.Err.Error()))
	}
	if a.Again {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Duration("wait", a.Wait))
	}
	c.client.Logger.LogAttrs(c.Context, level, c.client.Name+" request", attrs...)
}
