package setup_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

func (b *bench) botPath(name string) string {
	return "/subscriptions/" + novutest.DefaultSubscriptionID + "/resourceGroups/teams/providers/Microsoft.BotService/botServices/" + name
}

// planDestroy plans to destroy, and expects to be able to.
func (b *bench) planDestroy(s *setup.Setup) *setup.Plan {
	b.t.Helper()
	plan, err := s.PlanDestroy(b.t.Context())
	require.NoError(b.t, err)
	return plan
}

func TestABotThatLostItsMarkIsNotDestroyed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		path := b.botPath(b.application()["appId"].(string))
		bot := b.arm(http.MethodGet, path, nil)
		bot["tags"] = map[string]any{"novu-setup": "another"}
		b.arm(http.MethodPut, path, bot)
		assert.Equal(t, setup.ActionKeep, of(b.planDestroy(s).Steps, setup.KindBot).Action)
	})
}

func TestAResourceGroupWithOtherResourcesIsNotDestroyed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		path := b.botPath("another-bot")
		b.arm(http.MethodPut, path, map[string]any{"location": "global", "kind": "azurebot", "sku": map[string]any{"name": "F0"}, "properties": map[string]any{
			"displayName": "Another", "endpoint": "", "msaAppType": "SingleTenant", "msaAppId": "99999999-0000-4000-8000-000000000009", "msaAppTenantId": home,
		}})
		plan := b.planDestroy(s)
		group := of(plan.Steps, setup.KindResourceGroup)
		assert.Equal(t, setup.ActionKeep, group.Action)
		assert.Contains(t, group.Reason, "other resources")
		_, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Equal(t, "Another", b.arm(http.MethodGet, path, nil)["properties"].(map[string]any)["displayName"])
	})
}

func TestTheCatalogAppOfAnAdoptedApplicationStays(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		c := config()
		c.ClientID = b.graph(http.MethodPost, "/applications", map[string]any{"displayName": "Made by hand"})["appId"].(string)
		s := b.setup(c, b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		assert.Equal(t, setup.ActionKeep, of(b.planDestroy(s).Steps, setup.KindCatalogApp).Action)
	})
}

// Everything else is found again by the application, so it goes last.
func TestTheApplicationStaysWhileItsCatalogAppDoes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(func(_ context.Context, step setup.Step) (bool, error) {
			return step.Kind != setup.KindCatalogApp, nil
		}))
		b.apply(s)
		result, err := s.Apply(t.Context(), b.planDestroy(s))
		require.NoError(t, err)
		for _, kind := range []setup.Kind{setup.KindCatalogApp, setup.KindApplication, setup.KindDeletedApp} {
			assert.Equal(t, kind, of(result.Pending, kind).Kind)
		}
		assert.Equal(t, "novu-teams-acme", b.application()["uniqueName"])

		// Where only a person may delete it, the rest does not wait.
		who := b.everybody()
		who.Catalog = b.srv.Operator(novutest.Operator{AppOnly: true})
		s = b.setup(config(), who, setup.WithApproval(yes))
		result, err = s.Apply(t.Context(), b.planDestroy(s))
		require.NoError(t, err)
		require.Len(t, result.Pending, 1)
		assert.Equal(t, setup.ActionAsk, result.Pending[0].Action)
		assert.Equal(t, setup.KindCatalogApp, result.Pending[0].Kind)
	})
}
