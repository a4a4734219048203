package setup_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

// azPrints puts a program az into the path.
func azPrints(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+script), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestAzureCLI(t *testing.T) {
	azPrints(t, `[ "$*" = "account get-access-token --tenant home --scope https://graph.microsoft.com/.default --output json" ] || exit 9
echo '{"accessToken":"secret-token","expiresOn":"2026-11-25 21:00:00.000000","expires_on":1795640400,"tenant":"home"}'`)
	token, err := setup.AzureCLI()(t.Context(), "home", "https://graph.microsoft.com/.default")
	require.NoError(t, err)
	assert.Equal(t, "secret-token", token.AccessToken.Reveal())
	assert.Equal(t, time.Unix(1795640400, 0), token.ExpiresAt)
}

func TestAzureCLIFails(t *testing.T) {
	for name, test := range map[string]struct{ script, says string }{
		"not signed in": {"echo 'ERROR: Please run az login\nto set up an account.' >&2; exit 1", "az login --tenant home"},
		"no token":      {"echo '{}'", "hold no token"},
		"a page":        {"echo '<html>secret-token</html>'", "hold no token"},
	} {
		t.Run(name, func(t *testing.T) {
			azPrints(t, test.script)
			_, err := setup.AzureCLI()(t.Context(), "home", "scope")
			require.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), "\n")
			assert.NotContains(t, err.Error(), "secret-token")
		})
	}
	t.Setenv("PATH", t.TempDir())
	_, err := setup.AzureCLI()(t.Context(), "home", "scope")
	require.ErrorContains(t, err, "install the Azure CLI")
}
