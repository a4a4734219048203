package novu

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/novu-go/novu/internal/emulator"
)

// liquidScope is what a template's variables stand for. It knows how objects and
// arrays were written, because Novu prints them in that order.
type liquidScope struct {
	values  map[string]any
	written map[uintptr]json.RawMessage // by the address of a map or of a list's first item
}

func newScope() *liquidScope {
	return &liquidScope{values: map[string]any{}, written: map[uintptr]json.RawMessage{}}
}

// set defines a variable. No JSON at all means an empty object.
func (sc *liquidScope) set(name string, raw json.RawMessage) {
	value := sc.decode(raw)
	if value == nil {
		value = map[string]any{}
	}
	sc.values[name] = value
}

func (sc *liquidScope) decode(raw json.RawMessage) any {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return nil
	case raw[0] == '{':
		var properties map[string]json.RawMessage
		_ = json.Unmarshal(raw, &properties) // it was decoded before
		object := make(map[string]any, len(properties))
		for name, property := range properties {
			object[name] = sc.decode(property)
		}
		sc.written[address(object)] = raw
		return object
	case raw[0] == '[':
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items) // it was decoded before
		list := make([]any, len(items))
		for i, item := range items {
			list[i] = sc.decode(item)
		}
		if len(list) > 0 {
			sc.written[address(list)] = raw
		}
		return list
	}
	var value any
	_ = emulator.Decode(raw, &value) // it was decoded before
	number, isNumber := value.(json.Number)
	if !isNumber {
		return value
	}
	if n, err := number.Int64(); err == nil {
		return int(n) // Liquid counts with it
	}
	f, _ := number.Float64()
	return f
}

func address(v any) uintptr { return reflect.ValueOf(v).Pointer() }

// print is a value as Novu prints it: objects and arrays as JSON with single
// quotes, which is no JSON any more.
func (sc *liquidScope) print(v any) any {
	switch v := v.(type) {
	case map[string]any, []any:
		var compact bytes.Buffer
		if raw, has := sc.written[address(v)]; !has || json.Compact(&compact, raw) != nil {
			return singleQuoted(emulator.Encode(v))
		}
		return singleQuoted(compact.Bytes())
	case float64:
		return string(emulator.Encode(v))
	case nil:
		return ""
	}
	return v
}
