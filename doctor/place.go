package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// What asking Microsoft about an endpoint's place depends on, and what makes it
// pointless.
var (
	leadsThere = []Check{CheckEndpointIDs, CheckEndpointConnection, CheckConnectionTenant, CheckCredentials}
	noGraph    = []Check{CheckGraph, CheckConsent}
	noBot      = []Check{CheckGraph, CheckBot}
)

func (e *endpoint) channelLinks(to novu.MSTeamsChannelEndpoint) []link {
	return e.withTest([]link{
		{check: CheckEndpointIDs, run: e.channelIDs(to)},
		{check: CheckEndpointConnection, run: e.names},
		{
			check: CheckReachable, needs: leadsThere, unless: noBot, microsoft: true,
			run: func(ctx context.Context) Finding { return e.reachable(ctx, to) },
		},
		{
			check: CheckChannel, needs: leadsThere, unless: noGraph, after: []Check{CheckReachable}, microsoft: true,
			run: func(ctx context.Context) Finding { return e.channel(ctx, to) },
		},
		{
			check: CheckInstalled, needs: leadsThere, unless: noGraph, after: []Check{CheckReachable, CheckChannel}, microsoft: true,
			run: func(ctx context.Context) Finding { return e.installedInTeam(ctx, to) },
		},
	}, func(ctx context.Context, m msteams.Message) (*msteams.Sent, error) {
		return e.tenant().at().SendToChannel(ctx, to.TeamID, to.ChannelID, m)
	})
}

// reachable reads in the channel as the bot, which is as near to posting as a
// read can come.
func (e *endpoint) reachable(ctx context.Context, to novu.MSTeamsChannelEndpoint) Finding {
	for _, err := range e.tenant().at().Roster(ctx, to.ChannelID) {
		if err != nil {
			return e.shutOut(err)
		}
		break
	}
	return ok("the bot is in the channel")
}

func (e *endpoint) shutOut(err error) Finding {
	var f Finding
	switch {
	case errors.Is(err, msteams.ErrConversationNotFound):
		f = broken("Teams knows no such channel (Novu's word for it is MSTEAMS_CHANNEL_NOT_FOUND)", fetchIDs)
	case errors.Is(err, msteams.ErrBotNotInstalled):
		f = broken("the bot is not in the channel (Novu's word for it is MSTEAMS_BOT_NOT_INSTALLED)", installInTeam+" A private or shared channel needs it in the channel too.")
	case errors.Is(err, msteams.ErrBotDisabled):
		f = broken("an administrator has disabled the bot", "Teams admin center > Teams apps > Manage apps: allow the app.")
	case errors.Is(err, msteams.ErrWrongCloud), errors.Is(err, msteams.ErrUnauthorized):
		f = broken("Teams does not let the bot in", remedyOf(err))
	case errors.Is(err, msteams.ErrForbidden):
		f = warning("Teams does not let the bot read in the channel, and perhaps not write", remedyOf(err))
	default:
		return e.x.withheld(err)
	}
	return f.with("microsoft", said(err))
}

// channel finds the channel among those of the team, shared ones included.
func (e *endpoint) channel(ctx context.Context, to novu.MSTeamsChannelEndpoint) Finding {
	if !guid.MatchString(to.TeamID) {
		return noTeam
	}
	channels, err := e.tenant().channelsOf(ctx, to.TeamID)
	switch {
	case isUnknown(err):
		return e.unlessReachable("the tenant has no such team",
			"Check that the team still exists (Teams admin center > Teams > Manage teams) and is one of this tenant. "+fetchIDs).
			with("teamId", to.TeamID).with("tenantId", e.tenant().id)
	case err != nil:
		return e.x.withheld(err)
	}
	if i := slices.IndexFunc(channels, func(c msteams.Channel) bool { return c.ID == to.ChannelID }); i >= 0 {
		return e.inTeam(channels[i])
	}
	return e.unlessReachable("the team has no such channel: it was deleted, or is another team's", fetchIDs).
		with("teamId", to.TeamID).with("channelId", to.ChannelID)
}

// noTeam is the finding of checks that Graph answers by a team's id.
var noTeam = Finding{Verdict: NotChecked, Message: "Graph knows no team by such an id", Because: CheckEndpointIDs}

// unlessReachable makes a warning of what is broken where the bot is in the
// channel all the same: messages go by the channel's id.
func (e *endpoint) unlessReachable(message, remedy string) Finding {
	if e.self.wait(CheckReachable).Verdict == OK {
		return warning(message+", yet the bot is in the channel", remedy)
	}
	return broken(message, remedy)
}

func (e *endpoint) inTeam(c msteams.Channel) Finding {
	f := ok("the team has the %s channel %q", c.MembershipType, c.DisplayName)
	reached := e.self.wait(CheckReachable).Verdict
	if c.MembershipType != msteams.MembershipStandard && reached != OK {
		f = broken(fmt.Sprintf("the channel %q is %s: for the bot, being in the team is not enough", c.DisplayName, c.MembershipType),
			`Add the app to this channel: Teams > (the channel) > Manage channel > Apps. Its manifest must say "supportsChannelFeatures": "tier1".`)
		if reached == NotChecked {
			f.Verdict, f.Because = NotChecked, CheckReachable
		}
	}
	return f.with("membershipType", string(c.MembershipType))
}

const (
	installInTeam  = "Install the app in the team: Tenant.InstallInTeam, or Teams > (the team) > Manage team > Apps. It has to be in the tenant's catalogue first: Teams admin center > Teams apps > Manage apps."
	installForUser = "Install the app for the person: Tenant.InstallForUser, a setup policy in Teams admin center > Teams apps > Setup policies, or the person adds it in Teams > Apps. It has to be in the tenant's catalogue first: Teams admin center > Teams apps > Manage apps."
)

func (e *endpoint) installedInTeam(ctx context.Context, to novu.MSTeamsChannelEndpoint) Finding {
	if !guid.MatchString(to.TeamID) {
		return noTeam
	}
	err := e.tenant().installedIn(ctx, to.TeamID)
	there := e.self.wait(CheckReachable).Verdict == OK
	switch {
	case errors.Is(err, msteams.ErrBotNotInstalled) && there:
		return warning("the team has no app whose manifest has the bot's client id, yet the bot is there: its manifest has another id, with which Novu can't install it",
			"Give the app's manifest the bot's client id as its id, and upload it again.")
	case isUnknown(err) && (there || e.self.wait(CheckChannel).Verdict == Broken):
		f := notChecked("the tenant has no such team")
		f.Because = CheckChannel
		return f
	}
	return e.installed(err, "in the team", installInTeam)
}

// isUnknown tells that Graph knows no such team or user, as opposed to an
// installation that is not there, or to a sign-in that is not where it should be.
func isUnknown(err error) bool {
	return errors.Is(err, msteams.ErrNotFound) && !errors.Is(err, msteams.ErrBotNotInstalled) && !errors.Is(err, errNoToken)
}

func (e *endpoint) installed(err error, where, remedy string) Finding {
	app := e.integration.found.Credentials.ClientID
	switch {
	case err == nil:
		return ok("the app is installed %s", where)
	case errors.Is(err, msteams.ErrBotNotInstalled):
		return broken("the app is not installed "+where+" (Novu's word for it is MSTEAMS_BOT_NOT_INSTALLED)", remedy).with("manifestId", app)
	case isUnknown(err):
		return broken("the app can't be installed "+where+": the tenant knows no such id", fetchIDs).with("microsoft", said(err))
	case errors.Is(err, msteams.ErrInvalidParams):
		return notChecked("%s", said(err))
	}
	return e.x.withheld(err)
}

func (e *endpoint) userLinks(to novu.MSTeamsUserEndpoint) []link {
	return e.withTest([]link{
		{check: CheckEndpointIDs, run: e.userIDs(to)},
		{check: CheckEndpointConnection, run: e.names},
		{check: CheckMember, needs: leadsThere, unless: noGraph, after: []Check{CheckBot}, microsoft: true, run: func(ctx context.Context) Finding { return e.member(ctx, to) }},
		{check: CheckInstalled, needs: leadsThere, unless: noGraph, microsoft: true, run: func(ctx context.Context) Finding { return e.installedForUser(ctx, to) }},
	}, func(ctx context.Context, m msteams.Message) (*msteams.Sent, error) {
		return e.tenant().at().SendToUser(ctx, to.UserID, m)
	})
}

// member finds the person: in the tenant, or where Graph does not tell, in a
// channel that the same notification goes to.
func (e *endpoint) member(ctx context.Context, to novu.MSTeamsUserEndpoint) Finding {
	tenant := e.tenant()
	var unknown Finding
	if guid.MatchString(to.UserID) {
		user, err := tenant.user(ctx, to.UserID)
		switch {
		case err == nil:
			return ok("the tenant has the user").with("objectId", user.ID)
		case isUnknown(err):
			return broken("the tenant has no such user", fetchIDs).with("userId", to.UserID).with("tenantId", tenant.id)
		}
		unknown = e.x.withheld(err)
	} else {
		unknown = notChecked("an id 29:… is known only in conversations of the bot, and the notification goes to no channel in which to look")
	}
	if e.self.wait(CheckBot).Verdict != OK {
		return unknown
	}
	for _, other := range e.x.recipient.endpoints {
		to2, isChannel := other.Endpoint.(novu.MSTeamsChannelEndpoint)
		if !isChannel || other.connection != e.connection {
			continue
		}
		if m, err := tenant.at().Member(ctx, to2.ChannelID, to.UserID); err == nil {
			return ok("the user is a member of a channel that the notification goes to").with("objectId", m.ObjectID).with("channelId", to2.ChannelID)
		}
	}
	return unknown
}

func (e *endpoint) installedForUser(ctx context.Context, to novu.MSTeamsUserEndpoint) Finding {
	if !guid.MatchString(to.UserID) {
		return notChecked("Graph does not know the bot's id of a person, 29:…; store the object id for this to be checked")
	}
	graph, err := e.tenant().graph(ctx)
	if err == nil {
		_, err = graph.InstalledForUser(ctx, to.UserID, e.integration.found.Credentials.ClientID)
	}
	return e.installed(err, "for the user", installForUser)
}
