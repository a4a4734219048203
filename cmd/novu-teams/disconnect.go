package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/novu-go/novu/customers"
)

const disconnectHelp = `Removes the destinations and the connection of a customer from Novu, and says
what only the customer's administrator can do. It asks before.

  novu-teams disconnect -customer acme
  novu-teams disconnect -customer acme -yes
`

func runDisconnect(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("disconnect", disconnectHelp)
	yes := f.Bool("yes", false, "do not ask")
	if err := f.parse(args, c); err != nil {
		return err
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	if !*yes {
		destinations := 0
		for _, err := range customer.Destinations(ctx) {
			if err != nil {
				return failed(ctx, err, nothingDone)
			}
			destinations++
		}
		question := fmt.Sprintf("Remove the connection and %s of %s from Novu? This can't be undone.", count(destinations, "destination"), f.customer)
		switch agreed, err := confirm(ctx, c, question); {
		case err != nil:
			return failed(ctx, err, nothingDone)
		case !agreed:
			return unknown(errors.New("the answer was not yes, so nothing was removed"))
		}
	}
	done, err := customer.Disconnect(ctx)
	if err != nil {
		return failed(ctx, err, "What was removed stays removed. Run it again to go on.")
	}
	return f.printDisconnected(c, done)
}

func (f *customerFlags) printDisconnected(c console, done *customers.Disconnected) error {
	if f.json {
		return printJSON(c.out, map[string]any{
			"destinations": done.Destinations, "connections": done.Connections, "tenantId": done.TenantID, "left": append([]string{}, done.Left...),
		})
	}
	if done.Destinations+done.Connections == 0 {
		_, err := fmt.Fprintf(c.out, "There was nothing to remove of %s.\n", f.customer)
		return err
	}
	fmt.Fprintf(c.out, "Removed of %s: %s and %s.\n", f.customer, count(done.Connections, "connection"), count(done.Destinations, "destination"))
	for _, left := range done.Left {
		fmt.Fprintln(c.out, left)
	}
	return nil
}
