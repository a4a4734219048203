package novu

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask asks for approval.
func (b *bench) ask(id string) {
	b.Helper()
	status, answer := b.reply(map[string]any{
		"toolApprovalRequest": map[string]any{"approvalId": id, "toolCallId": id, "name": "refund", "input": map[string]any{"x": 1}},
		"reply":               map[string]any{"toolApprovalCard": map[string]any{"type": "tool-approval-card", "title": "Approve?"}},
	})
	require.Equal(b, http.StatusOK, status, answer)
}

func (b *bench) click(id string) {
	b.Helper()
	status, _ := b.post("teams-main", b.activity("frank", map[string]any{"value": map[string]any{"actionId": id}, "replyToId": "1"}))
	require.Equal(b, http.StatusOK, status)
	b.settled()
}

// contents are type and content of entries.
func contents(entries []map[string]any) []string {
	all := []string{}
	for _, e := range entries {
		all = append(all, e["type"].(string)+": "+e["content"].(string))
	}
	return all
}

// A new message denies what nobody has answered, and its card is deleted.
func TestAMessageDeniesAPendingApproval(t *testing.T) {
	b := talking(t)
	b.ask("a1")
	assert.Len(t, b.host.Inbox.Messages(), 1)
	b.say("frank", "never mind")
	b.settled()
	assert.Empty(t, b.host.Inbox.Messages())
	history := b.history()
	assert.Equal(t, []string{
		"message: hi", "tool_approval_request: Approval required: refund", "message: Approve?", "message: never mind",
		"tool_approval_decision: Denied refund", "delete: ",
	}, contents(history))
	assert.Equal(t, map[string]any{"approvalId": "a1", "toolCallId": "a1", "toolName": "refund", "input": map[string]any{"x": 1.0}}, history[1]["toolData"])
	assert.Equal(t, map[string]any{"approvalId": "a1", "approved": false, "toolName": "refund"}, history[4]["toolData"])
}

// So does it deny an approved call without a result, but keeps the card; with a result it does not.
func TestAnApprovedCallNeedsItsResult(t *testing.T) {
	for _, withResult := range []bool{false, true} {
		b := talking(t)
		b.ask("a1")
		b.click("tool-approval:approve:a1")
		assert.Equal(t, map[string]any{"id": "tool-approval:approve:a1", "sourceMessageId": "1"}, b.bridge.body(t, -1)["action"])
		want := []string{"message: hi", "tool_approval_request: Approval required: refund", "message: Approve?", "tool_approval_decision: Approved tool call"}
		if withResult {
			b.reply(map[string]any{"toolResults": []any{map[string]any{"toolCallId": "a1", "toolName": "refund", "output": map[string]any{"ok": true}}}})
			want = append(want, "tool_result: Tool result: refund")
		}
		b.say("frank", "thanks")
		b.settled()
		want = append(want, "message: thanks")
		if !withResult {
			want = append(want, "tool_approval_decision: Denied refund")
		}
		assert.Equal(t, want, contents(b.history()))
		assert.Len(t, b.host.Inbox.Messages(), 1)
	}
}

// Of several approvals those whose cards wait come first.
func TestSeveralApprovalsAreDenied(t *testing.T) {
	b := talking(t)
	b.ask("approved")
	b.click("tool-approval:approve:approved")
	status, _ := b.reply(map[string]any{"toolApprovalRequest": map[string]any{"approvalId": "cardless", "toolCallId": "c", "name": "refund"}})
	require.Equal(t, http.StatusOK, status)
	b.ask("waiting")
	b.say("frank", "never mind")
	b.settled()
	var denied []any
	for _, e := range b.history() {
		if e["type"] == entryDecision && e["role"] == roleSystem || e["type"] == entryDelete {
			tool, _ := e["toolData"].(map[string]any)
			denied = append(denied, tool["approvalId"])
		}
	}
	assert.Equal(t, []any{"waiting", nil, "approved", "cardless"}, denied)
}

// A denied call is done with.
func TestADeniedCallIsDone(t *testing.T) {
	b := talking(t)
	b.ask("a:1")
	b.click("tool-approval:deny:a:1")
	history := b.history()
	last := history[len(history)-1]
	assert.Equal(t, "Denied tool call", last["content"])
	assert.Equal(t, map[string]any{"approvalId": "a:1", "approved": false}, last["toolData"])
	assert.Len(t, b.host.Inbox.Messages(), 1)
}

func TestToolResults(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"toolResults": []any{
		map[string]any{"toolCallId": "c1", "toolName": "lookup", "output": map[string]any{"ok": true}, "preview": "found"},
		map[string]any{"toolCallId": "c2"},
	}})
	require.Equal(t, http.StatusOK, status)
	assert.Nil(t, answer["data"])
	history := b.history()[1:]
	assert.Equal(t, []string{"tool_result: found", "tool_result: Tool result: c2"}, contents(history))
	assert.Equal(t, map[string]any{"toolCallId": "c1", "toolName": "lookup", "output": map[string]any{"ok": true}}, history[0]["toolData"])
}

func TestApprovalCard(t *testing.T) {
	for raw, want := range map[string][]string{
		`{"type":"tool-approval-card"}`:                                   {"Tool approval required", "refund: 42", "Deny", "Approve"},
		`{"title":"T","subtitle":"S","approveLabel":"Y","denyLabel":"N"}`: {"T", "S", "N", "Y"},
	} {
		var card struct {
			Title, Subtitle string
			Children        []struct {
				Children []struct{ ID, Label, Style string }
			}
		}
		require.NoError(t, json.Unmarshal(approvalCard([]byte(raw), &approvalRequest{
			ApprovalID: "a1", Name: "refund", Input: []byte(`{"deep":{"x":1},"order":"42","amount":25}`),
		}), &card))
		buttons := card.Children[0].Children
		assert.Equal(t, want, []string{card.Title, card.Subtitle, buttons[0].Label, buttons[1].Label})
		assert.Equal(t, "tool-approval:deny:a1", buttons[0].ID)
		assert.Equal(t, "tool-approval:approve:a1", buttons[1].ID)
		assert.Equal(t, "primary", buttons[1].Style)
	}
	assert.Equal(t, "refund", callSummary(&approvalRequest{Name: "refund", Input: []byte(`{}`)}))
}
