package customers

import (
	"context"
	"fmt"
	"io"
	"regexp"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// Config says where in Novu the customers live.
type Config struct {
	// IntegrationIdentifier is the Microsoft Teams integration that all customers share. Required.
	IntegrationIdentifier string
	// ContextType is the type of the Novu context that stands for a customer; "tenant" if empty.
	ContextType string
	// ManifestID is the id in the Teams app's manifest, which is the app's client id. With it the
	// app is installed where a destination needs it; without it somebody has to install it in
	// Teams.
	ManifestID string
}

// Option configures a client. One that can't be right makes NewClient fail.
type Option func(*Client, *checks)

// WithWebhook sets how webhook URLs are checked, such as webhook.WithAllowedHosts for a national
// cloud.
func WithWebhook(opts ...webhook.Option) Option {
	return func(c *Client, _ *checks) { c.webhookOptions = append(c.webhookOptions, opts...) }
}

// Client knows all customers of one Teams integration. Make it with [NewClient]; it is safe for
// concurrent use, and one is enough for a program: what it remembers are names and recent
// transactions.
type Client struct {
	novu           *novu.Client
	ms             *msteams.Client // nil: webhooks only
	config         Config
	webhookOptions []webhook.Option
	names          names
	triggers       triggers
}

// NewClient returns a client for the customers of an integration. A nil ms means that Microsoft
// can't be asked: customers then have webhooks only. It sends nothing; the error is
// ErrInvalidParams.
func NewClient(client *novu.Client, ms *msteams.Client, config Config, opts ...Option) (*Client, error) {
	checks := &checks{Checks: check.Checks{Op: "create client"}}
	c := &Client{novu: client, ms: ms, config: config}
	if client == nil {
		checks.Add("client", "must not be nil")
	}
	checks.required("IntegrationIdentifier", config.IntegrationIdentifier)
	checks.text("IntegrationIdentifier", config.IntegrationIdentifier)
	if c.config.ContextType == "" {
		c.config.ContextType = "tenant"
	}
	if !isContextName(c.config.ContextType) {
		checks.Add("ContextType", fmt.Sprintf("%q must be letters, digits, - and _", config.ContextType))
	}
	if config.ManifestID != "" && !check.IsGUID(config.ManifestID) {
		checks.Add("ManifestID", fmt.Sprintf("%q is not a GUID; it is the id in the app's manifest, the app's client id", config.ManifestID))
	}
	for _, opt := range opts {
		if opt != nil {
			opt(c, checks)
		}
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Format prints the integration's identifier, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "customers.Client("+c.config.IntegrationIdentifier+")")
}

// Customer returns the customer with this id: yours, made of letters, digits, - and _, since it
// becomes a Novu context. It is cheap, sends nothing and can't fail; an id that can't be right
// makes its calls fail as ErrInvalidParams.
func (c *Client) Customer(id string) *Customer { return &Customer{client: c, id: id} }

// Customer is one of your customers. It holds no state: what is known about it is found in Novu
// again, by its context. Make it with [Client.Customer]; it is safe for concurrent use.
type Customer struct {
	client *Client
	id     string
}

// ID returns the id that the customer was made with.
func (c *Customer) ID() string { return c.id }

// Format prints the customer's id, whatever the verb.
func (c *Customer) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "customers.Customer("+c.id+")")
}

var contextName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,100}$`)

func isContextName(s string) bool { return contextName.MatchString(s) }

// check begins the checks of a call.
func (c *Customer) check(ctx context.Context, op string) *checks {
	checks := &checks{Checks: check.Checks{Op: op}, customer: c.id}
	if ctx == nil {
		checks.Add("ctx", "must not be nil")
	}
	if !isContextName(c.id) {
		checks.Add("id", fmt.Sprintf("%q of the customer must be 1 to 100 letters, digits, - and _", c.id))
	}
	return checks
}

// subscriber is the Novu subscriber of the customer as a whole.
func (c *Customer) subscriber(given string) string {
	if given == "" {
		return c.id
	}
	return given
}

func (c *Customer) context() novu.ContextPayload {
	return novu.ContextPayload{c.client.config.ContextType: {ID: c.id}}
}

// microsoft is what can't be done without an msteams.Client.
func (c *Customer) microsoft(op string) error {
	if c.client.ms != nil {
		return nil
	}
	return c.fail(op, ErrInvalidParams, "this client was made without an msteams.Client, so it knows webhooks only", "give NewClient one")
}
