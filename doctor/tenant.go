package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/novu-go/novu/msteams"
)

// tenant is a customer's tenant, as the app of one integration sees it.
type tenant struct {
	x           *examination
	self        *scope
	id          string
	integration *integration

	channels  once[[]msteams.Channel]     // by team
	installed once[*msteams.InstalledApp] // by team
}

// tenant returns the tenant as it is examined, and whether it is new.
func (x *examination) tenant(id string, i *integration) (*tenant, bool) {
	key := strings.ToLower(id) + "\x00" + i.identifier
	x.mu.Lock()
	defer x.mu.Unlock()
	if t := x.tenants[key]; t != nil {
		return t, false
	}
	t := &tenant{x: x, id: id, integration: i}
	x.tenants[key] = t
	uses := func() []*scope { return []*scope{i.self} }
	t.self = x.addLocked(&scope{rank: rankTenant, subject: title("Tenant", id), uses: uses, links: []link{
		{check: CheckConsent, needs: []Check{CheckCredentials}, unless: []Check{CheckGraph}, microsoft: true, run: t.consent},
		{check: CheckCatalog, needs: []Check{CheckCredentials}, unless: noGraph, microsoft: true, run: t.catalog},
	}})
	return t, true
}

// once asks each question only once, however many endpoints it concerns: Graph
// answers about one team no more than once a second.
type once[T any] struct {
	mu    sync.Mutex
	asked map[string]func() (T, error)
}

func (o *once[T]) do(about string, ask func() (T, error)) (T, error) {
	o.mu.Lock()
	answer := o.asked[about]
	if answer == nil {
		answer = sync.OnceValues(ask)
		if o.asked == nil {
			o.asked = map[string]func() (T, error){}
		}
		o.asked[about] = answer
	}
	o.mu.Unlock()
	return answer()
}

// channelsOf lists the channels of a team, those shared with it included.
func (t *tenant) channelsOf(ctx context.Context, teamID string) ([]msteams.Channel, error) {
	return t.channels.do(teamID, func() ([]msteams.Channel, error) {
		graph, err := t.graph(ctx)
		if err != nil {
			return nil, err
		}
		var all []msteams.Channel
		for c, err := range graph.Channels(ctx, teamID, msteams.WithSharedChannels()) {
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		return all, nil
	})
}

// installedIn finds the app among those of a team.
func (t *tenant) installedIn(ctx context.Context, teamID string) error {
	_, err := t.installed.do(teamID, func() (*msteams.InstalledApp, error) {
		graph, err := t.graph(ctx)
		if err != nil {
			return nil, err
		}
		return graph.InstalledInTeam(ctx, teamID, t.integration.found.Credentials.ClientID)
	})
	return err
}

func (t *tenant) user(ctx context.Context, id string) (*msteams.User, error) {
	graph, err := t.graph(ctx)
	if err != nil {
		return nil, err
	}
	return graph.User(ctx, id)
}

// at is the tenant for requests, for checks that need CheckCredentials.
func (t *tenant) at() *msteams.Tenant { return t.integration.ms.Tenant(t.id) }

const sendToConsent = "Send an administrator of the tenant through a connect URL (GenerateConnectOAuthURL). What they grant is to be seen in Microsoft Entra admin center > Enterprise applications > (the bot's app) > Permissions, and may take an hour to take effect."

func (t *tenant) consent(ctx context.Context) Finding {
	c, err := t.at().Consent(ctx)
	switch {
	case errors.Is(err, msteams.ErrTenantNotFound), errors.Is(err, msteams.ErrInvalidParams):
		return broken("there is no such tenant in this cloud", "Check the connection's workspace id: it is the customer's Directory (tenant) ID, Azure portal > Microsoft Entra ID > Overview.").
			with("microsoft", said(err))
	case errors.Is(err, msteams.ErrAppDisabled), errors.Is(err, msteams.ErrConditionalAccess):
		return t.integration.refused(err)
	case err != nil:
		return t.x.inconclusive(err)
	case c.Refusal != nil:
		return broken("no administrator of the tenant has consented", sendToConsent).with("microsoft", said(c.Refusal))
	case !c.Known:
		return notChecked("Microsoft's token does not show what was granted")
	case len(c.Granted) == 0:
		return broken("no administrator of the tenant has consented: the app has no permission there", sendToConsent)
	case len(c.MissingRequired) > 0:
		return t.missing(c)
	}
	return ok("an administrator has granted what Novu asks for").with("granted", strings.Join(c.Granted, ", ")).
		with("missingOptional", strings.Join(c.MissingOptional, ", "))
}

// purposes of the permissions, in the words of whoever sets things up.
var purposes = map[string]string{
	msteams.PermissionTeams:          "listing teams",
	msteams.PermissionChannels:       "listing channels",
	msteams.PermissionCatalog:        "finding the app in the catalogue",
	msteams.PermissionInstallInTeam:  "installing the app in teams",
	msteams.PermissionInstallForUser: "installing the app for users, and so direct messages",
}

// missing warns: where the app is installed already, messages arrive all the same.
func (t *tenant) missing(c *msteams.Consent) Finding {
	f := warning("permissions are missing: "+list(c.MissingRequired, func(name string) string { return name + " (" + purposes[name] + ")" }),
		"Azure portal > App registrations > "+t.integration.found.Credentials.ClientID+" > API permissions: add them as application permissions of Microsoft Graph. "+sendToConsent)
	return f.with("granted", strings.Join(c.Granted, ", ")).with("missingRequired", strings.Join(c.MissingRequired, ", ")).
		with("missingOptional", strings.Join(c.MissingOptional, ", "))
}

// catalog warns: an app that is there already, sideloaded or from the store,
// works without. Whether it is there is CheckInstalled's to say.
func (t *tenant) catalog(ctx context.Context) Finding {
	manifest := t.integration.found.Credentials.ClientID
	graph, err := t.graph(ctx)
	if err != nil {
		return t.x.withheld(err)
	}
	app, err := graph.CatalogApp(ctx, manifest)
	switch {
	case errors.Is(err, msteams.ErrAppNotInCatalog):
		return warning("the tenant's app catalogue holds no app whose manifest has the bot's client id, so that nobody there can install it",
			uploadApp).with("manifestId", manifest)
	case errors.Is(err, msteams.ErrInvalidParams):
		return notChecked("the client id is no GUID, as a manifest's id is")
	case err != nil:
		return t.x.withheld(err)
	}
	return ok("the catalogue holds %q", app.DisplayName).with("catalogId", app.ID).with("manifestId", app.ExternalID)
}

const uploadApp = "Teams admin center > Teams apps > Manage apps > Upload new app: upload the app package whose manifest's id is the bot's client id, and allow the app."

// withheld is the finding of a read that Graph refuses for want of a permission,
// or that failed otherwise.
func (x *examination) withheld(err error) Finding {
	var missing *msteams.MissingPermissionError
	switch {
	case errors.Is(err, errNoToken):
		return x.inconclusive(err)
	case errors.As(err, &missing):
		f := notChecked("the app may not ask: it has none of the permissions %s", strings.Join(missing.Required, ", "))
		f.Because = CheckConsent
		return f
	case errors.Is(err, msteams.ErrForbidden):
		return notChecked("the app may not ask: %s", said(err))
	}
	return x.inconclusive(err)
}

// errNoToken is why a question was not even put to Graph.
var errNoToken = errors.New("no token from Microsoft")

// graph is the tenant for questions to Graph. It asks for the token first, which
// is kept, since a sign-in that fails looks like an answer of Graph's.
func (t *tenant) graph(ctx context.Context) (*msteams.Tenant, error) {
	at := t.at()
	if _, err := at.GraphToken(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoToken, err)
	}
	return at, nil
}
