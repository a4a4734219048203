package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/novu-go/novu/internal/rest"
)

// Client posts messages to Workflows. Make it with [New]; it is safe for
// concurrent use, and one is enough for a program, however many URLs there are.
type Client struct {
	rest       *rest.Client
	limits     *limits
	allows     func(*url.URL) string // what speaks against a URL
	maxMessage int
}

const opSend = "send message"

// New returns a client. It sends nothing. The error is ErrInvalidParams: an
// option that can't be right.
func New(opts ...Option) (*Client, error) {
	checks := checkParams("create client")
	cfg := configure(checks, opts)
	if err := checks.err(); err != nil {
		return nil, err
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: newTransport(cfg.private)}
	}
	cfg.Middleware = append([]rest.Middleware{readAccepted}, cfg.Middleware...)
	cfg.MaxBody = maxAnswer
	client := cfg.Client("webhook", "novu-go")
	client.Error = newError
	return &Client{
		rest:       client,
		limits:     newLimits(cfg.rate),
		allows:     cfg.problem,
		maxMessage: cfg.maxMessage,
	}, nil
}

// Format prints the type and nothing that it holds, whatever the verb.
func (c Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "webhook.Client") }

// Receipt says that the server accepted a message. It does not say that Teams
// shows it: the run of the workflow that posts it comes later, and its outcome
// is visible only in the workflow's run history.
type Receipt struct {
	StatusCode int    // of the answer: 202, or any other 2xx
	Attempts   int    // requests sent
	RunID      string // names the run in the workflow's history; empty where the server did not say
}

// Send posts message to the Workflow at to. A message is made by [Text] or
// [Card], or is anything whose JSON is an object with type "message" and
// attachments that are Adaptive Cards of a version up to 1.4, such as a message
// of github.com/atc0005/go-teams-notify/v2/adaptivecard. Anything else fails
// here, before it is sent: the server would accept it and post nothing.
//
// Send waits until the URL's turn has come (see [WithRateLimit]). It sends again
// only where nothing can have been posted: when no connection came about, after
// 429 or a success that reports a throttle, and after 503 with Retry-After. So
// another error may mean that the message was accepted all the same, which only
// the channel can tell.
//
// The error is an [*Error]: ErrInvalidParams, with ErrPayloadTooLarge for a
// message that is too large; ErrPrivateAddress; or what the server said.
func (c *Client) Send(ctx context.Context, to URL, message any) (*Receipt, error) {
	if err := c.checkSend(ctx, to); err != nil {
		return nil, err
	}
	body, err := encode(opSend, message, c.maxMessage)
	if err != nil {
		return nil, err
	}
	if err := c.limits.wait(ctx, to.Reveal()); err != nil {
		return nil, &Error{Op: opSend, URL: to.String(), cause: err}
	}
	answer, err := c.rest.Do(ctx, &rest.Request{
		Op: opSend, Kind: rest.Post, Method: http.MethodPost, Route: to.String(),
		URL: to.Reveal(), Body: json.RawMessage(body), Secrets: to.secrets(),
	})
	if err != nil {
		return nil, err
	}
	return &Receipt{
		StatusCode: answer.StatusCode, Attempts: answer.Attempts, RunID: answer.Header.Get("X-Ms-Workflow-Run-Id"),
	}, nil
}

func (c *Client) checkSend(ctx context.Context, to URL) error {
	checks := checkParams(opSend)
	if ctx == nil {
		checks.add("ctx", "must not be nil")
	}
	parsed, err := url.Parse(to.Reveal())
	switch {
	case to.Reveal() == "":
		checks.add("url", "must not be empty: make it with ParseURL")
	case err != nil || c.allows(parsed) != "":
		checks.add("url", fmt.Sprintf("leads to %q, which this client may not send to: give WithAllowedHosts to New as well", to.Host()))
	}
	return checks.err()
}

// maxAnswer is how much of an answer is read, in bytes; nothing in it matters
// but an error's words.
const maxAnswer = 64 << 10

var throttle = []byte("Microsoft Teams endpoint returned HTTP error 429")

// readAccepted settles what a success means before anyone can see it as a
// failure: once the status says so the message is accepted, however long its
// body is and wherever it breaks off, and reporting an error would have the
// message sent twice. Only a throttle in it is none, and becomes the 429 that
// it reports.
func readAccepted(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil || resp.StatusCode/100 != 2 {
			return resp, err
		}
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, throttle) {
			resp.StatusCode = http.StatusTooManyRequests
		}
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
