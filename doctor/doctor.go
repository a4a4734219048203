package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// ErrInvalidParams is the error of a question that can't be examined. Nothing was
// sent.
var ErrInvalidParams = check.ErrInvalidParams

// DefaultCheckTimeout is how long a single check may take.
const DefaultCheckTimeout = 20 * time.Second

// concurrent is how many checks are at work at once.
const concurrent = 8

// Doctor examines why notifications do not arrive. Make it with [New]; it is
// safe for concurrent use.
type Doctor struct {
	novu    *novu.Client
	ms      *msteams.Client
	webhook []webhook.Option
	timeout time.Duration
}

// Option configures a Doctor.
type Option func(*Doctor)

// WithMSTeams lets the doctor ask Microsoft. Of ms it uses the services, the
// limits and what else is configured, but the credentials are those that Novu
// holds in each integration, since it is with them that Novu sends. Without this
// option whatever only Microsoft can tell is not checked.
func WithMSTeams(ms *msteams.Client) Option { return func(d *Doctor) { d.ms = ms } }

// WithWebhook sets how webhook URLs are judged and how test messages are posted
// to them: [webhook.WithAllowedHosts] for national clouds and gateways,
// [webhook.WithHTTPClient] and so on.
func WithWebhook(opts ...webhook.Option) Option {
	return func(d *Doctor) { d.webhook = append(d.webhook, opts...) }
}

// WithCheckTimeout bounds each check; without it or at 0 that is
// [DefaultCheckTimeout]. A check that takes longer is reported as not checked,
// and so is what can't be known without it.
func WithCheckTimeout(timeout time.Duration) Option { return func(d *Doctor) { d.timeout = timeout } }

// New returns a doctor who asks Novu through client.
func New(client *novu.Client, opts ...Option) *Doctor {
	d := &Doctor{novu: client}
	for _, opt := range opts {
		if opt != nil {
			opt(d)
		}
	}
	if d.timeout <= 0 {
		d.timeout = DefaultCheckTimeout
	}
	return d
}

// Question is which notification does not arrive.
type Question struct {
	SubscriberID string // required: whom it is for
	// Context is that of the trigger. Endpoints of any other set of contexts are
	// not reached, but reported as near misses.
	Context novu.ContextPayload
	// WorkflowID is what is triggered; without it no workflow is checked, nor
	// whether its content would show in a Workflows webhook.
	WorkflowID string
	// IntegrationIdentifier adds an integration to those of the subscriber's
	// endpoints. Where neither names one, every Teams integration of the
	// environment is checked.
	IntegrationIdentifier string
	// Payload is that of the trigger, for a chat step whose content is one of its
	// values ({{payload.card}}). It is not sent and not reported.
	Payload map[string]any
	// SendTest posts one test message to each endpoint about which nothing is
	// broken, directly and not through Novu.
	SendTest bool
}

func (q Question) check() error {
	var wrong []string
	if strings.TrimSpace(q.SubscriberID) == "" {
		wrong = append(wrong, "SubscriberID must not be empty: say for whom the notification is")
	}
	for kind, value := range q.Context {
		if kind == "" || value.ID == "" {
			wrong = append(wrong, fmt.Sprintf("Context %q must have a type and an id", kind+":"+value.ID))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("doctor: examine: %w: %s", ErrInvalidParams, strings.Join(wrong, "; "))
}

// Examine checks every link of the chain that the question's notification goes
// along, those that do not depend on each other at the same time. What is wrong
// with the chain is in the report and no error: see [Report.Err]. The error is
// ErrInvalidParams for a question that can't be examined, and the context's,
// with what was found out until then, where that ended.
func (d *Doctor) Examine(ctx context.Context, q Question) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if d.novu == nil {
		return nil, fmt.Errorf("doctor: examine: %w: New was given no Novu client", ErrInvalidParams)
	}
	x := newExamination(d, q)
	report := x.run(ctx)
	if ctx.Err() != nil {
		return report, fmt.Errorf("doctor: examine: %w", context.Cause(ctx))
	}
	return report, nil
}
