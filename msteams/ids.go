package msteams

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novu-go/novu/internal/check"
)

var (
	thread   = regexp.MustCompile(`^19:[^/?#\\\s]+@[a-z0-9.]+(;messageid=[0-9]+)?$`)
	tenantID = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)
)

func isThread(s string) bool { return strings.HasPrefix(s, "19:") }

// checks collects everything that is wrong with an operation's parameters.
type checks struct{ check.Checks }

func checkParams(op string) *checks { return &checks{check.Checks{Op: op}} }

func (c *checks) add(field, problem string) *checks {
	c.Add(field, problem)
	return c
}

// err is nil if nothing was found.
func (c *checks) err() error {
	if c.Fields == nil {
		return nil
	}
	return &Error{Op: c.Op, Message: c.Message(), Fields: c.Fields, kinds: []error{ErrInvalidParams}}
}

// text checks what any id needs to be to stand in a path or a body.
func (c *checks) text(field, value string) bool {
	switch {
	case strings.TrimSpace(value) == "":
		c.add(field, "must not be empty")
	case value == "." || value == "..":
		c.add(field, fmt.Sprintf("must not be %q, which a path can't carry", value))
	case !utf8.ValidString(value):
		c.add(field, "is not valid UTF-8")
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		c.add(field, "must not contain spaces or control characters")
	default:
		return true
	}
	return false
}

func (c *checks) credentials(own Credentials, withoutSecret bool) {
	if c.text("ClientID", own.ClientID) && isThread(own.ClientID) {
		c.add("ClientID", "is a thread id; it must be the application (client) id")
	}
	secret := own.ClientSecret.Reveal()
	switch {
	case withoutSecret:
	case strings.TrimSpace(secret) == "":
		c.add("ClientSecret", "must not be empty; use WithTokenFunc for a certificate or an identity")
	case check.SecretProblem(secret) != "":
		c.add("ClientSecret", check.SecretProblem(secret))
	}
	if own.TenantID != "" {
		c.tenant("TenantID", own.TenantID)
	}
}

// tenant checks the id or domain of one tenant.
func (c *checks) tenant(field, value string) *checks {
	switch {
	case !c.text(field, value):
	case isThread(value):
		c.add(field, "is the thread id of a team or channel; a tenant's is a GUID: the Workspace.ID of the connection")
	case value == "common" || value == "organizations" || value == "consumers":
		c.add(field, fmt.Sprintf("must name one tenant: an app has no token of its own for %q", value))
	case !tenantID.MatchString(value):
		c.add(field, fmt.Sprintf("%q is neither a GUID nor a domain", value))
	}
	return c
}

// team checks a team's id as Graph knows it.
func (c *checks) team(value string) *checks {
	const field = "teamID"
	switch {
	case !c.text(field, value) || check.IsGUID(value):
	case isThread(value):
		c.add(field, "is a thread id, by which the bot connector knows a team or channel; Graph's id of a team is a GUID: Team.ID, Channel.TeamID or TeamDetails.GroupID")
	default:
		c.add(field, fmt.Sprintf("%q is not a GUID; take Team.ID, not the team's name", value))
	}
	return c
}

// thread checks the thread id of a channel or, for the connector, a team.
func (c *checks) thread(field, value string) *checks {
	switch {
	case !c.text(field, value) || thread.MatchString(value):
	case check.IsGUID(value):
		c.add(field, "is a GUID, perhaps that of a team; a channel's id is a thread id, 19:…@thread.tacv2: Channel.ID. A team's is that of its General channel, see PrimaryChannel")
	default:
		c.add(field, fmt.Sprintf("%q is not a thread id, 19:…@thread.tacv2", value))
	}
	return c
}

// conversation checks a channel, group chat or one-to-one chat.
func (c *checks) conversation(field, value string) *checks {
	if strings.HasPrefix(value, "a:") && !strings.ContainsAny(value, `/?#\`) {
		c.text(field, value)
		return c
	}
	return c.thread(field, value)
}

// user checks an Entra object id or a user principal name.
func (c *checks) user(field, value string) *checks {
	switch {
	case !c.text(field, value) || check.IsGUID(value):
	case isThread(value):
		c.add(field, "is a thread id; a user is named by object id or user principal name")
	case strings.HasPrefix(value, "29:"):
		c.add(field, "is the bot's id of the user; Graph knows only the object id (Member.ObjectID) or the user principal name")
	case !strings.Contains(value, "@") || strings.ContainsAny(value, `/?\`):
		c.add(field, fmt.Sprintf("%q is neither an object id, a GUID, nor a user principal name", value))
	}
	return c
}

// member checks a user's id as the connector knows it: 29:… too.
func (c *checks) member(field, value string) *checks {
	if strings.HasPrefix(value, "29:") && !strings.ContainsAny(value, `/?#\`) {
		c.text(field, value)
		return c
	}
	return c.user(field, value)
}

// app checks a manifest id or a catalog id.
func (c *checks) app(field, value string) *checks {
	if c.text(field, value) && !check.IsGUID(value) {
		c.add(field, fmt.Sprintf("%q is not a GUID", value))
	}
	return c
}

// opaque checks an id that only the server understands.
func (c *checks) opaque(field, value string) *checks {
	c.text(field, value)
	return c
}
