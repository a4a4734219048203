package main

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
)

// managedIdentity is the identity that Azure gives a machine. It belongs to one tenant, so it is the
// same for each that is asked for.
func managedIdentity(clientID string) func(string) (azcore.TokenCredential, error) {
	return func(string) (azcore.TokenCredential, error) {
		var options azidentity.ManagedIdentityCredentialOptions
		if clientID != "" {
			options.ID = azidentity.ClientID(clientID)
		}
		return azidentity.NewManagedIdentityCredential(&options)
	}
}

// acme is what package setup is to make. Yours is another.
func acme(tenantID string) setup.Config {
	return setup.Config{
		UniqueName: "novu-teams-acme", TenantID: tenantID, IntegrationIdentifier: "msteams",
		App: manifest.App{
			Name: "Acme alerts", Description: "Alerts from Acme",
			Developer: manifest.Developer{
				Name: "Acme", WebsiteURL: "https://acme.example",
				PrivacyURL: "https://acme.example/privacy", TermsOfUseURL: "https://acme.example/terms",
			},
		},
		Azure: &setup.Azure{ResourceGroup: "teams"},
	}
}

// prepare plans a set-up, and applies it if it should. The identity needs Application.ReadWrite.OwnedBy,
// AppRoleAssignment.ReadWrite.All and DelegatedPermissionGrant.ReadWrite.All of Microsoft Graph, and the
// role Contributor in Azure. The app catalog takes uploads from a person only, so that door stays closed,
// and its step is left with a link.
func prepare(ctx context.Context, client *novu.Client, config setup.Config, token msteams.TokenFunc, apply bool, opts ...setup.Option) error {
	s, err := setup.New(client, config, setup.Identities{Directory: token, Azure: token}, opts...)
	if err != nil {
		return err
	}
	plan, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Print(plan)
	if !apply {
		return nil
	}
	result, err := s.Apply(ctx, plan)
	if err != nil {
		return err
	}
	for _, step := range result.Pending {
		fmt.Printf("left to a %s: %s (%s)\n", step.Role, step.Kind, step.Link)
	}
	return nil
}
