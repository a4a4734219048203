// Command quickstart goes the whole way from nothing to messages in Microsoft
// Teams: an integration, an administrator's consent, three endpoints, and two
// triggered workflows.
//
// Without environment it starts an emulator of Novu and Microsoft and plays the
// administrator. With NOVU_SECRET_KEY (and NOVU_BASE_URL, MSTEAMS_CLIENT_ID,
// MSTEAMS_CLIENT_SECRET, MSTEAMS_TENANT_ID) it works on that server.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "\nquickstart: stopped; run it again to go on where it was")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "\nquickstart:", err)
		os.Exit(1)
	}
}

// The names under which everything is kept, so that a second run finds what the
// first one made.
const (
	integration = "quickstart-msteams"
	connection  = "quickstart-acme"
	customer    = "quickstart-acme"     // reached by the bot
	operations  = "quickstart-acme-ops" // reached by a Workflows webhook
	textAlert   = "quickstart-build-failed"
	cardAlert   = "quickstart-build-failed-card"
)

// A bot shows text as it is. A Workflow shows nothing but this envelope, and
// accepts anything else without a word.
const (
	text = "Build {{payload.build}} failed"
	card = `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":` +
		`{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4",` +
		`"body":[{"type":"TextBlock","text":"Build {{payload.build}} failed","wrap":true}]}}]}`
)

// journey is what each step needs.
type journey struct {
	client  *novu.Client
	ms      *msteams.Client // nil where Microsoft can't be asked
	out     io.Writer
	flags   flags
	app     novu.MSTeamsCredentials
	context novu.ContextPayload

	tenant       string   // the customer's, once it has consented
	transactions []string // of the triggered events
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	server, closeServer, err := connectTo(&f)
	if err != nil {
		return err
	}
	defer closeServer()
	j := &journey{client: server.client, ms: server.ms, out: stdout, flags: f, app: server.app, context: novu.ContextPayload{"tenant": {ID: "quickstart"}}}
	for _, step := range []func(context.Context) error{
		j.ping, j.createIntegration, j.createSubscribers, j.createWorkflows, j.connect, j.find, j.createEndpoints, j.trigger,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return j.showMessages(ctx, server)
}

func (j *journey) heading(text string) { fmt.Fprintf(j.out, "\n%s\n", text) }
func (j *journey) result(format string, args ...any) {
	fmt.Fprintf(j.out, "  -> "+format+"\n", args...)
}
func (j *journey) explain(format string, args ...any) {
	fmt.Fprintf(j.out, "     "+format+"\n", args...)
}

func (j *journey) ping(ctx context.Context) error {
	j.heading("1. Is the key right, and is the Teams feature on?")
	env, err := j.client.Ping(ctx)
	if err != nil {
		return err
	}
	j.result("yes: the key belongs to the environment %q, and the feature is on", env.Name)
	j.explain("Register this redirect URI in the app registration in Azure: %s", j.client.CallbackURL())
	return nil
}

func (j *journey) createIntegration(ctx context.Context) error {
	j.heading("2. Create a Microsoft Teams integration with the bot's credentials")
	made, err := j.client.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Name: "Quickstart", Identifier: integration, Active: true, Credentials: j.app,
	})
	if errors.Is(err, novu.ErrConflict) {
		j.result("%s exists already", integration)
		return nil
	}
	if err != nil {
		return err
	}
	j.result("%s is active", made.Identifier)
	j.explain("Novu now sends as the bot %s.", j.app.ClientID)
	return nil
}

func (j *journey) createSubscribers(ctx context.Context) error {
	j.heading("3. Create the subscribers to notify")
	for _, id := range []string{customer, operations} {
		if _, err := j.client.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: id}); err != nil {
			return err
		}
		j.result("%s", id)
	}
	j.explain("A subscriber is whom a notification is for: here a customer, and its operations team.")
	return nil
}

func (j *journey) createWorkflows(ctx context.Context) error {
	j.heading("4. Create a workflow with a chat step for the bot, and one for the webhook")
	for _, w := range []novu.CreateWorkflowParams{
		{WorkflowID: textAlert, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", text)}},
		{WorkflowID: cardAlert, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", card)}},
	} {
		_, err := j.client.Workflows.Get(ctx, w.WorkflowID)
		if errors.Is(err, novu.ErrNotFound) {
			w.Name = w.WorkflowID
			_, err = j.client.Workflows.Create(ctx, w)
		}
		if err != nil {
			return err
		}
		j.result("%s", w.WorkflowID)
	}
	j.explain("Two, because a bot shows text, and a Workflows webhook shows nothing but a card.")
	return nil
}

func (j *journey) connect(ctx context.Context) error {
	j.heading("5. Ask for the connect URL and send an administrator there")
	if made, err := j.client.ChannelConnections.Get(ctx, connection); err == nil {
		j.result("%s exists already: consent was given", connection)
		j.tenant = made.Workspace.ID
		return nil
	} else if !errors.Is(err, novu.ErrNotFound) {
		return err
	}
	params := novu.ConnectOAuthURLParams{
		IntegrationIdentifier: integration, SubscriberID: customer, ConnectionIdentifier: connection, Context: j.context,
	}
	link, err := j.client.Integrations.GenerateConnectOAuthURL(ctx, params)
	if errors.Is(err, novu.ErrRouteNotFound) {
		j.result("this server has only the older route")
		link, err = j.client.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{
			IntegrationIdentifier: integration, SubscriberID: customer, ConnectionIdentifier: connection, Context: j.context,
		})
	}
	if err != nil {
		return err
	}
	if j.flags.approve {
		j.result("the URL is valid until %s; this program plays the administrator", link.ExpiresAt.Format("15:04:05"))
		err = approve(ctx, link.URL)
	} else {
		j.result("open this URL as an administrator before %s:\n\n%s\n", link.ExpiresAt.Format("15:04:05"), link.URL.Reveal())
	}
	if err != nil {
		return err
	}
	made, err := wait(ctx, j.out, func(ctx context.Context) (*novu.ChannelConnection, error) {
		return j.client.ChannelConnections.Wait(ctx, connection)
	})
	if err != nil {
		return err
	}
	j.tenant = made.Workspace.ID
	j.result("the connection %s leads to the tenant %s", made.Identifier, j.tenant)
	j.explain("The administrator consented, and Microsoft told Novu which tenant that was for.")
	return nil
}

func (j *journey) find(ctx context.Context) error {
	j.heading("6. Find a channel and a person in the customer's tenant, and install the bot there")
	f := &j.flags
	switch {
	case f.team != "" && f.channel != "" && f.user != "":
		j.result("the flags name them")
		return nil
	case j.ms == nil:
		f.team = cmp.Or(f.team, "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11")
		f.channel = cmp.Or(f.channel, "19:quickstart@thread.tacv2")
		f.user = cmp.Or(f.user, "d27f1a33-6c0e-4c59-8f0a-3a1e5b7c9d22")
		j.result("MSTEAMS_CLIENT_ID is not set, so Microsoft can't be asked; these are IDs that an emulator accepts")
		return nil
	}
	tenant := j.ms.Tenant(j.tenant)
	for team, err := range tenant.Directory(ctx) {
		if err = errors.Join(err, team.Err); err != nil {
			return err
		}
		channel := team.Channels[len(team.Channels)-1] // every team has one at least
		f.team, f.channel = channel.TeamID, channel.ID
		j.result("channel %q of team %q: %s", channel.DisplayName, team.DisplayName, channel.ID)
		break
	}
	if f.team == "" {
		return fmt.Errorf("tenant %s has no team yet: create one in Teams, or give -team, -channel and -user", j.tenant)
	}
	app, err := tenant.CatalogApp(ctx, j.app.ClientID)
	if err == nil {
		err = tenant.InstallInTeam(ctx, f.team, app.ID)
	}
	if err != nil {
		return err
	}
	j.result("app %q is installed in the team", app.DisplayName)
	for member, err := range tenant.TeamRoster(ctx, f.team) {
		if err != nil {
			return err
		}
		f.user = cmp.Or(f.user, member.ID)
		j.result("person %q: %s", member.Name, member.ID)
		break
	}
	j.explain("The IDs of a channel come from Graph, those of a person from the team's roster.")
	return nil
}

func (j *journey) createEndpoints(ctx context.Context) error {
	j.heading("7. Say where notifications land: a channel, a person, a Workflows webhook")
	for _, p := range []novu.CreateChannelEndpointParams{
		{Identifier: "quickstart-channel", ConnectionIdentifier: connection, SubscriberID: customer, Context: j.context,
			Endpoint: novu.MSTeamsChannelEndpoint{TeamID: j.flags.team, ChannelID: j.flags.channel}},
		{Identifier: "quickstart-user", ConnectionIdentifier: connection, SubscriberID: customer, Context: j.context,
			Endpoint: novu.MSTeamsUserEndpoint{UserID: j.flags.user}},
		{Identifier: "quickstart-webhook", SubscriberID: operations, Context: j.context,
			Endpoint: novu.WebhookEndpoint{URL: novu.Secret(j.flags.webhook)}},
	} {
		p.IntegrationIdentifier = integration
		made, err := j.client.ChannelEndpoints.Create(ctx, p)
		if errors.Is(err, novu.ErrConflict) {
			made, err = j.client.ChannelEndpoints.Update(ctx, p.Identifier, novu.UpdateChannelEndpointParams{Endpoint: p.Endpoint})
		}
		if err != nil {
			return err
		}
		j.result("%s: %s", made.Identifier, inWords(made.Endpoint))
	}
	j.explain("All have the context tenant:quickstart. A notification must have exactly the same.")
	return nil
}

func (j *journey) trigger(ctx context.Context) error {
	j.heading("8. Trigger the workflows")
	for _, event := range []novu.TriggerParams{
		{WorkflowID: textAlert, To: novu.ToSubscriber(customer)},
		{WorkflowID: cardAlert, To: novu.ToSubscriber(operations)},
	} {
		event.Payload, event.Context = map[string]any{"build": 4711}, j.context
		result, err := j.client.Events.Trigger(ctx, event)
		if err != nil {
			return err
		}
		j.transactions = append(j.transactions, result.TransactionID)
		j.result("%s: Novu accepted it as %s", event.WorkflowID, result.TransactionID)
	}
	j.explain("Acceptance is not delivery: Novu's worker delivers a little later.")
	return nil
}

// inWords says where an endpoint leads.
func inWords(e novu.Endpoint) string {
	switch e := e.(type) {
	case novu.MSTeamsChannelEndpoint:
		return "channel " + e.ChannelID
	case novu.MSTeamsUserEndpoint:
		return "person " + e.UserID
	case novu.WebhookEndpoint:
		return "Workflows webhook"
	}
	return string(e.Type())
}
