package novu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// What an error is, for errors.Is. The details are in [*Error].
var (
	// ErrInvalidParams says that the parameters can't be right. Nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrBadAnswer says that the server's answer can't be right.
	ErrBadAnswer = check.ErrBadAnswer
	// ErrOutcomeUnknown says that the request may or may not have been carried out.
	ErrOutcomeUnknown = check.ErrOutcomeUnknown
	// ErrUnauthorized (401) says that the server does not know the secret key.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden (403) says that the key may not do this. So does a 401 for a route of Novu's own
	// dashboard, which takes no keys.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound (404) says that the resource, or one that it refers to, does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict (409) says that the resource exists already.
	ErrConflict = errors.New("conflict")
	// ErrValidation (400, 422) says that the server refused the content of the request.
	ErrValidation = errors.New("validation failed")
	// ErrRateLimited (429) says that there were too many requests, retries included.
	ErrRateLimited = errors.New("rate limited")
	// ErrPayloadTooLarge (413) says that the body exceeds about 100 KB, for events about 20 MB.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrServer (5xx) says that the server failed, retries included.
	ErrServer = errors.New("server error")
	// ErrFeatureNotEnabled (404) says that the Teams feature is off for the organization. Only servers
	// before mid-2026 ask for it.
	ErrFeatureNotEnabled = errors.New("feature not enabled")
	// ErrRouteNotFound (404) says that the server, or what answers at the base URL, has no such
	// route.
	ErrRouteNotFound = errors.New("route not found")
	// ErrBadSignature says that a request to us is not known to come from Novu; see
	// [SignatureError].
	ErrBadSignature = errors.New("bad signature")
	// ErrCursorLost says that the item that a list was to continue after is gone. The rest of the
	// list can't be reached: start again.
	ErrCursorLost = errors.New("cursor lost")
)

// Error is every error that a call returns, but for the [*TriggerError] of an event. Use errors.Is
// with the Err… values for its kind, and with context.Canceled and context.DeadlineExceeded. Use
// errors.As for its details. It holds no secret. What the server said is on one line, without
// control characters.
type Error struct {
	Op         string              // what was attempted: "create channel endpoint"
	StatusCode int                 // of the last answer; 0 if there was none
	Message    string              // the server's, or what is wrong with the parameters; at most 1 KiB
	Path       string              // the server's, with query; else the route
	Fields     map[string][]string // messages per field; those that name none are under "general"
	ErrorID    string              // the server's, to quote to its operator
	RetryAfter time.Duration       // the server's; 0 if it gave none
	Attempts   int                 // requests sent
	Replayed   bool                // the server served a cached answer for this idempotency key
	Body       []byte              // the answer, at most 4 KiB of it
	Remedy     string              // what to do about it; "" if that is not known

	// Identifier and TransactionID are what the call made, if the caller gave none. With them it
	// can be repeated without a second resource or notification.
	Identifier    string
	TransactionID string

	kind    error
	unknown bool // ErrOutcomeUnknown, beside the kind
	cause   error
	note    string
	method  string
}

// newError makes the package's error of a failure. The failure is already free of secrets.
func newError(f *rest.Failure) *Error {
	e := &Error{
		Op: f.Request.Op, method: f.Request.Method, Path: f.Request.Route, Attempts: f.Attempts,
		cause: f.Err, note: f.Note, unknown: f.Unknown,
	}
	if f.Answer != nil {
		e.read(f.Answer)
	}
	e.Remedy = e.remedy()
	return e
}

// read takes over what the server said.
func (e *Error) read(a *rest.Answer) {
	e.StatusCode = a.StatusCode
	e.RetryAfter = rest.RetryAfter(a.Header)
	e.Replayed = a.Replayed()
	e.Body = a.Excerpt()
	var body errorBody
	novus := a.StatusCode/100 != 2 && json.Unmarshal(a.Body, &body) == nil
	if novus {
		e.Message = body.message()
		e.Fields = body.fields()
		e.ErrorID = line(body.ErrorID)
		if body.Path != "" {
			e.Path = line(body.Path)
		}
	}
	e.kind = kindOf(a.StatusCode, e.Message, novus)
	if e.unknown && errors.Is(e.kind, ErrConflict) {
		e.kind = nil // the conflict may be with this very request
	}
}

const maxErrorText = 1 << 10

// clean makes a text of the server's fit to be shown.
func (c *Client) clean(text string) string { return line(c.rest.Scrub(text)) }

// line puts a text that holds no secret on one line.
func line(text string) string { return redact.Line(text, maxErrorText) }

// notForKeys is what the server says of a route of its dashboard: the key is right, and may not go there.
const notForKeys = "API endpoint not accessible"

// remedyFor sets the remedy of an error in which the server said something.
func remedyFor(err error, said, remedy string) error {
	if e := (*Error)(nil); errors.As(err, &e) && strings.Contains(e.Message, said) {
		e.Remedy = remedy
	}
	return err
}

const lookFirst = "look before you repeat it"

// carry has the error of a call tell what the call made.
func carry(err error, identifier, transactionID string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.Identifier, e.TransactionID = identifier, transactionID
	if e.Remedy == lookFirst && transactionID != "" {
		e.Remedy = "repeat it with this transaction id, which Novu delivers once"
	}
	return err
}

func kindOf(status int, message string, novus bool) error {
	switch {
	case status == http.StatusUnauthorized && message == notForKeys:
		return ErrForbidden
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound && message == "Feature not enabled":
		return ErrFeatureNotEnabled
	case status == http.StatusNotFound && (!novus || strings.HasPrefix(message, "Cannot ")):
		return ErrRouteNotFound
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusUnprocessableEntity && message == workflowNotFound:
		return ErrNotFound
	case status == http.StatusConflict:
		return ErrConflict
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return ErrValidation
	case status == http.StatusRequestEntityTooLarge:
		return ErrPayloadTooLarge
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status >= 500:
		return ErrServer
	}
	return nil
}

// isGone tells a resource that is not there from a route that is not.
func isGone(a *rest.Answer) bool {
	var body errorBody
	novus := json.Unmarshal(a.Body, &body) == nil
	return errors.Is(kindOf(a.StatusCode, body.message(), novus), ErrNotFound)
}

// errorBody is Novu's error answer. Its message may be one string or several,
// its errors an object by field or an array.
type errorBody struct {
	Path    string          `json:"path"`
	Message json.RawMessage `json:"message"`
	ErrorID string          `json:"errorId"`
	Errors  json.RawMessage `json:"errors"`
}

func (b *errorBody) message() string {
	var one string
	var many []string
	if json.Unmarshal(b.Message, &one) == nil {
		return line(one)
	}
	_ = json.Unmarshal(b.Message, &many) // anything else says nothing that can be quoted
	return line(strings.Join(many, "; "))
}

func (b *errorBody) fields() map[string][]string {
	var byField map[string]struct {
		Messages []string `json:"messages"`
	}
	var list []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	}
	fields := map[string][]string{}
	switch {
	case len(b.Errors) == 0:
		return nil
	case json.Unmarshal(b.Errors, &byField) == nil:
		for name, f := range byField {
			fields[line(name)] = lines(f.Messages)
		}
	case json.Unmarshal(b.Errors, &list) == nil:
		for _, item := range list {
			field := line(item.Field)
			fields[field] = append(fields[field], line(item.Message))
		}
	}
	return fields
}

func lines(texts []string) []string {
	clean := make([]string, len(texts))
	for i, text := range texts {
		clean[i] = line(text)
	}
	return clean
}

// Error says what was attempted, what came back and what to do about it.
func (e *Error) Error() string {
	where := rest.Sent(e.method, e.Path, e.Attempts)
	if e.ErrorID != "" {
		where = append(where, "errorId "+e.ErrorID)
	}
	if e.Identifier != "" {
		where = append(where, "identifier "+e.Identifier)
	}
	if e.TransactionID != "" {
		where = append(where, "transaction "+e.TransactionID)
	}
	return rest.Text{
		Package: "novu", Op: e.Op, StatusCode: e.StatusCode, Said: e.said(), Cause: e.cause, Note: e.note, Remedy: e.Remedy, Where: where,
	}.String()
}

// said is the server's own words, or the start of an answer that has none.
func (e *Error) said() string {
	var parts []string
	if e.Message != "" && !strings.EqualFold(e.Message, http.StatusText(e.StatusCode)) {
		parts = append(parts, e.Message)
	}
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		for _, message := range e.Fields[field] {
			switch {
			case strings.Contains(e.Message, message):
			case field == "general" || strings.Contains(message, field):
				parts = append(parts, message)
			default:
				parts = append(parts, field+" "+message)
			}
		}
	}
	if len(parts) == 0 && e.Message == "" && len(bytes.TrimSpace(e.Body)) > 0 {
		return fmt.Sprintf("%.120q", bytes.TrimSpace(e.Body))
	}
	return strings.Join(parts, "; ")
}

var remedies = map[error]string{
	ErrUnauthorized:      "check the environment's secret key, and that the base URL is of the region it belongs to",
	ErrFeatureNotEnabled: "ask Novu's support to enable Slack and Teams for the organization, or set IS_SLACK_TEAMS_ENABLED=true on a self-hosted server",
	ErrRouteNotFound:     "the server is older than this route, or the base URL is not that of a Novu API",
	ErrCursorLost:        "start the list again",
}

func (e *Error) remedy() string {
	switch {
	case e.StatusCode/100 == 3:
		return "the API does not redirect: check the base URL"
	case e.Replayed && e.StatusCode >= 500:
		return "the server keeps this error under the idempotency key for 24 hours"
	case e.RetryAfter > 0:
		return "the server asks to retry after " + e.RetryAfter.String()
	case e.unknown:
		return lookFirst
	case e.StatusCode == http.StatusUnauthorized && e.Message == notForKeys:
		return "this route is for Novu's dashboard: no key may use it"
	}
	return remedies[e.kind]
}

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op), slog.Int("status", e.StatusCode), slog.Int("attempts", e.Attempts),
		slog.String("errorId", e.ErrorID), slog.String("identifier", e.Identifier), slog.String("transaction", e.TransactionID))
}

// Unwrap returns the kinds and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if e.unknown {
		errs = append(errs, ErrOutcomeUnknown)
	}
	return errs
}
