package rest

import (
	"context"
	"log/slog"
	"time"

	"github.com/novu-go/novu/internal/redact"
)

// Attempt is one request of an operation and how it ended. It holds no identifier, query, header or
// body.
type Attempt struct {
	Operation string        // what is attempted, in words: "create channel endpoint"
	Method    string        // "POST"
	Route     string        // the pattern, "/v1/channel-endpoints/{identifier}"; of a webhook its host
	Number    int           // 1 for the first of the operation
	Status    int           // of the answer; 0 if none came
	Outcome   string        // "succeeded", "not sent", "broken", "barred", "server error", "rate limited", "in progress", "conflict", "not found" or "refused"
	Duration  time.Duration // from sending to the end of the answer
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

// AttemptHook is told of each attempt when it has ended, before the wait for the next one.
type AttemptHook func(ctx context.Context, a Attempt)

// report tells the log and the hook of an attempt.
func (c *call) report() {
	if c.client.Logger == nil && c.client.OnAttempt == nil {
		return
	}
	a := Attempt{
		Operation: c.req.Op, Method: c.req.Method, Route: c.req.Route, Number: c.attempts,
		Outcome: c.outcome.String(), Duration: time.Since(c.started), Again: c.next.again,
	}
	if c.err == nil || c.outcome >= serverError {
		a.Status = c.answer.StatusCode
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
