package client_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const canary = "canary-7f3a"

// carriers hold a secret in each place that a type of this package has for one.
func carriers(t *testing.T) map[string]any {
	t.Helper()
	client, err := novu.NewClient(canary)
	require.NoError(t, err)
	creds := novu.MSTeamsCredentials{ClientID: "c", ClientSecret: canary, TenantID: "t", Extra: novu.SecretMap{"token": canary}}
	auth := novu.ConnectionAuth{AccessToken: canary, RefreshToken: canary, Extra: novu.SecretMap{"x": map[string]any{"y": canary}}}
	hook := novu.WebhookEndpoint{URL: "https://x.example/?sig=" + canary}
	raw := novu.RawEndpoint{EndpointType: novu.EndpointPagerDutyService, Raw: []byte(`{"routingKey":"` + canary + `"}`)}
	return map[string]any{
		"Secret":                        novu.Secret(canary),
		"SecretMap":                     novu.SecretMap{"a": canary},
		"Client":                        client,
		"Client value":                  *client,
		"Integration":                   novu.Integration{Credentials: creds},
		"CreateIntegrationParams":       novu.CreateIntegrationParams{Credentials: creds},
		"UpdateIntegrationParams":       novu.UpdateIntegrationParams{Credentials: creds},
		"MSTeamsCredentials":            creds,
		"ChannelConnection":             novu.ChannelConnection{Auth: auth},
		"CreateChannelConnectionParams": novu.CreateChannelConnectionParams{Auth: auth},
		"UpdateChannelConnectionParams": novu.UpdateChannelConnectionParams{Auth: auth},
		"ConnectionAuth":                auth,
		"WebhookEndpoint":               hook,
		"RawEndpoint":                   raw,
		"ChannelEndpoint":               novu.ChannelEndpoint{Endpoint: hook},
		"ChannelEndpoint, raw":          novu.ChannelEndpoint{Endpoint: raw},
		"CreateChannelEndpointParams":   novu.CreateChannelEndpointParams{Endpoint: hook},
		"UpdateChannelEndpointParams":   novu.UpdateChannelEndpointParams{Endpoint: raw},
		"OAuthURL":                      novu.OAuthURL{URL: canary, ExpiresAt: time.Now()},
		"Response":                      novu.Response{Body: []byte(canary), Header: map[string][]string{"Location": {canary}}},
		"Page":                          novu.Page[novu.ChannelEndpoint]{Data: []novu.ChannelEndpoint{{Endpoint: hook}}},
	}
}

func TestNoFormOfPrintingShowsASecret(t *testing.T) {
	t.Parallel()
	for name, v := range carriers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pointer, slice := &v, []any{v}
			var all bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T"} {
				fmt.Fprintf(&all, verb+verb+verb, v, pointer, slice)
			}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&all, nil), slog.NewJSONHandler(&all, nil)} {
				slog.New(handler).Info("it", "v", v, "p", pointer)
			}
			data, err := json.Marshal(slice)
			require.NoError(t, err)
			all.Write(data)
			assert.NotContains(t, all.String(), canary)
			assert.NotContains(t, all.String(), fmt.Sprintf("%x", canary))
		})
	}
}

func TestSecretsGoOutOnTheWire(t *testing.T) {
	t.Parallel()
	s := novu.Secret(canary)
	assert.Equal(t, canary, s.Reveal())
	var back novu.Secret
	require.NoError(t, json.Unmarshal([]byte(`"`+canary+`"`), &back))
	assert.Equal(t, s, back)
	assert.Empty(t, fmt.Sprint(novu.Secret("")), "an empty one is worth seeing")
}
