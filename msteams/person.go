package msteams

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// FindPerson finds a person of the tenant, guests included, by e-mail address or user principal
// name. It looks into the rosters of the teams that the bot is installed in, one request a team
// until the person is found, and then asks Graph, which also knows people by their other addresses.
//
// A person from a roster has both an ID and an ObjectID. One from Graph has only the ObjectID,
// which Novu can write to once the bot is installed for them: see [Tenant.InstallForUser].
//
// The error is ErrMemberNotFound where nobody has this address as far as the app may look, with a
// remedy that says where it could not. Rosters need Team.ReadBasic.All and Channel.ReadBasic.All;
// Graph needs a permission that Novu does not ask for, such as User.ReadBasic.All.
//
// API: GET /teams, POST /$batch, GET /v3/conversations/{id}/pagedmembers, GET /users/{id}, GET /users
func (t *Tenant) FindPerson(ctx context.Context, emailOrUPN string) (*Member, error) {
	const op = "find person"
	if err := t.ready(ctx, op, checkParams(op).address("emailOrUPN", emailOrUPN)); err != nil {
		return nil, err
	}
	member, rosterErr := t.findInRosters(ctx, emailOrUPN)
	if member != nil || rosterErr != nil && !isDenied(rosterErr) {
		return member, inOperation(op, rosterErr)
	}
	member, graphErr := t.findInGraph(ctx, op, emailOrUPN)
	if member != nil || graphErr != nil && !isDenied(graphErr) {
		return member, inOperation(op, graphErr)
	}
	return nil, t.nobody(op, emailOrUPN, rosterErr, graphErr)
}

// isDenied reports whether err only says that the app may not look there.
func isDenied(err error) bool {
	return errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotConsented)
}

func inOperation(op string, err error) error {
	if err == nil {
		return nil
	}
	return atOperation(op, err)
}

// nobody is the error of a search that found nobody; the errors say where it was not allowed to
// look.
func (t *Tenant) nobody(op, address string, rosterErr, graphErr error) error {
	remedy := "check the address"
	if rosterErr != nil {
		remedy += "; the teams can't be listed, so no roster was searched: " + sendToConsent
	} else {
		remedy += ", and that the bot is installed in a team that they belong to"
	}
	if graphErr != nil {
		remedy += "; or grant the app User.ReadBasic.All, without which Graph could not be asked"
	}
	return t.notFound(op, "nobody is known by the address "+address, remedy, ErrMemberNotFound)
}

// findInRosters searches the teams that the bot is installed in. It returns nil where nobody has
// the address.
func (t *Tenant) findInRosters(ctx context.Context, address string) (*Member, error) {
	for team, err := range t.Directory(ctx) {
		if err != nil {
			return nil, err
		}
		channel, found := anyStandardChannel(team)
		if !found {
			continue // the app may not see the team, or it has just been deleted
		}
		for member, err := range t.Roster(ctx, channel) {
			switch {
			case errors.Is(err, ErrForbidden), errors.Is(err, ErrNotFound):
			case err != nil:
				return nil, err
			case member.isCalled(address):
				return &member, nil
			}
		}
	}
	return nil, nil
}

// anyStandardChannel returns a channel that every member of the team belongs to.
func anyStandardChannel(team TeamChannels) (string, bool) {
	for _, channel := range team.Channels {
		if channel.MembershipType == MembershipStandard || channel.MembershipType == "" {
			return channel.ID, true
		}
	}
	return "", false
}

// isCalled reports whether address is the member's. The principal name of a guest is made of their
// address.
func (m *Member) isCalled(address string) bool {
	guest := strings.Replace(address, "@", "_", 1) + "#EXT#@"
	return strings.EqualFold(m.Email, address) || strings.EqualFold(m.UserPrincipalName, address) ||
		len(m.UserPrincipalName) > len(guest) && strings.EqualFold(m.UserPrincipalName[:len(guest)], guest)
}

// findInGraph asks for the principal name first and then for addresses. It returns nil where nobody
// has it.
func (t *Tenant) findInGraph(ctx context.Context, op, address string) (*Member, error) {
	user, err := t.User(ctx, address)
	if err == nil {
		return user.member(), nil
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	quoted := literal(address)
	list := graphList[User](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0/users",
		Query: url.Values{
			"$select": {userFields},
			"$filter": {"mail eq " + quoted + " or proxyAddresses/any(a:a eq " + literal("smtp:"+address) + ") or otherMails/any(m:m eq " + quoted + ")"},
		},
		Pace: t.graphPace(),
	}, nil)
	for user, err := range list {
		if err != nil {
			return nil, err
		}
		return user.member(), nil
	}
	return nil, nil
}

func (u *User) member() *Member {
	return &Member{ObjectID: u.ID, Name: u.DisplayName, Email: u.Mail, UserPrincipalName: u.UserPrincipalName}
}

// address checks an e-mail address or user principal name.
func (c *checks) address(field, value string) *checks {
	if c.text(field, value) && !strings.Contains(value, "@") {
		c.add(field, "is neither an e-mail address nor a user principal name: it has no @")
	}
	return c
}
