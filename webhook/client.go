package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// Client posts messages to Workflows. Make it with [NewClient]. It is safe for concurrent use, and
// one is enough for a program, however many URLs there are.
type Client struct {
	rest   *rest.Client
	limits *limits
	cfg    *config
}

const opSend = "send message"

// NewClient returns a client. It sends nothing. The error is ErrInvalidParams: an option that can't
// be right.
func NewClient(opts ...Option) (*Client, error) {
	checks := checkParams("create client")
	cfg := configure(checks, opts)
	if err := checks.err(); err != nil {
		return nil, err
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: newTransport(cfg.private, cfg.AttemptLimit())}
	}
	cfg.Middleware = append([]rest.Middleware{readAccepted}, cfg.Middleware...)
	cfg.MaxBody = maxAnswer
	return &Client{rest: cfg.Client("webhook", "novu-go-webhook/"+rest.Version), limits: newLimits(cfg.rate), cfg: cfg}, nil
}

// New is [NewClient] under its earlier name.
//
// Deprecated: use [NewClient].
func New(opts ...Option) (*Client, error) { return NewClient(opts...) }

// Format prints the type and nothing that it holds, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "webhook.Client") }

// Receipt says that the server accepted a message. It does not say that Teams shows it: the
// workflow's run, which posts it, comes later, and its outcome is visible only in the workflow's
// run history.
type Receipt struct {
	StatusCode int    // of the answer: 202, or any other 2xx
	Attempts   int    // requests sent
	RunID      string // names the run in the workflow's history; empty if the server did not say
	// Size is the message's size as it was sent, in bytes of JSON. Teams counts more, see
	// DefaultMaxMessageSize: where a flow fails for size after its 202, lower WithMaxMessageSize
	// below this.
	Size int
}

// Send posts message to the Workflow at to. A message is made by [Text], [Markdown] or [Card], or
// is anything whose JSON is an object with type "message" and attachments that are Adaptive Cards
// of a version up to 1.4, such as a message of github.com/atc0005/go-teams-notify/v2/adaptivecard.
// Anything else fails here, before it is sent: the server would accept it and post nothing. [Raw]
// makes a message for a flow that reads other JSON.
//
// Send waits until it is the URL's turn (see [WithRateLimit]). It sends again only where nothing
// can have been posted: when no connection came about, after 429 or a success that reports a
// throttle, and after 503 with Retry-After. So another error may mean that the message was accepted
// all the same. Only the channel can tell.
//
// The error is an [*Error]: ErrInvalidParams, with ErrPayloadTooLarge for a message that is too
// large; ErrPrivateAddress; or what the server said.
//
// API: POST the Workflow's URL
func (c *Client) Send(ctx context.Context, to URL, message any) (*Receipt, error) {
	if err := c.checkSend(ctx, to); err != nil {
		return nil, err
	}
	body, err := encode(opSend, message, c.cfg.maxMessage)
	if err != nil {
		return nil, err
	}
	header, secrets, err := c.authorize(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := c.limits.wait(ctx, to.Reveal()); err != nil {
		return nil, &Error{Op: opSend, URL: to.String(), cause: err}
	}
	answer, failure := c.rest.Do(ctx, &rest.Request{
		Op: opSend, Kind: rest.Post, Method: http.MethodPost, Route: to.String(),
		URL: to.Reveal(), Header: header, Body: json.RawMessage(body), Secrets: secrets,
	})
	if failure != nil {
		return nil, newError(failure)
	}
	return &Receipt{
		StatusCode: answer.StatusCode, Attempts: answer.Attempts, RunID: answer.Header.Get("X-Ms-Workflow-Run-Id"), Size: len(body),
	}, nil
}

func (c *Client) checkSend(ctx context.Context, to URL) error {
	checks := checkParams(opSend)
	if ctx == nil {
		checks.add("ctx", "must not be nil")
	}
	if to.Reveal() == "" {
		return checks.add("url", "must not be empty: make it with ParseURL").err()
	}
	u, problem := parse(to.Reveal())
	if problem == "" {
		problem, _ = c.cfg.urlProblem(u)
	}
	if problem != "" {
		checks.add("url", fmt.Sprintf("leads to %q, which this client may not send to: give NewClient the options that ParseURL got", to.Host()))
	}
	return checks.err()
}

// authorize returns what a request to a URL without a signature carries, and the secrets of any
// request. The token goes to Microsoft's hosts only.
func (c *Client) authorize(ctx context.Context, to URL) (http.Header, []Secret, error) {
	if c.cfg.token == nil || to.signed || !isWorkflowsHost(to.Host()) {
		return nil, to.secrets(), nil
	}
	token, err := c.cfg.token(ctx, to)
	if err == nil && strings.ContainsFunc(token.Reveal(), func(r rune) bool { return r == ' ' || check.Unprintable(r) }) {
		err = errors.New("the token holds characters that a header can't carry")
	}
	if err != nil {
		return nil, nil, &Error{Op: opSend, URL: to.String(), note: "the token function failed", cause: redact.Error(err, func(text string) string {
			return redact.Scrub(text, append(to.secrets(), token)...)
		})}
	}
	if token == "" {
		return nil, to.secrets(), nil
	}
	return http.Header{"Authorization": {"Bearer " + token.Reveal()}}, append(to.secrets(), token), nil
}

// maxAnswer is how much of an answer is read, in bytes. Nothing in it matters but an error's words.
const maxAnswer = 64 << 10

// teamsError is what a success says whose message Teams did not take.
var teamsError = regexp.MustCompile(`Microsoft Teams endpoint returned HTTP error ([45][0-9]{2})`)

// readAccepted settles what a success means before anyone can see it as a failure. Once the status
// says so, the message is accepted, however long the body is and wherever it breaks off: an error
// would have the message sent twice. The exception is a body that reports an error of Teams. It
// becomes the status that it reports.
func readAccepted(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || resp == nil || resp.Body == nil || resp.StatusCode/100 != 2 {
			return resp, err
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if said := teamsError.FindSubmatch(body); said != nil {
			resp.StatusCode, _ = strconv.Atoi(string(said[1]))
		}
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
