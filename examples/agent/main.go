// Command agent is a support bot in Microsoft Teams. It shows an order as a card with buttons, lets a
// person choose, keeps what it learned, asks before it makes a refund, tells the bookkeeping through a
// workflow, and ends the conversation.
//
//	go run ./examples/agent
//
// talks to a made-up customer on an emulator and prints the chat.
//
//	go run ./examples/agent -serve 127.0.0.1:8080
//
// answers real people, as the bridge http://127.0.0.1:8080/api/novu of the agent "support". It needs
// NOVU_SECRET_KEY, and NOVU_BASE_URL if that is not Novu's cloud. The workflow "refund-made" notifies the
// bookkeeping.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

func main() {
	address := flag.String("serve", "", "the `address` to answer a real Novu at; empty: talk on an emulator")
	flag.Parse()
	if err := run(*address); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

func run(address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if address == "" {
		return demonstrate(ctx, os.Stdout)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return serve(ctx, listener, os.Stderr)
}

// serve answers Novu until ctx ends, and then finishes the turns that have begun.
func serve(ctx context.Context, listener net.Listener, log io.Writer) error {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		return err
	}
	h, err := agent.NewHandler(client, []agent.Bot{support})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/novu", h)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		stopped <- errors.Join(server.Shutdown(end), h.Shutdown(end))
	}()
	fmt.Fprintf(log, "The bridge of the agent %q is http://%s/api/novu. Ctrl-C stops it.\n", support.Identifier, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
