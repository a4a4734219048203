package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu"
)

var sentinels = []struct {
	name string
	err  error
}{
	{"ErrBadAnswer", novu.ErrBadAnswer},
	{"ErrBadSignature", novu.ErrBadSignature},
	{"ErrConflict", novu.ErrConflict},
	{"ErrCursorLost", novu.ErrCursorLost},
	{"ErrFeatureNotEnabled", novu.ErrFeatureNotEnabled},
	{"ErrForbidden", novu.ErrForbidden},
	{"ErrInvalidParams", novu.ErrInvalidParams},
	{"ErrNotFound", novu.ErrNotFound},
	{"ErrOutcomeUnknown", novu.ErrOutcomeUnknown},
	{"ErrPayloadTooLarge", novu.ErrPayloadTooLarge},
	{"ErrRateLimited", novu.ErrRateLimited},
	{"ErrRouteNotFound", novu.ErrRouteNotFound},
	{"ErrServer", novu.ErrServer},
	{"ErrUnauthorized", novu.ErrUnauthorized},
	{"ErrValidation", novu.ErrValidation},
	{"DeadlineExceeded", context.DeadlineExceeded},
}

// line is what the transcript says of a call.
func line(method string, value any, err error) string {
	parts := []string{method}
	if err == nil {
		parts = append(parts, "ok")
	} else {
		parts = append(parts, failure(err)...)
	}
	if v := reflect.ValueOf(value); v.IsValid() {
		parts = append(parts, fields(v, nil)...)
	}
	return strings.Join(parts, "\t")
}

func failure(err error) []string {
	parts := []string{"error"}
	var answer *novu.Error
	if errors.As(err, &answer) && answer.StatusCode != 0 {
		parts[0] = fmt.Sprint(answer.StatusCode)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			parts = append(parts, s.name)
		}
	}
	if answer != nil {
		if answer.Message != "" {
			parts = append(parts, "Message="+settled(answer.Message))
		}
		for _, field := range sorted(answer.Fields) {
			parts = append(parts, "Fields."+field)
		}
	}
	return parts
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fields lists what v holds, zero values left out.
func fields(v reflect.Value, path []string) []string {
	here := func(text string) []string { return []string{strings.TrimPrefix(strings.Join(path, ".")+"="+text, "=")} }
	if !v.IsValid() || v.IsZero() {
		return nil
	}
	if t, isTime := v.Interface().(time.Time); isTime && !t.IsZero() {
		return here("<time>")
	}
	if _, isSecret := v.Interface().(novu.Secret); isSecret {
		return here("<secret>")
	}
	below := func(name string) []string { return append(slices.Clone(path), name) }
	var all []string
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return fields(v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				all = append(all, fields(v.Field(i), below(f.Name))...)
			}
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		for _, k := range keys {
			all = append(all, fields(v.MapIndex(k), below(fmt.Sprint(k)))...)
		}
	case reflect.Slice, reflect.Array:
		if bytes, isBytes := v.Interface().([]byte); isBytes {
			return here(settled(string(bytes)))
		}
		all = here(fmt.Sprintf("%d items", v.Len()))
		for i := range v.Len() {
			all = append(all, fields(v.Index(i), below(fmt.Sprint(i)))...)
		}
	default:
		return here(settled(fmt.Sprint(v)))
	}
	return all
}

// made are the values that each server makes for itself.
var made = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`https?://[^\s"'<>]+`), "<url>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
	{regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "<id>"},
	{regexp.MustCompile(`\b(chconn|chendp|chcon|txn|msgpln|env)_[A-Za-z0-9]{6,}`), "<id>"},
	{regexp.MustCompile(`\b[0-9a-f]{12,}\b`), "<id>"},
	{regexp.MustCompile(`eyJ[A-Za-z0-9+/=_-]{16,}`), "<cursor>"},
}

func settled(text string) string {
	for _, m := range made {
		text = m.pattern.ReplaceAllString(text, m.name)
	}
	return fmt.Sprintf("%q", text)
}
