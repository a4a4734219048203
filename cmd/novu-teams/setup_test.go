package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

func TestSetupDemoShowsALife(t *testing.T) {
	t.Parallel()
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, setupDemo(t.Context(), &out, novutest.WithVersion(version)))
			for _, text := range []string{
				"Plan: 9 to create, 1 to update", "Done: 10. Left: 0.", "The integration msteams", "Nothing to do: everything is as configured.",
				"Novu now holds the secret", "Kept the old secret", "in use", "6 to delete", "Left in the emulated tenant: 0.",
			} {
				assert.Contains(t, out.String(), text)
			}
			assert.NotContains(t, out.String(), "8Q~", "what every emulated secret contains")
			assert.NotContains(t, out.String(), "✗")
		})
	}
}

// demoRun is a run against an emulator that knows nothing yet.
func demoRun(t *testing.T, out io.Writer, change func(*setup.Config), opts ...novutest.Option) *setupRun {
	t.Helper()
	srv := novutest.NewServer(t, opts...)
	config := demoSetup()
	change(&config)
	everybody := srv.Operator(novutest.Operator{})
	s, err := setup.New(srv.Client(), config, setup.Identities{Directory: everybody, Catalog: everybody, Azure: everybody}, setup.WithMSTeams(srv.MSTeamsOptions()...))
	require.NoError(t, err)
	return &setupRun{Setup: s, integration: config.IntegrationIdentifier, novu: srv.Client(), out: out}
}

func TestApplyEndsWithTheDoctorsWord(t *testing.T) {
	t.Parallel()
	t.Run("a secret that ends soon", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		r := demoRun(t, &out, func(c *setup.Config) { c.SecretLifetime = 20 * day }, novutest.WithVersion(novutest.Version315))
		require.NoError(t, r.apply(t.Context()))
		assert.Contains(t, out.String(), "! credentials: the secret in use ends on")
	})
	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		r := demoRun(t, &out, func(*setup.Config) {})
		r.json = true
		require.NoError(t, r.apply(t.Context()))
		var result setup.Result
		var report doctor.Report
		decoder := json.NewDecoder(&out)
		require.NoError(t, decoder.Decode(&result))
		require.NoError(t, decoder.Decode(&report))
		assert.Len(t, result.Done, 10)
		assert.Equal(t, "msteams", report.IntegrationIdentifier)
		assert.Empty(t, report.Broken())
	})
	t.Run("a subscriber", func(t *testing.T) {
		t.Parallel()
		var out bytes.Buffer
		r := demoRun(t, &out, func(*setup.Config) {})
		r.subscriber = "nobody"
		err := r.apply(t.Context())
		assert.True(t, isStatus(err, exitBroken), "the subscriber has no endpoint")
		assert.Contains(t, out.String(), "no endpoint at all")
	})
}

// What the emulator prints suffices for a set-up in another terminal.
func TestSetupAgainstTheEmulator(t *testing.T) {
	addresses := started(t, "-secret-key", "key")
	for name, value := range map[string]string{
		"NOVU_BASE_URL": addresses["novu"], "NOVU_SECRET_KEY": "key", "MSTEAMS_CLIENT_ID": "",
		"MSTEAMS_LOGIN_URL": addresses["login"], "MSTEAMS_GRAPH_URL": addresses["graph"], "MSTEAMS_CONNECTOR_URL": addresses["connector"],
		"MSTEAMS_RESOURCE_MANAGER_URL": addresses["resourceManager"],
	} {
		t.Setenv(name, value)
	}
	config := filepath.Join(t.TempDir(), "setup.json")
	require.NoError(t, os.WriteFile(config, []byte(`{
		"uniqueName": "novu-teams-acme", "tenantId": "`+demoHome+`", "integrationIdentifier": "msteams",
		"redirectUris": ["https://acme.example/consent"],
		"app": {"name": "Acme alerts", "description": "Alerts from Acme", "developer": {"name": "Acme", "websiteUrl": "https://acme.example",
			"privacyUrl": "https://acme.example/privacy", "termsOfUseUrl": "https://acme.example/terms"}},
		"azure": {"resourceGroup": "teams"}
	}`), 0o600))
	args := []string{"-config", config, "-directory", "device", "-catalog", "device", "-azure", "device"}
	status, stdout, stderr := novuTeams(t, append([]string{"setup", "apply"}, args...)...)
	assert.Zero(t, status, "%s%s", stdout, stderr)
	assert.Contains(t, stdout, "Done: 10. Left: 0.")
	assert.Contains(t, stdout, `redirectUris = "https://acme.example/consent"`)
	assert.Contains(t, stderr, "To sign in, open "+addresses["login"])

	for client, says := range map[string]string{
		teamsToolkit: "Nothing to do", "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "no identity may read the catalog", // the Azure CLI's
	} {
		_, stdout, _ = novuTeams(t, "setup", "plan", "-config", config, "-directory", "device", "-azure", "device", "-device-client", client)
		assert.Contains(t, stdout, says)
	}
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
	token, err := deviceCode(new(sync.Mutex), login.URL, teamsToolkit, "AppCatalog.ReadWrite.All", &stderr)(t.Context(), "home", "https://graph.microsoft.com/.default")
	require.NoError(t, err)
	assert.Equal(t, "secret-token", token.AccessToken.Reveal())
	assert.Contains(t, stderr.String(), "open https://microsoft.com/devicelogin and enter the code ABCD")
	assert.NotContains(t, stderr.String(), "secret-token")
	assert.Equal(t, "https://graph.microsoft.com/AppCatalog.ReadWrite.All offline_access", scope)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = deviceCode(new(sync.Mutex), login.URL, teamsToolkit, "", &stderr)(ctx, "home", "https://graph.microsoft.com/.default")
	require.ErrorIs(t, err, context.Canceled)
}
