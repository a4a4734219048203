package redact_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/redact"
)

func TestSecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	const secret redact.Secret = "canary"
	type holder struct {
		Key redact.Secret
		In  map[string]redact.Secret
	}
	type document struct{ Key redact.Secret }
	h := holder{Key: secret, In: map[string]redact.Secret{"a": secret}}
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%U", "%e", "%10v", "%-10s"} {
		for _, v := range []any{secret, h, &h, []any{secret, h}, []redact.Secret{secret}} {
			fmt.Fprintf(&all, verb, v)
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&all, nil), slog.NewJSONHandler(&all, nil)} {
		slog.New(handler).Info("it", "secret", secret, "holder", h)
	}
	encoded, err := json.Marshal(h)
	require.NoError(t, err)
	all.Write(encoded)
	encoded, err = xml.Marshal(document{Key: secret})
	require.NoError(t, err)
	all.Write(encoded)
	assert.NotContains(t, all.String(), "canary")
	assert.NotContains(t, all.String(), fmt.Sprintf("%x", "canary"))
	assert.Contains(t, all.String(), redact.Redacted)
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	var s redact.Secret
	require.NoError(t, json.Unmarshal([]byte(`"canary"`), &s))
	assert.Equal(t, "canary", s.Reveal())
	assert.Empty(t, fmt.Sprint(redact.Secret("")), "an empty one is worth seeing")
	assert.Empty(t, redact.Secret("").LogValue().String())
	encoded, err := json.Marshal(redact.Secret(""))
	require.NoError(t, err)
	assert.Equal(t, `""`, string(encoded))
}

// inner is a type without methods, as which outer prints.
type inner struct{ Name string }

type outer struct{ inner *inner }

func (o outer) Format(f fmt.State, verb rune) {
	redact.Format(f, verb, struct{ Name string }{Name: o.inner.Name})
}

func TestFormatPrintsUnderEveryVerb(t *testing.T) {
	t.Parallel()
	o := outer{inner: &inner{Name: "acme"}}
	for verb, want := range map[string]string{
		"%v": "{acme}", "%+v": "{Name:acme}", "%#v": `struct { Name string }{Name:"acme"}`, "%s": "{acme}", "%d": "{acme}", "%q": "{acme}",
	} {
		assert.Equal(t, want, fmt.Sprintf(verb, o), verb)
	}
}
