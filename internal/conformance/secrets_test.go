package conformance_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/types"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every exported type of every package has a carrier: one that was added
// without must not escape the test below.
func TestEveryExportedTypeIsLookedAt(t *testing.T) {
	t.Parallel()
	looked := make(map[string]bool)
	for typ := range carriers(t) {
		looked[nameOf(typ)] = true
	}
	for _, p := range packages(t) {
		for _, name := range exportedTypes(p) {
			path := p.Path() + "." + name.Name()
			if named, is := types.Unalias(name.Type()).(*types.Named); is {
				path = named.Obj().Pkg().Path() + "." + named.Obj().Name()
			}
			assert.True(t, looked[path], "%s: add it to the carriers of the secrets test", path)
		}
	}
}

// verbs are all but %T, which shows the type alone, and two that a type can't
// intercept: %p, and %w for what is no error. They print the underlying value
// of whatever they are misused for; go vet finds such a use.
const verbs = "vtbcoOdqxXUeEfFgGs"

// someVerbs stand for the rest where there is much to print.
const someVerbs = "vsqxdt"

// prints is v under every verb, handler and encoding that asks the value how it
// wants to be seen.
func prints(v any, verbs string) string {
	var all bytes.Buffer
	pointer := reflect.New(reflect.TypeOf(v))
	pointer.Elem().Set(reflect.ValueOf(v))
	forms := []any{v, &v, pointer.Interface(), []any{v}, map[string]any{"k": v}, struct{ X any }{v}}
	if reflect.TypeOf(v).Kind() == reflect.Pointer {
		// Clients live in fields of their users, which fmt does not ask how they
		// want to be seen where they are unexported.
		forms = append(forms, struct{ x any }{v})
	}
	for _, flag := range []string{"", "+", "#", " "} {
		for _, verb := range verbs {
			for _, form := range forms {
				fmt.Fprintf(&all, "%"+flag+string(verb)+"\n", form)
			}
		}
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&all, nil), slog.NewJSONHandler(&all, nil)} {
		slog.New(handler).With("with", v).Info("it", "v", v, "p", &v, slog.Group("g", "s", []any{v}))
	}
	for _, form := range forms {
		data, _ := json.Marshal(form) // an error for what JSON can't hold, such as a function
		all.Write(data)
	}
	if err, is := v.(error); is {
		fmt.Fprintf(&all, "%+v", fmt.Errorf("wrapped: %w", err))
	}
	return all.String()
}

// assertHidden: the text does not hold the canary in any spelling in which a
// verb or an encoding would show it.
func assertHidden(t *testing.T, text string) {
	t.Helper()
	for _, spelling := range spellings {
		if at := strings.Index(text, spelling); at >= 0 {
			assert.Fail(t, "a secret shows", "…%s…", text[max(0, at-200):min(len(text), at+60)])
		}
	}
}

// spellings are what verbs and encodings make of the canary, as a string and
// inside of bytes.
var spellings = func() []string {
	list := []string{
		canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary), fmt.Sprintf("% X", canary),
		strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"),
	}
	for before := range 3 { // in base64 it matters where the secret starts
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + canary))
		list = append(list, encoded[4:16])
	}
	return list
}()

func TestNoFormOfPrintingShowsASecret(t *testing.T) {
	t.Parallel()
	for typ, v := range carriers(t) {
		t.Run(nameOf(typ), func(t *testing.T) {
			t.Parallel()
			assertHidden(t, prints(v, verbs))
		})
	}
}

// The test would find one.
func TestASecretThatShowsIsFound(t *testing.T) {
	t.Parallel()
	type naked struct {
		Key  string
		Body []byte
	}
	for _, v := range []any{naked{Key: canary}, naked{Body: []byte(canary)}, canary, errors.New(canary)} {
		found := &testing.T{}
		assertHidden(found, prints(v, verbs))
		require.True(t, found.Failed(), "%v", v)
	}
}
