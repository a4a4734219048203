package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/webhook"
)

// maxText keeps a test below what a card may weigh.
const maxText = 500

// sendTest notifies every destination of the customer: one trigger for the bot's,
// one for the webhooks, because Novu sends one content to a subscriber.
func (a *app) sendTest(w http.ResponseWriter, r *http.Request, s *session) error {
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" || utf8.RuneCountInString(text) > maxText {
		s.complain("Nothing was sent: write a text of 1 to 500 characters.")
		return back(w, r, "/#test")
	}
	destinations, err := a.destinations(r.Context(), s.customer)
	if err != nil {
		return err
	}
	id := rand.Text()
	events, err := events(s.customer, destinations, id, text)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		s.complain("Nothing was sent: add a destination first.")
		return back(w, r, "/")
	}
	sent := test{at: a.now(), text: text}
	for _, event := range events {
		result, err := a.novu.Events.Trigger(r.Context(), event)
		if err != nil {
			return err
		}
		sent.transactions = append(sent.transactions, result.TransactionID)
	}
	s.mu.Lock()
	s.tests[id] = sent
	s.mu.Unlock()
	return back(w, r, "/tests/"+id)
}

// events are the triggers that reach the destinations. They carry the context
// of the endpoints, without which Novu would accept them and send nothing.
func events(c *customer, destinations []destination, id, text string) ([]novu.TriggerParams, error) {
	var forBot, forWebhooks bool
	for _, d := range destinations {
		forWebhooks = forWebhooks || d.Kind == kindWebhook
		forBot = forBot || d.Kind != kindWebhook
	}
	var events []novu.TriggerParams
	if forBot {
		events = append(events, novu.TriggerParams{
			WorkflowID: textWorkflow, To: novu.ToSubscriber(c.subscriber()), Context: c.context(),
			TransactionID: id + "-text", Payload: map[string]any{"text": text},
		})
	}
	if forWebhooks {
		card, err := webhook.ForNovu(webhook.Text(text))
		if err != nil {
			return nil, err
		}
		events = append(events, novu.TriggerParams{
			WorkflowID: cardWorkflow, To: novu.ToSubscriber(c.webhookSubscriber()), Context: c.context(),
			TransactionID: id + "-card", Payload: map[string]any{"card": card},
		})
	}
	return events, nil
}

// outcome is what became of a test.
type outcome struct {
	Text    string
	Pending bool // Novu has not said yet
	Late    bool // and will not be asked again
	Steps   []step
	Inbox   []arrival // in the emulator
}

// Failed reports whether the doctor should be asked.
func (o *outcome) Failed() bool {
	return o.Late || slices.ContainsFunc(o.Steps, func(s step) bool { return !s.OK })
}

// step is one thing that happened on the way.
type step struct {
	OK           bool
	Text, Remedy string
}

// arrival is a message as it landed.
type arrival struct{ Kind, Where, Text string }

// longest is how long the page waits for Novu's worker.
const longest = 30 * time.Second

// showTest tells where a test landed. Only the session that sent it can ask.
func (a *app) showTest(w http.ResponseWriter, r *http.Request, s *session) error {
	s.mu.Lock()
	sent, known := s.tests[r.PathValue("id")]
	s.mu.Unlock()
	if !known {
		return errNotYours
	}
	o := &outcome{Text: sent.text}
	for _, transaction := range sent.transactions {
		steps, done, err := a.became(r.Context(), s.customer, transaction)
		if err != nil {
			return err
		}
		o.Steps, o.Pending = append(o.Steps, steps...), o.Pending || !done
	}
	if o.Late = o.Pending && a.now().Sub(sent.at) > longest; o.Late {
		o.Pending = false
	}
	if a.demo != nil {
		o.Inbox = a.inbox(s.customer, sent.transactions)
	}
	a.show(w, http.StatusOK, "test", s, o)
	return nil
}

// became asks Novu what a transaction led to, and whether that is all.
func (a *app) became(ctx context.Context, c *customer, transaction string) (steps []step, done bool, err error) {
	page, err := a.novu.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: transaction, SubscriberIDs: c.subscribers()})
	if err != nil || len(page.Data) == 0 {
		return nil, false, err
	}
	done = true
	for _, notification := range page.Data {
		for _, job := range notification.Jobs {
			if job.Type == novu.StepChat {
				said, over := jobInWords(job)
				steps, done = append(steps, said...), done && over
			}
		}
	}
	return steps, done, nil
}

// jobInWords is what happened in a chat step, and whether that is all.
func jobInWords(job novu.NotificationJob) (steps []step, over bool) {
	for _, detail := range job.ExecutionDetails {
		if detail.Status == novu.ExecutionSuccess || detail.Status == novu.ExecutionFailed {
			steps = append(steps, inWords(detail))
		}
	}
	switch job.Status {
	case novu.JobPending, novu.JobQueued, novu.JobRunning, novu.JobDelayed:
		return steps, false
	case novu.JobCompleted:
		return steps, true
	}
	if !slices.ContainsFunc(steps, func(s step) bool { return !s.OK }) {
		steps = append(steps, step{
			Text: "Novu gave up without saying why.", Remedy: "A connection with other contexts than its endpoints does that: ask the doctor.",
		})
	}
	return steps, true
}

// remedies are for what Novu's worker says where it could not deliver.
var remedies = []struct{ says, text, remedy string }{
	{says: "MSTEAMS_BOT_NOT_INSTALLED", text: "The app is not installed in one of the teams or for one of the people.",
		remedy: "Add it in Teams (team > More options > Manage team > Apps), then send again."},
	{
		says: "MSTEAMS_CHANNEL_NOT_FOUND", text: "A channel or a person is no longer there.",
		remedy: "Remove the destination and choose another.",
	},
	{
		says: "MSTEAMS_INVALID_CREDENTIALS", text: "Microsoft does not accept the bot's credentials.",
		remedy: "Check client secret and tenant id of the integration in Novu.",
	},
	{
		says: "MSTEAMS_INSUFFICIENT_PERMISSIONS", text: "The bot may not write there.",
		remedy: "Ask a Teams administrator whether the app is allowed and not blocked.",
	},
	{
		says: "configured channel", text: "There is no destination for this notification.",
		remedy: "Add one, with the context that the notification carries.",
	},
	{
		says: "status code 4", text: "A Workflow refused the message.",
		remedy: "Open it in Power Automate: it may be off, or its URL may have been renewed.",
	},
}

func inWords(detail novu.ExecutionDetail) step {
	if detail.Status == novu.ExecutionSuccess {
		return step{OK: true, Text: detail.Detail}
	}
	for _, known := range remedies {
		if strings.Contains(detail.Raw+detail.Detail, known.says) {
			return step{Text: known.text, Remedy: known.remedy}
		}
	}
	return step{Text: "Novu could not deliver to one of the destinations.", Remedy: "Look at the activity feed in Novu's dashboard for the reason."}
}
