package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/novu-go/novu/customers"
)

const statusHelp = `Tells how a customer stands: whether it is connected, what was consented to, and
which of its destinations can be reached. It only reads.

  novu-teams status -customer acme

The exit status is 0 if all is well, 1 if something is broken, and 2 if not
everything could be checked. A webhook can't be checked without posting to it.
"novu-teams doctor" examines the whole chain.
`

func runStatus(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("status", statusHelp)
	if err := f.parse(args, c); err != nil {
		return err
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	found, err := customer.Status(ctx)
	if err != nil {
		return failed(ctx, err, nothingDone)
	}
	s := describeStatus(f.customer, found)
	if f.json {
		err = printJSON(c.out, s)
	} else {
		err = printStatus(c.out, found, s)
	}
	if err != nil || s.Verdict == 0 {
		return err
	}
	return &statusError{status: s.Verdict}
}

// status is how a customer stands, as JSON.
type status struct {
	Customer     string              `json:"customer"`
	Connected    bool                `json:"connected"`
	TenantID     string              `json:"tenantId,omitempty"`
	Organization string              `json:"organization,omitempty"`
	Missing      []string            `json:"missingPermissions,omitempty"`
	Problem      string              `json:"problem,omitempty"`
	Destinations []destinationStatus `json:"destinations"`
	Verdict      int                 `json:"-"` // the exit status
}

type destinationStatus struct {
	destination
	State       string `json:"state"`
	Problem     string `json:"problem,omitempty"`
	ForCustomer string `json:"forCustomer,omitempty"`
}

func describeStatus(customer string, found *customers.Status) *status {
	s := &status{
		Customer: customer, Connected: found.Connected, TenantID: found.TenantID, Organization: found.Organization,
		Destinations: []destinationStatus{},
	}
	if found.Consent != nil {
		s.Missing = found.Consent.MissingRequired
	}
	onlyWebhooks := len(found.Destinations) > 0
	for _, d := range found.Destinations {
		onlyWebhooks = onlyWebhooks && d.Kind == customers.KindWebhook
		ds := destinationStatus{destination: describe(d.Destination), State: string(d.Reachability)}
		if d.Err != nil {
			ds.Problem, ds.ForCustomer = inWords(d.Err), customers.ForCustomer(d.Err)
			s.worsen(d.Reachability == customers.Unreachable)
		}
		s.Destinations = append(s.Destinations, ds)
	}
	needsNone := onlyWebhooks && errors.Is(found.Err, customers.ErrNotConnected)
	if found.Err != nil && !needsNone {
		s.Problem = inWords(found.Err)
		s.worsen(isDefinite(found.Err))
	}
	return s
}

// worsen notes that something is broken, or that it could not be found out.
func (s *status) worsen(broken bool) {
	if broken {
		s.Verdict = exitBroken
	} else if s.Verdict == 0 {
		s.Verdict = exitUnknown
	}
}

func printStatus(w io.Writer, found *customers.Status, s *status) error {
	var text strings.Builder
	fmt.Fprintln(&text, connectedTo(s.Customer, found))
	if s.Problem != "" && s.TenantID != "" {
		fmt.Fprintln(&text, s.Problem)
	}
	if len(s.Missing) > 0 {
		fmt.Fprintf(&text, "The consent lacks %s.\n", strings.Join(s.Missing, ", "))
	}
	var rows [][]string
	for _, d := range s.Destinations {
		rows = append(rows, []string{d.Identifier, d.Kind, cmp.Or(d.Name, nameUnknown), d.SubscriberID, d.State})
	}
	text.WriteString("\n")
	err := printTable(&text, "There is no destination. Add one with \"novu-teams add\".", []string{"DESTINATION", "KIND", "NAME", "SUBSCRIBER", "STATE"}, rows)
	for _, d := range s.Destinations {
		if d.Problem != "" {
			fmt.Fprintf(&text, "\n%s: %s\n", d.Identifier, d.Problem)
		}
	}
	_, writeErr := io.WriteString(w, text.String())
	return errors.Join(err, writeErr)
}
