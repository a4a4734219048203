package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/webhook"
)

// ErrInvalidParams says that an option or a question can't be right. Nothing was sent.
var ErrInvalidParams = check.ErrInvalidParams

// Limits that hold unless an option sets others.
const (
	DefaultCheckTimeout = 20 * time.Second // of a single check
	DefaultTimeout      = 2 * time.Minute  // of an examination
)

// concurrent is how many checks of an examination run at a time.
const concurrent = 8

// Doctor examines why notifications do not arrive. Make it with [New]; it is safe for concurrent
// use.
type Doctor struct {
	novu         *novu.Client
	apps         []*msteams.Client
	webhook      []webhook.Option
	checkTimeout time.Duration
	timeout      time.Duration
	progress     func(Progress)
	keys         map[string][]setup.Key        // by integration
	endpoints    map[string]string             // of bots, by integration
	manifests    map[string]*manifest.Manifest // by integration
	direct       *http.Client                  // for bridges and webhooks of agents
	heldAtATime  int                           // connections and endpoints of a sweep
}

// New returns a doctor who asks Novu through client. It sends nothing. The error is
// ErrInvalidParams and names every option that can't be right.
func New(client *novu.Client, opts ...Option) (*Doctor, error) {
	c := config{checkTimeout: DefaultCheckTimeout, timeout: DefaultTimeout}
	checks := &checks{check.Checks{Op: "create doctor"}}
	if client == nil {
		checks.Add("client", "must not be nil")
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&c, checks)
		}
	}
	if _, err := webhook.NewClient(c.webhook...); err != nil {
		checks.Add("WithWebhook", fmt.Sprintf("has an option that can't be right: %v", err))
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return &Doctor{
		novu: client, apps: c.apps, webhook: c.webhook, keys: c.keys,
		checkTimeout: c.checkTimeout, timeout: c.timeout, progress: c.progress,
		endpoints: c.endpoints, manifests: c.manifests, direct: newDirect(c.direct), heldAtATime: heldAtATime,
	}, nil
}

// Question says which notification does not arrive, or which agent does not answer. It needs
// SubscriberID, TransactionID, AgentIdentifier or, alone, IntegrationIdentifier.
type Question struct {
	// AgentIdentifier asks why an agent does not answer people, instead of about a notification. Then
	// SubscriberID is who writes to it, if that matters, and IntegrationIdentifier narrows the question
	// to one of its integrations. The other fields must be empty.
	AgentIdentifier string
	// SubscriberID is whom the notification is for.
	SubscriberID string
	// TransactionID is what the trigger returned. The report then starts with what became of that
	// notification. Fields of the question that are empty are taken from the notification: its
	// subscriber (the first one that it failed for), context, workflow and payload.
	TransactionID string
	// Context is the context of the trigger. Endpoints with any other set of contexts are not
	// reached; the report mentions them as near misses.
	Context novu.ContextPayload
	// WorkflowID is the workflow that is triggered. Without it the report says nothing about a
	// workflow, nor about what its content looks like in a Workflows webhook.
	WorkflowID string
	// IntegrationIdentifier adds an integration to those of the subscriber's endpoints. If neither
	// names one, the active Teams integrations of the environment are checked. Alone it asks whether
	// the integration is ready, before there is a customer.
	IntegrationIdentifier string
	// Payload is the payload of the trigger. It is needed if the content of a chat step is one of
	// its values, such as {{payload.card}}. It is neither sent nor reported.
	Payload map[string]any
	// SendTest posts one test message to each endpoint that nothing is known to be wrong with. It
	// goes there directly, not through Novu.
	SendTest bool
}

// isOnlyIntegration tells whether the question is about an integration and nothing that is sent through it.
func (q Question) isOnlyIntegration() bool {
	return q.IntegrationIdentifier != "" && q.SubscriberID == "" && q.TransactionID == "" && q.AgentIdentifier == "" &&
		q.WorkflowID == "" && len(q.Context) == 0 && q.Payload == nil && !q.SendTest
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func (q Question) check() error {
	checks := &checks{check.Checks{Op: "examine"}}
	if blank(q.SubscriberID) && blank(q.TransactionID) && blank(q.AgentIdentifier) && (blank(q.IntegrationIdentifier) || !q.isOnlyIntegration()) {
		checks.Add("SubscriberID", "must not be empty unless TransactionID or AgentIdentifier is given, or nothing but IntegrationIdentifier")
	}
	if q.AgentIdentifier != "" {
		for _, other := range []struct {
			field string
			given bool
		}{
			{"TransactionID", q.TransactionID != ""}, {"WorkflowID", q.WorkflowID != ""}, {"Context", len(q.Context) > 0},
			{"Payload", q.Payload != nil}, {"SendTest", q.SendTest},
		} {
			if other.given {
				checks.Add(other.field, "must be empty if AgentIdentifier is given")
			}
		}
	}
	for kind, value := range q.Context {
		if kind == "" || value.ID == "" {
			checks.Add("Context", fmt.Sprintf("%q must have a type and an id", kind+":"+value.ID))
		}
	}
	return checks.err()
}

// Examine checks every link of the chain that the notification goes along. Checks that do not
// depend on each other run at the same time.
//
// What is wrong with the chain is in the report, not in the error: see [Report.Err]. When the time
// limit of [WithTimeout] is reached, the checks that are left are reported as not checked. The
// error is ErrInvalidParams for a question that can't be examined. If ctx ends, the error is that
// of ctx, beside the report of what was found until then.
func (d *Doctor) Examine(ctx context.Context, q Question) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, d.timeout, &limitError{limit: d.timeout})
	defer cancel()
	report := newExamination(d, q).run(limited)
	if ctx.Err() != nil {
		return report, fmt.Errorf("doctor: examine: %w", context.Cause(ctx))
	}
	return report, nil
}

// limitError is the cause of a context that ended because of WithTimeout.
type limitError struct{ limit time.Duration }

func (e *limitError) Error() string {
	return fmt.Sprintf("the time limit of %s for the examination was reached", e.limit)
}
