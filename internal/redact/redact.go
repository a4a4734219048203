package redact

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
)

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// Secret is a string that must not be printed. Every fmt verb, slog and every
// text or JSON encoding of it yields "[redacted]", or nothing where it is
// empty; Reveal yields the value. It decodes from a plain JSON string. Three
// things fmt does without asking any method: %p, %w outside of Errorf, and an
// unexported field; a type that has one of those defines Format itself.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return Redacted
}

// Format prints "[redacted]" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText returns "[redacted]", or nothing for an empty secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns "[redacted]" as a JSON string, or "" for an empty secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue returns "[redacted]", or "" for an empty secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// shortestScrubbed keeps a trivial secret ("x") from eating every such letter
// of an error message.
const shortestScrubbed = 4

// Scrub replaces each secret in text, in the forms in which a server or
// net/url may echo it: plain, inside a JSON string, and percent-encoded.
func Scrub(text string, secrets ...Secret) string {
	for _, s := range secrets {
		if len(s) < shortestScrubbed {
			continue
		}
		for _, form := range spellings(string(s)) {
			text = strings.ReplaceAll(text, form, Redacted)
		}
	}
	return text
}

func spellings(s string) []string {
	escaped, err := json.Marshal(s)
	if err != nil {
		return []string{s}
	}
	inJSON := strings.Trim(string(escaped), `"`)
	return []string{
		s, inJSON, strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(inJSON),
		strings.ReplaceAll(inJSON, "/", `\/`), url.QueryEscape(s), url.PathEscape(s),
	}
}

// scrubbedError stands in for an error whose text held a secret. It is still
// recognised by errors.Is, but the original can't be reached to be printed.
type scrubbedError struct {
	text string
	is   func(error) bool
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return e.is(target) }

// Error returns err, or, where its text holds a secret that scrub removes, an error with the scrubbed
// text that errors.Is treats as err.
func Error(err error, scrub func(string) string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := scrub(text); clean != text {
		return &scrubbedError{clean, func(target error) bool { return errors.Is(err, target) }}
	}
	return err
}

var jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*(?:"\s*(:)?|$)`)

// MaskJSON hides the string values of a JSON text, complete or not, and leaves
// its keys and its shape: a success that can't be read may be full of secrets
// that nobody here knows. Other text is returned as it is.
func MaskJSON(text string) string {
	start := strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(start, "{") && !strings.HasPrefix(start, "[") {
		return text
	}
	return jsonString.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasSuffix(s, ":") {
			return s
		}
		return `"` + Redacted + `"`
	})
}
