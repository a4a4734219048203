package customers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/redact"
)

// Outcome is what became of a notification at one destination. A nil Err says that Microsoft took
// the message: a channel or a person has it then, and a webhook's workflow has been started, which
// does not say that it posts.
type Outcome struct {
	Destination Destination
	Err         error // in Novu's words, Microsoft's and ours
}

// A notification that this process did not send may have been sent without a workflow for webhooks,
// or for the bot. That is assumed where the other event has been over for so long.
const otherEventPatience = 3 * time.Second

// WaitDelivered waits until Novu has done all that it will for a notification, and returns an
// outcome for each destination of the subscriber: also for one for which Notify was given no
// workflow. It asks every half to five seconds until ctx ends; give it a deadline. The error is
// then the context's, with the outcomes that are known beside it. A transaction of another customer
// is ErrInvalidParams.
//
// API: GET /v1/notifications
//
// API: GET /v1/channel-endpoints
func (c *Customer) WaitDelivered(ctx context.Context, transactionID string) ([]Outcome, error) {
	const op = "wait for delivery"
	checks := c.check(ctx, op)
	checks.required("transactionID", transactionID)
	checks.text("transactionID", transactionID)
	if err := checks.err(); err != nil {
		return nil, err
	}
	w := &delivery{customer: c, op: op, transactionID: transactionID}
	if err := w.recall(); err != nil {
		return nil, err
	}
	for pause := 250 * time.Millisecond; ; pause = min(pause*3/2, 5*time.Second) {
		over, err := w.ask(ctx)
		if err != nil && !isOutage(err) {
			return nil, c.unsent(op, transactionID, err)
		}
		if over {
			break
		}
		if !sleep(ctx, pause) {
			outcomes, _ := w.outcomes(context.WithoutCancel(ctx))
			return outcomes, &Error{
				Op: op, Customer: c.id, TransactionID: transactionID, Message: "Novu has not finished it", kinds: []error{ctx.Err()}, cause: err,
				Remedy: "wait for it again, or look at the activity feed in Novu's dashboard",
			}
		}
	}
	outcomes, err := w.outcomes(ctx)
	if err != nil {
		return nil, c.unsent(op, transactionID, err)
	}
	return outcomes, nil
}

// delivery is a notification that is waited for: the event for the bot, and the one for webhooks.
type delivery struct {
	customer      *Customer
	op            string
	transactionID string

	subscriber string // yours; "" while it is not known
	recalled   bool   // this process sent it, so that it is known which events there are
	events     [2]deliveryEvent
	since      time.Time // when one event was over
}

// deliveryEvent is one of the two.
type deliveryEvent struct {
	sent         bool
	notification *novu.Notification
	over         bool
}

// The events of a delivery.
const (
	botEvent = iota
	webhookEvent
)

// recall takes over what this process remembers.
func (w *delivery) recall() error {
	owner, bots, webhooks, known := w.customer.client.triggers.lookup(w.transactionID)
	if !known {
		return nil
	}
	customer, subscriber, _ := strings.Cut(owner, "\x00")
	if customer != w.customer.id {
		return w.foreign()
	}
	w.recalled, w.subscriber = true, subscriber
	w.events[botEvent].sent, w.events[webhookEvent].sent = bots, webhooks
	return nil
}

func (w *delivery) foreign() error {
	return w.customer.fail(w.op, ErrInvalidParams, "the transaction "+w.transactionID+" is another customer's", "")
}

// ask asks Novu for what is not over yet, and reports whether all is.
func (w *delivery) ask(ctx context.Context) (bool, error) {
	var errs [2]error
	var work sync.WaitGroup
	for i := range w.events {
		if e := &w.events[i]; !e.over && (e.sent || !w.recalled) {
			work.Go(func() { errs[i] = w.askFor(ctx, i) })
		}
	}
	work.Wait()
	if err := cmp.Or(errs[:]...); err != nil {
		return false, err
	}
	seen, over := 0, 0
	for i := range w.events {
		e := &w.events[i]
		if e.notification != nil {
			seen++
			w.subscriber = strings.TrimSuffix(e.notification.Subscriber.SubscriberID, webhookSuffix)
		}
		if e.over || w.recalled && !e.sent {
			over++
		}
	}
	if over > 0 && w.since.IsZero() {
		w.since = time.Now()
	}
	alone := !w.recalled && seen == 1 && over == 1 && time.Since(w.since) > otherEventPatience
	return over == len(w.events) || alone, nil
}

func (w *delivery) askFor(ctx context.Context, i int) error {
	id := w.transactionID
	if i == webhookEvent {
		id += webhookSuffix
	}
	page, err := w.customer.client.novu.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: id})
	if err != nil || len(page.Data) == 0 {
		return err
	}
	found := &page.Data[0]
	if len(found.ContextKeys) > 0 && !slices.Equal(found.ContextKeys, w.customer.context().Keys()) {
		return w.foreign()
	}
	w.events[i].notification, w.events[i].over = found, len(found.Jobs) > 0
	for _, job := range found.Jobs {
		switch job.Status {
		case novu.JobPending, novu.JobQueued, novu.JobRunning, novu.JobDelayed:
			w.events[i].over = false
		}
	}
	return nil
}

// outcomes says for each destination what became of the event that was for it.
func (w *delivery) outcomes(ctx context.Context) ([]Outcome, error) {
	c := w.customer
	if w.subscriber == "" {
		return nil, nil
	}
	destinations, err := c.addressed(ctx, w.subscriber)
	if err != nil {
		return nil, err
	}
	c.nameFromNovu(ctx, destinations)
	reports := [2]*report{read(w.events[botEvent].notification), read(w.events[webhookEvent].notification)}
	var outcomes []Outcome
	for _, d := range destinations {
		i := botEvent
		if d.Kind == KindWebhook {
			i = webhookEvent
		}
		e := &w.events[i]
		switch {
		case e.notification == nil && e.sent:
			outcomes = append(outcomes, Outcome{Destination: d, Err: c.fail(w.op, ErrUnreachable, "Novu has not processed it yet", "wait for it again")})
		case e.notification == nil:
			outcomes = append(outcomes, Outcome{Destination: d, Err: c.withoutWorkflow(w.op, &d)})
		case d.CreatedAt.After(e.notification.CreatedAt) && !reports[i].names(d.Identifier):
			continue // it was added later
		default:
			outcomes = append(outcomes, Outcome{Destination: d, Err: c.failure(w.op, &d, reports[i])})
		}
	}
	c.askMicrosoft(ctx, outcomes)
	return outcomes, nil
}

func (c *Customer) withoutWorkflow(op string, d *Destination) error {
	field := "WorkflowID"
	if d.Kind == KindWebhook {
		field = "WebhookWorkflowID"
	}
	return c.fail(op, ErrInvalidParams, "nothing was sent to this "+string(d.Kind)+": Notify was given no "+field, "give Notify one")
}

// report is what a notification's jobs say.
type report struct {
	byEndpoint map[string]string // "" where Microsoft took it, else why not
	general    string            // of the whole step, or of an endpoint that is not named
	silent     bool              // a step failed without a word
}

func (r *report) names(identifier string) bool { _, has := r.byEndpoint[identifier]; return has }

// read takes the execution details apart. Each names its endpoint in a JSON text that holds
// credentials too, so that only the identifier and the message are taken.
func read(n *novu.Notification) *report {
	r := &report{byEndpoint: map[string]string{}}
	if n == nil {
		return r
	}
	for _, job := range n.Jobs {
		if job.Type != novu.StepChat {
			continue
		}
		spoken := false
		for _, detail := range job.ExecutionDetails {
			if detail.Status == novu.ExecutionPending || detail.Status == novu.ExecutionQueued {
				continue
			}
			spoken = true
			r.add(&detail)
		}
		r.silent = r.silent || !spoken && job.Status != novu.JobCompleted && job.Status != novu.JobSkipped
	}
	return r
}

func (r *report) add(detail *novu.ExecutionDetail) {
	var raw struct {
		Message     string `json:"message"`
		ChannelData struct {
			Identifier string `json:"identifier"`
		} `json:"channelData"`
	}
	readable := json.Unmarshal([]byte(detail.Raw), &raw) == nil
	endpoint, why := raw.ChannelData.Identifier, ""
	if detail.Status != novu.ExecutionSuccess {
		why = detail.Detail
		if readable && raw.Message != "" {
			why = raw.Message
		} else if !readable && detail.Raw != "" && !strings.HasPrefix(detail.Raw, "{") { // cut JSON may hold credentials
			why = detail.Raw
		}
	}
	switch {
	case endpoint != "" && (why != "" || !r.names(endpoint)):
		r.byEndpoint[endpoint] = why
	case endpoint == "" && r.general == "":
		r.general = why
	}
}

// failure is why a destination got nothing, nil if it got the message.
func (c *Customer) failure(op string, d *Destination, r *report) error {
	why, named := r.byEndpoint[d.Identifier]
	switch {
	case named && why == "":
		return nil
	case !named && r.general != "":
		why = r.general
	case !named && r.silent:
		return c.fail(op, ErrUnreachable, "Novu gave up without saying why",
			"look at Status: most often the connection is gone, or a destination without one fails all others")
	case !named:
		return nil // the step went well, and nothing else was said
	}
	why = inWords(why, d)
	for _, known := range remedies {
		if strings.Contains(why, known.says) {
			return c.fail(op, ErrUnreachable, "Novu says: "+why, known.remedy)
		}
	}
	return c.fail(op, ErrUnreachable, "Novu says: "+why, "look at the activity feed in Novu's dashboard")
}

// remedies are for what Novu's worker says where it could not deliver.
var remedies = []struct{ says, remedy string }{
	{"MSTEAMS_BOT_NOT_INSTALLED", "add the app in Teams: to the team (Manage team > Apps), to a private channel as well, or for the person"},
	{"MSTEAMS_CHANNEL_NOT_FOUND", "remove the destination and choose another"},
	{"MSTEAMS_INVALID_CREDENTIALS", "check client secret and tenant id of the integration in Novu"},
	{"MSTEAMS_INSUFFICIENT_PERMISSIONS", "ask a Teams administrator whether the app is allowed and not blocked"},
	{"configured channel", "add a destination for the subscriber"},
	{"active integration", "activate the integration in Novu"},
	{"status code 4", "the Workflow refused the message: open it in Power Automate, where it may be off or have a new URL"},
	{"URL blocked", "the Workflow did not take the message: open it in Power Automate, where it may be off or have a new URL"},
}

const maxWords = 300

// address is a URL in a text. It may be the credential of any destination.
var address = regexp.MustCompile(`https?://[^\s"'<>]+`)

// inWords is a text of the server's, without the destination's secrets, on one line and cut.
func inWords(text string, d *Destination) string {
	if d.webhook != nil {
		_, query, _ := strings.Cut(d.webhook().Reveal(), "?")
		text = redact.Scrub(text, d.webhook(), novu.Secret(query))
	}
	text = address.ReplaceAllString(text, redact.Redacted)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
	if runes := []rune(text); len(runes) > maxWords {
		text = string(runes[:maxWords]) + "…"
	}
	return text
}

// askMicrosoft adds Microsoft's own words to what Novu says of the bot's destinations.
func (c *Customer) askMicrosoft(ctx context.Context, outcomes []Outcome) {
	var failed []*Outcome
	for i := range outcomes {
		if o := &outcomes[i]; errors.Is(o.Err, ErrUnreachable) && o.Destination.isBots() {
			failed = append(failed, o)
		}
	}
	if len(failed) == 0 || c.client.ms == nil {
		return
	}
	connection, err := c.connected(ctx, "wait for delivery")
	var work sync.WaitGroup
	for _, o := range failed[:min(len(failed), maxProbes)] {
		work.Go(func() {
			why := err
			if why == nil {
				why = c.probe(ctx, c.client.ms.Tenant(connection.Workspace.ID), &o.Destination)
			}
			var ours *Error
			if errors.As(o.Err, &ours) && why != nil {
				ours.cause = why
			}
		})
	}
	work.Wait()
}
