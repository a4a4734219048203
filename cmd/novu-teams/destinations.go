package main

import (
	"cmp"
	"context"
	"iter"

	"github.com/novu-go/novu/customers"
)

const destinationsHelp = `Lists where the notifications of a customer land.

  novu-teams destinations -customer acme
`

func runDestinations(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("destinations", destinationsHelp)
	if err := f.parse(args, c); err != nil {
		return err
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	return printList(ctx, c, f.json, destinationsOf(ctx, customer), list[destination]{
		none:   "There is no destination. Add one with \"novu-teams add\".",
		header: []string{"DESTINATION", "KIND", "NAME", "SUBSCRIBER"},
		row: func(d destination) []string {
			return []string{d.Identifier, d.Kind, cmp.Or(d.Name, nameUnknown), d.SubscriberID}
		},
	})
}

// destination is a destination as JSON.
type destination struct {
	Identifier   string `json:"identifier"`
	Kind         string `json:"kind"`
	Name         string `json:"name,omitempty"` // "" where Microsoft does not tell it
	SubscriberID string `json:"subscriberId"`
	TeamID       string `json:"teamId,omitempty"`
	ChannelID    string `json:"channelId,omitempty"`
	UserID       string `json:"userId,omitempty"`
	Host         string `json:"host,omitempty"`
}

func describe(d customers.Destination) destination {
	described := destination{
		Identifier: d.Identifier, Kind: string(d.Kind), SubscriberID: d.SubscriberID,
		TeamID: d.TeamID, ChannelID: d.ChannelID, UserID: d.UserID, Host: d.Host,
	}
	if d.NameKnown {
		described.Name = d.Name
	}
	return described
}

const nameUnknown = "(unknown)"

func destinationsOf(ctx context.Context, customer *customers.Customer) iter.Seq2[destination, error] {
	return func(yield func(destination, error) bool) {
		for d, err := range customer.Destinations(ctx) {
			if !yield(describe(d), err) {
				return
			}
		}
	}
}
