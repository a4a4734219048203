package main

import "github.com/novu-go/novu"

// customer is an organisation that uses your product. Yours are in your
// database; ID is the key that they have there.
type customer struct {
	ID, Name string
	tenant   string // its Microsoft 365 tenant in the emulator
	person   string // who signs in there
}

var customers = []*customer{
	{ID: "acme", Name: "Acme Bakeries", tenant: "2f1d9c3a-6b70-4d0e-9f0b-5a1c8e4d7a10", person: "76b00000-0000-4000-8000-000000000001"},
	{ID: "globex", Name: "Globex Shipping", tenant: "8a4e2b6c-1d3f-4c5a-b7e9-0f2d4c6a8b20", person: "76b00000-0000-4000-8000-000000000002"},
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
