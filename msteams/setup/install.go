package setup

import (
	"context"
	"errors"
	"time"

	"github.com/novu-go/novu/msteams"
)

// canInstall are the permissions of a person's token that let it see and make
// installations in a team.
var canInstall = []string{
	"TeamsAppInstallation.ReadWriteForTeam", "TeamsAppInstallation.ReadWriteAndConsentForTeam", "Group.ReadWrite.All",
}

// installer is a client that may install the app: the app itself, where its
// secret is known, else a person whose token says so. Nil where there is none.
func (r *run) installer() (*msteams.Client, error) {
	id := r.appID()
	if id == "" {
		return nil, nil
	}
	if r.secret != "" {
		return r.signedIn(r.secret)
	}
	for _, name := range []doorName{catalogDoor, directoryDoor} {
		if r.usable(name) && !r.claims[name].lacks(canInstall...) && !r.claims[name].appOnly {
			return msteams.NewClient(msteams.Credentials{ClientID: id, TenantID: r.config.TenantID},
				append(r.opts.msteams[:len(r.opts.msteams):len(r.opts.msteams)], msteams.WithTokenFunc(r.doors[name].fetch))...)
		}
	}
	return nil, nil
}

// signedIn is a client that acts as the application.
func (r *run) signedIn(secret msteams.Secret) (*msteams.Client, error) {
	return msteams.NewClient(msteams.Credentials{ClientID: r.appID(), ClientSecret: secret, TenantID: r.config.TenantID}, r.opts.msteams...)
}

func (r *run) readInstalls(ctx context.Context) {
	tasks := make([]func(), len(r.installs))
	client, err := r.installer()
	for i, team := range r.config.InstallInTeams {
		tasks[i] = func() { r.installs[i] = r.readInstall(ctx, client, err, team) }
	}
	atOnce(tasks...)
}

func (r *run) readInstall(ctx context.Context, client *msteams.Client, err error, team string) found[msteams.InstalledApp] {
	switch {
	case r.appID() == "":
		return found[msteams.InstalledApp]{known: r.app.missing()}
	case r.catalog.missing():
		return found[msteams.InstalledApp]{known: true}
	case err != nil:
		return found[msteams.InstalledApp]{err: err}
	case client == nil:
		return found[msteams.InstalledApp]{}
	}
	app, err := client.Tenant(r.config.TenantID).InstalledInTeam(ctx, team, r.appID())
	switch {
	case errors.Is(err, msteams.ErrBotNotInstalled):
		return found[msteams.InstalledApp]{known: true}
	case err != nil:
		return found[msteams.InstalledApp]{err: err}
	}
	return found[msteams.InstalledApp]{value: app, known: true}
}

func (r *run) stepInstall(i int) Step {
	team, is := r.config.InstallInTeams[i], r.installs[i]
	step := Step{Kind: KindTeamInstallation, Key: team, Needs: []Kind{KindCatalogApp, KindPermissions, KindCredentials}}
	ask := func(reason string) Step {
		step.Action, step.Role, step.Reason = ActionAsk, "owner of the team, or "+roleTeams, reason
		step.Remedy = "add the app to the team in Teams, or give an identity the scope TeamsAppInstallation.ReadWriteForTeam"
		step.Link = "https://admin.teams.microsoft.com/teams/manage"
		return step
	}
	switch {
	case is.err != nil:
		return unreadable(step, is.err)
	case is.value != nil:
		step.Action = ActionKeep
		return step
	case is.known && r.appID() == "":
		step.Action = ActionCreate // its secret will be known by then
		return step
	case is.known:
		if client, err := r.installer(); client == nil && !r.makesSecret() {
			if err != nil {
				return unreadable(step, err)
			}
			return ask("Novu does not show the application's secret, and no other identity may install it")
		}
		step.Action = ActionCreate
		return step
	case r.appID() == "":
		return r.later(step)
	case r.makesSecret():
		return r.later(step)
	}
	return ask("Novu does not show the application's secret, and no other identity may read the team's apps")
}

// makesSecret reports whether the run is going to make a secret, which then may
// install the app.
func (r *run) makesSecret() bool { return r.secret == "" && r.stepCredentials().writes() }

func (r *run) writeInstall(ctx context.Context, i int) error {
	client, err := r.installer()
	if err != nil {
		return err
	}
	if client == nil || r.catalog.value == nil {
		return again(nil)
	}
	// A new catalog entry and a new consent take a while to have an effect.
	team := r.config.InstallInTeams[i]
	r.say("waiting until the app can be installed")
	return waitUntil(ctx, "install app in team", 2*time.Minute, 1, func(ctx context.Context) error {
		err := client.Tenant(r.config.TenantID).InstallInTeam(ctx, team, r.catalog.value.ID)
		if errors.Is(err, msteams.ErrForbidden) || errors.Is(err, msteams.ErrNotConsented) {
			fresh, makeErr := r.installer() // its next token may know of the consent
			if makeErr == nil && fresh != nil {
				client = fresh
			}
			return again(err)
		}
		if errors.Is(err, msteams.ErrNotFound) {
			return again(err)
		}
		return err
	})
}
