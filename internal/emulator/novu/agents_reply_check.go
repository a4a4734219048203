package novu

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	filesPerMessage   = 15
	inlineFileChars   = 7_000_000
	metadataKeyLength = 128
	reservedMetadata  = "__novu:"
)

var (
	metadataKey       = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[-_:][a-zA-Z0-9]+)*$`)
	forbiddenMetadata = map[string]bool{"__proto__": true, "constructor": true, "prototype": true}
)

// replyProperties are the rules of a reply's body.
var replyProperties = []property{
	always("conversationId", notBlank, isString),
	always("integrationIdentifier", notBlank, isString),
	optional("reply", isContent, isObject).object(contentProperties...),
	optional("toolApprovalRequest").object(
		always("approvalId", notBlank, isString), always("toolCallId", notBlank, isString), always("name", notBlank, isString),
		optional("input", isObject), optional("approveActionId", isString), optional("denyActionId", isString),
		optional("mcpServerName", isString),
	),
	optional("edit", isObject).object(
		always("messageId", notBlank, isString),
		always("content", isContent, isObject).object(contentProperties...),
	),
	optional("resolve", isObject).object(optional("summary", isString)),
	optional("signals", eachSignal, isArray).list(
		always("type", isIn("metadata", "trigger"), isString), optional("action", isIn("set", "delete", "clear"), isString),
		optional("key", isString), optional("workflowId", isString), optional("to", isRecipients), optional("payload", isObject),
	),
	optional("toolResults", isArray).list(
		always("toolCallId", notBlank, isString), optional("toolName", isString), optional("preview", isString),
	),
	optional("addReactions", isArray).list(always("messageId", notBlank, isString), always("emojiName", notBlank, isString)),
	optional("deleteMessages", isArray).list(always("messageId", notBlank, isString)),
	optional("typing", isTypingPart),
	optional("error", isBoolean),
}

var contentProperties = []property{
	optional("markdown", isString), optional("card", isObject), optional("toolApprovalCard", isObject),
	optional("files", isArray).list(
		always("filename", notBlank, isString), optional("mimeType", isString), optional("data", isString), optional("url", isString),
	),
}

const contentMessage = "Content must have exactly one of markdown, card, or toolApprovalCard. Markdown cannot be empty. " +
	"Card must be a Chat SDK card element (`type: \"card\"`). Files require one of them. At most 15 files are allowed. " +
	"Each file needs exactly one of data or url. Inline data must be 5 MB or smaller."

// isContent is the rule for what a message says.
func isContent(v any) string {
	if !truthy(v) {
		return ""
	}
	content, _ := v.(map[string]any)
	parts := 0
	for _, name := range []string{"markdown", "card", "toolApprovalCard"} {
		if _, given := content[name]; given {
			parts++
		}
	}
	markdown, hasMarkdown := content["markdown"]
	text, _ := markdown.(string)
	shown, hasCard := content["card"]
	card, _ := shown.(map[string]any)
	if parts != 1 || hasMarkdown && strings.TrimSpace(text) == "" || hasCard && card["type"] != "card" {
		return contentMessage
	}
	files, _ := content["files"].([]any)
	if len(files) > filesPerMessage || len(files) > 0 && !hasMarkdown && !hasCard && !truthy(content["toolApprovalCard"]) {
		return contentMessage
	}
	for _, item := range files {
		file, _ := item.(map[string]any)
		if truthy(file["data"]) == truthy(file["url"]) {
			return contentMessage
		}
		if data, isText := file["data"].(string); isText && len(data) > inlineFileChars && withoutSpace(data) > inlineFileChars {
			return contentMessage
		}
	}
	return ""
}

// withoutSpace is how many characters of a text are no white space.
func withoutSpace(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func isTypingPart(v any) string {
	status, isObject := v.(map[string]any)
	given, has := status["status"]
	if v == "stop" || isObject && (!has || isString(given) == "") {
		return ""
	}
	return "typing must be 'stop' or an object with an optional string status."
}

// eachSignal is the rule for signals, which stops at the first one that is wrong.
func eachSignal(v any) string {
	signals, isList := v.([]any)
	if !isList {
		signals = []any{v}
	}
	for _, signal := range signals {
		if !isSignal(signal) {
			return `metadata signals require action (set|delete|clear): set requires a key 1-128 chars of letters, digits and "-", "_", ":" ` +
				`separators (or a framework-reserved "__novu:" namespaced key) plus a defined value; delete requires a valid key; clear ` +
				"requires no additional fields; trigger signals require workflowId."
		}
	}
	return ""
}

func isSignal(v any) bool {
	signal, _ := v.(map[string]any)
	switch signal["type"] {
	case "metadata":
		_, hasValue := signal["value"]
		switch signal["action"] {
		case nil, "set":
			return hasValue && isMetadataKey(signal["key"])
		case "delete":
			return isMetadataKey(signal["key"])
		}
		return signal["action"] == "clear"
	case "trigger":
		workflow, _ := signal["workflowId"].(string)
		return workflow != ""
	}
	return false
}

func isMetadataKey(v any) bool {
	key, _ := v.(string)
	if len(key) > metadataKeyLength || forbiddenMetadata[key] {
		return false
	}
	return metadataKey.MatchString(strings.TrimPrefix(key, reservedMetadata))
}

// isRecipients is the rule for whom a workflow is triggered.
func isRecipients(v any) string {
	items, isList := v.([]any)
	text, isText := v.(string)
	right := isText && text != "" || isList && len(items) > 0 || !isText && !isList && isSubscriberObject(v)
	for _, item := range items {
		name, isName := item.(string)
		if isName && name == "" || !isName && !isSubscriberObject(item) && !isTopicObject(item) {
			right = false
		}
	}
	if right {
		return ""
	}
	return "%s must be a subscriberId string, a subscriber object with subscriberId, a topic object, or an array of those."
}

func isSubscriberObject(v any) bool {
	object, _ := v.(map[string]any)
	id, _ := object["subscriberId"].(string)
	return strings.TrimSpace(id) != ""
}

func isTopicObject(v any) bool {
	object, _ := v.(map[string]any)
	kind, _ := object["type"].(string)
	key, _ := object["topicKey"].(string)
	return kind != "" && key != ""
}

// checkReply is the refusal of a reply's body: what is wrong with a part, then with their
// combination.
func (s *Server) checkReply(c *call) *reply {
	if refused := c.invalid(replyProperties...); refused != nil {
		return refused
	}
	parts := givenParts(c.Object())
	rest := parts.any("resolve", "signals", "toolResults", "toolApprovalRequest", "addReactions", "deleteMessages")
	content, _ := c.Object()["reply"].(map[string]any)
	switch {
	case parts["error"] && (rest || parts.any("reply", "edit", "typing")):
		return c.badRequest("error cannot be combined with reply, edit, resolve, signals, toolResults, toolApprovalRequest, addReactions, " +
			"deleteMessages, plan, or typing")
	case parts["error"]:
		return nil
	case parts["reply"] && parts["edit"]:
		return c.badRequest("Only one of reply or edit can be provided")
	case parts["edit"] && rest:
		return c.badRequest("edit cannot be combined with resolve, signals, toolResults, toolApprovalRequest, addReactions, or deleteMessages")
	case !rest && !parts.any("reply", "edit", "typing"):
		return c.badRequest("At least one of reply, edit, resolve, signals, toolResults, toolApprovalRequest, addReactions, deleteMessages, " +
			"plan, typing, or error must be provided")
	case truthy(content["toolApprovalCard"]) && !parts["toolApprovalRequest"]:
		return c.badRequest("toolApprovalCard reply requires an accompanying toolApprovalRequest")
	}
	return nil
}

// replyParts are the parts that a reply has.
type replyParts map[string]bool

func givenParts(body map[string]any) replyParts {
	parts := replyParts{}
	for name, value := range body {
		list, isList := value.([]any)
		parts[name] = truthy(value) && (!isList || len(list) > 0)
	}
	return parts
}

func (p replyParts) any(names ...string) bool {
	for _, name := range names {
		if p[name] {
			return true
		}
	}
	return false
}
