package main

import "github.com/novu-go/novu"

// customer is an organisation that uses your product. Yours are in your
// database; ID is the key that they have there.
type customer struct{ ID, Name string }

var customers = []*customer{
	{ID: "acme", Name: "Acme Bakeries"},
	{ID: "globex", Name: "Globex Shipping"},
}

func customerByID(id string) *customer {
	for _, c := range customers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// context goes with everything that is made for the customer and with every
// notification. Novu compares it as a whole, so it also keeps customers apart.
func (c *customer) context() novu.ContextPayload {
	return novu.ContextPayload{"tenant": {ID: "connect-" + c.ID}}
}

// subscriber stands for everything that the bot writes to: channels and people.
// Where each person is to choose for themselves, make each a subscriber.
func (c *customer) subscriber() string { return "connect-" + c.ID }

// webhookSubscriber has the Workflows webhooks, which need another content than
// a bot does: Novu sends one content to all endpoints of a subscriber.
func (c *customer) webhookSubscriber() string { return c.subscriber() + "-webhooks" }

func (c *customer) subscribers() []string {
	return []string{c.subscriber(), c.webhookSubscriber()}
}
