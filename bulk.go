package novu

import (
	"encoding/json"
	"errors"
	"slices"
)

// bulkItem is one item of a bulk operation, encoded by itself so that one that can't be sent spoils
// no other.
type bulkItem struct {
	index int    // in what the caller gave
	name  string // of an event, its transaction id
	body  json.RawMessage
}

func bodies(items []bulkItem) []json.RawMessage {
	raw := make([]json.RawMessage, len(items))
	for i, item := range items {
		raw[i] = item.body
	}
	return raw
}

// sendInParts sends items, at most max in a request. One item that the server does not like fails
// all that came with it, so a request that is refused for its content, or for its size, is sent
// again in halves. What else fails is the failure of each item of the request.
func sendInParts(items []bulkItem, max int, opts []RequestOption, send func([]bulkItem, []RequestOption) error, fail func(index int, err error)) {
	requests := 0
	var split func(part []bulkItem)
	split = func(part []bulkItem) {
		own := opts
		if requests > 0 {
			own = slices.Concat(opts, []RequestOption{keyOfPart(requests, encoded(bodies(part)))})
		}
		requests++
		err := send(part, own)
		if half := len(part) / 2; half > 0 && isToBlame(err) {
			split(part[:half])
			split(part[half:])
			return
		}
		if err != nil {
			for _, item := range part {
				fail(item.index, err)
			}
		}
	}
	for len(items) > 0 {
		n := min(max, len(items))
		split(items[:n])
		items = items[n:]
	}
}

// isToBlame reports whether an item may be the reason why a whole request was refused.
func isToBlame(err error) bool {
	return (errors.Is(err, ErrValidation) || errors.Is(err, ErrPayloadTooLarge)) && !errors.Is(err, ErrOutcomeUnknown)
}
