package novutest

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Cut is where a connection breaks.
type Cut int

const (
	// CutBefore breaks the connection before anything was done.
	CutBefore Cut = iota + 1
	// CutDuring breaks the connection and carries the request out afterwards,
	// so that the client's next attempt races with it.
	CutDuring
	// CutAfter carries the request out and then breaks the connection without a
	// byte of an answer.
	CutAfter
)

// Fault is something that goes wrong. The first fields say with which requests,
// the others how. Faults are tried in the order in which they were injected;
// the first that fits is the one that happens.
type Fault struct {
	Method string // "" for any
	// Route is a pattern of the route table, such as
	// /v1/channel-endpoints/{identifier}, a path, or a path's beginning
	// followed by *, such as /_login/*. "" fits every request.
	Route string
	Count int // to how many requests it happens; 0 for every one
	Skip  int // how many that fit are let through first
	// Probability, between 0 and 1, lets chance decide about each request that
	// fits. 0 means always.
	Probability float64
	Seed        uint64 // of that chance: the same seed decides alike

	Delay time.Duration // before the request is carried out; the key of an idempotent request is in progress meanwhile
	Cut   Cut

	Status int // answered instead of the real answer
	Header http.Header
	Body   string
	Commit bool // carry the request out all the same
	// FromAPI makes the answer the API's own rather than that of a proxy in
	// front of it. Only the API's own is kept under an idempotency key.
	FromAPI bool

	SlowHeaders time.Duration // wait after the request was carried out, before the status line
	SlowBody    time.Duration // wait in the middle of the body
	HalfBody    bool          // break the connection in the middle of the body
	WrongLength bool          // announce more than the body holds, then end the connection
	BadGzip     bool          // say that the body is gzip, which it is not
}

// HTMLFault is a proxy's page instead of an answer.
func HTMLFault(status int) Fault {
	return Fault{
		Status: status, Header: http.Header{"Content-Type": {"text/html"}},
		Body: "<html><head><title>" + http.StatusText(
			status,
		) + "</title></head><body><center><h1>" + strconv.Itoa(
			status,
		) + " " + http.StatusText(
			status,
		) + "</h1></center></body></html>",
	}
}

// StormFault answers 429 with Retry-After in whole seconds.
func StormFault(retryAfter time.Duration) Fault {
	return Fault{
		Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Seconds()))}, "Content-Type": {jsonType}},
		Body: `{"statusCode":429,"message":"API rate limit exceeded"}`, FromAPI: true,
	}
}

// InProgressFault answers as if another request held the idempotency key.
func InProgressFault() Fault {
	return Fault{
		Status: http.StatusConflict, Header: http.Header{"Retry-After": {"1"}, "Link": {idempotencyDocs}, "Content-Type": {jsonType}},
		Body: `{"statusCode":409,"error":"Conflict","message":"Request with key \"in-progress\" is currently being processed. Please retry after 1 second"}`,
	}
}

// WorkflowsThrottleFault answers webhooks as Workflows does when Teams
// throttles it: 200, with the refusal in the text.
func WorkflowsThrottleFault() Fault {
	return Fault{
		Route: workflowsPrefix + "/*", Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
		Body: "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0.",
	}
}

// Inject adds a fault. It happens until its count is used up or
// [Server.ClearFaults] is called.
func (s *Server) Inject(f Fault) { s.faults.add(f) }

// ClearFaults removes every fault.
func (s *Server) ClearFaults() { s.faults.clear() }

type faults struct {
	mu     sync.Mutex
	active []*armed
}

type armed struct {
	Fault
	left, skip int
	chance     *rand.Rand
}

func (fs *faults) add(f Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = append(
		fs.active,
		&armed{Fault: f, left: f.Count, skip: f.Skip, chance: rand.New(rand.NewPCG(f.Seed, 0))},
	)
}

func (fs *faults) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = nil
}

// take is the fault that happens to a request, or nil.
func (fs *faults) take(method, pattern, path string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.active {
		if !a.fits(method, pattern, path) || a.Count > 0 && a.left == 0 {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		if a.Probability > 0 && a.chance.Float64() >= a.Probability {
			continue
		}
		a.left--
		return &a.Fault
	}
	return nil
}

func (a *armed) fits(method, pattern, path string) bool {
	if a.Method != "" && a.Method != method {
		return false
	}
	if prefix, isPrefix := strings.CutSuffix(a.Route, "*"); isPrefix {
		return strings.HasPrefix(path, prefix)
	}
	return a.Route == "" || a.Route == pattern || a.Route == path
}

func (f *Fault) wait(ctx context.Context) {
	if f != nil {
		sleep(ctx, f.Delay)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (f *Fault) reply() *reply {
	return &reply{status: f.Status, header: f.Header.Clone(), body: []byte(f.Body)}
}

// write sends an answer, in the way of the fault if there is one.
func (f *Fault) write(ctx context.Context, w http.ResponseWriter, r *reply) {
	if f == nil {
		f = &Fault{}
	}
	sleep(ctx, f.SlowHeaders)
	for name, values := range r.header {
		w.Header()[name] = values
	}
	length := len(r.body)
	if f.WrongLength {
		length += 64
	}
	if f.BadGzip {
		w.Header().Set("Content-Encoding", "gzip")
	}
	if r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(r.status)
	if !f.HalfBody && !f.WrongLength && f.SlowBody == 0 {
		_, _ = w.Write(r.body)
		return
	}
	half := len(r.body) / 2
	_, _ = w.Write(r.body[:half])
	_ = http.NewResponseController(w).Flush()
	sleep(ctx, f.SlowBody)
	if f.HalfBody {
		breakConnection(w)
		return
	}
	_, _ = w.Write(r.body[half:])
	if f.WrongLength {
		panic(http.ErrAbortHandler) // ends the connection without a word in the log
	}
}

// breakConnection ends the TCP connection with a reset, so that a client that
// kept it alive notices too.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
