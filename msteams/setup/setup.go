package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
)

// DefaultSecretLifetime is how long a new secret lives where
// [Config.SecretLifetime] is zero.
const DefaultSecretLifetime = 180 * 24 * time.Hour

// DefaultOverlap is how long the old secret is kept after a new one was handed
// to Novu, where [RotateParams.Overlap] is zero.
const DefaultOverlap = 24 * time.Hour

// Config is what is to exist. Required are UniqueName, TenantID,
// IntegrationIdentifier and the required fields of App.
type Config struct {
	// UniqueName is the key of the application and the mark of what Setup
	// makes: letters, digits, ".", "_" and "-", at most 64. It can't be changed later.
	UniqueName string
	// TenantID is the home tenant of the application, a GUID.
	TenantID string
	// App describes the Teams app. Its ClientID is left empty: it is the
	// application's. Where Version is empty, it is raised whenever the package changes.
	App manifest.App
	// Customize changes the manifest before it is validated and packed.
	Customize func(*manifest.Manifest) error
	// IntegrationIdentifier names the integration in Novu.
	IntegrationIdentifier string
	// RedirectURL is where Novu sends a customer's administrator after consent.
	// Novu replaces credentials as a whole and newer servers do not show them,
	// so a redirect URL that is not given here is lost.
	RedirectURL string
	// RedirectURIs are registered with the application beside Novu's callback,
	// such as the address of a page of yours to which an administrator returns
	// after consent. They must be https, or http on loopback. None is ever removed.
	RedirectURIs []string
	// Azure says where the bot lives. Nil leaves bot and Teams channel to a person.
	Azure *Azure
	// DirectMessages asks for the permission to install the app for people, and
	// lets the package allow it.
	DirectMessages bool
	// InstallInTeams are the ids (GUIDs) of teams of the home tenant that the app is installed in.
	InstallInTeams []string
	// AgentIdentifier makes the webhook of this Novu agent the bot's messaging
	// endpoint. The agent must exist and be linked to the integration.
	AgentIdentifier string
	// MessagingEndpoint is the bot's messaging endpoint, an https URL. Without
	// it and AgentIdentifier the endpoint of an existing bot is left as it is.
	MessagingEndpoint string
	// SecretLifetime is how long a new secret lives, [DefaultSecretLifetime] if zero.
	SecretLifetime time.Duration
	// ClientID adopts an application that was registered by hand: it is
	// completed, and never deleted by PlanDestroy.
	ClientID string
}

// Azure says where the bot resource lives.
type Azure struct {
	SubscriptionID string // the only enabled one if empty
	ResourceGroup  string // UniqueName if empty; it is made where there is none
	Location       string // region of a resource group that is made, "westeurope" if empty; the bot is global
	TenantID       string // of the subscription, where it is not Config.TenantID
}

// Identities open Microsoft's three doors. A nil one turns its steps into
// ActionAsk. [AzureCLI] fits Directory and Azure; the catalog accepts no
// app-only token for writing, and none of the Azure CLI.
type Identities struct {
	Directory msteams.TokenFunc // Graph: applications, service principals, consent
	Catalog   msteams.TokenFunc // Graph: the organization's app catalog
	Azure     msteams.TokenFunc // Azure Resource Manager
}

// Setup plans and applies one [Config]. Make it with [New]; it is safe for
// concurrent use.
type Setup struct {
	novu   *novu.Client
	config *Config // behind a pointer, so that printing what holds a Setup can't show a URL's query
	opts   options
	ms     *msteams.Client // knows the cloud and its hosts; it sends nothing of its own
	doors  map[doorName]*door
}

type options struct {
	progress func(Event)
	approve  func(context.Context, Step) (bool, error)
	msteams  []msteams.Option
}

// Option configures a Setup.
type Option func(*options, *checks)

// WithProgress has f called as Apply and Rotate go on. It is called from one
// goroutine at a time.
func WithProgress(f func(Event)) Option {
	return func(o *options, c *checks) {
		if f == nil {
			c.add("Progress", "must not be nil")
		}
		o.progress = f
	}
}

// WithApproval asks f before each irreversible step. A step that it declines
// stays pending; its error ends Apply. Without this option irreversible steps
// stay pending.
func WithApproval(f func(context.Context, Step) (bool, error)) Option {
	return func(o *options, c *checks) {
		if f == nil {
			c.add("Approval", "must not be nil")
		}
		o.approve = f
	}
}

// WithMSTeams sets how Microsoft is reached: the cloud, endpoints, HTTP client,
// retry policy and logger of [msteams.NewClient].
func WithMSTeams(opts ...msteams.Option) Option {
	return func(o *options, _ *checks) { o.msteams = append(o.msteams, opts...) }
}

// New returns a Setup. It sends nothing. The error is ErrInvalidParams and
// names everything that can't be right, the manifest included.
func New(client *novu.Client, config Config, identities Identities, opts ...Option) (*Setup, error) {
	checks := newChecks("create setup")
	s := &Setup{novu: client, config: &config}
	if client == nil {
		checks.add("client", "must not be nil")
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&s.opts, checks)
		}
	}
	s.complete()
	checks.config(s.config)
	s.connect(identities, checks)
	if checks.Fields == nil {
		if _, err := s.manifest(placeholderID, "1.0.0"); err != nil {
			checks.add("App", err.Error())
		}
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// placeholderID stands for the client id while there is none.
const placeholderID = "00000000-0000-0000-0000-000000000000"

// complete fills in defaults, in copies.
func (s *Setup) complete() {
	c := s.config
	c.InstallInTeams = slices.Clone(c.InstallInTeams)
	c.RedirectURIs = slices.Clone(c.RedirectURIs)
	if c.SecretLifetime == 0 {
		c.SecretLifetime = DefaultSecretLifetime
	}
	if c.Azure == nil {
		return
	}
	azure := *c.Azure
	if azure.ResourceGroup == "" {
		azure.ResourceGroup = c.UniqueName
	}
	if azure.Location == "" {
		azure.Location = "westeurope"
	}
	if azure.TenantID == "" {
		azure.TenantID = c.TenantID
	}
	c.Azure = &azure
}

// connect makes the doors.
func (s *Setup) connect(identities Identities, checks *checks) {
	ms, err := msteams.NewClient(msteams.Credentials{ClientID: placeholderID},
		append(append([]msteams.Option(nil), s.opts.msteams...), msteams.WithTokenFunc(noToken))...)
	if err != nil {
		var e *msteams.Error
		if errors.As(err, &e) {
			checks.add("MSTeams", e.Message)
			return
		}
		checks.add("MSTeams", err.Error())
		return
	}
	s.ms = ms
	services := ms.Services()
	s.doors = map[doorName]*door{
		directoryDoor: newDoor(directoryDoor, identities.Directory, s.config.TenantID, services.GraphScope, services.Graph),
		catalogDoor:   newDoor(catalogDoor, identities.Catalog, s.config.TenantID, services.GraphScope, services.Graph),
	}
	azureTenant := s.config.TenantID
	if s.config.Azure != nil {
		azureTenant = s.config.Azure.TenantID
	}
	s.doors[azureDoor] = newDoor(azureDoor, identities.Azure, azureTenant, services.ResourceManagerScope, services.ResourceManager)
}

func noToken(context.Context, string, string) (msteams.Token, error) {
	return msteams.Token{}, errors.New("setup: this client has no identity")
}

// Format prints the unique name and nothing else, whatever the verb.
func (s Setup) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "setup.Setup("+s.config.UniqueName+")")
}

// mark is what the name of an integration ends with that Setup made. Unlike a
// tag it is there from the moment in which the integration is.
func (s *Setup) mark() string { return "(" + s.config.UniqueName + ")" }

// redirectURIs are where Novu, and pages beside it, receive a customer's administrator.
func (s *Setup) redirectURIs() []string {
	return append([]string{s.novu.CallbackURL()}, s.config.RedirectURIs...)
}

// missingRedirectURIs are those that the application does not have.
func (s *Setup) missingRedirectURIs(app *application) []string {
	var missing []string
	for _, uri := range s.redirectURIs() {
		if !slices.Contains(app.Web.RedirectURIs, uri) && !slices.Contains(missing, uri) {
			missing = append(missing, uri)
		}
	}
	return missing
}
