package msgraph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiota "github.com/microsoft/kiota-authentication-azure-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/appcatalogs"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	"github.com/microsoftgraph/msgraph-sdk-go/teams"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

const (
	clientID = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	tenantID = "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01"
	bind     = "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/"
)

// emulated is the emulator behind https, which is all that these libraries speak.
type emulated struct {
	*novutest.Server
	tls    *httptest.Server
	tenant novutest.Tenant
}

func start(t *testing.T, version novutest.Version) *emulated {
	tenant := novutest.NewTenant(tenantID, 7, 3, 2)
	tenant.Roles = []string{
		msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallInTeam, "User.ReadBasic.All",
	}
	srv := novutest.NewServer(t, novutest.WithTenant(tenant), novutest.WithVersion(version),
		novutest.WithApp(novutest.App{ClientID: clientID, ClientSecret: "s", TenantID: tenantID}))
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/_") { // azidentity takes only the host of an authority
			r.URL.Path, r.RequestURI = "/_login"+r.URL.Path, "/_login"+r.RequestURI
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		srv.ServeHTTP(w, r)
	}))
	t.Cleanup(secure.Close)
	return &emulated{Server: srv, tls: secure, tenant: tenant}
}

// client is Microsoft's own, with its own sign-in.
func (e *emulated) client(t *testing.T, credential azcore.TokenCredential) (*msgraphsdk.GraphServiceClient, *msgraphsdk.GraphRequestAdapter) {
	u, err := url.Parse(e.tls.URL)
	check(t, err)
	provider, err := kiota.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		credential, []string{"https://graph.microsoft.com/.default"}, []string{u.Host, u.Hostname()})
	check(t, err)
	adapter, err := msgraphsdk.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(provider, nil, nil, e.tls.Client())
	check(t, err)
	adapter.SetBaseUrl(e.tls.URL + "/_graph/v1.0")
	return msgraphsdk.NewGraphServiceClient(adapter), adapter
}

// secret signs in as azidentity does, at the emulator's login.
func (e *emulated) secret(t *testing.T) azcore.TokenCredential {
	credential, err := azidentity.NewClientSecretCredential(tenantID, clientID, "s", &azidentity.ClientSecretCredentialOptions{
		ClientOptions: policy.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: e.tls.URL},
			Transport: e.tls.Client(),
		},
		DisableInstanceDiscovery: true,
	})
	check(t, err)
	return credential
}

// operator is an administrator of the emulated tenant.
type operator struct{ token msteams.TokenFunc }

func (o operator) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	given, err := o.token(ctx, tenantID, options.Scopes[0])
	return azcore.AccessToken{Token: given.AccessToken.Reveal(), ExpiresOn: given.ExpiresAt}, err
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, want, got T, what string) {
	t.Helper()
	if want != got {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

// TestJourney lists what a bot lists, page by page and in a batch, installs an
// app and takes it away, and registers an application, all with Microsoft's own
// libraries on the emulator.
func TestJourney(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) {
			e := start(t, version)
			graph, adapter := e.client(t, e.secret(t))
			t.Run("directory", func(t *testing.T) { listDirectory(t, e, graph, adapter) })
			t.Run("batch", func(t *testing.T) { sendBatch(t, e, graph, adapter) })
			t.Run("apps", func(t *testing.T) { installApps(t, e, graph) })
			t.Run("registration", func(t *testing.T) { register(t, e) })
		})
	}
}

func listDirectory(t *testing.T, e *emulated, graph *msgraphsdk.GraphServiceClient, adapter abstractions.RequestAdapter) {
	ctx := t.Context()
	first, err := graph.Teams().Get(ctx, &teams.TeamsRequestBuilderGetRequestConfiguration{
		QueryParameters: &teams.TeamsRequestBuilderGetQueryParameters{Top: ptr[int32](3), Select: []string{"id", "displayName"}},
	})
	check(t, err)
	equal(t, 3, len(first.GetValue()), "teams of the first page")
	pages, err := msgraphcore.NewPageIterator[models.Teamable](first, adapter, models.CreateTeamCollectionResponseFromDiscriminatorValue)
	check(t, err)
	var ids []string
	check(t, pages.Iterate(ctx, func(team models.Teamable) bool {
		ids = append(ids, *team.GetId())
		return true
	}))
	equal(t, len(e.tenant.Teams), len(ids), "teams of all pages")

	team := graph.Teams().ByTeamId(e.tenant.Teams[0].ID)
	one, err := team.Get(ctx, nil)
	check(t, err)
	equal(t, e.tenant.Teams[0].Name, *one.GetDisplayName(), "the team's name")
	channels, err := team.Channels().Get(ctx, nil)
	check(t, err)
	equal(t, 3, len(channels.GetValue()), "channels")
	all, err := team.AllChannels().Get(ctx, nil)
	check(t, err)
	equal(t, 3, len(all.GetValue()), "all channels")
	general, err := team.PrimaryChannel().Get(ctx, nil)
	check(t, err)
	equal(t, "General", *general.GetDisplayName(), "the primary channel")

	person, err := graph.Users().ByUserId(e.tenant.Users[0].ID).Get(ctx, nil)
	check(t, err)
	equal(t, e.tenant.Users[0].Name, *person.GetDisplayName(), "the person")
	again, err := graph.Users().ByUserId(*person.GetUserPrincipalName()).Get(ctx, nil)
	check(t, err)
	equal(t, *person.GetId(), *again.GetId(), "the person by name")

	_, err = graph.Teams().ByTeamId("00000000-0000-4000-8000-000000000000").Get(ctx, nil)
	refused(t, err, 404)
	_, err = graph.Teams().Get(ctx, &teams.TeamsRequestBuilderGetRequestConfiguration{
		QueryParameters: &teams.TeamsRequestBuilderGetQueryParameters{Select: []string{"nothing"}},
	})
	refused(t, err, 400)
}

// refused checks that the library could read the error: its code and its status.
func refused(t *testing.T, err error, status int) {
	t.Helper()
	failure, is := err.(*odataerrors.ODataError)
	if !is {
		t.Fatalf("the error is %v, of type %T", err, err)
	}
	equal(t, status, failure.ResponseStatusCode, "status")
	if failure.GetErrorEscaped() == nil || *failure.GetErrorEscaped().GetCode() == "" {
		t.Fatalf("the error has no code: %v", err)
	}
}

func sendBatch(t *testing.T, e *emulated, graph *msgraphsdk.GraphServiceClient, adapter abstractions.RequestAdapter) {
	ctx, batch := t.Context(), msgraphcore.NewBatchRequest(adapter)
	add := func(request *abstractions.RequestInformation, err error) msgraphcore.BatchItem {
		t.Helper()
		check(t, err)
		item, err := batch.AddBatchRequestStep(*request)
		check(t, err)
		return item
	}
	channels := add(graph.Teams().ByTeamId(e.tenant.Teams[1].ID).Channels().ToGetRequestInformation(ctx, nil))
	missing := add(graph.Teams().ByTeamId("00000000-0000-4000-8000-000000000000").ToGetRequestInformation(ctx, nil))
	answers, err := batch.Send(ctx, adapter)
	check(t, err)
	list, err := msgraphcore.GetBatchResponseById[models.ChannelCollectionResponseable](answers, *channels.GetId(), models.CreateChannelCollectionResponseFromDiscriminatorValue)
	check(t, err)
	equal(t, 3, len(list.GetValue()), "channels of the batch")
	equal(t, int32(404), answers.GetStatusCodes()[*missing.GetId()], "a team that is not there")
}

func installApps(t *testing.T, e *emulated, graph *msgraphsdk.GraphServiceClient) {
	ctx := t.Context()
	found, err := graph.AppCatalogs().TeamsApps().Get(ctx, &appcatalogs.TeamsAppsRequestBuilderGetRequestConfiguration{
		QueryParameters: &appcatalogs.TeamsAppsRequestBuilderGetQueryParameters{
			Filter: ptr("externalId eq '" + clientID + "'"), Expand: []string{"appDefinitions"},
		},
	})
	check(t, err)
	equal(t, 1, len(found.GetValue()), "the bot's app in the catalog")
	app := *found.GetValue()[0].GetId()

	installed := graph.Teams().ByTeamId(e.tenant.Teams[2].ID).InstalledApps()
	install := func() error {
		body := models.NewTeamsAppInstallation()
		body.SetAdditionalData(map[string]any{"teamsApp@odata.bind": bind + app})
		_, err := installed.Post(ctx, body, nil)
		return err
	}
	list := func() []models.TeamsAppInstallationable {
		t.Helper()
		got, err := installed.Get(ctx, &teams.ItemInstalledAppsRequestBuilderGetRequestConfiguration{
			QueryParameters: &teams.ItemInstalledAppsRequestBuilderGetQueryParameters{Expand: []string{"teamsApp"}},
		})
		check(t, err)
		return slices.DeleteFunc(got.GetValue(), func(one models.TeamsAppInstallationable) bool { return *one.GetTeamsApp().GetId() != app })
	}
	for _, one := range list() {
		check(t, installed.ByTeamsAppInstallationId(*one.GetId()).Delete(ctx, nil))
	}
	check(t, install())
	equal(t, 1, len(list()), "installed")
	refused(t, install(), 409)
	check(t, installed.ByTeamsAppInstallationId(*list()[0].GetId()).Delete(ctx, nil))
	equal(t, 0, len(list()), "taken away")
}

func register(t *testing.T, e *emulated) {
	ctx := t.Context()
	graph, _ := e.client(t, operator{token: e.Operator(novutest.Operator{})})
	wanted := models.NewApplication()
	wanted.SetDisplayName(ptr("Acme alerts"))
	wanted.SetUniqueName(ptr("acme"))
	made, err := graph.Applications().Post(ctx, wanted, nil)
	check(t, err)
	_, err = graph.Applications().Post(ctx, wanted, nil)
	refused(t, err, 400)
	found, err := graph.ApplicationsWithUniqueName(ptr("acme")).Get(ctx, nil)
	check(t, err)
	equal(t, *made.GetAppId(), *found.GetAppId(), "the application by its name")

	application := graph.Applications().ByApplicationId(*made.GetId())
	body, credential := applications.NewItemAddPasswordPostRequestBody(), models.NewPasswordCredential()
	credential.SetDisplayName(ptr("by the official library"))
	body.SetPasswordCredential(credential)
	secret, err := application.AddPassword().Post(ctx, body, nil)
	check(t, err)
	if secret.GetSecretText() == nil || secret.GetKeyId() == nil {
		t.Fatal("there is no secret")
	}
	principal := models.NewServicePrincipal()
	principal.SetAppId(made.GetAppId())
	_, err = graph.ServicePrincipals().Post(ctx, principal, nil)
	check(t, err)
	check(t, application.Delete(ctx, nil))
	_, err = application.Get(ctx, nil)
	refused(t, err, 404)
}
