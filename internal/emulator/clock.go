package emulator

import (
	"sync"
	"time"
)

// Clock is the emulator's time: real time, moved forward by Advance.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	moved  chan struct{} // closed and replaced whenever the clock jumps
}

func newClock() *Clock { return &Clock{moved: make(chan struct{})} }

// Now is the emulator's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset).UTC()
}

// Advance moves the clock forward by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	close(c.moved)
	c.moved = make(chan struct{})
}

// Jumped is closed at the next Advance.
func (c *Clock) Jumped() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}
