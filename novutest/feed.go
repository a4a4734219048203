package novutest

import "sync"

// feed tells those who watch that something has changed.
type feed struct {
	mu      sync.Mutex
	version uint64
	next    chan struct{} // closed at the next change
}

func newFeed() *feed { return &feed{next: make(chan struct{})} }

func (f *feed) changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	close(f.next)
	f.next = make(chan struct{})
}

func (f *feed) watch() (uint64, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version, f.next
}
