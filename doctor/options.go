package doctor

import (
	"fmt"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
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
	keys         map[string][]setup.Key        // by integration
	endpoints    map[string]string             // of bots, by integration
	manifests    map[string]*manifest.Manifest // by integration
	direct       *http.Client
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

// WithHTTPClient asks the bridge of an agent, and Novu's webhook for it, through hc: for a proxy, a
// certificate authority of your own, or a test. Redirects are not followed.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config, checks *checks) {
		if hc == nil {
			checks.Add("WithHTTPClient", "must not be nil")
			return
		}
		c.direct = hc
	}
}

// WithMessagingEndpoint gives the doctor the messaging endpoint of an integration's bot, as
// [setup.Setup.MessagingEndpoint] reads it or the Azure portal shows it. Without it, whether Teams
// hands the messages of people to Novu is known only from earlier messages.
func WithMessagingEndpoint(integrationIdentifier, endpoint string) Option {
	return func(c *config, checks *checks) {
		if blank(integrationIdentifier) {
			checks.Add("WithMessagingEndpoint", "must name the integration")
			return
		}
		if c.endpoints == nil {
			c.endpoints = map[string]string{}
		}
		c.endpoints[integrationIdentifier] = endpoint
	}
}

// WithManifest gives the doctor the manifest of an integration's Teams app, which says whether people
// may write to the bot. Microsoft Graph does not.
func WithManifest(integrationIdentifier string, m *manifest.Manifest) Option {
	return func(c *config, checks *checks) {
		if blank(integrationIdentifier) || m == nil {
			checks.Add("WithManifest", "must name the integration and give its manifest")
			return
		}
		if c.manifests == nil {
			c.manifests = map[string]*manifest.Manifest{}
		}
		c.manifests[integrationIdentifier] = m
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
