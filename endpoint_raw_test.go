package novu_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestRawEndpointKeepsEverything(t *testing.T) {
	t.Parallel()
	const raw = `{"beam":7,"room":{"id":12345678901234567890},"list":[1,"a",null]}`
	var got novu.ChannelEndpoint
	require.NoError(t, json.Unmarshal([]byte(`{"type":"hologram","endpoint":`+raw+`}`), &got))
	assert.Equal(t, novu.RawEndpoint{EndpointType: "hologram", Raw: json.RawMessage(raw)}, got.Endpoint)
	createAndCompare := exchange{
		call: createEndpoint(with(newEndpoint, func(p *novu.CreateChannelEndpointParams) {
			p.Identifier, p.Endpoint = "alerts", got.Endpoint
		})),
		method: http.MethodPost, path: "/v1/channel-endpoints",
		body:   `{"identifier":"alerts","integrationIdentifier":"teams","subscriberId":"acme","type":"hologram","endpoint":` + raw + `}`,
		status: http.StatusCreated, answer: `{"data":{"identifier":"alerts","type":"hologram","endpoint":` + raw + `}}`,
		want: &novu.ChannelEndpoint{Identifier: "alerts", Endpoint: got.Endpoint},
	}
	createAndCompare.run(t)
}

// Of a type that may hold a credential only the type is shown.
func TestRawEndpointDoesNotPrint(t *testing.T) {
	t.Parallel()
	e := novu.RawEndpoint{EndpointType: novu.EndpointPagerDutyService, Raw: json.RawMessage(`{"routingKey":"canary"}`)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.Equal(t, "pagerduty_service[redacted]", fmt.Sprintf(verb, e), verb)
	}
	assert.Equal(t, "pagerduty_service[redacted]", e.LogValue().String())
	text, err := e.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "pagerduty_service[redacted]", string(text))
	for raw, want := range map[string]string{
		`{"routingKey":"canary"}`: `{"routingKey":"[redacted]"}`, `["canary"]`: `"[redacted]"`, ``: `null`,
	} {
		e.Raw = json.RawMessage(raw)
		data, err := json.Marshal(e)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(data))
	}
}

// What it holds is scrubbed from what the server says about it.
func TestRawEndpointSecretsAreScrubbed(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusUnprocessableEntity, `{"message":"canary-key is no routing key"}`))
	_, err := createEndpoint(with(newEndpoint, func(p *novu.CreateChannelEndpointParams) {
		p.Endpoint = novu.RawEndpoint{EndpointType: novu.EndpointPagerDutyService, Raw: json.RawMessage(`{"nested":{"routingKey":["canary-key"]}}`)}
	}))(t.Context(), mocked(t, mock))
	require.ErrorIs(t, err, novu.ErrValidation)
	assert.NotContains(t, err.Error(), "canary")
}
