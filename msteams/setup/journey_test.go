package setup_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// customer connects a customer's tenant as its administrator would, and points
// an endpoint at a channel of it.
func (b *bench) customer() {
	t, ctx, client := b.t, b.t.Context(), b.client
	_, err := client.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: "contoso"})
	require.NoError(t, err)
	_, err = client.Workflows.Create(ctx, novu.CreateWorkflowParams{
		Name: "Alert", WorkflowID: "alert", Steps: []novu.WorkflowStep{novu.ChatStep("Teams", "Disk {{payload.disk}} is full")},
	})
	require.NoError(t, err)
	link, err := client.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{ // which every version has
		IntegrationIdentifier: "msteams-acme", SubscriberID: "contoso", ConnectionIdentifier: "contoso",
	})
	require.NoError(t, err)
	b.visit(link.URL.Reveal() + "&_tenant=" + contoso.ID)
	connection, err := client.ChannelConnections.Wait(ctx, "contoso")
	require.NoError(t, err)
	require.Equal(t, contoso.ID, connection.Workspace.ID)
	_, err = client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
		IntegrationIdentifier: "msteams-acme", ConnectionIdentifier: "contoso", SubscriberID: "contoso",
		Endpoint: novu.MSTeamsChannelEndpoint{TeamID: contoso.Teams[0].ID, ChannelID: contoso.Teams[0].Channels[0].ID},
	})
	require.NoError(t, err)
}

// visit opens a page as somebody who approves.
func (b *bench) visit(link string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, link, nil)
	require.NoError(b.t, err)
	resp, err := b.srv.HTTPClient().Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	require.Equal(b.t, http.StatusOK, resp.StatusCode)
}

var contoso = novutest.NewTenant("2d7c8f10-4a1b-4e57-9f0e-6c3b1a2d5e90", 1, 1, 1)

func (b *bench) trigger(ctx context.Context, disk string) error {
	_, err := b.client.Events.Trigger(ctx, novu.TriggerParams{
		WorkflowID: "alert", To: novu.ToSubscriber("contoso"), Payload: map[string]any{"disk": disk},
	})
	return err
}

func TestFromAnEmptyTenantToAMessageAndBackToNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		require.Empty(t, b.srv.Leftovers())
		b.apply(s)

		b.customer()
		require.NoError(t, b.trigger(ctx, "db-1"))
		require.NoError(t, b.srv.Settle(ctx))
		require.Len(t, b.srv.Messages(), 1)
		assert.Equal(t, "Disk db-1 is full", b.srv.Messages()[0].Text)
		assert.Equal(t, contoso.Teams[0].Channels[0].ID, b.srv.Messages()[0].ChannelID)

		const triggers = 1000
		var group sync.WaitGroup
		group.Go(func() {
			rotation, err := s.Rotate(ctx, setup.RotateParams{})
			assert.NoError(t, err)
			assert.True(t, rotation.Rotated)
		})
		for worker := range 10 {
			group.Go(func() {
				for n := range triggers / 10 {
					assert.NoError(t, b.trigger(ctx, fmt.Sprintf("db-%d-%d", worker, n)))
				}
			})
		}
		group.Wait()
		require.NoError(t, b.srv.Settle(ctx))
		assert.Len(t, b.srv.Messages(), 1+triggers)
		assert.Empty(t, b.srv.Failures())
		b.oneKey(s)
		require.NoError(t, b.trigger(ctx, "last"))
		require.NoError(t, b.srv.Settle(ctx))
		assert.Len(t, b.srv.Messages(), 2+triggers)

		plan, err := s.PlanDestroy(ctx)
		require.NoError(t, err)
		result, err := s.Apply(ctx, plan)
		require.NoError(t, err)
		assert.Empty(t, result.Pending)
		assert.Empty(t, b.srv.Leftovers())
		require.NoError(t, b.trigger(ctx, "nobody hears"))
		require.NoError(t, b.srv.Settle(ctx))
		assert.Len(t, b.srv.Messages(), 2+triggers)
	}, novutest.WithTenant(contoso), novutest.WithConsent(novutest.Approve))
}
