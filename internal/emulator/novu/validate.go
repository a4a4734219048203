package novu

import (
	"fmt"
	"math"
	"net/http"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// The API validates a body property by property with class-validator. A
// property that is missing fails "should not be null or undefined" first and
// then every other rule, from its last decorator to its first; the rules below
// stand in that order.

// rule returns what is wrong with a value, or "". %s in it is the property's name.
type rule func(v any) string

// property is one property of a body.
type property struct {
	name     string
	required bool
	always   bool // checked even where missing, without the message that it is missing
	rules    []rule
	nested   []property // of an object
	each     bool       // nested describes the items of an array
	lenient  bool       // nested describes an object, and what is none was checked by the rules
}

// named words a rule's message with another name than the property's.
func named(name string, r rule) rule {
	return func(v any) string { return strings.ReplaceAll(r(v), "%s", name) }
}

func itoa(n int) string { return strconv.Itoa(n) }

func required(name string, rules ...rule) property {
	return property{name: name, required: true, rules: rules}
}

func optional(name string, rules ...rule) property {
	return property{name: name, rules: rules}
}

func always(name string, rules ...rule) property {
	return property{name: name, always: true, rules: rules}
}

func (p property) object(nested ...property) property {
	p.nested = nested
	return p
}

// objectOnly is object where the value may be none.
func (p property) objectOnly(nested ...property) property {
	p.nested, p.lenient = nested, true
	return p
}

func (p property) list(nested ...property) property {
	p.nested, p.each = nested, true
	return p
}

// violation is what is wrong with one property.
type violation struct {
	property string
	messages []string
	value    any
	present  bool
}

func check(body map[string]any, properties []property) []violation {
	var found []violation
	for _, p := range properties {
		v, present := body[p.name]
		if v == nil && !p.required && !p.always {
			continue
		}
		var messages []string
		if v == nil && p.required {
			messages = append(messages, p.name+" should not be null or undefined")
		}
		for _, r := range p.rules {
			if m := r(v); m != "" {
				messages = append(messages, strings.ReplaceAll(m, "%s", p.name))
			}
		}
		if p.nested != nil && v != nil {
			messages = p.withNested(messages, v)
		}
		if len(messages) > 0 {
			found = append(found, violation{property: p.name, messages: messages, value: v, present: present})
		}
	}
	return found
}

// withNested adds what is wrong inside an object or a list, which hides what is wrong with itself.
func (p property) withNested(messages []string, v any) []string {
	_, isObject := v.(map[string]any)
	_, isList := v.([]any)
	inside := p.checkNested(v)
	if len(inside) > 0 && (isObject || isList) {
		return inside
	}
	return append(messages, inside...)
}

func (p property) checkNested(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		return prefixed(p.name, check(v, p.nested))
	case []any:
		if !p.each {
			return nil
		}
		var messages []string
		for i, item := range v {
			if object, isObject := item.(map[string]any); isObject {
				messages = append(messages, prefixed(fmt.Sprintf("%s.%d", p.name, i), check(object, p.nested))...)
			} else {
				messages = append(messages, p.name+".each value in nested property "+p.name+" must be either object or array")
			}
		}
		return messages
	}
	if p.lenient {
		return nil
	}
	if p.each {
		return []string{"each value in nested property " + p.name + " must be either object or array"}
	}
	return []string{"nested property " + p.name + " must be either object or array"}
}

func prefixed(prefix string, violations []violation) []string {
	var messages []string
	for _, v := range violations {
		for _, m := range v.messages {
			messages = append(messages, prefix+"."+m)
		}
	}
	return messages
}

// invalid checks the body as a controller does: every message under "general".
func (c *call) invalid(properties ...property) *reply {
	return c.invalidValues(c.Object(), properties...)
}

func (c *call) invalidValues(values map[string]any, properties ...property) *reply {
	violations := check(values, properties)
	if len(violations) == 0 {
		return nil
	}
	var messages []string
	for _, v := range violations {
		messages = append(messages, v.messages...)
	}
	return c.unprocessable("Validation Error", map[string]any{
		"general": map[string]any{"messages": messages, "value": "No Value Recorded"},
	})
}

// invalidCommand checks values as a use case's command does: messages by property.
func (c *call) invalidCommand(command string, values map[string]any, properties ...property) *reply {
	violations := check(values, properties)
	if len(violations) == 0 {
		return nil
	}
	errors := map[string]any{}
	for _, v := range violations {
		e := map[string]any{"messages": v.messages}
		if v.present {
			e["value"] = v.value
		}
		errors[v.property] = e
	}
	return c.unprocessable(commandMessage(command, violations), errors)
}

func commandMessage(command string, violations []violation) string {
	parts := make([]string, 0, len(violations))
	for _, v := range violations {
		parts = append(parts, v.property+": "+strings.Join(v.messages, ", "))
	}
	return "Validation failed for " + command + ": " + strings.Join(parts, "; ")
}

func (c *call) unprocessable(message string, errors map[string]any) *reply {
	return emulator.JSON(http.StatusUnprocessableEntity, map[string]any{
		"statusCode": http.StatusUnprocessableEntity,
		"timestamp":  stamp(c.Now),
		"path":       c.URI,
		"message":    message,
		"ctx":        map[string]any{},
		"errors":     errors,
	})
}

func isString(v any) string {
	if _, isString := v.(string); isString {
		return ""
	}
	return "%s must be a string"
}

func isBoolean(v any) string {
	if _, isBool := v.(bool); isBool {
		return ""
	}
	return "%s must be a boolean value"
}

func isNumber(v any) string {
	if n, is := v.(number); is && !math.IsNaN(float64(n)) {
		return ""
	}
	return "%s must be a number conforming to the specified constraints"
}

func isInteger(v any) string {
	if n, is := v.(number); is && float64(n) == math.Trunc(float64(n)) {
		return ""
	}
	return "%s must be an integer number"
}

func isArray(v any) string {
	if _, isArray := v.([]any); isArray {
		return ""
	}
	return "%s must be an array"
}

func isObject(v any) string {
	if _, isObject := v.(map[string]any); isObject {
		return ""
	}
	return "%s must be an object"
}

func isEmail(v any) string {
	s, _ := v.(string)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || !strings.Contains(s[strings.LastIndex(s, "@")+1:], ".") {
		return "%s must be an email"
	}
	return ""
}

func isMongoID(v any) string {
	if s, _ := v.(string); hex24.MatchString(s) {
		return ""
	}
	return "%s must be a mongodb id"
}

var localePattern = regexp.MustCompile(`^[A-Za-z]{2,4}([_-]([A-Za-z]{4}|[0-9]{3}|[A-Za-z]{2}))*$`)

func isLocale(v any) string {
	if s, _ := v.(string); localePattern.MatchString(s) {
		return ""
	}
	return "%s must be locale"
}

func isTimeZone(v any) string {
	s, _ := v.(string)
	if _, err := time.LoadLocation(s); s == "" || err != nil {
		return "%s must be a valid IANA time-zone"
	}
	return ""
}

func eachString(v any) string {
	items, isArray := v.([]any)
	if !isArray {
		items = []any{v}
	}
	for _, item := range items {
		if isString(item) != "" {
			return "each value in %s must be a string"
		}
	}
	return ""
}

func notEmpty(message string) rule {
	return func(v any) string {
		if v == nil || v == "" {
			return message
		}
		return ""
	}
}

func notBlank(v any) string {
	if v == nil || v == "" {
		return "%s should not be empty"
	}
	return ""
}

func arrayNotEmpty(v any) string {
	if items, _ := v.([]any); len(items) > 0 {
		return ""
	}
	return "%s should not be empty"
}

func arrayMaxSize(most int) rule {
	return func(v any) string {
		if items, isArray := v.([]any); isArray && len(items) <= most {
			return ""
		}
		return fmt.Sprintf("%%s must contain no more than %d elements", most)
	}
}

func isIn(values ...string) rule {
	return func(v any) string {
		for _, allowed := range values {
			if v == allowed {
				return ""
			}
		}
		return "%s must be one of the following values: " + strings.Join(values, ", ")
	}
}

// unprintedIn is a list of allowed values that the server itself wrote so that
// it prints none of them.
func unprintedIn(values ...string) rule {
	inner := isIn(values...)
	return func(v any) string {
		if inner(v) == "" {
			return ""
		}
		return "%s must be one of the following values: "
	}
}

func maxLength(most int) rule {
	return func(v any) string {
		if s, isString := v.(string); isString && len([]rune(s)) <= most {
			return ""
		}
		return fmt.Sprintf("%%s must be shorter than or equal to %d characters", most)
	}
}

func minLength(least int) rule {
	return func(v any) string {
		if s, isString := v.(string); isString && len([]rune(s)) >= least {
			return ""
		}
		return fmt.Sprintf("%%s must be longer than or equal to %d characters", least)
	}
}

func matches(pattern *regexp.Regexp, message string) rule {
	return func(v any) string {
		if s, isString := v.(string); isString && pattern.MatchString(s) {
			return ""
		}
		return message
	}
}

// hex24 is what the database takes for an object id.
var hex24 = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)
