package setup_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
)

// What is not an answer is unreadable, and never taken for "there is none".
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rewrite *strings.Replacer
		kind    setup.Kind
		says    string
	}{
		"a page elsewhere":     {rewrite: strings.NewReplacer(`"value":[`, `"@odata.nextLink":"https://evil.example/v1.0/next","value":[`), kind: setup.KindCatalogApp, says: "another host"},
		"an error under 200":   {rewrite: strings.NewReplacer(`"value":[`, `"error":{"code":"Broken","message":"under 200"},"value":[`), kind: setup.KindCatalogApp, says: "Broken"},
		"a list without items": {rewrite: strings.NewReplacer(`"value":[`, `"values":[`), kind: setup.KindCatalogApp, says: "names no list"},
		"a group of nobody":    {rewrite: strings.NewReplacer(`"name":"teams"`, `"status":"maintenance"`), kind: setup.KindResourceGroup, says: "names no resource group"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				s := b.setup(config(), b.everybody())
				b.apply(s)
				b.wire.rewrite = test.rewrite
				step := of(b.plan(s).Steps, test.kind)
				assert.Equal(t, setup.ActionUnreadable, step.Action)
				assert.Contains(t, step.Reason, test.says)
			})
		})
	}
}

// Older servers list the integrations of all environments.
func TestAnIntegrationOfAnotherEnvironmentIsAnother(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		environment, err := b.client.Environment(t.Context())
		require.NoError(t, err)
		b.wire.rewrite = strings.NewReplacer(`"_environmentId":"`+environment.ID, `"_environmentId":"another`)
		assert.Equal(t, setup.ActionCreate, of(b.plan(s).Steps, setup.KindCredentials).Action)
	})
}

func TestACloudWithoutUpload(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithMSTeams(msteams.WithCloud(msteams.CloudChina)))
		step := of(b.plan(s).Steps, setup.KindCatalogApp)
		assert.Equal(t, setup.ActionAsk, step.Action)
		assert.Contains(t, step.Reason, "this cloud does not let apps be uploaded")
	})
}
