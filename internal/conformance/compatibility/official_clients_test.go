package compatibility_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	folder := installed(t)
	tenant := novutest.NewTenant("", 3, 2, 3)
	tenant.Open = true // for the channels that the journeys make up
	for _, journey := range []string{"novu.mjs", "microsoft.mjs"} {
		srv := novutest.NewServer(t, novutest.WithConsent(novutest.Approve), novutest.WithTenant(tenant))
		command(t, folder, addresses(srv), "node", journey)
	}
	t.Run("bridge", func(t *testing.T) { talkToOfficialBridge(t, folder) })
}

// addresses lead a client to the server.
func addresses(srv *novutest.Server) []string {
	return []string{"NOVU_BASE_URL=" + srv.URL(), "NOVU_SECRET_KEY=" + srv.SecretKey()}
}

// installed is a folder with the journeys and what they need of npm.
func installed(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob("clients/*")
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), content, 0o600))
	}
	command(t, folder, nil, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	return folder
}

func command(t *testing.T, folder string, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", name, out)
	t.Logf("%s", out)
}

// talkToOfficialBridge lets a person talk to a bridge that is written with Novu's own framework.
func talkToOfficialBridge(t *testing.T, folder string) {
	srv := novutest.NewServer(t)
	bridge := exec.CommandContext(t.Context(), "node", "bridge.mjs")
	bridge.Dir, bridge.Env, bridge.Stderr = folder, append(os.Environ(), addresses(srv)...), os.Stderr
	out, err := bridge.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, bridge.Start())
	lines := bufio.NewReader(out)
	address, err := lines.ReadString('\n')
	require.NoError(t, err)
	t.Cleanup(func() { _ = bridge.Wait() }) // the test's context has ended it
	go func() { _, _ = io.Copy(io.Discard, lines) }()

	srv.ServeAgent("support", novutest.BridgeURL(strings.TrimSpace(address)))
	chat := srv.Chat(novutest.User{Name: "Alice"})
	for _, step := range []struct {
		do   func(ctx context.Context, text string) ([]novutest.ChatMessage, error)
		text string
		want string
	}{
		{do: chat.Say, text: "hello", want: "You said hello, and it was message 1."},
		{do: chat.Say, text: "again", want: "You said again, and it was message 2."},
		{do: chat.Say, text: "order", want: "Order 42\nIt was shipped."},
		{do: chat.Click, text: "Cancel it", want: "cancel 42"},
		{do: chat.React, text: "👍", want: "Thank you for the thumbs_up."},
		{do: chat.Say, text: "thanks", want: "Closed."},
	} {
		got, err := step.do(t.Context(), step.text)
		require.NoError(t, err, step.text)
		require.Len(t, got, 1, step.text)
		require.Equal(t, step.want, got[0].Text)
	}
}
