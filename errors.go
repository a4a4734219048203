package novu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// What an error is, for errors.Is. The details are in [*Error].
var (
	// ErrInvalidParams: the parameters can't be right; nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrBadAnswer: the server's answer can't be right.
	ErrBadAnswer = check.ErrBadAnswer
	// ErrOutcomeUnknown: the request may or may not have been carried out.
	ErrOutcomeUnknown = check.ErrOutcomeUnknown
	// ErrUnauthorized (401): the server does not know the secret key.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden (403): the key may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound (404): the resource, or one that it refers to, does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict (409): it exists already.
	ErrConflict = errors.New("conflict")
	// ErrValidation (400, 422): the server refused the content of the request.
	ErrValidation = errors.New("validation failed")
	// ErrRateLimited (429): too many requests, retries included.
	ErrRateLimited = errors.New("rate limited")
	// ErrPayloadTooLarge (413): the body exceeds about 100 KB, for events about 20 MB.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrServer (5xx): the server failed, retries included.
	ErrServer = errors.New("server error")
	// ErrFeatureNotEnabled (404): the Teams feature is off for the organization.
	ErrFeatureNotEnabled = errors.New("feature not enabled")
	// ErrRouteNotFound (404): the server, or what answers at the base URL, has no such route.
	ErrRouteNotFound = errors.New("route not found")
	// ErrBadSignature: a request to us is not known to come from Novu; see [SignatureError].
	ErrBadSignature = errors.New("bad signature")
	// ErrCursorLost: the item that a list was to continue after is gone, so the
	// rest of the list can't be reached; start again.
	ErrCursorLost = errors.New("cursor lost")
)

// Error is every error that a call returns, but for the [*TriggerError] of an
// event. Use errors.Is with the Err… values for its kind, with context.Canceled
// and context.DeadlineExceeded; errors.As for its details. It holds no secret.
type Error struct {
	Op         string              // what was attempted: "create channel endpoint"
	StatusCode int                 // of the last answer; 0 if there was none
	Message    string              // the server's, or what is wrong with the parameters
	Path       string              // the server's, with query; else the route
	Fields     map[string][]string // messages per field; those that name none are under "general"
	ErrorID    string              // the server's, to quote to its operator
	RetryAfter time.Duration       // the server's; 0 if it gave none
	Attempts   int                 // requests sent
	Replayed   bool                // the server served a cached answer for this idempotency key
	Body       []byte              // the answer, at most 4 KiB of it

	kind   error
	cause  error
	note   string
	method string
}

const maxErrorExcerpt = 4 << 10

// newError makes the package's error of a failure. The failure is already free
// of secrets.
func newError(f *rest.Failure) error {
	e := &Error{Op: f.Request.Op, method: f.Request.Method, Path: f.Request.Route, Attempts: f.Attempts, cause: f.Err, note: f.Note}
	a := f.Answer
	if a == nil {
		return e
	}
	e.StatusCode = a.StatusCode
	e.RetryAfter = rest.RetryAfter(a.Header)
	e.Replayed = a.Replayed()
	e.Body = a.Body[:min(len(a.Body), maxErrorExcerpt)]
	var body errorBody
	novus := a.StatusCode/100 != 2 && json.Unmarshal(a.Body, &body) == nil
	if novus {
		e.Message = body.message()
		e.Fields = body.fields()
		e.ErrorID = body.ErrorID
		if body.Path != "" {
			e.Path = body.Path
		}
	}
	e.kind = kindOf(a.StatusCode, e.Message, novus)
	return e
}

func kindOf(status int, message string, novus bool) error {
	switch {
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
		return one
	}
	_ = json.Unmarshal(b.Message, &many) // anything else says nothing that can be quoted
	return strings.Join(many, "; ")
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
			fields[name] = f.Messages
		}
	case json.Unmarshal(b.Errors, &list) == nil:
		for _, item := range list {
			fields[item.Field] = append(fields[item.Field], item.Message)
		}
	}
	return fields
}

// Error says what was attempted, what came back and what to do about it.
func (e *Error) Error() string {
	where := rest.Sent(e.method, e.Path, e.Attempts)
	if e.ErrorID != "" {
		where = append(where, "errorId "+e.ErrorID)
	}
	return rest.Text{
		Package: "novu", Op: e.Op, StatusCode: e.StatusCode, Said: e.said(), Cause: e.cause, Note: e.note, Remedy: e.remedy(), Where: where,
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
	}
	return remedies[e.kind]
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
