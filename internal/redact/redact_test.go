package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/redact"
)

// A secret is found in every form in which a server or net/url may echo it.
func TestScrub(t *testing.T) {
	t.Parallel()
	const secret = `ca"na/ry&<k e>y`
	inJSON, err := json.Marshal(secret)
	require.NoError(t, err)
	for name, form := range map[string]string{
		"plain":         secret,
		"in JSON":       string(inJSON),
		"in a query":    url.QueryEscape(secret),
		"in a path":     url.PathEscape(secret),
		"slash-escaped": strings.ReplaceAll(string(inJSON), "/", `\/`),
	} {
		got := redact.Scrub("before "+form+" after", secret)
		assert.NotContains(t, got, "na", name)
		assert.Contains(t, got, "before ")
		assert.Contains(t, got, redact.Redacted)
		assert.Contains(t, got, " after")
	}
	assert.Equal(t, "[redacted] and [redacted]", redact.Scrub("one1 and two2", "one1", "two2"))
	assert.Equal(t, "an example", redact.Scrub("an example", "x", "am", ""), "a trivial secret does not eat letters")
}

// Each string of a JSON text is looked at as a reader would decode it.
func TestJSON(t *testing.T) {
	t.Parallel()
	scrub := func(text string) string { return redact.Scrub(text, "canary") }
	for text, want := range map[string]string{
		`{"a":"canary"}`:                         `{"a":"[redacted]"}`,
		`{"a":"c\u0061nary","b":"\n"}`:           `{"a":"[redacted]","b":"\n"}`,
		`{"c\u0061nary":1}`:                      `{"[redacted]":1}`,
		`{"a":"say \"c\u0061nary\"","b":[1,"x"]`: `{"a":"say \"[redacted]\"","b":[1,"x"]`,
		`no JSON: canary \ here`:                 `no JSON: [redacted] \ here`,
		`{"a":"fine\n"}`:                         `{"a":"fine\n"}`,
	} {
		assert.Equal(t, want, redact.JSON(text, scrub), text)
	}
}

// The shape and the keys stay readable, the values do not.
func TestMaskJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":"canary","b":{"c":["canary",1,true]}}`: `{"a":"[redacted]","b":{"c":["[redacted]",1,true]}}`,
		`{"a": "can\"ary"}`:                          `{"a": "[redacted]"}`,
		`{"a":"can`:                                  `{"a":"[redacted]"`,
		`<html>"canary"</html>`:                      `<html>"canary"</html>`,
		``:                                           ``,
	} {
		assert.Equal(t, want, redact.MaskJSON(text), text)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                       "plain",
		"two\nlines":                  "two lines",
		"a\r\n\tb\x00c\u2028d":        "a b c d",
		"turn\u202eed":                "turn ed",
		"bad \xff byte":               "bad \uFFFD byte",
		strings.Repeat("x", 21):       strings.Repeat("x", 20) + "…",
		strings.Repeat("x", 19) + "ü": strings.Repeat("x", 19) + "…",
	} {
		assert.Equal(t, want, redact.Line(text, 20), "%q", text)
	}
}

// Of an address the host remains, which is no credential.
func TestURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Get \"https://prod-01.logic.azure.com:443/workflows/0a?sig=canary\": EOF": `Get "https://prod-01.logic.azure.com:443/[redacted]": EOF`,
		"http://me:canary@novu.example/v1":                                         "https://novu.example/[redacted]",
		`{"url":"https:\/\/hook.example\/canary"}`:                                 `{"url":"https://hook.example/[redacted]"}`,
		"HTTPS://HOOK.example?canary":                                              "https://HOOK.example/[redacted]",
		"see https://novu.co and go on":                                            "see https://novu.co/[redacted] and go on",
		"no address":                                                               "no address",
	} {
		assert.Equal(t, want, redact.URLs(text), text)
	}
}

// The cleaned error can't be unwrapped to be printed, but errors.Is still knows it.
func TestError(t *testing.T) {
	t.Parallel()
	clean := func(text string) string { return redact.Scrub(text, "canary") }
	require.NoError(t, redact.Error(nil, clean))
	harmless := errors.New("fine")
	assert.Same(t, harmless, redact.Error(harmless, clean))

	err := redact.Error(fmt.Errorf("read canary: %w", io.ErrUnexpectedEOF), clean)
	assert.EqualError(t, err, "read [redacted]: unexpected EOF")
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.NotErrorIs(t, err, io.EOF)
	assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "canary")
	assert.NoError(t, errors.Unwrap(err))
}
