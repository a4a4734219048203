package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// started runs the program as main does and answers its first line.
func started(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, in, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-done)
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
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func TestPrintsItsAddressesAndServes(t *testing.T) {
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

func TestPage(t *testing.T) {
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

func TestPublicServerAnswersToAnyName(t *testing.T) {
	novu := started(t, "-addr", "0.0.0.0:0", "-public")["novu"]
	assert.True(t, strings.HasPrefix(novu, "http://127.0.0.1:"), novu)
	assert.Equal(t, http.StatusOK, get(t, novu+"/_emulator/messages", "emulator.internal").status)
}

func TestEventsTellOfChanges(t *testing.T) {
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

func TestFlagsThatCannotBeRight(t *testing.T) {
	for _, args := range [][]string{{"-addr", "0.0.0.0:0"}, {"-addr", "nowhere"}, {"-addr", ":0"}, {"-consent", "perhaps"}, {"argument"}, {"-unknown"}} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), "%v", args)
	}
}

func TestHelpExplainsEachFlag(t *testing.T) {
	var help bytes.Buffer
	require.Error(t, run(t.Context(), []string{"-h"}, io.Discard, &help))
	for _, name := range []string{"addr", "secret-key", "idempotency", "rate-limit", "feature", "older", "consent", "public"} {
		assert.Contains(t, help.String(), "-"+name)
	}
}
