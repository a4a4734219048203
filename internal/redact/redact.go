package redact

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortestScrubbed keeps a trivial secret ("x") from eating every such letter of an error message.
const shortestScrubbed = 4

// Scrub replaces each secret in text, in the forms in which a server or net/url may echo it: plain,
// inside a JSON string, and percent-encoded.
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

var jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*(?:"\s*(:)?|$)`)

// JSON scrubs a text that may be JSON, complete or not: each of its strings is also looked at as a
// reader would decode it, since a server may escape any letter.
func JSON(text string, scrub func(string) string) string {
	text = scrub(text)
	if !strings.Contains(text, `\`) {
		return text
	}
	return jsonString.ReplaceAllStringFunc(text, func(literal string) string {
		end := strings.LastIndexByte(literal, '"')
		var decoded string
		if end <= 0 || json.Unmarshal([]byte(literal[:end+1]), &decoded) != nil {
			return literal
		}
		clean := scrub(decoded)
		if clean == decoded {
			return literal
		}
		encoded, err := json.Marshal(clean)
		if err != nil {
			return `"` + Redacted + `"`
		}
		return string(encoded) + literal[end+1:]
	})
}

// MaskJSON hides the string values of a JSON text, complete or not, and leaves its keys and its
// shape: a success that can't be read may be full of secrets that nobody here knows. A page of HTML
// is returned as it is.
func MaskJSON(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return text
	}
	return jsonString.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasSuffix(s, ":") {
			return s
		}
		return `"` + Redacted + `"`
	})
}

// Line returns text on one line, without control characters and at most max bytes long, as it may
// stand in an error or a log.
func Line(text string, max int) string {
	cut := len(text) > max
	if cut {
		text = text[:max]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if r, size := utf8.DecodeLastRuneInString(text); r == utf8.RuneError && size == 1 {
			text = text[:len(text)-1]
		}
	}
	if strings.ContainsFunc(text, isControl) || !utf8.ValidString(text) {
		text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), isControl), " ")
	}
	if cut {
		text += "…"
	}
	return text
}

// isControl tells of what moves a cursor, breaks a line or turns its direction.
func isControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

var webAddress = regexp.MustCompile(`(?i)\bhttps?:(?:\\?/){2}([^\s/?#"'<>\\]+)(?:[^\s"'<>]*)`)

// URLs hides all but the host of each web address in text. An address can be a credential: that of
// a Workflow holds its signature.
func URLs(text string) string {
	return webAddress.ReplaceAllStringFunc(text, func(address string) string {
		match := webAddress.FindStringSubmatch(address)
		_, host, hasUser := strings.Cut(match[1], "@")
		if !hasUser {
			host = match[1]
		}
		return "https://" + host + "/" + Redacted
	})
}

// scrubbedError stands in for an error whose text must not be shown. errors.Is still knows it, but
// the original can't be reached to be printed.
type scrubbedError struct {
	text     string
	original func(target error) bool
}

func (e *scrubbedError) Error() string        { return e.text }
func (e *scrubbedError) Is(target error) bool { return e.original(target) }

// Error returns err, or, if clean changes its text, an error with the clean text that errors.Is
// treats as err.
func Error(err error, clean func(string) string) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if cleaned := clean(text); cleaned != text {
		return &scrubbedError{text: cleaned, original: func(target error) bool { return errors.Is(err, target) }}
	}
	return err
}
