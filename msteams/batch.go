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
	secrets  []Secret     // what the batch was sent with
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

// batch sends the items together. Those that may succeed later are sent again, alone and as the
// retry policy has it; what became of each is in it. Those whose token was not accepted are sent
// once more with a new one. An error is one of the batch as a whole.
func (t *Tenant) batch(ctx context.Context, op string, items []*batchItem) error {
	pending := items
	for renewed := false; len(pending) > 0; {
		token, err := t.sendBatch(ctx, op, pending)
		if err != nil {
			return err
		}
		var again, unauthorized []*batchItem
		var wait time.Duration
		for _, item := range pending {
			if item.answer != nil && item.answer.StatusCode == http.StatusUnauthorized {
				unauthorized = append(unauthorized, item)
			} else if pause, ok := t.retryItem(item); ok {
				again = append(again, item)
				wait = max(wait, pause)
			}
		}
		if len(unauthorized) > 0 && !renewed {
			t.client.tokens.drop(t.graphKey(), token)
			again, renewed = append(again, unauthorized...), true
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

// retryItem reports whether an item is worth another request, and when: as a request of its own
// would be.
func (t *Tenant) retryItem(item *batchItem) (time.Duration, bool) {
	return t.client.rest.Again(&rest.Request{Kind: rest.Read, Method: http.MethodGet}, item.answer, item.attempts)
}

// sendBatch returns the token that the batch was sent with.
func (t *Tenant) sendBatch(ctx context.Context, op string, items []*batchItem) (Token, error) {
	requests := make([]batchRequest, len(items))
	for i, item := range items {
		item.attempts++
		item.answer = nil
		requests[i] = batchRequest{
			ID: strconv.Itoa(i + 1), Method: http.MethodGet, URL: item.path,
			Headers: map[string]string{"Prefer": "include-unknown-enum-members"},
		}
	}
	r := &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodPost, Route: "/v1.0/$batch", Body: map[string]any{"requests": requests},
		Pace:   t.batchPace(len(items)),
		Decode: func(body []byte) error { return decodeBatch(body, items) },
	}
	if err := t.callGraph(ctx, r); err != nil {
		return Token{}, err
	}
	for _, item := range items {
		item.secrets = r.Secrets
		if a := item.answer; a != nil && a.StatusCode/100 != 2 {
			a.Body = []byte(redact.JSON(string(a.Body), func(text string) string { return redact.Scrub(text, r.Secrets...) }))
		}
	}
	return Token{AccessToken: r.Secrets[0]}, nil
}

// decodeBatch gives each item its answer. They come in any order. The first one counts if an id
// comes twice, and ids that were not asked for do not.
func decodeBatch(body []byte, items []*batchItem) error {
	if err := checkJSON(body); err != nil {
		return err
	}
	var wire struct {
		Responses []batchResponse `json:"responses"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
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
func (t *Tenant) read(op string, item *batchItem, decode func([]byte) error) error {
	failure := &rest.Failure{
		Request:  &rest.Request{Op: op, Kind: rest.Read, Method: http.MethodGet, Route: "/v1.0" + item.route},
		Answer:   item.answer,
		Attempts: item.attempts,
	}
	if item.answer == nil {
		failure.Note = "the answer to the batch held none for this team"
		err := newError(failure, t.id, readError, classifyGraph)
		err.classify("try again later", ErrBadAnswer)
		return err
	}
	if item.answer.StatusCode/100 == 2 {
		err := decode(item.answer.Body)
		if err == nil {
			return nil
		}
		failure.Err = redact.Error(fmt.Errorf("the answer can't be read: %w", err), func(text string) string {
			return line(redact.Scrub(text, item.secrets...))
		})
		unreadable := newError(failure, t.id, readError, classifyGraph)
		unreadable.classify("", ErrBadAnswer)
		return unreadable
	}
	return t.graphError(failure)
}

// batchPath fills the one placeholder of a route.
func batchPath(route, id string, query url.Values) string {
	path := strings.Replace(route, "{id}", url.PathEscape(id), 1)
	return path + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}
