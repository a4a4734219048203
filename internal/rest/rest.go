package rest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/novu-go/novu/internal/redact"
)

// Client sends requests to one API root. Its fields are set once, before the
// first request; it is then safe for concurrent use.
type Client struct {
	Name string       // of the package, for log lines
	Base *url.URL     // the API root, perhaps with a path
	HTTP *http.Client // from NewHTTPClient

	// The credential is in closures, so that printing a Client can't show it.
	// Nil where it goes with each request, as Header and Secrets.
	Authorize func(http.Header)
	Scrub     func(string) string

	UserAgent string
	Policy    RetryPolicy  // with its defaults filled in
	MaxBody   int64        // bytes of an answer
	Logger    *slog.Logger // nil: no log

	// Error turns a failure into the package's own error.
	Error func(*Failure) error
}

// Answer is what a server said.
type Answer struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	Attempts   int // requests sent, those included that came to nothing after this answer
}

// Failure is why an operation did not succeed, free of secrets.
type Failure struct {
	Request  *Request
	Answer   *Answer // the last one; nil if there was none
	Err      error   // transport, context or decoding; nil where the answer says it all
	Attempts int     // requests sent
	Note     string  // why no further attempt was made, where that is not plain
}

// Do sends r, again where r's kind allows it, and decodes the answer. The error
// is what c.Error makes of the failure.
func (c *Client) Do(ctx context.Context, r *Request) (*Answer, error) {
	call := &call{client: c, req: r, ctx: ctx, key: r.Key}
	if ctx.Err() != nil {
		return nil, call.fail(contextError(ctx))
	}
	if r.Kind == Trigger && r.Key == "" {
		call.key = rand.Text()
	}
	req, err := call.build()
	if err != nil {
		return nil, call.fail(err)
	}
	return call.send(req)
}

// call is the state of one Do; its methods are go-retryablehttp's hooks.
type call struct {
	client *Client
	req    *Request
	ctx    context.Context

	key       string // Idempotency-Key of the next attempt
	attempts  int
	started   time.Time // of the attempt
	held      bool      // by Pace, until the context ended
	asked     atomic.Bool
	connected atomic.Bool

	answer  *Answer // the last
	err     error   // of the last attempt
	outcome outcome // of the last attempt
	step    step    // after the last attempt
	wait    time.Duration
	note    string
}

func (c *call) build() (*retryablehttp.Request, error) {
	payload, contentType, err := c.req.payload()
	if err != nil {
		return nil, err
	}
	ctx := httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.connected.Store(true) },
	})
	req, err := retryablehttp.NewRequestWithContext(ctx, c.req.Method, c.client.url(c.req), payload)
	if err != nil {
		return nil, err
	}
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
		// net/http repeats a request with this header by itself when a reused
		// connection breaks, unseen by the table; without GetBody it can't.
		req.GetBody = nil
	}
	return req, nil
}

// send runs the attempts. Their results are in c: retryablehttp's own are of no
// use once the hooks have seen them.
func (c *call) send(req *retryablehttp.Request) (*Answer, error) {
	loop := retryablehttp.Client{
		HTTPClient:     c.client.HTTP,
		RetryMax:       c.client.Policy.MaxAttempts - 1,
		RequestLogHook: c.begin,
		CheckRetry:     c.finish,
		Backoff:        func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait },
		PrepareRetry:   c.renew,
		ErrorHandler:   func(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err },
	}
	resp, err := loop.Do(req)
	if resp != nil {
		_ = resp.Body.Close() // finish has read it
	}
	switch {
	case c.step.done:
		err = c.decode()
	case c.step.readBack:
		err = c.readBack()
	case c.ctx.Err() != nil:
		if c.held {
			c.note = "the client's own rate limit let nothing through before"
		}
		err = c.fail(contextError(c.ctx))
	case c.attempts == 0:
		err = c.fail(err)
	default:
		err = c.fail(c.err)
	}
	return c.answer, err
}

func (c *call) begin(_ retryablehttp.Logger, _ *http.Request, _ int) {
	if c.req.Pace != nil {
		c.req.Pace(c.ctx)
		if c.held = c.ctx.Err() != nil; c.held {
			return // the transport refuses what is over
		}
	}
	c.asked.Store(false)
	c.connected.Store(false)
	c.attempts++
	c.started = time.Now()
}

// finish is the CheckRetry hook: it takes the whole answer, since the loop
// would throw it away, and decides what follows.
func (c *call) finish(_ context.Context, resp *http.Response, err error) (bool, error) {
	if c.held {
		return false, nil
	}
	c.outcome, c.err = c.take(resp, err)
	c.step = c.req.next(c.outcome, c.answer, c.attempts)
	c.wait, c.note = 0, ""
	if c.step.again {
		c.plan()
	}
	c.log()
	return c.step.again, nil
}

// take reads one attempt's result. A broken attempt leaves the answer of an
// earlier one in place: it is the last thing that the server said.
func (c *call) take(resp *http.Response, err error) (outcome, error) {
	if resp == nil {
		switch {
		case isFinal(err):
			return barred, plainError(err)
		case c.neverSent(err):
			return unsent, plainError(err)
		}
		return broken, plainError(err)
	}
	a := &Answer{StatusCode: resp.StatusCode, Header: resp.Header, Attempts: c.attempts}
	c.answer = a
	limit := c.client.MaxBody
	success := a.StatusCode/100 == 2
	if !success {
		limit = min(limit, maxErrorBody)
	}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(a.Body)) > limit {
		a.Body = a.Body[:limit]
		if success {
			return refused, fmt.Errorf("the answer is larger than %d bytes", limit)
		}
	}
	if err != nil && success {
		return broken, fmt.Errorf("the answer broke off after %d bytes: %w", len(a.Body), plainError(err))
	}
	return c.req.outcomeOf(a, c.key != ""), nil
}

// neverSent reports whether the request can't have reached a server. The trace
// knows it of net/http's transport, the error's type of any other.
func (c *call) neverSent(err error) bool {
	if c.asked.Load() {
		return !c.connected.Load()
	}
	return isDialError(err)
}

// plan fixes the wait before the next attempt, or ends the call where there is
// to be none.
func (c *call) plan() {
	policy := &c.client.Policy
	if c.replayedForGood() {
		c.step.again = false
		c.note = "the server replayed the error that it keeps for this idempotency key; use a new key"
		return
	}
	if c.attempts >= policy.MaxAttempts {
		c.step.again = false
		return
	}
	after := c.retryAfter()
	c.wait = policy.backoff(c.attempts, c.step.floor, after)
	switch left, limited := timeLeft(c.ctx); {
	case after > policy.MaxRetryAfter:
		c.step.again = false
		c.note = fmt.Sprintf("the server asked to wait %s, the retry policy allows %s", after, policy.MaxRetryAfter)
	case limited && c.wait >= left:
		c.step.again = false
		c.note = fmt.Sprintf("the next attempt would wait %s, the deadline leaves %s", c.wait.Round(time.Millisecond), left.Round(time.Millisecond))
		c.err = errors.Join(c.err, context.DeadlineExceeded)
	}
}

// replayedForGood: a cached error is final under a key that the caller gave
// and that therefore can't be changed.
func (c *call) replayedForGood() bool {
	return c.req.Key != "" && c.outcome == serverError && c.answer.Replayed()
}

// Replayed reports whether the answer is a cached one, served for a key that
// the server has seen before.
func (a *Answer) Replayed() bool { return a.Header.Get("Idempotency-Replay") == "true" }

func (c *call) retryAfter() time.Duration {
	if c.outcome < serverError { // no answer to this attempt
		return 0
	}
	return RetryAfter(c.answer.Header)
}

// renew is the PrepareRetry hook. The header is copied because the transport
// may still be writing the request before.
func (c *call) renew(req *http.Request) error {
	if c.step.newKey && c.req.Key == "" {
		c.key = rand.Text()
		req.Header = req.Header.Clone()
		req.Header.Set("Idempotency-Key", c.key)
	}
	return nil
}

func (c *call) decode() error {
	if c.req.Decode == nil || c.outcome != succeeded {
		return nil
	}
	err := c.req.Decode(c.answer.Body)
	if err == nil {
		return nil
	}
	if c.req.Kind == GuardedCreate {
		// It exists: an error would have the caller create another.
		if ours, lost := c.req.ReadBack(c.ctx); ours && lost == nil {
			return nil
		}
	}
	return c.fail(fmt.Errorf("the answer can't be read: %w", err))
}

func (c *call) readBack() error {
	ours, err := c.req.ReadBack(c.ctx)
	if err != nil {
		c.note = "reading back what an earlier attempt may have created failed too"
		return c.fail(err)
	}
	if !ours {
		return c.fail(nil)
	}
	return nil
}

// fail ends the call. What the error is made of has passed through here, so
// that nothing above has to think of secrets.
func (c *call) fail(err error) error {
	if a := c.answer; a != nil {
		body := string(a.Body)
		if a.StatusCode/100 == 2 {
			body = redact.MaskJSON(body)
		}
		c.answer = &Answer{a.StatusCode, a.Header, []byte(c.scrub(body)), c.attempts}
	}
	return c.client.Error(&Failure{
		Request: c.req, Answer: c.answer, Err: redact.Error(err, c.scrub), Attempts: c.attempts, Note: c.note,
	})
}

func (c *call) scrub(text string) string {
	text = redact.Scrub(text, c.req.Secrets...)
	if c.client.Scrub != nil {
		text = c.client.Scrub(text)
	}
	return text
}

// attempt makes one attempt. Being no more than a RoundTripper it also hides
// CloseIdleConnections, which go-retryablehttp calls on every failure: one
// failing call must not cost the others their connections.
type attempt struct {
	next    http.RoundTripper
	timeout time.Duration // the reading of the body included
}

func (a attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err // a pace that the context ended before it let through
	}
	// http.Client.Timeout would start a goroutine for each request, since it
	// does not know this transport.
	ctx, cancel := context.WithTimeout(req.Context(), a.timeout)
	resp, err := a.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &attemptBody{resp.Body, cancel}
	if resp.StatusCode/100 == 3 {
		// net/http answers a Location that it can't parse with an error that
		// has lost the status.
		if _, bad := req.URL.Parse(resp.Header.Get("Location")); bad != nil {
			resp.Header.Del("Location")
		}
	}
	return resp, nil
}

// attemptBody ends the attempt when it is closed.
type attemptBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *attemptBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// borrowed is the transport of a client that belongs to somebody else.
type borrowed struct{ client *http.Client }

func (b borrowed) RoundTrip(req *http.Request) (*http.Response, error) {
	if b.client.Transport == nil {
		return http.DefaultTransport.RoundTrip(req)
	}
	return b.client.Transport.RoundTrip(req)
}
