package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/webhook"
)

const sendHelp = `Notifies a customer, and tells what became of it at each destination.

  novu-teams send -customer acme -workflow alert -text "Build 4711 failed"
  novu-teams send -customer acme -workflow alert -webhook-workflow alert-card -text "Build 4711 failed"
  novu-teams send -customer acme -workflow build-failed -payload '{"build": 4711}'

A bot shows text and a webhook shows a card, so Novu needs a workflow for each.
With -text the payload holds "text", and "card" with the same text as a card: let
the chat step of the one be {{payload.text}} and that of the other
{{payload.card}}.

The exit status is 0 if it arrived everywhere, 1 if it did not, and 2 if that is
not known. A transaction id makes it safe to run again: the same id notifies once.
`

type sendFlags struct {
	*customerFlags
	params customers.NotifyParams
	text   string
	wait   time.Duration
}

func runSend(ctx context.Context, args []string, c console) error {
	f := sendFlags{customerFlags: newCustomerFlags("send", sendHelp)}
	f.StringVar(&f.params.WorkflowID, "workflow", "", "the `id` of the workflow for channels and people")
	f.StringVar(&f.params.WebhookWorkflowID, "webhook-workflow", "", "the `id` of the workflow for webhooks")
	f.StringVar(&f.text, "text", "", "the `text` of the notification")
	f.Func("payload", "the payload, a `JSON` object", payloadOf(&f.params.Payload))
	f.StringVar(&f.params.SubscriberID, "subscriber", "", "the `id` of the subscriber to notify; by default the customer's own")
	f.StringVar(&f.params.TransactionID, "transaction", "", "the `id` of the notification; one is made if it is left out")
	f.DurationVar(&f.wait, "wait", time.Minute, "how long to wait for the outcome; 0 does not wait")
	if err := f.parse(args, c); err != nil {
		return err
	}
	switch {
	case f.params.WorkflowID == "" && f.params.WebhookWorkflowID == "":
		return misuse("-workflow is missing: name the workflow to run, or with -webhook-workflow the one for webhooks")
	case f.wait < 0:
		return misuse("-wait must be a time such as 1m, or 0")
	}
	if err := f.addText(); err != nil {
		return misuse("%w", err)
	}
	customer, err := f.open(ctx, c, false)
	if err != nil {
		return err
	}
	return f.send(ctx, c, customer)
}

// payloadOf reads a JSON object.
func payloadOf(into *map[string]any) func(string) error {
	return func(text string) error {
		if json.Unmarshal([]byte(text), into) != nil || *into == nil {
			return errors.New("it must be a JSON object")
		}
		return nil
	}
}

// addText puts the text into the payload, also as a card.
func (f *sendFlags) addText() error {
	if f.text == "" {
		return nil
	}
	card, err := webhook.ForNovu(webhook.Text(f.text))
	if err != nil {
		return err
	}
	payload := map[string]any{"text": f.text, "card": card}
	maps.Copy(payload, f.params.Payload)
	f.params.Payload = payload
	return nil
}

func (f *sendFlags) send(ctx context.Context, c console, customer *customers.Customer) error {
	sent, err := customer.Notify(ctx, f.params)
	if err != nil {
		return failed(ctx, err, "It may have been sent."+sameAgain(err))
	}
	if f.wait == 0 {
		return f.print(c, sent.TransactionID, nil)
	}
	progress(c.err, "Novu accepted it as %s. Waiting for the outcome …", sent.TransactionID)
	waiting, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	outcomes, failure := customer.WaitDelivered(waiting, sent.TransactionID)
	if err := f.print(c, sent.TransactionID, outcomes); err != nil {
		return err
	}
	if failure != nil {
		return failed(ctx, failure, fmt.Sprintf("It was sent. \"novu-teams doctor -transaction %s\" tells what became of it.", sent.TransactionID))
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return &statusError{status: exitBroken}
		}
	}
	return nil
}

// sameAgain says how to go on with the notification that failed.
func sameAgain(err error) string {
	var ours *customers.Error
	if !errors.As(err, &ours) || ours.TransactionID == "" {
		return ""
	}
	return fmt.Sprintf(" Run it again with -transaction %s, so that nobody gets it twice.", ours.TransactionID)
}

// outcome is what became of a notification at a destination, as JSON.
type outcome struct {
	destination
	Delivered bool   `json:"delivered"`
	Problem   string `json:"problem,omitempty"`
}

func (f *sendFlags) print(c console, transactionID string, outcomes []customers.Outcome) error {
	all := []outcome{}
	examine := map[string]bool{} // transactions that the doctor can tell more of
	for _, o := range outcomes {
		described := outcome{destination: describe(o.Destination), Delivered: o.Err == nil}
		if o.Err != nil {
			described.Problem = inWords(o.Err)
			if !errors.Is(o.Err, customers.ErrInvalidParams) { // else it was not sent there
				examine[transactionOf(o.Destination, transactionID)] = true
			}
		}
		all = append(all, described)
	}
	if f.json {
		return printJSON(c.out, map[string]any{"transactionId": transactionID, "outcomes": all})
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Novu accepted it as %s.\n", transactionID)
	for _, o := range all {
		if o.Delivered {
			fmt.Fprintf(&text, "%s %s: delivered\n", o.Kind, oneLine(cmp.Or(o.Name, o.Identifier)))
			continue
		}
		fmt.Fprintf(&text, "%s %s: NOT delivered\n    %s\n", o.Kind, oneLine(cmp.Or(o.Name, o.Identifier)), o.Problem)
	}
	for _, id := range slices.Sorted(maps.Keys(examine)) {
		fmt.Fprintf(&text, "\"novu-teams doctor -transaction %s\" tells more.\n", id)
	}
	_, err := io.WriteString(c.out, text.String())
	return err
}

// transactionOf is the transaction in Novu: package customers notifies webhooks in one of their own.
func transactionOf(d customers.Destination, transactionID string) string {
	if d.Kind == customers.KindWebhook {
		return transactionID + ".webhooks"
	}
	return transactionID
}
