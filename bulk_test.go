package novu_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// bulkServer accepts bulks of subscribers and refuses those that hold a bad one, as the server does. It
// keeps the sizes of the requests.
type bulkServer struct {
	bad    map[string]bool
	status int // of a refusal
	sizes  []int
	keys   map[string]bool
}

func (s *bulkServer) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent struct {
		Subscribers []struct{ SubscriberID string }
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return nil, err
	}
	s.sizes = append(s.sizes, len(sent.Subscribers))
	s.keys[r.Header.Get("Idempotency-Key")] = true
	answer := map[string]any{}
	var created []any
	for _, one := range sent.Subscribers {
		if s.bad[one.SubscriberID] {
			return httpmock.NewStringResponse(s.status, `{"message":"one of them is odd"}`), nil
		}
		created = append(created, map[string]any{"subscriberId": one.SubscriberID})
	}
	answer["data"] = map[string]any{"created": created, "updated": []any{}, "failed": []any{}}
	return httpmock.NewJsonResponse(http.StatusCreated, answer)
}

// What is refused for its content is sent again in halves, until those to blame are alone.
func TestBulksAreHalvedUntilTheBlameIsFound(t *testing.T) {
	t.Parallel()
	for status, is := range map[int]error{http.StatusUnprocessableEntity: novu.ErrValidation, http.StatusRequestEntityTooLarge: novu.ErrPayloadTooLarge} {
		s := &bulkServer{bad: map[string]bool{"sub-0003": true}, status: status, keys: map[string]bool{}}
		results, err := mocked(t, s).Subscribers.BulkCreate(t.Context(), profiles(8))
		require.NoError(t, err)
		assert.Equal(t, []int{8, 4, 2, 2, 1, 1, 4}, s.sizes)
		for i, r := range results {
			if i == 3 {
				require.ErrorIs(t, r.Err(), is)
			} else {
				require.NoError(t, r.Err())
			}
		}
	}
}

// Any other refusal fails what it was sent with, at once.
func TestBulksAreNotHalvedForOtherReasons(t *testing.T) {
	t.Parallel()
	s := &bulkServer{bad: map[string]bool{"sub-0003": true}, status: http.StatusForbidden, keys: map[string]bool{}}
	results, err := mocked(t, s).Subscribers.BulkCreate(t.Context(), profiles(8))
	require.NoError(t, err)
	assert.Equal(t, []int{8}, s.sizes)
	for _, r := range results {
		require.ErrorIs(t, r.Err(), novu.ErrForbidden)
	}
}

// The server refuses a second body under one key, so each request has a key of its own.
func TestEachRequestOfABulkHasItsOwnKey(t *testing.T) {
	t.Parallel()
	s := &bulkServer{keys: map[string]bool{}}
	_, err := mocked(t, s).Subscribers.BulkCreate(t.Context(), profiles(1200), novu.WithIdempotencyKey("import-7"))
	require.NoError(t, err)
	assert.Equal(t, []int{500, 500, 200}, s.sizes)
	assert.Len(t, s.keys, 3)
	assert.True(t, s.keys["import-7"], "the first has the caller's")
}

func TestABulkOfNothing(t *testing.T) {
	t.Parallel()
	results, err := silent(t).Subscribers.BulkCreate(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, results)
}
