package redact

import (
	"fmt"
	"log/slog"
)

// Redacted is what a secret prints as.
const Redacted = "[redacted]"

// Secret is a string that must not be printed. Every fmt verb, slog, JSON, XML and every other text
// encoding of it yields "[redacted]", or nothing if it is empty. Reveal returns the value. It
// decodes from a plain JSON string.
//
// Four things reach a string without asking any method of its type, so a Secret can't hide there:
// an unexported field under fmt, an XML comment, the key of a map under encoding/json, and %p and
// %w outside of Errorf.
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

// Format prints v, a value of a type without methods, for the Format method of a type that holds
// secrets. Such a type needs one: where fmt finds a pointer that a verb does not suit, it prints
// what the pointer leads to without asking any method of the fields. Every verb prints as %v does,
// with the verb's flags.
func Format(f fmt.State, verb rune, v any) {
	format := "%v"
	if verb == 'v' {
		format = fmt.FormatString(f, verb)
	}
	_, _ = fmt.Fprintf(f, format, v)
}
