package compatibility_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// TestOfficialClients plays the journeys of Novu's and Microsoft's own clients on
// the emulator. They come from npm, so it runs only where OFFICIAL_CLIENTS=1 asks
// for it: scripts/official-clients does.
func TestOfficialClients(t *testing.T) {
	if os.Getenv("OFFICIAL_CLIENTS") != "1" {
		t.Skip("set OFFICIAL_CLIENTS=1 to install them from npm and run them")
	}
	folder := t.TempDir()
	files, err := filepath.Glob("clients/*")
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), content, 0o600))
	}
	run := func(env []string, name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
		t.Logf("%s", out)
	}
	run(nil, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	tenant := novutest.NewTenant("", 3, 2, 3)
	tenant.Open = true // for the channels that the journeys make up
	for _, journey := range []string{"novu.mjs", "microsoft.mjs"} {
		srv := novutest.NewServer(t, novutest.WithConsent(novutest.Approve), novutest.WithTenant(tenant))
		run([]string{"NOVU_BASE_URL=" + srv.URL(), "NOVU_SECRET_KEY=" + srv.SecretKey()}, "node", journey)
	}
}
