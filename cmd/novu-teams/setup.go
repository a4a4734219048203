package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
)

const setupHelp = `Makes Microsoft and Novu ready for a Teams bot: the app registration, its
permissions, a secret, the Azure Bot, the Teams app and Novu's integration. It
finds what exists, says what is missing, and makes it. Run it as often as you
like.

  novu-teams setup -demo
  novu-teams setup plan
  novu-teams setup apply
  novu-teams setup rotate -within 30d
  novu-teams setup keys -warn 30d
  novu-teams setup destroy

Two administrators have to help, once:

  - A Privileged Role Administrator or Global Administrator of your tenant
    consents to the permissions, and an Application Administrator makes the
    application. If that is you, sign in with "az login --tenant YOUR-TENANT".
    If not, apply prints a link for them.
  - A Teams Administrator publishes the app in your organization's catalog. Give
    -catalog device to sign in as that person with a code. Otherwise upload the
    package in the Teams admin center ("novu-teams package" writes it).

For the bot itself you need the role Contributor on an Azure resource group.

The configuration is a file, setup.json unless -config names another:

  {
    "uniqueName": "novu-teams-acme",
    "tenantId": "YOUR TENANT'S ID",
    "integrationIdentifier": "msteams",
    "app": {
      "name": "Acme alerts", "description": "Alerts from Acme",
      "developer": {"name": "Acme", "websiteUrl": "https://acme.example",
        "privacyUrl": "https://acme.example/privacy", "termsOfUseUrl": "https://acme.example/terms"}
    },
    "azure": {"subscriptionId": "YOUR SUBSCRIPTION'S ID", "resourceGroup": "teams"}
  }

It may also hold redirectUrl, directMessages, installInTeams, agentIdentifier,
messagingEndpoint, secretLifetimeDays, redirectUris, for pages of yours to which
administrators return after consent, and clientId, which adopts an application
that was registered by hand. It holds no secret.

When apply has done everything, it examines the integration as novu-teams doctor
does. With MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID, those
of the application, Microsoft is asked too.

NOVU_SECRET_KEY, or the file that NOVU_SECRET_KEY_FILE names, and NOVU_BASE_URL
name the Novu server. The exit status is 0 if everything is as configured, 1 if
something is left to do or broken, and 2 if it could not be found out or did not
work.
`

// setupFlags are those of all subcommands. Each is ignored by those that have no use for it.
type setupFlags struct {
	config, directory, catalog, azure string
	deviceClient, subscriber          string
	json, yes, demo                   bool
	within, overlap, warn             time.Duration
}

// setupRun is one run of a subcommand.
type setupRun struct {
	*setup.Setup
	setupFlags
	integration string
	novu        *novu.Client
	microsoft   *msteams.Client // that the doctor asks; nil where the environment names no app
	out         io.Writer
}

// setupCommands carry out the subcommands.
var setupCommands = map[string]func(r *setupRun, ctx context.Context) error{
	"plan": (*setupRun).plan, "apply": (*setupRun).apply, "rotate": (*setupRun).rotate, "keys": (*setupRun).keys, "destroy": (*setupRun).destroy,
}

func runSetup(ctx context.Context, args []string, c console) error {
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	f, err := parseSetupFlags(args, c)
	switch {
	case err != nil:
		return err
	case f.demo && name == "":
		return setupDemo(ctx, c.out)
	}
	command := setupCommands[name]
	if command == nil {
		return misuse("%q is nothing to do; say plan, apply, rotate, keys or destroy, or -demo", name)
	}
	config, err := readSetupConfig(f.config)
	if err != nil {
		return unknown(err)
	}
	client, err := novuClient()
	if err != nil {
		return unknown(err)
	}
	who, err := f.identities(c.err)
	if err != nil {
		return misuse("%w", err)
	}
	ms, err := msteamsClient()
	if err != nil {
		return unknown(err)
	}
	s, err := setup.New(client, config, who, setupOptions(f, c)...)
	if err != nil {
		return unknown(err)
	}
	return command(&setupRun{Setup: s, setupFlags: f, integration: config.IntegrationIdentifier, novu: client, microsoft: ms, out: c.out}, ctx)
}

// setupOptions show progress, and ask before what can't be undone.
func setupOptions(f setupFlags, c console) []setup.Option {
	approve := func(ctx context.Context, step setup.Step) (bool, error) {
		if f.yes {
			return true, nil
		}
		return confirm(ctx, c, fmt.Sprintf("Delete %s %q? This can't be undone.", step.Kind, step.Key))
	}
	opts := []setup.Option{setup.WithApproval(approve), setup.WithMSTeams(setupEndpoints()...)}
	if isTerminal(c.err) {
		opts = append(opts, setup.WithProgress(showSetup(c.err)))
	}
	return opts
}

// showSetup prints how far a run is.
func showSetup(w io.Writer) func(setup.Event) {
	return func(e setup.Event) {
		switch e.State {
		case setup.EventStarted:
			fmt.Fprintf(w, "%s: %s …\n", e.Step.Kind, e.Step.Action)
		case setup.EventWaiting:
			fmt.Fprintf(w, "%s: %s …\n", e.Step.Kind, e.Message)
		case setup.EventDone:
			fmt.Fprintf(w, "%s: done\n", e.Step.Kind)
		case setup.EventFailed:
			fmt.Fprintf(w, "%s: failed\n", e.Step.Kind)
		}
	}
}

func parseSetupFlags(args []string, c console) (setupFlags, error) {
	var f setupFlags
	set := newFlags("setup", setupHelp)
	set.StringVar(&f.config, "config", "setup.json", "the `file` with the configuration")
	set.StringVar(&f.directory, "directory", "cli", "the `identity` for the directory: cli (the Azure CLI), device (a code), or none")
	set.StringVar(&f.catalog, "catalog", "none", "the `identity` for the app catalog: device (a code), cli, or none")
	set.StringVar(&f.azure, "azure", "cli", "the `identity` for Azure: cli, device, or none")
	set.StringVar(&f.deviceClient, "device-client", teamsToolkit, "the client `id` that signs in with a device code; the default is Microsoft's own Teams CLI")
	set.StringVar(&f.subscriber, "subscriber", "", "apply: when all is done, examine what this subscriber `id` would receive, and not only the integration")
	set.BoolVar(&f.json, "json", false, "print JSON; apply prints its result and then the doctor's report")
	set.BoolVar(&f.yes, "yes", false, "destroy: approve every step")
	set.BoolVar(&f.demo, "demo", false, "plan, apply, rotate and destroy against an emulator on this machine")
	f.overlap, f.warn = setup.DefaultOverlap, 30*day
	set.Func("within", "rotate: only if the secret in use ends within this `time`, such as 30d; otherwise it rotates always", timeIn(&f.within))
	set.Func("overlap", "rotate: how long the old secret is kept, a `time` (default 24h)", timeIn(&f.overlap))
	set.Func("warn", "keys: exit with 1 if the secret in use ends within this `time` (default 30d)", timeIn(&f.warn))
	return f, parseFlags(set, args, c)
}

const day = 24 * time.Hour

// timeIn reads a time such as 30d, 12h or 90m.
func timeIn(into *time.Duration) func(string) error {
	return func(text string) error {
		if days, isDays := strings.CutSuffix(text, "d"); isDays {
			n, err := strconv.Atoi(days)
			if err != nil || n < 0 || n > 36500 {
				return errors.New("it must be a time such as 30d or 12h")
			}
			*into = time.Duration(n) * day
			return nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return errors.New("it must be a time such as 30d or 12h")
		}
		*into = d
		return nil
	}
}

// printSetup prints text, or v as JSON.
func printSetup(out io.Writer, asJSON bool, text string, v any) error {
	if !asJSON {
		_, err := io.WriteString(out, text)
		return err
	}
	return printJSON(out, v)
}

// somethingLeft is the exit status of a run that left something to do.
func somethingLeft(left bool) error {
	if left {
		return &statusError{status: exitBroken}
	}
	return nil
}

// isStatus reports whether err only says how the program ends.
func isStatus(err error, status int) bool {
	var ended *statusError
	return errors.As(err, &ended) && ended.err == nil && ended.status == status
}
