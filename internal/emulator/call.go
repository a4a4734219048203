package emulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Call is one request on its way to a handler.
type Call struct {
	Now     time.Time
	Method  string
	URI     string // path with query, as it came
	Path    string // escaped path
	Query   url.Values
	Header  http.Header
	Host    string // the host and port that the client asked
	Params  map[string]string
	Raw     []byte
	ReadErr error // where the body could not be read
	Body    any   // decoded JSON; numbers are json.Number
}

// Object is the body as an object. A body that is no object counts as an empty one.
func (c *Call) Object() map[string]any {
	if m, isObject := c.Body.(map[string]any); isObject {
		return m
	}
	return map[string]any{}
}

// Text is a string property of the body, or "".
func (c *Call) Text(name string) string {
	s, _ := c.Object()[name].(string)
	return s
}

// Origin is the scheme and host by which the client reached the emulator, also
// through a proxy that ends TLS.
func (c *Call) Origin() string {
	scheme := "http"
	if forwarded := c.Header.Get("X-Forwarded-Proto"); forwarded == "https" {
		scheme = forwarded
	}
	return scheme + "://" + c.Host
}

// RawQuery is the query as it came.
func (c *Call) RawQuery() string {
	_, q, _ := strings.Cut(c.URI, "?")
	return q
}

// ParseQuery reads a query as Express does: a name may end in [], and what is
// malformed is kept as it stands.
func ParseQuery(raw string) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = strings.TrimSuffix(unescape(name), "[]")
		values.Add(name, unescape(value))
	}
	return values
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}
