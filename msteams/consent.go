package msteams

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Permissions that Novu asks a tenant's administrator for.
const (
	PermissionTeams          = "Team.ReadBasic.All"
	PermissionChannels       = "Channel.ReadBasic.All"
	PermissionCatalog        = "AppCatalog.Read.All"
	PermissionInstallInTeam  = "TeamsAppInstallation.ReadWriteSelfForTeam.All"
	PermissionInstallForUser = "TeamsAppInstallation.ReadWriteSelfForUser.All"

	// PermissionSignIn is delegated: it lets a user link their account.
	PermissionSignIn = "User.Read"
)

// Purpose is what a tenant's consent is good for.
type Purpose struct {
	Known           bool // as Consent.Known
	Granted         []string
	MissingRequired []string
	MissingOptional []string
}

// OK reports whether everything that is required is known to have been granted.
func (p Purpose) OK() bool { return p.Known && len(p.MissingRequired) == 0 }

var (
	forChannels       = permissions{[]string{PermissionTeams, PermissionChannels, PermissionCatalog}, []string{PermissionInstallInTeam}}
	forDirectMessages = permissions{[]string{PermissionCatalog, PermissionInstallForUser}, nil}
)

type permissions struct{ required, optional []string }

func (p permissions) of(granted []string) Purpose {
	split := func(wanted []string) (has, lacks []string) {
		for _, name := range wanted {
			if slices.Contains(granted, name) {
				has = append(has, name)
			} else {
				lacks = append(lacks, name)
			}
		}
		return has, lacks
	}
	required, missing := split(p.required)
	optional, missingOptional := split(p.optional)
	return Purpose{Known: true, Granted: append(required, optional...), MissingRequired: missing, MissingOptional: missingOptional}
}

// Consent is what an administrator of a tenant has granted the app, by the exact names that Novu
// asks for. A broader permission that includes one of them is in Granted, and the narrower one
// counts as missing.
type Consent struct {
	Tenant string
	// Known is false if the token does not show its roles. Then nothing is reported as granted or
	// as missing.
	Known           bool
	Granted         []string // every role of the token, sorted
	MissingRequired []string // of either purpose
	MissingOptional []string

	Channels       Purpose // listing teams and channels, posting into them
	DirectMessages Purpose // installing the bot for users, writing to them

	// Unseen are delegated permissions, which a token of the app does not show.
	Unseen []string
	// URL is the link by which an administrator grants what is missing. Without
	// WithConsentRedirectURL it names no address to return to.
	URL string
	// Refusal is why Microsoft issues no token at all, if the reason is missing consent
	// (ErrNotConsented). Then everything is missing.
	Refusal error
}

// Consent reads what has been granted from a new token, since an older one lacks what was granted
// later. It may take Microsoft up to an hour. The token's signature is not verified: it came
// straight from Microsoft over TLS, and what is read is only reported. A tenant without consent is
// no error.
//
// API: POST /{tenant}/oauth2/v2.0/token
func (t *Tenant) Consent(ctx context.Context) (*Consent, error) {
	const op = "read consent"
	if err := t.ready(ctx, op, nil); err != nil {
		return nil, err
	}
	c := &Consent{Tenant: t.id, Known: true, Unseen: []string{PermissionSignIn}, URL: t.consentLink()}
	token, err := t.client.tokens.fresh(ctx, t.graphKey())
	switch {
	case errors.Is(err, ErrNotConsented):
		c.Refusal = atOperation(op, err)
	case err != nil:
		return nil, atOperation(op, err)
	default:
		c.Granted, c.Known = tokenRoles(token.AccessToken.Reveal())
	}
	if !c.Known {
		return c, nil
	}
	c.Channels, c.DirectMessages = forChannels.of(c.Granted), forDirectMessages.of(c.Granted)
	union := func(a, b []string) []string { return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b)))) }
	c.MissingRequired = union(c.Channels.MissingRequired, c.DirectMessages.MissingRequired)
	c.MissingOptional = union(c.Channels.MissingOptional, c.DirectMessages.MissingOptional)
	return c, nil
}

// tokenRoles reads the roles of a JWT. It is false for a token that is no JWT. A JWT without roles
// has none granted.
func tokenRoles(token string) ([]string, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, false
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(payload, &claims) != nil || claims == nil {
		return nil, false
	}
	var roles []string
	if raw, ok := claims["roles"]; ok && json.Unmarshal(raw, &roles) != nil {
		return nil, false
	}
	slices.Sort(roles)
	return roles, true
}

// consentLink is the page on which an administrator of the tenant consents.
func (t *Tenant) consentLink() string {
	query := url.Values{"client_id": {t.client.clientID}, "scope": {t.client.cloud.GraphScope}}
	if t.client.consentURL != "" {
		query.Set("redirect_uri", t.client.consentURL)
	}
	base := t.client.login.String()
	return base + "/" + url.PathEscape(t.id) + "/v2.0/adminconsent?" + query.Encode()
}

// ConsentCallback is what Microsoft sends an administrator back with.
type ConsentCallback struct {
	TenantID string // that consented
	Scope    string
	State    string // that the link carried
}

// ParseConsentCallback reads the query of the redirect after admin consent. It looks at the error
// first, since a refusal says admin_consent=True as well. The error is then ErrConsentDeclined,
// ErrNotConsented or what else it stands for, and ErrBadAnswer if the query is not that of a
// consent. The state is returned beside an error too. Check that it is the one that your link
// carried.
func ParseConsentCallback(query url.Values) (*ConsentCallback, error) {
	const op = "parse consent callback"
	got := &ConsentCallback{Scope: query.Get("scope"), State: query.Get("state")}
	if name := query.Get("error"); name != "" || query.Has("error_description") {
		e := &Error{Op: op}
		s := readLogin(name, query.Get("error_description"), nil)
		e.setServiceError(s)
		if p, known := loginProblemOf(name, s.number); known {
			e.classify(p.remedy, p.kind)
		} else {
			e.classify("", ErrNotConsented)
		}
		return got, e
	}
	fail := func(message string) (*ConsentCallback, error) {
		return got, &Error{Op: op, Message: message, kinds: []error{ErrBadAnswer}}
	}
	tenant := query.Get("tenant")
	switch {
	case !strings.EqualFold(query.Get("admin_consent"), "true"):
		return fail("admin_consent is missing or not True")
	case checkParams(op).tenant("tenant", tenant).err() != nil:
		return fail("tenant is missing or not a tenant's id")
	}
	got.TenantID = tenant
	return got, nil
}
