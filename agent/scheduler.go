package agent

import (
	"context"
	"sync"
)

// scheduler runs jobs: those of one conversation one after another, and at most limit at once.
type scheduler struct {
	mu      sync.Mutex
	limit   int
	bound   int // of jobs that wait
	running int
	waiting int // admitted, but not running yet
	lanes   map[string]*lane
	ready   []*lane // have jobs, and none running
	closed  bool
	idle    chan struct{} // closed when the last job has ended after closing
}

// lane is one conversation.
type lane struct {
	id   string
	jobs []job
	busy bool
	done chan struct{} // closed when the lane has ended; nil while nobody waits for it
}

// job is a turn to run. If it is dropped instead, run gets false.
type job func(run bool)

func newScheduler(limit, bound int) *scheduler {
	return &scheduler{limit: limit, bound: bound, lanes: map[string]*lane{}, idle: make(chan struct{})}
}

// admit reserves a place for a job of the conversation. It must be followed by start or release.
func (s *scheduler) admit(conversation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	l := s.lanes[conversation]
	runsAtOnce := l == nil && s.running < s.limit
	follows := l != nil && len(l.jobs) > 0
	if s.waiting >= s.bound && !runsAtOnce && !follows {
		return false
	}
	s.waiting++
	return true
}

// release gives back a reserved place.
func (s *scheduler) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	s.settle()
}

// start queues an admitted job.
func (s *scheduler) start(conversation string, j job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[conversation]
	if l == nil {
		l = &lane{id: conversation}
		s.lanes[conversation] = l
	}
	l.jobs = append(l.jobs, j)
	if !l.busy && len(l.jobs) == 1 {
		s.ready = append(s.ready, l)
	}
	s.next()
}

// next starts what may run. The caller holds the lock.
func (s *scheduler) next() {
	for s.running < s.limit && len(s.ready) > 0 {
		l := s.ready[0]
		s.ready = s.ready[1:]
		j := l.jobs[0]
		l.jobs[0] = nil // the delivery must not outlive its turn
		l.jobs = l.jobs[1:]
		l.busy = true
		s.running++
		s.waiting--
		go func() {
			defer s.done(l) // also where the job ends its goroutine, as a failing test does
			j(true)
		}()
	}
}

func (s *scheduler) done(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	l.busy = false
	if len(l.jobs) > 0 {
		s.ready = append(s.ready, l)
	} else {
		s.end(l)
	}
	s.next()
	s.settle()
}

// end forgets a lane without jobs. The caller holds the lock.
func (s *scheduler) end(l *lane) {
	delete(s.lanes, l.id)
	if l.done != nil {
		close(l.done)
	}
}

// wait waits until no job of the conversation runs or waits.
func (s *scheduler) wait(ctx context.Context, conversation string) error {
	s.mu.Lock()
	l := s.lanes[conversation]
	if l == nil {
		s.mu.Unlock()
		return ctx.Err()
	}
	if l.done == nil {
		l.done = make(chan struct{})
	}
	done := l.done
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter counts a job that runs outside of all lanes, unless the scheduler is closed.
func (s *scheduler) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running++
	return true
}

func (s *scheduler) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	s.next()
	s.settle()
}

// settle announces the end of all jobs. The caller holds the lock.
func (s *scheduler) settle() {
	if !s.closed || s.running+s.waiting > 0 {
		return
	}
	select {
	case <-s.idle:
	default:
		close(s.idle)
	}
}

// close refuses new jobs and waits for the others. When ctx ends, it drops those that wait.
func (s *scheduler) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.settle()
	s.mu.Unlock()
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
	}
	for _, dropped := range s.drop() {
		dropped(false)
	}
	return ctx.Err()
}

func (s *scheduler) drop() []job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var dropped []job
	for _, l := range s.lanes {
		dropped = append(dropped, l.jobs...)
		s.waiting -= len(l.jobs)
		l.jobs = nil
		if !l.busy {
			s.end(l)
		}
	}
	s.ready = nil
	s.settle()
	return dropped
}
