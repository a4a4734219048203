package main

import (
	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// The places in the customers' tenants that the demonstration speaks of.
const (
	acmeTenant    = "2f1d9c3a-6b70-4d0e-9f0b-5a1c8e4d7a10"
	acmeTeam      = "4c8f1e2d-3b5a-4f60-9d7e-1a2b3c4d5e6f"
	acmeChannel   = "19:ovens@thread.tacv2"
	acmeAda       = "76b0a6d2-4c1e-4b8e-9a01-1f2e3d4c5b01"
	globexTenant  = "8a4e2b6c-1d3f-4c5a-b7e9-0f2d4c6a8b20"
	globexTeam    = "d1e2f3a4-b5c6-4d7e-8f90-a1b2c3d4e5f6"
	globexChannel = "19:port@thread.tacv2"
	globexGia     = "91c4e7f0-2d3b-4e5a-8b02-6a7b8c9d0e02"
	acmeWebhook   = "https://prod-00.westeurope.logic.azure.com/workflows/operations/triggers/manual/paths/invoke?api-version=2016-06-01&sig=made-up"
)

// demoWorld is a product with two customers, of which acme is connected. The administrator who
// consents is globex's.
func demoWorld() []novutest.Option {
	return []novutest.Option{
		novutest.WithApp(novutest.App{ClientID: demoClientID, ClientSecret: demoClientSecret, TenantID: demoHome}),
		novutest.WithSecretKey("demo"),
		novutest.WithDirectory(globexTenant, globexGia),
		novutest.WithTenant(novutest.Tenant{
			ID: acmeTenant,
			Teams: []novutest.Team{
				{ID: acmeTeam, Name: "Bakery", Channels: []novutest.Channel{{Name: "General"}, {ID: acmeChannel, Name: "Ovens"}, {Name: "Deliveries"}}},
				{Name: "IT", Channels: []novutest.Channel{{Name: "General"}, {Name: "Board", Membership: "private"}}},
			},
			Users: []novutest.User{{ID: acmeAda, Name: "Ada Baker", UPN: "ada@acme.example"}, {Name: "Ben Miller", UPN: "ben@acme.example"}},
		}),
		novutest.WithTenant(novutest.Tenant{
			ID: globexTenant, Unconsented: true,
			Teams: []novutest.Team{{ID: globexTeam, Name: "Fleet", Channels: []novutest.Channel{{Name: "General"}, {ID: globexChannel, Name: "Port"}}}},
			Users: []novutest.User{{ID: globexGia, Name: "Gia Harbor", UPN: "gia@globex.example"}},
		}),
		novutest.WithFixture(demoCustomers()),
	}
}

func demoCustomers() novutest.Fixture {
	acme := novu.ContextPayload{"tenant": {ID: "acme"}}
	return novutest.Fixture{
		Integrations: []any{novu.CreateIntegrationParams{
			Identifier: "teams", Name: "Teams bot", Active: true,
			Credentials: novu.MSTeamsCredentials{ClientID: demoClientID, ClientSecret: demoClientSecret, TenantID: demoHome, RedirectURL: "/"}, // the live page
		}},
		Subscribers: []any{novu.CreateSubscriberParams{SubscriberID: "acme"}, novu.CreateSubscriberParams{SubscriberID: "acme.webhooks"}},
		Workflows: []any{
			novu.CreateWorkflowParams{WorkflowID: "alert", Name: "Alert", Steps: []novu.WorkflowStep{novu.ChatStep("Teams", "{{payload.text}}")}},
			novu.CreateWorkflowParams{WorkflowID: "alert-card", Name: "Alert, for webhooks", Steps: []novu.WorkflowStep{novu.ChatStep("Teams", "{{payload.card}}")}},
		},
		Connections: []any{novu.CreateChannelConnectionParams{
			Identifier: "acme", IntegrationIdentifier: "teams", Context: acme, ConnectionMode: novu.ConnectionModeShared,
			Workspace: novu.Workspace{ID: acmeTenant, Name: "Acme Bakeries"}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
		}},
		Endpoints: []any{
			novu.CreateChannelEndpointParams{
				Identifier: "acme-ovens", IntegrationIdentifier: "teams", ConnectionIdentifier: "acme", SubscriberID: "acme", Context: acme,
				Endpoint: novu.MSTeamsChannelEndpoint{TeamID: acmeTeam, ChannelID: acmeChannel},
			},
			novu.CreateChannelEndpointParams{
				Identifier: "acme-ada", IntegrationIdentifier: "teams", ConnectionIdentifier: "acme", SubscriberID: "acme", Context: acme,
				Endpoint: novu.MSTeamsUserEndpoint{UserID: acmeAda},
			},
			novu.CreateChannelEndpointParams{
				Identifier: "acme-operations", IntegrationIdentifier: "teams", SubscriberID: "acme.webhooks", Context: acme,
				Endpoint: novu.WebhookEndpoint{URL: acmeWebhook, Channel: "Operations"},
			},
		},
	}
}
