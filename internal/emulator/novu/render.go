package novu

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

var placeholder = regexp.MustCompile(`\{\{-?\s*([^{}]*?)\s*-?\}\}`)

// render fills {{payload.a.b}}, {{subscriber.x}} and {{context.type.data.x}}
// into a template. It is no Liquid: filters are cut off, and tags ({% … %})
// stay as they are. A value that is not there leaves nothing.
func render(template string, scope map[string]any) string {
	return placeholder.ReplaceAllStringFunc(template, func(match string) string {
		path, _, _ := strings.Cut(placeholder.FindStringSubmatch(match)[1], "|")
		var value any = scope
		for name := range strings.SplitSeq(strings.TrimSpace(path), ".") {
			object, isObject := value.(map[string]any)
			if !isObject {
				return ""
			}
			value = object[name]
		}
		return rendered(value)
	})
}

func rendered(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number, bool:
		return printed(v)
	}
	return string(emulator.Encode(v))
}
