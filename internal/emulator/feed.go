package emulator

import "sync"

// Feed tells watchers that something has changed.
type Feed struct {
	mu      sync.Mutex
	version uint64
	next    chan struct{} // closed at the next change
}

func newFeed() *Feed { return &Feed{next: make(chan struct{})} }

// Changed wakes all watchers.
func (f *Feed) Changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	close(f.next)
	f.next = make(chan struct{})
}

// watch returns the version, and a channel that is closed at the next change.
func (f *Feed) watch() (uint64, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version, f.next
}
