package novu_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// One odd field spoils no other, let alone the list.
func TestAnOddFieldSpoilsNothingElse(t *testing.T) {
	t.Parallel()
	odd := map[string]string{
		"data an array":       `{"subscriberId":"b","data":["vip"],"email":"b@x"}`,
		"data a string":       `{"subscriberId":"b","data":"vip","email":"b@x"}`,
		"an empty time":       `{"subscriberId":"b","createdAt":"","email":"b@x"}`,
		"a time of zero":      `{"subscriberId":"b","createdAt":0,"email":"b@x"}`,
		"a time without zone": `{"subscriberId":"b","createdAt":"2026-11-23T16:36:05","email":"b@x"}`,
		"a name of a number":  `{"subscriberId":"b","firstName":7,"email":"b@x"}`,
		"all of them":         `{"subscriberId":"b","data":[1],"createdAt":{},"firstName":[],"email":"b@x"}`,
	}
	for name, item := range odd {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, `{"data":[{"subscriberId":"a"},`+item+`,null,7,{"subscriberId":"c","createdAt":"2026-11-23T16:36:05.025Z"}],"next":null}`))
			page, err := mocked(t, mock).Subscribers.List(t.Context(), novu.ListSubscribersParams{})
			require.NoError(t, err)
			require.Len(t, page.Data, 5)
			assert.Equal(t, "a", page.Data[0].SubscriberID)
			assert.Equal(t, "b", page.Data[1].SubscriberID)
			assert.Equal(t, "b@x", page.Data[1].Email)
			assert.Zero(t, page.Data[1].CreatedAt)
			assert.Empty(t, page.Data[1].FirstName)
			assert.Equal(t, novu.Subscriber{}, page.Data[2])
			assert.Equal(t, created, page.Data[4].CreatedAt)
		})
	}
	t.Run("in a create that succeeded", func(t *testing.T) {
		t.Parallel()
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusCreated, `{"data":`+strings.ReplaceAll(endpointJSON, "2026-11-23T16:36:05.025Z", "")+`}`))
		params := newEndpoint
		params.Identifier = "alerts"
		got, err := mocked(t, mock).ChannelEndpoints.Create(t.Context(), params)
		require.NoError(t, err)
		assert.Equal(t, channel, got.Endpoint)
		assert.Equal(t, time.Time{}, got.CreatedAt)
		assert.Equal(t, 1, mock.GetTotalCallCount())
	})
	t.Run("deep inside", func(t *testing.T) {
		t.Parallel()
		mock := httpmock.NewMockTransport()
		mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, `{"data":{"_id":"n","payload":[1],"jobs":[
			{"_id":"a","updatedAt":"soon","executionDetails":[{"detail":"Message sent","createdAt":7}]},{"_id":"b"}]}}`))
		n, err := mocked(t, mock).Notifications.Get(t.Context(), hexID)
		require.NoError(t, err)
		require.Len(t, n.Jobs, 2)
		assert.Equal(t, "Message sent", n.Jobs[0].ExecutionDetails[0].Detail)
		assert.Equal(t, []any{1.0}, n.Payload)
	})
}

// What is read can be sent back as it was.
func TestUnknownKeysAndNumbersSurviveAnUpdate(t *testing.T) {
	t.Parallel()
	endpoints := map[string]string{
		"channel": `"type":"ms_teams_channel","endpoint":{"teamId":"t","channelId":"c","future":{"n":9007199254740993}}`,
		"user":    `"type":"ms_teams_user","endpoint":{"userId":"u","future":[1.5,null]}`,
		"webhook": `"type":"webhook","endpoint":{"url":"https://h.example/x","future":"y"}`,
		"other":   `"type":"hologram","endpoint":{"beam":9007199254740993}`,
	}
	for name, stored := range endpoints {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &played{answers: []playedAnswer{{status: 200, body: `{"data":{"identifier":"e",` + stored + `}}`}, {status: 200, body: `{"data":{"identifier":"e",` + stored + `}}`}}}
			c := patient(t, s)
			found, err := c.ChannelEndpoints.Get(t.Context(), "e")
			require.NoError(t, err)
			_, err = c.ChannelEndpoints.Update(t.Context(), "e", novu.UpdateChannelEndpointParams{Endpoint: found.Endpoint})
			require.NoError(t, err)
			var sent, want struct {
				Endpoint map[string]json.RawMessage `json:"endpoint"`
			}
			require.NoError(t, json.Unmarshal([]byte(s.bodies[1]), &sent))
			require.NoError(t, json.Unmarshal([]byte(`{`+stored+`}`), &want))
			assert.Equal(t, want, sent)
		})
	}
	t.Run("workspace", func(t *testing.T) {
		t.Parallel()
		var w novu.Workspace
		require.NoError(t, json.Unmarshal([]byte(`{"id":"w","big":9007199254740993,"small":7,"half":0.1}`), &w))
		assert.InDelta(t, 7.0, w.Extra["small"], 0, "a plain number is a float64")
		data, err := json.Marshal(w)
		require.NoError(t, err)
		assert.Equal(t, `{"big":9007199254740993,"half":0.1,"id":"w","small":7}`, string(data))
	})
	t.Run("endpoints stay comparable", func(t *testing.T) {
		t.Parallel()
		var e novu.ChannelEndpoint
		require.NoError(t, json.Unmarshal([]byte(`{"type":"ms_teams_user","endpoint":{"userId":"u","tenantId":null}}`), &e))
		assert.Equal(t, novu.Endpoint(novu.MSTeamsUserEndpoint{UserID: "u"}), e.Endpoint)
	})
}

// An empty map is not nothing.
func TestAnEmptyMapReplacesData(t *testing.T) {
	t.Parallel()
	s := &played{answers: []playedAnswer{{status: 200, body: `{"data":{"subscriberId":"a"}}`}, {status: 200, body: `{"data":{"subscriberId":"a"}}`}}}
	c := patient(t, s)
	_, err := c.Subscribers.Update(t.Context(), "a", novu.UpdateSubscriberParams{Data: map[string]any{}})
	require.NoError(t, err)
	_, err = c.Subscribers.Update(t.Context(), "a", novu.UpdateSubscriberParams{FirstName: novu.Ptr("A")})
	require.NoError(t, err)
	assert.Equal(t, []string{`{"data":{}}`, `{"firstName":"A"}`}, s.bodies)
}

// A struct that embeds an endpoint is one, unless it embeds nothing.
func TestEmbeddedEndpoints(t *testing.T) {
	t.Parallel()
	type mine struct{ novu.Endpoint }
	s := &played{answers: []playedAnswer{{status: 200, body: `{"data":` + endpointJSON + `}`}}}
	_, err := patient(t, s).ChannelEndpoints.Update(t.Context(), "alerts", novu.UpdateChannelEndpointParams{Endpoint: mine{&channel}})
	require.NoError(t, err)
	for _, e := range []novu.Endpoint{nil, mine{}, &mine{}, (*mine)(nil), (*novu.WebhookEndpoint)(nil), mine{mine{}}} {
		_, err := silent(t).ChannelEndpoints.Update(t.Context(), "alerts", novu.UpdateChannelEndpointParams{Endpoint: e})
		require.ErrorIs(t, err, novu.ErrInvalidParams)
	}
}

// Whatever an item holds, its list can be read, and so can the other items.
func FuzzOddItems(f *testing.F) {
	f.Add(`{"subscriberId":"b","data":["vip"]}`)
	f.Add(`{"createdAt":{"a":[0]}}`)
	f.Add(`null`)
	f.Add(`[[]]`)
	f.Fuzz(func(t *testing.T, item string) {
		if !json.Valid([]byte(item)) {
			return
		}
		var page novu.Page[novu.Subscriber]
		if err := json.Unmarshal([]byte(`{"data":[{"subscriberId":"a"},`+item+`,{"subscriberId":"c"}]}`), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Data) != 3 || page.Data[0].SubscriberID != "a" || page.Data[2].SubscriberID != "c" {
			t.Fatalf("%q spoils %v", item, page.Data)
		}
	})
}
