package novu

import (
	"bytes"
	"encoding/json"

	"github.com/novu-go/novu/internal/emulator"
)

// member is one property of an object whose order counts.
type member struct {
	name  string
	value json.RawMessage
}

// members is a JSON object that keeps the order of its properties, as JavaScript does.
type members []member

// MarshalJSON writes the properties in their order, and null for none at all.
func (m members) MarshalJSON() ([]byte, error) {
	if m == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(emulator.Encode(one.name))
		b.WriteByte(':')
		b.Write(one.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// with sets a property, in its place where it had one.
func (m members) with(name string, value json.RawMessage) members {
	changed := append(members{}, m...)
	for i := range changed {
		if changed[i].name == name {
			changed[i].value = value
			return changed
		}
	}
	return append(changed, member{name: name, value: value})
}

func (m members) without(name string) members {
	kept := members{}
	for _, one := range m {
		if one.name != name {
			kept = append(kept, one)
		}
	}
	return kept
}

// parseMembers reads an object. Anything else has no properties.
func parseMembers(raw json.RawMessage) (read members, isObject bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	read = members{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return read, true
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return read, true
		}
		read = append(read, member{name: name.(string), value: value})
	}
	return read, true
}

// compact is raw without white space.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(raw) == 0 || json.Compact(&b, raw) != nil {
		return nil
	}
	return b.Bytes()
}

// minimized is raw as the database keeps it: without empty objects, however deep. It is nil where nothing is left.
func minimized(raw json.RawMessage) json.RawMessage {
	if !bytes.Contains(raw, []byte("{}")) {
		return raw
	}
	properties, isObject := parseMembers(raw)
	if !isObject {
		return raw
	}
	kept := members{}
	for _, p := range properties {
		if value := minimized(p.value); value != nil {
			kept = append(kept, member{name: p.name, value: value})
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return emulator.Encode(kept)
}
