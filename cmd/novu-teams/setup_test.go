package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

func TestSetupDemoShowsALife(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := novuTeams(t, "setup", "-demo")
	assert.Zero(t, status, stderr)
	for _, text := range []string{
		"Plan: 9 to create, 1 to update", "Done: 10. Left: 0.", "Nothing to do: everything is as configured.",
		"Novu now holds the secret", "Kept the old secret", "in use", "6 to delete", "Left in the emulated tenant: 0.",
	} {
		assert.Contains(t, stdout, text)
	}
	assert.NotContains(t, stdout, "8Q~", "what every emulated secret contains")
}

func TestSetupSaysWhatIsMissing(t *testing.T) {
	config := filepath.Join(t.TempDir(), "setup.json")
	for name, test := range map[string]struct {
		args []string
		file string
		says string
	}{
		"nothing":          {says: "say plan, apply, rotate"},
		"another command":  {args: []string{"undo"}, says: `"undo" is nothing to do`},
		"no file":          {args: []string{"plan", "-config", config + ".not"}, says: "cannot read the configuration"},
		"an unknown key":   {args: []string{"plan", "-config", config}, file: `{"uniqName": "x"}`, says: "uniqName"},
		"an odd identity":  {args: []string{"plan", "-config", config, "-catalog", "me"}, file: `{}`, says: "-catalog"},
		"an empty file":    {args: []string{"plan", "-config", config}, file: `{}`, says: "UniqueName"},
		"a missing icon":   {args: []string{"plan", "-config", config}, file: `{"app": {"colorIcon": "nowhere.png"}}`, says: "app.colorIcon"},
		"two many words":   {args: []string{"plan", "now"}, says: "belongs to no flag"},
		"a time of no use": {args: []string{"keys", "-warn", "soon"}, says: "-warn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NOVU_SECRET_KEY", "key")
			require.NoError(t, os.WriteFile(config, []byte(test.file), 0o600))
			status, stdout, stderr := novuTeams(t, append([]string{"setup"}, test.args...)...)
			assert.Equal(t, exitUnknown, status)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, test.says)
		})
	}
}

func TestAnInterruptedSetupSaysSo(t *testing.T) {
	on(t, novutest.NewServer(t), true)
	config := filepath.Join(t.TempDir(), "setup.json")
	require.NoError(t, os.WriteFile(config, []byte(`{"uniqueName": "novu-teams-acme", "tenantId": "`+demoHome+`", "integrationIdentifier": "teams",
		"app": {"name": "Acme", "description": "Alerts", "developer": {"name": "Acme", "websiteUrl": "https://acme.example",
		"privacyUrl": "https://acme.example/p", "termsOfUseUrl": "https://acme.example/t"}}}`), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, command := range []string{"plan", "apply", "destroy", "keys", "rotate"} {
		status, _, stderr := discreetWith(ctx, t, "", "setup", command, "-config", config, "-directory", "none", "-azure", "none")
		assert.Equal(t, exitUnknown, status, command)
		assert.Contains(t, stderr, "novu-teams setup: interrupted. ", command)
	}
}

func TestSetupHelpNamesTheAdministrators(t *testing.T) {
	t.Parallel()
	_, stdout, _ := novuTeams(t, "setup", "-h")
	assert.Contains(t, stdout, "Two administrators")
	assert.Contains(t, stdout, "Privileged Role Administrator")
	assert.Contains(t, stdout, "Teams Administrator")
}

func TestKeysWarn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	key := setup.Key{ID: "1", Name: "novu-go x", ExpiresAt: now.Add(20 * 24 * time.Hour), InUse: true, Ours: true}
	text, ends := describeKeys([]setup.Key{key}, now, 30*24*time.Hour)
	assert.True(t, ends)
	assert.Contains(t, text, "REPLACE IT")
	_, ends = describeKeys([]setup.Key{key}, now, 10*24*time.Hour)
	assert.False(t, ends)
	text, ends = describeKeys([]setup.Key{{ID: "2", Name: "by hand", ExpiresAt: now}}, now, time.Hour)
	assert.True(t, ends)
	assert.Contains(t, text, "not made by novu-teams")
	assert.Contains(t, text, "not known which secret Novu holds")
}

func TestADeviceCodeSignsAPersonIn(t *testing.T) {
	t.Parallel()
	asked, scope := 0, ""
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseForm())
		w.Header().Set("Content-Type", "application/json")
		answer := map[string]any{"access_token": "secret-token", "token_type": "Bearer", "expires_in": 3600}
		switch {
		case strings.HasSuffix(r.URL.Path, "/devicecode"):
			scope = r.Form.Get("scope")
			answer = map[string]any{"device_code": "d", "user_code": "ABCD", "verification_uri": "https://microsoft.com/devicelogin", "expires_in": 60, "interval": 1}
		case asked == 0:
			asked++
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]any{"error": "authorization_pending"}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer login.Close()
	var stderr bytes.Buffer
	token, err := deviceCode(login.URL, teamsToolkit, "AppCatalog.ReadWrite.All", &stderr)(t.Context(), "home", "https://graph.microsoft.com/.default")
	require.NoError(t, err)
	assert.Equal(t, "secret-token", token.AccessToken.Reveal())
	assert.Contains(t, stderr.String(), "open https://microsoft.com/devicelogin and enter the code ABCD")
	assert.NotContains(t, stderr.String(), "secret-token")
	assert.Equal(t, "https://graph.microsoft.com/AppCatalog.ReadWrite.All offline_access", scope)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = deviceCode(login.URL, teamsToolkit, "", &stderr)(ctx, "home", "https://graph.microsoft.com/.default")
	require.ErrorIs(t, err, context.Canceled)
}
