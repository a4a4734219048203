package novu_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestPageFromJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		json string
		want novu.Page[int]
	}{
		"a page": {
			json: `{"data":[1,2],"next":"n","previous":"p","totalCount":50000,"totalCountCapped":true}`,
			want: novu.Page[int]{Data: []int{1, 2}, Next: "n", Previous: "p", TotalCount: 50000, TotalCountCapped: true},
		},
		"the only page": {json: `{"data":[1],"next":null,"previous":null,"totalCount":1}`, want: novu.Page[int]{Data: []int{1}, TotalCount: 1}},
		"a bare array":  {json: ` [1,2]`, want: novu.Page[int]{Data: []int{1, 2}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got novu.Page[int]
			require.NoError(t, json.Unmarshal([]byte(tt.json), &got))
			assert.Equal(t, tt.want, got)
		})
	}
	var page novu.Page[int]
	require.NoError(t, json.Unmarshal([]byte(`{"data":["one",2]}`), &page))
	assert.Equal(t, []int{0, 2}, page.Data, "an odd item spoils no other")
	require.Error(t, json.Unmarshal([]byte(`{"data":[1`), &page))
}

// lists answers the endpoints of the list in pages, as a server does: the cursor is the last item of
// a page, and one that is gone leads nowhere.
func lists(list *[]string, size int) httpmock.Responder {
	return func(r *http.Request) (*http.Response, error) {
		start := 0
		if after := r.URL.Query().Get("after"); after != "" {
			start = -1
			for i, id := range *list {
				if id == after {
					start = i + 1
				}
			}
			if start < 0 {
				return httpmock.NewStringResponse(http.StatusOK, `{"data":[],"next":null,"previous":null,"totalCount":0}`), nil
			}
		}
		end := min(start+size, len(*list))
		page := map[string]any{"data": []any{}, "totalCount": len(*list)}
		if end < len(*list) {
			page["next"] = (*list)[end-1]
		}
		for _, id := range (*list)[start:end] {
			page["data"] = append(page["data"].([]any), map[string]any{"identifier": id})
		}
		return httpmock.NewJsonResponse(http.StatusOK, page)
	}
}

func endpoints(n int) *[]string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("e-%02d", i))
	}
	return &list
}

func remove(list *[]string, gone string) {
	var left []string
	for _, id := range *list {
		if id != gone {
			left = append(left, id)
		}
	}
	*list = left
}

// Whoever deletes what is yielded leaves nothing.
func TestAllSurvivesTheDeletionOfWhatItYields(t *testing.T) {
	t.Parallel()
	list := endpoints(25)
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, baseURL+"/v1/channel-endpoints", lists(list, 10))
	for found, err := range mocked(t, mock).ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{}) {
		require.NoError(t, err)
		remove(list, found.Identifier)
	}
	assert.Empty(t, *list)
}

// Somebody else deletes the item that the next page was to come after.
func TestAllReportsALostCursor(t *testing.T) {
	t.Parallel()
	list := endpoints(25)
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, baseURL+"/v1/channel-endpoints", lists(list, 10))
	var got []string
	var last error
	for found, err := range mocked(t, mock).ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{}) {
		if last = err; err != nil {
			break
		}
		got = append(got, found.Identifier)
		if found.Identifier == "e-05" {
			remove(list, "e-09")
		}
	}
	require.ErrorIs(t, last, novu.ErrCursorLost)
	assert.ErrorContains(t, last, "start the list again")
	assert.Len(t, got, 10, "what was read is yielded before the error")
}

// A break asks for no further page than has to be known by then.
func TestAllStopsAtABreak(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, baseURL+"/v1/channel-endpoints", lists(endpoints(25), 10))
	for _, err := range mocked(t, mock).ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{}) {
		require.NoError(t, err)
		break
	}
	assert.Equal(t, 1, mock.GetTotalCallCount())
}

func TestAllKeepsToTheLimitOfTheCaller(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, baseURL+"/v1/channel-endpoints", func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, "7", r.URL.Query().Get("limit"))
		assert.Equal(t, "e-03", r.URL.Query().Get("after"))
		return httpmock.NewStringResponse(http.StatusOK, `{"data":[]}`), nil
	})
	for found, err := range mocked(t, mock).ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{Limit: 7, After: "e-03"}) {
		t.Errorf("nothing is there, but got %v, %v", found, err)
	}
	assert.Equal(t, 1, mock.GetTotalCallCount())
}

// A list that comes back to a page it has been at ends with an error, however long the way round.
func TestAllNoticesACycle(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 2, 3, 7, 40} {
		requests := 0
		c := mocked(t, roundTripper(func(*http.Request) (*http.Response, error) {
			requests++
			return httpmock.NewStringResponse(http.StatusOK, fmt.Sprintf(`{"data":[{"subscriberId":"s"}],"next":"n%d","totalCount":9}`, requests%length)), nil
		}))
		var last error
		for _, err := range c.Subscribers.All(t.Context(), novu.ListSubscribersParams{}) {
			last = err
		}
		require.ErrorIs(t, last, novu.ErrBadAnswer)
		assert.LessOrEqual(t, requests, 4*length+4)
	}
}

// An empty page that names a next one is not the end.
func TestAllGoesOnAfterAnEmptyPage(t *testing.T) {
	t.Parallel()
	pages := []string{`{"data":[{"subscriberId":"a"}],"next":"1","totalCount":2}`, `{"data":[],"next":"2","totalCount":2}`, `{"data":[{"subscriberId":"b"}],"totalCount":2}`}
	c := mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		n, _ := strconv.Atoi(r.URL.Query().Get("after"))
		return httpmock.NewStringResponse(http.StatusOK, pages[n]), nil
	}))
	var got []string
	for s, err := range c.Subscribers.All(t.Context(), novu.ListSubscribersParams{}) {
		require.NoError(t, err)
		got = append(got, s.SubscriberID)
	}
	assert.Equal(t, []string{"a", "b"}, got)
}

func TestAllGoesForward(t *testing.T) {
	t.Parallel()
	n := 0
	for _, err := range silent(t).Subscribers.All(t.Context(), novu.ListSubscribersParams{Before: "x"}) {
		require.ErrorIs(t, err, novu.ErrInvalidParams)
		n++
	}
	assert.Equal(t, 1, n)
}

// An empty set of contexts is no filter to the server: it would list every customer's.
func TestAnEmptySetOfContextKeysIsRefused(t *testing.T) {
	t.Parallel()
	keys := novu.ContextPayload{}.Keys()
	testBadInput(t, map[string]badInput{
		"connections": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{ContextKeys: keys})
			},
			field: "ContextKeys",
		},
		"endpoints": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{ContextKeys: keys})
			},
			field: "ContextKeys",
		},
		"notifications": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Notifications.List(ctx, novu.ListNotificationsParams{ContextKeys: keys})
			},
			field: "ContextKeys",
		},
		"messages": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Messages.List(ctx, novu.ListMessagesParams{ContextKeys: keys})
			},
			field: "ContextKeys",
		},
	})
}
