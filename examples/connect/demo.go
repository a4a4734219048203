package main

import (
	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// world is what the customers have at Microsoft.
var world = map[string]novutest.Tenant{
	"acme": {
		ID: "2f1d9c3a-6b70-4d0e-9f0b-5a1c8e4d7a10",
		Teams: []novutest.Team{
			{Name: "Bakery", Description: "Ovens, shifts and deliveries", Channels: []novutest.Channel{{Name: "General"}, {Name: "Ovens"}, {Name: "Deliveries"}}},
			{Name: "IT", Description: "Builds and alerts", Channels: []novutest.Channel{{Name: "General"}, {Name: "Alerts"}, {Name: "Board", Membership: "private"}}},
		},
		Users: []novutest.User{{ID: "76b0a6d2-4c1e-4b8e-9a01-1f2e3d4c5b01", Name: "Ada Baker", UPN: "ada@acme-bakeries.example"}, {Name: "Ben Miller", UPN: "ben@acme-bakeries.example"}},
	},
	"globex": {
		ID:    "8a4e2b6c-1d3f-4c5a-b7e9-0f2d4c6a8b20",
		Teams: []novutest.Team{{Name: "Fleet", Description: "Ships and crews", Channels: []novutest.Channel{{Name: "General"}, {Name: "Port alerts"}}}},
		Users: []novutest.User{{ID: "91c4e7f0-2d3b-4e5a-8b02-6a7b8c9d0e02", Name: "Gia Harbour", UPN: "gia@globex.example"}},
	},
}

// newDemo starts an emulator of Novu and Microsoft.
func newDemo() (*backend, error) {
	srv, err := novutest.Start(novutest.WithTenant(world["acme"]), novutest.WithTenant(world["globex"]))
	if err != nil {
		return nil, err
	}
	bot := novu.MSTeamsCredentials{ClientID: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", ClientSecret: "an-example", TenantID: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"}
	return &backend{
		novu: srv.Client(), teams: srv.MSTeams(), close: srv.Close, bot: bot,
		sample: func(customerID string) string {
			return "https://prod-00.westeurope.logic.azure.com/workflows/" + customerID + "/triggers/manual/paths/invoke?api-version=2016-06-01&sig=an-example"
		},
		// Microsoft meets the customer's own administrator, and one of its people.
		as: func(customerID, link string) string {
			return link + "&_tenant=" + world[customerID].ID + "&_user=" + world[customerID].Users[0].ID
		},
	}, nil
}
