// Command connect is a small web application with which a customer connects
// Microsoft Teams by itself: it asks an administrator for consent, lets people
// choose where notifications land, and sends a test.
//
// Without environment it starts an emulator of Novu and Microsoft. With
// NOVU_SECRET_KEY, NOVU_BASE_URL, MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and
// MSTEAMS_TENANT_ID it works on that server.
//
// Its handlers are meant to be read as a recipe: app.go lists the routes, each
// of the other files is one thing that a customer does. What a backend of your
// own replaces is customer.go and session.go, which know two demo customers and
// no passwords.
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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "connect:", err)
		os.Exit(1)
	}
}

type flags struct {
	addr, integration string
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("connect", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.addr, "addr", "127.0.0.1:8080", "the loopback `address` to listen on; port 0 picks a free one")
	set.StringVar(&f.integration, "integration", "connect-msteams", "the `identifier` of the Teams integration in Novu; made if it is not there")
	set.Usage = func() {
		fmt.Fprint(stderr, "connect [flags]\n\nA web page on which a customer connects Microsoft Teams. Without NOVU_SECRET_KEY in the environment\n"+
			"it runs on an emulator that it starts itself. With it, it uses that server (NOVU_BASE_URL, if set) and\n"+
			"the bot in MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID. Ctrl-C ends it.\n\n")
		set.PrintDefaults()
	}
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q; -h lists the flags", set.Arg(0))
	}
	return f, checkAddr(f.addr)
}

// checkAddr keeps the page on this machine: whoever reaches it is signed in
// without a password.
func checkAddr(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr: %w; give a host and a port, such as 127.0.0.1:8080", err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("-addr %s is not on loopback, and this example signs people in without a password; use 127.0.0.1", addr)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.addr)
	if err != nil {
		return fmt.Errorf("%w; choose another port with -addr", err)
	}
	defer listener.Close() //nolint:errcheck // the server closes it first
	root := "http://" + listener.Addr().String()
	b, err := newBackend(root)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.prepare(ctx, f.integration); err != nil {
		return err
	}
	handler, err := newApp(b, f.integration, root).handler()
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Open %s in a browser. Ctrl-C ends it.\n%s\n", root, b.about())
	return serve(ctx, listener, handler)
}

// serve answers until ctx ends, then lets requests finish for a moment.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		return server.Close()
	}
	return nil
}
