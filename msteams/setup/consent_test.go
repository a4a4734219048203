package setup_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// grants are the delegated permissions of the application.
func (b *bench) grants() []any {
	b.t.Helper()
	return b.graph(http.MethodGet, "/oauth2PermissionGrants", nil)["value"].([]any)
}

func TestAGrantIsCompletedAndNeverReplaced(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		made := b.grants()[0].(map[string]any)
		b.graph(http.MethodPatch, "/oauth2PermissionGrants/"+made["id"].(string), map[string]any{"scope": "Mail.Read User.Read"})
		b.apply(s)
		assert.ElementsMatch(t, []string{"Mail.Read", "User.Read", "openid", "profile"}, strings.Fields(b.grants()[0].(map[string]any)["scope"].(string)))
	})
}

func TestAGrantThatSomebodyMakesInBetweenIsCompleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.wire.spoil = once(func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/oauth2PermissionGrants")
		}, func() {
			find := func(appID string) any {
				return b.graph(http.MethodGet, "/servicePrincipals(appId='"+appID+"')", nil)["id"]
			}
			b.graph(http.MethodPost, "/oauth2PermissionGrants", map[string]any{
				"clientId": find(b.application()["appId"].(string)), "consentType": "AllPrincipals",
				"resourceId": find("00000003-0000-0000-c000-000000000000"), "scope": "Mail.Read",
			})
		})
		b.apply(s)
		assert.Len(t, b.grants(), 1)
		assert.ElementsMatch(t, []string{"Mail.Read", "User.Read", "openid", "profile"}, strings.Fields(b.grants()[0].(map[string]any)["scope"].(string)))
	})
}
