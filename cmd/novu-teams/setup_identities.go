package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
)

// teamsToolkit is the client id of Microsoft's own Teams CLI, a public client that may ask for
// AppCatalog.ReadWrite.All. The Azure CLI, whose id other tools use for device codes, may not.
const teamsToolkit = "7ea7c24c-b1f6-4a20-9d11-9ae12e9e7ac0"

// setupEndpoints lead elsewhere than to Microsoft, such as to the emulator.
func setupEndpoints() []msteams.Option {
	return []msteams.Option{msteams.WithEndpoints(msteams.Endpoints{
		Login: os.Getenv("MSTEAMS_LOGIN_URL"), Graph: os.Getenv("MSTEAMS_GRAPH_URL"),
		Connector: os.Getenv("MSTEAMS_CONNECTOR_URL"), ResourceManager: os.Getenv("MSTEAMS_RESOURCE_MANAGER_URL"),
	})}
}

// identities are those that the flags name.
func (f setupFlags) identities(stderr io.Writer) (setup.Identities, error) {
	var who setup.Identities
	login := os.Getenv("MSTEAMS_LOGIN_URL")
	if login == "" {
		login = "https://login.microsoftonline.com"
	}
	oneAtATime := new(sync.Mutex) // a person enters one code after another
	for _, door := range []struct {
		flag, value string
		permission  string // asked for with a device code; empty: what the client may
		into        *msteams.TokenFunc
	}{
		{flag: "directory", value: f.directory, into: &who.Directory},
		{flag: "catalog", value: f.catalog, permission: "AppCatalog.ReadWrite.All", into: &who.Catalog},
		{flag: "azure", value: f.azure, into: &who.Azure},
	} {
		switch door.value {
		case "cli":
			*door.into = setup.AzureCLI()
		case "device":
			*door.into = deviceCode(oneAtATime, login, f.deviceClient, door.permission, stderr)
		case "none":
		default:
			return who, fmt.Errorf("-%s is %q; it must be cli, device or none", door.flag, door.value)
		}
	}
	return who, nil
}

// deviceCode signs a person in: it prints a code and an address to enter it at, and waits. The person
// stays signed in for the run. The lock is that of all who may ask the same person.
func deviceCode(mu *sync.Mutex, login, clientID, permission string, stderr io.Writer) msteams.TokenFunc {
	signedIn := map[string]oauth2.TokenSource{}
	return func(ctx context.Context, tenantID, scope string) (msteams.Token, error) {
		mu.Lock()
		defer mu.Unlock()
		key := tenantID + " " + scope
		if signedIn[key] == nil {
			source, err := signIn(ctx, login+"/"+tenantID, clientID, deviceScope(scope, permission), stderr)
			if err != nil {
				return msteams.Token{}, err
			}
			signedIn[key] = source
		}
		token, err := signedIn[key].Token()
		if err != nil {
			delete(signedIn, key)
			return msteams.Token{}, signInFailed(err)
		}
		return msteams.Token{AccessToken: msteams.Secret(token.AccessToken), ExpiresAt: token.Expiry}, nil
	}
}

// deviceScope is one permission of the resource that scope names, or all that the client has.
func deviceScope(scope, permission string) string {
	if permission == "" {
		return scope
	}
	return strings.TrimSuffix(scope, ".default") + permission
}

func signIn(ctx context.Context, authority, clientID, scope string, stderr io.Writer) (oauth2.TokenSource, error) {
	config := &oauth2.Config{
		ClientID: clientID, Scopes: []string{scope, "offline_access"},
		Endpoint: oauth2.Endpoint{
			DeviceAuthURL: authority + "/oauth2/v2.0/devicecode", TokenURL: authority + "/oauth2/v2.0/token", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	code, err := config.DeviceAuth(ctx)
	if err != nil {
		return nil, signInFailed(err)
	}
	fmt.Fprintf(stderr, "To sign in, open %s and enter the code %s\n", code.VerificationURI, code.UserCode)
	token, err := config.DeviceAccessToken(ctx, code)
	if err != nil {
		return nil, signInFailed(err)
	}
	return config.TokenSource(context.WithoutCancel(ctx), token), nil
}

// signInFailed keeps the answer's body out of the error: it is not ours to print.
func signInFailed(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return fmt.Errorf("sign in with a device code: %s: %.200q", refused.ErrorCode, refused.ErrorDescription)
	}
	return fmt.Errorf("sign in with a device code: %w", err)
}
