package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/novu-go/novu/novutest"
)

const demoHelp = `Starts Novu and Microsoft Teams on this machine, with two customers, and prints
what to try from another terminal. It runs until it is interrupted.

  novu-teams demo
  novu-teams demo -addr 127.0.0.1:4001

From that other terminal, -break takes something away from the customer acme:

  novu-teams demo -break bot
  novu-teams demo -break channel
`

func runDemo(ctx context.Context, args []string, c console) error {
	flags := newFlags("demo", demoHelp)
	addr := flags.String("addr", "127.0.0.1:4000", "the `address` to listen on, on loopback; port 0 picks a free one")
	broken := flags.String("break", "", "`what` to break in the demonstration that NOVU_BASE_URL names: bot, which leaves acme's team Bakery, or channel, which is Ovens")
	if err := parseFlags(flags, args, c); err != nil {
		return err
	}
	if *broken != "" {
		return breakDemo(ctx, *broken, c.out)
	}
	if err := checkAddr(*addr, false); err != nil {
		return misuse("%w", err)
	}
	page, err := withPage()
	if err != nil {
		return err
	}
	srv, err := novutest.Start(append(demoWorld(), append(page, novutest.WithAddr(*addr))...)...)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -addr 127.0.0.1:0", err)
	}
	defer srv.Close()
	if err := printDemo(c.out, srv); err != nil {
		return err
	}
	<-ctx.Done()
	printStopped(c.err, srv)
	return nil
}

// demoSteps are what there is to try. A step begins with what it shows.
var demoSteps = []string{
	"# Where do the notifications of acme land? Send one.",
	"status -customer acme",
	`send -customer acme -workflow alert -webhook-workflow alert-card -text "Oven 3 is cold"`,
	"# Connect globex: open the address that it prints in a browser, and approve.",
	"connect -customer globex",
	"# Choose where its notifications land, and send one.",
	"teams -customer globex",
	"channels -customer globex -team " + globexTeam,
	"add -customer globex -team " + globexTeam + " -channel " + globexChannel,
	"people -customer globex -find gia@globex.example",
	"add -customer globex -person gia@globex.example",
	`send -customer globex -workflow alert -text "The Nina is late"`,
	"# Break something: the bot leaves a team of acme's. What is wrong?",
	"demo -break bot",
	`send -customer acme -workflow alert -webhook-workflow alert-card -text "Oven 3 is warm"`,
	"doctor -customer acme -workflow alert",
	"# Mend it: adding the channel again installs the bot again.",
	"add -customer acme -team " + acmeTeam + " -channel " + acmeChannel,
	`send -customer acme -workflow alert -webhook-workflow alert-card -text "Oven 3 is hot"`,
	"doctor -customer acme -workflow alert",
	"# Remove all that Novu has of globex.",
	"disconnect -customer globex",
}

// printDemo prints what to try. Each command can be pasted into another terminal.
func printDemo(w io.Writer, srv *novutest.Server) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Novu and Microsoft Teams run on this machine, with two customers of a made-up\nproduct: acme is connected, globex is not. Watch what arrives at %s/\n", srv.URL())
	text.WriteString("\nIn another terminal, say first which servers to ask:\n\n")
	printExports(&text, srv)
	text.WriteString("Then try, one after the other:\n")
	program := programName(os.Args[0])
	for _, step := range demoSteps {
		if strings.HasPrefix(step, "#") {
			fmt.Fprintf(&text, "\n  %s\n", step)
		} else {
			fmt.Fprintf(&text, "  %s %s\n", program, step)
		}
	}
	text.WriteString("\nPress Ctrl-C here to stop.\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// programName is how a shell calls this program again.
func programName(called string) string {
	if strings.Contains(filepath.ToSlash(called), "/go-build") { // by "go run", which removes it
		return "go run ./cmd/novu-teams"
	}
	if strings.ContainsFunc(called, func(r rune) bool { return strings.ContainsRune(" '\"$&;()\\", r) }) {
		return shellQuote(called)
	}
	return called
}

// breakDemo takes something away in a demonstration that runs.
func breakDemo(ctx context.Context, what string, out io.Writer) error {
	var action, id, done string
	switch what {
	case "bot":
		action, id, done = "uninstall-bot", acmeTeam, "The bot has left acme's team Bakery."
	case "channel":
		action, id, done = "remove-conversation", acmeChannel, "The channel Ovens of acme's team Bakery is gone."
	default:
		return misuse("-break is %q; it must be bot or channel", what)
	}
	base := os.Getenv("NOVU_BASE_URL")
	if base == "" {
		return unknown(errors.New("NOVU_BASE_URL is not set: set it to the address of the demonstration"))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/_emulator/"+action, strings.NewReader(`{"id":"`+id+`"}`))
	if err != nil {
		return unknown(fmt.Errorf("NOVU_BASE_URL: %w", err))
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return unknown(fmt.Errorf("ask the demonstration: %w", err))
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return unknown(fmt.Errorf("%s is not a demonstration: it answered %d", base, resp.StatusCode))
	}
	_, err = fmt.Fprintln(out, done)
	return err
}
