package novu

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// approval is a tool's call that a person was asked about.
type approval struct {
	id, callID, tool string
	messageID        string // of the card; empty where it did not land
	decided          bool
	approved         bool
	closed           bool // the tool has a result, or the call was denied
}

const (
	approvePrefix = "tool-approval:approve:"
	denyPrefix    = "tool-approval:deny:"
)

// decide notes a click on an approval's card. The caller holds the lock.
func (c *conversation) decide(s *Server, actionID, role string) {
	id, approved := strings.CutPrefix(actionID, approvePrefix)
	content := "Approved tool call"
	if !approved {
		var denied bool
		if id, denied = strings.CutPrefix(actionID, denyPrefix); !denied {
			return
		}
		content = "Denied tool call"
	}
	for _, a := range c.approvals {
		if a.id == id && !a.closed {
			a.decided, a.approved, a.closed = true, approved, !approved
		}
	}
	c.write(s, entry{Role: role, Type: entryDecision, Content: content, Tool: &toolData{ApprovalID: id, Approved: &approved}})
}

// open are the approvals that a new message makes void: those whose cards wait for an answer, then those that have no
// card, and those that were approved and whose tool has no result yet.
func (c *conversation) open() []*approval {
	var waiting, others []*approval
	for _, a := range c.approvals {
		switch {
		case a.closed:
		case !a.decided && a.messageID != "":
			waiting = append(waiting, a)
		default:
			others = append(others, a)
		}
	}
	return append(waiting, others...)
}

// supersede denies the open approvals, and deletes the cards that nobody has answered.
func (s *Server) supersede(ctx context.Context, b bot, c *conversation, agentName string) {
	s.mu.Lock()
	open := c.open()
	s.mu.Unlock()
	no := false
	for _, a := range open {
		s.mu.Lock()
		card := ""
		if !a.decided {
			card = a.messageID
		}
		a.closed = true
		c.write(s, entry{
			Role: roleSystem, Type: entryDecision, Content: "Denied " + a.tool,
			Tool: &toolData{ApprovalID: a.id, Approved: &no, ToolName: a.tool},
		})
		s.mu.Unlock()
		if card != "" && b.remove(ctx, card) == nil {
			s.keepEntry(c, entry{Role: roleAgent, Type: entryDelete, SenderName: agentName})
		}
	}
}

// approvalRequest is the tool's call that a reply asks about.
type approvalRequest struct {
	ApprovalID string          `json:"approvalId"`
	ToolCallID string          `json:"toolCallId"`
	Name       string          `json:"name"`
	Input      json.RawMessage `json:"input"`
}

// ask stores the request. The caller holds the lock.
func (c *conversation) ask(s *Server, r *approvalRequest) *approval {
	c.write(s, entry{
		Role: roleAgent, Type: entryRequest, Content: "Approval required: " + r.Name,
		Tool: &toolData{ApprovalID: r.ApprovalID, ToolCallID: r.ToolCallID, ToolName: r.Name, Input: minimized(compact(r.Input))},
	})
	a := &approval{id: r.ApprovalID, callID: r.ToolCallID, tool: r.Name}
	c.approvals = append(c.approvals, a)
	return a
}

// toolResult is what a tool has returned.
type toolResult struct {
	ToolCallID string          `json:"toolCallId"`
	ToolName   string          `json:"toolName"`
	Output     json.RawMessage `json:"output"`
	Preview    string          `json:"preview"`
}

// result stores a tool's result. The caller holds the lock.
func (c *conversation) result(s *Server, r toolResult) {
	content := r.Preview
	if content == "" {
		name := r.ToolName
		if name == "" {
			name = r.ToolCallID
		}
		content = "Tool result: " + name
	}
	c.write(s, entry{
		Role: roleAgent, Type: entryResult, Content: content,
		Tool: &toolData{ToolCallID: r.ToolCallID, ToolName: r.ToolName, Output: minimized(compact(r.Output))},
	})
	for _, a := range c.approvals {
		if a.callID == r.ToolCallID {
			a.closed = true
		}
	}
}

// approvalCard is the card of the Chat SDK that an approval's card becomes: deny comes first.
func approvalCard(raw json.RawMessage, r *approvalRequest) json.RawMessage {
	var asked struct {
		Title        string `json:"title"`
		Subtitle     string `json:"subtitle"`
		ApproveLabel string `json:"approveLabel"`
		DenyLabel    string `json:"denyLabel"`
	}
	_ = json.Unmarshal(raw, &asked) // its shape was checked
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	type button struct {
		Type  string `json:"type"`
		ID    string `json:"id"`
		Label string `json:"label"`
		Style string `json:"style"`
	}
	type actions struct {
		Type     string   `json:"type"`
		Children []button `json:"children"`
	}
	return emulator.Encode(struct {
		Type     string    `json:"type"`
		Title    string    `json:"title"`
		Subtitle string    `json:"subtitle"`
		Children []actions `json:"children"`
	}{
		Type: "card", Title: or(asked.Title, "Tool approval required"), Subtitle: or(asked.Subtitle, callSummary(r)),
		Children: []actions{{Type: "actions", Children: []button{
			{Type: "button", ID: denyPrefix + r.ApprovalID, Label: or(asked.DenyLabel, "Deny"), Style: "default"},
			{Type: "button", ID: approvePrefix + r.ApprovalID, Label: or(asked.ApproveLabel, "Approve"), Style: "primary"},
		}}},
	})
}

// callSummary is the tool's name with its first plain argument.
func callSummary(r *approvalRequest) string {
	arguments, _ := parseMembers(r.Input)
	for _, a := range arguments {
		switch text := textOf(a.value); {
		case text != nil:
			return r.Name + ": " + *text
		case len(a.value) > 0 && a.value[0] != '{' && a.value[0] != '[':
			return r.Name + ": " + string(a.value)
		}
	}
	return r.Name
}
