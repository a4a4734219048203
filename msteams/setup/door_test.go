package setup_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".sig"
}

func TestWhatATokenSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token, tenant string
		known, app    bool
		granted       []string
	}{
		"a person's":         {token: jwt(`{"tid":"t","scp":"A B","wids":["x"]}`), known: true, tenant: "t", granted: []string{"A", "B"}},
		"an application's":   {token: jwt(`{"tid":"t","roles":["A"]}`), known: true, tenant: "t", granted: []string{"A"}, app: true},
		"without roles":      {token: jwt(`{"tid":"t","idtyp":"app"}`), known: true, tenant: "t", app: true},
		"opaque":             {token: "opaque"},
		"not base64":         {token: "a.!.c"},
		"not JSON":           {token: jwt(`{`)},
		"of another shape":   {token: jwt(`{"scp":["A"]}`)},
		"of the Azure CLI's": {token: jwt(`{"tid":"t","scp":"user_impersonation","roles":["B"]}`), known: true, tenant: "t", granted: []string{"user_impersonation"}},
	} {
		known, tenant, granted, app := setup.ClaimsOf(test.token)
		assert.Equal(t, test.known, known, name)
		assert.Equal(t, test.tenant, tenant, name)
		assert.ElementsMatch(t, test.granted, granted, name)
		assert.Equal(t, test.app, app, name)
	}
}

func FuzzWhatServicesSay(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"error":{"code":"x","message":"y","details":[{"code":"SchemaError_Required","target":"id","message":"z"}]}}`, `[]`, `null`, `{"value":[1]}`, "\xff", "",
		`{"accessToken":"x","expires_on":"1"}`, `{"accessToken":"x","expires_on":1700000000,"expiresOn":"2026-01-01 00:00:00.000000"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var into map[string]any
		if err := setup.DecodeSuccess(data, &into); err == nil && len(into) > 0 {
			require.True(t, json.Valid(data))
		}
		if token, err := setup.ReadCLIToken(data); err == nil {
			assert.NotEmpty(t, token.AccessToken)
		}
		setup.ClaimsOf(string(data))
		setup.ClaimsOf(jwt(string(data)))
		assert.Zero(t, setup.CompareVersions(string(data), string(data)))
	})
}
