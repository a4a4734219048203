package client_test

import (
	"fmt"
	"net/http"
	"testing"

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

func TestBulkCreateIsSplit(t *testing.T) {
	t.Parallel()
	for _, key := range [][]novu.RequestOption{nil, {novu.WithIdempotencyKey("import-7")}} {
		srv, c := emulator(t, novutest.WithIdempotency(true))
		for _, created := range []bool{true, false} {
			srv.Advance(25 * 60 * 60 * 1e9) // past the memory of the keys
			results, err := c.Subscribers.BulkCreate(t.Context(), profiles(2000), key...)
			require.NoError(t, err)
			require.Len(t, results, 2000)
			for i, r := range results {
				require.NoError(t, r.Err())
				require.Equal(t, fmt.Sprintf("sub-%04d", i), r.SubscriberID)
				require.Equal(t, created, r.Created)
			}
		}
		assert.Equal(t, 8, posts(srv, "/v1/subscribers/bulk"))
	}
}

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

func TestOneFailedChunkDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	srv.Inject(novutest.Fault{Route: "/v1/subscribers/bulk", Skip: 1, Count: 1, Status: http.StatusForbidden, Body: "{}"})
	results, err := c.Subscribers.BulkCreate(t.Context(), profiles(1100))
	require.NoError(t, err)
	for i, r := range results {
		assert.Equal(t, i >= 500 && i < 1000, r.Err() != nil, r.SubscriberID)
	}
}

func TestTriggerBulkIsSplit(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	hooked(t, c)
	batch := make([]novu.TriggerParams, 1000)
	for i := range batch {
		batch[i] = novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}
	}
	batch[250].WorkflowID = "nope"
	results, err := c.Events.TriggerBulk(t.Context(), batch, novu.WithIdempotencyKey("batch-9"))
	require.NoError(t, err)
	require.Len(t, results, 1000)
	ids := map[string]bool{}
	for i, r := range results {
		ids[r.TransactionID] = true
		if i == 250 {
			require.ErrorIs(t, r.Err(), novu.ErrNotFound)
			var refused *novu.TriggerError
			require.ErrorAs(t, r.Err(), &refused)
			continue
		}
		require.NoError(t, r.Err())
	}
	assert.Len(t, ids, 1000, "transaction ids")
	assert.Equal(t, 10, posts(srv, "/v1/events/trigger/bulk"))
	assert.Equal(t, 999, messages(t, srv, c))
}

func TestABatchThatIsTooLargeIsHalved(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	hooked(t, c)
	srv.Inject(novutest.Fault{Route: "/v1/events/trigger/bulk", Count: 1, Status: http.StatusRequestEntityTooLarge})
	batch := make([]novu.TriggerParams, 7)
	for i := range batch {
		batch[i] = novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}
	}
	results, err := c.Events.TriggerBulk(t.Context(), batch)
	require.NoError(t, err)
	for _, r := range results {
		require.NoError(t, r.Err())
	}
	assert.Equal(t, 3, posts(srv, "/v1/events/trigger/bulk"))
	assert.Equal(t, 7, messages(t, srv, c))
}
