package novu

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/novu-go/novu/internal/rest"
)

const maxBulkEvents = 100

// TriggerBulk triggers any number of events, 100 a request. It returns a result for each, in the
// order given: ask every one for its Err. A request that the server refuses for its content, or for
// its size, is sent again in halves, until the events to blame are found. One that fails otherwise
// is the Err of each of its events, and the others are sent all the same. So is an event that can't
// be encoded (ErrInvalidParams), such as one with a NaN in its payload. The error is
// ErrInvalidParams, with nothing sent, or else nil. Requests are retried like Trigger's.
//
// API: POST /v1/events/trigger/bulk
func (s *EventsService) TriggerBulk(ctx context.Context, events []TriggerParams, opts ...RequestOption) ([]TriggerResult, error) {
	const op = "trigger events"
	checks := checkParams(op, opts...).ctx(ctx)
	for i := range events {
		events[i].check(checks, fmt.Sprintf("Events[%d].", i))
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	results := make([]TriggerResult, len(events))
	items := make([]bulkItem, 0, len(events))
	equals := map[string]int{} // how many equal events came before
	for i := range events {
		item, err := newBulkEvent(&events[i], i, checks.options.idempotencyKey, equals)
		results[i].TransactionID = item.name
		if err != nil {
			results[i].err = checkParams(op).add(fmt.Sprintf("Events[%d]", i), "can't be encoded: "+err.Error()).err()
			continue
		}
		items = append(items, item)
	}
	sendInParts(items, maxBulkEvents, opts, func(part []bulkItem, opts []RequestOption) error {
		return s.bulk(ctx, op, part, results, opts)
	}, func(i int, err error) { results[i].err = err })
	return results, nil
}

// newBulkEvent encodes an event. A transaction id that is made here derives from the event and from
// its number among equal events of the call, not from its place.
func newBulkEvent(params *TriggerParams, index int, key string, equals map[string]int) (bulkItem, error) {
	body := params.wire()
	if body.TransactionID == "" {
		number := 0
		if key != "" {
			same := string(encoded(body))
			number = equals[same]
			equals[same]++
		}
		body.TransactionID = makeID("txn_", key, body, number)
	}
	data, err := json.Marshal(body)
	return bulkItem{index: index, name: body.TransactionID, body: data}, err
}

type bulkEventsBody struct {
	Events []json.RawMessage `json:"events"`
}

// bulk sends one request and fills in the results of its events.
func (s *EventsService) bulk(ctx context.Context, op string, part []bulkItem, results []TriggerResult, opts []RequestOption) error {
	out, err := do[[]TriggerResult](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Trigger, Method: http.MethodPost, Route: triggerRoute + "/bulk", Body: bulkEventsBody{Events: bodies(part)},
	}, opts)
	if err != nil {
		return err
	}
	if len(*out) != len(part) {
		return &Error{
			Op: op, Message: fmt.Sprintf("the server answered %d of %d events", len(*out), len(part)), kind: ErrBadAnswer, unknown: true,
		}
	}
	for i, item := range part {
		result := &results[item.index]
		*result = (*out)[i]
		s.tidy(result, item.name)
		if name := result.missing(); name != "" {
			result.err = &Error{
				Op: op, Message: "the server's result holds no " + name, TransactionID: result.TransactionID, kind: ErrBadAnswer, unknown: true,
			}
		}
	}
	return nil
}
