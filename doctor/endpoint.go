package doctor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// endpoint is where the notification is to arrive.
type endpoint struct {
	novu.ChannelEndpoint
	*subject
	x           *examination
	integration *integration
	connection  *connection // nil for a webhook, and if the endpoint names none
	tenant      *tenant     // nil for a webhook, and if nothing names one
}

func (e *endpoint) identifier() string { return e.Identifier }

// usesBot tells whether Novu reaches the endpoint through the bot.
func (e *endpoint) usesBot() bool {
	return e.Endpoint.Type() == novu.EndpointMSTeamsChannel || e.Endpoint.Type() == novu.EndpointMSTeamsUser
}

// ownTenantID is the tenant that the endpoint itself names. With one, it needs no connection.
func (e *endpoint) ownTenantID() string {
	user, _ := e.Endpoint.(novu.MSTeamsUserEndpoint)
	return user.TenantID
}

func (e *endpoint) examine(ctx context.Context) {
	e.subject = &subject{
		rank: rankEndpoint, title: fmt.Sprintf("Endpoint %s (%s)", e.Identifier, e.Endpoint.Type()),
		uses: []*subject{e.x.server.subject, e.integration.subject},
	}
	if e.x.workflow != nil {
		e.uses = append(e.uses, e.x.workflow.subject)
	}
	if e.connection != nil {
		e.uses = append(e.uses, e.connection.subject)
	}
	if e.tenant != nil {
		e.uses = append(e.uses, e.tenant.subject)
	}
	switch to := e.Endpoint.(type) {
	case novu.MSTeamsChannelEndpoint:
		e.examineChannel(ctx, to)
	case novu.MSTeamsUserEndpoint:
		e.examineUser(ctx, to)
	case novu.WebhookEndpoint:
		e.examineWebhook(ctx, to)
	default:
		e.x.add(ctx, e.subject, link{name: CheckEndpointIDs, needs: []Check{CheckIntegration}, run: e.checkKind})
	}
}

// checkKind is for kinds that do not lead to Teams. Through a Teams integration Novu fails them.
func (e *endpoint) checkKind(context.Context, findings) Finding {
	if e.x.server.provider(e.IntegrationIdentifier) != novu.ProviderMSTeams {
		return notNeeded("it does not lead to Teams")
	}
	return broken(fmt.Sprintf("an integration for Teams can't send to the kind %s (Novu says \"Invalid channel data type for MsTeams provider\")", e.Endpoint.Type()),
		"Delete the endpoint, and create it with an integration of its own provider.")
}

var (
	botsUserID = regexp.MustCompile(`^29:[^/?#\\\s]+$`)
	threadID   = regexp.MustCompile(`^19:[^/?#\\\s]+@[a-z0-9.]+$`)
)

const takeIDs = "Take the ids from package msteams (Channel.TeamID and Channel.ID from Tenant.Channels, Member.ObjectID from Tenant.TeamRoster), then call ChannelEndpoints.Update."

// checkConnectionNamed looks for the connection's name. Without a connection, Novu fails the whole
// step.
func (e *endpoint) checkConnectionNamed(context.Context, findings) Finding {
	switch {
	case e.ConnectionIdentifier != "":
		return ok("it uses the connection %s", e.ConnectionIdentifier)
	case e.ownTenantID() != "":
		return ok("it needs no connection, because it names its tenant")
	}
	var hit []string
	if e.x.recipient != nil {
		for _, other := range e.x.recipient.endpoints {
			if other != e {
				hit = append(hit, other.Identifier)
			}
		}
	}
	others := "for every endpoint of the subscriber"
	if len(hit) > 0 {
		others = "also for the subscriber's " + count(len(hit), "other endpoint", "other endpoints")
	}
	return broken("it names no connection: the whole chat step fails, "+others,
		"Delete the endpoint and create it again with a ConnectionIdentifier. An update can't add one.").
		with("alsoFails", list(slices.Sorted(slices.Values(hit)), func(s string) string { return s }))
}

func (e *endpoint) checkChannelIDs(to novu.MSTeamsChannelEndpoint) Finding {
	var f Finding
	switch {
	case !threadID.MatchString(to.ChannelID):
		guess := ""
		if check.IsGUID(to.ChannelID) {
			guess = ". It holds a GUID, perhaps the team's"
		}
		f = broken("its channel id has the wrong form: a channel has a thread id such as 19:…@thread.tacv2"+guess, takeIDs)
	case !check.IsGUID(to.TeamID):
		guess := ""
		if strings.HasPrefix(to.TeamID, "19:") {
			guess = ". It holds a thread id, by which the bot connector knows the team"
		}
		f = warning("its team id has the wrong form: a team has a GUID"+guess+". Messages go by the channel's id, but nothing about the team can be checked", takeIDs)
	default:
		f = ok("team and channel ids have the right form")
	}
	return f.with("teamId", to.TeamID).with("channelId", to.ChannelID)
}

func (e *endpoint) checkUserIDs(to novu.MSTeamsUserEndpoint) Finding {
	f := ok("the user's id has the right form")
	if !check.IsGUID(to.UserID) && !botsUserID.MatchString(to.UserID) {
		f = broken("its user id has the wrong form: a person has an Entra object id, a GUID, or the bot's id for them, 29:…", takeIDs)
	}
	return f.with("userId", to.UserID).with("tenantId", to.TenantID)
}
