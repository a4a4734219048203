package novu_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const notificationJSON = `{"_id":"6b046b2fff9b0c916127df91","transactionId":"txn-1","channels":["chat"],"contextKeys":["tenant:acme"],
	"subscriber":{"subscriberId":"acme"},"payload":{"build":4711},"to":{"subscriberId":"acme"},"topics":[],"tags":["ci"],"severity":"none",
	"template":{"_id":"w","name":"Build failed","triggers":[{"type":"event","identifier":"build-failed"}],"origin":"novu-cloud"},
	"jobs":[{"_id":"j","type":"chat","status":"completed","providerId":"msteams","updatedAt":"2026-11-23T16:36:05.025Z",
		"executionDetails":[{"_id":"d","status":"Success","detail":"Message sent","raw":"{}","providerId":"msteams","createdAt":"2026-11-23T16:36:05.025Z"}]}],` + times + `}`

var notification = novu.Notification{
	ID: hexID, TransactionID: "txn-1", Channels: []novu.StepType{novu.StepChat}, ContextKeys: []string{"tenant:acme"},
	Subscriber: novu.Subscriber{SubscriberID: "acme"}, Payload: map[string]any{"build": 4711.0},
	Template: novu.Workflow{ID: "w", WorkflowID: "build-failed", Name: "Build failed"},
	To:       map[string]any{"subscriberId": "acme"}, Topics: []any{}, Tags: []string{"ci"}, Severity: "none",
	Jobs: []novu.NotificationJob{{
		ID: "j", Type: novu.StepChat, Status: novu.JobCompleted, ProviderID: novu.ProviderMSTeams, UpdatedAt: created,
		ExecutionDetails: []novu.ExecutionDetail{{
			ID: "d", Status: novu.ExecutionSuccess, Detail: "Message sent", Raw: "{}", ProviderID: novu.ProviderMSTeams, CreatedAt: created,
		}},
	}},
	CreatedAt: created, UpdatedAt: created,
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Notifications.List(ctx, novu.ListNotificationsParams{
					TransactionID: "txn-1", SubscriberIDs: []string{"acme", "ada"}, Channels: []novu.ChannelType{novu.ChannelChat},
					ContextKeys: []string{"tenant:acme"}, Page: 1, Limit: 50,
				})
			},
			method: http.MethodGet, path: "/v1/notifications",
			query: url.Values{
				"transactionId": {"txn-1"}, "subscriberIds": {"acme", "ada"}, "channels": {"chat"}, "contextKeys": {"tenant:acme"},
				"page": {"1"}, "limit": {"50"},
			},
			answer: `{"page":1,"pageSize":50,"hasMore":false,"data":[` + notificationJSON + `]}`,
			want:   &novu.NumberedPage[novu.Notification]{Page: 1, PageSize: 50, Data: []novu.Notification{notification}},
		},
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Notifications.Get(ctx, hexID) },
			method: http.MethodGet, path: "/v1/notifications/" + hexID,
			answer: `{"data":` + notificationJSON + `}`,
			want:   &notification,
		},
	})
}

func TestNotificationErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"list notifications": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Notifications.List(ctx, novu.ListNotificationsParams{})
		},
		"get notification": func(ctx context.Context, c *novu.Client) (any, error) { return c.Notifications.Get(ctx, hexID) },
	})
}

func TestNotificationBadInput(t *testing.T) {
	t.Parallel()
	list := func(params novu.ListNotificationsParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Notifications.List(ctx, params) }
	}
	testBadInput(t, map[string]badInput{
		"a negative page":      {call: list(novu.ListNotificationsParams{Page: -1}), field: "Page"},
		"a negative limit":     {call: list(novu.ListNotificationsParams{Limit: -1}), field: "Limit"},
		"a limit that is high": {call: list(novu.ListNotificationsParams{Limit: 51}), field: "Limit"},
		"get by a transaction id": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Notifications.Get(ctx, "txn-1") },
			field: "id",
		},
	})
}

// A backend asks what became of a trigger.
func TestWhatBecameOfATrigger(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t)
	ctx := t.Context()
	fire := func(to string) string {
		result, err := c.Events.Trigger(ctx, novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(to), Payload: map[string]any{"number": 7}})
		require.NoError(t, err)
		return result.TransactionID
	}
	_, err := c.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
		Identifier: "conn", IntegrationIdentifier: teams, SubscriberID: someone, Workspace: place, Auth: auth,
	})
	require.NoError(t, err)
	for _, e := range []novu.Endpoint{novu.MSTeamsUserEndpoint{UserID: "29:ada"}, novu.MSTeamsUserEndpoint{UserID: "29:bob"}} {
		_, err := c.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
			IntegrationIdentifier: teams, ConnectionIdentifier: "conn", SubscriberID: someone, Endpoint: e,
		})
		require.NoError(t, err)
	}

	landed := fire(someone)
	require.NoError(t, srv.Settle(ctx))
	srv.UninstallBot("29:bob")
	half := fire(someone)
	nowhere := fire("nobody")
	require.NoError(t, srv.Settle(ctx))

	// A job is queued, a provider selected and a message created before it is sent.
	const pending = novu.ExecutionStatus("Pending")
	sending := func() []novu.ExecutionStatus {
		return []novu.ExecutionStatus{pending, pending, pending}
	}
	tests := []struct {
		transaction string
		job         novu.JobStatus
		details     []novu.ExecutionStatus
		message     novu.MessageStatus // empty for none
	}{
		{
			transaction: landed, job: novu.JobCompleted,
			details: append(sending(), novu.ExecutionSuccess, novu.ExecutionSuccess), message: novu.MessageSent,
		},
		{
			transaction: half, job: novu.JobCompleted,
			details: append(sending(), novu.ExecutionSuccess, novu.ExecutionFailed), message: novu.MessageError,
		},
		{transaction: nowhere, job: novu.JobCanceled, details: []novu.ExecutionStatus{pending, novu.ExecutionWarning}},
	}
	for _, tt := range tests {
		page, err := c.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: tt.transaction})
		require.NoError(t, err)
		require.Len(t, page.Data, 1)
		n, err := c.Notifications.Get(ctx, page.Data[0].ID)
		require.NoError(t, err)
		assert.Equal(t, page.Data[0], *n)
		assert.Equal(t, tt.transaction, n.TransactionID)
		require.Len(t, n.Jobs, 1)
		assert.Equal(t, tt.job, n.Jobs[0].Status)
		var statuses []novu.ExecutionStatus
		for _, d := range n.Jobs[0].ExecutionDetails {
			statuses = append(statuses, d.Status)
		}
		assert.Equal(t, tt.details, statuses)

		messages, err := c.Messages.List(ctx, novu.ListMessagesParams{TransactionIDs: []string{tt.transaction}})
		require.NoError(t, err)
		if tt.message == "" {
			assert.Empty(t, messages.Data)
			continue
		}
		require.Len(t, messages.Data, 1)
		assert.Equal(t, tt.message, messages.Data[0].Status)
	}

	n, err := c.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: half})
	require.NoError(t, err)
	assert.Contains(t, n.Data[0].Jobs[0].ExecutionDetails[4].Raw, "MSTEAMS_BOT_NOT_INSTALLED")
	_, err = c.Notifications.Get(ctx, hexID)
	require.ErrorIs(t, err, novu.ErrNotFound)
}

func TestNumberedPages(t *testing.T) {
	t.Parallel()
	srv, c := emulator(t, novutest.WithProcessingDelay(0))
	hooked(t, c)
	for range 25 {
		_, err := c.Events.Trigger(t.Context(), novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)})
		require.NoError(t, err)
	}
	require.NoError(t, srv.Settle(t.Context()))
	seen := map[string]bool{}
	for page := 0; ; page++ {
		got, err := c.Notifications.List(t.Context(), novu.ListNotificationsParams{Page: page, SubscriberIDs: []string{someone}})
		require.NoError(t, err)
		for _, n := range got.Data {
			seen[n.ID] = true
		}
		if !got.HasMore {
			assert.Equal(t, 2, page)
			break
		}
	}
	assert.Len(t, seen, 25)
}
