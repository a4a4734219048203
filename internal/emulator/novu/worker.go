package novu

import (
	"context"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
)

// worker processes triggers one after another, some time after they were accepted.
//
// Novu looks up a transaction id when it starts on a trigger and remembers it
// when it is done, so a repeat is suppressed only where the first was processed
// before the repeat was accepted. That makes the outcome depend on nothing but
// the order of accepting and processing.
type worker struct {
	s         *Server
	mu        sync.Mutex
	queue     []job
	delayed   []job           // in a delay step, not due yet
	processed map[string]bool // transaction ids
	wake      chan struct{}
	settling  []*settling
	client    *http.Client
	tokens    map[string]keptToken // of bots; only the worker itself uses it
}

type keptToken struct {
	token   string
	expires time.Time
}

type job struct {
	event
	due           time.Time
	duplicate     bool            // its transaction was processed before it was accepted
	from          int             // the step to go on with
	notifications []*notification // where it goes on
}

// settling is one Settle: it waits for the jobs that were queued when it began.
type settling struct {
	left int
	done chan struct{}
}

func newWorker(s *Server) *worker {
	transport := s.host.Transport()
	transport.DisableKeepAlives = true
	return &worker{
		s: s, processed: make(map[string]bool), wake: make(chan struct{}, 1), tokens: make(map[string]keptToken),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (w *worker) add(e event, now time.Time) {
	w.mu.Lock()
	w.queue = append(w.queue, job{event: e, due: now.Add(w.s.config.ProcessingDelay), duplicate: w.processed[e.transactionID]})
	w.mu.Unlock()
	w.nudge()
}

func (w *worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// cancel forgets what a transaction has delayed, and tells whether there was any.
func (w *worker) cancel(transactionID string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.delayed)
	w.delayed = slices.DeleteFunc(w.delayed, func(j job) bool { return j.transactionID == transactionID })
	return len(w.delayed) < before
}

func (w *worker) settle(ctx context.Context) error {
	now := w.s.host.Clock.Now()
	w.mu.Lock()
	w.promote(now)
	left := len(w.queue)
	if left == 0 {
		w.mu.Unlock()
		return nil
	}
	one := &settling{left: left, done: make(chan struct{})}
	w.settling = append(w.settling, one)
	w.mu.Unlock()
	w.nudge()
	select {
	case <-one.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.s.host.Context().Done():
		return errClosed
	}
}

func (w *worker) run(ctx context.Context) {
	for {
		jumped := w.s.host.Clock.Jumped()
		next, wait := w.next()
		if wait <= 0 {
			w.process(ctx, next)
			continue
		}
		var due <-chan time.Time // none where nothing waits: on a fake clock it would fire for ever
		if wait < never {
			due = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-jumped:
		case <-due:
		}
	}
}

const never = time.Duration(math.MaxInt64)

// next is the job at the head of the queue, which stays there until it is done,
// and how long to wait before it.
func (w *worker) next() (job, time.Duration) {
	now := w.s.host.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.promote(now)
	wait := never
	for _, j := range w.delayed {
		wait = min(wait, j.due.Sub(now))
	}
	if len(w.queue) == 0 {
		return job{}, wait
	}
	if len(w.settling) > 0 {
		return w.queue[0], 0
	}
	return w.queue[0], min(wait, w.queue[0].due.Sub(now))
}

// promote queues the delayed jobs that have come due. The caller holds the lock.
func (w *worker) promote(now time.Time) {
	slices.SortStableFunc(w.delayed, func(a, b job) int { return a.due.Compare(b.due) })
	for len(w.delayed) > 0 && !w.delayed[0].due.After(now) {
		w.queue = append(w.queue, w.delayed[0])
		w.delayed = w.delayed[1:]
	}
}

func (w *worker) process(ctx context.Context, j job) {
	var rest *job
	if !j.duplicate {
		rest = w.s.deliver(ctx, j)
	}
	w.mu.Lock()
	w.processed[j.transactionID] = true
	if rest != nil {
		w.delayed = append(w.delayed, *rest)
	}
	w.queue = w.queue[1:]
	var still []*settling
	for _, one := range w.settling {
		if one.left--; one.left == 0 {
			close(one.done)
			continue
		}
		still = append(still, one)
	}
	w.settling = still
	w.mu.Unlock()
	w.s.host.Feed.Changed()
}
