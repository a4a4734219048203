package main

import (
	"cmp"
	"context"
)

const peopleHelp = `Finds a person of a customer's tenant by e-mail address or user principal name.

  novu-teams people -customer acme -find ada@acme.example
`

func runPeople(ctx context.Context, args []string, c console) error {
	f := newCustomerFlags("people", peopleHelp)
	find := f.String("find", "", "the e-mail `address` or user principal name (required)")
	if err := f.parse(args, c); err != nil {
		return err
	}
	if *find == "" {
		return misuse("-find is missing: give the person's e-mail address")
	}
	customer, err := f.open(ctx, c, true)
	if err != nil {
		return err
	}
	member, err := customer.FindPerson(ctx, *find)
	if err != nil {
		return failed(ctx, err, nothingDone)
	}
	// The object id is what signing in stores too. Microsoft does not tell it of everybody.
	found := person{ID: cmp.Or(member.ObjectID, member.ID), Name: member.Name, Address: cmp.Or(member.Email, member.UserPrincipalName)}
	return printItems(c, f.json, []person{found}, list[person]{
		header: []string{"ID", "NAME", "ADDRESS"},
		row:    func(p person) []string { return []string{p.ID, p.Name, p.Address} },
	})
}

// person is a person as JSON.
type person struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
}
