package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// integration is a bot as Novu knows it.
type integration struct {
	x          *examination
	self       *scope
	identifier string // empty where there is none to examine
	used       bool   // by an endpoint
	bot        bool   // its credentials matter: it is not only for webhooks

	found *novu.Integration
	ms    *msteams.Client // acts with the integration's credentials
}

func newIntegration(x *examination, identifier string) *integration {
	return &integration{x: x, identifier: identifier}
}

func (i *integration) scope() *scope {
	i.self = i.x.add(&scope{rank: rankIntegration, subject: title("Integration", i.identifier), uses: i.x.upstream, links: []link{
		{check: CheckIntegration, needs: []Check{CheckIntegrations}, run: i.exists},
		{check: CheckActive, needs: []Check{CheckIntegration}, run: i.active},
		{check: CheckCredentials, needs: []Check{CheckIntegration}, run: i.credentials},
		{check: CheckGraph, needs: []Check{CheckCredentials}, microsoft: true, run: i.graph},
		{check: CheckBot, needs: []Check{CheckGraph}, microsoft: true, run: i.connector},
	}})
	return i.self
}

func (i *integration) exists(context.Context) Finding {
	const create = "Create one for the bot (Integrations.Create, or Novu dashboard > Integrations Store > Microsoft Teams)."
	if i.identifier == "" {
		return broken("the environment has no integration for Microsoft Teams", create)
	}
	var elsewhere, named []string
	for _, one := range i.x.server.integrations {
		switch {
		case one.Identifier == i.identifier && i.x.server.here(one):
			i.found = &one
			return i.kind()
		case one.Identifier == i.identifier:
			elsewhere = append(elsewhere, one.EnvironmentID)
		case i.x.server.here(one) && one.ProviderID == novu.ProviderMSTeams:
			named = append(named, one.Identifier)
		}
	}
	f := broken("the environment has no such integration; what was created with it stays when an integration is deleted, and fails", create).
		with("teamsIntegrations", list(named, func(s string) string { return s }))
	if len(elsewhere) > 0 {
		f.Message, f.Remedy = "it belongs to another environment than the secret key", "Use the secret key of that environment, or create the integration in this one."
		f = f.with("otherEnvironments", list(elsewhere, func(s string) string { return s }))
	}
	return f
}

func (i *integration) kind() Finding {
	if i.bot && i.found.ProviderID != novu.ProviderMSTeams {
		return broken(fmt.Sprintf("it is of the provider %q, through which no Teams bot sends", i.found.ProviderID),
			"Create the endpoint with an integration of the provider msteams.")
	}
	return ok("it is %q", i.found.Name).with("_id", i.found.ID).with("provider", string(i.found.ProviderID))
}

func (i *integration) active(context.Context) Finding {
	if !i.found.Active {
		return broken("it is not active, and delivers nothing",
			"Novu dashboard > Integrations Store > "+i.found.Name+": switch it on, or Integrations.Update with Active.")
	}
	return ok("it is active")
}

// credentials looks at what is stored. Novu's update replaces them as a whole,
// which is how some get lost.
func (i *integration) credentials(context.Context) Finding {
	c := i.found.Credentials
	var missing []string
	for _, field := range []struct{ name, value string }{
		{"clientId", c.ClientID}, {"secretKey", c.ClientSecret.Reveal()}, {"tenantId", c.TenantID},
	} {
		if strings.TrimSpace(field.value) == "" {
			missing = append(missing, field.name)
		}
	}
	if !i.bot {
		return notChecked("only webhook endpoints use it, which need no credentials")
	}
	if len(missing) > 0 {
		return broken("it lacks "+strings.Join(missing, ", "),
			"Store client id, secret and tenant id together: an update replaces the credentials as a whole. They are in Azure portal > App registrations > (the bot's app) > Overview and > Certificates & secrets.").
			with("clientId", c.ClientID).with("tenantId", c.TenantID)
	}
	f := ok("client id, secret and tenant id are there").with("clientId", c.ClientID).with("tenantId", c.TenantID)
	if i.x.doctor.ms == nil {
		return f
	}
	ms, err := i.x.doctor.ms.WithCredentials(msteams.Credentials{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, TenantID: c.TenantID,
	})
	if err != nil {
		return broken("they can't be right: "+said(err), "Store them again, to the letter: Azure portal > App registrations > (the bot's app).")
	}
	i.ms = ms
	return f
}

func (i *integration) graph(ctx context.Context) Finding {
	c := i.found.Credentials
	if _, err := i.ms.Tenant(c.TenantID).GraphToken(ctx); err != nil {
		return i.refused(err).with("clientId", c.ClientID).with("tenantId", c.TenantID)
	}
	return ok("Microsoft accepts the secret for Graph").with("tenantId", c.TenantID)
}

// refused is why Microsoft issues no token to the app in its home tenant.
func (i *integration) refused(err error) Finding {
	app := "Azure portal > App registrations > " + i.found.Credentials.ClientID
	store := ", and store it in the integration"
	for _, row := range []struct {
		kind            error
		message, remedy string
	}{
		{msteams.ErrSecretExpired, "the client secret has expired", app + " > Certificates & secrets: make a new one, copy its Value" + store + "."},
		{msteams.ErrInvalidSecret, "Microsoft does not accept the client secret", app + " > Certificates & secrets: make a new one, copy its Value, not its Secret ID" + store + "."},
		{msteams.ErrTenantNotFound, "there is no such tenant in this cloud", app + " > Overview: copy the Directory (tenant) ID" + store + "."},
		{msteams.ErrNotConsented, "the tenant does not know the app: the client id or the tenant id is not the app registration's", app + " > Overview: compare the Application (client) ID and the Directory (tenant) ID with those in the integration."},
		{msteams.ErrAppDisabled, "the app is disabled in its tenant", "Microsoft Entra admin center > Enterprise applications > (the bot's app) > Properties: let users sign in."},
		{msteams.ErrConditionalAccess, "a policy of the tenant keeps the app out", "Microsoft Entra admin center > Protection > Conditional Access: exempt the app."},
		{msteams.ErrWrongCloud, "the tenant belongs to another of Microsoft's clouds", "Give WithMSTeams a client for the tenant's cloud (msteams.WithCloud)."},
		{msteams.ErrMisconfigured, "Microsoft refuses the app's credentials", remedyOf(err)},
		{msteams.ErrInvalidParams, "they can't be right", app + " > Overview: copy the ids again."},
	} {
		if errors.Is(err, row.kind) {
			return broken(row.message, row.remedy).with("microsoft", said(err))
		}
	}
	return i.x.inconclusive(err)
}

// nowhere is a conversation that no bot is in. Reading in it tells whether the
// connector accepts the token, which it looks at first.
const nowhere = "19:novu-doctor-probe@thread.tacv2"

const botRegistration = "Azure portal > Azure Bot > (the bot) > Configuration: the Microsoft App ID and the App Tenant ID must be those of the integration; " +
	"> Channels: Microsoft Teams must be among them. A bot registered as multi-tenant gets its tokens from botframework.com, which Novu does not ask unless the integration's tenant id says so."

// connector asks for the bot's token where Novu does, at the integration's
// tenant, and shows it to the connector.
func (i *integration) connector(ctx context.Context) Finding {
	c := i.found.Credentials
	if _, err := i.ms.BotToken(ctx); err != nil {
		f := i.refused(err).with("clientId", c.ClientID).with("tenantId", c.TenantID)
		if errors.Is(err, msteams.ErrMisconfigured) {
			f.Message, f.Remedy = "tenant "+c.TenantID+" issues no bot token for the app", botRegistration
		}
		return f
	}
	_, err := i.ms.Tenant(c.TenantID).Member(ctx, nowhere, "29:novu-doctor-probe")
	switch {
	case errors.Is(err, msteams.ErrUnauthorized):
		return broken("Teams does not accept the bot's token: there is no bot for this app, it has no Teams channel, or it is not of this tenant", botRegistration).
			with("clientId", c.ClientID).with("tenantId", c.TenantID).with("microsoft", said(err))
	case err == nil, errors.Is(err, msteams.ErrForbidden), errors.Is(err, msteams.ErrNotFound), errors.Is(err, msteams.ErrBotNotInstalled),
		errors.Is(err, msteams.ErrConversationNotFound), errors.Is(err, msteams.ErrMemberNotFound), errors.Is(err, msteams.ErrValidation):
		return ok("Teams accepts the bot's token").with("tenantId", c.TenantID)
	}
	return i.x.inconclusive(err)
}

// said is what Microsoft said, without the advice that comes with it.
func said(err error) string {
	var e *msteams.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	parts := []string{}
	if e.StatusCode != 0 {
		parts = append(parts, fmt.Sprint(e.StatusCode))
	}
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, " ")
	if e.RequestID != "" {
		text += " (request id " + e.RequestID + ")"
	}
	return text
}

func remedyOf(err error) string {
	var e *msteams.Error
	if errors.As(err, &e) {
		return e.Remedy
	}
	return ""
}
