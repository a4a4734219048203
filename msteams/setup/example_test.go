package setup_test

import (
	"context"
	"fmt"
	"time"

	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// prepared is a Setup against an emulator. A program makes it of a client for
// Novu and of setup.AzureCLI() or another identity.
func prepared(srv *novutest.Server) *setup.Setup {
	administrator := srv.Operator(novutest.Operator{})
	s, err := setup.New(srv.Client(), setup.Config{
		UniqueName: "novu-teams-acme", TenantID: novutest.DefaultTenantID, IntegrationIdentifier: "msteams",
		App: manifest.App{
			Name: "Acme alerts", Description: "Alerts from Acme",
			Developer: manifest.Developer{
				Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example/privacy", TermsOfUseURL: "https://acme.example/terms",
			},
		},
		Azure: &setup.Azure{ResourceGroup: "teams"},
	}, setup.Identities{Directory: administrator, Catalog: administrator, Azure: administrator}, setup.WithMSTeams(srv.MSTeamsOptions()...))
	if err != nil {
		panic(err)
	}
	return s
}

func Example() {
	srv, err := novutest.Start()
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	ctx, s := context.Background(), prepared(srv)

	plan, err := s.Plan(ctx)
	if err != nil {
		panic(err)
	}
	for _, step := range plan.Steps {
		fmt.Println(step.Action, step.Kind)
	}
	result, err := s.Apply(ctx, plan)
	if err != nil {
		panic(err)
	}
	for _, step := range result.Pending { // what only a person may do
		fmt.Println(step.Kind, step.Role, step.Link)
	}
	plan, err = s.Plan(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println("nothing to do:", plan.Empty())
	// Output:
	// create application
	// create service principal
	// create permissions
	// create delegated permissions
	// create credentials
	// update resource provider
	// create resource group
	// create bot
	// create Teams channel
	// create catalog app
	// nothing to do: true
}

// A daily job replaces the secret a month before it ends.
func ExampleSetup_Rotate() {
	srv, err := novutest.Start()
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	ctx, s := context.Background(), prepared(srv)
	plan, err := s.Plan(ctx)
	if err != nil {
		panic(err)
	}
	if _, err := s.Apply(ctx, plan); err != nil {
		panic(err)
	}

	for range 2 {
		rotation, err := s.Rotate(ctx, setup.RotateParams{Within: 30 * 24 * time.Hour})
		if err != nil {
			panic(err)
		}
		fmt.Println(rotation.Rotated)
		srv.Advance(160 * 24 * time.Hour)
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(keys), "secrets: the new one, and the old one until the overlap is over")
	// Output:
	// false
	// true
	// 2 secrets: the new one, and the old one until the overlap is over
}
