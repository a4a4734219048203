package msteams

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// maxBatch is how many requests Graph takes in one.
const maxBatch = 20

// batchItem is a GET inside a batch, and what became of it.
type batchItem struct {
	path  string // below /v1.0, encoded
	route string // the pattern, for errors

	attempts int
	answer   *rest.Answer // nil: the batch's answer held none
}

type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

type batchResponse struct {
	ID      text            `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]text `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// batch sends the items together. Those that may succeed later are sent again,
// alone and as the retry policy has it; what became of each is in it. An error
// is one of the batch as a whole.
func (t *Tenant) batch(ctx context.Context, op string, items []*batchItem) error {
	pending := items
	for attempt := 1; len(pending) > 0; attempt++ {
		if err := t.sendBatch(ctx, op, pending); err != nil {
			return err
		}
		var again []*batchItem
		var wait time.Duration
		for _, item := range pending {
			pause, ok := t.retryItem(item)
			if ok {
				again = append(again, item)
				wait = max(wait, pause)
			}
		}
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= wait {
			return nil // they stay as they are: waiting would not help
		}
		if pending = again; len(pending) > 0 && !sleep(ctx, wait) {
			return t.ended(ctx, op)
		}
	}
	return nil
}

// retryItem reports whether an item is worth another request, and when.
func (t *Tenant) retryItem(item *batchItem) (time.Duration, bool) {
	if item.answer == nil {
		return rest.Backoff(t.client.rest.Policy, item.attempts, 0)
	}
	switch item.answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return rest.Backoff(t.client.rest.Policy, item.attempts, rest.RetryAfter(item.answer.Header))
	}
	return 0, false
}

func (t *Tenant) sendBatch(ctx context.Context, op string, items []*batchItem) error {
	requests := make([]batchRequest, len(items))
	for i, item := range items {
		item.attempts++
		item.answer = nil
		requests[i] = batchRequest{strconv.Itoa(i + 1), http.MethodGet, item.path, map[string]string{"Prefer": "include-unknown-enum-members"}}
	}
	r := &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodPost, Route: "/v1.0/$batch", Body: map[string]any{"requests": requests},
		Decode: func(body []byte) error { return decodeBatch(body, items) },
	}
	if err := t.callGraph(ctx, r, t.batchPace(len(items))); err != nil {
		return err
	}
	for _, item := range items {
		if a := item.answer; a != nil && a.StatusCode/100 != 2 {
			a.Body = []byte(redact.JSON(string(a.Body), func(text string) string { return redact.Scrub(text, r.Secrets...) }))
		}
	}
	return nil
}

// decodeBatch gives each item its answer. They come in any order; the first one
// counts where an id comes twice, and ids that were not asked for do not.
func decodeBatch(body []byte, items []*batchItem) error {
	var wire struct {
		Responses []batchResponse `json:"responses"`
	}
	if err := decode(&wire)(body); err != nil {
		return err
	}
	for _, r := range wire.Responses {
		i, err := strconv.Atoi(string(r.ID))
		if err != nil || i < 1 || i > len(items) || items[i-1].answer != nil || r.Status == 0 {
			continue
		}
		header := http.Header{}
		for name, value := range r.Headers {
			header.Set(name, string(value))
		}
		items[i-1].answer = &rest.Answer{StatusCode: r.Status, Header: header, Body: r.Body}
	}
	return nil
}

// read decodes an item's success, or returns its failure.
func (t *Tenant) read(op string, item *batchItem, into any) error {
	failure := &rest.Failure{
		Request:  &rest.Request{Op: op, Method: http.MethodGet, Route: "/v1.0" + item.route},
		Answer:   item.answer,
		Attempts: item.attempts,
	}
	if item.answer == nil {
		failure.Note = "the answer to the batch held none for this team"
		err := newError(failure, t.id, readError, classifyGraph)
		err.be("try again later", ErrBadAnswer)
		return err
	}
	if item.answer.StatusCode/100 == 2 {
		err := decode(into)(item.answer.Body)
		if err == nil {
			return nil
		}
		failure.Err = fmt.Errorf("the answer can't be read: %w", err)
	}
	return t.graphError(failure)
}

// batchPath fills the one placeholder of a route.
func batchPath(route, id string, query url.Values) string {
	path := strings.Replace(route, "{id}", url.PathEscape(id), 1)
	return path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}
