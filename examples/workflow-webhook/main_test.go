package main

import (
	"bytes"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

func TestBothWaysOnTheEmulator(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	var out bytes.Buffer
	text := `A "quoted" {{payload.card}} <b> & 100 %`
	require.NoError(t, run(t.Context(), []string{"-text", text}, &out, io.Discard))
	assert.Equal(t, 2, strings.Count(out.String(), "in the channel: "+text+"\n"), out.String())
	assert.NotContains(t, out.String(), "nowhere")
	assert.NotContains(t, out.String(), "an-example")
}

// On a server of its own, twice and with another URL: the second run finds what
// the first made and mends it.
func TestThroughNovuAgain(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) { throughAgain(t, novutest.NewServer(t, novutest.WithVersion(version))) })
	}
}

func throughAgain(t *testing.T, srv *novutest.Server) {
	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()))
	require.NoError(t, err)
	for _, name := range []string{"builds", "deploys"} {
		to, err := webhook.ParseURL(strings.Replace(example, "builds", name, 1))
		require.NoError(t, err)
		require.NoError(t, through(t.Context(), client, to, "for "+name, io.Discard))
		require.NoError(t, srv.Settle(t.Context()))
	}
	require.Empty(t, srv.Failures())
	require.Len(t, srv.Messages(), 2)
	assert.Contains(t, string(srv.Messages()[1].WebhookURL), "/workflows/deploys/")
}

func TestFlags(t *testing.T) {
	var help bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &help), flag.ErrHelp)
	assert.Contains(t, help.String(), "-url")
	require.ErrorContains(t, run(t.Context(), []string{"extra"}, io.Discard, io.Discard), `"extra"`)
	err := run(t.Context(), []string{"-url", "https://outlook.office.com/webhook/x?sig=canary"}, io.Discard, io.Discard)
	require.ErrorIs(t, err, webhook.ErrInvalidParams)
	assert.NotContains(t, err.Error(), "canary")
}
