package main

import (
	"context"

	"github.com/novu-go/novu/msteams"
)

const teamsHelp = `Lists the teams of a customer's Microsoft 365 tenant.

  novu-teams teams -customer acme
  novu-teams teams -customer acme -name Eng
`

func runTeams(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("teams", teamsHelp)
	name := f.String("name", "", "only teams whose name starts with this `text`")
	if err := f.parse(args, c); err != nil {
		return err
	}
	customer, err := f.open(ctx, c, true)
	if err != nil {
		return err
	}
	return printList(ctx, c, f.json, customer.Teams(ctx, msteams.ListTeamsParams{NamePrefix: *name}), list[msteams.Team]{
		none: "There is no such team.", header: []string{"ID", "NAME", "DESCRIPTION"},
		row: func(t msteams.Team) []string { return []string{t.ID, t.DisplayName, t.Description} },
	})
}
