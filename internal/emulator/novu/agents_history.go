package novu

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// historyLimit is how many entries a delivery has.
const historyLimit = 50

// Roles and types of entries.
const (
	roleSubscriber   = "subscriber"
	rolePlatformUser = "platform_user" // somebody whom Novu does not know
	roleAgent        = "agent"
	roleSystem       = "system"

	entryMessage  = "message"
	entryEdit     = "edit"
	entryDelete   = "delete"
	entrySignal   = "signal"
	entryRequest  = "tool_approval_request"
	entryDecision = "tool_approval_decision"
	entryResult   = "tool_result"
)

// entry is one entry of a history.
type entry struct {
	Role       string      `json:"role"`
	Type       string      `json:"type"`
	Content    string      `json:"content"`
	Rich       *rich       `json:"richContent,omitempty"`
	Signal     *signalData `json:"signalData,omitempty"`
	Tool       *toolData   `json:"toolData,omitempty"`
	SenderName string      `json:"senderName,omitempty"`
	CreatedAt  stamp       `json:"createdAt"`
}

// rich is what an agent's message was beside its text.
type rich struct {
	Markdown string          `json:"markdown,omitempty"`
	Card     json.RawMessage `json:"card,omitempty"`
	Files    json.RawMessage `json:"files,omitempty"`
}

type signalData struct {
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

type toolData struct {
	ApprovalID string          `json:"approvalId,omitempty"`
	ToolCallID string          `json:"toolCallId,omitempty"`
	Approved   *bool           `json:"approved,omitempty"`
	ToolName   string          `json:"toolName,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
}

// write appends an entry. Messages count. The caller holds the lock.
func (c *conversation) write(s *Server, e entry) {
	now := s.host.Clock.Now()
	e.CreatedAt = stamp(now)
	c.history = append(c.history, emulator.Encode(e))
	if e.Type == entryMessage {
		c.messageCount++
		c.lastActivity = now
	}
}

// keepEntry is write for those who don't hold the lock.
func (s *Server) keepEntry(c *conversation, e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.write(s, e)
}

// recent are the entries that a delivery has.
func (c *conversation) recent() []json.RawMessage {
	return slices.Clone(c.history[max(0, len(c.history)-historyLimit):])
}

// contentText is what the history says of an agent's content: a card's texts, or else its title.
func contentText(content replyContent) string {
	if content.Markdown != nil {
		return *content.Markdown
	}
	var card struct {
		Title string `json:"title"`
	}
	_ = json.Unmarshal(content.Card, &card) // a title of another kind is none
	if text := cardTexts(content.Card); text != "" {
		return text
	}
	if card.Title != "" {
		return card.Title
	}
	return "[Card]"
}

// richContent is what the history keeps beside the text, or nil.
func richContent(content replyContent) *rich {
	kept := &rich{Card: minimized(content.Card), Files: content.Files}
	if content.Markdown != nil && content.Files != nil {
		kept.Markdown = *content.Markdown
	}
	if kept.Card == nil && kept.Files == nil {
		return nil
	}
	return kept
}

// cardTexts are the texts that stand directly in a card.
func cardTexts(card json.RawMessage) string {
	var parsed struct {
		Children []json.RawMessage `json:"children"`
	}
	_ = json.Unmarshal(card, &parsed) // a card without children says nothing
	var texts []string
	for _, child := range parsed.Children {
		var text struct {
			Type    string `json:"type"`
			Content string `json:"content"`
		}
		if json.Unmarshal(child, &text) == nil && text.Type == "text" && text.Content != "" {
			texts = append(texts, text.Content)
		}
	}
	return strings.Join(texts, "\n")
}
