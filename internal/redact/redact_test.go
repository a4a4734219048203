package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/redact"
)

const canary = "canary-7f3a/be&91"

func scrub(text string) string { return redact.Scrub(text, canary) }

func TestScrub(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":            "the key " + canary + " is wrong",
		"in JSON":          `{"message":"canary-7f3a/be\u0026 91"}` + canary,
		"slashes escaped":  `{"message":"` + strings.ReplaceAll(canary, "/", `\/`) + `"}`,
		"query":            "key=canary-7f3a%2Fbe%2691",
		"path":             "/canary-7f3a%2Fbe&91/x",
		"twice":            canary + canary,
		"inside something": "x" + canary + "y",
	} {
		assert.NotContains(t, scrub(text), "7f3a/be&91", name)
		assert.NotContains(t, scrub(text), "7f3a%2Fbe", name)
	}
	assert.Equal(t, "x marks", redact.Scrub("x marks", "x", ""), "a trivial secret eats no letters")
}

// A server may escape any letter: what counts is what a reader decodes.
func TestJSONIsScrubbedAsItIsDecoded(t *testing.T) {
	t.Parallel()
	escaped := ""
	for _, r := range canary {
		escaped += fmt.Sprintf(`\u%04x`, r)
	}
	for name, text := range map[string]string{
		"whole":        `{"message":"no ` + escaped + `","n":1}`,
		"one letter":   `{"message":"\u0063anary-7f3a/be&91"}`,
		"nested":       `{"errors":[{"a":{"b":"` + escaped + `"}}]}`,
		"as a key":     `{"` + escaped + `":1}`,
		"half a JSON":  `{"message":"` + escaped + `","more":"abc`,
		"other escape": `{"message":"a\n` + escaped + `\t"}`,
	} {
		clean := redact.JSON(text, scrub)
		assert.Contains(t, clean, redact.Redacted, name)
		var v any
		if json.Unmarshal([]byte(clean), &v) == nil {
			assert.NotContains(t, fmt.Sprint(v), "7f3a", name)
		}
		assert.NotContains(t, clean, escaped, name)
	}
	assert.Equal(t, `{"a":"\u0062"}`, redact.JSON(`{"a":"\u0062"}`, scrub), "what holds no secret stays as it is")
}

func TestMaskJSON(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "\ufeff", ")]}',\n", "\x00", "  ", "oops: "} {
		for _, text := range []string{`{"secretKey":"canary","n":5}`, `[{"a":["canary"]}]`, `{"data":[{"secretKey":"canary`, `"canary"`, `{"a":"x\"canary"}`} {
			assert.NotContains(t, redact.MaskJSON(prefix+text), "canary", "%q", prefix+text)
		}
	}
	assert.Equal(t, `{"secretKey":"[redacted]","n":5}`, redact.MaskJSON(`{"secretKey":"canary","n":5}`))
	assert.Equal(t, "<p class=\"x\">Down for maintenance</p>", redact.MaskJSON("<p class=\"x\">Down for maintenance</p>"))
}

func TestLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "one two three four", redact.Line("one\ntwo\r\nthree\u2028four", 100))
	assert.Equal(t, "red  [31mblack", redact.Line("red \x1b[31mblack", 100))
	assert.Equal(t, "a b", redact.Line("a\u202eb", 100), "no change of direction")
	assert.Equal(t, "über…", redact.Line("über alles", 5))
	assert.Equal(t, "ü…", redact.Line("üü", 3), "a letter is not cut in two")
	assert.Equal(t, "plain", redact.Line("plain", 5))
	assert.Equal(t, "a\uFFFDb", redact.Line("a\xffb", 10))
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"blocked: https://prod-01.logic.azure.com:443/workflows/1?sig=canary (404)": "blocked: https://prod-01.logic.azure.com:443/[redacted] (404)",
		`{"url":"https://h.example/a?sig=canary","n":1}`:                            `{"url":"https://h.example/[redacted]","n":1}`,
		`{"url":"https:\/\/h.example\/a?sig=canary"}`:                               `{"url":"https://h.example/[redacted]"}`,
		"http://user:canary@h.example/":                                             "https://h.example/[redacted]",
		"HTTPS://H.EXAMPLE/canary":                                                  "https://H.EXAMPLE/[redacted]",
		"no address":                                                                "no address",
	} {
		assert.Equal(t, want, redact.URLs(text))
	}
}

func TestErrorKeepsWhatItIs(t *testing.T) {
	t.Parallel()
	require.NoError(t, redact.Error(nil, scrub))
	clean := fmt.Errorf("nothing: %w", io.EOF)
	assert.Equal(t, clean, redact.Error(clean, scrub))
	err := redact.Error(fmt.Errorf("sent %s: %w", canary, io.EOF), scrub)
	require.ErrorIs(t, err, io.EOF)
	for e := err; e != nil; e = errors.Unwrap(e) {
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), "7f3a")
	}
}

// Whatever a server writes: scrubbing never leaves the secret where a reader would find it.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":"\u0063anary-7f3a\/be&91"}`)
	f.Add(`"` + canary)
	f.Add(`{"` + canary + `":"\\` + canary + `"}`)
	f.Fuzz(func(t *testing.T, text string) {
		clean := redact.JSON(text, scrub)
		var v any
		if strings.Contains(clean, canary) || json.Unmarshal([]byte(clean), &v) == nil && strings.Contains(fmt.Sprint(v), canary) {
			t.Fatalf("%q became %q", text, clean)
		}
	})
}
