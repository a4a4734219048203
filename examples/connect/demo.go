package main

import (
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// demo is the emulator that stands in for Novu and Microsoft where the
// environment names no server.
type demo struct{ server *novutest.Server }

var demoBot = novu.MSTeamsCredentials{
	ClientID: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", ClientSecret: "an-example-secret", TenantID: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e",
}

func newDemo(root string) (*backend, error) {
	server, err := novutest.Start()
	if err != nil {
		return nil, err
	}
	b := &backend{demo: &demo{server}, bot: demoBot}
	b.bot.RedirectURL = root + "/connected"
	b.novu, err = novu.NewClient(server.SecretKey(), novu.WithBaseURL(server.URL()))
	if err == nil {
		b.teams, err = msteams.NewClient(msteams.Credentials{
			ClientID: b.bot.ClientID, ClientSecret: b.bot.ClientSecret, TenantID: b.bot.TenantID,
		}, msteams.WithEndpoints(msteams.Endpoints{Login: server.LoginURL(), Graph: server.GraphURL(), Connector: server.ConnectorURL()}))
	}
	if err != nil {
		server.Close()
		return nil, err
	}
	return b, nil
}

// as makes the customer's own administrator and person the ones whom the
// emulated Microsoft meets in front of its page.
func (d *demo) as(c *customer, link string) string {
	return withQuery(withQuery(link, "_tenant", c.tenant), "_user", c.person)
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
			landed = append(landed, arrival{Kind: m.Type, Where: a.names.of(m.EndpointIdentifier), Text: m.Text})
		}
	}
	return landed
}
