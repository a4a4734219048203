package main

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/novutest"
)

func TestDemonstration(t *testing.T) {
	var out strings.Builder
	require.NoError(t, demonstrate(t.Context(), &out))
	for _, line := range []string{
		"(An order) (Something else)", "Status: on its way", "[Refund it] [That's all]", "Bot changes that message: Refunded: € 25 for order 4711.",
		`Novu ran the workflow "refund-made" for "bookkeeping".`,
	} {
		assert.Contains(t, out.String(), line)
	}
}

// chat is a person who talks to the bot.
func chat(t *testing.T) *novutest.Chat {
	t.Helper()
	srv := novutest.NewServer(t)
	h, err := agent.NewHandler(srv.Client(), []agent.Bot{support})
	require.NoError(t, err)
	srv.ServeAgent(support.Identifier, h)
	return srv.Chat(novutest.User{Name: "Alan Turing"})
}

func TestNothingIsRefundedWithoutApproval(t *testing.T) {
	c := chat(t)
	_, err := c.Say(t.Context(), "4712 is broken")
	require.NoError(t, err)
	_, err = c.Click(t.Context(), "Refund it")
	require.NoError(t, err)
	_, err = c.Click(t.Context(), "Keep it")
	require.NoError(t, err)
	assert.Equal(t, "No refund.", c.Last().Text)
}

func TestUnknownOrder(t *testing.T) {
	c := chat(t)
	_, err := c.Say(t.Context(), "Where is 9999?")
	require.NoError(t, err)
	assert.Equal(t, "There is no order 9999.", c.Last().Text)
}

// The program answers a server of another process, and ends when it is told to.
func TestServe(t *testing.T) {
	srv := novutest.NewServer(t)
	t.Setenv("NOVU_BASE_URL", srv.URL())
	t.Setenv("NOVU_SECRET_KEY", srv.SecretKey())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, &strings.Builder{}) }()
	srv.ServeAgent(support.Identifier, novutest.BridgeURL("http://"+listener.Addr().String()+"/api/novu"))
	c := srv.Chat(novutest.User{Name: "Ada Lovelace"})
	_, err = c.Say(t.Context(), "Hello")
	require.NoError(t, err)
	assert.Contains(t, c.Last().Text, "What is it about?")
	stop()
	require.NoError(t, <-ended)
}
