package emulator

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

// Inject adds a fault.
func (h *Host) Inject(f Fault) { h.faults.add(f) }

// ClearFaults removes every fault.
func (h *Host) ClearFaults() { h.faults.clear() }

// Take is the fault that happens to a request, or nil. Requests of the listener
// have taken theirs already; this is for requests inside a request.
func (h *Host) Take(method, pattern, path string) *Fault { return h.faults.take(method, pattern, path) }

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

// Wait is the fault's delay.
func (f *Fault) Wait(ctx context.Context) {
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

// Reply is the fault's own answer.
func (f *Fault) Reply() *Reply {
	return &Reply{Status: f.Status, Header: f.Header.Clone(), Body: []byte(f.Body)}
}

// write sends an answer, in the way of the fault if there is one.
func (f *Fault) write(ctx context.Context, w http.ResponseWriter, r *Reply) {
	if f == nil {
		f = &Fault{}
	}
	sleep(ctx, f.SlowHeaders)
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	length := len(r.Body)
	if f.WrongLength {
		length += 64
	}
	if f.BadGzip {
		w.Header().Set("Content-Encoding", "gzip")
	}
	if r.Status != http.StatusNoContent && r.Status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(r.Status)
	if !f.HalfBody && !f.WrongLength && f.SlowBody == 0 {
		_, _ = w.Write(r.Body)
		return
	}
	half := len(r.Body) / 2
	_, _ = w.Write(r.Body[:half])
	_ = http.NewResponseController(w).Flush()
	sleep(ctx, f.SlowBody)
	if f.HalfBody {
		breakConnection(w)
		return
	}
	_, _ = w.Write(r.Body[half:])
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
