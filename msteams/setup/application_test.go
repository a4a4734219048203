package setup_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

// applicationStep is what the plan says about the application.
func (b *bench) applicationStep(c setup.Config) setup.Step {
	b.t.Helper()
	return of(b.plan(b.setup(c, b.everybody())).Steps, setup.KindApplication)
}

func TestAnApplicationThatMicrosoftDisabledIsAskedAbout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.apply(b.setup(config(), b.everybody()))
		b.wire.rewrite = strings.NewReplacer(`"disabledByMicrosoftStatus":null`, `"disabledByMicrosoftStatus":"DisabledDueToViolationOfServicesAgreement"`)
		step := b.applicationStep(config())
		assert.Equal(t, setup.ActionAsk, step.Action)
		assert.Contains(t, step.Reason, "DisabledDueToViolationOfServicesAgreement")
	})
}

func TestAnAdoptedApplicationWithAnotherUniqueName(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		c := config()
		c.ClientID = b.graph(http.MethodPost, "/applications", map[string]any{"displayName": "x", "uniqueName": "another"})["appId"].(string)
		step := b.applicationStep(c)
		assert.Equal(t, setup.ActionAsk, step.Action)
		assert.Contains(t, step.Reason, "another")
	})
}

func TestADeletedApplicationOfSomebodyElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		made := b.graph(http.MethodPost, "/applications", map[string]any{"displayName": "x", "uniqueName": "novu-teams-acme"})
		b.graph(http.MethodDelete, "/applications/"+made["id"].(string), nil)
		step := b.applicationStep(config())
		assert.Equal(t, setup.ActionAsk, step.Action)
		assert.Contains(t, step.Reason, "a deleted application holds the unique name")
		assert.Contains(t, step.Role, "Application Administrator")
		s := b.setup(config(), b.everybody())
		result, err := s.Apply(t.Context(), b.plan(s))
		require.NoError(t, err)
		assert.Equal(t, setup.ActionAsk, of(result.Pending, setup.KindApplication).Action)
		assert.Equal(t, setup.ActionKeep, of(b.planDestroy(s).Steps, setup.KindDeletedApp).Action, "it is not ours")
	})
}
