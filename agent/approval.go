package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// ToolCall is something that the bot does only with a person's approval.
type ToolCall struct {
	ID    string // made here if empty
	Name  string // required
	Input any    // encodes to a JSON object, or nil

	// Texts of the card, Novu's own where empty. They are not kept: an [Approval] has none.
	Title        string
	Subtitle     string
	ApproveLabel string
	DenyLabel    string
}

// Approval is a person's decision on a tool call.
type Approval struct {
	Call      ToolCall // without Name and Input if the request is more than 50 entries back
	Approved  bool
	MessageID string // of the card; Edit and Delete take it
}

// RequestApproval posts a card with two buttons. The decision comes to [Bot].OnApproval. It carries what
// was queued before, as Reply does, and has the same errors. If the person writes instead, Novu deletes
// the card and notes a denial. The bot is not told.
//
// API: POST /v1/agents/{identifier}/reply
func (s *Sender) RequestApproval(ctx context.Context, call ToolCall) (*Sent, error) {
	const op = "request approval"
	c := check.Checks{Op: op}
	required(&c, "Name", call.Name)
	input, err := json.Marshal(call.Input)
	switch {
	case err != nil:
		c.Add("Input", "can't be encoded: "+err.Error())
	case string(input) != "null" && input[0] != '{':
		c.Add("Input", "must encode to a JSON object")
	}
	if err := invalidParams(&c); err != nil {
		return nil, err
	}
	if call.ID == "" {
		call.ID = "call_" + strings.ToLower(rand.Text())
	}
	request := &novu.AgentToolApprovalRequest{ApprovalID: call.ID, ToolCallID: call.ID, Name: call.Name}
	if string(input) != "null" {
		request.Input = json.RawMessage(input)
	}
	return s.post(ctx, op, novu.AgentReplyParams{
		Reply: &novu.AgentContent{ToolApprovalCard: &novu.AgentToolApprovalCard{
			Title: call.Title, Subtitle: call.Subtitle, ApproveLabel: call.ApproveLabel, DenyLabel: call.DenyLabel,
		}},
		ToolApprovalRequest: request,
	})
}

// approval returns the decision that a click makes, nil for an ordinary click.
func (t *Turn) approval() *Approval {
	rest, ok := strings.CutPrefix(t.click.ID, "tool-approval:")
	if !ok {
		return nil
	}
	verb, id, ok := strings.Cut(rest, ":")
	if !ok || id == "" || verb != "approve" && verb != "deny" {
		return nil
	}
	approval := &Approval{Call: ToolCall{ID: id}, Approved: verb == "approve", MessageID: t.click.SourceMessageID}
	for _, e := range slices.Backward(t.History) {
		if e.Type == "tool_approval_request" && e.Tool != nil && e.Tool.ApprovalID == id {
			if e.Tool.CallID != "" {
				approval.Call.ID = e.Tool.CallID
			}
			approval.Call.Name, approval.Call.Input = e.Tool.Name, e.Tool.Input
			break
		}
	}
	return approval
}

// endpointIdentifier is the same for the same link, so that linking twice is once.
func endpointIdentifier(integration, subscriber, user string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{integration, subscriber, user}, "\x00")))
	return "agent-" + hex.EncodeToString(sum[:10])
}
