package novu

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// syntaxErrors translates encoding/json's words for where it stopped into V8's,
// which the API passes on.
var syntaxErrors = []struct{ ours, theirs string }{
	{"after object key:value pair", "Expected ',' or '}' after property value in JSON"},
	{"after object key", "Expected ':' after property name in JSON"},
	{"after array element", "Expected ',' or ']' after array element in JSON"},
	{"after top-level value", "Unexpected non-whitespace character after JSON"},
	{"in string escape code", "Bad escaped character in JSON"},
	{"hexadecimal character escape", "Bad Unicode escape in JSON"},
	{"after decimal point", "Unterminated fractional number in JSON"},
	{"in exponent", "Exponent part is missing a number in JSON"},
	{"in numeric literal", "No number after minus sign in JSON"},
}

// syntaxError words what is wrong with a body as the API's JSON parser does.
func syntaxError(raw []byte) string {
	var v any
	var syntax *json.SyntaxError
	// The byte behind the end makes encoding/json say what it still expected there.
	if !errors.As(json.Unmarshal(append(bytes.Clone(raw), 0), &v), &syntax) {
		return "Unexpected end of JSON input"
	}
	at, said := max(int(syntax.Offset)-1, 0), syntax.Error()
	position := " at position " + strconv.Itoa(at)
	ended := at >= len(raw)
	switch {
	case strings.Contains(said, "beginning of object key string"):
		if bytes.HasSuffix(bytes.TrimRight(raw[:min(at, len(raw))], " \t\r\n"), []byte(",")) {
			return "Expected double-quoted property name in JSON" + position
		}
		return "Expected property name or '}' in JSON" + position
	case strings.Contains(said, "in string literal") && ended:
		return "Unterminated string in JSON" + position
	case strings.Contains(said, "in string literal"):
		return "Bad control character in string literal in JSON" + position
	}
	for _, e := range syntaxErrors {
		if strings.Contains(said, e.ours) {
			return e.theirs + position
		}
	}
	if ended {
		return "Unexpected end of JSON input"
	}
	return unexpectedToken(raw, at)
}

// unexpectedToken shows at most ten characters on either side of where it stopped.
func unexpectedToken(raw []byte, at int) string {
	source := string(raw)
	token := string([]rune(source[at:])[:1])
	const around = 10
	if len(source) <= 2*around {
		return `Unexpected token '` + token + `', "` + source + `" is not valid JSON`
	}
	from, to := max(at-around, 0), min(at+around, len(source))
	before, behind := "", ""
	if from > 0 {
		before = "..."
	}
	if to < len(source) {
		behind = "..."
	}
	return `Unexpected token '` + token + `', ` + before + `"` + source[from:to] + `"` + behind + ` is not valid JSON`
}
