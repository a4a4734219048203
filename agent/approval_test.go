package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

func TestRequestApproval(t *testing.T) {
	t.Parallel()
	r, turn := openTurn(t)
	sent, err := turn.RequestApproval(t.Context(), agent.ToolCall{Name: "refund", Input: map[string]any{"order": 42}, Title: "Refund?", DenyLabel: "No"})
	require.NoError(t, err)
	assert.Equal(t, "pm-1", sent.MessageID)
	body := r.sent()[0]
	assert.Equal(t, object{"toolApprovalCard": object{"type": "tool-approval-card", "title": "Refund?", "denyLabel": "No"}}, body["reply"])
	request := body["toolApprovalRequest"].(object)
	assert.True(t, strings.HasPrefix(request["toolCallId"].(string), "call_"), "an id is made")
	assert.Equal(t, request["toolCallId"], request["approvalId"])
	assert.Equal(t, object{"order": 42.0}, request["input"])
}

// Without a result, Novu writes "Denied" over an approved call.
func TestTheResultOfAnApprovalIsAlwaysSent(t *testing.T) {
	t.Parallel()
	history := []any{
		map[string]any{"type": "tool_approval_request", "toolData": map[string]any{"approvalId": "call:1", "toolCallId": "tc", "toolName": "refund", "input": map[string]any{"order": 42}}},
		map[string]any{"type": "message"},
	}
	for name, test := range map[string]struct {
		id     string
		result any
		err    error
		panics bool
		want   []object
	}{
		"approved":      {id: "tool-approval:approve:call:1", result: object{"ok": true}, want: []object{results(object{"ok": true})}},
		"denied":        {id: "tool-approval:deny:call:1", want: []object{results(nil)}},
		"failed":        {id: "tool-approval:approve:call:1", err: errors.New("boom"), want: []object{{"error": true}, results(nil)}},
		"panicked":      {id: "tool-approval:approve:call:1", panics: true, want: []object{{"error": true}, results(nil)}},
		"no JSON":       {id: "tool-approval:approve:call:1", result: func() {}, want: []object{{"error": true}, results(nil)}},
		"another verb":  {id: "tool-approval:ask:call:1", want: []object{markdown("click")}},
		"no id":         {id: "tool-approval:approve:", want: []object{markdown("click")}},
		"another click": {id: "refund", want: []object{markdown("click")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := new(replyRoute)
			h := newBridge(t, r, agent.Bot{
				OnAction: func(ctx context.Context, turn *agent.Turn, _ *agent.Action) error {
					_, err := turn.Reply(ctx, agent.Markdown("click"))
					return err
				},
				OnApproval: func(_ context.Context, _ *agent.Turn, d *agent.Approval) (any, error) {
					assert.Equal(t, &agent.Approval{
						Call: agent.ToolCall{ID: "tc", Name: "refund", Input: object{"order": 42.0}}, Approved: strings.Contains(test.id, "approve"), MessageID: "m",
					}, d)
					if test.panics {
						panic("boom")
					}
					return test.result, test.err
				},
			})
			play(t, h, "onAction", map[string]any{"history": history, "action": object{"id": test.id, "sourceMessageId": "m"}})
			assert.Equal(t, test.want, r.sent())
		})
	}
}

func results(output any) object {
	return object{"toolResults": []any{object{"toolCallId": "tc", "toolName": "refund", "output": output}}}
}

func TestApprovalOfAForgottenRequest(t *testing.T) {
	t.Parallel()
	var got *agent.Approval
	h := newBridge(t, new(replyRoute), agent.Bot{OnApproval: func(_ context.Context, _ *agent.Turn, d *agent.Approval) (any, error) {
		got = d
		return nil, nil
	}})
	play(t, h, "onAction", map[string]any{"action": object{"actionId": "tool-approval:deny:old:call", "sourceMessageId": "m"}})
	assert.Equal(t, &agent.Approval{Call: agent.ToolCall{ID: "old:call"}, MessageID: "m"}, got)
}
