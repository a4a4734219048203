package doctor_test

import (
	"context"
	"fmt"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// A trigger for acme was accepted, and nothing arrived.
func Example() {
	srv, err := novutest.Start(novutest.WithFixture(novutest.Fixture{
		Integrations: []any{object{
			"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": object{"clientId": clientID, "secretKey": "secret", "tenantId": homeTenant},
		}},
		Subscribers: []any{object{"subscriberId": "acme"}},
		Endpoints: []any{object{
			"identifier": "alerts", "integrationIdentifier": "teams", "subscriberId": "acme",
			"type": "ms_teams_channel", "endpoint": object{"teamId": teamID, "channelId": channelID},
		}},
	}))
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	client, ctx := srv.Client(), context.Background()
	d, err := doctor.New(client)
	if err != nil {
		panic(err)
	}
	report, err := d.Examine(ctx, doctor.Question{
		SubscriberID: "acme", Context: novu.ContextPayload{"tenant": {ID: "acme"}},
	})
	if err != nil {
		panic(err)
	}
	for _, f := range report.Broken() {
		fmt.Printf("%s: %s\n-> %s\n", f.Subject, f.Message, f.Remedy)
		fmt.Println(f.Evidence["otherContexts"])
	}
	// Output:
	// Subscriber acme: no endpoint has exactly the context tenant:acme, so Novu accepts a trigger and sends nothing; 1 endpoint has other contexts
	// -> Trigger with exactly the contexts of the endpoint, or create the endpoint and its connection with those of the trigger. Novu compares the whole set.
	// alerts: no context
}

// A job that runs every hour, and tells which customers are broken before they write in.
func ExampleDoctor_Sweep() {
	srv, err := novutest.Start(novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": true}},
		Subscribers:  []any{map[string]any{"subscriberId": "acme"}},
		Endpoints: []any{map[string]any{
			"identifier": "alerts", "integrationIdentifier": "teams", "subscriberId": "acme",
			"type": "webhook", "endpoint": map[string]any{"url": "https://contoso.webhook.office.com/webhookb2/not-real"},
		}},
	}))
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	d, err := doctor.New(srv.Client(), doctor.WithMSTeams(srv.MSTeams()))
	if err != nil {
		panic(err)
	}
	for report, err := range d.Sweep(context.Background(), doctor.SweepParams{}) {
		if err != nil {
			panic(err)
		}
		for _, f := range report.Broken() {
			fmt.Println(report.SubscriberID, f.Check)
			fmt.Println(f.ForCustomer)
		}
	}
	// Output:
	// acme endpoint.webhook
	// The webhook that our messages go to does not work any more. Please create a Workflow in Teams (the channel > Workflows > a template that posts webhook alerts), and send us its URL.
}
