package msteams

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// Team is a team of a tenant. ID is a GUID, by which an endpoint in Novu names the team.
type Team struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
}

// ListTeamsParams narrow a list of teams. The zero value lists all.
type ListTeamsParams struct {
	DisplayName string // exactly this name
	NamePrefix  string // names that start like this
	PageSize    int    // teams a page; 0 leaves it to Graph
}

func (p ListTeamsParams) query() url.Values {
	q := url.Values{"$select": {"id,displayName,description"}}
	switch {
	case p.DisplayName != "":
		q.Set("$filter", "displayName eq "+literal(p.DisplayName))
	case p.NamePrefix != "":
		q.Set("$filter", "startswith(displayName,"+literal(p.NamePrefix)+")")
	}
	if p.PageSize > 0 {
		q.Set("$top", strconv.Itoa(p.PageSize))
	}
	return q
}

const maxPageSize = 999

func (c *checks) teamsParams(p ListTeamsParams) *checks {
	if p.DisplayName != "" && p.NamePrefix != "" {
		c.add("DisplayName", "and NamePrefix exclude each other")
	}
	if p.PageSize < 0 || p.PageSize > maxPageSize {
		c.add("PageSize", fmt.Sprintf("is %d, must be 1 to %d, or 0 for Graph's own", p.PageSize, maxPageSize))
	}
	return c
}

// Teams lists the teams of the tenant, page by page as they are wanted. It stops at the first
// error. It needs Team.ReadBasic.All.
//
// API: GET /teams
func (t *Tenant) Teams(ctx context.Context, params ListTeamsParams) iter.Seq2[Team, error] {
	const op = "list teams"
	return graphList[Team](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0/teams", Query: params.query(), Pace: t.graphPace(),
	}, checkParams(op).teamsParams(params))
}

// MembershipType says who sees a channel. Values other than the constants may come.
type MembershipType string

// The membership types that are known. The bot has to be added to each private and shared channel
// separately.
const (
	MembershipStandard MembershipType = "standard"
	MembershipPrivate  MembershipType = "private"
	MembershipShared   MembershipType = "shared"
)

// Channel is a channel of a team. An endpoint in Novu consists of its TeamID and ID.
type Channel struct {
	ID             string         `json:"id"` // a thread id, "19:…@thread.tacv2"
	TeamID         string         `json:"-"`  // the team that was asked for its channels
	DisplayName    string         `json:"displayName"`
	Description    string         `json:"description"`
	MembershipType MembershipType `json:"membershipType"`
	TenantID       string         `json:"tenantId"` // of the team that hosts it, with WithSharedChannels
}

// ChannelsOption changes a list of channels.
type ChannelsOption func(*channelsOptions)

type channelsOptions struct {
	shared bool
	teams  ListTeamsParams
}

// WithSharedChannels also lists the channels that other teams, of other tenants too, share with the
// team.
func WithSharedChannels() ChannelsOption {
	return func(o *channelsOptions) { o.shared = true }
}

// WithTeams narrows the teams of a Directory. Channels ignores it.
func WithTeams(params ListTeamsParams) ChannelsOption {
	return func(o *channelsOptions) { o.teams = params }
}

func newChannelsOptions(opts []ChannelsOption) *channelsOptions {
	o := new(channelsOptions)
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}

// route is the pattern of the list below a team, and its query.
func (o *channelsOptions) route() (string, url.Values) {
	// The e-mail address, which is left out, takes Graph long to find.
	if o.shared {
		return "/teams/{id}/allChannels", url.Values{"$select": {"id,displayName,description,membershipType,tenantId"}}
	}
	return "/teams/{id}/channels", url.Values{"$select": {"id,displayName,description,membershipType"}}
}

// knowShared makes Graph name shared channels as such.
var knowShared = map[string][]string{"Prefer": {"include-unknown-enum-members"}}

// Channels lists the channels of a team that the app may see. It needs Channel.ReadBasic.All. For
// the channels of many teams see [Tenant.Directory].
//
// API: GET /teams/{id}/channels, GET /teams/{id}/allChannels
func (t *Tenant) Channels(ctx context.Context, teamID string, opts ...ChannelsOption) iter.Seq2[Channel, error] {
	const op = "list channels"
	route, query := newChannelsOptions(opts).route()
	list := graphList[Channel](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0" + route, Args: []string{teamID}, Query: query, Header: knowShared, Pace: t.channelPace(teamID),
	}, checkParams(op).team(teamID))
	return func(yield func(Channel, error) bool) {
		for channel, err := range list {
			if err == nil {
				channel.TeamID = teamID
			}
			if !yield(channel, err) {
				return
			}
		}
	}
}

// PrimaryChannel returns the General channel of a team, whatever it is called in the team's
// language. Its ID is also the thread id by which the bot connector knows the team. It needs
// Channel.ReadBasic.All.
//
// API: GET /teams/{id}/primaryChannel
func (t *Tenant) PrimaryChannel(ctx context.Context, teamID string) (*Channel, error) {
	const op = "get primary channel"
	channel, err := graphGet[Channel](ctx, t, &rest.Request{
		Op: op, Route: "/v1.0/teams/{id}/primaryChannel", Args: []string{teamID}, Header: http.Header(knowShared).Clone(), Pace: t.teamPace(teamID),
	}, checkParams(op).team(teamID))
	if err != nil {
		return nil, err
	}
	channel.TeamID = teamID
	return channel, nil
}

// User is a user of the tenant.
type User struct {
	ID                string `json:"id"` // the Entra object id
	DisplayName       string `json:"displayName"`
	UserPrincipalName string `json:"userPrincipalName"`
	Mail              string `json:"mail"`
}

const userFields = "id,displayName,userPrincipalName,mail"

// User finds a user by object id or user principal name. It needs a permission that Novu does not
// ask for, such as User.ReadBasic.All. Without it, User returns ErrForbidden; other calls are
// unaffected. See [Tenant.FindPerson] for a way that may do without.
//
// API: GET /users/{id}
func (t *Tenant) User(ctx context.Context, idOrUPN string) (*User, error) {
	const op = "get user"
	route, arg := userRoute(idOrUPN)
	return graphGet[User](ctx, t, &rest.Request{
		Op: op, Route: route, Args: []string{arg}, Query: url.Values{"$select": {userFields}}, Pace: t.graphPace(),
	}, checkParams(op).user("idOrUPN", idOrUPN))
}

// userRoute is how Graph wants a user named. It would take a principal name that starts with a
// dollar sign for an operator.
func userRoute(idOrUPN string) (route, arg string) {
	if strings.HasPrefix(idOrUPN, "$") {
		return "/v1.0/users({id})", literal(idOrUPN)
	}
	return "/v1.0/users/{id}", idOrUPN
}
