package novu_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
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

func profiles(n int) []novu.SubscriberProfile {
	list := make([]novu.SubscriberProfile, n)
	for i := range list {
		list[i].SubscriberID = fmt.Sprintf("sub-%04d", i)
	}
	return list
}

// Each subscriber has a result of its own, whatever becomes of the others.
func TestBulkCreateReportsEachSubscriber(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, baseURL+"/v1/subscribers/bulk", func(r *http.Request) (*http.Response, error) {
		var sent map[string]any
		require.NoError(t, json.NewDecoder(r.Body).Decode(&sent))
		assert.Equal(t, map[string]any{"subscribers": []any{
			map[string]any{"subscriberId": "new", "email": "new@acme.example"}, map[string]any{"subscriberId": "old"}, map[string]any{"subscriberId": "bad"},
		}}, sent)
		return httpmock.NewStringResponse(http.StatusCreated, `{"data":{"created":[{"subscriberId":"new"}],"updated":[{"subscriberId":"old"}],
			"failed":[{"subscriberId":"bad","message":"is not liked"}]}}`), nil
	})
	results, err := mocked(t, mock).Subscribers.BulkCreate(t.Context(), []novu.SubscriberProfile{
		{SubscriberID: "new", Email: "new@acme.example"}, {SubscriberID: "old"}, {SubscriberID: "bad"},
	})
	require.NoError(t, err)
	require.Len(t, results, 3)

	assert.Equal(t, "new", results[0].SubscriberID)
	assert.True(t, results[0].Created)
	require.NoError(t, results[0].Err())

	assert.Equal(t, "old", results[1].SubscriberID)
	assert.False(t, results[1].Created)
	require.NoError(t, results[1].Err())

	assert.Equal(t, "bad", results[2].SubscriberID)
	assert.False(t, results[2].Created)
	require.ErrorIs(t, results[2].Err(), novu.ErrValidation)
	assert.ErrorContains(t, results[2].Err(), "bad: is not liked")
}

func TestBulkCreateIsSplit(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]novu.RequestOption{"": nil, "with a key": {novu.WithIdempotencyKey("import-7")}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, c := emulator(t, novutest.WithIdempotency(true))
			for _, isNew := range []bool{true, false} {
				srv.Advance(25 * time.Hour) // past the memory of the keys
				results, err := c.Subscribers.BulkCreate(t.Context(), profiles(2000), opts...)
				require.NoError(t, err)
				require.Len(t, results, 2000)
				for i, r := range results {
					require.NoError(t, r.Err())
					require.Equal(t, fmt.Sprintf("sub-%04d", i), r.SubscriberID)
					require.Equal(t, isNew, r.Created)
				}
			}
			assert.Equal(t, 8, posts(srv, "/v1/subscribers/bulk"))
		})
	}
}

// The server refuses all that come with one that it does not like.
func TestOneBadSubscriberDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	_, c := emulator(t)
	list := profiles(1200)
	bad := map[int]bool{3: true, 700: true, 701: true}
	for i := range bad {
		list[i].Email = "nope"
	}
	results, err := c.Subscribers.BulkCreate(t.Context(), list)
	require.NoError(t, err)
	for i, r := range results {
		if bad[i] {
			require.ErrorIs(t, r.Err(), novu.ErrValidation, r.SubscriberID)
		} else {
			require.NoError(t, r.Err(), r.SubscriberID)
		}
	}
	_, err = c.Subscribers.Get(t.Context(), "sub-1199")
	require.NoError(t, err)
}

func TestOneFailedRequestDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	srv.Inject(novutest.Fault{Route: "/v1/subscribers/bulk", Skip: 1, Count: 1, Status: http.StatusForbidden, Body: "{}"})
	results, err := c.Subscribers.BulkCreate(t.Context(), profiles(1100))
	require.NoError(t, err)
	for i, r := range results {
		if i >= 500 && i < 1000 {
			require.ErrorIs(t, r.Err(), novu.ErrForbidden, r.SubscriberID)
		} else {
			require.NoError(t, r.Err(), r.SubscriberID)
		}
	}
}
