package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// What an error is, for errors.Is. The details and the remedy are in [*Error].
var (
	// ErrInvalidParams says that the parameters can't be right. Nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrOutcomeUnknown says that the message may or may not have been posted.
	ErrOutcomeUnknown = check.ErrOutcomeUnknown
	// ErrUnknownHost says that a URL is well formed, but its host is neither one of Workflows nor
	// allowed by [WithAllowedHosts] or [WithCloud]. It comes with ErrInvalidParams.
	ErrUnknownHost = errors.New("not a host of Workflows")
	// ErrUnauthorized (401) says that the server does not accept the URL's signature or the token.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden (403) says that this request may not run the workflow.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound (404, 410) says that there is no such workflow.
	ErrNotFound = errors.New("not found")
	// ErrValidation (400, 422) says that the server refused the content of the request.
	ErrValidation = errors.New("validation failed")
	// ErrRateLimited (429, or a success whose body reports one) says that there were too many
	// messages, retries included.
	ErrRateLimited = errors.New("rate limited")
	// ErrPayloadTooLarge (413, a success whose body reports one, or found before sending) says that
	// the message is too large.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrServer (408, 5xx) says that the server failed. The message may have been accepted.
	ErrServer = errors.New("server error")
	// ErrPrivateAddress says that the host leads to an address that is not public. Nothing was
	// sent.
	ErrPrivateAddress = errors.New("the address is not public")
)

// Error is every error that this package returns. Use errors.Is with the Err… values for its kind,
// with context.Canceled and context.DeadlineExceeded; errors.As for its details. It holds no
// secret.
type Error struct {
	Op         string              // what was attempted: "send message"
	StatusCode int                 // of the last answer, or that of the error that a success reports; 0 if there was none
	Code       string              // the server's: "MissingApiVersionParameter"
	Message    string              // the server's, or what is wrong with the parameters
	URL        string              // redacted but for the host; empty if there is none
	Fields     map[string][]string // what is wrong, by parameter
	RetryAfter time.Duration       // the server's; 0 if it gave none
	Attempts   int                 // requests sent
	Body       []byte              // the answer, at most 4 KiB of it
	Remedy     string              // what to do about it; "" where that is not known

	kinds []error
	cause error
	note  string
}

const (
	maxErrorText = 1 << 10
	mayBePosted  = "it may have been posted: look into the channel before you send it again"
)

// newError makes the package's error of a failure. The failure is already free of secrets.
func newError(f *rest.Failure) error {
	e := &Error{Op: f.Request.Op, URL: f.Request.Route, Attempts: f.Attempts, cause: f.Err, note: f.Note}
	if f.Unknown {
		e.kinds = append(e.kinds, ErrOutcomeUnknown)
		e.Remedy = mayBePosted
		if strings.HasPrefix(mayBePosted, f.Note) {
			e.note = "" // the remedy says it
		}
	}
	a := f.Answer
	if a == nil {
		if errors.Is(e.cause, ErrPrivateAddress) {
			e.Remedy = "if a host in your own network is meant, say so with WithPrivateAddresses"
		}
		return e
	}
	e.StatusCode = a.StatusCode
	e.RetryAfter = rest.RetryAfter(a.Header)
	e.Body = a.Excerpt()
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(a.Body, &body) == nil {
		e.Code, e.Message = redact.Line(body.Error.Code, maxErrorText), redact.Line(body.Error.Message, maxErrorText)
	}
	e.classify()
	return e
}

// codeRemedies are for the codes of the flow service that have one cause.
var codeRemedies = map[string]string{
	"WorkflowTriggerIsNotEnabled":    "the flow is turned off or deleted: turn it on in Power Automate, or create one and use its URL",
	"WorkflowNotFound":               "the workflow may have been deleted: create one and use its URL",
	"MissingApiVersionParameter":     copyAgain,
	"DirectApiAuthorizationRequired": copyAgain + "; " + letAnyone,
}

// classify gives e its kind and its remedy.
func (e *Error) classify() {
	if kind := kindOf(e.StatusCode); kind != nil {
		e.kinds = append(e.kinds, kind)
	}
	switch remedy := codeRemedies[e.Code]; {
	case e.Remedy != "":
	case remedy != "":
		e.Remedy = remedy
	case e.StatusCode/100 == 3:
		e.Remedy = "a Workflow does not redirect: " + copyAgain
	case e.RetryAfter > 0:
		e.Remedy = "the server asks to retry after " + e.RetryAfter.String()
	case e.StatusCode == http.StatusUnauthorized:
		e.Remedy = copyAgain
	case e.StatusCode == http.StatusNotFound:
		e.Remedy = codeRemedies["WorkflowNotFound"]
	case e.StatusCode == http.StatusRequestEntityTooLarge:
		e.Remedy = "shorten the message, or link to the rest"
	}
}

func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusRequestTimeout:
		return ErrServer
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
		Package: "webhook", Op: e.Op, StatusCode: e.StatusCode, Said: e.serverText(), Cause: e.cause, Note: e.note, Remedy: e.Remedy, Where: where,
	}.String()
}

// serverText is the server's own words, or the start of an answer that has none.
func (e *Error) serverText() string {
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

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op), slog.Int("status", e.StatusCode), slog.Int("attempts", e.Attempts),
		slog.String("code", e.Code), slog.String("url", e.URL))
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
