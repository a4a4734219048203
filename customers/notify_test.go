package customers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/novutest"
)

func TestNotifyIsIdempotent(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, append(opts, novutest.WithIdempotency(false))...)
		acme := s.connected("acme")
		_, err := acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
		require.NoError(t, err)
		_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
		require.NoError(t, err)
		params := customers.NotifyParams{WorkflowID: "alert", WebhookWorkflowID: "alert-card", TransactionID: "build-1-acme", Payload: payload(t, "x")}
		var work sync.WaitGroup
		for range 10 {
			work.Go(func() {
				sent, err := acme.Notify(t.Context(), params)
				assert.NoError(t, err)
				assert.Equal(t, "build-1-acme", sent.TransactionID)
			})
		}
		work.Wait()
		_, err = acme.WaitDelivered(deadline(t), "build-1-acme")
		require.NoError(t, err)
		triggers := 0
		for _, r := range s.Requests() {
			if r.Route == "/v1/events/trigger" {
				triggers++
			}
		}
		assert.Equal(t, 2, triggers, "one for the bot and one for the webhook")
		_, err = s.another().Customer("acme").Notify(t.Context(), params) // another process, later
		require.NoError(t, err)
		require.NoError(t, s.Settle(t.Context()))
		assert.Len(t, s.Messages(), 2)

		_, err = s.teams.Customer("acme").Notify(t.Context(), customers.NotifyParams{WorkflowID: "alert", TransactionID: "build-1-acme", SubscriberID: "ada"})
		require.Error(t, err)
	})
}

// What was sent before an error stays sent; the repetition sends the rest.
func TestNotifyGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.connected("acme")
	_, err := acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Builds"))
	require.NoError(t, err)
	_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
	require.NoError(t, err)
	s.Inject(novutest.Fault{Method: http.MethodPost, Route: "/v1/events/trigger", Skip: 1, Status: http.StatusForbidden, Body: `{"message":"no"}`})
	params := customers.NotifyParams{WorkflowID: "alert", WebhookWorkflowID: "alert-card", Payload: payload(t, "x")}
	_, err = acme.Notify(t.Context(), params)
	require.ErrorIs(t, err, novu.ErrForbidden)
	var e *customers.Error
	require.ErrorAs(t, err, &e)
	params.TransactionID = e.TransactionID
	s.ClearFaults()
	sent, err := acme.Notify(t.Context(), params)
	require.NoError(t, err)
	_, err = acme.WaitDelivered(deadline(t), sent.TransactionID)
	require.NoError(t, err)
	assert.Len(t, s.Messages(), 2)
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, opts ...novutest.Option) {
		s := newSite(t, opts...)
		acme := s.connected("acme")
		gone := s.channel(acme, "Eng", "Builds")
		_, err := acme.AddChannel(t.Context(), gone)
		require.NoError(t, err)
		_, err = acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
		require.NoError(t, err)
		s.UninstallBot(gone.ChannelID)
		outcomes := s.notify(acme, customers.NotifyParams{TransactionID: "t-1"}) // without a workflow for webhooks
		require.Len(t, outcomes, 2)
		require.ErrorIs(t, outcomes[0].Err, customers.ErrUnreachable)
		require.ErrorContains(t, outcomes[0].Err, "MSTEAMS_BOT_NOT_INSTALLED", "Novu's words")
		require.ErrorContains(t, outcomes[0].Err, "not part of the conversation roster", "Microsoft's words")
		require.ErrorContains(t, outcomes[0].Err, "add the app in Teams", "ours")
		require.ErrorIs(t, outcomes[1].Err, customers.ErrInvalidParams)
		require.ErrorContains(t, outcomes[1].Err, "given no WebhookWorkflowID")
		again, err := s.another().Customer("acme").WaitDelivered(deadline(t), "t-1") // another process
		require.NoError(t, err)
		require.Len(t, again, 2)
		require.ErrorContains(t, again[1].Err, "given no WebhookWorkflowID")
		for _, process := range []*customers.Client{s.teams, s.another()} {
			_, err = process.Customer("globex").WaitDelivered(deadline(t), "t-1")
			require.ErrorIs(t, err, customers.ErrInvalidParams)
		}

		s.Inject(novutest.Fault{Route: "/_workflows/*", Status: http.StatusNotFound, Body: `{"error":{"code":"WorkflowNotFound"}}`})
		sent, err := acme.Notify(t.Context(), customers.NotifyParams{WebhookWorkflowID: "alert-card", Payload: payload(t, "x")})
		require.NoError(t, err)
		outcomes, err = acme.WaitDelivered(deadline(t), sent.TransactionID)
		require.NoError(t, err)
		require.ErrorContains(t, outcomes[0].Err, "given no WorkflowID")
		require.ErrorContains(t, outcomes[1].Err, "Power Automate")
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			assert.NotContains(t, fmt.Sprintf(verb, outcomes), "canary")
		}
	})
}

// A subscriber without destinations is told apart from one that does not exist.
func TestNotifyNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	params := customers.NotifyParams{WorkflowID: "alert"}
	_, err := s.teams.Customer("acme").Notify(t.Context(), params)
	require.ErrorIs(t, err, customers.ErrNotConnected)
	acme := s.connected("acme")
	_, err = acme.Notify(t.Context(), params)
	require.ErrorIs(t, err, customers.ErrUnreachable)
	require.ErrorContains(t, err, "AddChannel")
	params.SubscriberID = "nobody"
	_, err = acme.Notify(t.Context(), params)
	require.ErrorIs(t, err, novu.ErrNotFound)
}

// Nothing is said of a notification that Novu's worker has not seen.
func TestWaitDeliveredEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSite(t, novutest.WithProcessingDelay(time.Hour))
	acme := s.teams.Customer("acme")
	_, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
	require.NoError(t, err)
	sent, err := acme.Notify(t.Context(), customers.NotifyParams{WebhookWorkflowID: "alert-card", Payload: payload(t, "x")})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	outcomes, err := acme.WaitDelivered(ctx, sent.TransactionID)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, outcomes, 1)
	require.ErrorContains(t, outcomes[0].Err, "has not processed it yet")
}

// Whatever Novu's worker writes, no credential of any destination gets out, and the text is one short line.
func TestOutcomesHoldNoSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.teams.Customer("acme")
	_, err := acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: webhookURL})
	require.NoError(t, err)
	for name, raw := range map[string]string{
		"JSON that is cut":          `{"channelData":{"endpoint":{"url":"` + webhookURL + `"},"token":"canary`,
		"another's URL":             `{"message":"POST https://prod-01.logic.azure.com/x?sig=canary-other failed"}`,
		"its own, escaped":          `{"message":"` + strings.ReplaceAll(webhookURL, "&", `\u0026`) + ` failed"}`,
		"plain":                     "request to " + webhookURL + " failed",
		"long and on lines":         `{"message":"` + strings.Repeat(`no\n`, 1000) + `"}`,
		"something that isn't JSON": "\x00\x1b[31m canary\n",
	} {
		if strings.Contains(raw, "\x00") {
			raw = strings.ReplaceAll(raw, "canary", "")
		}
		encoded, err := json.Marshal(raw)
		require.NoError(t, err)
		sent, err := acme.Notify(t.Context(), customers.NotifyParams{WebhookWorkflowID: "alert-card", Payload: payload(t, "x")})
		require.NoError(t, err)
		s.Inject(novutest.Fault{Route: "/v1/notifications", Count: 1, Status: http.StatusOK, Body: `{"page":0,"hasMore":false,"pageSize":10,"data":[{"_id":"n",
			"transactionId":"t","subscriber":{"subscriberId":"acme.webhooks"},"contextKeys":["tenant:acme"],"createdAt":"2099-01-01T00:00:00.000Z",
			"jobs":[{"type":"chat","status":"failed","executionDetails":[{"status":"Failed","detail":"Unexpected provider error","raw":` + string(encoded) + `}]}]}]}`})
		outcomes, err := acme.WaitDelivered(deadline(t), sent.TransactionID)
		require.NoError(t, err, name)
		require.Len(t, outcomes, 1)
		text := fmt.Sprintf("%v %+v %#v", outcomes[0].Err, outcomes, outcomes)
		assert.NotContains(t, text, "canary", name)
		require.Error(t, outcomes[0].Err, name)
		assert.NotContains(t, outcomes[0].Err.Error(), "\n", name)
		assert.Less(t, len(outcomes[0].Err.Error()), 600, name)
	}
}
