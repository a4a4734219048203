package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

func required(out string) []string {
	return []string{"-out", out, "-client-id", "11111111-2222-3333-4444-555555555555", "-name", "Acme alerts", "-description", "Alerts",
		"-developer", "Acme", "-website", "https://acme.example", "-privacy", "https://acme.example/p", "-terms", "https://acme.example/t"}
}

// packages runs the command with these flags.
func packages(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return novuTeams(t, append([]string{"package"}, args...)...)
}

// refused are the lines that the command prints before its usage.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := packages(t, args...)
	assert.Equal(t, exitUnknown, status)
	assert.Empty(t, stdout)
	complaint, found := strings.CutSuffix(stderr, "\nSee \"novu-teams help package\".\n")
	assert.True(t, found)
	return complaint
}

func TestPackageIsWritten(t *testing.T) {
	out := filepath.Join(t.TempDir(), "acme.zip")
	status, stdout, stderr := packages(t, append(required(out), "-scopes", "team, personal ,groupChat", "-graph-install", "-conversational",
		"-domains", "a.example,*.b.example", "-schema", "1.29", "-version", "2.0.0", "-accent", "#101010")...)
	assert.Zero(t, status, stderr)
	assert.Contains(t, stdout, out)

	file, err := os.Open(out)
	require.NoError(t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(t, err)
	m, err := manifest.ReadPackage(file, info.Size())
	require.NoError(t, err)
	assert.Equal(t, []any{"a.example", "*.b.example"}, m.Fields["validDomains"])
	bot := m.Fields["bots"].([]any)[0].(map[string]any)
	assert.Equal(t, []any{"team", "personal", "groupChat"}, bot["scopes"])
	assert.Equal(t, false, bot["isNotificationOnly"])
	assert.Equal(t, "2.0.0", m.Fields["version"])
	assert.Contains(t, m.Fields, "webApplicationInfo")
}

func TestPackageTakesTheClientIDFromTheEnvironment(t *testing.T) {
	t.Setenv("MSTEAMS_CLIENT_ID", "99999999-2222-3333-4444-555555555555")
	out := filepath.Join(t.TempDir(), "app.zip")
	args := append([]string{"-out", out}, required(out)[4:]...)
	status, _, stderr := packages(t, args...)
	assert.Zero(t, status, stderr)
}

func TestPackageErrorsNameTheFlags(t *testing.T) {
	t.Setenv("MSTEAMS_CLIENT_ID", "")
	out := filepath.Join(t.TempDir(), "app.zip")
	complaint := refused(t, "-out", out, "-scopes", "teams", "-domains", "https://a.example", "-version", "1", "-graph-install")
	assert.Equal(t, `novu-teams package: the package was not written; correct these flags:
  -version is "1"; want three numbers such as 1.0.0, without leading zeros or a suffix
  -client-id is missing
  -name is missing
  -description is missing
  -developer is missing
  -website is missing
  -privacy is missing
  -terms is missing
  -scopes is "teams"; want team, personal, groupChat, copilot
  -domains is "https://a.example"; want only a host such as app.example.com or *.example.com`, complaint)
	assert.NoFileExists(t, out)
}

func TestPackageReadsIcons(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "app.zip")
	bad := filepath.Join(dir, "icon.png")
	require.NoError(t, os.WriteFile(bad, []byte("GIF89a"), 0o600))
	assert.Contains(t, refused(t, append(required(out), "-outline-icon", bad)...), "-outline-icon is not a PNG file")
	assert.Contains(t, refused(t, append(required(out), "-color-icon", filepath.Join(dir, "none.png"))...), "correct -color-icon")
	require.NoError(t, os.WriteFile(bad, nil, 0o600))
	assert.Contains(t, refused(t, append(required(out), "-color-icon", bad)...), "empty file")
	assert.NoFileExists(t, out)
}

func TestPackageInAnUnwritablePlace(t *testing.T) {
	status, stdout, stderr := packages(t, required(filepath.Join(t.TempDir(), "none", "app.zip"))...)
	assert.Equal(t, exitBroken, status)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "choose another place with -out")
}

func TestPackageRefusesAStrayWord(t *testing.T) {
	assert.Contains(t, refused(t, "-name", "Acme", "alerts"), `"alerts" belongs to no flag`)
	assert.Equal(t, "novu-teams package: flag provided but not defined: -names", refused(t, "-names", "Acme"))
}

func TestPackageHelpExplainsEachFlag(t *testing.T) {
	status, help, _ := packages(t, "-h")
	assert.Zero(t, status)
	flags := regexp.MustCompile(`(?m)^  -[a-z-]+( \S+)?\n    \t\S.+$`).FindAllString(help, -1)
	assert.Len(t, flags, 19, help)
	for _, name := range flagOf {
		assert.Contains(t, help, "  "+name+" ")
	}
}
