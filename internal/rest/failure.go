package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
)

// Answer is what a server said.
type Answer struct {
	StatusCode int
	Header     http.Header
	Body       []byte
	Attempts   int // requests sent, those included that came to nothing after this answer

	cut bool // Body is only the start
}

func (a *Answer) ok() bool { return a.StatusCode/100 == 2 }

// Replayed reports whether the answer is a cached one, served for a key that the server has seen
// before.
func (a *Answer) Replayed() bool { return a.Header.Get("Idempotency-Replay") == "true" }

func (a *Answer) tooLarge(limit int64) error {
	if a.cut {
		return fmt.Errorf("it is larger than %d bytes", limit)
	}
	return nil
}

// Failure is why an operation did not succeed, free of secrets.
type Failure struct {
	Request  *Request
	Answer   *Answer // the last one; nil if there was none
	Err      error   // transport, context or decoding; nil if the answer says it all
	Attempts int     // requests sent
	Note     string  // why no further attempt was made, if that is not plain
	Unknown  bool    // the request may or may not have been carried out
}

const (
	maxErrorBody = 64 << 10 // read of an error answer
	maxKept      = 4 << 10  // kept of it
	maxText      = 1 << 10  // of a text in an error or a log
	maxPresized  = 1 << 20
)

// read takes the whole answer of an attempt: a part of one is none, unless the status says it all.
func (c *call) read(resp *http.Response, err error) (*Answer, error) {
	if resp == nil && err == nil {
		return nil, errors.New("the transport returned neither an answer nor an error")
	}
	if resp == nil {
		return nil, plainError(err)
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is lost once it has been read
	if err != nil {
		return nil, plainError(err)
	}
	a := &Answer{StatusCode: resp.StatusCode, Header: resp.Header}
	limit := c.client.MaxBody
	if !a.ok() {
		limit = min(limit, maxErrorBody)
	}
	a.Body, err = readUpTo(resp.Body, limit, resp.ContentLength)
	if int64(len(a.Body)) > limit {
		a.Body, a.cut = a.Body[:limit], true
		return a, nil
	}
	if err == nil && !a.ok() && isPartOfJSON(a.Body) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return a, fmt.Errorf("the answer broke off after %d bytes: %w", len(a.Body), plainError(err))
	}
	return a, nil
}

// readUpTo reads at most one byte more than the limit.
func readUpTo(body io.Reader, limit, announced int64) ([]byte, error) {
	if limit+1 > limit { // no overflow
		limit++
	}
	var b bytes.Buffer
	if announced > 0 && announced <= min(limit, maxPresized) {
		b.Grow(int(announced) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(body, limit))
	return b.Bytes(), err
}

// isPartOfJSON reports whether body begins as JSON and ends before it is complete.
func isPartOfJSON(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[') && !json.Valid(body)
}

// fail ends the call. What the error is made of has passed through here, so that nothing above has
// to think of secrets.
func (c *call) fail(err error) *Failure {
	if a := c.answer; a != nil {
		c.answer = &Answer{StatusCode: a.StatusCode, Header: a.Header, Body: c.showable(a), Attempts: c.attempts}
	}
	unknown := c.unknown || c.mayBeDone && (c.req.Kind == Post || c.req.Kind == Trigger || c.req.Kind == guardedCreate)
	if unknown && c.note == "" {
		c.note = "it may have been carried out"
	}
	return &Failure{
		Request: c.req, Answer: c.answer, Err: redact.Error(err, c.clean), Attempts: c.attempts, Note: c.note,
		Unknown: unknown,
	}
}

// showable is a copy of the answer's body that may be shown. That of a success is masked too, since
// it may be full of secrets that nobody here knows.
func (c *call) showable(a *Answer) []byte {
	body, cut := a.Body, a.cut
	if a.ok() && len(body) > 2*maxKept {
		body, cut = body[:2*maxKept], true
	}
	text := redact.JSON(string(body), c.scrub)
	if cut { // the end may be the first part of a secret, by which nothing knows it
		text = text[:max(0, len(text)-maxKept)]
	}
	if a.ok() {
		text = redact.MaskJSON(text)
	}
	return []byte(text)
}

// Excerpt returns a copy of the body's first 4 KiB.
func (a *Answer) Excerpt() []byte { return bytes.Clone(a.Body[:min(len(a.Body), maxKept)]) }

// scrub takes the secrets of this call out of a text.
func (c *call) scrub(text string) string {
	text = redact.Scrub(text, c.req.Secrets...)
	if c.client.Scrub != nil {
		text = c.client.Scrub(text)
	}
	return text
}

// clean makes a text fit for an error or a log.
func (c *call) clean(text string) string { return redact.Line(c.scrub(text), maxText) }

// marked is an error of a kind that errors.Is knows and its text does not repeat.
type marked struct {
	text string
	err  error
	kind error
}

func (e marked) Error() string   { return e.text + e.err.Error() }
func (e marked) Unwrap() []error { return []error{e.err, e.kind} }

func badAnswer(err error) error {
	return marked{text: "the answer can't be read: ", err: err, kind: check.ErrBadAnswer}
}

// timeoutError is the end of an attempt. It is no context.DeadlineExceeded: the caller's own
// deadline has not passed.
type timeoutError struct{ limit time.Duration }

func (e timeoutError) Error() string { return "no answer within " + e.limit.String() }

// Timeout makes it a net.Error's timeout.
func (timeoutError) Timeout() bool { return true }

// Temporary belongs to net.Error.
func (timeoutError) Temporary() bool { return true }
