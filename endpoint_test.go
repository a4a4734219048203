package novu_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// An endpoint is read by its type, and what the package has no type for is kept as it stands.
func TestEndpointsAreReadByType(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string
		want   novu.Endpoint
	}{
		"a channel": {
			answer: `{"type":"ms_teams_channel","endpoint":{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}}`,
			want:   novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:builds@thread.tacv2"},
		},
		"a user": {
			answer: `{"type":"ms_teams_user","endpoint":{"userId":"29:ada","tenantId":"tenant"}}`,
			want:   novu.MSTeamsUserEndpoint{UserID: "29:ada", TenantID: "tenant"},
		},
		"a user without a tenant": {
			answer: `{"type":"ms_teams_user","endpoint":{"userId":"29:ada","tenantId":null}}`,
			want:   novu.MSTeamsUserEndpoint{UserID: "29:ada"},
		},
		"a webhook": {
			answer: `{"type":"webhook","endpoint":{"url":"https://hook.example/?sig=s","channel":"builds"}}`,
			want:   novu.WebhookEndpoint{URL: "https://hook.example/?sig=s", Channel: "builds"},
		},
		"another type": {
			answer: `{"type":"slack_user","endpoint":{"userId":"U1","room":{"id":7}}}`,
			want:   novu.RawEndpoint{EndpointType: novu.EndpointSlackUser, Raw: json.RawMessage(`{"userId":"U1","room":{"id":7}}`)},
		},
		"a type that nobody knows": {
			answer: `{"type":"hologram","endpoint":{"beam":7}}`,
			want:   novu.RawEndpoint{EndpointType: "hologram", Raw: json.RawMessage(`{"beam":7}`)},
		},
		"a channel of another shape": {
			answer: `{"type":"ms_teams_channel","endpoint":{"teamId":5}}`,
			want:   novu.RawEndpoint{EndpointType: novu.EndpointMSTeamsChannel, Raw: json.RawMessage(`{"teamId":5}`)},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got novu.ChannelEndpoint
			require.NoError(t, json.Unmarshal([]byte(tt.answer), &got))
			assert.Equal(t, tt.want, got.Endpoint)
			assert.Equal(t, tt.want.Type(), got.Endpoint.Type())
		})
	}
}

// JSON has the shape of the server's, with credentials redacted.
func TestEndpointsAsJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		endpoint novu.Endpoint
		want     string
	}{
		"a channel": {endpoint: channel, want: `{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}`},
		"a user":    {endpoint: novu.MSTeamsUserEndpoint{UserID: "29:ada"}, want: `{"userId":"29:ada"}`},
		"a webhook": {endpoint: novu.WebhookEndpoint{URL: hook, Channel: "builds"}, want: `{"url":"[redacted]","channel":"builds"}`},
		"a type without a secret": {
			endpoint: novu.RawEndpoint{EndpointType: novu.EndpointSlackUser, Raw: json.RawMessage(`{"userId":"U1"}`)},
			want:     `{"userId":"U1"}`,
		},
		"a type that may hold a secret": {
			endpoint: novu.RawEndpoint{EndpointType: "hologram", Raw: json.RawMessage(`{"beam":"canary"}`)},
			want:     `{"beam":"[redacted]"}`,
		},
		"nothing": {endpoint: novu.RawEndpoint{EndpointType: "hologram"}, want: `null`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(novu.ChannelEndpoint{Endpoint: tt.endpoint})
			require.NoError(t, err)
			var got map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(data, &got))
			assert.JSONEq(t, tt.want, string(got["endpoint"]))
			assert.JSONEq(t, `"`+string(tt.endpoint.Type())+`"`, string(got["type"]))
		})
	}
}

func TestEndpointBadInput(t *testing.T) {
	t.Parallel()
	to := func(e novu.Endpoint) call {
		return createEndpoint(with(newEndpoint, func(p *novu.CreateChannelEndpointParams) { p.Endpoint = e }))
	}
	var nilChannel *novu.MSTeamsChannelEndpoint
	testBadInput(t, map[string]badInput{
		"nothing":                        {call: to(nil), field: "Endpoint"},
		"a nil pointer":                  {call: to(nilChannel), field: "Endpoint"},
		"a channel without its team":     {call: to(novu.MSTeamsChannelEndpoint{ChannelID: "c"}), field: "Endpoint.TeamID"},
		"a team without the channel":     {call: to(novu.MSTeamsChannelEndpoint{TeamID: "t"}), field: "Endpoint.ChannelID"},
		"a user without an id":           {call: to(novu.MSTeamsUserEndpoint{TenantID: "tenant"}), field: "Endpoint.UserID"},
		"a webhook without a URL":        {call: to(novu.WebhookEndpoint{}), field: "Endpoint.URL"},
		"plain HTTP":                     {call: to(novu.WebhookEndpoint{URL: "http://hook.example/?sig=canary"}), field: "Endpoint.URL"},
		"a URL without a host":           {call: to(novu.WebhookEndpoint{URL: "canary"}), field: "Endpoint.URL"},
		"a URL that can't be read":       {call: to(novu.WebhookEndpoint{URL: "https://x/%zz?sig=canary"}), field: "Endpoint.URL"},
		"a raw endpoint without type":    {call: to(novu.RawEndpoint{Raw: json.RawMessage(`{}`)}), field: "Endpoint.EndpointType"},
		"a raw endpoint without content": {call: to(novu.RawEndpoint{EndpointType: "phone"}), field: "Endpoint.Raw"},
		"a raw endpoint of an array":     {call: to(novu.RawEndpoint{EndpointType: "phone", Raw: json.RawMessage(`[]`)}), field: "Endpoint.Raw"},
	})
}

// The server stores any id. What Teams never hands out is refused here, unless the caller insists.
func TestEndpointIDsAreCheckedByShape(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		endpoint novu.Endpoint
		field    string
		text     string
	}{
		"team and channel swapped": {
			endpoint: novu.MSTeamsChannelEndpoint{TeamID: channel.ChannelID, ChannelID: channel.TeamID},
			field:    "Endpoint.TeamID", text: "swapped",
		},
		"a team by its thread": {
			endpoint: novu.MSTeamsChannelEndpoint{TeamID: channel.ChannelID, ChannelID: channel.ChannelID},
			field:    "Endpoint.TeamID", text: "is a thread id",
		},
		"a team by its name": {
			endpoint: novu.MSTeamsChannelEndpoint{TeamID: "Engineering", ChannelID: channel.ChannelID},
			field:    "Endpoint.TeamID", text: "is not a GUID",
		},
		"a channel by its name": {
			endpoint: novu.MSTeamsChannelEndpoint{TeamID: channel.TeamID, ChannelID: "General"},
			field:    "Endpoint.ChannelID", text: "is not a thread id",
		},
		"a person by their address": {
			endpoint: novu.MSTeamsUserEndpoint{UserID: "ada@acme.example"},
			field:    "Endpoint.UserID", text: "is an address",
		},
		"a person by their name": {
			endpoint: novu.MSTeamsUserEndpoint{UserID: "ada"},
			field:    "Endpoint.UserID", text: "neither an Entra object id",
		},
		"a person by a thread": {
			endpoint: novu.MSTeamsUserEndpoint{UserID: channel.ChannelID},
			field:    "Endpoint.UserID", text: "neither an Entra object id",
		},
		"a tenant by its domain": {
			endpoint: novu.MSTeamsUserEndpoint{UserID: "29:ada", TenantID: "acme.example"},
			field:    "Endpoint.TenantID", text: "is not a GUID",
		},
		"a pointer to a wrong team": {
			endpoint: &novu.MSTeamsChannelEndpoint{TeamID: "x", ChannelID: channel.ChannelID},
			field:    "Endpoint.TeamID", text: "is not a GUID",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			params := with(newEndpoint, func(p *novu.CreateChannelEndpointParams) { p.Endpoint = tt.endpoint })
			_, err := silent(t).ChannelEndpoints.Create(t.Context(), params)
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			require.ErrorContains(t, err, tt.text)
			var e *novu.Error
			require.ErrorAs(t, err, &e)
			assert.Contains(t, e.Fields, tt.field)

			_, err = createdBy(t, params, novu.WithUncheckedIDs())
			require.NoError(t, err)
		})
	}
	for name, endpoint := range map[string]novu.Endpoint{
		"a channel":                 channel,
		"a channel of another kind": novu.MSTeamsChannelEndpoint{TeamID: channel.TeamID, ChannelID: "19:b@unq.gbl.spaces"},
		"a person by object id":     novu.MSTeamsUserEndpoint{UserID: channel.TeamID},
		"a person by bot id":        novu.MSTeamsUserEndpoint{UserID: "29:1bSn", TenantID: channel.TeamID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := createdBy(t, with(newEndpoint, func(p *novu.CreateChannelEndpointParams) { p.Endpoint = endpoint }))
			require.NoError(t, err)
		})
	}
}

// createdBy creates an endpoint on a server that accepts it, whatever it is.
func createdBy(t *testing.T, params novu.CreateChannelEndpointParams, opts ...novu.RequestOption) (*novu.ChannelEndpoint, error) {
	t.Helper()
	params.Identifier = "alerts" // as the answer has it
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, baseURL+"/v1/channel-endpoints", httpmock.NewStringResponder(http.StatusCreated, `{"data":`+endpointJSON+`}`))
	return mocked(t, mock).ChannelEndpoints.Create(t.Context(), params, opts...)
}

// What decodes encodes again, with its type.
func FuzzEndpoint(f *testing.F) {
	f.Add("ms_teams_channel", `{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}`)
	f.Add("ms_teams_user", `{"userId":"u","tenantId":null}`)
	f.Add("webhook", `{"url":"https://x"}`)
	f.Add("phone", `{"phoneNumber":"+1"}`)
	f.Add("", `[]`)
	f.Fuzz(func(t *testing.T, kind, object string) {
		data, err := json.Marshal(map[string]any{"type": kind, "endpoint": json.RawMessage(object)})
		if err != nil || !utf8.ValidString(kind) {
			return
		}
		var e novu.ChannelEndpoint
		require.NoError(t, json.Unmarshal(data, &e), "%s", data)
		require.Equal(t, kind, string(e.Endpoint.Type()))
		_, err = json.Marshal(e)
		require.NoError(t, err, "%s", data)
	})
}
