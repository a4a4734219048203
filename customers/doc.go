// Package customers connects the customers of a product with Microsoft Teams, one value per
// customer.
//
// Each customer has a Microsoft 365 tenant of its own. One bot, one app registration and one
// Microsoft Teams integration in Novu serve them all:
//
//	teams, err := customers.NewClient(client, ms, customers.Config{IntegrationIdentifier: "teams", ManifestID: appID})
//	acme := teams.Customer("acme")
//
// The customer's id is yours. It becomes a context in Novu, and everything about the customer is
// found again by that context, so that you need no database for it.
//
// # Connect
//
// An administrator of the customer consents once. Send their browser to the URL, and wait:
//
//	link, err := acme.ConnectURL(ctx, customers.ConnectParams{})
//	connection, err := acme.WaitConnected(ctx)
//
// Give ConnectParams the customer's tenant id where you know it, so that nobody connects another
// tenant by mistake. Give it a RedirectURL so that a declined consent ends on a page of yours.
//
// # Choose where notifications land
//
// A channel, from a picker that lists teams first and then a team's channels, or from a link that
// somebody pasted; a person, by e-mail address, or with LinkURL by signing in; the webhook of a
// Workflow:
//
//	for team, err := range acme.Teams(ctx, msteams.ListTeamsParams{NamePrefix: typed}) { … }
//	for channel, err := range acme.Channels(ctx, teamID) { … }
//	d, err := acme.AddChannel(ctx, customers.AddChannelParams{TeamID: teamID, ChannelID: channelID})
//	d, err := acme.AddPerson(ctx, customers.AddPersonParams{SubscriberID: "ada", Email: "ada@acme.example"})
//	d, err := acme.AddWebhook(ctx, customers.AddWebhookParams{URL: pasted, Name: "Operations"})
//
// Whatever can't work is refused before it is stored, with what somebody has to do in Teams. The
// app is installed in teams and for people where the administrator permitted that. Adding a
// destination twice is adding it once.
//
// # Notify
//
//	sent, err := acme.Notify(ctx, customers.NotifyParams{WorkflowID: "alert", WebhookWorkflowID: "alert-card", Payload: p})
//	outcomes, err := acme.WaitDelivered(ctx, sent.TransactionID)
//
// A bot shows text, a Workflow shows nothing but a card, and Novu sends one content to all
// endpoints of a subscriber. So there are two workflows, and a second subscriber: the webhooks of
// the subscriber "ada" belong to the subscriber "ada.webhooks", which this package makes and hides.
// Notify runs WorkflowID for "ada" and WebhookWorkflowID for "ada.webhooks", in the second under
// the transaction id with ".webhooks" behind it. The content of the second workflow's chat step is
// best {{payload.card}}, with the payload's "card" made by webhook.ForNovu.
//
// Without a SubscriberID everything belongs to the customer's own subscriber, named as the
// customer.
//
// # Keep an eye on it
//
// [Customer.Status] tells whether the customer is connected, what was consented to and which
// destinations can be reached, cheaply enough for a page. [Customer.Disconnect] removes everything
// and says what is left to the customer's administrator.
//
// # Errors
//
// Every error is an [*Error] that says what to do. ErrNotConnected, ErrWrongTenant, ErrUnreachable
// and ErrInvalidParams tell the kinds apart, beside those of novu, msteams and webhook. What was
// done before an error stays done, and calling again goes on from there.
//
// [ForCustomer] puts an error into words for the customer's people.
package customers
