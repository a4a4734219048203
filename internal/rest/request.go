package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

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
	URL     string          // instead of Base, Route, Args and Query, to the letter
	Header  http.Header     // beyond what every request carries
	Body    any             // sent as JSON, a json.RawMessage as it stands; nil sends none
	Form    url.Values      // sent instead of Body
	Key     string          // the caller's Idempotency-Key; a Trigger without one makes its own
	Secrets []redact.Secret // what the request holds that an answer must not carry into an error

	// Transient tells of an answer whether it means what a 503 does; nil: none.
	Transient func(*Answer) bool
	// NotDone tells of an answer whether it says, as a 429 does, that nothing was done; nil: none.
	NotDone func(*Answer) bool
	// Pace waits before each attempt until it may be sent, or until the context
	// ends. The time it takes is not the attempt's.
	Pace func(context.Context)
	// Decode reads a success; nil ignores its body.
	Decode func([]byte) error
	// ReadBack tells of a GuardedCreate whether the existing resource is the
	// one that was asked for.
	ReadBack func(context.Context) (bool, error)
	// Gone tells of a DELETE whether a 404 speaks of the resource, not of the
	// route. Nil: always.
	Gone func(*Answer) bool
}

// payload returns the body and its type. Without a body the first is an untyped
// nil, which is what retryablehttp wants.
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
		return nil, "", fmt.Errorf("encode the request: %w", err)
	}
	return data, "application/json", nil
}

func (c *Client) url(r *Request) string {
	if r.URL != "" {
		return r.URL
	}
	var path strings.Builder
	rest := r.Route
	for _, arg := range r.Args {
		open, end := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
		path.WriteString(rest[:open])
		path.WriteString(escape(arg))
		rest = rest[end+1:]
	}
	path.WriteString(rest)
	if len(r.Query) > 0 {
		path.WriteString("?" + strings.ReplaceAll(r.Query.Encode(), "+", "%20"))
	}
	return strings.TrimSuffix(c.Base.String(), "/") + path.String()
}

// escape encodes all but letters, digits and "-_.~": url.PathEscape leaves ":",
// "@" and "=" as they are, which Microsoft wants encoded in its ids.
func escape(arg string) string { return strings.ReplaceAll(url.QueryEscape(arg), "+", "%20") }
