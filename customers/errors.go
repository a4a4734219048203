package customers

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/novu-go/novu/internal/check"
)

// What an error is, for errors.Is. The details and the remedy are in [*Error]. An error that came
// from Novu or Microsoft is also what novu, msteams or webhook say it is, such as novu.ErrNotFound.
var (
	// ErrInvalidParams: the parameters can't be right; nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrNotConnected: no administrator of the customer has connected Microsoft Teams.
	ErrNotConnected = errors.New("not connected")
	// ErrWrongTenant: the connection, or what was to be added, belongs to another Microsoft 365
	// tenant.
	ErrWrongTenant = errors.New("wrong tenant")
	// ErrUnreachable: the place does not exist, or the bot may not write there.
	ErrUnreachable = errors.New("unreachable")
)

// Error is every error that this package returns. It holds no secret.
type Error struct {
	Op            string              // what was attempted: "add channel"
	Customer      string              // the customer's id; empty for errors of NewClient
	Message       string              // what is wrong, for the developer
	Fields        map[string][]string // what is wrong, by parameter
	Remedy        string              // what to do about it; "" where the cause says so
	TransactionID string              // of a notification, so that the call can be repeated with it

	kinds []error
	cause error
}

// Error says what was attempted, what is wrong and what to do about it.
func (e *Error) Error() string {
	text := "customers: " + e.Op
	if e.Customer != "" {
		text += " (" + e.Customer + ")"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	if e.TransactionID != "" && !strings.Contains(text, e.TransactionID) {
		text += " (transaction " + e.TransactionID + ")"
	}
	return text
}

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op), slog.String("customer", e.Customer), slog.String("transaction", e.TransactionID))
}

// Unwrap returns the kinds and the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append(slices.Clone(e.kinds), e.cause)
}

// fail makes an error of the operation.
func (c *Customer) fail(op string, kind error, message, remedy string) *Error {
	return &Error{Op: op, Customer: c.id, Message: message, Remedy: remedy, kinds: []error{kind}}
}

// wrap names the operation and the customer of an error from below.
func (c *Customer) wrap(op string, err error) error {
	var ours *Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	return &Error{Op: op, Customer: c.id, cause: err}
}

// checks collects all that is wrong with an operation's parameters.
type checks struct {
	check.Checks
	customer string
}

func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Customer: c.customer, Message: c.Message(), Fields: c.Fields, kinds: []error{ErrInvalidParams}}
}

func (c *checks) required(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.Add(field, "must not be empty")
	}
}

// text refuses what an id in a path or a body can't be.
func (c *checks) text(field, value string) {
	if strings.ContainsFunc(value, unicode.IsControl) || value != strings.TrimSpace(value) {
		c.Add(field, fmt.Sprintf("%q has white space around it or control characters in it", value))
	}
}

// oneOf wants exactly one of the fields to be set.
func (c *checks) oneOf(fields map[string]string) {
	var set []string
	for name, value := range fields {
		if strings.TrimSpace(value) != "" {
			set = append(set, name)
		}
	}
	if len(set) != 1 {
		names := slices.Sorted(maps.Keys(fields))
		c.Add(strings.Join(names, ", "), "exclude each other: give exactly one")
	}
}
