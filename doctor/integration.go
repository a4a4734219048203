package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// integration is a bot as Novu knows it.
type integration struct {
	*subject
	x          *examination
	identifier string // empty if there is none to examine
	needed     bool   // by an endpoint that leads to Teams, or asked for
	bot        bool   // used by the bot, and not only for webhooks
	agent      *agent // that talks through it; nil if it delivers notifications

	found *novu.Integration // set by CheckIntegration
	app   *app              // set by CheckCredentials; nil without WithMSTeams
}

// app is the app registration that acts for an integration.
type app struct {
	ms       *msteams.Client
	clientID string
	tenantID string // the home tenant, which issues the bot token; empty if it is not known
	withheld bool   // the server keeps the integration's credentials back; these are WithMSTeams'
}

func newIntegration(x *examination, identifier string) *integration {
	return &integration{x: x, identifier: identifier, subject: &subject{
		rank: rankIntegration, title: subjectTitle("Integration", identifier), uses: []*subject{x.server.subject},
	}}
}

// examineIntegration examines the question's integration, before anything is sent through it.
func examineIntegration(ctx context.Context, x *examination) {
	i := newIntegration(x, x.question.IntegrationIdentifier)
	i.needed, i.bot = true, true
	i.examine(ctx)
}

func (i *integration) examine(ctx context.Context) {
	i.x.add(ctx, i.subject,
		link{name: CheckIntegration, needs: []Check{CheckIntegrations}, run: i.checkExists},
		link{name: CheckActive, needs: []Check{CheckIntegration}, run: i.checkActive},
		link{name: CheckCredentials, needs: []Check{CheckIntegration}, after: []Check{CheckRoutes}, run: i.checkCredentials},
		link{name: CheckGraph, needs: []Check{CheckCredentials}, microsoft: true, run: i.checkGraph},
		link{name: CheckBot, needs: []Check{CheckCredentials}, unless: []Check{CheckGraph}, microsoft: true, run: i.checkBot},
	)
	if i.agent != nil {
		i.x.add(ctx, i.subject,
			link{name: CheckMessagingEndpoint, needs: []Check{CheckIntegration}, run: i.checkMessagingEndpoint},
			link{name: CheckManifest, needs: []Check{CheckIntegration}, after: []Check{CheckCredentials, CheckGraph}, run: i.checkManifest},
		)
	}
}

func (i *integration) checkExists(context.Context, findings) Finding {
	const create = "Create one for the bot: Integrations.Create, or Novu dashboard > Integrations Store > Microsoft Teams."
	if i.identifier == "" {
		return broken("the environment has no integration for Microsoft Teams", create)
	}
	var elsewhere []string
	for _, one := range i.x.server.integrations {
		if one.Identifier != i.identifier {
			continue
		}
		if i.x.server.isHere(one) {
			i.found = &one
			return i.checkProvider()
		}
		elsewhere = append(elsewhere, one.EnvironmentID)
	}
	if len(elsewhere) > 0 {
		return broken("it belongs to another environment than the secret key",
			"Use the secret key of that environment, or create the integration in this one.").
			with("otherEnvironments", list(elsewhere, func(s string) string { return s }))
	}
	return broken("the environment has no such integration. Its endpoints and connections stay when an integration is deleted, and then fail", create).
		with("teamsIntegrations", list(i.x.server.teamsIntegrations(), func(one novu.Integration) string { return one.Identifier }))
}

func (i *integration) checkProvider() Finding {
	if i.bot && i.found.ProviderID != novu.ProviderMSTeams {
		return broken(fmt.Sprintf("its provider is %q, through which no Teams bot sends", i.found.ProviderID),
			"Create the endpoint with an integration of the provider msteams.")
	}
	return ok("it is %q", i.found.Name).with("_id", i.found.ID).with("provider", string(i.found.ProviderID))
}

func (i *integration) checkActive(context.Context, findings) Finding {
	switch {
	case i.found.Active:
		return ok("it is active")
	case i.agent != nil:
		return warning("it is not active. Novu 3.19 hands messages on all the same, and other versions may not",
			"Switch it on in Novu dashboard > Integrations Store > "+i.found.Name+", or call Integrations.Update with Active.")
	case !i.needed:
		return ok("it is not active, and no endpoint for Teams uses it")
	}
	return broken("it is not active, so it delivers nothing",
		"Switch it on in Novu dashboard > Integrations Store > "+i.found.Name+", or call Integrations.Update with Active.")
}

func (i *integration) checkGraph(ctx context.Context, _ findings) Finding {
	if i.app.tenantID == "" {
		return homeUnknown()
	}
	if _, err := i.app.ms.Tenant(i.app.tenantID).GraphToken(ctx); err != nil {
		return i.refusal(ctx, err).with("clientId", i.app.clientID).with("tenantId", i.app.tenantID)
	}
	return ok("Microsoft accepts the secret for Graph").with("tenantId", i.app.tenantID)
}

// homeUnknown is the finding of a check that asks the app's home tenant.
func homeUnknown() Finding {
	f := notChecked("the client of WithMSTeams does not know the app's home tenant, which issues the bot token")
	f.Remedy = "Set the TenantID of its credentials."
	return f
}

// noConversation is a conversation that no bot is in. The connector looks at the token before it
// looks for the conversation.
const noConversation = "19:novu-doctor-probe@thread.tacv2"

const mendBotRegistration = "Open Azure portal > Azure Bot > (the bot). Under Configuration, the Microsoft App ID and the App Tenant ID must be those of the integration. " +
	"Under Channels there must be Microsoft Teams. A bot that is registered as multi-tenant gets its tokens from botframework.com, which Novu asks only if it is the integration's tenant id."

// checkBot asks for the bot token at the integration's tenant, as Novu does, and shows it to the
// connector.
func (i *integration) checkBot(ctx context.Context, _ findings) Finding {
	if i.app.tenantID == "" {
		return homeUnknown()
	}
	if _, err := i.app.ms.BotToken(ctx); err != nil {
		f := i.refusal(ctx, err)
		if errors.Is(err, msteams.ErrMisconfigured) && f.Verdict == Broken {
			f.Message, f.Remedy = "tenant "+i.app.tenantID+" issues no bot token for the app", mendBotRegistration
		}
		return f.with("clientId", i.app.clientID).with("tenantId", i.app.tenantID)
	}
	_, err := i.app.ms.Tenant(i.app.tenantID).Member(ctx, noConversation, "29:novu-doctor-probe")
	switch {
	case errors.Is(err, msteams.ErrUnauthorized):
		return broken("Teams does not accept the bot's token: the app has no bot, the bot has no Teams channel, or it belongs to another tenant", mendBotRegistration).
			with("clientId", i.app.clientID).with("tenantId", i.app.tenantID).with("microsoft", answerOf(err))
	case err == nil, errors.Is(err, msteams.ErrForbidden), errors.Is(err, msteams.ErrNotFound), errors.Is(err, msteams.ErrBotNotInstalled),
		errors.Is(err, msteams.ErrConversationNotFound), errors.Is(err, msteams.ErrMemberNotFound), errors.Is(err, msteams.ErrValidation):
		return ok("Teams accepts the bot's token").with("tenantId", i.app.tenantID)
	}
	return i.x.inconclusive(ctx, err)
}
