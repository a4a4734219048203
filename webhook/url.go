package webhook

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/redact"
)

// Secret is a string that is never printed: every fmt verb, slog and JSON yield
// "[redacted]". Reveal returns the value.
type Secret = redact.Secret

// URL is the address of a Workflow's webhook, which is also the credential to
// post to it. It is printed as https://host/[redacted], by every fmt verb, slog
// and JSON. Make it with [ParseURL]; the zero URL leads nowhere, and sending to
// it is an error.
type URL struct {
	host string // in lower case, without port or brackets
	show string // what is printed
	// The text is in a closure, since fmt looks into unexported fields without
	// asking for a Format method.
	reveal func() string
}

// workflowsHosts are what the host of a Workflows URL ends in.
var workflowsHosts = []string{".logic.azure.com", ".environment.api.powerplatform.com"}

// retiredHosts are those of the Office 365 connectors.
var retiredHosts = []string{"outlook.office.com", "outlook.office365.com", ".webhook.office.com"}

const (
	opParse   = "parse webhook URL"
	maxURL    = 4 << 10
	copyAgain = "copy the whole URL from the workflow's trigger again"
)

// ParseURL checks a Workflows URL, such as a customer pastes into a form, and
// keeps it to the letter; white space around it is dropped. The error is
// ErrInvalidParams, says what is wrong in words for whoever pasted it, and holds
// nothing of the URL but its host.
//
// Accepted are https URLs whose host is below logic.azure.com or
// environment.api.powerplatform.com, on port 443, with the parameters sig (the
// credential) and api-version: the server refuses a request that lacks one, and
// they are lacking where the URL was not copied whole. Other hosts, such as
// those of national clouds, need [WithAllowedHosts], and are then free in port
// and parameters. Never accepted are a user, a fragment, white space, control
// characters, backslashes, anything beyond ASCII, a host that ends in a dot,
// more than 4,096 bytes, and the retired Office 365 connectors.
//
// Of the options only WithAllowedHosts matters here; others are ignored, so
// that one list of options can serve this function and [New].
func ParseURL(raw string, opts ...Option) (URL, error) {
	checks := checkParams(opParse)
	cfg := configure(checks, opts)
	if err := checks.err(); err != nil {
		return URL{}, err
	}
	raw = strings.TrimSpace(raw)
	u, problem := parse(raw)
	if problem == "" {
		problem = cfg.problem(u)
	}
	if problem != "" {
		return URL{}, checks.add("url", problem).err()
	}
	show := strings.ToLower(u.Host)
	return URL{
		host:   strings.ToLower(u.Hostname()),
		show:   "https://" + strings.TrimSuffix(show, ":443") + "/" + redact.Redacted,
		reveal: func() string { return raw },
	}, nil
}

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

// matches reports whether host is one of the patterns, or below one that starts
// with a dot.
func matches(host string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return host == p || strings.HasPrefix(p, ".") && strings.HasSuffix(host, p)
	})
}

// problem is what speaks against sending to u, or "".
func (c *config) problem(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	switch {
	case matches(host, retiredHosts):
		return "is that of an Office 365 connector, which Microsoft has retired: " +
			"create a Workflow in Teams that posts webhook alerts, and use its URL"
	case matches(host, c.hosts):
		return ""
	case !matches(host, workflowsHosts):
		return fmt.Sprintf("leads to %q, which is no host of Workflows: theirs end in %s; others must be allowed (WithAllowedHosts)",
			host, strings.Join(workflowsHosts, " or "))
	case u.Port() != "" && u.Port() != "443":
		return "must not name a port other than 443"
	}
	for _, name := range []string{"sig", "api-version"} {
		if u.Query().Get(name) == "" {
			return "lacks the parameter " + name + ": " + copyAgain
		}
	}
	return ""
}

// Reveal returns the URL itself, as it was given to ParseURL, or "" for the
// zero URL.
func (u URL) Reveal() string {
	if u.reveal == nil {
		return ""
	}
	return u.reveal()
}

// Secret returns the URL itself as a Secret, for novu.WebhookEndpoint.
func (u URL) Secret() Secret { return Secret(u.Reveal()) }

// Host returns the host in lower case, without the port. It is no secret.
func (u URL) Host() string { return u.host }

// String returns "https://host/[redacted]", or "" for the zero URL.
func (u URL) String() string { return u.show }

// Format prints what String returns, whatever the verb.
func (u URL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.show) }

// MarshalText returns what String returns, and so does JSON: a URL can't be
// stored by encoding it. Store what Reveal returns, encrypted.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.show), nil }

// LogValue returns what String returns.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.show) }

// secrets holds the URL and, since a server may echo a part, its path and the
// values of its query, as they stand and decoded.
func (u URL) secrets() []Secret {
	raw := u.Reveal()
	parsed, err := url.Parse(raw)
	if err != nil {
		return []Secret{Secret(raw)}
	}
	secrets := []Secret{Secret(raw), Secret(parsed.RequestURI()), Secret(parsed.RawQuery), Secret(parsed.EscapedPath())}
	for pair := range strings.SplitSeq(parsed.RawQuery, "&") {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "api-version", "sp", "sv": // the same in every URL
		default:
			secrets = append(secrets, Secret(value))
			if decoded, err := url.QueryUnescape(value); err == nil {
				secrets = append(secrets, Secret(decoded))
			}
		}
	}
	return secrets
}
