package novu_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const signedURL = "https://prod-01.westeurope.logic.azure.com:443/workflows/1/invoke?sp=%2Frun&sig=canary-7f3a"

// holders are values that hold the canary as a secret, or in a text of the server's.
func holders() map[string]any {
	hook := novu.WebhookEndpoint{URL: signedURL}
	endpoint := novu.ChannelEndpoint{Identifier: "e", Endpoint: hook}
	detail := novu.ExecutionDetail{Detail: "Chat webhook URL blocked: " + signedURL, Raw: `{"url":"` + signedURL + `"}`}
	job := novu.NotificationJob{ExecutionDetails: []novu.ExecutionDetail{detail}}
	auth := novu.ConnectionAuth{AccessToken: "canary-7f3a", Extra: novu.SecretMap{"a": "canary-7f3a"}}
	credentials := novu.MSTeamsCredentials{ClientSecret: "canary-7f3a", Extra: novu.SecretMap{"a": "canary-7f3a"}}
	return map[string]any{
		"secret":        novu.Secret("canary-7f3a"),
		"OAuth URL":     novu.OAuthURL{URL: "canary-7f3a"},
		"link":          novu.Link{URL: "canary-7f3a"},
		"webhook":       hook,
		"endpoint":      endpoint,
		"create params": novu.CreateChannelEndpointParams{Endpoint: hook},
		"update params": novu.UpdateChannelEndpointParams{Endpoint: &hook},
		"page":          novu.Page[novu.ChannelEndpoint]{Data: []novu.ChannelEndpoint{endpoint}},
		"numbered page": novu.NumberedPage[novu.Notification]{Data: []novu.Notification{{Jobs: []novu.NotificationJob{job}}}},
		"raw endpoint":  novu.RawEndpoint{EndpointType: "new", Raw: []byte(`{"a":{"b":["canary-7f3a"]}}`)},
		"auth":          auth,
		"connection":    novu.ChannelConnection{Auth: auth},
		"credentials":   credentials,
		"integration":   novu.Integration{Credentials: credentials},
		"detail":        detail,
		"notification":  novu.Notification{Jobs: []novu.NotificationJob{job}},
		"message":       novu.Message{ErrorText: "blocked: " + signedURL},
	}
}

// Nothing shows a secret: no verb, not behind a pointer in whatever holds it, not in a log, not as
// JSON.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrapped := struct{ V any }{pointerTo(v)}
			for _, shape := range []any{v, pointerTo(v), []any{v}, []any{pointerTo(v)}, map[string]any{"k": pointerTo(v)}, wrapped, &wrapped} {
				for _, verb := range "vsqdxXtbcoOUeEfFgG" {
					for _, flags := range []string{"", "+", "#"} {
						text := fmt.Sprintf("%"+flags+string(verb), shape)
						assert.NotContains(t, text, "canary", "%%%s%c of %T", flags, verb, shape)
						assert.NotContains(t, text, fmt.Sprintf("%x", "canary"))
					}
				}
				encoded, err := json.Marshal(shape)
				require.NoError(t, err)
				assert.NotContains(t, string(encoded), "canary")
				var log bytes.Buffer
				slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", shape)
				slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", shape)
				assert.NotContains(t, log.String(), "canary")
			}
		})
	}
}

// pointerTo returns a pointer to a copy of v, of v's own type.
func pointerTo(v any) any {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}
