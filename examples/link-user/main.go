// Command link-user has a person sign in with Microsoft, so that Novu knows
// where to write to them in Teams, and then writes to them.
//
// Without environment it happens on an emulator, which signs in by itself. With
// NOVU_SECRET_KEY (and NOVU_BASE_URL) it happens on that server, for a
// subscriber, an integration and a connection that are there already.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "link-user:", err)
		os.Exit(1)
	}
}

// link is whom to link, and through what.
type link struct {
	client                              *novu.Client
	subscriber, integration, connection string
	context                             novu.ContextPayload // that of the connection
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var l link
	set := flag.NewFlagSet("link-user", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&l.subscriber, "subscriber", "ada", "the `id` of the subscriber who signs in")
	set.StringVar(&l.integration, "integration", "msteams", "the `identifier` of the Teams integration")
	set.StringVar(&l.connection, "connection", "teams-acme", "the `identifier` of the connection to the person's tenant")
	customer := set.String("context", "acme", "the `id` of the context \"tenant\" that the connection has; empty for none")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; -h lists the flags", set.Arg(0))
	}
	if *customer != "" {
		l.context = novu.ContextPayload{"tenant": {ID: *customer}}
	}
	if os.Getenv("NOVU_SECRET_KEY") == "" {
		return l.onEmulator(ctx, stdout)
	}
	var err error
	if l.client, err = novu.NewClientFromEnv(); err != nil {
		return err
	}
	return l.person(ctx, stdout, func(_ context.Context, link *novu.OAuthURL) error {
		_, err := fmt.Fprintf(stdout, "Open this before %s and sign in:\n\n%s\n\n", link.ExpiresAt.Format("15:04:05"), link.URL.Reveal())
		return err
	})
}

// person has somebody follow a link-user URL and waits until they signed in.
func (l *link) person(ctx context.Context, out io.Writer, follow func(context.Context, *novu.OAuthURL) error) error {
	before, err := l.newest(ctx)
	if err != nil {
		return err
	}
	to, err := l.client.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{
		IntegrationIdentifier: l.integration, SubscriberID: l.subscriber, ConnectionIdentifier: l.connection, Context: l.context,
	})
	if err != nil {
		return err
	}
	if err := follow(ctx, to); err != nil {
		return err
	}
	ctx, cancel := context.WithDeadlineCause(ctx, to.ExpiresAt, errors.New("nobody signed in before the link expired; make a new one"))
	defer cancel()
	found, err := l.wait(ctx, before)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is linked: endpoint %s, %+v\n", l.subscriber, found.Identifier, found.Endpoint)
	return nil
}

// wait asks until there is an endpoint that was not there before. Novu stores
// one when the person comes back from Microsoft, and tells nobody.
func (l *link) wait(ctx context.Context, before *novu.ChannelEndpoint) (*novu.ChannelEndpoint, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		found, err := l.newest(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, err
		case found != nil && (before == nil || found.Identifier != before.Identifier):
			return found, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// newest is the subscriber's last one, nil if there is none.
func (l *link) newest(ctx context.Context) (*novu.ChannelEndpoint, error) {
	page, err := l.client.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{
		SubscriberID: l.subscriber, IntegrationIdentifier: l.integration, ContextKeys: l.context.Keys(), Limit: 1,
	})
	if err != nil || len(page.Data) == 0 {
		return nil, err
	}
	return &page.Data[0], nil
}

// onEmulator prepares what a server has, signs in without asking, and shows
// what the person is sent.
func (l *link) onEmulator(ctx context.Context, out io.Writer) error {
	server, err := novutest.Start(novutest.WithConsent(novutest.Approve))
	if err != nil {
		return err
	}
	defer server.Close()
	if l.client, err = novu.NewClient(server.SecretKey(), novu.WithBaseURL(server.URL())); err != nil {
		return err
	}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	if err := l.person(ctx, out, visit); err != nil {
		return err
	}
	_, err = l.client.Events.Trigger(ctx, novu.TriggerParams{
		WorkflowID: "welcome", To: novu.ToSubscriber(l.subscriber), Context: l.context,
	})
	if err != nil {
		return err
	}
	if err := server.Settle(ctx); err != nil {
		return err
	}
	for _, m := range server.Messages() {
		fmt.Fprintf(out, "in the chat with %s: %s\n", m.UserID, m.Text)
	}
	for _, f := range server.Failures() {
		fmt.Fprintf(out, "nowhere: %s\n", f.Reason)
	}
	return nil
}

// prepare makes what the person's company has by then: see examples/connect for
// how it comes about.
func (l *link) prepare(ctx context.Context) error {
	_, err := l.client.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Identifier: l.integration, Active: true, Credentials: novu.MSTeamsCredentials{
			ClientID: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", ClientSecret: "an-example", TenantID: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e",
		},
	})
	if err != nil {
		return err
	}
	if _, err := l.client.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: l.subscriber}); err != nil {
		return err
	}
	_, err = l.client.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
		Identifier: l.connection, IntegrationIdentifier: l.integration, SubscriberID: l.subscriber, Context: l.context,
		Workspace: novu.Workspace{ID: novutest.DefaultTenantID}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
	})
	if err != nil {
		return err
	}
	_, err = l.client.Workflows.Create(ctx, novu.CreateWorkflowParams{
		WorkflowID: "welcome", Name: "Welcome", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "You will be notified here.")},
	})
	return err
}

// visit goes where the person's browser would go.
func visit(ctx context.Context, link *novu.OAuthURL) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link.URL.Reveal(), nil)
	if err != nil {
		return errors.New("follow the link-user URL: it is none")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("follow the link-user URL: %w", errors.Unwrap(err)) // the error itself shows the URL
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("follow the link-user URL: the server answered %s", resp.Status)
	}
	return nil
}
