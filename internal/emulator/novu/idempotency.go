package novu

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	idempotencyHeader  = "Idempotency-Key"
	replayHeader       = "Idempotency-Replay"
	idempotencyKeyMost = 255
	idempotencyAge     = 24 * time.Hour
	idempotencyDocs    = "https://docs.novu.co/additional-resources/idempotency"
)

// idempotentRequest is the first request under a key. The key is all that
// counts, not the route.
type idempotentRequest struct {
	hash    [sha256.Size]byte
	expires time.Time
	answer  *reply // nil while it is in progress
}

// idempotent runs do unless the request's key has been seen. Errors are kept
// like successes, but replayed as 503.
func (s *Server) idempotent(c *call, do func() *reply) *reply {
	key := c.Header.Get(idempotencyHeader)
	if key == "" || !s.config.Idempotency || c.Method != http.MethodPost && c.Method != http.MethodPatch {
		return do()
	}
	if len(key) > idempotencyKeyMost {
		return c.badRequest(
			fmt.Sprintf(
				`idempotencyKey "%s" has exceeded the maximum allowed length of %d characters`,
				key,
				idempotencyKeyMost,
			),
		)
	}
	first, mine := s.claim(c, key)
	if !mine {
		return s.replay(c, key, first).With(idempotencyHeader, key)
	}
	answer := do()
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := *answer
	first.answer = &kept
	if answer.Status == http.StatusTooManyRequests {
		delete(s.idempotency, key)
	}
	return answer.With(idempotencyHeader, key)
}

// claim finds the first request under the key, or makes this one the first.
func (s *Server) claim(c *call, key string) (*idempotentRequest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, has := s.idempotency[key]; has && c.Now.Before(first.expires) {
		return first, false
	}
	first := &idempotentRequest{hash: bodyHash(c.Raw), expires: c.Now.Add(idempotencyAge)}
	s.idempotency[key] = first
	return first, true
}

// bodyHash ignores white space, but not the order of keys.
func bodyHash(raw []byte) [sha256.Size]byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return sha256.Sum256(raw)
	}
	return sha256.Sum256(b.Bytes())
}

func (s *Server) replay(c *call, key string, first *idempotentRequest) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case first.answer == nil:
		return c.inProgress(key)
	case first.hash != bodyHash(c.Raw):
		return c.named(http.StatusUnprocessableEntity, `Request with key "`+key+`" is being reused for a different body`).
			With("Link", idempotencyDocs)
	case first.answer.Status >= http.StatusBadRequest:
		return c.bare(http.StatusServiceUnavailable, "Service Unavailable").With(replayHeader, "true")
	}
	again := &reply{Status: first.answer.Status, Header: first.answer.Header.Clone(), Body: first.answer.Body}
	return again.With(replayHeader, "true")
}

func (c *call) inProgress(key string) *reply {
	return c.conflict(`Request with key "`+key+`" is currently being processed. Please retry after 1 second`).
		With("Retry-After", "1").With("Link", idempotencyDocs)
}
