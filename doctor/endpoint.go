package doctor

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/novu-go/novu"
)

// endpoint is where the notification is to land.
type endpoint struct {
	novu.ChannelEndpoint
	x           *examination
	self        *scope
	integration *integration
	connection  *connection // nil for a webhook, and where it names none

	to *tenant // guarded by the examination's mutex
}

// tenant is where the connection leads, nil until CheckConnectionTenant is done
// and where that is broken.
func (e *endpoint) tenant() *tenant {
	e.x.mu.Lock()
	defer e.x.mu.Unlock()
	return e.to
}

func (e *endpoint) leadsTo(t *tenant) {
	e.x.mu.Lock()
	defer e.x.mu.Unlock()
	e.to = t
}

func newEndpoint(x *examination, e novu.ChannelEndpoint) *endpoint {
	return &endpoint{ChannelEndpoint: e, x: x}
}

// bot tells whether the endpoint is reached by the bot, through a connection.
func (e *endpoint) bot() bool {
	return e.Endpoint.Type() == novu.EndpointMSTeamsChannel || e.Endpoint.Type() == novu.EndpointMSTeamsUser
}

func (e *endpoint) scope() *scope {
	var links []link
	switch to := e.Endpoint.(type) {
	case novu.MSTeamsChannelEndpoint:
		links = e.channelLinks(to)
	case novu.MSTeamsUserEndpoint:
		links = e.userLinks(to)
	case novu.WebhookEndpoint:
		links = e.webhookLinks(to)
	default:
		links = []link{{check: CheckEndpointIDs, run: func(context.Context) Finding {
			return notChecked("it does not lead to Teams")
		}}}
	}
	subject := fmt.Sprintf("Endpoint %s (%s)", e.Identifier, e.Endpoint.Type())
	e.self = e.x.add(&scope{rank: rankEndpoint, subject: subject, links: links, uses: e.uses})
	return e.self
}

// uses holds the tenant once CheckConnectionTenant is done: what depends on the
// tenant's checks has to need that first.
func (e *endpoint) uses() []*scope {
	all := append(e.x.upstream(), e.x.workflow.self)
	if e.integration != nil {
		all = append(all, e.integration.self)
	}
	if e.connection != nil {
		all = append(all, e.connection.self)
	}
	if t := e.tenant(); t != nil {
		all = append(all, t.self)
	}
	return all
}

var (
	guid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	botsID = regexp.MustCompile(`^29:[^/?#\\\s]+$`)
	thread = regexp.MustCompile(`^19:[^/?#\\\s]+@[a-z0-9.]+$`)
)

const fetchIDs = "Take the ids from msteams: Channel.TeamID and Channel.ID from Tenant.Channels, Member.ObjectID from Tenant.TeamRoster; then ChannelEndpoints.Update."

// names looks for the connection. Without one, Novu fails the step as a whole.
func (e *endpoint) names(context.Context) Finding {
	if e.ConnectionIdentifier != "" {
		return ok("it uses the connection %s", e.ConnectionIdentifier)
	}
	others := "the whole chat step fails, for every endpoint of the subscriber"
	var hit []string
	for _, other := range e.x.recipient.endpoints {
		if other != e {
			hit = append(hit, other.Identifier)
		}
	}
	if len(hit) > 0 {
		others = fmt.Sprintf("the whole chat step fails, also for the subscriber's %s", count(len(hit), "other endpoint", "other endpoints"))
	}
	return broken("it names no connection: "+others,
		"Delete the endpoint and create it anew with a ConnectionIdentifier; an update can't add one.").
		with("alsoFails", list(hit, func(s string) string { return s }))
}

func (e *endpoint) channelIDs(to novu.MSTeamsChannelEndpoint) func(context.Context) Finding {
	return func(context.Context) Finding {
		var f Finding
		switch {
		case !thread.MatchString(to.ChannelID):
			f = broken("its channel id is not one: a channel is named by a thread id, 19:…@thread.tacv2"+twisted(to.ChannelID, "perhaps the team's"), fetchIDs)
		case !guid.MatchString(to.TeamID):
			f = warning("its team id is not one: a team is named by a GUID"+threadForTeam(to.TeamID)+". Messages go by the channel's id, but about the team nothing can be checked", fetchIDs)
		default:
			f = ok("team and channel ids have the right form")
		}
		return f.with("teamId", to.TeamID).with("channelId", to.ChannelID)
	}
}

func twisted(id, guess string) string {
	if guid.MatchString(id) {
		return ", and this is a GUID, " + guess
	}
	return ""
}

func threadForTeam(id string) string {
	if strings.HasPrefix(id, "19:") {
		return ", and this is a thread id, which is the bot connector's name for it"
	}
	return ""
}

func (e *endpoint) userIDs(to novu.MSTeamsUserEndpoint) func(context.Context) Finding {
	return func(context.Context) Finding {
		f := ok("the user's id has the right form")
		if !guid.MatchString(to.UserID) && !botsID.MatchString(to.UserID) {
			f = broken("its user id is not one: a person is named by their Entra object id, a GUID, or by the bot's id of them, 29:…", fetchIDs)
		}
		return f.with("userId", to.UserID).with("tenantId", to.TenantID)
	}
}
