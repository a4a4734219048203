package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// What an error is, for errors.Is. The details are in [*Error].
var (
	// ErrInvalidParams: the parameters can't be right; nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrUnauthorized (401): the URL's signature is not accepted.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden (403): the workflow may not be run by this request.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound (404): there is no such workflow.
	ErrNotFound = errors.New("not found")
	// ErrValidation (400, 422): the server refused the content of the request.
	ErrValidation = errors.New("validation failed")
	// ErrRateLimited (429, or a success whose body reports one): too many
	// messages, retries included.
	ErrRateLimited = errors.New("rate limited")
	// ErrPayloadTooLarge (413, or found before sending): the message is too large.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrServer (5xx): the server failed; the message may have been accepted.
	ErrServer = errors.New("server error")
	// ErrPrivateAddress: the host leads to an address that is not public;
	// nothing was sent.
	ErrPrivateAddress = errors.New("the address is not public")
)

// Error is every error that this package returns. Use errors.Is with the Err…
// values for its kind, with context.Canceled and context.DeadlineExceeded;
// errors.As for its details. It holds no secret.
type Error struct {
	Op         string              // what was attempted: "send message"
	StatusCode int                 // of the last answer, 429 for a success that reports a throttle; 0 if there was none
	Code       string              // the server's: "MissingApiVersionParameter"
	Message    string              // the server's, or what is wrong with the parameters
	URL        string              // redacted but for the host; empty where none is concerned
	Fields     map[string][]string // what is wrong per parameter
	RetryAfter time.Duration       // the server's; 0 if it gave none
	Attempts   int                 // requests sent
	Body       []byte              // the answer, at most 4 KiB of it

	kinds []error
	cause error
	note  string
}

const maxErrorExcerpt = 4 << 10

// newError makes the package's error of a failure. The failure is already free
// of secrets.
func newError(f *rest.Failure) error {
	e := &Error{Op: f.Request.Op, URL: f.Request.Route, Attempts: f.Attempts, cause: f.Err, note: f.Note}
	a := f.Answer
	if a == nil {
		return e
	}
	e.StatusCode = a.StatusCode
	e.RetryAfter = rest.RetryAfter(a.Header)
	e.Body = a.Body[:min(len(a.Body), maxErrorExcerpt)]
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(a.Body, &body) == nil {
		e.Code, e.Message = body.Error.Code, body.Error.Message
	}
	if kind := kindOf(a.StatusCode); kind != nil {
		e.kinds = []error{kind}
	}
	return e
}

func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return ErrValidation
	case http.StatusRequestEntityTooLarge:
		return ErrPayloadTooLarge
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	if status >= 500 {
		return ErrServer
	}
	return nil
}

// Error says what was attempted, what came back and what to do about it.
func (e *Error) Error() string {
	var where []string
	if e.URL != "" {
		where = rest.Sent(http.MethodPost, e.URL, e.Attempts)
	}
	return rest.Text{
		Package: "webhook", Op: e.Op, StatusCode: e.StatusCode, Said: e.said(), Cause: e.cause, Note: e.note, Remedy: e.remedy(), Where: where,
	}.String()
}

// said is the server's own words, or the start of an answer that has none.
func (e *Error) said() string {
	text := bytes.TrimSpace(e.Body)
	switch {
	case e.Code != "" && e.Message != "":
		return e.Code + ": " + e.Message
	case e.Code != "" || e.Message != "":
		return e.Code + e.Message
	case len(text) > 0:
		return fmt.Sprintf("%.120q", text)
	}
	return ""
}

func (e *Error) remedy() string {
	switch {
	case e.StatusCode/100 == 3:
		return "a Workflow does not redirect: " + copyAgain
	case errors.Is(e.cause, ErrPrivateAddress):
		return "if a host in your own network is meant, say so with WithPrivateAddresses"
	case e.RetryAfter > 0:
		return "the server asks to retry after " + e.RetryAfter.String()
	case e.StatusCode == http.StatusUnauthorized:
		return copyAgain
	case e.StatusCode == http.StatusNotFound:
		return "the workflow may have been deleted: create one and use its URL"
	}
	return ""
}

// Unwrap returns the kinds and the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append([]error{e.cause}, e.kinds...)
}

// checks collects all that is wrong with an operation's parameters.
type checks struct {
	check.Checks
	kinds []error // beside ErrInvalidParams
}

func checkParams(op string) *checks { return &checks{Checks: check.Checks{Op: op}} }

func (c *checks) add(field, problem string, kinds ...error) *checks {
	c.Add(field, problem)
	c.kinds = append(c.kinds, kinds...)
	return c
}

// err is nil where nothing was found.
func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Message: c.Message(), Fields: c.Fields, kinds: append([]error{ErrInvalidParams}, c.kinds...)}
}
