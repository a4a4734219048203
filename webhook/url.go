package webhook

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/redact"
)

// Secret is a string that is never printed: every fmt verb, slog and JSON yield "[redacted]".
// Reveal returns the value.
//
//	func (s Secret) Reveal() string              // the value itself
//	func (s Secret) String() string              // "[redacted]"
//	func (s Secret) MarshalText() ([]byte, error) // "[redacted]", also as MarshalJSON, Format and LogValue
type Secret = redact.Secret

// URL is the address of a Workflow's webhook. It is also the credential to post to it. Every fmt
// verb, slog and JSON print it as https://host/[redacted]. Make it with [ParseURL]; the zero URL
// leads nowhere, and sending to it is an error.
type URL struct {
	host   string // in lower case, without port or brackets
	show   string // what is printed
	signed bool   // it holds a signature
	// The text is in a closure, since fmt looks into unexported fields without asking for a Format
	// method.
	reveal func() string
}

// ParseURL checks a Workflows URL, such as a customer pastes into a form, and keeps it to the
// letter. It drops white space around the URL and turns "&amp;", which copying from a web page
// leaves behind, back into "&". The error is ErrInvalidParams, with ErrUnknownHost where only the
// host is wrong. It says what is wrong in words for whoever pasted the URL, and holds nothing of it
// but its host.
//
// Accepted are https URLs on a host of Workflows ([WithCloud]), on port 443, with a path and one
// each of the parameters sig (the credential) and api-version. The server refuses a request that
// lacks one. Both are missing where the URL was not copied whole. The signature alone is missing
// where the flow's trigger lets only users of the tenant run it, see [WithTokenFunc].
//
// [WithAllowedHosts] adds hosts of gateways, which are free in port and parameters unless the path
// is that of a Workflow's trigger. Never accepted are a user, a fragment, white space, control
// characters, backslashes, anything beyond ASCII, a host that ends in a dot, more than 4,096 bytes,
// and the retired Office 365 connectors.
//
// The options are those of the client that will send to the URL: what ParseURL accepts, [NewClient]
// with the same options sends to. Where there is a client, [Client.ParseURL] needs none.
func ParseURL(raw string, opts ...Option) (URL, error) {
	checks := checkParams(opParse)
	cfg := configure(checks, opts)
	if err := checks.err(); err != nil {
		return URL{}, err
	}
	return cfg.parseURL(raw)
}

// ParseURL is the function [ParseURL] with this client's options.
func (c *Client) ParseURL(raw string) (URL, error) { return c.cfg.parseURL(raw) }

func (c *config) parseURL(raw string) (URL, error) {
	raw = strings.TrimSpace(raw)
	for strings.Contains(raw, "&amp;") {
		raw = strings.ReplaceAll(raw, "&amp;", "&")
	}
	u, problem := parse(raw)
	var kind error
	if problem == "" {
		problem, kind = c.urlProblem(u)
	}
	if problem != "" {
		checks := checkParams(opParse).add("url", problem)
		if kind != nil {
			checks.kinds = append(checks.kinds, kind)
		}
		return URL{}, checks.err()
	}
	show := strings.ToLower(u.Host)
	return URL{
		host:   strings.ToLower(u.Hostname()),
		show:   "https://" + strings.TrimSuffix(show, ":443") + "/" + redact.Redacted,
		signed: u.Query().Get("sig") != "",
		reveal: func() string { return raw },
	}, nil
}

// Reveal returns the URL itself, or "" for the zero URL.
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

// MarshalText returns what String returns, and so does JSON. A URL can't be stored by encoding it:
// store what Reveal returns, encrypted.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.show), nil }

// LogValue returns what String returns.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.show) }

// secrets holds the URL and, since a server may echo a part, its path and the values of its query,
// as they stand and decoded.
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
