package novu

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	topicsRoute             = "/v2/topics"
	topicRoute              = topicsRoute + "/{topicKey}"
	topicSubscriptionsRoute = topicRoute + "/subscriptions"
)

// TopicsService manages topics: named groups of subscribers. A trigger to a topic ([ToTopic])
// notifies each of its subscribers at the subscriber's own channel endpoints.
type TopicsService struct{ client *Client }

// Topic is a named group of subscribers.
type Topic struct {
	ID        string    `json:"_id"` // internal; everything here takes Key
	Key       string    `json:"key"` // chosen by whoever created it
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func (t *Topic) missing() string  { return missing("key", t.Key) }
func (t *Topic) identity() string { return t.Key }

// CreateTopicParams describes a topic.
type CreateTopicParams struct {
	Key  string `json:"key"`            // required
	Name string `json:"name,omitempty"` // for people
}

// Create makes a topic, or returns the one with that key as it is. It is safe to repeat.
//
// API: POST /v2/topics
func (s *TopicsService) Create(ctx context.Context, params CreateTopicParams, opts ...RequestOption) (*Topic, error) {
	const op = "create topic"
	if err := checkParams(op, opts...).id("Key", params.Key).err(); err != nil {
		return nil, err
	}
	out := new(Topic)
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: topicsRoute, Body: params,
		Decode: decodeNamed(out, params.Key),
	}, opts)
	if err != nil {
		return nil, carry(err, params.Key, "")
	}
	return out, nil
}

// Get returns a topic by its key. One that is not there is ErrNotFound.
//
// API: GET /v2/topics/{topicKey}
func (s *TopicsService) Get(ctx context.Context, key string, opts ...RequestOption) (*Topic, error) {
	const op = "get topic"
	if err := checkParams(op, opts...).id("key", key).err(); err != nil {
		return nil, err
	}
	return do[Topic](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: topicRoute, Args: []string{key},
	}, opts)
}

// ListTopicsParams filters and orders a list of topics.
type ListTopicsParams struct {
	Key            string         `url:"key,omitempty"`            // a part of it
	Name           string         `url:"name,omitempty"`           // a part of it
	Limit          int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After          string         `url:"after,omitempty"`          // a page's Next
	Before         string         `url:"before,omitempty"`         // a page's Previous; not for All
	OrderBy        string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of topics.
//
// API: GET /v2/topics
func (s *TopicsService) List(ctx context.Context, params ListTopicsParams, opts ...RequestOption) (*Page[Topic], error) {
	const op = "list topics"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, nil).err(); err != nil {
		return nil, err
	}
	return list[Topic](ctx, s.client, op, topicsRoute, params, opts)
}

// All yields every topic that matches, page by page as it is consumed. It stops at the first error
// and survives the deletion of what it has yielded.
//
// API: GET /v2/topics
func (s *TopicsService) All(ctx context.Context, params ListTopicsParams, opts ...RequestOption) iter.Seq2[Topic, error] {
	if params.Limit == 0 {
		params.Limit = maxLimit
	}
	return all("list topics", params.After, params.Before, func(after string) (*Page[Topic], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// Delete removes a topic and its subscriptions. The subscribers stay. One that is not there is
// ErrNotFound.
//
// API: DELETE /v2/topics/{topicKey}
func (s *TopicsService) Delete(ctx context.Context, key string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete topic", topicRoute, key, opts)
}

// TopicResult is what became of one subscriber of a Subscribe or Unsubscribe.
type TopicResult struct {
	SubscriberID string
	err          error
}

// Err is why this subscriber was not subscribed or unsubscribed, nil if it was.
func (r TopicResult) Err() error { return r.err }

// Subscribe adds any number of subscribers to a topic, 100 a request. A topic that is not there is
// made. It returns a result for each subscriber, in the order given: ask every one for its Err. A
// subscriber that does not exist is ErrNotFound; one that was subscribed before is no error. The
// error is ErrInvalidParams, with nothing sent, or else nil.
//
// API: POST /v2/topics/{topicKey}/subscriptions
func (s *TopicsService) Subscribe(ctx context.Context, key string, subscriberIDs []string, opts ...RequestOption) ([]TopicResult, error) {
	return s.change(ctx, "subscribe to topic", http.MethodPost, key, subscriberIDs, opts)
}

// Unsubscribe removes any number of subscribers from a topic, 100 a request. It returns a result for
// each, in the order given: ask every one for its Err. One that was not subscribed is no error, so
// that the call can be repeated. A subscriber or a topic that does not exist is ErrNotFound. The
// error is ErrInvalidParams, with nothing sent, or else nil.
//
// API: DELETE /v2/topics/{topicKey}/subscriptions
func (s *TopicsService) Unsubscribe(ctx context.Context, key string, subscriberIDs []string, opts ...RequestOption) ([]TopicResult, error) {
	return s.change(ctx, "unsubscribe from topic", http.MethodDelete, key, subscriberIDs, opts)
}

const maxTopicSubscribers = 100

func (s *TopicsService) change(ctx context.Context, op, method, key string, subscriberIDs []string, opts []RequestOption) ([]TopicResult, error) {
	checks := checkParams(op, opts...).ctx(ctx).id("key", key)
	if len(subscriberIDs) == 0 {
		checks.add("subscriberIDs", "must not be empty")
	}
	results := make([]TopicResult, len(subscriberIDs))
	items := make([]bulkItem, len(subscriberIDs))
	for i, id := range subscriberIDs {
		checks.id(fmt.Sprintf("subscriberIDs[%d]", i), id)
		results[i].SubscriberID = id
		items[i] = bulkItem{index: i, body: encoded(id)}
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	sendInParts(items, maxTopicSubscribers, opts, func(part []bulkItem, opts []RequestOption) error {
		return s.changePart(ctx, op, method, key, part, results, opts)
	}, func(i int, err error) { results[i].err = err })
	return results, nil
}

type topicSubscriptionsBody struct {
	SubscriberIDs []json.RawMessage `json:"subscriberIds"`
}

// topicSubscriptionsAnswer lists every subscriber of a request in one of its lists.
type topicSubscriptionsAnswer struct {
	Data []struct {
		Subscriber Subscriber `json:"subscriber"`
	} `json:"data"`
	Errors []struct {
		SubscriberID string `json:"subscriberId"`
		Code         string `json:"code"`
		Message      string `json:"message"`
	} `json:"errors"`
}

func (a *topicSubscriptionsAnswer) missing() string {
	if a.Data == nil && a.Errors == nil {
		return "data or errors"
	}
	return ""
}

// changePart sends one request and fills in the results of its subscribers.
func (s *TopicsService) changePart(ctx context.Context, op, method, key string, part []bulkItem, results []TopicResult, opts []RequestOption) error {
	var out topicSubscriptionsAnswer
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: method, Route: topicSubscriptionsRoute, Args: []string{key},
		Body: topicSubscriptionsBody{SubscriberIDs: bodies(part)}, Decode: decode(&out),
		Gone: func(*rest.Answer) bool { return false }, // a topic that is not there is an error, after any attempt
	}, opts)
	if err != nil {
		return err
	}
	done, refused := map[string]bool{}, map[string]error{}
	for _, one := range out.Data {
		done[one.Subscriber.SubscriberID] = true
	}
	for _, one := range out.Errors {
		kind := ErrValidation
		switch {
		case one.Code == "SUBSCRIPTION_NOT_FOUND" && method == http.MethodDelete:
			done[one.SubscriberID] = true
			continue
		case one.Code == "SUBSCRIBER_NOT_FOUND":
			kind = ErrNotFound
		}
		refused[one.SubscriberID] = &Error{Op: op, Message: s.client.clean(one.Message), kind: kind}
	}
	for _, item := range part {
		result := &results[item.index]
		err, isRefused := refused[result.SubscriberID]
		switch {
		case isRefused:
			result.err = err
		case !done[result.SubscriberID]:
			result.err = &Error{Op: op, Message: "the server did not say what became of " + result.SubscriberID, kind: ErrBadAnswer}
		}
	}
	return nil
}
