package main

import (
	"context"

	"github.com/novu-go/novu/msteams"
)

const channelsHelp = `Lists the channels of a team of a customer's. The bot reaches private and shared
ones only where it was added to the channel itself.

  novu-teams channels -customer acme -team 11111111-2222-3333-4444-555555555555

"novu-teams teams" lists the ids of teams.
`

func runChannels(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("channels", channelsHelp)
	team := f.String("team", "", "the `id` of the team (required)")
	if err := f.parse(args, c); err != nil {
		return err
	}
	if *team == "" {
		return misuse("-team is missing: \"novu-teams teams -customer %s\" lists the ids", f.customer)
	}
	customer, err := f.open(ctx, c, true)
	if err != nil {
		return err
	}
	return printList(ctx, c, f.json, customer.Channels(ctx, *team), list[msteams.Channel]{
		none: "There is no channel.", header: []string{"ID", "NAME", "MEMBERSHIP"},
		row: func(ch msteams.Channel) []string { return []string{ch.ID, ch.DisplayName, string(ch.MembershipType)} },
	})
}
