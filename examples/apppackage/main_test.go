package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

func required(out string) []string {
	return []string{"-out", out, "-client-id", "11111111-2222-3333-4444-555555555555", "-name", "Acme alerts", "-description", "Alerts",
		"-developer", "Acme", "-website", "https://acme.example", "-privacy", "https://acme.example/p", "-terms", "https://acme.example/t"}
}

func TestWritesAPackage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "acme.zip")
	var stdout bytes.Buffer
	require.NoError(t, run(append(required(out), "-scopes", "team, personal ,groupChat", "-graph-install", "-domains", "a.example,*.b.example",
		"-schema", "1.29", "-version", "2.0.0", "-accent", "#101010"), &stdout))
	assert.Contains(t, stdout.String(), out)

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
	assert.Equal(t, "2.0.0", m.Fields["version"])
	assert.Contains(t, m.Fields, "webApplicationInfo")
}

func TestClientIDFromEnvironment(t *testing.T) {
	t.Setenv("MSTEAMS_CLIENT_ID", "99999999-2222-3333-4444-555555555555")
	out := filepath.Join(t.TempDir(), "app.zip")
	args := append([]string{"-out", out}, required(out)[4:]...)
	require.NoError(t, run(args, &bytes.Buffer{}))
}

func TestErrorsNameTheFlags(t *testing.T) {
	t.Setenv("MSTEAMS_CLIENT_ID", "")
	out := filepath.Join(t.TempDir(), "app.zip")
	err := run([]string{"-out", out, "-scopes", "teams", "-domains", "https://a.example", "-version", "1", "-graph-install"}, &bytes.Buffer{})
	require.EqualError(t, err, `The package was not written. Correct these flags:
  -version is "1"; want three numbers such as 1.0.0, without leading zeros or a suffix
  -client-id is missing
  -name is missing
  -description is missing
  -developer is missing
  -website is missing
  -privacy is missing
  -terms is missing
  -scopes is "teams"; want team, personal, groupChat, copilot
  -domains is "https://a.example"; want only a host such as app.example.com or *.example.com`)
	assert.NoFileExists(t, out)
}

func TestIconsAreRead(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "app.zip")
	bad := filepath.Join(dir, "icon.png")
	require.NoError(t, os.WriteFile(bad, []byte("GIF89a"), 0o600))
	assert.ErrorContains(t, run(append(required(out), "-outline-icon", bad), &bytes.Buffer{}), "-outline-icon is not a PNG file")
	assert.ErrorContains(t, run(append(required(out), "-color-icon", filepath.Join(dir, "none.png")), &bytes.Buffer{}), "correct -color-icon")
	require.NoError(t, os.WriteFile(bad, nil, 0o600))
	assert.ErrorContains(t, run(append(required(out), "-color-icon", bad), &bytes.Buffer{}), "empty file")
	assert.NoFileExists(t, out)
}

func TestUnwritablePlace(t *testing.T) {
	err := run(required(filepath.Join(t.TempDir(), "none", "app.zip")), &bytes.Buffer{})
	assert.ErrorContains(t, err, "choose another place with -out")
}

func TestStrayWordIsRefused(t *testing.T) {
	err := run([]string{"-name", "Acme", "alerts"}, &bytes.Buffer{})
	assert.ErrorContains(t, err, `"alerts" belongs to no flag`)
	var stdout bytes.Buffer
	assert.EqualError(t, run([]string{"-names", "Acme"}, &stdout), "flag provided but not defined: -names; -h explains each flag")
	assert.Empty(t, stdout.String())
}

func TestHelpExplainsEachFlag(t *testing.T) {
	var help bytes.Buffer
	require.ErrorIs(t, run([]string{"-h"}, &help), flag.ErrHelp)
	flags := regexp.MustCompile(`(?m)^  -[a-z-]+( \S+)?\n    \t\S.+$`).FindAllString(help.String(), -1)
	assert.Len(t, flags, 18, help.String())
	for _, name := range flagOf {
		assert.Contains(t, help.String(), "  "+name+" ")
	}
}
