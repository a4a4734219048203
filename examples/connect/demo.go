package main

import (
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// demo is the emulator that stands in for Novu and Microsoft where the
// environment names no server.
type demo struct {
	server *novutest.Server
	world  map[string]novutest.Tenant // each customer's, by its id
}

// world is what the customers have at Microsoft.
func world() map[string]novutest.Tenant {
	return map[string]novutest.Tenant{
		"acme": {
			ID: "2f1d9c3a-6b70-4d0e-9f0b-5a1c8e4d7a10",
			Teams: []novutest.Team{
				{Name: "Bakery", Description: "Ovens, shifts and deliveries", Channels: []novutest.Channel{{Name: "General"}, {Name: "Ovens"}, {Name: "Deliveries"}}},
				{Name: "IT", Description: "Builds and alerts", Channels: []novutest.Channel{{Name: "General"}, {Name: "Alerts"}, {Name: "Board", Membership: "private"}}},
			},
			Users: []novutest.User{{ID: "76b0a6d2-4c1e-4b8e-9a01-1f2e3d4c5b01", Name: "Ada Baker"}, {Name: "Ben Miller"}, {Name: "Cleo Rye"}, {Name: "Dan Guest", Guest: true}},
		},
		"globex": {
			ID: "8a4e2b6c-1d3f-4c5a-b7e9-0f2d4c6a8b20",
			Teams: []novutest.Team{
				{Name: "Fleet", Description: "Ships and crews", Channels: []novutest.Channel{{Name: "General"}, {Name: "Port alerts"}}},
			},
			Users: []novutest.User{{ID: "91c4e7f0-2d3b-4e5a-8b02-6a7b8c9d0e02", Name: "Gia Harbour"}, {Name: "Hugo Mast"}},
		},
	}
}

func newDemo(root string) (*backend, error) {
	d := &demo{world: world()}
	var opts []novutest.Option
	for _, c := range customers {
		opts = append(opts, novutest.WithTenant(d.world[c.ID]))
	}
	var err error
	if d.server, err = novutest.Start(opts...); err != nil {
		return nil, err
	}
	b := &backend{demo: d, bot: novu.MSTeamsCredentials{
		ClientID: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", ClientSecret: "an-example-secret",
		TenantID: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e", RedirectURL: root + "/connected",
	}}
	b.novu, err = novu.NewClient(d.server.SecretKey(), novu.WithBaseURL(d.server.URL()))
	if err == nil {
		b.teams, err = msteams.NewClient(
			msteams.Credentials{ClientID: b.bot.ClientID, ClientSecret: b.bot.ClientSecret, TenantID: b.bot.TenantID},
			msteams.WithEndpoints(msteams.Endpoints{Login: d.server.LoginURL(), Graph: d.server.GraphURL(), Connector: d.server.ConnectorURL()}),
		)
	}
	if err != nil {
		d.server.Close()
		return nil, err
	}
	return b, nil
}

// as makes the customer's own administrator and one of its people the ones whom
// the emulated Microsoft meets in front of its pages.
func (d *demo) as(c *customer, link string) string {
	tenant := d.world[c.ID]
	return withQuery(withQuery(link, "_tenant", tenant.ID), "_user", tenant.Users[0].ID)
}

// sampleWebhook is a Workflow that the emulator has for the customer.
func (d *demo) sampleWebhook(c *customer) string {
	return "https://prod-00.westeurope.logic.azure.com:443/workflows/" + c.ID + "/triggers/manual/paths/invoke" +
		"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=an-example"
}

// inbox is what the emulated Microsoft received of these transactions.
func (a *app) inbox(c *customer, transactions []string) []arrival {
	var landed []arrival
	for _, m := range a.demo.server.Messages() {
		if slices.Contains(transactions, m.TransactionID) && slices.Contains(c.subscribers(), m.SubscriberID) {
			landed = append(landed, arrival{Kind: kinds[m.Type], Where: a.names.of(m.EndpointIdentifier), Text: m.Text})
		}
	}
	return landed
}

var kinds = map[string]string{novutest.TypeChannel: kindChannel, novutest.TypeUser: kindPerson, novutest.TypeWebhook: kindWebhook}
