package novu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

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
