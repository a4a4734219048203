package novu

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// lenient decodes data, an object or an array. A field that does not fit its type is left out and
// spoils nothing else: the server stores some fields without looking at them, and other servers write
// times in other ways. Only what is no JSON, or of another shape altogether, is an error.
func lenient(data []byte, into any) error {
	err := unmarshal(data, into)
	if err != nil && !isSyntaxError(err) && decodeParts(data, reflect.ValueOf(into).Elem()) {
		return nil
	}
	return err
}

func isSyntaxError(err error) bool { return errors.As(err, new(*json.SyntaxError)) }

func unmarshal(data []byte, into any) error {
	if u, ok := into.(json.Unmarshaler); ok {
		return u.UnmarshalJSON(data) // json.Unmarshal would read it twice before
	}
	return json.Unmarshal(data, into)
}

// decodeParts decodes an object field by field, or an array item by item. It reports whether data has
// the shape of v at all.
func decodeParts(data []byte, v reflect.Value) bool {
	v.SetZero()
	switch v.Kind() {
	case reflect.Struct:
		var fields map[string]json.RawMessage
		if json.Unmarshal(data, &fields) != nil || fields == nil {
			return false
		}
		setFields(fields, v)
		return true
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil || items == nil {
			return false
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, raw := range items {
			decodePart(raw, v.Index(i))
		}
		return true
	}
	return false
}

func setFields(fields map[string]json.RawMessage, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch raw, ok := fields[name]; {
		case name == "" && field.Anonymous && field.Type.Kind() == reflect.Struct:
			setFields(fields, v.Field(i))
		case name != "" && ok && v.Field(i).CanSet():
			decodePart(raw, v.Field(i))
		}
	}
}

func decodePart(data []byte, v reflect.Value) {
	if json.Unmarshal(data, v.Addr().Interface()) != nil {
		decodeParts(data, v)
	}
}

// decodeExact decodes free-form JSON without changing its numbers: one that a float64 can't hold
// becomes a json.Number, so that it can be sent back as it was.
func decodeExact(data []byte, into *any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	*into = withFloats(*into)
	return nil
}

func withFloats(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && isExact(string(v), f) {
			return f
		}
	case []any:
		for i := range v {
			v[i] = withFloats(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withFloats(v[key])
		}
	}
	return v
}

// isExact reports whether f keeps all digits of the number that it was read from.
func isExact(number string, f float64) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(number), "e")
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(mantissa), "0")
	const always = 15 // decimal digits that any float64 keeps
	return len(digits) <= always || strconv.FormatFloat(f, 'f', -1, 64) == number
}

// decodeObject decodes a JSON object without changing its numbers.
func decodeObject(data []byte) (map[string]any, error) {
	var v any
	if err := decodeExact(data, &v); err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok && v != nil {
		return nil, errors.New("it is not a JSON object")
	}
	return object, nil
}
