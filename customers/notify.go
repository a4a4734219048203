package customers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu"
)

// NotifyParams is one notification of a subscriber.
type NotifyParams struct {
	// WorkflowID is the Novu workflow for channels and people. Its chat step holds text.
	WorkflowID string
	// WebhookWorkflowID is the one for webhooks. Its chat step holds a card: see webhook.ForNovu.
	// Where a subscriber has both kinds of destinations, both workflows are needed.
	WebhookWorkflowID string
	SubscriberID      string // whose destinations; empty is the customer's own
	// TransactionID makes the notification repeatable: the same id notifies once. It must name this
	// customer's and this subscriber's notification alone, in the whole Novu environment:
	// "build-4711-acme". One is made if it is empty.
	TransactionID string
	Payload       map[string]any // for both workflows
}

// Sent is a notification that Novu accepted.
type Sent struct {
	TransactionID string // for WaitDelivered, and for Notify again
}

// Notify sends a notification to all destinations of a subscriber: channels and people through one
// workflow, webhooks through the other. What is accepted is not yet delivered: see
// [Customer.WaitDelivered].
//
// The same TransactionID notifies once. Novu drops an id that it has processed; what this process
// has sent in the last ten minutes it does not send again. Only two processes that send the same id
// at the same moment can notify twice. Where Notify fails, what was sent stays sent; call it again
// with the TransactionID of the [*Error], and only the rest is sent.
//
// A subscriber without destinations is ErrUnreachable, or ErrNotConnected where the customer is not
// connected either; a subscriber that does not exist is novu.ErrNotFound.
//
// API: GET /v1/channel-endpoints
//
// API: POST /v1/events/trigger
func (c *Customer) Notify(ctx context.Context, params NotifyParams) (*Sent, error) {
	const op = "notify"
	checks := c.check(ctx, op)
	checks.text("SubscriberID", params.SubscriberID)
	checks.text("TransactionID", params.TransactionID)
	if params.WorkflowID == "" && params.WebhookWorkflowID == "" {
		checks.Add("WorkflowID", "or WebhookWorkflowID must be given")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	if params.TransactionID == "" {
		params.TransactionID = "txn_" + strings.ToLower(rand.Text())
	}
	destinations, err := c.addressed(ctx, params.SubscriberID)
	if err != nil {
		return nil, c.unsent(op, params.TransactionID, err)
	}
	if len(destinations) == 0 {
		return nil, c.unsent(op, params.TransactionID, c.nowhere(ctx, op, params.SubscriberID))
	}
	for _, event := range c.events(&params, destinations) {
		err := c.client.triggers.once(ctx, event.TransactionID, c.owner(params.SubscriberID), func() error {
			_, err := c.client.novu.Events.Trigger(ctx, event)
			return err
		})
		if err != nil {
			return nil, c.unsent(op, params.TransactionID, err)
		}
	}
	c.client.triggers.note(params.TransactionID, c.owner(params.SubscriberID))
	return &Sent{TransactionID: params.TransactionID}, nil
}

func (c *Customer) unsent(op, transactionID string, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		ours.TransactionID = transactionID
		return ours
	}
	return &Error{Op: op, Customer: c.id, TransactionID: transactionID, cause: err}
}

// owner is whose a transaction is.
func (c *Customer) owner(subscriberID string) string {
	return c.id + "\x00" + c.subscriber(subscriberID)
}

// addressed lists the destinations of a subscriber: those of the bot and, under the second
// subscriber, webhooks.
func (c *Customer) addressed(ctx context.Context, subscriberID string) ([]Destination, error) {
	owner := c.subscriber(subscriberID)
	var bots, webhooks []Destination
	var botsErr, webhooksErr error
	var work sync.WaitGroup
	work.Go(func() { bots, botsErr = c.list(ctx, owner) })
	work.Go(func() { webhooks, webhooksErr = c.list(ctx, owner+webhookSuffix) })
	work.Wait()
	return append(bots, webhooks...), cmp.Or(botsErr, webhooksErr)
}

// events are the triggers that the destinations need and that there are workflows for.
func (c *Customer) events(params *NotifyParams, destinations []Destination) []novu.TriggerParams {
	var forBot, forWebhooks bool
	for _, d := range destinations {
		forBot, forWebhooks = forBot || d.Kind != KindWebhook, forWebhooks || d.Kind == KindWebhook
	}
	var events []novu.TriggerParams
	event := func(workflowID, subscriber, transactionID string) {
		events = append(events, novu.TriggerParams{
			WorkflowID: workflowID, To: novu.ToSubscriber(subscriber), TransactionID: transactionID,
			Payload: params.Payload, Context: c.context(),
		})
	}
	owner := c.subscriber(params.SubscriberID)
	if forBot && params.WorkflowID != "" {
		event(params.WorkflowID, owner, params.TransactionID)
	}
	if forWebhooks && params.WebhookWorkflowID != "" {
		event(params.WebhookWorkflowID, owner+webhookSuffix, params.TransactionID+webhookSuffix)
	}
	return events
}

// nowhere is why a subscriber has no destination.
func (c *Customer) nowhere(ctx context.Context, op, subscriberID string) error {
	if subscriberID != "" {
		if err := c.ensureSubscriber(ctx, op, subscriberID); err != nil {
			return err
		}
	}
	const remedy = "add one with AddChannel, AddPerson or AddWebhook"
	found, err := c.connection(ctx)
	switch {
	case err != nil:
		return c.wrap(op, err)
	case found == nil:
		return c.fail(op, ErrNotConnected, "there is no destination, and Microsoft Teams is not connected", "send an administrator to ConnectURL, or "+remedy)
	}
	return c.fail(op, ErrUnreachable, "the subscriber "+c.subscriber(subscriberID)+" has no destination", remedy)
}

// triggers remembers which transactions this process has triggered lately.
type triggers struct {
	mu    sync.Mutex
	known map[string]*trigger
}

type trigger struct {
	owner string
	at    time.Time
	done  chan struct{} // closed when it was sent, or failed
	err   error
}

const (
	triggerAge  = 10 * time.Minute
	maxTriggers = 100_000
	// settling is how long Novu may take to remember a transaction that it may have accepted.
	settling = time.Second
)

// once calls send unless the transaction was sent before.
func (t *triggers) once(ctx context.Context, id, owner string, send func() error) error {
	for {
		mine, before := t.begin(id, owner)
		if mine != nil {
			err := send()
			t.end(mine, err)
			return err
		}
		if before.owner != owner {
			return &Error{
				Op: "notify", Message: "the transaction id is already another customer's or subscriber's, and Novu would drop this notification",
				Fields: map[string][]string{"TransactionID": {"is in use"}}, kinds: []error{ErrInvalidParams},
				Remedy: "make the customer and the subscriber a part of the id",
			}
		}
		select {
		case <-before.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if before.err == nil {
			return nil
		}
		if !sleep(ctx, max(0, settling-time.Since(before.at))) {
			return ctx.Err()
		}
		t.forget(id, before)
	}
}

// begin returns a trigger that the caller is to send, or the one that somebody else has begun.
func (t *triggers) begin(id, owner string) (mine, before *trigger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before := t.known[id]; before != nil && time.Since(before.at) < triggerAge {
		return nil, before
	}
	if t.known == nil || len(t.known) >= maxTriggers {
		t.known = map[string]*trigger{}
	}
	mine = &trigger{owner: owner, at: time.Now(), done: make(chan struct{})}
	t.known[id] = mine
	return mine, nil
}

func (t *triggers) end(mine *trigger, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine.at, mine.err = time.Now(), err
	close(mine.done)
}

// note remembers whose a notification is, also where nothing had to be triggered for it.
func (t *triggers) note(transactionID, owner string) {
	if mine, _ := t.begin(transactionID+"\x00", owner); mine != nil {
		t.end(mine, nil)
	}
}

// lookup tells what this process knows of a notification: whose it is, and which of its events were
// sent.
func (t *triggers) lookup(transactionID string) (owner string, bots, webhooks, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	noted := t.known[transactionID+"\x00"]
	if noted == nil {
		return "", false, false, false
	}
	return noted.owner, t.known[transactionID] != nil, t.known[transactionID+webhookSuffix] != nil, true
}

func (t *triggers) forget(id string, failed *trigger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known[id] == failed {
		delete(t.known, id)
	}
}
