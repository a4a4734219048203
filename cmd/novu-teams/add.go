package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/novu-go/novu/customers"
)

const addHelp = `Adds a destination to a customer: a channel, a person, or the webhook of a
Workflow. What can't work is refused before it is stored. Adding a destination
twice is adding it once.

  novu-teams add -customer acme -link "https://teams.microsoft.com/l/channel/…"
  novu-teams add -customer acme -team GUID -channel 19:…@thread.tacv2
  novu-teams add -customer acme -person ada@acme.example
  novu-teams add -customer acme -webhook url.txt -name Operations

A webhook's URL is a credential: whoever has it can post. So it comes from a
file, or with "-webhook -" from standard input.
`

type addFlags struct {
	*customerFlags
	team, channel, link, person, webhook, name, subscriber string
}

func runAdd(ctx context.Context, args []string, c console) error {
	f := addFlags{customerFlags: newCustomerFlags("add", addHelp)}
	f.StringVar(&f.team, "team", "", "the `id` of the channel's team")
	f.StringVar(&f.channel, "channel", "", "the `id` of a channel")
	f.StringVar(&f.link, "link", "", "the `link` that \"Copy link\" beside the channel in Teams yields, instead of both ids")
	f.StringVar(&f.person, "person", "", "a person's e-mail `address`, user principal name or id")
	f.StringVar(&f.webhook, "webhook", "", "a `file` that holds a webhook's URL; - is standard input")
	f.StringVar(&f.name, "name", "", "what people call the webhook")
	f.StringVar(&f.subscriber, "subscriber", "", "the `id` of the subscriber whose notifications land there; by default the customer's own")
	if err := f.parse(args, c); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	customer, err := f.open(ctx, c, f.webhook == "")
	if err != nil {
		return err
	}
	added, err := f.add(ctx, c, customer)
	if err != nil {
		return failed(ctx, err, "It may have been added. Run it again: adding twice is adding once.")
	}
	d := describe(*added)
	if f.json {
		return printJSON(c.out, d)
	}
	_, err = fmt.Fprintf(c.out, "Notifications of %s land in %s: destination %s.\n", d.SubscriberID, oneLine(cmp.Or(d.Name, "this "+d.Kind)), d.Identifier)
	return err
}

// check wants exactly one kind of destination.
func (f *addFlags) check() error {
	kinds := 0
	for _, given := range []bool{f.team != "" || f.channel != "" || f.link != "", f.person != "", f.webhook != ""} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return misuse("say what to add: -link, -team and -channel, -person or -webhook")
	case strings.Contains(f.webhook, "://"):
		return misuse("-webhook takes a file that holds the URL, since the URL is a credential; - is standard input")
	case f.name != "" && f.webhook == "":
		return misuse("-name goes with -webhook: Teams names channels and people")
	}
	return nil
}

func (f *addFlags) add(ctx context.Context, c console, customer *customers.Customer) (*customers.Destination, error) {
	switch {
	case f.webhook != "":
		address, err := readSecret(f.webhook, c, "Paste the URL of the webhook: ")
		if err != nil {
			return nil, err
		}
		return customer.AddWebhook(ctx, customers.AddWebhookParams{URL: address, Name: f.name, SubscriberID: f.subscriber})
	case strings.Contains(f.person, "@"):
		return customer.AddPerson(ctx, customers.AddPersonParams{Email: f.person, SubscriberID: f.subscriber})
	case f.person != "":
		return customer.AddPerson(ctx, customers.AddPersonParams{UserID: f.person, SubscriberID: f.subscriber})
	}
	return customer.AddChannel(ctx, customers.AddChannelParams{TeamID: f.team, ChannelID: f.channel, Link: f.link, SubscriberID: f.subscriber})
}
