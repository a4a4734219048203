package setup

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// What an error is, for errors.Is. The details and the remedy are in [*Error].
var (
	// ErrInvalidParams: the parameters can't be right; nothing was sent.
	ErrInvalidParams = check.ErrInvalidParams
	// ErrPlanStale: something is no longer as the plan found it. Plan again.
	ErrPlanStale = errors.New("plan is stale")
	// ErrWrongTenant: an identity's token is of another tenant.
	ErrWrongTenant = errors.New("token of another tenant")
	// ErrForbidden: the identity may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrNameTaken: the name or the application id belongs to something else.
	ErrNameTaken = errors.New("name taken")
	// ErrPolicy: a policy of the tenant or the subscription does not allow it.
	ErrPolicy = errors.New("denied by policy")
	// ErrNotReady: Microsoft had not carried out a change when the time for it
	// was over. It usually does later: run again.
	ErrNotReady = errors.New("not ready in time")
	// ErrOutcomeUnknown: the request may have been carried out.
	ErrOutcomeUnknown = check.ErrOutcomeUnknown
	// ErrBadAnswer: what came back can't be right.
	ErrBadAnswer = check.ErrBadAnswer
)

// Error is every error that a call returns. Use errors.Is with the Err… values,
// and errors.As for its details and for the [*novu.Error] or [*msteams.Error]
// beneath it. It holds no secret.
type Error struct {
	Op         string              // what was attempted: "create bot"
	Step       Kind                // the step it belongs to, if any
	Key        string              // the step's
	StatusCode int                 // of the last answer; 0 if there was none
	Code       string              // Microsoft's: "InvalidBotData"
	Message    string              // Microsoft's, or what is wrong
	Fields     map[string][]string // what is wrong, by parameter
	RequestID  string              // Microsoft's, to quote to its support
	Granted    []string            // the scopes or roles of the token, where they matter
	Role       string              // who may do it
	Link       string              // where to do it
	Remedy     string              // what to do about it; "" where that is not known
	Attempts   int                 // requests sent

	kinds   []error
	cause   error
	note    string
	method  string
	route   string
	unknown bool // it may have been carried out
}

// Error says what was attempted, what came back and what to do about it.
func (e *Error) Error() string {
	var said []string
	for _, part := range []string{e.Code, e.Message} {
		if part != "" && !strings.EqualFold(part, http.StatusText(e.StatusCode)) {
			said = append(said, plain(part))
		}
	}
	op := e.Op
	if e.Step != "" {
		op = string(e.Step) + " " + quoted(e.Key) + ": " + op
	}
	where := rest.Sent(e.method, e.route, e.Attempts)
	if e.Role != "" {
		where = append(where, "role: "+e.Role)
	}
	if len(e.Granted) > 0 {
		where = append(where, "token has: "+plain(strings.Join(e.Granted, " ")))
	}
	if e.Link != "" {
		where = append(where, "link: "+e.Link)
	}
	if e.RequestID != "" {
		where = append(where, "request id "+plain(e.RequestID))
	}
	return rest.Text{
		Package: "setup", Op: op, StatusCode: e.StatusCode, Said: strings.Join(said, ": "),
		Cause: e.cause, Note: e.note, Remedy: e.Remedy, Where: where,
	}.String()
}

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op), slog.Int("status", e.StatusCode), slog.Int("attempts", e.Attempts),
		slog.String("step", string(e.Step)), slog.String("key", e.Key), slog.String("code", e.Code), slog.String("requestId", e.RequestID))
}

// Unwrap returns what the error is, and what caused it.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append(e.kinds[:len(e.kinds):len(e.kinds)], e.cause)
}

func (e *Error) is(remedy string, kinds ...error) *Error {
	e.kinds = append(e.kinds, kinds...)
	if e.Remedy == "" {
		e.Remedy = remedy
	}
	return e
}

// atStep is err as a failure of the step.
func atStep(step Step, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Op: string(step.Action), cause: err}
	}
	own := *e
	own.Step, own.Key = step.Kind, step.Key
	own.Role = cmp.Or(own.Role, step.Role)
	own.Link = cmp.Or(own.Link, step.Link, linkOf(step.Kind))
	return &own
}

// linkOf is where a person looks at what a step is about.
func linkOf(kind Kind) string {
	switch kind {
	case KindResourceProvider, KindResourceGroup, KindBot, KindTeamsChannel:
		return portal
	case KindCatalogApp, KindTeamInstallation:
		return manageApps
	}
	return registrations
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.StatusCode == status
}

func hasCode(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if strings.EqualFold(e.Code, code) {
			return true
		}
	}
	return false
}

// says reports whether the server's message holds one of the texts.
func says(err error, texts ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(e.Message), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

func isMissing(err error) bool { return hasStatus(err, http.StatusNotFound) }

// mayHaveHappened reports whether a request that must not be sent twice, and that
// failed so, can have been carried out all the same: no answer came, or one that
// does not say.
func mayHaveHappened(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.unknown || e.StatusCode/100 == 2)
}
