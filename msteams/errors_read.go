package msteams

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// serviceError is what an error answer holds.
type serviceError struct {
	code, message, requestID string
	number                   int  // of a login error, AADSTS…
	isJSON                   bool // an object, as errors are
}

// wireError is the error answer of Graph and of the connector. The connector has four forms: an
// error object, a bare message, a message with a number, and nothing.
type wireError struct {
	Error struct {
		Code       text        `json:"code"`
		Message    text        `json:"message"`
		InnerError *innerError `json:"innerError"` // or innererror: decoding ignores case
	} `json:"error"`
	Message   text `json:"message"`
	ErrorCode text `json:"errorCode"`
}

type innerError struct {
	RequestID       text `json:"request-id"`
	ClientRequestID text `json:"client-request-id"`
}

// text is a string, or the digits of a number. Anything else is left out.
type text string

// UnmarshalJSON never fails: an error that can't be read is still an error.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = text(s)
	case json.Unmarshal(data, &n) == nil:
		*t = text(n)
	}
	return nil
}

func readError(a *rest.Answer) serviceError { return readErrorBody(a.Body) }

func readErrorBody(body []byte) serviceError {
	var wire wireError
	if json.Unmarshal(body, &wire) != nil {
		return serviceError{message: excerpt(body)}
	}
	s := serviceError{code: string(wire.Error.Code), message: string(wire.Error.Message), isJSON: true}
	if inner := wire.Error.InnerError; inner != nil {
		s.requestID = cmp.Or(string(inner.RequestID), string(inner.ClientRequestID))
	}
	s.code = cmp.Or(s.code, string(wire.ErrorCode))
	s.message = cmp.Or(s.message, string(wire.Message))
	s.unpack()
	return s
}

// unpack reads a message that is itself JSON, as beside errorCode 209: the subcode in it says what
// happened.
func (s *serviceError) unpack() {
	var inner struct {
		SubCode text `json:"subCode"`
		Details text `json:"details"`
	}
	if strings.HasPrefix(strings.TrimSpace(s.message), "{") && json.Unmarshal([]byte(s.message), &inner) == nil {
		s.code = cmp.Or(string(inner.SubCode), s.code)
		s.message = cmp.Or(string(inner.Details), s.message)
	}
}

// excerpt is the start of an answer that is not JSON, such as a proxy's page.
func excerpt(body []byte) string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return ""
	}
	return fmt.Sprintf("%.120q", body)
}

var rolesMessage = regexp.MustCompile(`(?s)API requires one of '([^']*)'.*Roles on the request '([^']*)'`)

// missingPermission reads both lists out of Graph's message.
func missingPermission(message string) *MissingPermissionError {
	m := rolesMessage.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	return &MissingPermissionError{Required: list(m[1]), Granted: list(m[2])}
}

func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

var aadsts = regexp.MustCompile(`AADSTS([0-9]{1,9})`)

// readLogin reads an error of the token endpoint, or of the consent page.
func readLogin(name, description string, codes []int) serviceError {
	s := serviceError{code: name, message: description}
	switch m := aadsts.FindStringSubmatch(description); {
	case len(codes) > 0:
		s.number = codes[0]
	case m != nil:
		_, _ = fmt.Sscan(m[1], &s.number) // the pattern is digits
	}
	if s.number != 0 {
		s.code = fmt.Sprintf("AADSTS%d", s.number)
		s.message = strings.TrimPrefix(s.message, s.code+": ")
	}
	// What follows are ids and a time, which have fields of their own.
	for _, end := range []string{"\r", "\n", " Trace ID:"} {
		s.message, _, _ = strings.Cut(s.message, end)
	}
	return s
}

type wireLoginError struct {
	Error         text  `json:"error"`
	Description   text  `json:"error_description"`
	Codes         []int `json:"error_codes"`
	TraceID       text  `json:"trace_id"`
	CorrelationID text  `json:"correlation_id"`
}

func decodeLoginError(body []byte) (serviceError, wireLoginError) {
	var wire wireLoginError
	if json.Unmarshal(body, &wire) != nil && wire.Error == "" && wire.Description == "" {
		return serviceError{message: excerpt(body)}, wire
	}
	s := readLogin(string(wire.Error), string(wire.Description), wire.Codes)
	s.requestID = cmp.Or(string(wire.TraceID), string(wire.CorrelationID))
	return s, wire
}
