package novu

import (
	"context"
	"time"
)

// Wait returns what became of an event as soon as every job of it is at its end: completed, failed,
// canceled or skipped. It asks every half to five seconds, through errors that may pass, until ctx
// ends; give it a deadline, since a delay step can hold a job back for days. The error then holds
// the context's, and the notification is the last one seen, nil where there was none. Where the event had
// several recipients, Wait waits for the first 50 of them and returns the newest notification; List has all.
//
// API: GET /v1/notifications
func (s *NotificationsService) Wait(ctx context.Context, transactionID string, opts ...RequestOption) (*Notification, error) {
	const op = "wait for notification"
	if err := checkParams(op).id("transactionID", transactionID).err(); err != nil {
		return nil, err
	}
	var last *Notification
	for pause := 500 * time.Millisecond; ; pause = min(pause*3/2, 5*time.Second) {
		page, err := s.List(ctx, ListNotificationsParams{TransactionID: transactionID, Limit: maxNumberedLimit}, opts...)
		switch {
		case err != nil && !mayAppear(err):
			return last, err
		case err == nil && len(page.Data) > 0:
			last = &page.Data[0]
			if allOver(page.Data) {
				return last, nil
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			message := "it is still under way"
			if last == nil {
				message = "it did not appear"
			}
			return last, &Error{Op: op, Message: message, kind: ctx.Err(), cause: err}
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

// isOver reports whether a job stays as it is. A status that this package does not know counts as an end,
// so that nobody waits for ever.
func (s JobStatus) isOver() bool {
	switch s {
	case JobPending, JobQueued, JobRunning, JobDelayed:
		return false
	}
	return true
}
