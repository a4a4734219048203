package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Client sends requests to one API root. Its fields are set once, before the first request. It is
// then safe for concurrent use.
type Client struct {
	Name      string     // of the package, for log lines
	Base      *url.URL   // the API root, perhaps with a path
	Transport *Transport // from NewTransport

	// The credential is in closures, so that printing a Client can't show it. Both are nil if the
	// credential goes with each request, as Header and Secrets.
	Authorize func(http.Header)
	Scrub     func(string) string

	UserAgent string
	Policy    RetryPolicy  // with its defaults filled in
	MaxBody   int64        // bytes of an answer
	Logger    *slog.Logger // nil: no log
	OnAttempt AttemptHook  // nil: nobody is told
}

// Do sends r, again if the retry table allows it, and decodes the answer. The failure is nil if the
// operation succeeded. The answer is the last one, nil if there was none.
func (c *Client) Do(ctx context.Context, r *Request) (*Answer, *Failure) {
	call := &call{Context: ctx, client: c, req: r, key: r.Key}
	if ctx.Err() != nil {
		call.reportUnsent()
		return nil, call.fail(contextError(ctx))
	}
	req, err := call.build()
	if err != nil {
		return nil, call.fail(err)
	}
	call.repeat(req)
	failure := call.finish()
	return call.answer, failure
}

// call is the state of one Do. It is also the context that its requests carry, by which the hooks
// of go-retryablehttp and the transport beneath it find it again.
type call struct {
	context.Context //nolint:containedctx // it is one

	client *Client
	req    *Request
	key    string // Idempotency-Key of the next attempt

	attempts  int
	started   time.Time // of the last attempt
	held      bool      // by Pace, until the context ended
	heldFor   time.Duration
	timedOut  bool // the last attempt did
	mayBeDone bool // an attempt before the last can have been carried out
	was503    bool // an attempt before the last was answered 503
	unknown   bool // whether it was carried out, and asking again will not tell

	abandon context.CancelFunc // ends the last attempt
	conns   connections        // of the last attempt

	answer  *Answer // the last one; an attempt without an answer leaves it
	err     error   // of the last attempt
	outcome outcome // of the last attempt
	next    step    // after the last attempt
	wait    time.Duration
	note    string
}

type callKey struct{}

// Value returns the call itself, or what the caller's context holds.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// callOf returns the call that a request belongs to.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) } //nolint:forcetypeassert // every request here has one

// build makes the request: the first step.
func (c *call) build() (*retryablehttp.Request, error) {
	if c.req.Kind == Trigger && c.key == "" {
		c.key = rand.Text()
	}
	payload, contentType, err := c.req.payload()
	if err != nil {
		return nil, err
	}
	ctx := httptrace.WithClientTrace(c, &httptrace.ClientTrace{
		GetConn: func(address string) { c.conns.want(address) },
		GotConn: func(httptrace.GotConnInfo) {
			if c.conns.get() > maxConnsOfAttempt {
				c.abandon()
			}
		},
	})
	req, err := retryablehttp.NewRequestWithContext(ctx, c.req.Method, c.client.url(c.req), payload)
	if err != nil {
		return nil, plainError(err)
	}
	c.conns.own = addressOf(req.URL)
	req.GetBody = nil // with it net/http repeats a request by itself, unseen by the retry table
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.client.UserAgent)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, values := range c.req.Header {
		req.Header[name] = values
	}
	if c.client.Authorize != nil {
		c.client.Authorize(req.Header)
	}
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	return req, nil
}

// repeat runs the attempts. What they come to is in c.
func (c *call) repeat(req *retryablehttp.Request) {
	loop := retryablehttp.Client{
		HTTPClient:   c.client.Transport.attempts,
		RetryMax:     c.client.Policy.MaxAttempts - 1,
		CheckRetry:   func(ctx context.Context, _ *http.Response, _ error) (bool, error) { return callOf(ctx).decide(), nil },
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }, // PrepareRetry waits
		PrepareRetry: func(req *http.Request) error { return callOf(req.Context()).waitAndRenew(req) },
		ErrorHandler: func(_ *http.Response, err error, _ int) (*http.Response, error) { return nil, err },
	}
	_, err := loop.Do(req) //nolint:bodyclose // the attempt has read and closed it
	if c.attempts == 0 {
		c.err = plainError(err)
	}
}

// attempt is the transport of go-retryablehttp.
type attempt struct{}

// RoundTrip makes one attempt: it waits for the pace, sends, and reads the whole answer.
func (attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	if c.req.Pace != nil {
		since := time.Now()
		c.req.Pace(c.Context)
		c.heldFor = time.Since(since)
	}
	if c.held = c.Err() != nil; c.held {
		c.reportUnsent()
		return nil, c.Err()
	}
	c.attempts++
	c.started = time.Now()
	c.conns.reset()
	limit := cmp.Or(c.req.Timeout, c.client.Transport.timeout)
	ctx, cancel := context.WithTimeout(req.Context(), limit)
	c.abandon = cancel
	defer cancel()
	resp, err := c.client.Transport.pick(c.timedOut).RoundTrip(req.WithContext(ctx))
	answer, err := c.read(resp, err)
	c.timedOut = err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && c.Err() == nil
	switch {
	case c.timedOut:
		err = timeoutError{limit: limit}
	case err != nil && c.conns.got() > maxConnsOfAttempt && c.Err() == nil:
		err = errors.New("each connection ended before an answer")
	}
	c.classify(answer, err)
	if err != nil {
		return nil, err
	}
	resp.Body = http.NoBody
	return resp, nil
}

// classify says how the attempt ended. A broken attempt leaves the answer of an earlier one in
// place: it is the last thing that the server said.
func (c *call) classify(a *Answer, err error) {
	c.outcome, c.err = broken, err
	switch {
	case a != nil:
		if outcome := c.req.outcomeOf(a, c.key != ""); err == nil || outcome == rateLimited || outcome == serverError {
			c.outcome, c.err = outcome, nil
			c.answer = a
		}
	case isPermanent(err):
		c.outcome = barred
	case c.conns.neverSent(err):
		c.outcome = unsent
	}
}

// decide looks the outcome up in the retry table, fixes the wait, and reports whether to send
// again.
func (c *call) decide() bool {
	if c.held || c.attempts == 0 {
		return false
	}
	c.mayBeDone = c.mayBeDone || c.conns.got() > 1
	c.next = c.req.next(c.outcome, c.answer, c.mayBeDone)
	c.wait, c.note = 0, c.next.note
	if c.next.again {
		c.planWait()
	}
	c.mayBeDone = c.mayBeDone || c.outcome == broken || c.outcome == serverError || c.outcome == inProgress
	c.was503 = c.was503 || c.outcome == serverError && c.answer.StatusCode == http.StatusServiceUnavailable
	c.report()
	return c.next.again
}

// planWait fixes the wait before the next attempt, or ends the call.
func (c *call) planWait() {
	policy := &c.client.Policy
	c.next.again = false
	after := c.retryAfter()
	c.wait = policy.backoff(c.attempts, c.next.floor, after)
	left, limited := timeLeft(c)
	switch {
	case c.errorIsKept():
		c.unknown = true
		c.note = "the server keeps this error under the idempotency key; use a new key"
	case c.attempts >= policy.MaxAttempts:
	case after > policy.MaxRetryAfter:
		c.note = fmt.Sprintf("the server asked to wait %s, the retry policy allows %s", after, policy.MaxRetryAfter)
	case limited && c.wait >= left:
		c.note = fmt.Sprintf("the next attempt would wait %s, the deadline leaves %s", c.wait.Round(time.Millisecond), left.Round(time.Millisecond))
		c.err = errors.Join(c.err, context.DeadlineExceeded)
	default:
		c.next.again = true
	}
}

// errorIsKept reports whether the server would answer the caller's key, which can't be renewed,
// with the same error again.
func (c *call) errorIsKept() bool {
	return c.req.Key != "" && c.outcome == serverError &&
		(c.answer.Replayed() || c.was503 && c.answer.StatusCode == http.StatusServiceUnavailable)
}

// retryAfter is the server's word on the last attempt.
func (c *call) retryAfter() time.Duration {
	if c.outcome < serverError { // no answer to this attempt
		return 0
	}
	return RetryAfter(c.answer.Header)
}

// waitAndRenew waits until the next attempt is due, and replaces an idempotency key that has seen
// an error. The header is copied because the transport may still be writing the request before.
func (c *call) waitAndRenew(req *http.Request) error {
	timer := time.NewTimer(c.wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.Done():
		c.heldFor = 0
		c.reportUnsent()
		return c.Err()
	}
	if c.next.newKey && c.req.Key == "" {
		c.key = rand.Text()
		req.Header = req.Header.Clone()
		req.Header.Set("Idempotency-Key", c.key)
	}
	return nil
}

// finish turns the last attempt into a result: it decodes, or reads back, or fails.
func (c *call) finish() *Failure {
	if c.answer != nil {
		c.answer.Attempts = c.attempts
	}
	switch {
	case c.next.done && c.outcome == succeeded:
		return c.decode()
	case c.next.done:
		return nil
	case c.next.readBack:
		return c.readBack(nil)
	case c.Err() == nil:
		return c.fail(c.err)
	case c.held:
		c.note = "the client's own rate limit let nothing through before"
	}
	return c.fail(contextError(c.Context))
}

func (c *call) decode() *Failure {
	err := c.answer.tooLarge(c.client.MaxBody)
	if err == nil && c.req.Decode != nil {
		err = c.req.Decode(c.answer.Body)
	}
	if err == nil {
		return nil
	}
	err = badAnswer(err)
	if c.req.readBack != nil {
		return c.readBack(err) // it exists: an error would have the caller create another
	}
	c.mayBeDone = true
	return c.fail(err)
}

// readBack settles whether the resource on the server is the one that was sent. The error is that
// of an answer that can't be read; nil stands for a conflict.
func (c *call) readBack(bad error) *Failure {
	ours, err := c.req.readBack(c.Context)
	switch {
	case ours && err == nil:
		return nil
	case err == nil && bad == nil:
		c.mayBeDone = false // what exists is somebody else's
		return c.fail(nil)
	case err == nil:
		err = errors.New("it is not what was sent")
	}
	c.mayBeDone = true
	c.note = "reading the resource back failed: " + c.clean(err.Error())
	return c.fail(errors.Join(bad, c.Err()))
}
