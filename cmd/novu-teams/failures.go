package main

import (
	"context"
	"errors"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
)

// definite are the errors that say what is broken. Any other says that it could not be found out, or
// that the command was used wrongly.
var definite = []error{
	customers.ErrNotConnected, customers.ErrWrongTenant, customers.ErrUnreachable,
	novu.ErrNotFound, msteams.ErrNotFound, msteams.ErrMemberNotFound, msteams.ErrForbidden, msteams.ErrNotConsented,
	msteams.ErrInvalidSecret, msteams.ErrSecretExpired, msteams.ErrAppDisabled, msteams.ErrTenantNotFound,
}

func isDefinite(err error) bool {
	for _, kind := range definite {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// failed is the error of a command: how it ends the program, in the program's own words. Where the
// command was interrupted, it says what was done until then.
func failed(ctx context.Context, err error, done string) error {
	if ctx.Err() == nil && isDefinite(err) {
		return &statusError{status: exitBroken, err: errors.New(inWords(err))}
	}
	return unfinished(ctx, err, done)
}

// unfinished is the error of a command that only finds something out: no error tells it.
func unfinished(ctx context.Context, err error, done string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return unknown(errors.New("interrupted. " + done))
	}
	return unknown(errors.New(inWords(err)))
}

// inCommands puts what errors of packages advise into the words of this program.
var inCommands = strings.NewReplacer(
	"customers: ", "", "setup: ", "", "doctor: ", "",
	"send an administrator of the customer to ConnectURL", `send an administrator of the customer to the address that "novu-teams connect" prints`,
	"send an administrator of the right tenant to ConnectURL", `send an administrator of the right tenant to the address that "novu-teams connect" prints`,
	"send an administrator to ConnectURL", `send an administrator to the address that "novu-teams connect" prints`,
	"call Disconnect", `run "novu-teams disconnect"`,
	"add one with AddChannel, AddPerson or AddWebhook", `add one with "novu-teams add"`,
	"take the identifier from Destinations", `"novu-teams destinations" lists them`,
	"Notify was given no WorkflowID; give Notify one", "name a workflow with -workflow",
	"Notify was given no WebhookWorkflowID; give Notify one", "name a workflow with -webhook-workflow",
	"create it with Subscribers.Create, or leave SubscriberID empty for the customer's own", "create it in Novu, or leave -subscriber out for the customer's own",
	"take Team.ID, or paste the channel's link into Link", `"novu-teams teams" lists them, or give -link`,
	"take Channel.ID, or paste the channel's link into Link", `"novu-teams channels" lists them, or give -link`,
	"install the app in the team (InstallInTeam) or for the user (InstallForUser)", "install the app in the team or for the user",
	"choose one that Channels lists", `choose one that "novu-teams channels" lists`,
	"TeamID ", "-team ", "ChannelID ", "-channel ",
)

// inWords is the text of an error for whoever reads a terminal. Which operation of package customers
// failed is left out: the command has done nothing else.
func inWords(err error) string {
	text := err.Error()
	var ours *customers.Error
	if errors.As(err, &ours) {
		text = strings.TrimPrefix(text, "customers: "+ours.Op+" ("+ours.Customer+"): ")
	}
	return oneLine(inCommands.Replace(text))
}
