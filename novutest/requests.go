package novutest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request that the server got, whichever side it was for. It
// prints and marshals with its secrets redacted; the fields hold them as they
// came.
type Request struct {
	Method string
	Path   string // with query, as it came
	Route  string // the pattern it matched, such as /v1/channel-endpoints/{identifier}; empty for none
	Header http.Header
	Body   []byte
	Status int // 0 where the connection was broken instead of answering, or no answer was made yet
	Fault  bool
	At     time.Time
}

// String is the request in one line.
func (r Request) String() string {
	line := fmt.Sprintf("%s %s -> %d", r.Method, redact(r.Path), r.Status)
	if len(r.Body) > 0 {
		line += " " + redact(string(r.Body))
	}
	return line
}

// Format prints the request in one line, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// MarshalJSON writes the request without its secrets. The body is a string, the
// header is left out.
func (r Request) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Method string    `json:"method"`
		Path   string    `json:"path"`
		Route  string    `json:"route"`
		Body   string    `json:"body,omitempty"`
		Status int       `json:"status"`
		Fault  bool      `json:"fault,omitempty"`
		At     time.Time `json:"at"`
	}{r.Method, redact(r.Path), r.Route, redact(string(r.Body)), r.Status, r.Fault, r.At})
}

// Requests is every request so far, in the order in which they came.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	all := make([]Request, 0, len(s.requests.all))
	for _, r := range s.requests.all {
		one := *r
		one.Header = one.Header.Clone()
		one.Body = slices.Clone(one.Body)
		all = append(all, one)
	}
	return all
}

type requestLog struct {
	mu  sync.Mutex
	all []*Request
}

func (l *requestLog) begin(c *call, pattern string) *Request {
	r := &Request{Method: c.method, Path: c.uri, Route: pattern, Header: c.header.Clone(), Body: c.raw, At: c.now}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, r)
	return r
}

func (l *requestLog) end(r *Request, status int, f *Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Status, r.Fault = status, f != nil
}
