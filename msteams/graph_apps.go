package msteams

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// InstalledApp is an app in a team or for a user.
type InstalledApp struct {
	ID  string     `json:"id"` // the installation's, for Uninstall…
	App CatalogApp `json:"teamsApp"`
}

// installTarget is where apps are installed: a team or a user.
type installTarget struct {
	what  string                // "team"
	id    string                // as the caller named it
	route string                // of its installations
	arg   string                // the id in the route
	pace  func(context.Context) // for reading and removing
	gates []gateKey             // for installing
}

func (t *Tenant) inTeam(teamID string) installTarget {
	return installTarget{
		what: "team", id: teamID, route: "/v1.0/teams/{id}/installedApps", arg: teamID,
		pace: t.teamPace(teamID), gates: []gateKey{t.teamGate(perTeam, teamID)},
	}
}

func (t *Tenant) forUser(userID string) installTarget {
	route, arg := userRoute(userID)
	return installTarget{what: "user", id: userID, route: route + "/teamwork/installedApps", arg: arg, pace: t.graphPace()}
}

func (p installTarget) check(op string) *checks {
	if p.what == "team" {
		return checkParams(op).team(p.id)
	}
	return checkParams(op).user("userID", p.id)
}

// InstallOption changes an installation.
type InstallOption func(*installation)

// installation is the body of the request.
type installation struct {
	App     string         `json:"teamsApp@odata.bind"`
	Consent *permissionSet `json:"consentedPermissionSet,omitempty"`
}

type permissionSet struct {
	ResourceSpecific []ResourcePermission `json:"resourceSpecificPermissions"`
}

// WithResourceConsent grants an app the resource-specific permissions that its manifest asks for,
// all of them and no others: [CatalogApp].ResourcePermissions. Graph refuses to install an app that
// asks for some without it. It needs TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All, for
// users …SelfForUser.All, instead of the permissions that installing otherwise needs.
func WithResourceConsent(permissions ...ResourcePermission) InstallOption {
	return func(i *installation) { i.Consent = &permissionSet{ResourceSpecific: permissions} }
}

// InstallInTeam installs an app, by its catalog id, in a team. If it is installed already that is a
// success. It needs TeamsAppInstallation.ReadWriteSelfForTeam.All, and the app must be this one.
//
// API: POST /teams/{id}/installedApps
func (t *Tenant) InstallInTeam(ctx context.Context, teamID, catalogAppID string, opts ...InstallOption) error {
	return t.install(ctx, "install app in team", t.inTeam(teamID), catalogAppID, opts)
}

// InstallForUser installs an app, by its catalog id, for a user, named by object id or user
// principal name. If it is installed already that is a success. It needs
// TeamsAppInstallation.ReadWriteSelfForUser.All, and the app's manifest must name this client in
// webApplicationInfo. Graph may accept a user id that does not exist: [Tenant.InstalledForUser]
// tells.
//
// API: POST /users/{id}/teamwork/installedApps
func (t *Tenant) InstallForUser(ctx context.Context, userID, catalogAppID string, opts ...InstallOption) error {
	return t.install(ctx, "install app for user", t.forUser(userID), catalogAppID, opts)
}

func (t *Tenant) install(ctx context.Context, op string, p installTarget, appID string, opts []InstallOption) error {
	if err := t.ready(ctx, op, p.check(op).app("catalogAppID", appID)); err != nil {
		return err
	}
	body := installation{App: t.client.cloud.graphResource() + "/v1.0/appCatalogs/teamsApps/" + appID}
	for _, opt := range opts {
		if opt != nil {
			opt(&body)
		}
	}
	// Installing what is installed changes nothing, so it may be repeated.
	err := t.callGraph(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: p.route, Args: []string{p.arg},
		Body: body, Pace: t.installPace(p.gates...),
	})
	var e *Error
	if !errors.As(err, &e) || e.StatusCode != http.StatusConflict {
		return err
	}
	installed, listErr := t.isInstalled(ctx, op, p, appID)
	if installed {
		return nil
	}
	if listErr != nil {
		e.note = "whether it is installed already could not be found out: " + listErr.Error()
	}
	return err
}

// isInstalled looks whether a conflict is this app's: there are others.
func (t *Tenant) isInstalled(ctx context.Context, op string, p installTarget, appID string) (bool, error) {
	for found, err := range t.installed(ctx, op+": list apps", p, "") {
		if err != nil {
			return false, err
		}
		if strings.EqualFold(found.App.ID, appID) {
			return true, nil
		}
	}
	return false, nil
}

func (t *Tenant) installed(ctx context.Context, op string, p installTarget, filter string) iter.Seq2[InstalledApp, error] {
	query := url.Values{"$expand": {"teamsApp"}}
	if filter != "" {
		query.Set("$filter", filter)
	}
	return graphList[InstalledApp](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: p.route, Args: []string{p.arg}, Query: query, Pace: p.pace,
	}, nil)
}

// InstalledInTeam returns the installation in a team of the app with this manifest id. If there is
// none the error is ErrBotNotInstalled.
//
// API: GET /teams/{id}/installedApps
func (t *Tenant) InstalledInTeam(ctx context.Context, teamID, manifestID string) (*InstalledApp, error) {
	return t.findInstalled(ctx, "find app in team", t.inTeam(teamID), manifestID)
}

// InstalledForUser returns the installation for a user, named by object id or user principal name,
// of the app with this manifest id. If there is none the error is ErrBotNotInstalled.
//
// API: GET /users/{id}/teamwork/installedApps
func (t *Tenant) InstalledForUser(ctx context.Context, userID, manifestID string) (*InstalledApp, error) {
	return t.findInstalled(ctx, "find app of user", t.forUser(userID), manifestID)
}

func (t *Tenant) findInstalled(ctx context.Context, op string, p installTarget, manifestID string) (*InstalledApp, error) {
	if err := t.ready(ctx, op, p.check(op).app("manifestID", manifestID)); err != nil {
		return nil, err
	}
	for app, err := range t.installed(ctx, op, p, "teamsApp/externalId eq "+literal(manifestID)) {
		if err != nil {
			return nil, err
		}
		return &app, nil
	}
	return nil, t.notFound(op, fmt.Sprintf("the app %s is not installed for the %s %s", manifestID, p.what, p.id), installBot, ErrBotNotInstalled)
}

// UninstallFromTeam removes an installation ([InstalledApp].ID) from a team. If there is none the
// error is ErrNotFound.
//
// API: DELETE /teams/{id}/installedApps/{installation}
func (t *Tenant) UninstallFromTeam(ctx context.Context, teamID, installationID string) error {
	return t.uninstall(ctx, "uninstall app from team", t.inTeam(teamID), installationID)
}

// UninstallForUser removes an installation ([InstalledApp].ID) from a user. If there is none the
// error is ErrNotFound.
//
// API: DELETE /users/{id}/teamwork/installedApps/{installation}
func (t *Tenant) UninstallForUser(ctx context.Context, userID, installationID string) error {
	return t.uninstall(ctx, "uninstall app for user", t.forUser(userID), installationID)
}

func (t *Tenant) uninstall(ctx context.Context, op string, p installTarget, installationID string) error {
	if err := t.ready(ctx, op, p.check(op).opaque("installationID", installationID)); err != nil {
		return err
	}
	return t.callGraph(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: p.route + "/{installation}", Args: []string{p.arg, installationID}, Pace: p.pace,
	})
}
