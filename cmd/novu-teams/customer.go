package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
)

// customerFlags are those of the commands about one customer.
type customerFlags struct {
	*flag.FlagSet

	customer, integration, contextType string
	json                               bool
}

func newCustomerFlags(name, help string) *customerFlags {
	f := &customerFlags{FlagSet: newFlags(name, help+environmentHelp)}
	f.StringVar(&f.customer, "customer", "", "the `id` that the customer has in your product (required)")
	f.StringVar(&f.integration, "integration", "", "the `identifier` of the Teams integration in Novu; needed only where there are several")
	f.StringVar(&f.contextType, "context-type", "tenant", "the `type` of the contexts in Novu that stand for customers")
	f.BoolVar(&f.json, "json", false, "print JSON")
	return f
}

// parse reads the arguments. It returns what parseFlags does.
func (f *customerFlags) parse(args []string, c console) error {
	if err := parseFlags(f.FlagSet, args, c); err != nil {
		return err
	}
	if f.customer == "" {
		return misuse("-customer is missing: give the id that the customer has in your product")
	}
	return nil
}

// open returns the customer. Without the app's credentials in the environment it fails where
// Microsoft is needed, and says that Microsoft is not asked where it is not.
func (f *customerFlags) open(ctx context.Context, c console, needsMicrosoft bool) (*customers.Customer, error) {
	client, err := novuClient()
	if err != nil {
		return nil, unknown(err)
	}
	ms, err := msteamsClient()
	switch {
	case err != nil:
		return nil, unknown(err)
	case ms == nil && needsMicrosoft:
		return nil, unknown(errors.New("only Microsoft can tell: set MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID to those of the bot's app registration"))
	case ms == nil:
		fmt.Fprintln(c.err, "MSTEAMS_CLIENT_ID is not set, so Microsoft is not asked.")
	}
	if f.integration == "" {
		if f.integration, err = onlyIntegration(ctx, client); err != nil {
			return nil, failed(ctx, err, nothingDone)
		}
	}
	teams, err := customers.NewClient(client, ms, customers.Config{
		IntegrationIdentifier: f.integration, ContextType: f.contextType, ManifestID: os.Getenv("MSTEAMS_CLIENT_ID"),
	})
	if err != nil {
		return nil, failed(ctx, err, nothingDone)
	}
	return teams.Customer(f.customer), nil
}

const nothingDone = "Nothing was done."

// onlyIntegration finds the Teams integration of the environment. Older servers list those of other
// environments too.
func onlyIntegration(ctx context.Context, client *novu.Client) (string, error) {
	all, err := client.Integrations.List(ctx)
	if err != nil {
		return "", err
	}
	environment, err := client.Environment(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	for _, i := range all {
		if i.ProviderID == novu.ProviderMSTeams && i.Active && i.EnvironmentID == environment.ID {
			found = append(found, i.Identifier)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", errors.New(`there is no active integration of Microsoft Teams in Novu: make one with "novu-teams setup"`)
	}
	return "", fmt.Errorf("there are several integrations of Microsoft Teams in Novu: say which with -integration %s", strings.Join(found, " or -integration "))
}
