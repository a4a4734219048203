package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// What an error is, for errors.Is. Errors of Novu's API are also those of package novu.
var (
	// ErrInvalidParams says that the parameters can't be right. Nothing was sent.
	ErrInvalidParams = novu.ErrInvalidParams
	// ErrBadAnswer says that Novu's answer can't be right. A message was posted nevertheless.
	ErrBadAnswer = novu.ErrBadAnswer
	// ErrOutcomeUnknown says that a message may or may not have been posted.
	ErrOutcomeUnknown = novu.ErrOutcomeUnknown
	// ErrDelivery says that Novu could not hand a message to Teams. Error.Message says what happened.
	ErrDelivery = errors.New("delivery failed")
	// ErrTurnEnded says that a Turn was used after its end. Use Ref and Resume.
	ErrTurnEnded = errors.New("the turn has ended")
)

// Error is every error that a call of this package returns.
type Error struct {
	Op      string              // what was attempted: "reply"
	Message string              // what is wrong; for ErrDelivery what Novu reports from Teams
	Remedy  string              // what to do about it, if that is known
	Fields  map[string][]string // for ErrInvalidParams: problems by field

	kind  error
	cause error
}

// Error says what was attempted, what happened and what to do about it.
func (e *Error) Error() string {
	text := "agent: " + e.Op
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.cause != nil && !errors.Is(e.kind, ErrDelivery) {
		text += ": " + strings.TrimPrefix(e.cause.Error(), "novu: ")
	}
	if e.Remedy != "" {
		text = strings.TrimSuffix(text, ".") + "; " + e.Remedy
	}
	return text
}

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op))
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

// PanicError is the error of a function that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

// Error says what the function panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("agent: the handler panicked: %v", e.Value) }

func invalid(op, field, problem string) error {
	c := check.Checks{Op: op}
	c.Add(field, problem)
	return invalidParams(&c)
}

// invalidParams returns nil if there are no problems.
func invalidParams(c *check.Checks) error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Message: c.Message(), Fields: c.Fields, kind: ErrInvalidParams}
}

// replyError tells a failure at Teams from one at Novu.
func replyError(op string, err error) error {
	var e *novu.Error
	if !errors.As(err, &e) || e.StatusCode != http.StatusBadGateway || !deliveryFailed(e.Body) {
		failure := &Error{Op: op, cause: err}
		if errors.Is(err, novu.ErrNotFound) {
			failure.Remedy = "the client's secret key may be of another environment than the conversation"
		}
		return failure
	}
	return &Error{Op: op, Message: "Teams did not take it: " + e.Message, Remedy: deliveryRemedy(e.Message), kind: ErrDelivery, cause: err}
}

func deliveryFailed(body []byte) bool {
	var answer struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &answer) == nil {
		return answer.Error == "delivery_failed"
	}
	return bytes.Contains(body, []byte(`"delivery_failed"`)) // a long body is cut
}

var deliveryRemedies = []struct{ prefix, remedy string }{
	{"Permission denied", "check that the app is still installed there, and that the person has not blocked it"},
	{"Resource not found", "the conversation or the message may be gone, or the message is somebody else's"},
	{"Authentication failed", "check client id, secret and tenant id of the integration"},
	{"Rate limited", "send less often"},
	{"children is not iterable", "the card has no children"},
}

func deliveryRemedy(message string) string {
	for _, r := range deliveryRemedies {
		if strings.HasPrefix(message, r.prefix) {
			return r.remedy
		}
	}
	return ""
}
