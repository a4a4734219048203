package customers_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/novutest"
)

func TestJourney(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.connected("Acme_1")

		channel, err := acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
		require.NoError(t, err)
		assert.Equal(t, "Engineering / Builds", channel.Name)
		person, err := acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ada@contoso.example"})
		require.NoError(t, err)
		assert.Equal(t, "Ada Lovelace", person.Name)
		hook, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL, Name: "Operations"})
		require.NoError(t, err)
		assert.Equal(t, "Operations", hook.Name)
		assert.Equal(t, "prod-00.westeurope.logic.azure.com", hook.Host)

		var listed []string
		for _, d := range s.destinations(s.another().Customer("Acme_1")) {
			listed = append(listed, string(d.Kind)+" "+d.Name+" of "+d.SubscriberID)
		}
		assert.Equal(t, []string{"channel Engineering / Builds of Acme_1", "person Ada Lovelace of Acme_1", "webhook Operations of Acme_1"}, listed)

		sent, err := acme.Notify(t.Context(), customers.NotifyParams{WorkflowID: "alert", WebhookWorkflowID: "alert-card", Payload: payload(t, "Build failed")})
		require.NoError(t, err)
		outcomes, err := acme.WaitDelivered(deadline(t), sent.TransactionID)
		require.NoError(t, err)
		require.Len(t, outcomes, 3)
		for _, o := range outcomes {
			require.NoError(t, o.Err, o.Destination.Name)
		}
		require.Len(t, s.Messages(), 3)
		for _, m := range s.Messages() {
			assert.Equal(t, "Build failed", m.Text)
			assert.Equal(t, m.Type == novutest.TypeWebhook, m.Card != nil, "a bot shows text, a workflow cards")
		}

		status, err := acme.Status(t.Context())
		require.NoError(t, err)
		assert.True(t, status.Connected)
		require.NoError(t, status.Err)
		assert.Equal(t, novutest.DefaultTenantID, status.TenantID)
		assert.Equal(t, "contoso.example", status.Organization)
		assert.True(t, status.Consent.Channels.OK())

		done, err := acme.Disconnect(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, done.Destinations)
		assert.Equal(t, 1, done.Connections)
		assert.Len(t, done.Left, 3)
		assert.Empty(t, s.destinations(acme))
		again, err := acme.Disconnect(t.Context())
		require.NoError(t, err)
		assert.Equal(t, &customers.Disconnected{}, again)
	})
}
