package novu

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// schemaError is what is wrong with a part of a payload, in the words of Novu's
// JSON schema validator.
type schemaError struct {
	Field      string `json:"field"`
	Message    string `json:"message"`
	Value      any    `json:"value"`
	SchemaPath string `json:"schemaPath"`
}

// invalidPayload checks a trigger's payload against the workflow's schema. The
// message is for one event of a bulk, the reply for a trigger.
func (c *call) invalidPayload(w *workflow, payload map[string]any) (message string, refused *reply) {
	if !w.validatePayload || w.payloadSchema == nil {
		return "", nil
	}
	errors := checkSchema(w.payloadSchema, nonNilObject(payload), "", "#")
	if len(errors) == 0 {
		return "", nil
	}
	parts := make([]string, 0, len(errors))
	for _, e := range errors {
		parts = append(parts, e.Field+": "+e.Message)
	}
	message = "Payload validation failed: " + strings.Join(parts, "; ")
	return message, c.exception(http.StatusBadRequest, message, map[string]any{
		"errors": errors, "schema": w.payloadSchema, "type": "PAYLOAD_VALIDATION_ERROR",
	})
}

// checkSchema checks the keywords that payload schemas use.
func checkSchema(schema map[string]any, v any, at, path string) []schemaError {
	var found []schemaError
	fail := func(message, keyword string) {
		field := at
		if field == "" {
			field = "root"
		}
		found = append(found, schemaError{Field: field, Message: message, Value: v, SchemaPath: path + "/" + keyword})
	}
	if typ, has := schema["type"]; has && !hasType(typ, v) {
		fail("must be "+printed(typ), "type")
		return found
	}
	if allowed, has := schema["enum"].([]any); has && !slices.ContainsFunc(allowed, func(a any) bool { return reflect.DeepEqual(a, v) }) {
		fail("must be equal to one of the allowed values", "enum")
	}
	if constant, has := schema["const"]; has && !reflect.DeepEqual(constant, v) {
		fail("must be equal to constant", "const")
	}
	switch v := v.(type) {
	case string:
		checkText(schema, v, fail)
	case json.Number:
		checkNumber(schema, v, fail)
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			if items != nil {
				found = append(found, checkSchema(items, item, joined(at, itoa(i)), path+"/items")...)
			}
		}
	case map[string]any:
		found = append(found, checkObject(schema, v, at, path)...)
	}
	return found
}

func checkText(schema map[string]any, v string, fail func(message, keyword string)) {
	length := float64(utf8.RuneCountInString(v))
	if least, has := limitOf(schema, "minLength"); has && length < least {
		fail(fmt.Sprintf("must NOT have fewer than %v characters", least), "minLength")
	}
	if most, has := limitOf(schema, "maxLength"); has && length > most {
		fail(fmt.Sprintf("must NOT have more than %v characters", most), "maxLength")
	}
	if pattern, has := schema["pattern"].(string); has {
		if re, err := regexp.Compile(pattern); err == nil && !re.MatchString(v) {
			fail(`must match pattern "`+pattern+`"`, "pattern")
		}
	}
}

func checkNumber(schema map[string]any, v json.Number, fail func(message, keyword string)) {
	n, _ := v.Float64()
	if least, has := limitOf(schema, "minimum"); has && n < least {
		fail(fmt.Sprintf("must be >= %v", least), "minimum")
	}
	if most, has := limitOf(schema, "maximum"); has && n > most {
		fail(fmt.Sprintf("must be <= %v", most), "maximum")
	}
}

func limitOf(schema map[string]any, name string) (float64, bool) {
	n, has := schema[name].(json.Number)
	f, _ := n.Float64()
	return f, has
}

func checkObject(schema, v map[string]any, at, path string) []schemaError {
	var found []schemaError
	field := at
	if field == "" {
		field = "root"
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, has := v[printed(name)]; !has {
			found = append(found, schemaError{
				Field: field + "." + printed(name), Message: "must have required property '" + printed(name) + "'", Value: v, SchemaPath: path + "/required",
			})
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	if schema["additionalProperties"] == false {
		for _, name := range sortedKeys(v) {
			if _, known := properties[name]; !known {
				found = append(found, schemaError{
					Field: field, Message: "must NOT have additional properties", Value: v, SchemaPath: path + "/additionalProperties",
				})
			}
		}
	}
	for _, name := range sortedKeys(properties) {
		property, _ := properties[name].(map[string]any)
		if value, has := v[name]; has && property != nil {
			found = append(found, checkSchema(property, value, joined(at, name), path+"/properties/"+name)...)
		}
	}
	return found
}

func joined(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func hasType(typ, v any) bool {
	if types, isList := typ.([]any); isList {
		return slices.ContainsFunc(types, func(t any) bool { return hasType(t, v) })
	}
	switch v := v.(type) {
	case nil:
		return typ == "null"
	case string:
		return typ == "string"
	case bool:
		return typ == "boolean"
	case []any:
		return typ == "array"
	case map[string]any:
		return typ == "object"
	case json.Number:
		n, _ := v.Float64()
		return typ == "number" || typ == "integer" && n == math.Trunc(n)
	}
	return true
}
