package novutest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

const operatorScope, azureScope = "https://graph.microsoft.com/.default", "https://management.azure.com/.default"

// operated is one request as the operator.
func operated(t *testing.T, srv *novutest.Server, who novutest.Operator, scope, method, path string, body any, header ...string) (int, map[string]any) {
	t.Helper()
	token, err := srv.Operator(who)(t.Context(), novutest.DefaultTenantID, scope)
	require.NoError(t, err)
	root := srv.GraphURL() + "/v1.0"
	if scope == azureScope {
		root = srv.ResourceManagerURL()
	}
	raw, isRaw := body.([]byte)
	if !isRaw {
		raw, err = json.Marshal(body)
		require.NoError(t, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, root+path, bytes.NewReader(raw))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := srv.HTTPClient().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	var answer map[string]any
	_ = json.Unmarshal(data, &answer) // some have no body
	return resp.StatusCode, answer
}

func code(answer map[string]any) any {
	e, _ := answer["error"].(map[string]any)
	return e["code"]
}

func TestWhatOperatorsMay(t *testing.T) {
	t.Parallel()
	app := obj{"displayName": "Acme"}
	for name, test := range map[string]struct {
		who                 novutest.Operator
		scope, method, path string
		status              int
		code                any
	}{
		"everything":             {scope: operatorScope, method: "POST", path: "/applications", status: 201},
		"no scopes":              {who: novutest.Operator{Scopes: []string{}}, scope: operatorScope, method: "POST", path: "/applications", status: 403, code: "Authorization_RequestDenied"},
		"a reader":               {who: novutest.Operator{Scopes: []string{"Application.Read.All"}}, scope: operatorScope, method: "GET", path: "/applications", status: 200},
		"a reader writes":        {who: novutest.Operator{Scopes: []string{"Application.Read.All"}}, scope: operatorScope, method: "POST", path: "/applications", status: 403, code: "Authorization_RequestDenied"},
		"an application":         {who: novutest.Operator{AppOnly: true, Roles: []string{"Application.ReadWrite.All"}}, scope: operatorScope, method: "POST", path: "/applications", status: 201},
		"the catalog, app-only":  {who: novutest.Operator{AppOnly: true}, scope: operatorScope, method: "POST", path: "/appCatalogs/teamsApps", status: 403, code: "AccessDenied"},
		"the catalog, no role":   {who: novutest.Operator{Roles: []string{}}, scope: operatorScope, method: "POST", path: "/appCatalogs/teamsApps", status: 403, code: "AccessDenied"},
		"the catalog, a package": {scope: operatorScope, method: "POST", path: "/appCatalogs/teamsApps", status: 400, code: "BadRequest"},
		"Azure's token at Graph": {scope: azureScope, method: "GET", path: "/subscriptions?api-version=1", status: 200},
		"Azure, a reader":        {who: novutest.Operator{Roles: []string{"Reader"}}, scope: azureScope, method: "PUT", path: "/subscriptions/s/resourcegroups/g?api-version=1", status: 403, code: "AuthorizationFailed"},
		"Azure, no version":      {scope: azureScope, method: "GET", path: "/subscriptions", status: 400, code: "MissingApiVersionParameter"},
		"an unknown key":         {scope: operatorScope, method: "GET", path: "/applications(uniqueName='x')", status: 404, code: "Request_ResourceNotFound"},
		"a set that is not here": {scope: operatorScope, method: "GET", path: "/groups(uniqueName='x')", status: 400, code: "NotImplemented"},
	} {
		srv := novutest.NewServer(t)
		status, answer := operated(t, srv, test.who, test.scope, test.method, test.path, app)
		assert.Equal(t, test.status, status, name)
		assert.Equal(t, test.code, code(answer), name)
	}
}

func TestReadsLagBehindWrites(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithReplicationDelay(time.Hour))
	find := func() int {
		status, _ := operated(t, srv, novutest.Operator{}, operatorScope, "GET", "/applications(uniqueName='acme')", nil)
		return status
	}
	status, _ := operated(t, srv, novutest.Operator{}, operatorScope, "PATCH", "/applications(uniqueName='acme')", obj{"displayName": "Acme"}, "Prefer", "create-if-missing")
	require.Equal(t, 201, status)
	for range 4 {
		assert.Equal(t, 404, find(), "at first all reads are old")
	}
	status, _ = operated(t, srv, novutest.Operator{}, operatorScope, "PATCH", "/applications(uniqueName='acme')", obj{"displayName": "Acme"}, "Prefer", "create-if-missing")
	assert.Equal(t, 204, status, "an upsert does not make another")
	srv.Advance(45 * time.Minute)
	assert.NotEqual(t, find(), find(), "then they take turns")
	srv.Advance(time.Hour)
	for range 4 {
		assert.Equal(t, 200, find())
	}
}

// An application that was registered here is known to the sign-in service: its
// secret after a while, its service principal, and its consent.
func TestARegisteredApplicationSignsIn(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithInMemory())
	do := func(method, path string, body any) map[string]any {
		status, answer := operated(t, srv, novutest.Operator{}, operatorScope, method, path, body)
		require.Less(t, status, 300, answer)
		return answer
	}
	app := do("POST", "/applications", obj{"displayName": "Acme", "signInAudience": "AzureADMultipleOrgs"})
	key := do("POST", "/applications/"+app["id"].(string)+"/addPassword", obj{"passwordCredential": obj{"displayName": "x"}})
	client, err := msteams.NewClient(msteams.Credentials{
		ClientID: app["appId"].(string), ClientSecret: msteams.Secret(key["secretText"].(string)), TenantID: novutest.DefaultTenantID,
	}, srv.MSTeamsOptions()...)
	require.NoError(t, err)
	tenant := client.Tenant(novutest.DefaultTenantID)
	_, err = tenant.GraphToken(t.Context())
	require.ErrorIs(t, err, msteams.ErrInvalidSecret, "the secret is too new")
	srv.Advance(time.Minute)
	_, err = tenant.GraphToken(t.Context())
	require.ErrorIs(t, err, msteams.ErrNotConsented, "there is no service principal")

	principal := do("POST", "/servicePrincipals", obj{"appId": app["appId"]})
	_, err = tenant.GraphToken(t.Context())
	require.NoError(t, err)
	consent, err := tenant.Consent(t.Context())
	require.NoError(t, err)
	assert.Empty(t, consent.Granted)
	graph := do("GET", "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", nil)
	do("POST", "/servicePrincipals/"+graph["id"].(string)+"/appRoleAssignedTo", obj{
		"principalId": principal["id"], "resourceId": graph["id"], "appRoleId": "2280dda6-0bfd-44ee-a2f4-cb867cfc4c1e",
	})
	consent, err = tenant.Consent(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"Team.ReadBasic.All"}, consent.Granted)

	for _, err := range tenant.Roster(t.Context(), "19:x@thread.tacv2") {
		require.ErrorIs(t, err, msteams.ErrUnauthorized, "there is no bot")
	}
	assert.Len(t, srv.Leftovers(), 3)
	do("DELETE", "/applications/"+app["id"].(string), nil)
	consent, err = tenant.Consent(t.Context()) // of a fresh token
	require.NoError(t, err)
	assert.ErrorIs(t, consent.Refusal, msteams.ErrNotConsented, "the application is gone")
}
