package customers_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// emulated is a client on an emulator of Novu and Microsoft. Yours comes from novu.NewClientFromEnv
// and msteams.NewClientFromEnv.
func emulated() (*customers.Client, func()) {
	srv, err := novutest.Start(novutest.WithTenant(contoso()), novutest.WithProcessingDelay(0))
	if err != nil {
		log.Fatal(err)
	}
	ctx, client := context.Background(), srv.Client()
	_, err = client.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Name: "Teams", Identifier: "teams", Active: true, Credentials: novu.MSTeamsCredentials{ClientID: appID, ClientSecret: "x", TenantID: otherTenant},
	})
	if err != nil {
		log.Fatal(err)
	}
	for id, body := range map[string]string{"alert": "{{payload.text}}", "alert-card": "{{payload.card}}"} {
		if _, err := client.Workflows.Create(ctx, novu.CreateWorkflowParams{WorkflowID: id, Name: id, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", body)}}); err != nil {
			log.Fatal(err)
		}
	}
	teams, err := customers.NewClient(client, srv.MSTeams(), customers.Config{IntegrationIdentifier: "teams", ManifestID: appID})
	if err != nil {
		log.Fatal(err)
	}
	return teams, srv.Close
}

// approve is what an administrator does in the browser.
func approve(link *novu.OAuthURL) {
	resp, err := http.Get(link.URL.Reveal())
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
}

// The whole way of a customer.
func Example() {
	teams, done := emulated()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	acme := teams.Customer("acme")

	link, err := acme.ConnectURL(ctx, customers.ConnectParams{})
	if err != nil {
		log.Fatal(err)
	}
	approve(link)
	if _, err := acme.WaitConnected(ctx); err != nil {
		log.Fatal(err)
	}
	if _, err := acme.AddPerson(ctx, customers.AddPersonParams{Email: "ada@contoso.example"}); err != nil {
		log.Fatal(err)
	}
	sent, err := acme.Notify(ctx, customers.NotifyParams{WorkflowID: "alert", Payload: map[string]any{"text": "Build 4711 failed"}})
	if err != nil {
		log.Fatal(err)
	}
	outcomes, err := acme.WaitDelivered(ctx, sent.TransactionID)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		fmt.Println(o.Destination.Name, o.Err)
	}
	removed, err := acme.Disconnect(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(removed.Destinations, "removed")
	// Output:
	// Ada Lovelace <nil>
	// 1 removed
}

// A picker lists teams first, and the channels of the one that was chosen.
func ExampleCustomer_Teams() {
	teams, done := emulated()
	defer done()
	ctx := context.Background()
	acme := teams.Customer("acme")
	link, err := acme.ConnectURL(ctx, customers.ConnectParams{})
	if err != nil {
		log.Fatal(err)
	}
	approve(link)

	for team, err := range acme.Teams(ctx, msteams.ListTeamsParams{NamePrefix: "Eng"}) {
		if err != nil {
			log.Fatal(err)
		}
		for channel, err := range acme.Channels(ctx, team.ID) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(team.DisplayName, "/", channel.DisplayName, channel.MembershipType)
		}
	}
	// Output:
	// Engineering / General standard
	// Engineering / Builds standard
	// Engineering / Secret private
}

// A webhook shows only cards, so it has a workflow of its own. Its card is made for the
// notification.
func ExampleCustomer_AddWebhook() {
	teams, done := emulated()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	acme := teams.Customer("acme")

	pasted := novu.Secret("https://prod-00.westeurope.logic.azure.com/workflows/ops/triggers/manual/paths/invoke?api-version=2016-06-01&sig=x")
	added, err := acme.AddWebhook(ctx, customers.AddWebhookParams{URL: pasted, Name: "Operations"})
	if err != nil {
		log.Fatal(err)
	}
	card, err := webhook.ForNovu(webhook.Text("Build 4711 failed"))
	if err != nil {
		log.Fatal(err)
	}
	sent, err := acme.Notify(ctx, customers.NotifyParams{WebhookWorkflowID: "alert-card", Payload: map[string]any{"card": card}})
	if err != nil {
		log.Fatal(err)
	}
	outcomes, err := acme.WaitDelivered(ctx, sent.TransactionID)
	fmt.Println(added.Name, "at", added.Host, outcomes[0].Err, err)
	// Output:
	// Operations at prod-00.westeurope.logic.azure.com <nil> <nil>
}

// What is wrong says what to do about it.
func ExampleError() {
	teams, done := emulated()
	defer done()
	_, err := teams.Customer("acme").AddPerson(context.Background(), customers.AddPersonParams{Email: "ada@contoso.example"})
	var e *customers.Error
	if errors.Is(err, customers.ErrNotConnected) && errors.As(err, &e) {
		fmt.Println(e.Remedy)
	}
	// Output:
	// send an administrator of the customer to ConnectURL
}
