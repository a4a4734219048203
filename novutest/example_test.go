package novutest_test

import (
	"context"
	"fmt"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// alertDisk is the code under test: it tells a customer's team that a disk is full.
func alertDisk(ctx context.Context, client *novu.Client, subscriberID, disk string) error {
	_, err := client.Events.Trigger(ctx, novu.TriggerParams{
		WorkflowID: "disk-alert", To: novu.ToSubscriber(subscriberID), Payload: map[string]any{"disk": disk},
	})
	return err
}

// In a test, novutest.NewServer(t, …) takes the place of Start and Close.
func Example() {
	srv, err := novutest.Start(novutest.WithFixture(novutest.Fixture{
		Integrations: []any{
			map[string]any{"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true,
				"credentials": map[string]any{"clientId": "bot", "secretKey": "secret", "tenantId": "home"}},
		},
		Subscribers: []any{map[string]any{"subscriberId": "acme"}},
		Connections: []any{
			map[string]any{"identifier": "acme", "integrationIdentifier": "teams", "subscriberId": "acme",
				"workspace": map[string]any{"id": "acme-tenant"}, "auth": map[string]any{"accessToken": "app-only"}},
		},
		Endpoints: []any{
			map[string]any{"integrationIdentifier": "teams", "connectionIdentifier": "acme", "subscriberId": "acme",
				"type": "ms_teams_channel", "endpoint": map[string]any{"teamId": "19:team@thread.tacv2", "channelId": "19:alerts@thread.tacv2"}},
		},
		Workflows: []any{
			map[string]any{"workflowId": "disk-alert", "name": "Disk alert", "active": true, "steps": []any{
				map[string]any{
					"name":          "Teams",
					"type":          "chat",
					"controlValues": map[string]any{"body": "Disk {{payload.disk}} is full"},
				}}},
		},
	}))
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	ctx := context.Background()
	if err := alertDisk(ctx, srv.Client(), "acme", "db-1"); err != nil {
		panic(err)
	}
	_ = srv.Settle(ctx)

	for _, m := range srv.Messages() {
		fmt.Println(m.ChannelID, m.Text)
	}
	// Output: 19:alerts@thread.tacv2 Disk db-1 is full
}
