package emulator

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request that the host got, whichever side it was for.
type Request struct {
	Method string
	Path   string // with query, as it came
	Route  string // the pattern that it matched; empty for none
	Header http.Header
	Body   []byte
	Status int // 0 where the connection was broken instead of answering, or no answer was made yet
	Fault  bool
	At     time.Time
}

// requestLog keeps every request, in the order in which they came.
type requestLog struct {
	mu  sync.Mutex
	all []*Request
}

func (l *requestLog) begin(c *Call, pattern string) *Request {
	r := &Request{Method: c.Method, Path: c.URI, Route: pattern, Header: c.Header.Clone(), Body: c.Raw, At: c.Now}
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

// Requests returns copies of every request so far, in order.
func (h *Host) Requests() []Request {
	h.requests.mu.Lock()
	defer h.requests.mu.Unlock()
	all := make([]Request, 0, len(h.requests.all))
	for _, r := range h.requests.all {
		one := *r
		one.Header = one.Header.Clone()
		one.Body = slices.Clone(one.Body)
		all = append(all, one)
	}
	return all
}
