package rest

import (
	"log/slog"
	"time"
)

// log writes one line per attempt. Queries, headers and bodies are left out.
func (c *call) log() {
	if c.client.Logger == nil {
		return
	}
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.String("operation", c.req.Op), slog.String("method", c.req.Method), slog.String("route", c.req.Route),
		slog.Int("attempt", c.attempts), slog.Duration("duration", time.Since(c.started)),
	}
	if c.err == nil || c.outcome >= serverError {
		attrs = append(attrs, slog.Int("status", c.answer.StatusCode))
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("error", c.clean(c.err.Error())))
	}
	if c.next.again {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Duration("wait", c.wait))
	}
	c.client.Logger.LogAttrs(c.Context, level, c.client.Name+" request", attrs...)
}
