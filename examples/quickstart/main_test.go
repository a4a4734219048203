package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// on points the environment at a server, or at none.
func on(t *testing.T, srv *novutest.Server) {
	t.Helper()
	for _, name := range []string{"NOVU_SECRET_KEY", "NOVU_BASE_URL", "MSTEAMS_CLIENT_ID", "MSTEAMS_CLIENT_SECRET", "MSTEAMS_TENANT_ID", "MSTEAMS_LOGIN_URL", "MSTEAMS_GRAPH_URL", "MSTEAMS_CONNECTOR_URL"} {
		t.Setenv(name, "")
	}
	if srv != nil {
		t.Setenv("NOVU_SECRET_KEY", srv.SecretKey())
		t.Setenv("NOVU_BASE_URL", srv.URL())
		t.Setenv("MSTEAMS_CLIENT_SECRET", "canary-secret")
	}
}

var rows = regexp.MustCompile(`(?m)^  (ms_teams_channel|ms_teams_user|webhook) .*Build 4711 failed$`)

func TestWithoutEnvironment(t *testing.T) {
	on(t, nil)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, io.Discard))
	assert.Len(t, rows.FindAllString(out.String(), -1), 3)
	assert.NotContains(t, out.String(), "sig=")
}

// On a server of another process, twice: the second run finds what the first
// made, and shows only its own messages.
func TestApproveOnAServer(t *testing.T) {
	for name, opts := range map[string][]novutest.Option{"newer": nil, "older": {novutest.WithVersion(novutest.Version315)}} {
		t.Run(name, func(t *testing.T) {
			srv := novutest.NewServer(t, opts...)
			on(t, srv)
			for range 2 {
				var out bytes.Buffer
				require.NoError(t, run(t.Context(), []string{"-approve"}, &out, io.Discard))
				assert.Len(t, rows.FindAllString(out.String(), -1), 3)
				assert.NotContains(t, out.String(), "canary")
				assert.NotContains(t, out.String(), srv.SecretKey())
			}
			assert.Len(t, srv.Messages(), 6)
		})
	}
}

// With the bot's credentials it finds the ids through Microsoft.
func TestIDsAreFoundThroughMicrosoft(t *testing.T) {
	srv := novutest.NewServer(t, novutest.WithTenant(demo))
	on(t, srv)
	t.Setenv("MSTEAMS_CLIENT_ID", "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c")
	t.Setenv("MSTEAMS_TENANT_ID", "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e")
	t.Setenv("MSTEAMS_LOGIN_URL", srv.LoginURL())
	t.Setenv("MSTEAMS_GRAPH_URL", srv.GraphURL())
	t.Setenv("MSTEAMS_CONNECTOR_URL", srv.ConnectorURL())
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-approve"}, &out, io.Discard))
	assert.Contains(t, out.String(), `channel "Builds" of team "Engineering"`)
	assert.Contains(t, out.String(), `person "Ada Lovelace"`)
	assert.Len(t, rows.FindAllString(out.String(), -1), 3)
	assert.NotContains(t, out.String(), "canary")
}

// reader hands on the address that is printed, as a person would.
type reader struct {
	mu   sync.Mutex
	all  strings.Builder
	link chan string
}

var address = regexp.MustCompile(`\n(http\S+/adminconsent\S+)\n`)

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.Write(p)
	if found := address.FindStringSubmatch(r.all.String()); found != nil {
		select {
		case r.link <- found[1]:
		default:
		}
	}
	return len(p), nil
}

func TestAnAdministratorFollowsTheURL(t *testing.T) {
	on(t, novutest.NewServer(t))
	out := &reader{link: make(chan string, 1)}
	done := make(chan error)
	go func() { done <- run(t.Context(), nil, out, io.Discard) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, <-out.link, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, <-done)
	assert.Len(t, rows.FindAllString(out.all.String(), -1), 3)
}

func TestStoppedWhileWaiting(t *testing.T) {
	on(t, novutest.NewServer(t))
	ctx, cancel := context.WithCancel(t.Context())
	out := &reader{link: make(chan string, 1)}
	done := make(chan error)
	go func() { done <- run(ctx, nil, out, io.Discard) }()
	<-out.link
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestFlags(t *testing.T) {
	on(t, nil)
	var help bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &help), flag.ErrHelp)
	for _, name := range []string{"-approve", "-team", "-channel", "-user", "-webhook", "NOVU_SECRET_KEY"} {
		assert.Contains(t, help.String(), name)
	}
	require.ErrorContains(t, run(t.Context(), []string{"extra"}, io.Discard, io.Discard), `"extra"`)
	require.Error(t, run(t.Context(), []string{"-webhook", "http://plain.example"}, io.Discard, io.Discard))
}
