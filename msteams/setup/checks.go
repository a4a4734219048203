package setup

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/novu-go/novu/internal/check"
)

var (
	uniqueName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$`)
	resourceGroup = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{1,63}$`)
)

// checks collects all that is wrong with an operation's parameters.
type checks struct{ check.Checks }

func newChecks(op string) *checks { return &checks{check.Checks{Op: op}} }

func (c *checks) add(field, problem string) { c.Add(field, problem) }

// err is nil where nothing was found.
func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Message: c.Message(), Fields: c.Fields, kinds: []error{ErrInvalidParams}}
}

func (c *checks) guid(field, value string) {
	if !check.IsGUID(value) {
		c.add(field, fmt.Sprintf("%q is not a GUID", value))
	}
}

func (c *checks) httpsURL(field, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		c.add(field, "is not an https URL")
	}
}

// redirectURI refuses what Entra would refuse.
func (c *checks) redirectURI(uri string) {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !check.IsLoopback(u.Hostname())):
		c.add("RedirectURIs", fmt.Sprintf("%.100q must be an https URL, or an http URL on loopback", withoutQuery(uri)))
	case u.Fragment != "" || strings.Contains(uri, "*"):
		c.add("RedirectURIs", fmt.Sprintf("%.100q must hold no fragment and no *", withoutQuery(uri)))
	}
}

func (c *checks) config(config *Config) {
	if !uniqueName.MatchString(config.UniqueName) {
		c.add("UniqueName", fmt.Sprintf(`%q is not 2 to 64 letters, digits, ".", "_" or "-"`, config.UniqueName))
	}
	c.guid("TenantID", config.TenantID)
	if strings.TrimSpace(config.IntegrationIdentifier) == "" {
		c.add("IntegrationIdentifier", "must not be empty")
	}
	if config.App.ClientID != "" {
		c.add("App.ClientID", "is the application's and left empty here; Config.ClientID adopts an application")
	}
	if config.ClientID != "" {
		c.guid("ClientID", config.ClientID)
	}
	if config.RedirectURL != "" {
		if u, err := url.Parse(config.RedirectURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			c.add("RedirectURL", "is not an absolute URL")
		}
	}
	for _, uri := range config.RedirectURIs {
		c.redirectURI(uri)
	}
	for _, team := range config.InstallInTeams {
		c.guid("InstallInTeams", team)
	}
	switch {
	case config.AgentIdentifier != "" && config.MessagingEndpoint != "":
		c.add("MessagingEndpoint", "can't be set beside AgentIdentifier, whose webhook it is")
	case config.MessagingEndpoint != "":
		c.httpsURL("MessagingEndpoint", config.MessagingEndpoint)
	}
	if config.SecretLifetime < 0 {
		c.add("SecretLifetime", "must not be negative")
	}
	if azure := config.Azure; azure != nil {
		if azure.SubscriptionID != "" {
			c.guid("Azure.SubscriptionID", azure.SubscriptionID)
		}
		if !resourceGroup.MatchString(azure.ResourceGroup) {
			c.add("Azure.ResourceGroup", fmt.Sprintf("%q can't be the name of a resource group with a bot", azure.ResourceGroup))
		}
		if config.TenantID != azure.TenantID {
			c.guid("Azure.TenantID", azure.TenantID)
		}
	}
}
