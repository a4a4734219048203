package novu

import (
	"context"
)

// Wait returns what became of an event as soon as every job of it is at its end: completed, failed,
// canceled or skipped. It asks every half to five seconds, through errors that may pass, until ctx
// ends, or WithTimeout, which bounds the whole wait. Give it one of them, since a delay step can
// hold a job back for days. The error then holds the deadline's, and the notification is the last
// one seen, nil if there was none. If the event had several recipients, Wait waits for the first 50
// of them and returns the newest notification; List has all.
//
// API: GET /v1/notifications
func (s *NotificationsService) Wait(ctx context.Context, transactionID string, opts ...RequestOption) (*Notification, error) {
	const op = "wait for notification"
	o, err := callOptions(ctx, op, opts)
	if err != nil {
		return nil, err
	}
	if err := checkParams(op, opts...).id("transactionID", transactionID).err(); err != nil {
		return nil, err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	var last *Notification
	for pause := firstPause / 2; ; pause = min(pause*3/2, longestPause) {
		page, err := s.List(ctx, ListNotificationsParams{TransactionID: transactionID, Limit: maxNotifications}, opts...)
		switch {
		case err != nil && !mayAppear(err):
			return last, err
		case err == nil && len(page.Data) > 0:
			last = &page.Data[0]
			if allOver(page.Data) {
				return last, nil
			}
		}
		if !sleep(ctx, max(pause, retryAfter(err))) {
			message := "it is still under way"
			if last == nil {
				message = "it did not appear"
			}
			return last, &Error{Op: op, Message: message, kind: ctx.Err(), cause: err, TransactionID: transactionID}
		}
	}
}

func allOver(notifications []Notification) bool {
	for _, n := range notifications {
		if len(n.Jobs) == 0 {
			return false // they have not been made yet
		}
		for _, job := range n.Jobs {
			if !job.Status.isOver() {
				return false
			}
		}
	}
	return true
}

// isOver reports whether a job stays as it is. A status that this package does not know counts as
// an end, so that nobody waits for ever.
func (s JobStatus) isOver() bool {
	switch s {
	case JobPending, JobQueued, JobRunning, JobDelayed:
		return false
	}
	return true
}
