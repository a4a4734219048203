package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
)

// What questions to Microsoft about an endpoint depend on.
var (
	unlessGraph = []Check{CheckGraph, CheckConsent}
	unlessBot   = []Check{CheckGraph, CheckBot}
)

// needsOfMicrosoft are the checks that have to hold before Microsoft can be asked about the
// endpoint.
func (e *endpoint) needsOfMicrosoft() []Check {
	needs := []Check{CheckEndpointIDs, CheckEndpointConnection, CheckCredentials}
	if e.connection != nil {
		needs = append(needs, CheckConnectionTenant)
	}
	return needs
}

func (e *endpoint) examineChannel(ctx context.Context, to novu.MSTeamsChannelEndpoint) {
	needs := e.needsOfMicrosoft()
	links := []link{
		{name: CheckEndpointIDs, run: func(context.Context, findings) Finding { return e.checkChannelIDs(to) }},
		{name: CheckEndpointConnection, run: e.checkConnectionNamed},
		{
			name: CheckReachable, needs: needs, unless: unlessBot, microsoft: true,
			run: func(ctx context.Context, _ findings) Finding { return e.checkReachable(ctx, to) },
		},
		{
			name: CheckChannel, needs: needs, unless: unlessGraph, after: []Check{CheckReachable}, microsoft: true,
			run: func(ctx context.Context, found findings) Finding {
				return e.checkChannel(ctx, to, found[CheckReachable])
			},
		},
		{
			name: CheckInstalled, needs: needs, unless: unlessGraph, after: []Check{CheckReachable, CheckChannel}, microsoft: true,
			run: func(ctx context.Context, found findings) Finding {
				return e.checkInstalledInTeam(ctx, to, found[CheckReachable], found[CheckChannel])
			},
		},
	}
	links = e.withTestMessage(links, func(ctx context.Context, m msteams.Message) (*msteams.Sent, error) {
		return e.tenant.directory().tenant().SendToChannel(ctx, to.TeamID, to.ChannelID, m)
	})
	e.x.add(ctx, e.subject, links...)
}

// checkReachable reads in the channel as the bot. No other read comes as close to posting.
func (e *endpoint) checkReachable(ctx context.Context, to novu.MSTeamsChannelEndpoint) Finding {
	for _, err := range e.tenant.directory().tenant().Roster(ctx, to.ChannelID) {
		if err != nil {
			return e.unreachable(ctx, err)
		}
		break
	}
	return ok("the bot is in the channel")
}

const (
	installInTeam  = "Install the app in the team: Tenant.InstallInTeam, or Teams > (the team) > Manage team > Apps. The tenant's catalog has to hold it first: Teams admin center > Teams apps > Manage apps."
	installForUser = "Install the app for the person: Tenant.InstallForUser, or a setup policy in Teams admin center > Teams apps > Setup policies, or the person adds it in Teams > Apps. The tenant's catalog has to hold it first: Teams admin center > Teams apps > Manage apps."

	tellInstallInTeam  = "Our app was removed from the team, or was never added to it. Please add it: Teams > (the team) > Manage team > Apps."
	tellInstallForUser = "Our app is not installed for the person. Please have them add it in Teams > Apps, or assign it in Teams admin center > Teams apps > Setup policies."
	tellAddToChannel   = "The channel is private or shared, so our app has to be added to the channel itself. Please add it: Teams > (the channel) > Manage channel > Apps."
	tellChannelGone    = "The channel that our messages go to does not exist any more. Please choose another one with us."
	tellAllowApp       = "An administrator has blocked our app. Please allow it: Teams admin center > Teams apps > Manage apps."
)

func (e *endpoint) unreachable(ctx context.Context, err error) Finding {
	var f Finding
	switch {
	case errors.Is(err, msteams.ErrConversationNotFound):
		f = broken("Teams knows no such channel (Novu reports MSTEAMS_CHANNEL_NOT_FOUND)", takeIDs).telling(tellChannelGone)
		f.explainedBy = []Check{CheckChannel}
	case errors.Is(err, msteams.ErrBotNotInstalled):
		f = broken("the bot is not in the channel (Novu reports MSTEAMS_BOT_NOT_INSTALLED)",
			installInTeam+" A private or shared channel needs it in the channel too.").telling(tellInstallInTeam)
		f.explainedBy = []Check{CheckChannel, CheckInstalled}
	case errors.Is(err, msteams.ErrBotDisabled):
		f = broken("an administrator has disabled the bot", "Allow the app in Teams admin center > Teams apps > Manage apps.").telling(tellAllowApp)
	case errors.Is(err, msteams.ErrWrongCloud), errors.Is(err, msteams.ErrUnauthorized):
		f = broken("Teams does not let the bot in", remedyOf(err))
	case errors.Is(err, msteams.ErrForbidden):
		f = warning("Teams does not let the bot read in the channel, and perhaps not write", remedyOf(err))
	default:
		return e.x.unanswered(ctx, err)
	}
	return f.with("microsoft", answerOf(err))
}

// noTeam is the finding of checks that Graph answers by a team's id.
var noTeam = Finding{Verdict: NotChecked, Message: "Graph knows no team by such an id", Because: CheckEndpointIDs, exempt: true}

// checkChannel finds the channel among those of the team, including shared ones.
func (e *endpoint) checkChannel(ctx context.Context, to novu.MSTeamsChannelEndpoint, reachable Finding) Finding {
	if !check.IsGUID(to.TeamID) {
		return noTeam
	}
	channels, err := e.tenant.directory().channelsOf(ctx, to.TeamID)
	// Messages go by the channel's id, so only a warning is due if the bot is in the channel.
	unless := func(message, remedy string) Finding {
		if reachable.Verdict == OK {
			return warning(message+", yet the bot is in the channel", remedy)
		}
		return broken(message, remedy).telling(tellChannelGone)
	}
	switch {
	case isUnknown(err):
		return unless("the tenant has no such team",
			"Check that the team still exists and belongs to this tenant: Teams admin center > Teams > Manage teams. "+takeIDs).
			with("teamId", to.TeamID).with("tenantId", e.tenant.id)
	case err != nil:
		return e.x.unanswered(ctx, err).unlessReachable(reachable)
	}
	i := slices.IndexFunc(channels, func(c msteams.Channel) bool { return c.ID == to.ChannelID })
	if i < 0 {
		return unless("the team has no such channel: it was deleted, or belongs to another team", takeIDs).
			with("teamId", to.TeamID).with("channelId", to.ChannelID)
	}
	return channelOfTeam(channels[i], reachable)
}

func channelOfTeam(c msteams.Channel, reachable Finding) Finding {
	f := ok("the team has the %s channel %q", c.MembershipType, c.DisplayName)
	if c.MembershipType != msteams.MembershipStandard {
		switch reachable.Verdict {
		case Broken:
			f = broken(fmt.Sprintf("the channel %q is %s: for the bot, being in the team is not enough", c.DisplayName, c.MembershipType),
				`Add the app to this channel: Teams > (the channel) > Manage channel > Apps. Its manifest must have "supportsChannelFeatures": "tier1".`).
				telling(tellAddToChannel)
		case NotChecked, Warning:
			f = notChecked("the channel %q is %s, and whether the bot is in it is not known", c.DisplayName, c.MembershipType)
			f.Because = CheckReachable
		}
	}
	return f.with("membershipType", string(c.MembershipType))
}

func (e *endpoint) checkInstalledInTeam(ctx context.Context, to novu.MSTeamsChannelEndpoint, reachable, channel Finding) Finding {
	if !check.IsGUID(to.TeamID) {
		return noTeam
	}
	err := e.tenant.directory().installedInTeam(ctx, to.TeamID)
	there := reachable.Verdict == OK
	switch {
	case errors.Is(err, msteams.ErrBotNotInstalled) && there:
		return warning("the team has no app whose manifest id is the bot's client id, yet the bot is there. Novu can't install an app with another manifest id",
			"Give the app's manifest the bot's client id as its id, and upload it again.")
	case isUnknown(err) && (there || channel.Verdict == Broken):
		f := notNeeded("the tenant has no such team")
		f.Because = CheckChannel
		return f
	}
	return e.installed(ctx, err, "in the team", installInTeam).telling(tellInstallInTeam).unlessReachable(reachable)
}

// unlessReachable exempts a check that the app may not make if the connector has given the answer:
// the bot is where the message goes.
func (f Finding) unlessReachable(reachable Finding) Finding {
	if f.Because == CheckConsent && reachable.Verdict == OK {
		f.exempt = true
	}
	return f
}

// isUnknown tells that Graph knows no such team or user. A missing installation or a sign-in that
// fails is something else.
func isUnknown(err error) bool {
	return errors.Is(err, msteams.ErrNotFound) && !errors.Is(err, msteams.ErrBotNotInstalled) && !errors.Is(err, errNoToken)
}

func (e *endpoint) installed(ctx context.Context, err error, where, remedy string) Finding {
	switch {
	case err == nil:
		return ok("the app is installed %s", where)
	case errors.Is(err, msteams.ErrBotNotInstalled):
		return broken("the app is not installed "+where+" (Novu reports MSTEAMS_BOT_NOT_INSTALLED)", remedy).
			with("manifestId", e.integration.app.clientID)
	case isUnknown(err):
		return broken("the app can't be installed "+where+": the tenant knows no such id", takeIDs).with("microsoft", answerOf(err))
	case errors.Is(err, msteams.ErrInvalidParams):
		return notChecked("%s", answerOf(err))
	}
	return e.x.unanswered(ctx, err)
}
