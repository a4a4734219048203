package novu

import (
	"context"
	"encoding/json"
)

// rendering says how content is rendered.
type rendering struct {
	call     *call
	agent    string // identifier, for the branding
	branding bool
	edit     bool // files are dropped
}

func (s *Server) renderContent(_ context.Context, content json.RawMessage, r rendering) (map[string]any, *reply) {
	var parsed replyContent
	_ = json.Unmarshal(content, &parsed)
	if parsed.Markdown != nil {
		return markdownText(*parsed.Markdown), nil
	}
	if r.call != nil {
		return nil, r.call.notImplemented() // cards follow
	}
	return map[string]any{"text": "", "attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "content": parsed.Card}}}, nil
}

func (s *Server) checkReply(*call) *reply { return nil }

func (s *Server) redeemAction(string) (string, *string, bool) { return "", nil, false }
