package rest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// An answer inside a batch is judged as one to a request of its own.
func TestAgain(t *testing.T) {
	t.Parallel()
	c := &Client{Policy: RetryPolicy{MaxAttempts: 3}.WithDefaults()}
	read := &Request{Kind: Read, Method: http.MethodGet}
	answer := func(status int, retryAfter string) *Answer {
		header := http.Header{}
		if retryAfter != "" {
			header.Set("Retry-After", retryAfter)
		}
		return &Answer{StatusCode: status, Header: header}
	}
	for _, tt := range []struct {
		name     string
		answer   *Answer
		attempts int
		again    bool
		wait     time.Duration // 0: not looked at
	}{
		{name: "no answer", attempts: 1, again: true},
		{name: "no answer, no attempts left", attempts: 3},
		{name: "throttled", answer: answer(429, "7"), attempts: 1, again: true, wait: 7 * time.Second},
		{name: "throttled with decimals", answer: answer(429, "1.5"), attempts: 1, again: true, wait: 1500 * time.Millisecond},
		{name: "throttled for too long", answer: answer(429, "61"), attempts: 1},
		{name: "throttled, no attempts left", answer: answer(429, ""), attempts: 3},
		{name: "server error", answer: answer(502, ""), attempts: 1, again: true},
		{name: "timeout", answer: answer(408, ""), attempts: 1, again: true},
		{name: "not found", answer: answer(404, ""), attempts: 1},
		{name: "dependency", answer: answer(424, ""), attempts: 1},
		{name: "success", answer: answer(200, ""), attempts: 1},
	} {
		wait, again := c.Again(read, tt.answer, tt.attempts)
		assert.Equal(t, tt.again, again, tt.name)
		if tt.wait > 0 {
			assert.InDelta(t, tt.wait, wait, float64(time.Second), tt.name)
			assert.GreaterOrEqual(t, wait, tt.wait, tt.name)
		}
	}
}
