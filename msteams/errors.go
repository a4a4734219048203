package msteams

import (
	"cmp"
	"errors"
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
	// ErrBadAnswer says that what came back can't be right, or must not be followed.
	ErrBadAnswer = check.ErrBadAnswer
	// ErrOutcomeUnknown says that a message may or may not have been posted.
	ErrOutcomeUnknown = check.ErrOutcomeUnknown

	// ErrNotConsented says that no administrator of the tenant has granted the app what it needs.
	ErrNotConsented = errors.New("not consented")
	// ErrConsentDeclined says that the administrator declined.
	ErrConsentDeclined = errors.New("consent declined")
	// ErrInvalidSecret says that the client secret is not one of the app's.
	ErrInvalidSecret = errors.New("invalid client secret")
	// ErrSecretExpired says that the client secret has expired.
	ErrSecretExpired = errors.New("client secret expired")
	// ErrInvalidCertificate says that the app does not know the certificate or identity that
	// signed.
	ErrInvalidCertificate = errors.New("invalid certificate")
	// ErrAppDisabled says that the app is disabled in the tenant.
	ErrAppDisabled = errors.New("app disabled")
	// ErrTenantNotFound says that there is no such tenant in this cloud.
	ErrTenantNotFound = errors.New("tenant not found")
	// ErrMisconfigured says that the app registration or the scope is not right.
	ErrMisconfigured = errors.New("misconfigured")
	// ErrWrongCloud says that the tenant, the token or the service belongs to another cloud.
	ErrWrongCloud = errors.New("wrong cloud")
	// ErrConditionalAccess says that a policy keeps the app out: conditional access, a tenant
	// restriction, or a rule for access across tenants.
	ErrConditionalAccess = errors.New("blocked by a policy")

	// ErrAppNotInCatalog says that the tenant's app catalog does not hold the Teams app.
	ErrAppNotInCatalog = errors.New("app not in catalog")
	// ErrBotNotInstalled says that the bot is not installed in the team or for the user.
	ErrBotNotInstalled = errors.New("bot not installed")
	// ErrBotBlocked says that the user has blocked the bot, or that it was never installed for
	// them: Teams gives the same answer to both.
	ErrBotBlocked = errors.New("bot blocked by the user")
	// ErrBotDisabled says that an administrator has disabled the bot.
	ErrBotDisabled = errors.New("bot disabled by an administrator")
	// ErrConversationNotFound says that there is no such channel or chat.
	ErrConversationNotFound = errors.New("conversation not found")
	// ErrMemberNotFound says that the user is not in the conversation, or that nobody has the
	// address.
	ErrMemberNotFound = errors.New("member not found")

	// ErrUnauthorized (401) says that the service does not accept the token, a new one included.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden (403) says that the app may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound (404, 410) says that there is no such resource, or not any more.
	ErrNotFound = errors.New("not found")
	// ErrConflict (409, 412, 423) says that it exists already, or that something else is in the
	// way.
	ErrConflict = errors.New("conflict")
	// ErrValidation (400, 422) says that the service refused the content of the request.
	ErrValidation = errors.New("validation failed")
	// ErrPayloadTooLarge (413) says that the message is too large.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrThrottled (429) says that there were too many requests, retries included.
	ErrThrottled = errors.New("throttled")
	// ErrServer (408, 424, 5xx) says that the service failed, retries included.
	ErrServer = errors.New("server error")
)

// Error is every error that a call returns. Use errors.Is with the Err… values,
// with context.Canceled and context.DeadlineExceeded; errors.As for its details
// and for [*MissingPermissionError]. It holds no secret.
type Error struct {
	Op         string              // what was attempted: "list channels"
	StatusCode int                 // of the last answer; 0 if there was none
	Code       string              // Microsoft's: "Forbidden", "BotNotInConversationRoster", "AADSTS7000215"
	Message    string              // Microsoft's, or what is wrong with the parameters
	Fields     map[string][]string // what is wrong, by parameter
	RequestID  string              // Microsoft's, to quote to its support
	Tenant     string              // that the call, or the token, was for
	RetryAfter time.Duration       // Microsoft's; 0 if it gave none
	Attempts   int                 // requests sent
	Remedy     string              // what to do about it; "" where that is not known

	kinds  []error
	cause  error
	note   string
	method string
	route  string
}

// MissingPermissionError says which permissions Graph asked for and which the token had. None
// granted means that no administrator has consented. errors.As finds it in an [*Error].
type MissingPermissionError struct {
	Required []string // any one of them would do
	Granted  []string
}

// Error names both lists.
func (e *MissingPermissionError) Error() string {
	granted := "none"
	if len(e.Granted) > 0 {
		granted = strings.Join(e.Granted, ", ")
	}
	return "missing permission: one of " + strings.Join(e.Required, ", ") + " is required, granted: " + granted
}

// newError makes the package's error of a failure, which is already free of secrets. The functions
// read and classify are the service's way of speaking.
func newError(f *rest.Failure, tenant string, read func(*rest.Answer) serviceError, classify func(*Error)) *Error {
	e := &Error{
		Op: f.Request.Op, Tenant: tenant, Attempts: f.Attempts, cause: f.Err, note: f.Note,
		method: f.Request.Method, route: f.Request.Route,
	}
	if f.Unknown {
		e.classify(mayBePosted, ErrOutcomeUnknown)
		if strings.HasPrefix(mayBePosted, f.Note) {
			e.note = "" // the remedy says it
		}
	}
	if a := f.Answer; a != nil {
		e.StatusCode, e.RetryAfter = a.StatusCode, rest.RetryAfter(a.Header)
		e.RequestID = cmp.Or(a.Header.Get("Request-Id"), a.Header.Get("X-Ms-Request-Id"))
		if a.StatusCode/100 != 2 {
			e.setServiceError(read(a))
			classify(e)
		}
	}
	return e
}

// setServiceError takes over what the service said.
func (e *Error) setServiceError(s serviceError) {
	e.Code, e.Message, e.RequestID = line(s.code), line(s.message), line(cmp.Or(s.requestID, e.RequestID))
}

// classify adds kinds, and a remedy where there is none yet.
func (e *Error) classify(remedy string, kinds ...error) {
	e.kinds = append(e.kinds, kinds...)
	if e.Remedy == "" {
		e.Remedy = remedy
	}
}

// mayBePosted is the remedy if a repetition could post twice.
const mayBePosted = "it may have been posted: look into the conversation before you send it again"

// classifyStatus adds what a status means in every service.
func (e *Error) classifyStatus() {
	switch status := e.StatusCode; {
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		e.classify("", ErrValidation)
	case status == http.StatusUnauthorized:
		e.classify("", ErrUnauthorized)
	case status == http.StatusForbidden:
		e.classify("", ErrForbidden)
	case status == http.StatusNotFound, status == http.StatusGone:
		e.classify("", ErrNotFound)
	case status == http.StatusConflict, status == http.StatusPreconditionFailed, status == http.StatusLocked:
		e.classify("", ErrConflict)
	case status == http.StatusRequestEntityTooLarge:
		e.classify("make the message smaller", ErrPayloadTooLarge)
	case status == http.StatusTooManyRequests:
		e.classify(e.waitRemedy(), ErrThrottled)
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusFailedDependency:
		e.classify("try again later", ErrServer)
	case status/100 == 3:
		e.classify("Microsoft's services do not redirect: check the endpoint", ErrBadAnswer)
	}
}

func (e *Error) waitRemedy() string {
	if e.RetryAfter > 0 {
		return "wait " + e.RetryAfter.String() + ", as the service asks"
	}
	return "send fewer requests"
}

// Error says what was attempted, what came back and what to do about it.
func (e *Error) Error() string {
	var said []string
	for _, part := range []string{e.Code, e.Message} {
		if part != "" && !strings.EqualFold(part, http.StatusText(e.StatusCode)) {
			said = append(said, part)
		}
	}
	where := rest.Sent(e.method, e.route, e.Attempts)
	if e.Tenant != "" {
		where = append(where, "tenant "+e.Tenant)
	}
	if e.RequestID != "" {
		where = append(where, "request id "+e.RequestID)
	}
	return rest.Text{
		Package: "msteams", Op: e.Op, StatusCode: e.StatusCode, Said: strings.Join(said, ": "),
		Cause: e.cause, Note: e.note, Remedy: e.Remedy, Where: where,
	}.String()
}

// LogValue returns the text and, apart from it, what a log can be searched by.
func (e *Error) LogValue() slog.Value {
	return check.LogError(e, slog.String("operation", e.Op), slog.Int("status", e.StatusCode), slog.Int("attempts", e.Attempts),
		slog.String("code", e.Code), slog.String("requestId", e.RequestID), slog.String("tenant", e.Tenant))
}

// Unwrap returns the kinds and the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return e.kinds
	}
	return append(e.kinds[:len(e.kinds):len(e.kinds)], e.cause)
}

const maxErrorText = 1 << 10

// line returns a text of the server's as it may stand in an error: on one line, without control
// characters, cut.
func line(text string) string { return redact.Line(text, maxErrorText) }
