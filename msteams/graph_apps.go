package msteams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// CatalogApp is a Teams app in a tenant's catalog.
type CatalogApp struct {
	ID                 string `json:"id"`         // the catalog's, which is what is installed
	ExternalID         string `json:"externalId"` // the manifest's
	DisplayName        string `json:"displayName"`
	DistributionMethod string `json:"distributionMethod"` // "organization", "store", "sideloaded"
	// Version and PublishingState are those of the app's newest definition. Only [Tenant.CatalogApp] fills them in.
	Version         string          `json:"version,omitempty"` // of the manifest: "1.0.0"
	PublishingState PublishingState `json:"publishingState,omitempty"`
}

// PublishingState says whether an app in the catalog can be installed. Values other than the constants may
// come.
type PublishingState string

// The publishing states that are known.
const (
	PublishingSubmitted PublishingState = "submitted" // waits for an administrator's approval
	PublishingRejected  PublishingState = "rejected"
	PublishingPublished PublishingState = "published"
)

// UnmarshalJSON reads an app with or without its definitions.
func (a *CatalogApp) UnmarshalJSON(data []byte) error {
	type definition struct {
		Version         text `json:"version"`
		PublishingState text `json:"publishingState"`
	}
	var wire struct {
		ID                 string       `json:"id"`
		ExternalID         string       `json:"externalId"`
		DisplayName        string       `json:"displayName"`
		DistributionMethod string       `json:"distributionMethod"`
		Definitions        []definition `json:"appDefinitions"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*a = CatalogApp{ID: wire.ID, ExternalID: wire.ExternalID, DisplayName: wire.DisplayName, DistributionMethod: wire.DistributionMethod}
	if len(wire.Definitions) > 0 {
		newest := slices.MaxFunc(wire.Definitions, func(a, b definition) int { return compareVersions(string(a.Version), string(b.Version)) })
		a.Version, a.PublishingState = string(newest.Version), PublishingState(newest.PublishingState)
	}
	return nil
}

// compareVersions compares versions such as 1.10.0 number by number; what is no number counts as zero.
func compareVersions(a, b string) int {
	numbers := func(version string) []int {
		var all []int
		for part := range strings.SplitSeq(version, ".") {
			n, _ := strconv.Atoi(part)
			all = append(all, n)
		}
		return all
	}
	return slices.Compare(numbers(a), numbers(b))
}

// InstalledApp is an app in a team or for a user.
type InstalledApp struct {
	ID  string     `json:"id"` // the installation's, for Uninstall…
	App CatalogApp `json:"teamsApp"`
}

// CatalogApp finds an app that was uploaded to the tenant's catalogue by the id
// in its manifest, which Novu takes to be the app's client id. Where there is
// none the error is ErrAppNotInCatalog. It needs AppCatalog.Read.All. An app
// from the public store is not found here: its manifest id is its catalogue id.
func (t *Tenant) CatalogApp(ctx context.Context, manifestID string) (*CatalogApp, error) {
	const op = "find app in catalog"
	list := graphList[CatalogApp](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0/appCatalogs/teamsApps",
		Query: url.Values{
			"$filter": {"externalId eq " + literal(manifestID) + " and distributionMethod eq 'organization'"},
			"$expand": {"appDefinitions"},
		},
	}, t.graphPace(), checkParams(op).app("manifestID", manifestID))
	for app, err := range list {
		if err != nil {
			return nil, err
		}
		return &app, nil
	}
	return nil, t.notFound(op, "the catalogue holds no app with the manifest id "+manifestID,
		"upload the app package in the Teams admin center, and check that its manifest's id is this one", ErrAppNotInCatalog)
}

// place is where apps are installed: a team or a user.
type place struct {
	what  string                // "team"
	id    string                // as the caller named it
	route string                // of its installations
	arg   string                // the id in the route
	pace  func(context.Context) // for reading and removing
	gates []gateKey             // for installing
}

func (t *Tenant) inTeam(teamID string) place {
	gate := t.teamGate(perTeam, teamID)
	return place{"team", teamID, "/v1.0/teams/{id}/installedApps", teamID, t.teamPace(teamID), []gateKey{gate}}
}

func (t *Tenant) forUser(userID string) place {
	route, arg := userRoute(userID)
	return place{"user", userID, route + "/teamwork/installedApps", arg, t.graphPace(), nil}
}

func (p place) check(op string) *checks {
	if p.what == "team" {
		return checkParams(op).team(p.id)
	}
	return checkParams(op).user("userID", p.id)
}

// InstallInTeam installs an app, by its catalogue id, in a team; where it is
// installed already that is a success. It needs
// TeamsAppInstallation.ReadWriteSelfForTeam.All, and the app must be this one.
func (t *Tenant) InstallInTeam(ctx context.Context, teamID, catalogAppID string) error {
	return t.install(ctx, "install app in team", t.inTeam(teamID), catalogAppID)
}

// InstallForUser installs an app, by its catalogue id, for a user, named by
// object id or user principal name; where it is installed already that is a
// success. It needs TeamsAppInstallation.ReadWriteSelfForUser.All, and the app's
// manifest must name this client in webApplicationInfo. Graph may accept a user
// id that does not exist: [Tenant.InstalledForUser] tells.
func (t *Tenant) InstallForUser(ctx context.Context, userID, catalogAppID string) error {
	return t.install(ctx, "install app for user", t.forUser(userID), catalogAppID)
}

func (t *Tenant) install(ctx context.Context, op string, p place, appID string) error {
	if err := t.ready(ctx, op, p.check(op).app("catalogAppID", appID)); err != nil {
		return err
	}
	bind := t.client.cloud.Graph + "/v1.0/appCatalogs/teamsApps/" + appID
	// Installing what is installed changes nothing, so it may be repeated.
	err := t.callGraph(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: p.route, Args: []string{p.arg},
		Body: map[string]string{"teamsApp@odata.bind": bind},
	}, t.installPace(p.gates...))
	if !errors.Is(err, ErrConflict) {
		return err
	}
	installed, listErr := t.isInstalled(ctx, op, p, appID)
	if installed {
		return nil
	}
	var e *Error
	if listErr != nil && errors.As(err, &e) {
		e.note = "whether it is installed already could not be found out: " + listErr.Error()
	}
	return err
}

// isInstalled looks whether a conflict is this app's: there are others.
func (t *Tenant) isInstalled(ctx context.Context, op string, p place, appID string) (bool, error) {
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

func (t *Tenant) installed(ctx context.Context, op string, p place, filter string) iter.Seq2[InstalledApp, error] {
	query := url.Values{"$expand": {"teamsApp"}}
	if filter != "" {
		query.Set("$filter", filter)
	}
	return graphList[InstalledApp](ctx, t, rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: p.route, Args: []string{p.arg}, Query: query,
	}, p.pace, nil)
}

// InstalledInTeam returns the installation in a team of the app with this
// manifest id. Where there is none the error is ErrBotNotInstalled.
func (t *Tenant) InstalledInTeam(ctx context.Context, teamID, manifestID string) (*InstalledApp, error) {
	return t.findInstalled(ctx, "find app in team", t.inTeam(teamID), manifestID)
}

// InstalledForUser returns the installation for a user, named by object id or
// user principal name, of the app with this manifest id. Where there is none
// the error is ErrBotNotInstalled.
func (t *Tenant) InstalledForUser(ctx context.Context, userID, manifestID string) (*InstalledApp, error) {
	return t.findInstalled(ctx, "find app of user", t.forUser(userID), manifestID)
}

func (t *Tenant) findInstalled(ctx context.Context, op string, p place, manifestID string) (*InstalledApp, error) {
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

// UninstallFromTeam removes an installation ([InstalledApp].ID) from a team.
// Where there is none the error is ErrNotFound.
func (t *Tenant) UninstallFromTeam(ctx context.Context, teamID, installationID string) error {
	return t.uninstall(ctx, "uninstall app from team", t.inTeam(teamID), installationID)
}

// UninstallForUser removes an installation ([InstalledApp].ID) from a user.
// Where there is none the error is ErrNotFound.
func (t *Tenant) UninstallForUser(ctx context.Context, userID, installationID string) error {
	return t.uninstall(ctx, "uninstall app for user", t.forUser(userID), installationID)
}

func (t *Tenant) uninstall(ctx context.Context, op string, p place, installationID string) error {
	if err := t.ready(ctx, op, p.check(op).opaque("installationID", installationID)); err != nil {
		return err
	}
	return t.callGraph(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: p.route + "/{installation}", Args: []string{p.arg, installationID},
	}, p.pace)
}
