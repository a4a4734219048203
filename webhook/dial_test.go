package webhook_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

func TestAddressesThatAreNotPublic(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"localhost", "127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254",
		"[::ffff:a9fe:a9fe]", "100.64.0.1", "224.0.0.1", "255.255.255.255", "168.63.129.16", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00::1]",
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			allowed := webhook.WithAllowedHosts(strings.Trim(host, "[]"))
			to, err := webhook.ParseURL("https://"+host+":1/?sig="+canary, allowed)
			require.NoError(t, err)
			var attempts int
			logger := slog.New(slog.NewTextHandler(writer(func([]byte) { attempts++ }), &slog.HandlerOptions{Level: slog.LevelDebug}))
			_, err = newClient(t, allowed, webhook.WithLogger(logger)).Send(t.Context(), to, webhook.Text("hi"))
			require.ErrorIs(t, err, webhook.ErrPrivateAddress)
			assert.ErrorContains(t, err, "WithPrivateAddresses")
			assert.NotContains(t, err.Error(), "canary")
			assert.Equal(t, 1, attempts, "it stays refused")
		})
	}
}

// A name that leads to loopback is what a rebound one does at the moment of the
// call; the server would accept it.
func TestReboundName(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	allowed := webhook.WithAllowedHosts("localhost", "127.0.0.1")
	port := h.Listener.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"localhost", "127.0.0.1"} {
		to, err := webhook.ParseURL(fmt.Sprintf("https://%s:%d%s", host, port, path+query), allowed)
		require.NoError(t, err)
		_, err = newClient(t, allowed).Send(t.Context(), to, webhook.Text("hi"))
		require.ErrorIs(t, err, webhook.ErrPrivateAddress)
	}
	assert.Empty(t, h.seen())
	_, err := h.client().Send(t.Context(), h.url(), webhook.Text("hi"))
	require.NoError(t, err, "with WithPrivateAddresses")
}

// proxy is one for all runs, since net/http reads the environment only once.
var proxy = sync.OnceValue(func() *hook {
	h := &hook{}
	h.Server = httptest.NewServer(h)
	return h
})

// Allowed hosts go through the proxy of the environment as Microsoft's do. Not parallel, because of
// the environment.
func TestProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", proxy().URL)
	before := len(proxy().seen())
	once := webhook.WithRetryPolicy(webhook.RetryPolicy{MaxAttempts: 1})
	allowed := webhook.WithAllowedHosts("hooks.invalid", "10.1.2.3")
	for _, raw := range []string{strings.Replace(logicURL, "logic", "LOGIC", 1), "https://hooks.invalid" + path + query} {
		to, err := webhook.ParseURL(raw, allowed)
		require.NoError(t, err)
		_, err = newClient(t, once, allowed).Send(t.Context(), to, webhook.Text("hi"))
		require.Error(t, err)
		require.NotErrorIs(t, err, webhook.ErrPrivateAddress, "the proxy's own address is none of the caller's business")
		assert.NotContains(t, err.Error(), "canary")
		before++
		assert.Len(t, proxy().seen(), before)
	}

	to, err := webhook.ParseURL("https://10.1.2.3"+path+query, allowed)
	require.NoError(t, err)
	_, err = newClient(t, once, allowed).Send(t.Context(), to, webhook.Text("hi"))
	require.ErrorIs(t, err, webhook.ErrPrivateAddress)
	assert.Len(t, proxy().seen(), before)
	_, err = newClient(t, once, allowed, webhook.WithPrivateAddresses()).Send(t.Context(), to, webhook.Text("hi"))
	require.Error(t, err)
	assert.Len(t, proxy().seen(), before+1)
}
