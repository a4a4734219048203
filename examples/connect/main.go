// Command connect is a web application with which customers connect Microsoft Teams by themselves.
// It has two parts that can be taken apart: portal is for customers, operator for the product's own.
//
// Without environment it starts an emulator. With NOVU_SECRET_KEY, NOVU_BASE_URL, MSTEAMS_CLIENT_ID,
// MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID it works on that server.
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

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/examples/connect/operator"
	"github.com/novu-go/novu/examples/connect/portal"
	"github.com/novu-go/novu/examples/connect/web"
	"github.com/novu-go/novu/msteams"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "connect:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("connect", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "the loopback `address` to listen on; port 0 picks a free one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w; choose another port with -addr", err)
	}
	defer listener.Close() //nolint:errcheck // the server closes it first
	if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("-addr %s is not on loopback, and this example signs people in without a password; use 127.0.0.1", *addr)
	}
	b, err := newBackend()
	if err != nil {
		return err
	}
	defer b.close()
	site, err := b.site(ctx, listener.Addr().String())
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Open http://%s in a browser. Ctrl-C ends it.\n", listener.Addr())
	server := &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// users are who can sign in. Yours are in your database.
var users = []web.User{
	{ID: "acme", Name: "Acme Bakeries"}, {ID: "globex", Name: "Globex Shipping"}, {ID: "operator", Name: "Operator of the product", Operator: true},
}

// A bot shows text, a Workflows webhook nothing but a card, so there are two workflows.
const integration, textWorkflow, cardWorkflow = "connect-msteams", "connect-text", "connect-card"

// site puts the two parts together, and creates in Novu what all customers share.
func (b *backend) site(ctx context.Context, host string) (*web.Site, error) {
	root := "http://" + host
	b.bot.RedirectURL = root + "/connected"
	_, err := b.novu.Integrations.Create(ctx, novu.CreateIntegrationParams{Name: "Connect example", Identifier: integration, Active: true, Credentials: b.bot})
	if err != nil && !errors.Is(err, novu.ErrConflict) {
		return nil, err
	}
	for id, body := range map[string]string{textWorkflow: "{{payload.text}}", cardWorkflow: "{{payload.card}}"} {
		_, err := b.novu.Workflows.Get(ctx, id)
		if errors.Is(err, novu.ErrNotFound) {
			_, err = b.novu.Workflows.Create(ctx, novu.CreateWorkflowParams{WorkflowID: id, Name: id, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", body)}})
		}
		if err != nil {
			return nil, err
		}
	}
	teams, err := customers.NewClient(b.novu, b.teams, customers.Config{IntegrationIdentifier: integration, ManifestID: b.bot.ClientID})
	if err != nil {
		return nil, err
	}
	site := web.New(host, users)
	portal.Mount(ctx, site, teams, portal.Config{
		TextWorkflow: textWorkflow, CardWorkflow: cardWorkflow, ConsentURL: root + "/consent", Sample: b.sample, As: b.as,
	})
	(&operator.Operator{Novu: b.novu, Teams: b.teams, Bot: b.bot, WorkflowID: textWorkflow, ConsentURL: root + "/consent", Site: site}).Mount()
	return site, nil
}

// backend is the server that the environment names, or an emulator.
type backend struct {
	novu   *novu.Client
	teams  *msteams.Client
	bot    novu.MSTeamsCredentials
	close  func()
	sample func(customerID string) string
	as     func(customerID, link string) string
}

func newBackend() (b *backend, err error) {
	if os.Getenv("NOVU_SECRET_KEY") == "" {
		return newDemo()
	}
	b = &backend{close: func() {}, bot: novu.MSTeamsCredentials{
		ClientID: os.Getenv("MSTEAMS_CLIENT_ID"), ClientSecret: novu.Secret(os.Getenv("MSTEAMS_CLIENT_SECRET")), TenantID: os.Getenv("MSTEAMS_TENANT_ID"),
	}}
	if b.novu, err = novu.NewClientFromEnv(); err == nil {
		b.teams, err = msteams.NewClientFromEnv()
	}
	return b, err
}
