package webhook

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

const (
	opParse   = "parse webhook URL"
	maxURL    = 4 << 10
	copyAgain = "copy the whole URL from the workflow's trigger again"
	letAnyone = "if that yields the same URL, the trigger lets only users of the tenant run the flow: let Anyone trigger it"
)

// retiredHosts are those of the Office 365 connectors.
var retiredHosts = []string{"outlook.office.com", "outlook.office365.com", ".webhook.office.com"}

// parse takes raw apart, and refuses what two parsers may read differently.
func parse(raw string) (*url.URL, string) {
	switch {
	case raw == "":
		return nil, "must not be empty"
	case len(raw) > maxURL:
		return nil, fmt.Sprintf("is %d bytes long, at most %d are accepted", len(raw), maxURL)
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }):
		return nil, "contains white space, a backslash or a character that a URL can't hold: " + copyAgain
	case strings.Contains(raw, "#"):
		return nil, "must not contain a fragment (#)"
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, "is not a URL"
	case u.Scheme != "https":
		return nil, "must start with https://"
	case u.User != nil || strings.Contains(u.Host, "@"):
		return nil, "must not contain a user or password (@ before the host)"
	case !isHost(u):
		return nil, "has no valid host"
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, "has a query that can't be read: " + copyAgain
	}
	return u, ""
}

var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

func isHost(u *url.URL) bool {
	if strings.HasSuffix(u.Host, ":") || strings.TrimLeft(u.Port(), "0") == "" && u.Port() != "" {
		return false
	}
	return isHostname(strings.ToLower(u.Hostname()))
}

func isHostname(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == ""
	}
	return len(host) <= 253 && hostName.MatchString(host)
}

// urlProblem says what speaks against sending to u, or "". The error is the problem's kind beside
// ErrInvalidParams, nil where it has none.
func (c *config) urlProblem(u *url.URL) (string, error) {
	host := strings.ToLower(u.Hostname())
	workflows := isWorkflowsHost(host)
	switch {
	case matches(host, retiredHosts):
		return "is that of an Office 365 connector, which Microsoft has retired: " +
			"create a Workflow in Teams that posts webhook alerts, and use its URL", nil
	case !matches(host, workflowsHosts(c.clouds)) && !matches(host, c.hosts):
		return c.unknownHost(host), ErrUnknownHost
	case workflows && u.Port() != "" && u.Port() != "443":
		return "must not name a port other than 443", nil
	case strings.Trim(u.Path, "/") == "" && (workflows || u.Path == ""):
		return "has no path: " + copyAgain, nil
	case workflows || isTriggerPath(u.Path):
		return c.parameterProblem(u.Query()), nil
	case len(u.Query()["sig"]) > 1:
		return "has the parameter sig twice: " + copyAgain, nil
	}
	return "", nil
}

// unknownHost says why a host is not accepted. Its name is no secret.
func (c *config) unknownHost(host string) string {
	if cloud, known := cloudOf(host); known {
		return fmt.Sprintf("leads to %q, which is a host of Workflows in another cloud: accept it with WithCloud(%q)", host, string(cloud))
	}
	return fmt.Sprintf("leads to %q, which is no host of Workflows: theirs end in %s; others must be allowed (WithAllowedHosts)",
		host, strings.Join(workflowsHosts(c.clouds), " or "))
}

// isTriggerPath reports whether the path is that of a Workflow's trigger, which a gateway may pass
// on.
func isTriggerPath(path string) bool {
	return strings.Contains(path, "/workflows/") && strings.HasSuffix(strings.TrimSuffix(path, "/"), "/invoke")
}

// parameterProblem looks for the parameters without which the server refuses a request.
func (c *config) parameterProblem(query url.Values) string {
	for _, name := range []string{"sig", "api-version"} {
		switch values := query[name]; {
		case len(values) > 1:
			return "has the parameter " + name + " twice: " + copyAgain
		case len(values) == 1 && values[0] != "":
		case name == "sig" && c.token != nil:
		case name == "sig":
			return "lacks the parameter sig: " + copyAgain + "; " + letAnyone
		default:
			return "lacks the parameter " + name + ": " + copyAgain
		}
	}
	return ""
}
