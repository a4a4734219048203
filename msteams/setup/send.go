package setup

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// request is one request to Graph or to Azure Resource Manager.
type request struct {
	op     string
	kind   rest.Kind
	method string
	route  string // with braces for the arguments
	args   []string
	query  url.Values
	header http.Header
	body   any
	into   any // what a success is decoded into; nil ignores it

	timeout time.Duration // of an attempt; 0: the client's
}

// answer is what setup looks at of a success.
type answer struct {
	status int
	header http.Header
	empty  bool // no body
}

// pause waits as long as the service asks before it is asked how far it is.
func (a answer) pause(ctx context.Context) {
	_ = sleep(ctx, min(rest.RetryAfter(a.header), time.Minute)) // whoever asks next sees that ctx is over
}

// date is the service's clock, by which secrets end; ours where it has none.
func (a answer) date() time.Time {
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

// send sends r through the door. A token that the service does not accept any
// more is replaced once.
func (d *door) send(ctx context.Context, r request) (answer, error) {
	for second := false; ; second = true {
		token, err := d.get(ctx)
		if err != nil {
			return answer{}, err
		}
		header := r.header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
		var got answer
		reply, failure := d.service.Do(ctx, &rest.Request{
			Op: r.op, Kind: r.kind, Method: r.method, Route: r.route, Args: r.args, Query: r.query, Header: header,
			Body: r.body, Secrets: []redact.Secret{token.AccessToken}, Timeout: r.timeout,
			Decode: func(body []byte) error {
				got.empty = len(strings.TrimSpace(string(body))) == 0
				return decodeSuccess(body, r.into)
			},
		})
		if failure == nil {
			got.status, got.header = reply.StatusCode, reply.Header
			return got, nil
		}
		if err := d.failure(failure); second || !hasStatus(err, http.StatusUnauthorized) {
			return answer{}, err
		}
		d.drop(token)
	}
}

// decodeSuccess reads the body of a 2xx. Graph has been documented to answer
// with an error under 200.
func decodeSuccess(body []byte, into any) error {
	if len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	var wire wireError
	if json.Unmarshal(body, &wire) == nil && wire.Error.Code != "" {
		return &wire.Error
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// wireError is the error answer of Graph and of Azure Resource Manager.
type wireError struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Target  string `json:"target"`
	} `json:"details"`
	InnerError struct {
		Code      string `json:"code"`
		RequestID string `json:"request-id"`
	} `json:"innerError"`
}

// Error makes an error under a 200 one.
func (b *errorBody) Error() string { return b.Code + ": " + b.text() }

// text is the message with what the details add.
func (b *errorBody) text() string {
	parts := []string{b.Message}
	if b.InnerError.Code != "" && b.InnerError.Code != b.Code {
		parts = append(parts, b.InnerError.Code)
	}
	for _, d := range b.Details {
		if d.Target != "" {
			d.Message = d.Target + ": " + d.Message
		}
		parts = append(parts, strings.TrimSpace(d.Code+" "+d.Message))
	}
	return strings.Join(parts, "; ")
}

const maxErrorText = 1 << 10

// line is a text of the service's as it may stand in an error. It holds no secret.
func line(text string) string { return redact.Line(text, maxErrorText) }

// failure makes the package's error of one that is already free of secrets.
func (d *door) failure(f *rest.Failure) error {
	e := &Error{
		Op: f.Request.Op, Attempts: f.Attempts, cause: f.Err, note: f.Note,
		method: f.Request.Method, route: f.Request.Route, unknown: f.Unknown,
	}
	if f.Answer == nil {
		return e.classify(d.name)
	}
	e.StatusCode = f.Answer.StatusCode
	h := f.Answer.Header
	e.RequestID = cmp.Or(h.Get("Request-Id"), h.Get("X-Ms-Correlation-Request-Id"), h.Get("X-Ms-Request-Id"))
	var wire wireError
	var inBody *errorBody
	switch {
	case errors.As(f.Err, &inBody):
		e.Code, e.Message, e.cause = line(inBody.Code), line(inBody.text()), nil
	case e.StatusCode/100 == 2:
		_ = e.is("", ErrBadAnswer)
	case json.Unmarshal(f.Answer.Body, &wire) == nil && (wire.Error.Code != "" || wire.Error.Message != ""):
		e.Code, e.Message = line(wire.Error.Code), line(wire.Error.text())
		e.RequestID = cmp.Or(e.RequestID, wire.Error.InnerError.RequestID)
	case len(f.Answer.Body) > 0:
		e.Message = fmt.Sprintf("%.120q", strings.TrimSpace(string(f.Answer.Body)))
	}
	return e.classify(d.name)
}
