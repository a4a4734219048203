package novu_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// What fails as a whole fails each of its events, and each keeps its transaction id.
func TestTriggerBulkThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		answer string
		is     error
	}{
		"refused":         {status: http.StatusForbidden, answer: `{"message":"no"}`, is: novu.ErrForbidden},
		"too few results": {status: http.StatusCreated, answer: `{"data":[]}`},
		"no results":      {status: http.StatusCreated, answer: `<html>`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(tt.status, tt.answer))
			results, err := mocked(t, mock).Events.TriggerBulk(t.Context(), []novu.TriggerParams{newEvent, {WorkflowID: alert, To: novu.ToTopic("t")}})
			require.NoError(t, err)
			require.Len(t, results, 2)
			assert.Equal(t, "txn-1", results[0].TransactionID)
			assert.True(t, strings.HasPrefix(results[1].TransactionID, "txn_"), results[1].TransactionID)
			for _, r := range results {
				require.Error(t, r.Err())
				if tt.is != nil {
					require.ErrorIs(t, r.Err(), tt.is)
				}
			}
		})
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
	assert.Equal(t, 999, messages(t, srv))
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
	assert.Equal(t, 7, messages(t, srv))
}
