package webhook_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// Novu 3.15 renders a step's content before it parses the JSON in it, 3.19 after. Neither may evaluate what
// somebody has written into a message.
func TestForNovuOnEitherServer(t *testing.T) {
	t.Parallel()
	const text = "can't render {{payload.secret}} or {% raw %} {{{ at <all> & \"so\" on"
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		for _, route := range []string{"content", "payload"} {
			for name, message := range map[string]webhook.Message{"text": webhook.Text(text), "markdown": webhook.Markdown(text)} {
				t.Run(string(version)+" "+route+" "+name, func(t *testing.T) {
					t.Parallel()
					made, err := webhook.ForNovu(message)
					require.NoError(t, err)
					content, payload := made, map[string]any{"secret": "canary", "card": made}
					if route == "payload" {
						content = "{{payload.card}}"
					}
					shown := shownByNovu(t, version, content, payload)
					assert.Equal(t, text, strings.ReplaceAll(shown, "\u200b", ""))
				})
			}
		}
	}
}

// shownByNovu has Novu post a step's content to a Workflow and returns what the channel shows.
func shownByNovu(t *testing.T, version novutest.Version, content string, payload map[string]any) string {
	t.Helper()
	srv := novutest.NewServer(t, novutest.WithVersion(version), novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true}},
		Subscribers:  []any{map[string]any{"subscriberId": "acme"}},
	}))
	client := srv.Client()
	_, err := client.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
		IntegrationIdentifier: "teams", SubscriberID: "acme", Endpoint: novu.WebhookEndpoint{URL: novu.Secret(pasted)},
	})
	require.NoError(t, err)
	_, err = client.Workflows.Create(t.Context(), novu.CreateWorkflowParams{
		Name: "Alert", WorkflowID: "alert", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", content)},
	})
	require.NoError(t, err)
	_, err = client.Events.Trigger(t.Context(), novu.TriggerParams{WorkflowID: "alert", To: novu.ToSubscriber("acme"), Payload: payload})
	require.NoError(t, err)
	require.NoError(t, srv.Settle(t.Context()))
	require.Empty(t, srv.Failures())
	messages := srv.Messages()
	require.Len(t, messages, 1)
	return messages[0].Text
}
