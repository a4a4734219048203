package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// tenant is a customer's tenant, as the app of one integration sees it.
type tenant struct {
	*subject
	x           *examination
	integration *integration
	connection  *connection // nil if the endpoint names the tenant itself
	users       []*endpoint

	id string // set by CheckConnectionTenant, or from the start
}

// name says which tenant it is. Until then its findings are not reported.
func (t *tenant) name(id string) {
	t.id, t.title = id, subjectTitle("Tenant", id)
}

func (t *tenant) examine(ctx context.Context) {
	if t.tasks != nil {
		return
	}
	t.uses = []*subject{t.integration.subject}
	needs := []Check{CheckCredentials}
	if t.connection != nil {
		t.uses = append(t.uses, t.connection.subject)
		needs = append(needs, CheckConnectionTenant)
	}
	t.x.add(ctx, t.subject,
		link{name: CheckConsent, needs: needs, unless: []Check{CheckGraph}, microsoft: true, run: t.checkConsent},
		link{name: CheckCatalog, needs: needs, unless: []Check{CheckGraph, CheckConsent}, microsoft: true, run: t.checkCatalog},
	)
}

// directory is for checks that need CheckCredentials and know the tenant.
func (t *tenant) directory() *directory { return t.x.directory(t.id, t.integration) }

const (
	sendToConsent = "Send an administrator of the tenant through a connect URL (GenerateConnectOAuthURL). Microsoft Entra admin center > Enterprise applications > (the bot's app) > Permissions shows what they have granted. It may take an hour to take effect."

	tellConsent = "Our app lacks the permissions that it needs in your Microsoft 365 tenant. Please have an administrator open the link that we send you, and approve them. You find the app in Microsoft Entra admin center > Enterprise applications."
)

func (t *tenant) checkConsent(ctx context.Context, _ findings) Finding {
	c, err := t.directory().readConsent(ctx)
	switch {
	case errors.Is(err, msteams.ErrTenantNotFound), errors.Is(err, msteams.ErrInvalidParams):
		return broken("there is no such tenant in this cloud",
			"Check the connection's workspace id. It is the customer's Directory (tenant) ID: Azure portal > Microsoft Entra ID > Overview.").
			with("microsoft", answerOf(err)).
			telling("We can't find your Microsoft 365 tenant. Please send us the Directory (tenant) ID from Azure portal > Microsoft Entra ID > Overview.")
	case errors.Is(err, msteams.ErrAppDisabled):
		return t.integration.refusal(ctx, err).
			telling("Our app is switched off in your Microsoft 365 tenant. Please allow users to sign in to it: Microsoft Entra admin center > Enterprise applications > (our app) > Properties.")
	case errors.Is(err, msteams.ErrConditionalAccess):
		return t.integration.refusal(ctx, err).
			telling("A Conditional Access policy of your Microsoft 365 tenant keeps our app out. Please exempt it: Microsoft Entra admin center > Protection > Conditional Access.")
	case errors.Is(err, msteams.ErrInvalidSecret), errors.Is(err, msteams.ErrSecretExpired), errors.Is(err, msteams.ErrWrongCloud):
		return t.integration.refusal(ctx, err)
	case isRefusal(err):
		return broken("Microsoft issues no token for the tenant: "+answerOf(err), sendToConsent).
			with("microsoft", answerOf(err)).telling(tellConsent)
	case err != nil:
		return t.x.inconclusive(ctx, err)
	case c.Refusal != nil:
		return broken("no administrator of the tenant has consented", sendToConsent).
			with("microsoft", answerOf(c.Refusal)).telling(tellConsent)
	case !c.Known:
		return notNeeded("Microsoft's token does not show what was granted; what the app may do is seen below")
	case len(c.Granted) == 0:
		return broken("no administrator of the tenant has consented: the app has no permission there", sendToConsent).telling(tellConsent)
	}
	return t.checkPermissions(c)
}

// purposes of the permissions.
var purposes = map[string]string{
	msteams.PermissionTeams:          "listing teams",
	msteams.PermissionChannels:       "listing channels",
	msteams.PermissionCatalog:        "finding the app in the catalog",
	msteams.PermissionInstallInTeam:  "installing the app in teams",
	msteams.PermissionInstallForUser: "installing the app for users, and so direct messages",
}

// checkPermissions warns about those that the endpoints need. If the app is installed already,
// messages arrive without them.
func (t *tenant) checkPermissions(c *msteams.Consent) Finding {
	var missing []string
	for _, e := range t.users {
		switch e.Endpoint.Type() {
		case novu.EndpointMSTeamsChannel:
			missing = append(missing, c.Channels.MissingRequired...)
		case novu.EndpointMSTeamsUser:
			missing = append(missing, c.DirectMessages.MissingRequired...)
		}
	}
	missing = slices.Compact(slices.Sorted(slices.Values(missing)))
	f := ok("an administrator has granted what Novu asks for")
	if len(missing) > 0 {
		f = warning("permissions are missing: "+list(missing, func(name string) string { return name + " (" + purposes[name] + ")" }),
			"Add them as application permissions of Microsoft Graph in Azure portal > App registrations > "+t.integration.app.clientID+" > API permissions. "+sendToConsent).
			with("missingRequired", strings.Join(missing, ", ")).telling(tellConsent)
	}
	return f.with("granted", strings.Join(c.Granted, ", ")).with("missingOptional", strings.Join(c.MissingOptional, ", "))
}

const (
	uploadApp = "Upload the app package whose manifest id is the bot's client id, and allow the app: Teams admin center > Teams apps > Manage apps > Upload new app."

	tellUploadApp = "Our app is not in the app catalog of your organization. Please upload the app package that we send you, and allow the app: Teams admin center > Teams apps > Manage apps > Upload new app."
)

// checkCatalog warns, because an app that was sideloaded or that comes from the store works without
// it. CheckInstalled says whether the app is there.
func (t *tenant) checkCatalog(ctx context.Context, _ findings) Finding {
	app, err := t.directory().catalogApp(ctx)
	switch {
	case errors.Is(err, msteams.ErrAppNotInCatalog):
		return warning("the tenant's app catalog has no app whose manifest id is the bot's client id, so nobody there can install it", uploadApp).
			with("manifestId", t.integration.app.clientID).telling(tellUploadApp)
	case errors.Is(err, msteams.ErrInvalidParams):
		return notChecked("the client id is no GUID, and a manifest's id is one")
	case err != nil:
		f := t.x.unanswered(ctx, err)
		f.exempt = f.Because == CheckConsent // CheckConsent warns already
		return f
	}
	return ok("the catalog has %q", app.DisplayName).with("catalogId", app.ID).with("manifestId", app.ExternalID)
}
