package novu_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// A field of another type spoils nothing but itself.
func TestOddFieldsSpoilNothingElse(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"times that can't be read": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Get(ctx, "teams-acme")
			},
			method: http.MethodGet, path: "/v1/channel-connections/teams-acme",
			answer: `{"data":{"identifier":"teams-acme","createdAt":"yesterday","updatedAt":1795451756908,"workspace":{"id":"tenant"}}}`,
			want:   &novu.ChannelConnection{Identifier: "teams-acme", Workspace: novu.Workspace{ID: "tenant"}},
		},
		"a number for a text": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Subscribers.Get(ctx, "ada") },
			method: http.MethodGet, path: "/v2/subscribers/ada",
			answer: `{"data":{"subscriberId":"ada","firstName":7,"lastName":"Lovelace","isOnline":"yes"}}`,
			want:   &novu.Subscriber{SubscriberID: "ada", LastName: "Lovelace"},
		},
		"an object for a list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.Get(ctx, "teams-acme")
			},
			method: http.MethodGet, path: "/v1/channel-connections/teams-acme",
			answer: `{"data":{"identifier":"teams-acme","contextKeys":{"tenant":"acme"},"subscriberId":"acme"}}`,
			want:   &novu.ChannelConnection{Identifier: "teams-acme", SubscriberID: "acme"},
		},
		"one item of a list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{})
			},
			method: http.MethodGet, path: "/v1/channel-connections",
			answer: `{"data":[{"identifier":"a"},{"identifier":"b","subscriberId":7},{"identifier":"c"}],"next":null,"totalCount":"three"}`,
			want:   &novu.Page[novu.ChannelConnection]{Data: []novu.ChannelConnection{{Identifier: "a"}, {Identifier: "b"}, {Identifier: "c"}}},
		},
	})
}

// Free-form data keeps numbers that a float64 can't hold.
func TestLargeNumbersAreKept(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK,
		`{"data":{"identifier":"teams-acme","workspace":{"id":"tenant","serial":12345678901234567890,"small":1.5}}}`))
	got, err := mocked(t, mock).ChannelConnections.Get(t.Context(), "teams-acme")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"serial": json.Number("12345678901234567890"), "small": 1.5}, got.Workspace.Extra)
	data, err := json.Marshal(got.Workspace)
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"tenant","serial":12345678901234567890,"small":1.5}`, string(data))
	assert.Contains(t, string(data), "12345678901234567890")
}
