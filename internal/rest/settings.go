package rest

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
)

// Settings are the options that the clients of all packages have in common. Each setter adds to the
// checks what can't be right.
type Settings struct {
	HTTPClient     *http.Client // nil: one of our own
	Logger         *slog.Logger
	OnAttempt      AttemptHook
	Policy         RetryPolicy
	AttemptTimeout time.Duration // 0: that of HTTPClient, else the default
	UserAgent      string
	Middleware     []Middleware
	MaxBody        int64 // 0: the default
	Insecure       bool  // plain http beyond loopback
}

// SetHTTPClient sets HTTPClient.
func (s *Settings) SetHTTPClient(hc *http.Client, c *check.Checks) {
	if hc == nil {
		c.Add("HTTPClient", "must not be nil")
	}
	s.HTTPClient = hc
}

// SetPolicy sets Policy.
func (s *Settings) SetPolicy(p RetryPolicy, c *check.Checks) {
	if err := p.Validate(); err != nil {
		c.Add("RetryPolicy", err.Error())
	}
	s.Policy = p
}

// SetAttemptTimeout sets AttemptTimeout.
func (s *Settings) SetAttemptTimeout(d time.Duration, c *check.Checks) {
	if d <= 0 {
		c.Add("AttemptTimeout", "must be positive")
	}
	s.AttemptTimeout = d
}

// SetUserAgent sets UserAgent.
func (s *Settings) SetUserAgent(agent string, c *check.Checks) {
	if strings.ContainsFunc(agent, check.Unprintable) {
		c.Add("UserAgent", "contains characters that a header can't carry")
	}
	s.UserAgent = agent
}

// AddMiddleware adds to Middleware.
func (s *Settings) AddMiddleware(m Middleware, c *check.Checks) {
	if m == nil {
		c.Add("Middleware", "must not be nil")
		return
	}
	s.Middleware = append(s.Middleware, m)
}

// SetOnAttempt sets OnAttempt.
func (s *Settings) SetOnAttempt(hook AttemptHook, c *check.Checks) {
	if hook == nil {
		c.Add("AttemptHook", "must not be nil")
	}
	s.OnAttempt = hook
}

// SetMaxBody sets MaxBody.
func (s *Settings) SetMaxBody(bytes int64, c *check.Checks) {
	if bytes <= 0 {
		c.Add("MaxResponseSize", "must be positive")
	}
	s.MaxBody = bytes
}

// AttemptLimit returns the bound on one attempt.
func (s *Settings) AttemptLimit() time.Duration {
	if s.AttemptTimeout == 0 && s.HTTPClient != nil {
		return cmp.Or(s.HTTPClient.Timeout, AttemptTimeout)
	}
	return cmp.Or(s.AttemptTimeout, AttemptTimeout)
}

// Client returns a client with these settings. Its Base and its credential are still to be set. The
// agent is what this module calls itself.
func (s *Settings) Client(name, agent string) *Client {
	maxBody := s.MaxBody
	if maxBody == 0 {
		maxBody = MaxBody
	}
	return &Client{
		Name:      name,
		Transport: NewTransport(s.HTTPClient, s.AttemptLimit(), s.Middleware),
		UserAgent: strings.TrimSpace(s.UserAgent + " " + agent),
		Policy:    s.Policy.WithDefaults(),
		MaxBody:   maxBody,
		Logger:    s.Logger,
		OnAttempt: s.OnAttempt,
	}
}
