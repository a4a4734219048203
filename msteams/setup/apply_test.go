package setup_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

func TestApplyFromNothingThenKeepsEverything(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		plan := b.plan(s)
		for _, st := range plan.Steps {
			if st.Kind != setup.KindResourceProvider {
				assert.Equal(t, setup.ActionCreate, st.Action, st.Kind)
			}
		}
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Empty(t, result.Pending)
		again := b.plan(s)
		assert.True(t, again.Empty(), again.String())
		keys, err := s.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, keys, 1)
		assert.True(t, keys[0].InUse && keys[0].Ours)

		_, err = json.Marshal(again)
		require.NoError(t, err)
		_, err = s.Apply(t.Context(), plan)
		require.ErrorIs(t, err, setup.ErrPlanStale)
	})
}

func TestDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		assert.NotEmpty(t, b.srv.Leftovers())
		plan, err := s.PlanDestroy(t.Context())
		require.NoError(t, err)
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Empty(t, result.Pending)
		assert.Empty(t, b.srv.Leftovers())
		list, err := b.client.Integrations.List(t.Context())
		require.NoError(t, err)
		for _, integration := range list {
			assert.NotEqual(t, "msteams-acme", integration.Identifier)
		}
		plan, err = s.PlanDestroy(t.Context())
		require.NoError(t, err)
		assert.True(t, plan.Empty())
	})
}
