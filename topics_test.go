package novu_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const topicJSON = `{"_id":"t","key":"on-call","name":"On call",` + times + `}`

var topic = novu.Topic{ID: "t", Key: "on-call", Name: "On call", CreatedAt: created, UpdatedAt: created}

func TestTopics(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Topics.Create(ctx, novu.CreateTopicParams{Key: "on-call", Name: "On call"})
			},
			method: http.MethodPost, path: "/v2/topics",
			body:   `{"key":"on-call","name":"On call"}`,
			status: http.StatusCreated, answer: `{"data":` + topicJSON + `}`,
			want: &topic,
		},
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Topics.Get(ctx, "on-call") },
			method: http.MethodGet, path: "/v2/topics/on-call",
			answer: `{"data":` + topicJSON + `}`,
			want:   &topic,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Topics.List(ctx, novu.ListTopicsParams{
					Key: "on", Name: "On", Limit: 5, Before: "cursor", OrderBy: "updatedAt", OrderDirection: novu.Ascending,
				})
			},
			method: http.MethodGet, path: "/v2/topics",
			query: url.Values{
				"key": {"on"}, "name": {"On"}, "limit": {"5"}, "before": {"cursor"}, "orderBy": {"updatedAt"}, "orderDirection": {"ASC"},
			},
			answer: `{"data":[` + topicJSON + `],"next":null,"previous":null,"totalCount":1,"totalCountCapped":false}`,
			want:   &novu.Page[novu.Topic]{Data: []novu.Topic{topic}, TotalCount: 1},
		},
		"delete": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Topics.Delete(ctx, "on-call") },
			method: http.MethodDelete, path: "/v2/topics/on-call",
			answer: `{"data":{"acknowledged":true}}`,
		},
		"unsubscribe": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Topics.Unsubscribe(ctx, "on-call", []string{"ada", "bob"})
			},
			method: http.MethodDelete, path: "/v2/topics/on-call/subscriptions",
			body: `{"subscriberIds":["ada","bob"]}`,
			answer: `{"data":[{"subscriber":{"subscriberId":"ada"}}],"meta":{"totalCount":2,"successful":1,"failed":1},
				"errors":[{"subscriberId":"bob","code":"SUBSCRIPTION_NOT_FOUND","message":"not there"}]}`,
			want: []novu.TopicResult{{SubscriberID: "ada"}, {SubscriberID: "bob"}},
		},
	})
}

func TestTopicErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"get topic": func(ctx context.Context, c *novu.Client) (any, error) { return c.Topics.Get(ctx, "on-call") },
		"list topics": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Topics.List(ctx, novu.ListTopicsParams{})
		},
		"create topic": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Topics.Create(ctx, novu.CreateTopicParams{Key: "on-call"})
		},
		"delete topic": func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Topics.Delete(ctx, "on-call") },
	})
}

func TestTopicBadInput(t *testing.T) {
	t.Parallel()
	subscribe := func(key string, ids ...string) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Topics.Subscribe(ctx, key, ids) }
	}
	testBadInput(t, map[string]badInput{
		"create without a key": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Topics.Create(ctx, novu.CreateTopicParams{})
			},
			field: "Key",
		},
		"get nothing":           {call: func(ctx context.Context, c *novu.Client) (any, error) { return c.Topics.Get(ctx, "..") }, field: "key"},
		"subscribe to nothing":  {call: subscribe("", "ada"), field: "key"},
		"subscribe nobody":      {call: subscribe("on-call"), field: "subscriberIDs"},
		"subscribe one unnamed": {call: subscribe("on-call", "ada", ""), field: "subscriberIDs[1]"},
		"list with a long limit": {call: func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Topics.List(ctx, novu.ListTopicsParams{Limit: 101})
		}, field: "Limit"},
	})
}

// Of 250 subscribers one does not exist; the others are subscribed, notified and unsubscribed.
func TestTopicsFromSubscribeToUnsubscribe(t *testing.T) {
	t.Parallel()
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		srv := novutest.NewServer(t, novutest.WithVersion(version))
		client, ctx := srv.Client(), t.Context()
		var ids []string
		var profiles []novu.SubscriberProfile
		for i := range 250 {
			ids = append(ids, fmt.Sprintf("person-%d", i))
			if i != 117 {
				profiles = append(profiles, novu.SubscriberProfile{SubscriberID: ids[i]})
			}
		}
		_, err := client.Subscribers.BulkCreate(ctx, profiles)
		require.NoError(t, err)
		for range 2 { // subscribing again is no error
			results, err := client.Topics.Subscribe(ctx, "everybody", ids)
			require.NoError(t, err)
			require.Len(t, results, 250)
			for i, result := range results {
				assert.Equal(t, ids[i], result.SubscriberID)
				if i == 117 {
					require.ErrorIs(t, result.Err(), novu.ErrNotFound)
				} else {
					require.NoError(t, result.Err())
				}
			}
		}
		found, err := client.Topics.Get(ctx, "everybody")
		require.NoError(t, err)
		for listed, err := range client.Topics.All(ctx, novu.ListTopicsParams{}) {
			require.NoError(t, err)
			assert.Equal(t, found.Key, listed.Key)
		}
		for range 2 { // and so is unsubscribing
			results, err := client.Topics.Unsubscribe(ctx, "everybody", ids[:3])
			require.NoError(t, err)
			for _, result := range results {
				require.NoError(t, result.Err())
			}
		}
		require.NoError(t, client.Topics.Delete(ctx, "everybody"))
		require.ErrorIs(t, client.Topics.Delete(ctx, "everybody"), novu.ErrNotFound)
		results, err := client.Topics.Unsubscribe(ctx, "everybody", ids[:1])
		require.NoError(t, err)
		require.ErrorIs(t, results[0].Err(), novu.ErrNotFound)
	}
}
