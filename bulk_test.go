package novu_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// picky refuses a whole bulk request that holds a bad item, as the server does, and answers the others.
func picky(t *testing.T, list string, isBad func(json.RawMessage) bool, answer func([]json.RawMessage) string) (http.RoundTripper, *int) {
	t.Helper()
	requests := 0
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		requests++
		data, _ := io.ReadAll(r.Body)
		var body map[string][]json.RawMessage
		if err := json.Unmarshal(data, &body); err != nil {
			return nil, err
		}
		for _, item := range body[list] {
			if isBad(item) {
				return httpmock.NewStringResponse(http.StatusUnprocessableEntity, `{"message":"Validation Error"}`), nil
			}
		}
		return httpmock.NewStringResponse(http.StatusCreated, answer(body[list])), nil
	}), &requests
}

// A bad event of a hundred is one bad event.
func TestABadEventHidesNoOther(t *testing.T) {
	t.Parallel()
	events := make([]novu.TriggerParams, 100)
	for i := range events {
		events[i] = novu.TriggerParams{WorkflowID: "w", To: novu.ToSubscriber("acme"), Payload: map[string]any{"n": i}}
	}
	events[57].Payload = map[string]any{"n": math.NaN()}
	events[23].Payload = map[string]any{"n": "refused"}
	mock, requests := picky(t, "events", func(e json.RawMessage) bool {
		var event struct{ Payload struct{ N any } }
		return json.Unmarshal(e, &event) == nil && event.Payload.N == "refused"
	}, func(sent []json.RawMessage) string {
		results := make([]string, len(sent))
		for i := range sent {
			results[i] = `{"acknowledged":true,"status":"processed"}`
		}
		data, _ := json.Marshal(map[string]any{"data": rawItems(results)})
		return string(data)
	})
	results, err := mocked(t, mock).Events.TriggerBulk(t.Context(), events)
	require.NoError(t, err)
	for i, r := range results {
		switch i {
		case 57:
			require.ErrorIs(t, r.Err(), novu.ErrInvalidParams)
			require.ErrorContains(t, r.Err(), "Events[57]")
		case 23:
			require.ErrorIs(t, r.Err(), novu.ErrValidation)
		default:
			require.NoError(t, r.Err(), i)
		}
		assert.NotEmpty(t, r.TransactionID)
	}
	assert.LessOrEqual(t, *requests, 15, "halves, down to the one to blame")
}

func rawItems(items []string) []json.RawMessage {
	raw := make([]json.RawMessage, len(items))
	for i, item := range items {
		raw[i] = json.RawMessage(item)
	}
	return raw
}

// So is a bad subscriber; and one in none of the server's lists is not stored.
func TestABadSubscriberHidesNoOther(t *testing.T) {
	t.Parallel()
	subscribers := []novu.SubscriberProfile{
		{SubscriberID: "made"}, {SubscriberID: "nan", Data: map[string]any{"n": math.Inf(1)}}, {SubscriberID: "updated"},
		{SubscriberID: "forgotten"}, {SubscriberID: "failed"},
	}
	mock, _ := picky(t, "subscribers", func(json.RawMessage) bool { return false }, func([]json.RawMessage) string {
		return `{"data":{"created":[{"subscriberId":"made"}],"updated":[{"subscriberId":"updated"}],"failed":[{"subscriberId":"failed","message":"no key-canary\nhere"}]}}`
	})
	results, err := mocked(t, mock).Subscribers.BulkCreate(t.Context(), subscribers)
	require.NoError(t, err)
	require.NoError(t, results[0].Err())
	assert.True(t, results[0].Created)
	require.ErrorIs(t, results[1].Err(), novu.ErrInvalidParams)
	require.ErrorContains(t, results[1].Err(), "Subscribers[1]")
	require.NoError(t, results[2].Err())
	assert.False(t, results[2].Created)
	require.ErrorIs(t, results[3].Err(), novu.ErrBadAnswer)
	require.ErrorIs(t, results[4].Err(), novu.ErrValidation)
	require.ErrorContains(t, results[4].Err(), "no [redacted] here")
}

// What can't be right is named by its place, all of it at once.
func TestBulkChecksNameThePlace(t *testing.T) {
	t.Parallel()
	events := make([]novu.TriggerParams, 60)
	for i := range events {
		events[i] = newEvent
	}
	events[3].To, events[57].WorkflowID = nil, ""
	_, err := silent(t).Events.TriggerBulk(t.Context(), events)
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	assert.Contains(t, e.Fields, "Events[3].To")
	assert.Contains(t, e.Fields, "Events[57].WorkflowID")

	_, err = silent(t).Events.TriggerBulk(nilContext(), []novu.TriggerParams{newEvent})
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	_, err = silent(t).Subscribers.BulkCreate(nilContext(), []novu.SubscriberProfile{{SubscriberID: "a"}})
	require.ErrorIs(t, err, novu.ErrInvalidParams)
}

// An event whose result holds nothing, and a bulk of the wrong length.
func TestBulkResultsThatSayNothing(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"data":[{},{"acknowledged":true,"status":"processed"}]}`, `{"data":[{"acknowledged":true,"status":"processed"}]}`} {
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusCreated, answer))
		results, err := mocked(t, mock).Events.TriggerBulk(t.Context(), []novu.TriggerParams{newEvent, newEvent})
		require.NoError(t, err)
		require.ErrorIs(t, results[0].Err(), novu.ErrBadAnswer)
		require.ErrorIs(t, results[0].Err(), novu.ErrOutcomeUnknown)
	}
}

// A part of a bulk that broke is not halved: it may have been carried out.
func TestABrokenBulkIsNotHalved(t *testing.T) {
	t.Parallel()
	s := &played{answers: []playedAnswer{{}}}
	results, err := mocked(t, s).Events.TriggerBulk(t.Context(), []novu.TriggerParams{newEvent, newEvent})
	require.NoError(t, err)
	for _, r := range results {
		require.ErrorIs(t, r.Err(), novu.ErrOutcomeUnknown)
		assert.False(t, errors.Is(r.Err(), novu.ErrValidation), fmt.Sprint(r.Err()))
	}
	assert.Len(t, s.sent, 1)
}

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
