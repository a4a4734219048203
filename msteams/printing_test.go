package msteams_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/msteams"
)

// fmt looks behind a pointer in a container without asking the fields: the types print themselves.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	for _, v := range []any{&msteams.Credentials{ClientID: "app", ClientSecret: "canary"}, &msteams.Token{AccessToken: "canary"}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			for _, shape := range []any{v, []any{v}, map[string]any{"k": v}, struct{ V any }{v}} {
				text := fmt.Sprintf(verb, shape)
				assert.NotContains(t, text, "canary", verb)
				assert.NotContains(t, text, fmt.Sprintf("%x", "canary"), verb)
			}
		}
	}
}
