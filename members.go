package novu

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// members goes through the members of a JSON object without decoding them. It is for JSON that is known
// to be valid; on anything else it stops at some point, without a panic.
type members struct {
	rest  []byte
	key   []byte // as written, without its quotes
	value []byte // as written
}

// membersOf starts with an object.
func membersOf(object []byte) members {
	rest, isObject := bytes.CutPrefix(bytes.TrimSpace(object), []byte("{"))
	if !isObject {
		return members{}
	}
	return members{rest: rest}
}

// next moves to the next member, and reports whether there is one.
func (m *members) next() bool {
	m.rest = bytes.TrimLeft(m.rest, ", \t\r\n")
	end := endOfString(m.rest)
	if end < 0 {
		return false
	}
	m.key = m.rest[1 : end-1]
	after, hasValue := bytes.CutPrefix(bytes.TrimLeft(m.rest[end:], " \t\r\n"), []byte(":"))
	if !hasValue {
		return false
	}
	after = bytes.TrimLeft(after, " \t\r\n")
	end = endOfValue(after)
	m.value, m.rest = after[:end], after[end:]
	return end > 0
}

// atEnd reports whether nothing but the object's end is left.
func (m *members) atEnd() bool { return string(bytes.TrimSpace(m.rest)) == "}" }

// endOfString returns where the string that data begins with ends, or -1.
func endOfString(data []byte) int {
	if len(data) == 0 || data[0] != '"' {
		return -1
	}
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// endOfValue returns where the value that data begins with ends.
func endOfValue(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			end := endOfString(data[i:])
			if end < 0 {
				return len(data)
			}
			i += end - 1
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']') && depth == 0:
			return len(bytes.TrimRight(data[:i], " \t\r\n"))
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			return len(bytes.TrimRight(data[:i], " \t\r\n"))
		}
	}
	return len(data)
}

// text decodes a string value. It is false for a value that is none.
func text(value []byte, into *string) bool {
	if len(value) >= 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		*into = string(value[1 : len(value)-1])
		return true
	}
	if string(value) == "null" {
		return true
	}
	return json.Unmarshal(value, into) == nil
}
