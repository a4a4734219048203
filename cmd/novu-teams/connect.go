package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/novu-go/novu/customers"
)

const connectHelp = `Connects a customer's Microsoft 365 tenant. It prints the address where an
administrator of the customer consents to the bot, waits, and shows the tenant.

  novu-teams connect -customer acme

Whoever has the address can connect a tenant in the customer's name, so hand it
to nobody else. It is valid for five minutes. With -json it prints a line with the
address, and then a line with the connection.
`

func runConnect(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("connect", connectHelp)
	tenant := f.String("tenant", "", "the `id` of the customer's tenant, where you know it; no other is accepted then")
	wait := f.Duration("wait", 5*time.Minute, "how long to wait for the administrator; 0 only prints the address")
	if err := f.parse(args, c); err != nil {
		return err
	}
	if *wait < 0 {
		return misuse("-wait must be a time such as 5m, or 0")
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	before, err := customer.Status(ctx)
	if err != nil {
		return failed(ctx, err, nothingDone)
	}
	link, err := customer.ConnectURL(ctx, customers.ConnectParams{TenantID: *tenant})
	if err != nil {
		return failed(ctx, err, nothingDone)
	}
	if f.json {
		err = printJSONLine(c.out, map[string]any{"url": link.URL.Reveal(), "expiresAt": link.ExpiresAt})
	} else {
		_, err = fmt.Fprintf(c.out, "Send an administrator of %s to this address. It is valid until %s.\n\n  %s\n\n", f.customer, link.ExpiresAt.Local().Format(time.TimeOnly), link.URL.Reveal())
	}
	switch {
	case err != nil || *wait == 0:
		return err
	case before.Connected:
		return f.printConnected(c, before, " Opening the address renews the consent.")
	}
	return f.waitConnected(ctx, c, customer, *wait)
}

// waitConnected waits for the administrator and shows the tenant.
func (f *customerFlags) waitConnected(ctx context.Context, c console, customer *customers.Customer, wait time.Duration) error {
	const interrupted = "The address stays valid, and whoever opens it still connects the customer. \"novu-teams status\" tells whether somebody did."
	progress(c.err, "Waiting for the administrator …")
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	switch _, err := customer.WaitConnected(waiting); {
	case ctx.Err() == nil && waiting.Err() != nil && errors.Is(err, customers.ErrNotConnected):
		return &statusError{status: exitBroken, err: fmt.Errorf("no administrator of %s has consented within %s; run this again for a new address", f.customer, wait)}
	case err != nil:
		return failed(ctx, err, interrupted)
	}
	status, err := customer.Status(ctx)
	if err != nil {
		return failed(ctx, err, interrupted)
	}
	return f.printConnected(c, status, "")
}

func (f *customerFlags) printConnected(c console, s *customers.Status, note string) error {
	if f.json {
		return printJSONLine(c.out, describeStatus(f.customer, s))
	}
	_, err := fmt.Fprintln(c.out, connectedTo(f.customer, s)+note)
	return err
}

// connectedTo is a sentence about the customer's tenant.
func connectedTo(customer string, s *customers.Status) string {
	switch {
	case s.TenantID == "":
		return customer + ` is not connected. Send an administrator of it to the address that "novu-teams connect" prints.`
	case s.Organization == "":
		return fmt.Sprintf("%s is connected to the tenant %s.", customer, s.TenantID)
	}
	return fmt.Sprintf("%s is connected to %s, the tenant %s.", customer, oneLine(s.Organization), s.TenantID)
}
