package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
)

// Request is one operation of the API.
type Request struct {
	Op      string // what is attempted, in words: "create channel endpoint"
	Kind    Kind
	Method  string
	Route   string   // the pattern, "/v1/channel-endpoints/{identifier}", which is what logs show
	Args    []string // fill the pattern's braces, in order
	Query   url.Values
	Base    *url.URL        // instead of the client's
	URL     string          // instead of Base, Route, Args and Query, to the letter
	Header  http.Header     // beyond what every request carries
	Body    any             // sent as JSON, a json.RawMessage as it stands; nil sends none
	Form    url.Values      // sent instead of Body
	Key     string          // the caller's Idempotency-Key; a Trigger without one makes its own
	Secrets []redact.Secret // what the request holds that an answer must not carry into an error
	Timeout time.Duration   // of an attempt, instead of the transport's

	// Transient tells of an answer whether it means what a 503 does; nil: none.
	Transient func(*Answer) bool
	// NotDone tells of an answer whether it says, as a 429 does, that nothing was done; nil: none.
	NotDone func(*Answer) bool
	// Pace waits before each attempt until it may be sent, or until the context ends. The time it takes
	// is not the attempt's.
	Pace func(context.Context)
	// Decode reads a success; nil ignores its body.
	Decode func([]byte) error
	// Gone tells of a DELETE whether a 404 speaks of the resource, not of the route. Nil: always.
	Gone func(*Answer) bool

	// Elsewhere tells of a 409 whether the conflict is with another resource, so that nothing need be
	// read back. Nil: it can't be told.
	Elsewhere func(*Answer) bool

	guard    Guard // with readBack, of a guardedCreate
	readBack func(context.Context) (bool, error)
}

// GuardedCreate makes r a POST that creates a resource under an identifier, so that a repeat of one that
// succeeded is answered 409. readBack then asks the server for the resource and reports whether it is
// the one that was sent. Its error means that this can't be known.
func (r *Request) GuardedCreate(guard Guard, readBack func(context.Context) (bool, error)) {
	r.Kind, r.guard, r.readBack = guardedCreate, guard, readBack
}

// payload returns the body and its type. Without a body the first is an untyped nil, as retryablehttp
// wants it.
func (r *Request) payload() (any, string, error) {
	if r.Form != nil {
		return []byte(r.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	switch body := r.Body.(type) {
	case nil:
		return nil, "", nil
	case json.RawMessage:
		return []byte(body), "application/json", nil
	}
	data, err := json.Marshal(r.Body)
	if err != nil {
		return nil, "", marked{text: "the request can't be encoded: ", err: err, kind: check.ErrInvalidParams}
	}
	return data, "application/json", nil
}

func (c *Client) url(r *Request) string {
	if r.URL != "" {
		return r.URL
	}
	base := r.Base
	if base == nil {
		base = c.Base
	}
	var b strings.Builder
	b.Grow(128) // enough for most
	b.WriteString(base.Scheme)
	b.WriteString("://")
	b.WriteString(base.Host)
	b.WriteString(base.EscapedPath())
	rest := r.Route
	for _, arg := range r.Args {
		open, end := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
		b.WriteString(rest[:open])
		b.WriteString(escape(arg))
		rest = rest[end+1:]
	}
	b.WriteString(rest)
	if len(r.Query) > 0 {
		b.WriteString("?" + strings.ReplaceAll(r.Query.Encode(), "+", "%20"))
	}
	return b.String()
}

// escape encodes all but letters, digits and "-_.~". url.PathEscape leaves ":", "@" and "=" as they
// are, but Microsoft wants them encoded in its ids.
func escape(arg string) string { return strings.ReplaceAll(url.QueryEscape(arg), "+", "%20") }
