package setup_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// A channel that is switched off is switched on by a PATCH, since a PUT would
// overwrite what else it has, and without the value that makes the service fail.
func TestAChannelThatIsOffIsSwitchedOn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		off := strings.NewReplacer(`"isEnabled":true`, `"isEnabled":false`, "CommercialDeployment", "FallbackDeploymentEnvironment")
		b.wire.rewrite = off
		plan := b.plan(s)
		assert.Equal(t, setup.ActionUpdate, of(plan.Steps, setup.KindTeamsChannel).Action)
		sent := ""
		b.wire.see = func(r *http.Request, body []byte) {
			if r.Method != http.MethodGet && strings.HasSuffix(r.URL.Path, "/MsTeamsChannel") {
				sent, b.wire.rewrite = r.Method+" "+string(body), nil
			}
		}
		_, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(sent, "PATCH "), sent)
		assert.Contains(t, sent, `"isEnabled":true`)
		assert.Contains(t, sent, `"CommercialDeployment"`)
	})
}

func TestABotOfAnotherApplicationIsAskedAbout(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		b.wire.rewrite = strings.NewReplacer(`"msaAppId":"`+b.application()["appId"].(string), `"msaAppId":"99999999-0000-4000-8000-000000000009`)
		step := of(b.plan(s).Steps, setup.KindBot)
		assert.Equal(t, setup.ActionAsk, step.Action)
		assert.Contains(t, step.Reason, "99999999-0000-4000-8000-000000000009")
	})
}

func TestABotThatAzureCannotProvision(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.wire.rewrite = strings.NewReplacer(`"provisioningState":"Succeeded"`, `"provisioningState":"Failed"`)
		err := planAndApply(t.Context(), b.setup(config(), b.everybody()))
		require.ErrorContains(t, err, "Azure could not provision it: Failed")
	})
}

func TestTheOnlyEnabledSubscriptionIsTaken(t *testing.T) {
	t.Parallel()
	const listed = `{"displayName":"Emulated"`
	another := func(state string) *strings.Replacer {
		return strings.NewReplacer(`"value":[`+listed, `"value":[{"subscriptionId":"11111111-90ab-4c1d-8d57-2a6b9e0c7d11","displayName":"Another","state":"`+state+`"},`+listed)
	}
	c := config()
	c.Azure.SubscriptionID = ""
	inBubble(t, func(t *testing.T, b *bench) {
		b.wire.rewrite = another("Disabled")
		assert.Equal(t, setup.ActionCreate, of(b.plan(b.setup(c, b.everybody())).Steps, setup.KindResourceGroup).Action)
		b.wire.rewrite = another("Enabled")
		step := of(b.plan(b.setup(c, b.everybody())).Steps, setup.KindResourceGroup)
		assert.Equal(t, setup.ActionUnreadable, step.Action)
		assert.Contains(t, step.Reason, "several subscriptions: 11111111-90ab-4c1d-8d57-2a6b9e0c7d11 (Another), "+novutest.DefaultSubscriptionID)
	})
}
