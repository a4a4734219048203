package novutest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// reply is one answer, made while the state is locked and written after it was
// released.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r *reply) with(key, value string) *reply {
	if r.header == nil {
		r.header = make(http.Header)
	}
	r.header[http.CanonicalHeaderKey(key)] = []string{value}
	return r
}

// encode marshals v as JavaScript would: without escaping what HTML needs escaped.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(
			"novutest: " + err.Error(),
		) // every value encoded here was decoded from JSON or is a struct of this package
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

const jsonType = "application/json; charset=utf-8"

func jsonReply(status int, v any) *reply {
	return (&reply{status: status, body: encode(v)}).with("Content-Type", jsonType)
}

func htmlReply(status int, page string) *reply {
	return (&reply{status: status, body: []byte(page)}).with("Content-Type", "text/html; charset=utf-8")
}

func redirect(location string) *reply {
	return htmlReply(http.StatusFound, "Found. Redirecting to "+location).with("Location", location)
}

type envelope struct {
	Data any `json:"data"`
}

func ok(v any) *reply      { return jsonReply(http.StatusOK, envelope{v}) }
func created(v any) *reply { return jsonReply(http.StatusCreated, envelope{v}) }
func noContent() *reply    { return &reply{status: http.StatusNoContent} }

// exception is an error of the Novu API. ctx holds what stands beside the message.
func (c *call) exception(status int, message string, ctx map[string]any) *reply {
	body := map[string]any{}
	for k, v := range ctx {
		body[k] = v
	}
	body["statusCode"] = status
	body["timestamp"] = stamp(c.now)
	body["path"] = c.uri
	body["message"] = message
	body["ctx"] = ctx
	return jsonReply(status, body)
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

func (c *call) badRequest(message string) *reply { return c.named(http.StatusBadRequest, message) }
func (c *call) notFound(message string) *reply   { return c.named(http.StatusNotFound, message) }
func (c *call) conflict(message string) *reply   { return c.named(http.StatusConflict, message) }

func (c *call) internalError() *reply {
	return jsonReply(http.StatusInternalServerError, map[string]any{
		"statusCode": http.StatusInternalServerError,
		"timestamp":  stamp(c.now),
		"path":       c.uri,
		"message":    "Internal server error, contact support and provide them with the errorId",
		"errorId":    randomUUID(),
	})
}

func (c *call) noRoute() *reply {
	return c.notFound("Cannot " + c.method + " " + c.uri)
}

func (c *call) notImplemented() *reply {
	return c.named(
		http.StatusNotImplemented,
		"novutest does not implement "+c.method+" "+strings.SplitN(c.uri, "?", 2)[0],
	)
}
