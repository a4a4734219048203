package novu_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"testing"

	"github.com/novu-go/novu"
)

const subscriberJSON = `{"_id":"6b046b2fff9b0c916127df91","subscriberId":"ada","firstName":"Ada","lastName":null,"email":"ada@acme.example",
	"locale":"en-US","timezone":"Europe/London","data":{"team":7},"isOnline":true,` + times + `}`

var subscriber = novu.Subscriber{
	ID: hexID, SubscriberID: "ada", FirstName: "Ada", Email: "ada@acme.example", Locale: "en-US", Timezone: "Europe/London",
	Data: map[string]any{"team": 7.0}, IsOnline: true, CreatedAt: created, UpdatedAt: created,
}

func TestSubscribers(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Create(ctx, novu.CreateSubscriberParams{
					SubscriberID: "ada", FirstName: "Ada", LastName: "Lovelace", Email: "ada@acme.example", Phone: "+44",
					Avatar: "https://acme.example/ada.png", Locale: "en-US", Timezone: "Europe/London", Data: map[string]any{"team": 7},
				})
			},
			method: http.MethodPost, path: "/v2/subscribers",
			body: `{"subscriberId":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@acme.example","phone":"+44",
				"avatar":"https://acme.example/ada.png","locale":"en-US","timezone":"Europe/London","data":{"team":7}}`,
			status: http.StatusCreated, answer: `{"data":` + subscriberJSON + `}`,
			want: &subscriber,
		},
		"create only if it does not exist": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: "ada", FailIfExists: true})
			},
			method: http.MethodPost, path: "/v2/subscribers", query: url.Values{"failIfExists": {"true"}},
			body:   `{"subscriberId":"ada"}`,
			status: http.StatusCreated, answer: `{"data":` + subscriberJSON + `}`,
			want: &subscriber,
		},
		"get": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Get(ctx, "ada@acme.example")
			},
			method: http.MethodGet, path: "/v2/subscribers/ada%40acme.example",
			answer: `{"data":` + subscriberJSON + `}`,
			want:   &subscriber,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.List(ctx, novu.ListSubscribersParams{
					SubscriberID: "ada", Name: "Ada", Email: "ada@acme.example", Phone: "+44",
					Limit: 20, After: "cursor", OrderBy: "updatedAt", OrderDirection: novu.Ascending,
				})
			},
			method: http.MethodGet, path: "/v2/subscribers",
			query: url.Values{
				"subscriberId": {"ada"}, "name": {"Ada"}, "email": {"ada@acme.example"}, "phone": {"+44"},
				"limit": {"20"}, "after": {"cursor"}, "orderBy": {"updatedAt"}, "orderDirection": {"ASC"},
			},
			answer: `{"data":[` + subscriberJSON + `],"next":"n","previous":"p","totalCount":21}`,
			want:   &novu.Page[novu.Subscriber]{Data: []novu.Subscriber{subscriber}, Next: "n", Previous: "p", TotalCount: 21},
		},
		"update": { // what is nil stays, and what is empty is emptied
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Update(ctx, "ada", novu.UpdateSubscriberParams{LastName: novu.Ptr("King"), Phone: novu.Ptr("")})
			},
			method: http.MethodPatch, path: "/v2/subscribers/ada",
			body:   `{"lastName":"King","phone":""}`,
			answer: `{"data":` + subscriberJSON + `}`,
			want:   &subscriber,
		},
		"delete": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Subscribers.Delete(ctx, "ada") },
			method: http.MethodDelete, path: "/v2/subscribers/ada",
			answer: `{"data":{"acknowledged":true,"status":"deleted"}}`,
		},
	})
}

func TestAllSubscribers(t *testing.T) {
	t.Parallel()
	testAll(t, "/v2/subscribers", "subscriberId", func(ctx context.Context, c *novu.Client) iter.Seq2[novu.Subscriber, error] {
		return c.Subscribers.All(ctx, novu.ListSubscribersParams{})
	}, func(found novu.Subscriber) string { return found.SubscriberID })
}

func TestSubscriberErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create subscriber": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: "ada"})
		},
		"get subscriber": func(ctx context.Context, c *novu.Client) (any, error) { return c.Subscribers.Get(ctx, "ada") },
		"list subscribers": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Subscribers.List(ctx, novu.ListSubscribersParams{})
		},
		"update subscriber": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Subscribers.Update(ctx, "ada", novu.UpdateSubscriberParams{FirstName: novu.Ptr("Ada")})
		},
		"delete subscriber": func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Subscribers.Delete(ctx, "ada") },
	})
}

func TestSubscriberBadInput(t *testing.T) {
	t.Parallel()
	testBadInput(t, map[string]badInput{
		"create nobody": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Create(ctx, novu.CreateSubscriberParams{FirstName: "Ada"})
			},
			field: "SubscriberID",
		},
		"get nobody": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Subscribers.Get(ctx, "") },
			field: "subscriberID",
		},
		"update nobody": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.Update(ctx, "\t", novu.UpdateSubscriberParams{FirstName: novu.Ptr("Ada")})
			},
			field: "subscriberID",
		},
		"one of several is nobody": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.BulkCreate(ctx, []novu.SubscriberProfile{{SubscriberID: "ada"}, {}})
			},
			field: "Subscribers[1].SubscriberID",
		},
		"an idempotency key that is too long": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.BulkCreate(ctx, profiles(1), novu.WithIdempotencyKey(fmt.Sprintf("%0256d", 1)))
			},
			field: "IdempotencyKey",
		},
		"a limit that is high": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Subscribers.List(ctx, novu.ListSubscribersParams{Limit: 101})
			},
			field: "Limit",
		},
	})
}
