package webhook

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// jsonString matches the string literals of valid JSON, keys included.
var jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// ForNovu returns what the content of a Novu chat step must be, so that Novu posts message (as for
// [Client.Send]) to a Workflows webhook and the workflow shows it. Novu posts content that is JSON
// as it stands. It wraps any other in {"text": …}, for which a Workflow shows nothing.
//
// Prefer to make the message when you trigger. Send ForNovu's result in the payload, as a string
// named "card" say, and let the step's content be {{payload.card}} and nothing else. Then one
// workflow posts any message, and Novu leaves the message alone.
//
// As a step's content itself the result is a template, since Novu renders Liquid in it. Therefore
// no string of it holds a delimiter, {{ or {%, whether Novu parses the JSON before it renders
// (since 3.19) or after (3.15). Text made by [Text] is unchanged. In other strings a zero-width
// space separates the two characters, or "%7B" replaces the first one in a URL. So nobody who
// writes the text can have Novu evaluate it, and the message can't hold Novu's variables.
//
// The characters <, > and & are escaped too, since Novu may sanitize content as if it were HTML;
// 3.19 undoes that in a step's content, but not in the payload. The error is ErrInvalidParams where
// a Workflow would not show the message, or where it is larger than DefaultMaxMessageSize.
func ForNovu(message any) (string, error) {
	data, err := encode("write content for Novu", message, DefaultMaxMessageSize)
	if err != nil {
		return "", err
	}
	data = jsonString.ReplaceAllFunc(data, withoutDelimiters)
	var b bytes.Buffer
	json.HTMLEscape(&b, data)
	return b.String(), nil
}

// withoutDelimiters returns a JSON string literal whose value holds no Liquid delimiter.
func withoutDelimiters(literal []byte) []byte {
	var value string
	if json.Unmarshal(literal, &value) != nil {
		return literal // not reached for valid JSON
	}
	parts := cutDelimiters(value)
	if len(parts) == 1 {
		return literal
	}
	separator := "\u200b"
	if isAddress(value) {
		separator = ""
		for i, part := range parts[:len(parts)-1] {
			parts[i] = strings.TrimSuffix(part, "{") + "%7B"
		}
	}
	safe, err := marshal(strings.Join(parts, separator))
	if err != nil {
		return literal // not reached: a string can always be encoded
	}
	return safe
}

// isAddress reports whether a string is a web address, in which every character counts.
func isAddress(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && !strings.ContainsFunc(s, unicode.IsSpace)
}

// cutDelimiters cuts s between the two characters of each Liquid delimiter, {{ or {%.
func cutDelimiters(s string) []string {
	var parts []string
	start := 0
	for i := 1; i < len(s); i++ {
		if s[i-1] == '{' && (s[i] == '{' || s[i] == '%') {
			parts = append(parts, s[start:i])
			start = i
		}
	}
	return append(parts, s[start:])
}
