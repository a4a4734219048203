package novu

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/novu-go/novu/internal/rest"
)

// SubscriberResult is what became of one subscriber of a BulkCreate.
type SubscriberResult struct {
	SubscriberID string
	Created      bool // false if it existed and was updated, and on failure
	err          error
}

// Err is why this subscriber was not stored, nil if it was.
func (r SubscriberResult) Err() error { return r.err }

const maxBulkSubscribers = 500

// BulkCreate creates or updates any number of subscribers, 500 a request. It returns a result for
// each, in the order given: ask every one for its Err. A request that the server refuses for its
// content is sent again in halves, until the subscribers to blame are found. One that fails
// otherwise is the Err of each of its subscribers, and the rest are sent all the same. So is a
// subscriber that can't be encoded (ErrInvalidParams), such as one with a NaN in its data. The
// error is ErrInvalidParams, with nothing sent, or else nil.
//
// API: POST /v1/subscribers/bulk
func (s *SubscribersService) BulkCreate(ctx context.Context, subscribers []SubscriberProfile, opts ...RequestOption) ([]SubscriberResult, error) {
	const op = "bulk create subscribers"
	checks := checkParams(op, opts...).ctx(ctx)
	for i := range subscribers {
		checks.id(fmt.Sprintf("Subscribers[%d].SubscriberID", i), subscribers[i].SubscriberID)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	results := make([]SubscriberResult, len(subscribers))
	items := make([]bulkItem, 0, len(subscribers))
	for i, p := range subscribers {
		results[i].SubscriberID = p.SubscriberID
		body, err := json.Marshal(p)
		if err != nil {
			results[i].err = checkParams(op).add(fmt.Sprintf("Subscribers[%d]", i), "can't be encoded: "+err.Error()).err()
			continue
		}
		items = append(items, bulkItem{index: i, body: body})
	}
	sendInParts(items, maxBulkSubscribers, opts, func(part []bulkItem, opts []RequestOption) error {
		return s.bulk(ctx, op, part, results, opts)
	}, func(i int, err error) { results[i].err = err })
	return results, nil
}

type bulkSubscribersBody struct {
	Subscribers []json.RawMessage `json:"subscribers"`
}

// bulkSubscribersAnswer lists every subscriber of a request in one of its lists.
type bulkSubscribersAnswer struct {
	Created []storedSubscriber `json:"created"`
	Updated []storedSubscriber `json:"updated"`
	Failed  []storedSubscriber `json:"failed"`
}

type storedSubscriber struct {
	SubscriberID string `json:"subscriberId"`
	Message      string `json:"message"`
}

func (a *bulkSubscribersAnswer) missing() string {
	if a.Created == nil && a.Updated == nil && a.Failed == nil {
		return "created, updated or failed"
	}
	return ""
}

// bulk sends one request and fills in the results of its subscribers.
func (s *SubscribersService) bulk(ctx context.Context, op string, part []bulkItem, results []SubscriberResult, opts []RequestOption) error {
	out, err := do[bulkSubscribersAnswer](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: "/v1/subscribers/bulk",
		Body: bulkSubscribersBody{Subscribers: bodies(part)},
	}, opts)
	if err != nil {
		return err
	}
	created, updated, failed := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, one := range out.Created {
		created[one.SubscriberID] = true
	}
	for _, one := range out.Updated {
		updated[one.SubscriberID] = true
	}
	for _, one := range out.Failed {
		failed[one.SubscriberID] = s.client.clean(one.Message)
	}
	for _, item := range part {
		result := &results[item.index]
		message, refused := failed[result.SubscriberID]
		switch {
		case refused:
			result.err = &Error{Op: op, Message: result.SubscriberID + ": " + message, kind: ErrValidation}
		case created[result.SubscriberID]:
			result.Created = true
		case !updated[result.SubscriberID]:
			result.err = &Error{Op: op, Message: "the server did not say what became of " + result.SubscriberID, kind: ErrBadAnswer}
		}
	}
	return nil
}
