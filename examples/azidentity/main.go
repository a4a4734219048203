// Command azidentity gives packages msteams and setup their tokens from
// azidentity, without a client secret: with a certificate, with the identity of a
// workload in Kubernetes, or with the managed identity of a machine in Azure. It
// lists the teams of a tenant, or makes a set-up in the home tenant.
//
//	azidentity -client ID -home TENANT -tenant CUSTOMER -certificate app.pem
//	azidentity -client ID -home TENANT -tenant CUSTOMER -workload
//	azidentity -client ID -home TENANT -workload -plan
//	azidentity -home TENANT -managed -apply
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

func main() {
	log.SetFlags(0)
	var (
		client      = flag.String("client", "", "application (client) `id` of the bot's app registration")
		home        = flag.String("home", "", "`tenant` that the app registration lives in")
		tenant      = flag.String("tenant", "", "the customer's `tenant`, whose teams are listed")
		certificate = flag.String("certificate", "", "PEM or PKCS #12 `file` with the app's certificate and its key")
		workload    = flag.Bool("workload", false, "use the workload identity of the pod (AZURE_FEDERATED_TOKEN_FILE)")
		managed     = flag.Bool("managed", false, "use the managed identity of this machine; -client picks one of several")
		plan        = flag.Bool("plan", false, "print what package setup would make in the home tenant, and list no teams")
		apply       = flag.Bool("apply", false, "make it")
	)
	flag.Parse()
	var credential func(tenantID string) (azcore.TokenCredential, error)
	switch {
	case *workload:
		credential = workloadIdentity(*client)
	case *certificate != "":
		credential = certificateFile(*client, *certificate)
	case *managed:
		credential = managedIdentity(*client)
	default:
		log.Fatal("give -certificate, -workload or -managed")
	}
	if *plan || *apply {
		client, err := novu.NewClientFromEnv()
		if err == nil {
			err = prepare(context.Background(), client, acme(*home), tokens(credential), *apply)
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := list(context.Background(), msteams.Credentials{ClientID: *client, TenantID: *home}, *tenant, credential); err != nil {
		log.Fatal(err)
	}
}

func list(
	ctx context.Context, app msteams.Credentials, tenant string, credential func(string) (azcore.TokenCredential, error),
) error {
	ms, err := msteams.NewClient(app, msteams.WithTokenFunc(tokens(credential)))
	if err != nil {
		return err
	}
	for team, err := range ms.Tenant(tenant).Teams(ctx, msteams.ListTeamsParams{}) {
		if err != nil {
			return err
		}
		fmt.Println(team.ID, team.DisplayName)
	}
	return nil
}

// tokens makes a TokenFunc of credentials that are bound to one tenant each.
// The first token of a tenant makes its credential; msteams caches the tokens.
func tokens(credential func(tenantID string) (azcore.TokenCredential, error)) msteams.TokenFunc {
	var mu sync.Mutex
	made := map[string]azcore.TokenCredential{}
	of := func(tenantID string) (azcore.TokenCredential, error) {
		mu.Lock()
		defer mu.Unlock()
		if c := made[tenantID]; c != nil {
			return c, nil
		}
		c, err := credential(tenantID)
		if err == nil {
			made[tenantID] = c
		}
		return c, err
	}
	return func(ctx context.Context, tenantID, scope string) (msteams.Token, error) {
		c, err := of(tenantID)
		if err != nil {
			return msteams.Token{}, err
		}
		token, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		if err != nil {
			return msteams.Token{}, err
		}
		return msteams.Token{AccessToken: msteams.Secret(token.Token), ExpiresAt: token.ExpiresOn}, nil
	}
}

func certificateFile(clientID, path string) func(string) (azcore.TokenCredential, error) {
	return func(tenantID string) (azcore.TokenCredential, error) {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		certificates, key, err := azidentity.ParseCertificates(pem, nil)
		if err != nil {
			return nil, fmt.Errorf("read the certificate in %s: %w", path, err)
		}
		return azidentity.NewClientCertificateCredential(tenantID, clientID, certificates, key, nil)
	}
}

func workloadIdentity(clientID string) func(string) (azcore.TokenCredential, error) {
	return func(tenantID string) (azcore.TokenCredential, error) {
		file := os.Getenv("AZURE_FEDERATED_TOKEN_FILE")
		if strings.TrimSpace(file) == "" {
			return nil, errors.New("AZURE_FEDERATED_TOKEN_FILE is not set: the pod has no workload identity")
		}
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientID: clientID, TenantID: tenantID, TokenFilePath: file,
		})
	}
}
