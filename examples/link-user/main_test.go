package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

func TestOnTheEmulator(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, io.Discard))
	assert.Contains(t, out.String(), "ada is linked")
	assert.Contains(t, out.String(), "in the chat with "+novutest.DefaultUserID+": You will be notified here.")
	assert.NotContains(t, out.String(), "nowhere")
}

// prepared is a server of another process that a connection was made on.
func prepared(t *testing.T) *link {
	t.Helper()
	srv := novutest.NewServer(t)
	l := &link{
		client: srv.Client(), subscriber: "ada", integration: "msteams", connection: "teams-acme",
		context: novu.ContextPayload{"tenant": {ID: "acme"}},
	}
	require.NoError(t, l.prepare(t.Context()))
	t.Setenv("NOVU_SECRET_KEY", srv.SecretKey())
	t.Setenv("NOVU_BASE_URL", srv.URL())
	return l
}

// reader follows the address that is printed, as a person would.
type reader struct {
	all  strings.Builder
	link chan string
}

var address = regexp.MustCompile(`\n(http\S+/authorize\S+)\n`)

func (r *reader) Write(p []byte) (int, error) {
	r.all.Write(p)
	if found := address.FindSubmatch(p); found != nil {
		r.link <- string(found[1])
	}
	return len(p), nil
}

func TestSomebodySignsIn(t *testing.T) {
	l := prepared(t)
	out := &reader{link: make(chan string)}
	done := make(chan error)
	go func() { done <- run(t.Context(), nil, out, io.Discard) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, <-out.link+"&_user=66666666-7777-4888-8999-000000000000", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, <-done)
	found, err := l.newest(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "66666666-7777-4888-8999-000000000000", found.Endpoint.(novu.MSTeamsUserEndpoint).UserID)
	assert.Equal(t, "teams-acme", found.ConnectionIdentifier)
	assert.Equal(t, []string{"tenant:acme"}, found.ContextKeys)
}

func TestNobodySignsIn(t *testing.T) {
	prepared(t)
	ctx, cancel := context.WithCancel(t.Context())
	out := &reader{link: make(chan string)}
	done := make(chan error)
	go func() { done <- run(ctx, nil, out, io.Discard) }()
	<-out.link
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
}

func TestFlags(t *testing.T) {
	prepared(t)
	var help bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &help), flag.ErrHelp)
	for _, name := range []string{"-subscriber", "-integration", "-connection", "-context"} {
		assert.Contains(t, help.String(), name)
	}
	require.ErrorContains(t, run(t.Context(), []string{"extra"}, io.Discard, io.Discard), `"extra"`)
	require.ErrorIs(t, run(t.Context(), []string{"-subscriber", "nobody"}, io.Discard, io.Discard), novu.ErrNotFound)
}
