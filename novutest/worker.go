package novutest

import (
	"context"
	"net/http"
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
	processed map[string]bool // transaction ids
	wake      chan struct{}
	settling  []*settling
	client    *http.Client
}

type job struct {
	event
	due       time.Time
	duplicate bool // its transaction was processed before it was accepted
}

// settling is one Settle: it waits for the jobs that were queued when it began.
type settling struct {
	left int
	done chan struct{}
}

func newWorker(s *Server) *worker {
	transport := s.transport()
	transport.DisableKeepAlives = true
	return &worker{
		s: s, processed: make(map[string]bool), wake: make(chan struct{}, 1),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (w *worker) add(e event, now time.Time) {
	w.mu.Lock()
	w.queue = append(w.queue, job{event: e, due: now.Add(w.s.config.delay), duplicate: w.processed[e.transactionID]})
	w.mu.Unlock()
	w.nudge()
}

func (w *worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) settle(ctx context.Context) error {
	w.mu.Lock()
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
	case <-w.s.ctx.Done():
		return errClosed
	}
}

func (w *worker) run() {
	for {
		jumped := w.s.clock.jumped()
		next, wait, has := w.next()
		if has && wait <= 0 {
			w.process(next)
			continue
		}
		var timer <-chan time.Time
		if has {
			timer = time.After(wait)
		}
		select {
		case <-w.s.ctx.Done():
			return
		case <-w.wake:
		case <-jumped:
		case <-timer:
		}
	}
}

// next is the job at the head of the queue, which stays there until it is done,
// and how long to wait for it.
func (w *worker) next() (job, time.Duration, bool) {
	now := w.s.clock.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return job{}, 0, false
	}
	wait := w.queue[0].due.Sub(now)
	if len(w.settling) > 0 {
		wait = 0
	}
	return w.queue[0], wait, true
}

func (w *worker) process(j job) {
	if !j.duplicate {
		w.s.deliver(w.s.ctx, j.event)
	}
	w.mu.Lock()
	w.processed[j.transactionID] = true
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
	w.s.feed.changed()
}
