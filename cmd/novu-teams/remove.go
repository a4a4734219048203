package main

import (
	"context"
	"fmt"
)

const removeHelp = `Removes a destination of a customer.

  novu-teams remove -customer acme -destination teams_0f1e2d3c

"novu-teams destinations" lists them.
`

func runRemove(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("remove", removeHelp)
	identifier := f.String("destination", "", "the `identifier` of the destination (required)")
	if err := f.parse(args, c); err != nil {
		return err
	}
	if *identifier == "" {
		return misuse("-destination is missing: \"novu-teams destinations -customer %s\" lists the identifiers", f.customer)
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	if err := customer.RemoveDestination(ctx, *identifier); err != nil {
		return failed(ctx, err, "It may have been removed. Run it again to be sure.")
	}
	if f.json {
		return printJSON(c.out, map[string]string{"removed": *identifier})
	}
	_, err = fmt.Fprintf(c.out, "Removed %s.\n", *identifier)
	return err
}
