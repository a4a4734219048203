package novu

import (
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

type reply = emulator.Reply

// envelope is how Novu wraps what it answers.
type envelope struct {
	Data any `json:"data"`
}

func ok(v any) *reply      { return emulator.JSON(http.StatusOK, envelope{v}) }
func created(v any) *reply { return emulator.JSON(http.StatusCreated, envelope{v}) }

// stamp is a time as Novu writes it.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000Z"

func (s stamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(s).UTC().Format(`"` + stampLayout + `"`)), nil
}

// exception is an error of the Novu API. ctx holds what stands beside the message.
func (c *call) exception(status int, message string, ctx map[string]any) *reply {
	body := map[string]any{}
	for k, v := range ctx {
		body[k] = v
	}
	body["statusCode"] = status
	body["timestamp"] = stamp(c.Now)
	body["path"] = c.URI
	body["message"] = message
	body["ctx"] = ctx
	return emulator.JSON(status, body)
}

// named is an exception with the HTTP status's own name in "error", as most
// have it.
func (c *call) named(status int, message string) *reply {
	return c.exception(status, message, map[string]any{"error": http.StatusText(status), "statusCode": status})
}

// bare is an exception without that name: the framework's own, thrown without a
// message.
func (c *call) bare(status int, message string) *reply {
	return c.exception(status, message, map[string]any{"statusCode": status})
}

// plain is an exception without a context.
func (c *call) plain(status int, message string) *reply {
	return emulator.JSON(status, map[string]any{"statusCode": status, "timestamp": stamp(c.Now), "path": c.URI, "message": message})
}

func (c *call) badRequest(message string) *reply { return c.named(http.StatusBadRequest, message) }
func (c *call) notFound(message string) *reply   { return c.named(http.StatusNotFound, message) }
func (c *call) conflict(message string) *reply   { return c.named(http.StatusConflict, message) }

func (c *call) internalError() *reply {
	return emulator.JSON(http.StatusInternalServerError, map[string]any{
		"statusCode": http.StatusInternalServerError,
		"timestamp":  stamp(c.Now),
		"path":       c.URI,
		"message":    "Internal server error, contact support and provide them with the errorId",
		"errorId":    emulator.RandomUUID(),
	})
}

func (c *call) noRoute() *reply {
	return c.notFound("Cannot " + c.Method + " " + c.URI)
}

// notImplemented is an answer that no client repeats.
func (c *call) notImplemented() *reply {
	return c.named(
		http.StatusBadRequest,
		"novutest does not implement "+c.Method+" "+strings.SplitN(c.URI, "?", 2)[0],
	)
}
