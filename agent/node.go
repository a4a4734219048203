package agent

import (
	"encoding/json"
	"time"
)

// object is a JSON object, read leniently: an odd field is as good as none, and spoils no other.
type object map[string]json.RawMessage

func parseObject(raw json.RawMessage) object {
	var o object
	_ = json.Unmarshal(raw, &o) // anything but an object has no fields
	return o
}

// read decodes the field of that name. It is the zero value if it is missing or odd.
func read[T any](o object, name string) T {
	var v, none T
	if json.Unmarshal(o[name], &v) != nil {
		return none
	}
	return v
}

func (o object) text(name string) string { return read[string](o, name) }

func (o object) object(name string) object { return parseObject(o[name]) }

func (o object) list(name string) []json.RawMessage { return read[[]json.RawMessage](o, name) }

func (o object) time(name string) time.Time { return read[time.Time](o, name) }

// raw returns the field as it stands, nil if there is none.
func (o object) raw(name string) json.RawMessage {
	if v := o[name]; len(v) > 0 && string(v) != "null" {
		return v
	}
	return nil
}

// each calls f with every object of a list.
func (o object) each(name string, f func(object)) {
	for _, raw := range o.list(name) {
		f(parseObject(raw))
	}
}
