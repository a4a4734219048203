package novu

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	msTeamsChannel = "ms_teams_channel"
	msTeamsUser    = "ms_teams_user"
	webhookType    = "webhook"
)

// endpointShapes are the endpoint types and their keys, as 3.15 has them. A
// question mark marks a key that may be missing, an alternative stands after a
// bar. Every value is a string unless said otherwise.
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

// newerShapes are those that 3.19 has otherwise. Three dots allow other keys.
var newerShapes = map[string]string{
	msTeamsUser: "userId tenantId? ...",
	webhookType: "url channel? ...",
}

// endpointValues are the values that 3.19 checks, by type and key.
var endpointValues = map[string]*regexp.Regexp{
	"pagerduty_service routingKey":   regexp.MustCompile(`^[0-9a-zA-Z]{32}$`),
	"opsgenie_integration apiKey":    regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
	"grafana_oncall_integration url": regexp.MustCompile(`^https?://`),
	"tool_webhook url":               regexp.MustCompile(`^https?://`),
}

// providersOfTypes are the providers that 3.19 wants for some types, and how it
// calls them.
var providersOfTypes = map[string]struct{ provider, called string }{
	"webex_room":                 {"webex-messaging", "a Webex Messaging"},
	"webex_person":               {"webex-messaging", "a Webex Messaging"},
	"pagerduty_service":          {"pagerduty", "a PagerDuty"},
	"opsgenie_integration":       {"opsgenie", "an Opsgenie"},
	"grafana_oncall_integration": {"grafana", "a Grafana OnCall"},
	"tool_webhook":               {"tool-webhook", "a Tool webhook"},
}

var endpointTypes = slices.Sorted(maps.Keys(endpointShapes))

// validEndpoint tells whether v has the keys of its type.
func (s *Server) validEndpoint(typ, v any) bool {
	name, _ := typ.(string)
	shape, known := endpointShapes[name]
	value, isObject := v.(map[string]any)
	if !known || !isObject {
		return false
	}
	if !s.is319() {
		if name == msTeamsUser && s.config.UserTenants {
			shape += " tenantId?"
		}
		return matchesShape(shape, value)
	}
	if newer, has := newerShapes[name]; has {
		shape = newer
	}
	for key, given := range value {
		if pattern, checked := endpointValues[name+" "+key]; checked && !pattern.MatchString(printed(given)) {
			return false
		}
	}
	return matchesShape(shape, value)
}

func matchesShape(shape string, value map[string]any) bool {
	shape, open := strings.CutSuffix(shape, " ...")
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
	return open || seen == len(value)
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
