package novu

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	msTeamsChannel = "ms_teams_channel"
	msTeamsUser    = "ms_teams_user"
	webhookType    = "webhook"
)

// endpointShapes are the endpoint types and their keys. A question mark marks a
// key that may be missing, an alternative stands after a bar. Every value is a
// string unless said otherwise.
var endpointShapes = map[string]string{
	msTeamsChannel:               "teamId channelId",
	msTeamsUser:                  "userId",
	webhookType:                  "url channel?",
	"slack_channel":              "channelId",
	"slack_user":                 "userId",
	"phone":                      "phoneNumber",
	"telegram_chat":              "chatId",
	"webex_room":                 "roomId parentId?",
	"webex_person":               "personId|personEmail",
	"line_user":                  "userId",
	"pagerduty_service":          "routingKey region=us,eu",
	"opsgenie_integration":       "apiKey region=us,eu",
	"grafana_oncall_integration": "url authToken?",
	"tool_webhook":               "url headers?{} method?",
}

var endpointTypes = func() []string {
	var types []string
	for t := range endpointShapes {
		types = append(types, t)
	}
	slices.Sort(types)
	return types
}()

// validEndpoint tells whether v has exactly the keys of its type.
func (s *Server) validEndpoint(typ, v any) bool {
	name, _ := typ.(string)
	shape, known := endpointShapes[name]
	value, isObject := v.(map[string]any)
	if !known || !isObject {
		return false
	}
	if name == msTeamsUser && s.config.UserTenants {
		shape += " tenantId?"
	}
	return matchesShape(shape, value)
}

func matchesShape(shape string, value map[string]any) bool {
	seen := 0
	for _, key := range strings.Fields(shape) {
		key, object := strings.CutSuffix(key, "{}")
		key, maybe := strings.CutSuffix(key, "?")
		key, allowed, _ := strings.Cut(key, "=")
		found := 0
		for _, alternative := range strings.Split(key, "|") {
			v, has := value[alternative]
			if !has {
				continue
			}
			found++
			text, isText := v.(string)
			_, isMap := v.(map[string]any)
			if isText == object || object && !isMap ||
				allowed != "" && !slices.Contains(strings.Split(allowed, ","), text) {
				return false
			}
		}
		if found > 1 || found == 0 && !maybe {
			return false
		}
		seen += found
	}
	return seen == len(value)
}

// falsy is JavaScript's idea of false.
func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		f, _ := v.Float64()
		return f == 0
	}
	return false
}

// printed is a value as a JavaScript template prints it.
func printed(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case nil:
		return "undefined"
	case map[string]any:
		return "[object Object]"
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = printed(item)
		}
		return strings.Join(parts, ",")
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
