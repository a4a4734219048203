// Command workflow-webhook posts to a channel through a Workflow of Microsoft
// Teams, without a bot: once directly, and once through Novu.
//
// Without environment both happen on an emulator. With -url it posts to that
// Workflow directly, and with NOVU_SECRET_KEY (and NOVU_BASE_URL) through that
// Novu server as well.
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
	"strings"
	"syscall"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "workflow-webhook:", err)
		os.Exit(1)
	}
}

// example is the URL of a Workflow that only the emulator knows.
const example = "https://prod-00.westeurope.logic.azure.com:443/workflows/builds/triggers/manual/paths/invoke" +
	"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=an-example"

const (
	integration = "workflow-webhook"
	subscriber  = "workflow-webhook-builds"
	workflow    = "workflow-webhook-card"
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	set := flag.NewFlagSet("workflow-webhook", flag.ContinueOnError)
	set.SetOutput(stderr)
	pasted := set.String("url", "", "the `URL` that the Workflow shows in Teams; without it everything happens on an emulator")
	text := set.String("text", "Build 4711 **failed**", "the `text` to post; Teams reads a part of Markdown in it")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; -h lists the flags", set.Arg(0))
	}
	if *pasted == "" {
		return onEmulator(ctx, *text, stdout)
	}
	to, err := webhook.ParseURL(*pasted)
	if err != nil {
		return err
	}
	if err := direct(ctx, to, *text, stdout); err != nil || os.Getenv("NOVU_SECRET_KEY") == "" {
		return err
	}
	client, err := novu.NewClientFromEnv()
	if err != nil {
		return err
	}
	return through(ctx, client, to, *text, stdout)
}

// direct posts to the Workflow without Novu.
func direct(ctx context.Context, to webhook.URL, text string, out io.Writer, opts ...webhook.Option) error {
	client, err := webhook.NewClient(opts...)
	if err != nil {
		return err
	}
	receipt, err := client.Send(ctx, to, webhook.Text(text))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "directly to %s: accepted with %d, run %s\n", to, receipt.StatusCode, receipt.RunID)
	return nil
}

// through has Novu post. The message is made when it is triggered and travels
// in the payload, because Novu posts a step's content as it is and a Workflow
// shows nothing but a card.
func through(ctx context.Context, client *novu.Client, to webhook.URL, text string, out io.Writer) error {
	if err := prepare(ctx, client, to); err != nil {
		return err
	}
	card, err := webhook.ForNovu(webhook.Text(text))
	if err != nil {
		return err
	}
	result, err := client.Events.Trigger(ctx, novu.TriggerParams{
		WorkflowID: workflow, To: novu.ToSubscriber(subscriber), Payload: map[string]any{"card": card},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "through Novu: %s, transaction %s\n", result.Status, result.TransactionID)
	return nil
}

// prepare makes what Novu needs once: an integration (without credentials, since
// no bot is involved), a subscriber, its endpoint and a workflow.
func prepare(ctx context.Context, client *novu.Client, to webhook.URL) error {
	_, err := client.Integrations.Create(ctx, novu.CreateIntegrationParams{Name: "Workflows", Identifier: integration, Active: true})
	if err != nil && !errors.Is(err, novu.ErrConflict) {
		return err
	}
	if _, err := client.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: subscriber}); err != nil {
		return err
	}
	endpoint := novu.WebhookEndpoint{URL: to.Secret()}
	_, err = client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		Identifier: subscriber, IntegrationIdentifier: integration, SubscriberID: subscriber, Endpoint: endpoint,
	})
	if errors.Is(err, novu.ErrConflict) { // of an earlier run, perhaps with another URL
		_, err = client.ChannelEndpoints.Update(ctx, subscriber, novu.UpdateChannelEndpointParams{Endpoint: endpoint})
	}
	if err != nil {
		return err
	}
	if _, err = client.Workflows.Get(ctx, workflow); errors.Is(err, novu.ErrNotFound) {
		_, err = client.Workflows.Create(ctx, novu.CreateWorkflowParams{
			WorkflowID: workflow, Name: workflow, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "{{payload.card}}")},
		})
	}
	return err
}

// onEmulator does both where nothing leaves this machine, and shows what landed.
func onEmulator(ctx context.Context, text string, out io.Writer) error {
	server, err := novutest.Start()
	if err != nil {
		return err
	}
	defer server.Close()
	client, err := novu.NewClient(server.SecretKey(), novu.WithBaseURL(server.URL()))
	if err != nil {
		return err
	}
	to, err := webhook.ParseURL(example)
	if err != nil {
		return err
	}
	if err := direct(ctx, to, text, out, webhook.WithHTTPClient(&http.Client{Transport: flows{server}})); err != nil {
		return err
	}
	if err := through(ctx, client, to, text, out); err != nil {
		return err
	}
	if err := server.Settle(ctx); err != nil {
		return err
	}
	for _, m := range server.Messages() {
		fmt.Fprintf(out, "in the channel: %s\n", m.Text)
	}
	for _, f := range server.Failures() {
		fmt.Fprintf(out, "nowhere: %s\n", f.Reason)
	}
	return nil
}

// flows takes requests to Workflows' hosts to the emulator's.
type flows struct{ server *novutest.Server }

func (f flows) RoundTrip(req *http.Request) (*http.Response, error) {
	root, _, _ := strings.Cut(string(f.server.WorkflowsURL("")), "/workflows/")
	there, err := http.NewRequestWithContext(req.Context(), req.Method, root+"/"+req.URL.Host+req.URL.RequestURI(), req.Body)
	if err != nil {
		return nil, err
	}
	there.Header = req.Header
	return http.DefaultTransport.RoundTrip(there)
}
