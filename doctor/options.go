package doctor

import (
	"fmt"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/webhook"
)

// Option configures a Doctor. If one can't be right, New fails.
type Option func(*config, *checks)

type config struct {
	apps         []*msteams.Client
	webhook      []webhook.Option
	checkTimeout time.Duration
	timeout      time.Duration
	progress     func(Progress)
	keys         map[string][]setup.Key // by integration
}

// checks collects everything that is wrong with a call's parameters.
type checks struct{ check.Checks }

// err is nil if nothing is wrong.
func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return fmt.Errorf("doctor: %s: %w: %s", c.Op, ErrInvalidParams, c.Message())
}

// WithMSTeams lets the doctor ask Microsoft. Without it, everything that only Microsoft can tell is
// not checked.
//
// Novu sends with the credentials of the integration. If the server shows them, as Novu 3.15 does,
// the doctor uses them, and of ms only its services and limits. Newer servers keep them back: the
// doctor then asks as the app of ms. Give the option once for each app if the integrations have
// several; the one whose client id is the integration's is used.
func WithMSTeams(ms *msteams.Client) Option {
	return func(c *config, checks *checks) {
		if ms == nil {
			checks.Add("WithMSTeams", "must not be nil")
			return
		}
		c.apps = append(c.apps, ms)
	}
}

// WithWebhook sets how webhook URLs are judged and how test messages are posted to them:
// [webhook.WithAllowedHosts] for national clouds and gateways, [webhook.WithHTTPClient], and so on.
func WithWebhook(opts ...webhook.Option) Option {
	return func(c *config, _ *checks) { c.webhook = append(c.webhook, opts...) }
}

// WithCheckTimeout limits each check; 0 stands for [DefaultCheckTimeout]. A check that takes longer
// is reported as not checked, and so is what depends on it. In a [Doctor.Sweep] a check also waits
// for its turn under Microsoft's rate limits, so the limit is at least two minutes there.
func WithCheckTimeout(timeout time.Duration) Option {
	return func(c *config, checks *checks) {
		c.checkTimeout = positive(checks, "WithCheckTimeout", timeout, DefaultCheckTimeout)
	}
}

// WithTimeout limits a whole examination; 0 stands for [DefaultTimeout]. Checks that were not made
// by then are reported as not checked. In a [Doctor.Sweep] it limits the examination of each
// customer.
func WithTimeout(timeout time.Duration) Option {
	return func(c *config, checks *checks) {
		c.timeout = positive(checks, "WithTimeout", timeout, DefaultTimeout)
	}
}

func positive(checks *checks, option string, given, otherwise time.Duration) time.Duration {
	if given < 0 {
		checks.Add(option, fmt.Sprintf("must not be negative, it is %s", given))
	}
	if given == 0 {
		return otherwise
	}
	return given
}

// WithProgress has report called after each check of an examination. Calls do not overlap. A
// [Doctor.Sweep] does not call it.
func WithProgress(report func(Progress)) Option {
	return func(c *config, _ *checks) { c.progress = report }
}

// Progress says how far an examination has come. Total grows while the doctor finds out what the
// notification goes through.
type Progress struct {
	Done, Total int
	Finding     Finding // of the check that was just made
}
