package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/novu-go/novu/novutest"
)

const emulatorHelp = `Runs Novu and Microsoft Teams on this machine, for clients in any language.

  novu-teams emulator -addr 127.0.0.1:4000

Once it listens it prints one line of JSON with the addresses to configure a
client with:

  {"novu":"http://127.0.0.1:4000","login":"…","graph":"…","connector":"…","resourceManager":"…"}

On standard error it prints the same as variables for another terminal, and the
address of a page that shows what happens. GET /_emulator/messages lists what
was delivered. It runs until it is interrupted.

For novu-teams setup, sign in with device codes (-directory device -catalog device
-azure device): the emulated administrator enters them at once.

With -bridge, people can talk to your agents in the chat of that page:

  novu-teams emulator -addr 127.0.0.1:4000 -bridge http://127.0.0.1:8080/api/novu
`

func runEmulator(ctx context.Context, args []string, c console) error {
	f, err := parseEmulatorFlags(args, c)
	if err != nil {
		return err
	}
	page, err := withPage()
	if err != nil {
		return err
	}
	server, err := novutest.Start(append(f.options(), page...)...)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := json.NewEncoder(c.out).Encode(struct {
		Novu            string `json:"novu"`
		Login           string `json:"login"`
		Graph           string `json:"graph"`
		Connector       string `json:"connector"`
		ResourceManager string `json:"resourceManager"`
	}{
		Novu: server.URL(), Login: server.LoginURL(), Graph: server.GraphURL(), Connector: server.ConnectorURL(),
		ResourceManager: server.ResourceManagerURL(),
	}); err != nil {
		return fmt.Errorf("write the addresses: %w", err)
	}
	fmt.Fprintf(c.err, "\nWatch it at %s/\nTo use it from another terminal:\n\n", server.URL())
	printExports(c.err, server)
	if f.bridge.url != "" {
		names, err := f.bridge.serve(ctx, server, c.err)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		fmt.Fprintf(c.err, "The bridge answers for %s. Talk to it at %s/chat\n", strings.Join(names, ", "), server.URL())
	}
	<-ctx.Done()
	printStopped(c.err, server)
	return nil
}

// printStopped says what a server did until it was interrupted.
func printStopped(w io.Writer, server *novutest.Server) {
	fmt.Fprintf(w, "\nStopped: %s landed, and %s.\n", count(len(server.Messages()), "message"), count(len(server.Failures()), "failure"))
}

// printExports prints what another terminal needs to use the server. Without [novutest.WithApp] the
// bot is made up: the server accepts any.
func printExports(w io.Writer, server *novutest.Server) {
	for _, variable := range [][2]string{
		{"NOVU_BASE_URL", server.URL()},
		{"NOVU_SECRET_KEY", server.SecretKey()},
		{"MSTEAMS_LOGIN_URL", server.LoginURL()},
		{"MSTEAMS_GRAPH_URL", server.GraphURL()},
		{"MSTEAMS_CONNECTOR_URL", server.ConnectorURL()},
		{"MSTEAMS_RESOURCE_MANAGER_URL", server.ResourceManagerURL()},
		{"MSTEAMS_CLIENT_ID", demoClientID},
		{"MSTEAMS_CLIENT_SECRET", demoClientSecret},
		{"MSTEAMS_TENANT_ID", demoHome},
	} {
		fmt.Fprintf(w, "export %s=%s\n", variable[0], shellQuote(variable[1]))
	}
	fmt.Fprintln(w)
}

// shellQuote quotes a value for a POSIX shell.
func shellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

type emulatorFlags struct {
	addr, secretKey                 string
	idempotency, rateLimit, feature bool
	consent                         novutest.Consent
	version                         novutest.Version
	bridge                          bridgeFlags
}

func parseEmulatorFlags(args []string, c console) (emulatorFlags, error) {
	var f emulatorFlags
	set := newFlags("emulator", emulatorHelp)
	set.StringVar(&f.addr, "addr", "127.0.0.1:0", "the `address` to listen on; port 0 picks a free one")
	public := set.Bool("public", false, "allow an address beyond loopback: whoever reaches it sees everything")
	set.StringVar(&f.secretKey, "secret-key", "emulator", "the API `key` of the one environment")
	set.BoolVar(&f.idempotency, "idempotency", true, "obey the Idempotency-Key header")
	set.BoolVar(&f.rateLimit, "rate-limit", false, "limit requests as Novu's free service does")
	set.BoolVar(&f.feature, "feature", true, "have the Slack and Teams feature; without it the routes of 3.15 answer 404 \"Feature not enabled\"")
	set.StringVar(&f.bridge.url, "bridge", "", "the `address` of a bridge on this machine that answers for agents")
	set.StringVar(&f.bridge.agents, "agent", "", "the `identifiers` of the bridge's agents, separated by commas; without them it is asked")
	version := set.String("version", string(novutest.Version319), "the `version` of Novu to play: 3.15 or 3.19")
	consent := set.String("consent", string(novutest.Ask), "what Microsoft's pages do: ask, approve or decline")
	if err := parseFlags(set, args, c); err != nil {
		return f, err
	}
	if f.secretKey == "" {
		f.secretKey = "emulator"
	}
	switch f.consent = novutest.Consent(*consent); f.consent {
	case novutest.Ask, novutest.Approve, novutest.Decline:
	default:
		return f, misuse("-consent is %q; it must be ask, approve or decline", *consent)
	}
	switch f.version = novutest.Version(*version); f.version {
	case novutest.Version315, novutest.Version319:
	default:
		return f, misuse("-version is %q; it must be %s or %s", *version, novutest.Version315, novutest.Version319)
	}
	if err := checkAddr(f.addr, *public); err != nil {
		return f, misuse("%w", err)
	}
	if f.bridge.url == "" {
		if f.bridge.agents != "" {
			return f, misuse("-agent needs -bridge")
		}
		return f, nil
	}
	if err := checkBridge(f.bridge.url); err != nil {
		return f, misuse("%w", err)
	}
	return f, nil
}

func (f emulatorFlags) options() []novutest.Option {
	opts := []novutest.Option{
		novutest.WithAddr(f.addr), novutest.WithSecretKey(f.secretKey), novutest.WithIdempotency(f.idempotency),
		novutest.WithVersion(f.version), novutest.WithFeature(f.feature), novutest.WithConsent(f.consent), novutest.WithTenant(demoTenant),
	}
	if f.rateLimit {
		opts = append(opts, novutest.WithRateLimit(novutest.RateLimit{}))
	}
	return opts
}

// demoTenant is the tenant whose administrator consents: with something to find, and
// open to whatever ids a client makes up.
var demoTenant = novutest.Tenant{
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
		return fmt.Errorf("-addr: %w", err)
	}
	if ip := net.ParseIP(host); public || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("-addr %s is not on loopback; add -public if others may reach it", addr)
}
