package agent

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// seenFor is how long a key is remembered at least. A signature is good for 300 s before and after its
// time, so that nobody can repeat a request that was forgotten.
const seenFor = 2 * 300 * time.Second

// seen remembers keys in two generations, so that forgetting costs nothing. Only verified deliveries
// get here, so that nobody else can fill it.
type seen struct {
	mu       sync.Mutex
	recent   map[[16]byte]struct{}
	older    map[[16]byte]struct{}
	turnedAt time.Time
}

// first reports whether key is new, and remembers it.
func (s *seen) first(_ context.Context, key string) (bool, error) {
	sum := sha256.Sum256([]byte(key))
	short := [16]byte(sum[:16])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	_, inRecent := s.recent[short]
	_, inOlder := s.older[short]
	s.recent[short] = struct{}{}
	return !inRecent && !inOlder, nil
}

// forget drops what is old. The caller holds the lock.
func (s *seen) forget() {
	age := time.Since(s.turnedAt)
	switch {
	case s.recent == nil || age > 2*seenFor:
		s.recent, s.older, s.turnedAt = map[[16]byte]struct{}{}, nil, time.Now()
	case age > seenFor:
		s.recent, s.older, s.turnedAt = map[[16]byte]struct{}{}, s.recent, time.Now()
	}
}
