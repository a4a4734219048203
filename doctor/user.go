package doctor

import (
	"context"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
)

func (e *endpoint) examineUser(ctx context.Context, to novu.MSTeamsUserEndpoint) {
	needs := e.needsOfMicrosoft()
	links := []link{
		{name: CheckEndpointIDs, run: func(context.Context, findings) Finding { return e.checkUserIDs(to) }},
		{name: CheckEndpointConnection, run: e.checkConnectionNamed},
		{
			name: CheckInstalled, needs: needs, unless: unlessGraph, after: []Check{CheckBot}, microsoft: true,
			run: func(ctx context.Context, found findings) Finding {
				return e.checkInstalledForUser(ctx, to, found[CheckBot])
			},
		},
		{
			name: CheckMember, needs: needs, unless: unlessGraph, after: []Check{CheckBot, CheckInstalled}, microsoft: true,
			run: func(ctx context.Context, found findings) Finding { return e.checkMember(ctx, to, found) },
		},
	}
	links = e.withTestMessage(links, func(ctx context.Context, m msteams.Message) (*msteams.Sent, error) {
		return e.tenant.directory().tenant().SendToUser(ctx, to.UserID, m)
	})
	e.x.add(ctx, e.subject, links...)
}

// checkInstalledForUser asks Graph, which knows people by their object id. A bot's id is looked up
// first, in conversations that the bot is in.
func (e *endpoint) checkInstalledForUser(ctx context.Context, to novu.MSTeamsUserEndpoint, bot Finding) Finding {
	objectID := to.UserID
	if !check.IsGUID(objectID) {
		if bot.Verdict != OK {
			return dependsOn(CheckBot, bot)
		}
		m := e.findMember(ctx, to.UserID)
		if m == nil || m.ObjectID == "" {
			return notChecked("Graph does not know the bot's id for a person, 29:…, and no conversation of the bot that was looked into has them. Store their object id for this to be checked")
		}
		objectID = m.ObjectID
	}
	err := e.tenant.directory().installedForUser(ctx, objectID)
	f := e.installed(ctx, err, "for the user", installForUser).telling(tellInstallForUser).with("objectId", objectID)
	if isUnknown(err) {
		f.explainedBy = []Check{CheckMember}
		f = f.telling("")
	}
	return f
}

// findMember looks for a person first in the channels that the same endpoints lead to.
func (e *endpoint) findMember(ctx context.Context, botsID string) *msteams.Member {
	return e.tenant.directory().memberByBotID(ctx, botsID, e.tenant.channels())
}

// channels are those that endpoints in the tenant lead to.
func (t *tenant) channels() []string {
	var ids []string
	for _, e := range t.users {
		if to, isChannel := e.Endpoint.(novu.MSTeamsChannelEndpoint); isChannel {
			ids = append(ids, to.ChannelID)
		}
	}
	return ids
}

// checkMember looks for the person in the tenant. Where Graph may not tell, it looks in the
// conversations of the bot.
func (e *endpoint) checkMember(ctx context.Context, to novu.MSTeamsUserEndpoint, found findings) Finding {
	if found[CheckInstalled].Verdict == OK {
		return ok("the app is installed for the user, so the tenant has them")
	}
	unknown := notNeeded("only conversations of the bot know an id 29:…, and none that was looked into has the person")
	if check.IsGUID(to.UserID) {
		user, err := e.tenant.directory().user(ctx, to.UserID)
		switch {
		case err == nil:
			return ok("the tenant has the user").with("objectId", user.ID)
		case isUnknown(err):
			return broken("the tenant has no such user", takeIDs).
				with("userId", to.UserID).with("tenantId", e.tenant.id).
				telling("The person whom our messages go to is not in your Microsoft 365 tenant any more.")
		}
		// CheckInstalled gives the answer, so this one is not needed.
		unknown = e.x.unanswered(ctx, err)
		unknown.exempt = unknown.Because == CheckConsent
	}
	if found[CheckBot].Verdict != OK {
		return unknown
	}
	if m := e.findMember(ctx, to.UserID); m != nil {
		return ok("the user is a member of a conversation of the bot").with("objectId", m.ObjectID)
	}
	return unknown
}
