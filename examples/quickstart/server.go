package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

type flags struct {
	approve                      bool
	team, channel, user, webhook string
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.BoolVar(&f.approve, "approve", false, "follow the connect URL instead of printing it, for a server that approves itself, as the emulator does")
	set.StringVar(&f.team, "team", "", "the `id` (a GUID) of the team that the channel is in; found through Microsoft if empty")
	set.StringVar(&f.channel, "channel", "", "the thread `id` of the channel to post to; found through Microsoft if empty")
	set.StringVar(&f.user, "user", "", "the Entra object `id`, or the bot's 29: id, of the person to write to; found through Microsoft if empty")
	set.StringVar(&f.webhook, "webhook", "https://prod-00.westeurope.logic.azure.com:443/workflows/quickstart/triggers/manual/paths/invoke"+
		"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=an-example", "the `URL` of a Workflows webhook")
	set.Usage = func() {
		fmt.Fprint(stderr, "quickstart [flags]\n\nFrom nothing to messages in Microsoft Teams, step by step. Without NOVU_SECRET_KEY in the\n"+
			"environment it runs on an emulator that it starts itself. With it, it uses that server\n(NOVU_BASE_URL, if set) "+
			"and the bot in MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and\nMSTEAMS_TENANT_ID.\n\n")
		set.PrintDefaults()
	}
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q; -h lists the flags", set.Arg(0))
	}
	return f, nil
}

// server is where the journey happens.
type server struct {
	client   *novu.Client
	ms       *msteams.Client // nil where the environment names no bot
	app      novu.MSTeamsCredentials
	emulator *novutest.Server // nil for a server of another process
}

// connectTo uses the server that the environment names, else an emulator.
func connectTo(f *flags) (*server, func(), error) {
	s := &server{app: novu.MSTeamsCredentials{
		ClientID:     cmp.Or(os.Getenv("MSTEAMS_CLIENT_ID"), "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"),
		ClientSecret: novu.Secret(cmp.Or(os.Getenv("MSTEAMS_CLIENT_SECRET"), "an-example-secret")),
		TenantID:     cmp.Or(os.Getenv("MSTEAMS_TENANT_ID"), "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"),
	}}
	var err error
	if os.Getenv("NOVU_SECRET_KEY") == "" {
		if s.emulator, err = novutest.Start(novutest.WithTenant(demo)); err != nil {
			return nil, nil, err
		}
		f.approve = true
		s.client, s.ms = s.emulator.Client(), s.emulator.MSTeams()
		return s, s.emulator.Close, nil
	}
	s.client, err = novu.NewClientFromEnv()
	if err == nil && os.Getenv("MSTEAMS_CLIENT_ID") != "" {
		s.ms, err = msteams.NewClientFromEnv()
	}
	return s, func() {}, err
}

// demo is the customer's tenant on the emulator.
var demo = novutest.Tenant{
	Teams: []novutest.Team{{Name: "Engineering", Channels: []novutest.Channel{{Name: "General"}, {Name: "Builds"}}}},
	Users: []novutest.User{{Name: "Ada Lovelace"}},
}

// approve goes where an administrator's browser would go.
func approve(ctx context.Context, link novu.Secret) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link.Reveal(), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var shown *url.Error // it shows the URL, which is a secret
		if errors.As(err, &shown) {
			err = shown.Err
		}
		return fmt.Errorf("follow the connect URL: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("follow the connect URL: the server answered %s", resp.Status)
	}
	return nil
}

// wait shows that something is being waited for.
func wait[T any](ctx context.Context, out io.Writer, done func(context.Context) (T, error)) (T, error) {
	finished, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for seconds := 1; ; seconds++ {
			select {
			case <-tick.C:
				fmt.Fprintf(out, "\r     waiting for consent, %d s ", seconds)
			case <-finished:
				return
			}
		}
	}()
	v, err := done(ctx)
	close(finished)
	<-stopped
	return v, err
}

// showMessages prints what the emulator received of this run. A real Teams shows it
// itself.
func (j *journey) showMessages(ctx context.Context, s *server) error {
	j.heading("9. See what arrived")
	messages, err := s.inbox(ctx)
	if err != nil {
		return err
	}
	if messages == nil {
		j.result("look at the channel, the chat and the webhook's channel in Teams, or at Novu's activity feed")
		return nil
	}
	table := tabwriter.NewWriter(j.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n  KIND\tWHERE\tTEXT")
	for _, m := range messages {
		if slices.Contains(j.transactions, m.TransactionID) {
			fmt.Fprintf(table, "  %s\t%s\t%s\n", m.Type, cmp.Or(m.ChannelID, m.UserID, fmt.Sprint(m.WebhookURL)), m.Text)
		}
	}
	return table.Flush()
}

// inbox returns what an emulator received, nil where the server is none.
func (s *server) inbox(ctx context.Context) ([]novutest.Message, error) {
	if s.emulator != nil {
		err := s.emulator.Settle(ctx)
		return s.emulator.Messages(), err
	}
	root := strings.TrimSuffix(os.Getenv("NOVU_BASE_URL"), "/") + "/_emulator/"
	if root == "/_emulator/" || fetch(ctx, http.MethodPost, root+"settle", nil) != nil {
		return nil, ctx.Err()
	}
	messages := []novutest.Message{}
	return messages, fetch(ctx, http.MethodGet, root+"messages", &messages)
}

func fetch(ctx context.Context, method, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
