// Command emulator is Novu and Microsoft Teams on loopback, for clients in any
// language.
//
// It prints one line of JSON once it listens, with the addresses to configure a
// client with:
//
//	{"novu":"http://127.0.0.1:40123","login":"…","graph":"…","connector":"…"}
//
// Open the first in a browser to watch what happens; GET /_emulator/messages
// lists what was delivered.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/novu-go/novu/novutest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := options(args, stderr)
	if err != nil {
		return err
	}
	pageOpts, err := withPage()
	if err != nil {
		return err
	}
	server, err := novutest.Start(append(opts, pageOpts...)...)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := json.NewEncoder(stdout).Encode(struct {
		Novu      string `json:"novu"`
		Login     string `json:"login"`
		Graph     string `json:"graph"`
		Connector string `json:"connector"`
	}{server.URL(), server.LoginURL(), server.GraphURL(), server.ConnectorURL()}); err != nil {
		return fmt.Errorf("emulator: writing the addresses: %w", err)
	}
	<-ctx.Done()
	return nil
}

func options(args []string, stderr io.Writer) ([]novutest.Option, error) {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "the `address` to listen on; port 0 picks a free one")
	public := flags.Bool("public", false, "allow an address beyond loopback: whoever reaches it sees everything")
	key := flags.String("secret-key", "", "the API `key` of the one environment; without it the key is \"emulator\"")
	idempotency := flags.Bool("idempotency", true, "obey the Idempotency-Key header")
	rateLimit := flags.Bool("rate-limit", false, "limit requests as Novu's free service does")
	feature := flags.Bool(
		"feature",
		true,
		"have the Slack and Teams feature; without it its routes answer 404 \"Feature not enabled\"",
	)
	older := flags.Bool("older", false, "be a server from before mid-2026, without the two newer OAuth routes")
	consent := flags.String("consent", "ask", "what Microsoft's pages do: ask, approve or decline")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("emulator: unexpected argument %q", flags.Arg(0))
	}
	if err := checkAddr(*addr, *public); err != nil {
		return nil, err
	}
	if *key == "" {
		*key = "emulator"
	}
	opts := []novutest.Option{
		novutest.WithAddr(*addr), novutest.WithSecretKey(*key), novutest.WithIdempotency(*idempotency),
		novutest.WithFeature(*feature), novutest.WithConsent(novutest.Consent(*consent)), novutest.WithTenant(demo),
	}
	if *rateLimit {
		opts = append(opts, novutest.WithRateLimit(novutest.RateLimit{}))
	}
	if *older {
		opts = append(opts, novutest.WithOlderServer())
	}
	return opts, nil
}

// demo is the tenant whose administrator consents: with something to find, and
// open to whatever ids a client makes up.
var demo = novutest.Tenant{
	Open: true,
	Teams: []novutest.Team{
		{Name: "Engineering", Channels: []novutest.Channel{{Name: "General"}, {Name: "Builds"}, {Name: "Incidents"}}},
		{Name: "Support", Channels: []novutest.Channel{{Name: "General"}, {Name: "Escalations"}}},
	},
	Users: []novutest.User{{Name: "Ada Lovelace"}, {Name: "Alan Turing"}, {Name: "Grace Hopper"}},
}

// checkAddr refuses an address that others could reach, unless they may.
func checkAddr(addr string, public bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("emulator: -addr: %w", err)
	}
	if ip := net.ParseIP(host); public || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("emulator: -addr %s is not on loopback: say -public if others may reach it", addr)
}
