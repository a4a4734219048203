package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// emulatedIdentity is an application's identity at the emulator, as azidentity would present it.
type emulatedIdentity struct {
	tenantID string
	token    msteams.TokenFunc
}

func (i emulatedIdentity) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	given, err := i.token(ctx, i.tenantID, options.Scopes[0])
	return azcore.AccessToken{Token: given.AccessToken.Reveal(), ExpiresOn: given.ExpiresAt}, err
}

// An application's identity does everything but what only a person may.
func TestAnApplicationsIdentitySetsUpAllButTheCatalog(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		srv := novutest.NewServer(t, novutest.WithVersion(version))
		identity := srv.Operator(novutest.Operator{AppOnly: true})
		token := tokens(func(tenantID string) (azcore.TokenCredential, error) {
			return emulatedIdentity{tenantID: tenantID, token: identity}, nil
		})
		options := setup.WithMSTeams(srv.MSTeamsOptions()...)
		config := acme(novutest.DefaultTenantID)
		if err := prepare(t.Context(), srv.Client(), config, token, false, options); err != nil {
			t.Fatal(err)
		}
		if left := srv.Leftovers(); len(left) > 0 {
			t.Errorf("a plan made %v", left)
		}
		if err := prepare(t.Context(), srv.Client(), config, token, true, options); err != nil {
			t.Fatal(err)
		}
		made := strings.Join(srv.Leftovers(), "\n")
		for _, what := range []string{"application ", "service principal ", "app role ", "delegated ", "resource group ", "bot "} {
			if !strings.Contains(made, what) {
				t.Errorf("%s is missing in\n%s", what, made)
			}
		}
		s, err := setup.New(srv.Client(), config, setup.Identities{Directory: token, Azure: token}, options)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := s.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pending := plan.Pending()
		if len(pending) != 1 || !slices.ContainsFunc(pending, func(s setup.Step) bool { return s.Kind == setup.KindCatalogApp }) {
			t.Errorf("left is %v", pending)
		}
	}
}

func TestAManagedIdentityIsMadeWithoutAskingAnybody(t *testing.T) {
	for _, clientID := range []string{"", "5d0b5c1a-3f57-4a2c-9c1d-0c1f2e3d4a5b"} {
		if _, err := managedIdentity(clientID)("any"); err != nil {
			t.Error(err)
		}
	}
}
