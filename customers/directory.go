package customers

import (
	"context"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/msteams"
)

// Teams lists the teams of the customer's tenant, page by page as they are taken, so that the first
// of thousands are there at once; NamePrefix searches. It is the first list of a picker,
// [Customer.Channels] the second. Without a connection the error is ErrNotConnected.
//
// API: GET /v1/channel-connections
//
// API: GET /v1.0/teams
func (c *Customer) Teams(ctx context.Context, params msteams.ListTeamsParams) iter.Seq2[msteams.Team, error] {
	const op = "list teams"
	return func(yield func(msteams.Team, error) bool) {
		tenant, _, err := c.tenant(ctx, op)
		if err != nil {
			yield(msteams.Team{}, err)
			return
		}
		for team, err := range tenant.Teams(ctx, params) {
			if err == nil {
				c.client.names.set(tenant.ID(), team.ID, team.DisplayName)
			}
			if !yield(team, c.wrap(op, err)) {
				return
			}
		}
	}
}

// Channels lists the channels of a team of the customer's tenant. The bot reaches private and
// shared ones only where it was added to the channel itself: see MembershipType.
//
// API: GET /v1/channel-connections
//
// API: GET /v1.0/teams/{id}/channels
func (c *Customer) Channels(ctx context.Context, teamID string, opts ...msteams.ChannelsOption) iter.Seq2[msteams.Channel, error] {
	const op = "list channels"
	return func(yield func(msteams.Channel, error) bool) {
		tenant, _, err := c.tenant(ctx, op)
		if err != nil {
			yield(msteams.Channel{}, err)
			return
		}
		for channel, err := range tenant.Channels(ctx, teamID, opts...) {
			if err == nil {
				c.client.names.set(tenant.ID(), channel.ID, channel.DisplayName)
			}
			if !yield(channel, c.wrap(op, err)) {
				return
			}
		}
	}
}

// FindPerson finds a person of the customer's tenant by e-mail address or user principal name,
// guests included. Where nobody has it the error is msteams.ErrMemberNotFound.
//
// API: GET /v1/channel-connections
func (c *Customer) FindPerson(ctx context.Context, emailOrUPN string) (*msteams.Member, error) {
	const op = "find person"
	tenant, _, err := c.tenant(ctx, op)
	if err != nil {
		return nil, err
	}
	member, err := tenant.FindPerson(ctx, strings.TrimSpace(emailOrUPN))
	if err != nil {
		return nil, c.wrap(op, err)
	}
	c.client.names.person(tenant.ID(), member)
	return member, nil
}

// names remembers what teams, channels and people are called, by tenant and id.
type names struct {
	mu    sync.Mutex
	known map[string]name
}

type name struct {
	text string
	at   time.Time
}

const (
	nameAge  = time.Hour // a renamed channel shows its new name after that
	maxNames = 50_000
)

func nameKey(tenantID, id string) string {
	return strings.ToLower(tenantID) + "/" + strings.ToLower(id)
}

func (n *names) set(tenantID, id, text string) {
	if id == "" || text == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[string]name{}
	}
	n.known[nameKey(tenantID, id)] = name{text: text, at: time.Now()}
}

func (n *names) get(tenantID, id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	known := n.known[nameKey(tenantID, id)]
	if time.Since(known.at) > nameAge {
		return ""
	}
	return known.text
}

// organization is the key of the tenant's own name.
const organization = "organization"

// person remembers a person under both of their ids, and the domain that the tenant's people share.
func (n *names) person(tenantID string, m *msteams.Member) {
	n.set(tenantID, m.ID, m.Name)
	n.set(tenantID, m.ObjectID, m.Name)
	_, domain, has := strings.Cut(m.UserPrincipalName, "@")
	if has && m.UserRole != "anonymous" && !strings.Contains(m.UserPrincipalName, "#EXT#") {
		n.set(tenantID, organization, domain)
	}
}
