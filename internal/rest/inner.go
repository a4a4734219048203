package rest

import "time"

// Again reports whether an answer inside another one, such as that of an item in a batch, is worth
// another request, and when: as the retry table has it for a request of its own. The answer is nil
// if there was none.
func (c *Client) Again(r *Request, a *Answer, attempts int) (time.Duration, bool) {
	if a == nil {
		wait, left := Backoff(c.Policy, attempts, 0)
		return wait, left && r.next(broken, nil, false).again
	}
	wait, left := Backoff(c.Policy, attempts, RetryAfter(a.Header))
	return wait, left && r.next(r.outcomeOf(a, false), a, false).again
}
