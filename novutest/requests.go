package novutest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/emulator"
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
	line := fmt.Sprintf("%s %s -> %d", r.Method, emulator.Redact(r.Path), r.Status)
	if len(r.Body) > 0 {
		line += " " + emulator.Redact(string(r.Body))
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
	}{
		Method: r.Method, Path: emulator.Redact(r.Path), Route: r.Route,
		Body: emulator.Redact(string(r.Body)), Status: r.Status, Fault: r.Fault, At: r.At,
	})
}

// Requests is every request so far, in the order in which they came.
func (s *Server) Requests() []Request {
	all := s.host.Requests()
	requests := make([]Request, 0, len(all))
	for _, r := range all {
		requests = append(requests, Request(r))
	}
	return requests
}
