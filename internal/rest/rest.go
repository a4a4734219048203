package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
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

// Request is one operation of the API.
type Request struct {
	Op      string // what is attempted, in words: "create channel endpoint"
	Kind    Kind
	Method  string
	Route   string   // the pattern, "/v1/channel-endpoints/{identifier}", which is what logs show
	Args    []string // fill the pattern's braces, in order
	Query   url.Values
	URL     string      // instead of Base, Route, Args and Query, to the letter
	Header  http.Header // beyond what every request carries
	Body    any         // sent as JSON, a json.RawMessage as it stands; nil sends none
	Form    url.Values  // sent instead of Body
	Key     string      // the caller's Idempotency-Key; a Trigger without one makes its own
	Secrets []Secret    // what the request holds that an answer must not carry into an error
	Retry   []int       // further statuses that mean what a 503 does

	// Transient tells of an answer whether it means what a 503 does; nil: none.
	Transient func(*Answer) bool
	// Pace waits before each attempt until it may be sent, or until the context
	// ends. The time it takes is not the attempt's.
	Pace func(context.Context)
	// Decode reads a success; nil ignores its body.
	Decode func([]byte) error
	// ReadBack tells of a GuardedCreate whether the existing resource is the
	// one that was asked for.
	ReadBack func(context.Context) (bool, error)
	// Gone tells of a DELETE whether a 404 speaks of the resource, not of the
	// route. Nil: always.
	Gone func(*Answer) bool
}

// Answer is what a server said.
type Answer struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	Attempts   int // requests sent until this answer came
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

// payload returns the body and its type. Without a body the first is an untyped
// nil, which is what retryablehttp wants.
func (r *Request) payload() (any, string, error) {
	if r.Form != nil {
		return []byte(r.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	switch body := r.Body.(type) {
	case nil:
		return nil, "", nil
	case json.RawMessage:
		return []byte(body), "application/json", nil
	}
	data, err := json.Marshal(r.Body)
	if err != nil {
		return nil, "", fmt.Errorf("encode the request: %w", err)
	}
	return data, "application/json", nil
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

func (c *Client) url(r *Request) string {
	if r.URL != "" {
		return r.URL
	}
	var path strings.Builder
	rest := r.Route
	for _, arg := range r.Args {
		open, end := strings.IndexByte(rest, '{'), strings.IndexByte(rest, '}')
		path.WriteString(rest[:open])
		path.WriteString(escape(arg))
		rest = rest[end+1:]
	}
	path.WriteString(rest)
	if len(r.Query) > 0 {
		path.WriteString("?" + strings.ReplaceAll(r.Query.Encode(), "+", "%20"))
	}
	return strings.TrimSuffix(c.Base.String(), "/") + path.String()
}

// escape encodes all but letters, digits and "-_.~": url.PathEscape leaves ":",
// "@" and "=" as they are, which Microsoft wants encoded in its ids.
func escape(arg string) string { return strings.ReplaceAll(url.QueryEscape(arg), "+", "%20") }

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
		if c.neverSent(err) {
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
	if err := c.req.Decode(c.answer.Body); err != nil {
		return c.fail(fmt.Errorf("the answer can't be read: %w", err))
	}
	return nil
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
			body = maskJSON(body)
		}
		c.answer = &Answer{a.StatusCode, a.Header, []byte(c.scrub(body)), a.Attempts}
	}
	return c.client.Error(&Failure{
		Request: c.req, Answer: c.answer, Err: scrubError(err, c.scrub), Attempts: c.attempts, Note: c.note,
	})
}

func (c *call) scrub(text string) string {
	text = Scrub(text, c.req.Secrets...)
	if c.client.Scrub != nil {
		text = c.client.Scrub(text)
	}
	return text
}

func (c *call) log() {
	if c.client.Logger == nil {
		return
	}
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.String("operation", c.req.Op), slog.String("method", c.req.Method), slog.String("route", c.req.Route),
		slog.Int("attempt", c.attempts), slog.Duration("duration", time.Since(c.started)),
	}
	if c.outcome >= serverError || c.outcome == succeeded {
		attrs = append(attrs, slog.Int("status", c.answer.StatusCode))
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("error", c.scrub(c.err.Error())))
	}
	if c.step.again {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Duration("wait", c.wait))
	}
	c.client.Logger.LogAttrs(c.ctx, level, c.client.Name+" request", attrs...)
}
