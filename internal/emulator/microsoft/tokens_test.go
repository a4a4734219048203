package microsoft

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// asking posts forms to the emulated login.
func asking(t *testing.T) func(path string, form url.Values) (int, map[string]any) {
	t.Helper()
	host, err := emulator.Listen(emulator.Config{InMemory: true})
	require.NoError(t, err)
	t.Cleanup(host.Close)
	s := New(host, Config{TenantID: "tenant"})
	host.Serve()
	return func(path string, form url.Values) (int, map[string]any) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.LoginURL()+"/tenant/oauth2/v2.0"+path, strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := (&http.Client{Transport: host.Transport()}).Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		var body map[string]any
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&body))
		return resp.StatusCode, body
	}
}

// azidentity asks for the scopes of OpenID beside the resource's.
func TestScopesOfOpenIDAreLeftAside(t *testing.T) {
	t.Parallel()
	ask := asking(t)
	for scope, want := range map[string]int{
		"https://graph.microsoft.com/.default":                               http.StatusOK,
		"https://graph.microsoft.com/.default openid offline_access profile": http.StatusOK,
		"https://graph.microsoft.com/Team.ReadBasic.All openid":              http.StatusBadRequest,
		"openid": http.StatusBadRequest,
	} {
		status, _ := ask("/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"s"}, "scope": {scope}})
		assert.Equal(t, want, status, scope)
	}
}

func TestADeviceCodeIsGoodOnceAndForItsClient(t *testing.T) {
	t.Parallel()
	ask := asking(t)
	redeem := func(code any, client string) (int, map[string]any) {
		given, _ := code.(string)
		return ask("/token", url.Values{"grant_type": {deviceGrant}, "client_id": {client}, "device_code": {given}})
	}
	status, begun := ask("/devicecode", url.Values{"client_id": {"tool"}, "scope": {"https://graph.microsoft.com/AppCatalog.ReadWrite.All offline_access"}})
	require.Equal(t, http.StatusOK, status)
	assert.NotEmpty(t, begun["user_code"])
	status, _ = redeem(begun["device_code"], "another")
	assert.Equal(t, http.StatusBadRequest, status)
	status, token := redeem(begun["device_code"], "tool")
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, "https://graph.microsoft.com/AppCatalog.ReadWrite.All", token["scope"])
	status, refused := redeem(begun["device_code"], "tool")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "expired_token", refused["error"])
	for _, form := range []url.Values{{"scope": {"https://graph.microsoft.com/.default"}}, {"client_id": {"tool"}, "scope": {"openid"}}} {
		status, _ = ask("/devicecode", form)
		assert.Equal(t, http.StatusBadRequest, status)
	}
}
