package main

import (
	"context"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// The bot of the demonstrations, the tenant it lives in, and a customer's tenant.
const (
	demoClientID     = "0c4b1d7e-91f0-4a57-8f0e-3b6c54a2d901"
	demoClientSecret = "not~a.real.secret"
	demoHome         = "5f2a8c1e-3d47-4b92-a6e0-1c9d7b8e4f02"
	demoCustomer     = "9b7e6d5c-4a3f-4e2d-8c1b-0a9f8e7d6c03"
)

type object = map[string]any

// examineDemo examines a subscriber with three endpoints. In its private channel
// the bot is not, the person's endpoint was created without a connection, and the
// third leads to a webhook of a kind that Microsoft has retired.
func examineDemo(ctx context.Context, f doctorFlags, opts ...novutest.Option) (*doctor.Report, error) {
	tenant := novutest.NewTenant(demoCustomer, 1, 2, 1)
	tenant.Teams[0].Channels[1].Membership = "private"
	srv, err := novutest.Start(append([]novutest.Option{
		novutest.WithApp(novutest.App{ClientID: demoClientID, ClientSecret: demoClientSecret, TenantID: demoHome}),
		novutest.WithTenant(tenant), novutest.WithFixture(demoFixture(tenant)),
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	defer srv.Close()
	ms, err := msteams.NewClient(
		msteams.Credentials{ClientID: demoClientID, ClientSecret: demoClientSecret, TenantID: demoHome},
		msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
	)
	if err != nil {
		return nil, err
	}
	d, err := doctor.New(srv.Client(), doctor.WithMSTeams(ms), doctor.WithCheckTimeout(f.timeout))
	if err != nil {
		return nil, err
	}
	return d.Examine(ctx, doctor.Question{
		SubscriberID: "acme", WorkflowID: "build-failed", Context: novu.ContextPayload{"tenant": {ID: "acme"}},
	})
}

func demoFixture(tenant novutest.Tenant) novutest.Fixture {
	acme := object{"tenant": "acme"}
	endpoint := func(identifier, kind, connection string, place object) object {
		made := object{
			"identifier": identifier, "integrationIdentifier": "teams", "subscriberId": "acme", "context": acme,
			"type": kind, "endpoint": place,
		}
		if connection != "" {
			made["connectionIdentifier"] = connection
		}
		return made
	}
	team := tenant.Teams[0]
	return novutest.Fixture{
		Integrations: []any{object{
			"identifier": "teams", "name": "Teams bot", "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": object{"clientId": demoClientID, "secretKey": demoClientSecret, "tenantId": demoHome},
		}},
		Subscribers: []any{object{"subscriberId": "acme"}},
		Connections: []any{object{
			"identifier": "acme-365", "integrationIdentifier": "teams", "subscriberId": "acme", "context": acme,
			"workspace": object{"id": demoCustomer}, "auth": object{"accessToken": "app-only"},
		}},
		Endpoints: []any{
			endpoint("alerts", "ms_teams_channel", "acme-365", object{"teamId": team.ID, "channelId": team.Channels[1].ID}),
			endpoint("ada", "ms_teams_user", "", object{"userId": tenant.Users[0].ID}),
			endpoint("hook", "webhook", "", object{"url": "https://contoso.webhook.office.com/webhookb2/not-real"}),
		},
		Workflows: []any{object{
			"workflowId": "build-failed", "name": "Build failed", "active": true,
			"steps": []any{object{"name": "Teams", "type": "chat", "controlValues": object{"body": "Build {{payload.build}} failed"}}},
		}},
	}
}
