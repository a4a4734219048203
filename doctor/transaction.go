package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// transaction is one trigger, and what became of it.
type transaction struct {
	*subject
	x *examination

	chosen   *novu.Notification // the one that is examined, set by CheckTransaction
	delivery Finding            // of chosen
}

func examineTransaction(ctx context.Context, x *examination) {
	t := &transaction{x: x, subject: &subject{
		rank: rankTransaction, title: subjectTitle("Transaction", x.question.TransactionID), uses: []*subject{x.server.subject},
	}}
	x.add(ctx, t.subject,
		link{name: CheckTransaction, needs: []Check{CheckKey}, run: t.checkExists, then: t.follow},
		link{name: CheckDelivery, needs: []Check{CheckTransaction}, run: func(context.Context, findings) Finding { return t.delivery }},
	)
}

// pages of notifications that are read at most, and how many a page holds.
const (
	mostPages = 20
	pageSize  = 50
)

func (t *transaction) checkExists(ctx context.Context, _ findings) Finding {
	var all []novu.Notification
	for page := range mostPages {
		list, err := t.x.doctor.novu.Notifications.List(ctx, novu.ListNotificationsParams{
			TransactionID: t.x.question.TransactionID, Page: page, Limit: pageSize,
		})
		if err != nil {
			return t.x.inconclusive(ctx, err)
		}
		all = append(all, list.Data...)
		if !list.HasMore {
			break
		}
	}
	asked := t.x.question.SubscriberID
	matching := slices.DeleteFunc(slices.Clone(all), func(n novu.Notification) bool {
		return asked != "" && n.Subscriber.SubscriberID != asked
	})
	switch {
	case len(all) == 0:
		return broken("Novu has no notification with this transaction id, so it sent nothing",
			"Check the id. Novu makes no notification if the trigger's answer had another status than processed, if it named no subscriber, or as long as the trigger waits in a queue.")
	case len(matching) == 0:
		return broken("the notification was not for the subscriber "+asked, "Check the subscriber's id.").
			with("subscribers", list(all, subscriberOf))
	}
	t.choose(ctx, matching)
	return ok("it made %s", count(len(all), "notification", "notifications")).with("subscribers", list(all, subscriberOf))
}

func subscriberOf(n novu.Notification) string { return n.Subscriber.SubscriberID }

// choose takes the notification that says most: the first one that failed, or else the first.
func (t *transaction) choose(ctx context.Context, notifications []novu.Notification) {
	messages, err := t.x.doctor.novu.Messages.List(ctx, novu.ListMessagesParams{
		TransactionIDs: []string{t.x.question.TransactionID}, Limit: pageSize,
	})
	if err != nil {
		messages = &novu.NumberedPage[novu.Message]{} // the notification has most of it
	}
	for i, n := range notifications {
		of := slices.DeleteFunc(slices.Clone(messages.Data), func(m novu.Message) bool { return m.NotificationID != n.ID })
		f := judgeDelivery(n, of)
		if i == 0 || f.Verdict == Broken {
			t.chosen, t.delivery = &n, f
		}
		if f.Verdict == Broken {
			return
		}
	}
}

// follow examines the chain that the notification went along.
func (t *transaction) follow(ctx context.Context) {
	q := &t.x.question
	if n := t.chosen; n != nil {
		q.SubscriberID = n.Subscriber.SubscriberID
		if q.Context == nil {
			q.Context = contextOf(n.ContextKeys)
		}
		if q.WorkflowID == "" {
			q.WorkflowID = cmp.Or(n.Template.WorkflowID, n.Template.ID) // the server takes the internal id for the identifier
		}
		if q.Payload == nil {
			q.Payload, _ = n.Payload.(map[string]any) // Novu stores any JSON
		}
	}
	if q.SubscriberID != "" {
		t.x.followQuestion(ctx)
	}
}

func contextOf(keys []string) novu.ContextPayload {
	payload := novu.ContextPayload{}
	for _, key := range keys {
		if kind, id, found := strings.Cut(key, ":"); found {
			payload[kind] = novu.ContextValue{ID: id}
		}
	}
	return payload
}
