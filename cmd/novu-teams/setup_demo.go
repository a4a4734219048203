package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// setupDemo goes through a set-up's life against an emulator: nothing leaves this machine.
func setupDemo(ctx context.Context, out io.Writer, opts ...novutest.Option) error {
	srv, err := novutest.Start(opts...)
	if err != nil {
		return err
	}
	defer srv.Close()
	everybody := srv.Operator(novutest.Operator{})
	s, err := setup.New(srv.Client(), demoSetup(), setup.Identities{Directory: everybody, Catalog: everybody, Azure: everybody},
		setup.WithMSTeams(srv.MSTeamsOptions()...), setup.WithProgress(showSetup(out)),
		setup.WithApproval(func(_ context.Context, step setup.Step) (bool, error) {
			fmt.Fprintf(out, "Delete %s %q? This can't be undone. Type yes: yes\n", step.Kind, step.Key)
			return true, nil
		}))
	if err != nil {
		return err
	}
	client := srv.Client()
	r := &setupRun{
		Setup: s, setupFlags: setupFlags{overlap: setup.DefaultOverlap, warn: time.Hour}, integration: "msteams", novu: client, out: out,
	}
	for _, act := range []struct {
		command string
		run     func(context.Context) error
	}{
		{"plan", r.plan}, {"apply", r.apply}, {"plan", r.plan}, {"rotate -overlap 24h", r.rotate}, {"keys", r.keys}, {"destroy", r.destroy},
	} {
		fmt.Fprintf(out, "\n$ novu-teams setup %s\n\n", act.command)
		if err := act.run(ctx); err != nil && !isStatus(err, exitBroken) {
			return err
		}
	}
	fmt.Fprintf(out, "\nLeft in the emulated tenant: %d.\n", len(srv.Leftovers()))
	return nil
}

// demoSetup is what the demonstration makes.
func demoSetup() setup.Config {
	return setup.Config{
		UniqueName: "novu-teams-acme", TenantID: novutest.DefaultTenantID, IntegrationIdentifier: "msteams",
		App: manifest.App{
			Name: "Acme alerts", Description: "Alerts from Acme",
			Developer: manifest.Developer{
				Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example/privacy", TermsOfUseURL: "https://acme.example/terms",
			},
		},
		Azure: &setup.Azure{ResourceGroup: "teams"},
	}
}
