package novutest

import (
	"sync"
	"time"
)

// clock is the server's time: real time, moved forward by Advance.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
	moved  chan struct{} // closed and replaced whenever the clock jumps
}

func newClock() *clock { return &clock{moved: make(chan struct{})} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset).UTC()
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	close(c.moved)
	c.moved = make(chan struct{})
}

// jumped is closed at the next advance.
func (c *clock) jumped() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// stamp is a time as Novu writes it.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(s).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}
