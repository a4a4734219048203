package novu

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/novu-go/novu/internal/emulator"
)

// adaptiveCard is the content type of the cards that Novu sends.
const adaptiveCard = "application/vnd.microsoft.card.adaptive"

// rendering says how content is rendered.
type rendering struct {
	call     *call  // nil where Novu itself says something
	agent    string // identifier
	branding bool   // Markdown becomes a card with "Powered by Novu"
	edit     bool   // files are checked and dropped
}

// renderContent is the part of an activity that content becomes: text and textFormat, or
// attachments. It fails as Novu does, where a file can't be had or a card can't be converted. The
// caller must not hold the lock.
func (s *Server) renderContent(ctx context.Context, content json.RawMessage, r rendering) (map[string]any, *reply) {
	var parsed struct {
		Markdown *string        `json:"markdown"`
		Card     any            `json:"card"`
		Files    []outgoingFile `json:"files"`
	}
	_ = emulator.Decode(content, &parsed) // checkReply says what is wrong with it
	attachments, fault := s.attachFiles(ctx, parsed.Files)
	if fault != "" {
		return nil, r.refuse(http.StatusBadRequest, "attachment_failed", fault)
	}
	if r.edit {
		attachments = nil
	}
	if parsed.Markdown != nil && !r.branding {
		fields := map[string]any{"text": teamsMarkdown(*parsed.Markdown), "textFormat": "markdown"}
		if len(attachments) > 0 {
			fields["attachments"] = attachments
		}
		return fields, nil
	}
	card, _ := parsed.Card.(map[string]any)
	if parsed.Markdown != nil {
		card = brandedCard(*parsed.Markdown, r.agent)
	}
	if fault = checkIteration(card, r.edit); fault != "" {
		return nil, r.refuse(http.StatusBadGateway, "delivery_failed", fault)
	}
	shown, fault := convertCard(s.tokenize(card, r.agent))
	if fault != "" {
		return nil, r.refuse(http.StatusBadGateway, "delivery_failed", fault)
	}
	attachments = append([]any{map[string]any{"contentType": adaptiveCard, "content": shown}}, attachments...)
	return map[string]any{"text": "", "attachments": attachments}, nil
}

// refuse is Novu's answer where content can't be delivered.
func (r rendering) refuse(status int, name, message string) *reply {
	if r.call == nil {
		return &reply{Status: status}
	}
	return r.call.exception(status, message, map[string]any{"error": name})
}

// brandedCard is what a text becomes without a paid plan.
func brandedCard(text, agent string) map[string]any {
	const poweredBy = "Powered by [Novu](https://go.novu.co/agent-powered?utm_campaign=agent-powered&utm_medium=chat&utm_source="
	return map[string]any{"type": "card", "children": []any{
		map[string]any{"type": "text", "content": text},
		map[string]any{"type": "text", "style": "muted", "content": poweredBy + agent + "&utm_channel=teams)"},
	}}
}

// checkIteration is why Novu can't look through a card for the addresses that its buttons call, or
// "". It does so before a card is posted, and not before an edit.
func checkIteration(card map[string]any, edit bool) string {
	if edit {
		return ""
	}
	return iterationFault(card["children"], "children")
}

func iterationFault(children any, name string) string {
	list, isList := children.([]any)
	if _, isText := children.(string); !isList && !isText {
		return name + " is not iterable"
	}
	for _, child := range list {
		object, _ := child.(map[string]any)
		inner, has := object["children"]
		fault := ""
		switch {
		case child == nil:
			fault = "Cannot read properties of null (reading 'type')"
		case object["type"] == "actions":
			fault = iterationFault(inner, "child.children")
		case object["type"] == "section" && has:
			fault = iterationFault(inner, "children")
		}
		if fault != "" {
			return fault
		}
	}
	return ""
}
