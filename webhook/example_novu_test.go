package webhook_test

import (
	"context"
	"fmt"
	"log"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// pasted is what a customer copied out of the Workflow in Teams.
const pasted = "https://prod-00.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke" +
	"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secret"

// through has Novu post a chat step's content to a Workflows webhook, and says
// what became of it.
func through(content string) {
	ctx := context.Background()
	srv, err := novutest.Start(novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true}},
		Subscribers:  []any{map[string]any{"subscriberId": "acme"}},
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	client := srv.Client()
	to, err := webhook.ParseURL(pasted)
	if err != nil {
		log.Fatal(err)
	}

	_, err = client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		IntegrationIdentifier: "teams", SubscriberID: "acme", Endpoint: novu.WebhookEndpoint{URL: to.Secret()},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Workflows.Create(ctx, novu.CreateWorkflowParams{
		Name: "Build failed", WorkflowID: "build-failed", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", content)},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: "build-failed", To: novu.ToSubscriber("acme")})
	if err != nil {
		log.Fatal(err)
	}

	if err := srv.Settle(ctx); err != nil {
		log.Fatal(err)
	}
	for _, m := range srv.Messages() {
		fmt.Println("in the channel:", m.Text)
	}
	for _, f := range srv.Failures() {
		fmt.Println("nowhere:", f.Reason)
	}
}

func ExampleForNovu_throughNovu() {
	content, err := webhook.ForNovu(webhook.Text("Build 17 failed"))
	if err != nil {
		log.Fatal(err)
	}
	through(content)
	// Output: in the channel: Build 17 failed
}

func ExampleForNovu_plainContent() {
	through("Build 17 failed") // which Novu posts as {"text": …}: accepted with 202, and the run fails
	// Output: nowhere: workflow run failed: the body has no attachments, so the loop over them has nothing to post
}
