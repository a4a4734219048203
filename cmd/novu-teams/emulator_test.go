package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// started runs the emulator as main does, and returns the addresses that it prints.
func started(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() { done <- run(ctx, append([]string{"emulator"}, args...), console{out: in, err: io.Discard}) }()
	t.Cleanup(func() {
		cancel()
		assert.Zero(t, <-done)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var addresses map[string]string
	require.NoError(t, json.Unmarshal([]byte(line), &addresses))
	return addresses
}

type answer struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, url, host string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
}

func TestEmulatorPrintsItsAddressesAndServes(t *testing.T) {
	addresses := started(t, "-secret-key", "key")
	assert.Equal(t, addresses["novu"]+"/_login", addresses["login"])
	assert.Equal(t, addresses["novu"]+"/_graph", addresses["graph"])
	assert.NotEmpty(t, addresses["connector"])
	assert.JSONEq(t, "[]", get(t, addresses["novu"]+"/_emulator/messages", "").body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, addresses["novu"]+"/v1/environments/me", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "ApiKey key")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestEmulatorPage(t *testing.T) {
	novu := started(t)["novu"]
	for path, kind := range map[string]string{"/": "text/html", "/_page/style.css": "text/css", "/_page/app.js": "javascript", "/_page/card.js": "javascript"} {
		got := get(t, novu+path, "")
		assert.Equal(t, http.StatusOK, got.status, path)
		assert.Contains(t, got.header.Get("Content-Type"), kind)
		assert.Contains(t, got.header.Get("Content-Security-Policy"), "default-src 'none'")
	}
	for path, want := range map[string]int{"/_page/": 404, "/_page/main.go": 404, "/nothing": 404} {
		assert.Equal(t, want, get(t, novu+path, "").status, path)
	}
	for _, path := range []string{"/", "/_emulator/messages"} {
		assert.Equal(
			t,
			http.StatusForbidden,
			get(t, novu+path, "evil.example").status,
			"another site's name for this address",
		)
	}
}

func TestPublicEmulatorAnswersToAnyName(t *testing.T) {
	novu := started(t, "-addr", "0.0.0.0:0", "-public")["novu"]
	assert.True(t, strings.HasPrefix(novu, "http://127.0.0.1:"), novu)
	assert.Equal(t, http.StatusOK, get(t, novu+"/_emulator/messages", "emulator.internal").status)
}

func TestEmulatorEventsTellOfChanges(t *testing.T) {
	novu := started(t)["novu"]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, novu+"/_emulator/events", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewScanner(resp.Body)
	read := func() string {
		for lines.Scan() {
			if data, has := strings.CutPrefix(lines.Text(), "data: "); has {
				return data
			}
		}
		return ""
	}
	first := read()
	get(t, novu+"/v1/environments/me", "")
	assert.NotEqual(t, first, read())
}

// The exported variables suffice for the doctor in another terminal.
func TestEmulatorPrintsVariablesForAnotherTerminal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"emulator", "-secret-key", "it's a key"}, console{out: in, err: &stderr})
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	var addresses map[string]string
	require.NoError(t, json.Unmarshal([]byte(line), &addresses))
	cancel()
	require.Zero(t, <-done)

	variables := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^export (\w+)='(.*)'$`).FindAllStringSubmatch(stderr.String(), -1) {
		variables[match[1]] = match[2]
	}
	assert.Equal(t, map[string]string{
		"NOVU_BASE_URL": addresses["novu"], "NOVU_SECRET_KEY": `it'\''s a key`,
		"MSTEAMS_LOGIN_URL": addresses["login"], "MSTEAMS_GRAPH_URL": addresses["graph"], "MSTEAMS_CONNECTOR_URL": addresses["connector"],
		"MSTEAMS_RESOURCE_MANAGER_URL": addresses["resourceManager"],
		"MSTEAMS_CLIENT_ID":            demoClientID, "MSTEAMS_CLIENT_SECRET": demoClientSecret, "MSTEAMS_TENANT_ID": demoHome,
	}, variables)
	assert.Contains(t, stderr.String(), "Watch it at "+addresses["novu"]+"/\n")
}

func TestEmulatorFlagsThatCannotBeRight(t *testing.T) {
	for _, args := range [][]string{
		{"-addr", "0.0.0.0:0"}, {"-addr", "nowhere"}, {"-addr", ":0"}, {"-consent", "perhaps"}, {"argument"}, {"-unknown"},
	} {
		status, stdout, stderr := novuTeams(t, append([]string{"emulator"}, args...)...)
		assert.Equal(t, exitUnknown, status, "%v", args)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, "See \"novu-teams help emulator\".\n")
	}
}

func TestEmulatorOnAnAddressInUse(t *testing.T) {
	addr := strings.TrimPrefix(started(t)["novu"], "http://")
	status, stdout, stderr := novuTeams(t, "emulator", "-addr", addr)
	assert.Equal(t, exitBroken, status)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, addr)
	assert.NotContains(t, stderr, "Flags:")
}

func TestEmulatorHelpExplainsEachFlag(t *testing.T) {
	status, help, _ := novuTeams(t, "emulator", "-h")
	assert.Zero(t, status)
	for _, name := range []string{"addr", "secret-key", "idempotency", "rate-limit", "feature", "version", "consent", "public"} {
		assert.Contains(t, help, "  -"+name)
	}
}
