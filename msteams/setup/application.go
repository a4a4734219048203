package setup

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/msteams"
)

const (
	registrations = "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"

	roleDeveloper = "Application Developer, Application Administrator or Cloud Application Administrator"
	roleAppAdmin  = "Application Administrator, Cloud Application Administrator or Global Administrator"
	roleConsent   = "Privileged Role Administrator or Global Administrator"
)

// Permissions of a token, any one of which will do.
var (
	canWriteApps    = []string{"Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.AccessAsUser.All"}
	canAssignRoles  = []string{"AppRoleAssignment.ReadWrite.All", "Directory.AccessAsUser.All"}
	canGrantScopes  = []string{"DelegatedPermissionGrant.ReadWrite.All", "Directory.AccessAsUser.All"}
	delegatedScopes = []string{msteams.PermissionSignIn, "openid", "profile"}
)

// permissions are the application permissions that the bot needs.
func (s *Setup) permissions() []string {
	wanted := []string{msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallInTeam}
	if s.config.DirectMessages {
		wanted = append(wanted, msteams.PermissionInstallForUser)
	}
	return wanted
}

// keyOr is what a step is called whose key is the client id.
func (r *run) keyOr(id string) string { return cmp.Or(id, "the application's client id") }

func (r *run) stepApplication() Step {
	step := Step{Kind: KindApplication, Key: r.config.UniqueName, Role: roleDeveloper}
	ask := func(reason, remedy string) Step {
		step.Action, step.Link, step.Reason, step.Remedy = ActionAsk, registrations, reason, remedy
		return step
	}
	app := r.app.value
	switch {
	case r.app.err != nil:
		return unreadable(step, r.app.err)
	case !r.app.known:
		return ask("no identity is configured for the directory",
			"register a multi-tenant application with the redirect URIs "+listed(r.redirectURIs())+" and set Config.ClientID, or configure an identity")
	case app == nil && r.config.ClientID != "":
		return ask("there is no application with the client id "+r.config.ClientID+" in tenant "+r.config.TenantID, "check Config.ClientID and Config.TenantID")
	case app == nil && r.deleted.err != nil:
		return unreadable(step, r.deleted.err)
	case app == nil && r.deleted.value != nil && !r.deleted.value.isOurs():
		step.Role = roleAppAdmin
		return ask("a deleted application holds the unique name", "restore or purge it under Deleted applications, or choose another UniqueName")
	case app == nil && r.deleted.value != nil:
		step.Action, step.Changes = ActionUpdate, []Change{{Field: "deleted", Old: "yes", New: "restored"}}
	case app == nil:
		step.Action, step.Changes = ActionCreate, r.applicationChanges(&application{})
	case app.DisabledByMicrosoft != "":
		return ask("Microsoft has disabled the application: "+app.DisabledByMicrosoft, "settle it with Microsoft's support")
	case r.config.ClientID != "" && app.UniqueName != "" && app.UniqueName != r.config.UniqueName:
		return ask("the application's unique name is "+app.UniqueName+" and can't be changed", "set UniqueName to it")
	default:
		step.Action = ActionKeep
		if step.Changes = r.applicationChanges(app); len(step.Changes) > 0 {
			step.Action = ActionUpdate
		}
	}
	return r.foresee(step, directoryDoor, canWriteApps, registrations)
}

// applicationChanges are the differences between app and what is wanted.
func (r *run) applicationChanges(app *application) []Change {
	var changes []Change
	differ := func(field, old, wanted string) {
		if old != wanted {
			changes = append(changes, Change{Field: field, Old: old, New: wanted})
		}
	}
	differ("uniqueName", app.UniqueName, r.config.UniqueName)
	if r.config.ClientID == "" {
		differ("displayName", app.DisplayName, r.config.App.Name)
	}
	if app.SignInAudience != multiTenantAndPersonal {
		differ("signInAudience", app.SignInAudience, multiTenant)
	}
	for _, missing := range r.missingRedirectURIs(app) {
		changes = append(changes, Change{Field: "redirectUris", New: withoutQuery(missing)})
	}
	for _, missing := range r.missingAccess(app) {
		changes = append(changes, Change{Field: "requiredResourceAccess", New: missing})
	}
	return changes
}

// missingAccess are the permissions that the application does not ask for.
func (r *run) missingAccess(app *application) []string {
	var missing []string
	for _, want := range r.access() {
		if !app.asksFor(want.accessItem) {
			missing = append(missing, want.value)
		}
	}
	return missing
}

type namedAccess struct {
	accessItem
	value string
}

// access is what the application is to ask customers for, its ids as Graph of
// this tenant has them.
func (r *run) access() []namedAccess {
	var all []namedAccess
	for _, value := range r.permissions() {
		item := namedAccess{value: value, accessItem: accessItem{Type: typeRole}}
		if r.graph.value != nil {
			item.ID = r.graph.value.role(value)
		}
		all = append(all, item)
	}
	for _, value := range delegatedScopes {
		item := namedAccess{value: value, accessItem: accessItem{Type: typeScope}}
		if r.graph.value != nil {
			item.ID = r.graph.value.delegated(value)
		}
		all = append(all, item)
	}
	return all
}

func (a *application) asksFor(item accessItem) bool {
	for _, resource := range a.RequiredResourceAccess {
		if resource.ResourceAppID == graphAppID && slices.ContainsFunc(resource.ResourceAccess, func(has accessItem) bool {
			return strings.EqualFold(has.ID, item.ID) && has.Type == item.Type
		}) {
			return true
		}
	}
	return false
}

// body is what is sent of the application: the changed properties, whose lists
// are completed and never replaced.
func (r *run) applicationBody(app *application) (map[string]any, error) {
	body := map[string]any{"displayName": r.config.App.Name, "signInAudience": multiTenant}
	if r.config.ClientID != "" {
		body = map[string]any{"signInAudience": multiTenant}
		if app.UniqueName == "" {
			body["uniqueName"] = r.config.UniqueName
		}
	}
	if app.SignInAudience == multiTenantAndPersonal {
		delete(body, "signInAudience")
	}
	if missing := r.missingRedirectURIs(app); len(missing) > 0 {
		body["web"] = map[string]any{"redirectUris": append(slices.Clone(app.Web.RedirectURIs), missing...)}
	}
	if len(r.missingAccess(app)) == 0 {
		return body, nil
	}
	all := slices.Clone(app.RequiredResourceAccess)
	at := slices.IndexFunc(all, func(resource resourceAccess) bool { return resource.ResourceAppID == graphAppID })
	if at < 0 {
		all, at = append(all, resourceAccess{ResourceAppID: graphAppID}), len(all)
	}
	for _, want := range r.access() {
		if want.ID == "" {
			return nil, (&Error{Op: "look up permission", Message: "Microsoft Graph of this tenant has no permission " + want.value}).is("", ErrBadAnswer)
		}
		if !app.asksFor(want.accessItem) {
			all[at].ResourceAccess = append(slices.Clone(all[at].ResourceAccess), want.accessItem)
		}
	}
	body["requiredResourceAccess"] = all
	return body, nil
}

func (r *run) writeApplication(ctx context.Context) error {
	if r.graph.value == nil {
		return cmpErr(r.graph.err, again(nil))
	}
	if r.app.value == nil && r.deleted.value != nil {
		if err := r.restore(ctx); err != nil {
			return err
		}
	}
	if r.app.value != nil {
		return r.updateApplication(ctx)
	}
	body, err := r.applicationBody(&application{})
	if err != nil {
		return err
	}
	body["tags"] = []string{tagSetup + r.config.UniqueName}
	r.madeApp = true
	_, err = r.directory().send(ctx, request{
		op: "create application", kind: rest.IdempotentWrite, method: http.MethodPatch,
		route: "/v1.0/applications(uniqueName='{uniqueName}')", args: []string{r.config.UniqueName},
		header: http.Header{"Prefer": {"create-if-missing"}}, body: body,
	})
	if err != nil {
		return err
	}
	r.say("waiting until the directory shows the application")
	return r.waitForApp(ctx, func(*application) bool { return true })
}

func (r *run) updateApplication(ctx context.Context) error {
	body, err := r.applicationBody(r.app.value)
	if err != nil {
		return err
	}
	if err := r.patchApp(ctx, "update application", body); err != nil {
		return err
	}
	return r.waitForApp(ctx, func(app *application) bool { return len(r.applicationChanges(app)) == 0 })
}

func (r *run) patchApp(ctx context.Context, op string, body map[string]any) error {
	return r.replicated(ctx, op, func(ctx context.Context) error {
		_, err := r.directory().send(ctx, request{
			op: op, kind: rest.IdempotentWrite, method: http.MethodPatch,
			route: "/v1.0/applications/{id}", args: []string{r.app.value.ID}, body: body,
		})
		return err
	})
}

// restore brings a deleted application of ours back.
func (r *run) restore(ctx context.Context) error {
	id := r.deleted.value.ID
	err := r.unlessDone(ctx, func(ctx context.Context) error {
		_, err := r.directory().send(ctx, request{
			op: "restore application", kind: rest.Post, method: http.MethodPost,
			route: "/v1.0/directory/deletedItems/{id}/restore", args: []string{id},
		})
		return err
	}, func(ctx context.Context) (bool, error) {
		app, err := r.fetchApp(ctx)
		if isMissing(err) {
			return false, nil
		}
		return app != nil, err
	}, mayHaveHappened)
	if err != nil {
		return err
	}
	r.madeApp = true
	return r.waitForApp(ctx, func(*application) bool { return true })
}

// waitForApp reads the application until so many reads in a row show what was
// written, by its key and by its id in turns.
func (r *run) waitForApp(ctx context.Context, shows func(*application) bool) error {
	fetch := r.fetchApp
	return waitUntil(ctx, "wait for the application", 10*time.Minute, agreeing, func(ctx context.Context) error {
		app, err := fetch(ctx)
		switch {
		case isMissing(err):
			return again(err)
		case err != nil:
			return err
		case !shows(app):
			return again(nil)
		}
		r.app, r.deleted = found[application]{value: app, known: true}, found[application]{}
		fetch = r.fetchApp
		if r.turns++; r.turns%2 == 1 {
			fetch = func(ctx context.Context) (*application, error) { return r.fetchAppByID(ctx, app.ID) }
		}
		return nil
	})
}

func (r *run) stepPrincipal() Step {
	step := Step{Kind: KindServicePrincipal, Key: r.keyOr(r.appID()), Needs: []Kind{KindApplication}, Role: roleAppAdmin}
	switch {
	case !r.principal.known && r.appID() == "":
		return r.later(step)
	case r.principal.err != nil:
		return unreadable(step, r.principal.err)
	case !r.principal.known:
		step.Action, step.Link, step.Reason = ActionAsk, r.consentLink(), "no identity is configured for the directory"
		step.Remedy = "consent by the link, which makes the service principal too"
		return step
	case r.principal.value != nil:
		step.Action = ActionKeep
		return step
	}
	step.Action, step.Changes = ActionCreate, []Change{{Field: "displayName", New: r.config.App.Name}}
	return r.foresee(step, directoryDoor, canWriteApps, r.consentLink())
}

func (r *run) writePrincipal(ctx context.Context) error {
	err := r.replicated(ctx, "create service principal", func(ctx context.Context) error {
		_, err := r.directory().send(ctx, request{
			op: "create service principal", kind: rest.IdempotentWrite, method: http.MethodPatch,
			route: "/v1.0/servicePrincipals(appId='{appId}')", args: []string{r.appID()},
			header: http.Header{"Prefer": {"create-if-missing"}}, body: map[string]any{"displayName": r.config.App.Name},
		})
		return err
	})
	if err != nil {
		return err
	}
	return waitUntil(ctx, "wait for the service principal", 5*time.Minute, 1, func(ctx context.Context) error {
		r.readPrincipal(ctx)
		if r.principal.value == nil {
			return again(r.principal.err)
		}
		return nil
	})
}

// consentLink is the page on which an administrator of the home tenant consents.
func (r *run) consentLink() string {
	id := r.appID()
	if id == "" {
		return ""
	}
	return fmt.Sprintf("%s/%s/v2.0/adminconsent?client_id=%s&scope=%s", strings.TrimSuffix(r.ms.Services().Login, "/"),
		r.config.TenantID, id, r.ms.Services().GraphScope)
}
