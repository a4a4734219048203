package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// tenantCredential answers with a token that names its tenant and the scopes.
type tenantCredential struct{ tenantID string }

func (c tenantCredential) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.tenantID + " " + options.Scopes[0], ExpiresOn: time.Unix(1_800_000_000, 0)}, nil
}

func TestOneCredentialForEachTenant(t *testing.T) {
	made := 0
	token := tokens(func(tenantID string) (azcore.TokenCredential, error) {
		made++
		return tenantCredential{tenantID}, nil
	})
	for _, tenantID := range []string{"one", "two", "one"} {
		got, err := token(t.Context(), tenantID, "https://graph.microsoft.com/.default")
		if err != nil {
			t.Fatal(err)
		}
		if want := tenantID + " https://graph.microsoft.com/.default"; got.AccessToken.Reveal() != want {
			t.Errorf("got the token %q, want %q", got.AccessToken.Reveal(), want)
		}
		if got.ExpiresAt.Unix() != 1_800_000_000 {
			t.Errorf("the token expires at %s", got.ExpiresAt)
		}
	}
	if made != 2 {
		t.Errorf("%d credentials for two tenants", made)
	}
}

func TestACredentialThatFailsIsMadeAgain(t *testing.T) {
	failure, made := errors.New("no certificate"), 0
	token := tokens(func(tenantID string) (azcore.TokenCredential, error) {
		if made++; made == 1 {
			return nil, failure
		}
		return tenantCredential{tenantID}, nil
	})
	if _, err := token(t.Context(), "one", "scope"); !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
	if _, err := token(t.Context(), "one", "scope"); err != nil {
		t.Error(err)
	}
}
