package novu_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

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

	tests := []struct {
		transaction string
		job         novu.JobStatus
		details     []novu.ExecutionStatus
		message     novu.MessageStatus // empty for none
	}{
		{landed, novu.JobCompleted, []novu.ExecutionStatus{novu.ExecutionSuccess, novu.ExecutionSuccess}, novu.MessageSent},
		{half, novu.JobFailed, []novu.ExecutionStatus{novu.ExecutionSuccess, novu.ExecutionFailed}, novu.MessageError},
		{nowhere, novu.JobCanceled, []novu.ExecutionStatus{novu.ExecutionFailed}, ""},
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
	assert.Contains(t, n.Data[0].Jobs[0].ExecutionDetails[1].Raw, "MSTEAMS_BOT_NOT_INSTALLED")
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
	for _, bad := range []novu.ListMessagesParams{{Page: -1}, {Limit: 51}, {Limit: -1}} {
		_, err := c.Messages.List(t.Context(), bad)
		require.ErrorIs(t, err, novu.ErrInvalidParams, fmt.Sprint(bad))
	}
}
