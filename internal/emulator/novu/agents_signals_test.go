package novu

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func set(key string, value any) map[string]any {
	return map[string]any{"type": "metadata", "key": key, "value": value}
}

func TestMetadata(t *testing.T) {
	b := talking(t)
	signal := func(signals ...any) {
		b.Helper()
		status, answer := b.reply(map[string]any{"signals": signals})
		require.Equal(t, http.StatusOK, status, answer)
		assert.Nil(t, answer["data"])
	}
	signal(set("step", "two"), set("crm:id", map[string]any{"a": []any{1, nil}}))
	signal(map[string]any{"type": "metadata", "action": "delete", "key": "step"})
	signal(set("n", nil), set("empty", map[string]any{}))
	state := func() map[string]any {
		return b.bridge.body(t, -1)["conversation"].(map[string]any)["metadata"].(map[string]any)
	}
	b.history()
	assert.Equal(t, map[string]any{"crm:id": map[string]any{"a": []any{1.0, nil}}, "n": nil, "empty": map[string]any{}}, state())
	signal(map[string]any{"type": "metadata", "action": "clear"})
	history := b.history()
	assert.Equal(t, map[string]any{}, state())
	var said []any
	for _, e := range history {
		if e["role"] == "system" {
			said = append(said, e["content"], e["signalData"].(map[string]any)["payload"])
		}
	}
	id := map[string]any{"a": []any{1.0, nil}}
	assert.Equal(t, []any{
		"Metadata updated: step, crm:id", map[string]any{"step": "two", "crm:id": id},
		"Metadata updated: -step", map[string]any{"crm:id": id},
		"Metadata updated: n, empty", map[string]any{"crm:id": id, "n": nil}, // the database keeps no empty objects
		"Metadata updated: (cleared)", nil,
	}, said)
}

func TestMetadataKeepsItsOrder(t *testing.T) {
	b := talking(t)
	b.reply(map[string]any{"signals": []any{set("z", 1), set("a", 2), set("m", 3)}})
	b.reply(map[string]any{"signals": []any{set("a", 4)}})
	b.history()
	assert.Contains(t, string(b.bridge.bodies[len(b.bridge.bodies)-1]), `"metadata":{"z":1,"a":4,"m":3}`)
}

// Too much metadata changes nothing.
func TestMetadataLimit(t *testing.T) {
	b := talking(t)
	status, answer := b.reply(map[string]any{"signals": []any{set("a", 1), set("big", strings.Repeat("x", 66000))}})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "Conversation metadata exceeds 64KB limit", answer["message"])
	assert.JSONEq(t, "{}", string(b.s.AgentConversations()[0].Metadata))
}

// A trigger goes to the conversation's person unless it says to whom. An unknown workflow is passed over.
func TestTriggers(t *testing.T) {
	b := talking(t)
	status, answer := b.api("POST", "/v2/workflows", map[string]any{
		"workflowId": "agent-wf", "name": "Agent", "active": true, "__source": "editor",
		"steps": []any{map[string]any{"name": "Chat", "type": "chat", "controlValues": map[string]any{"body": "Workflow says {{payload.n}}"}}},
	})
	require.Equal(t, http.StatusCreated, status, answer)
	status, answer = b.reply(map[string]any{"signals": []any{
		map[string]any{"type": "trigger", "workflowId": "agent-wf", "payload": map[string]any{"n": 7}},
		map[string]any{"type": "trigger", "workflowId": "nope"},
		map[string]any{"type": "trigger", "workflowId": "agent-wf", "to": map[string]any{"subscriberId": "gina"}},
	}})
	require.Equal(t, http.StatusOK, status, answer)
	b.settled()
	_, answer = b.api("GET", "/v1/notifications", nil)
	assert.Len(t, answer["data"], 2)
	history := b.history()[1:]
	require.Len(t, history, 2)
	assert.Equal(t, "Triggered workflow: agent-wf", history[0]["content"])
	payload := history[0]["signalData"].(map[string]any)["payload"].(map[string]any)
	assert.Equal(t, "frank", payload["to"])
	assert.NotEmpty(t, payload["transactionId"])
	payload = history[1]["signalData"].(map[string]any)["payload"].(map[string]any)
	assert.Equal(t, map[string]any{"subscriberId": "gina"}, payload["to"])
	messages := b.host.Inbox.Messages()
	require.Len(t, messages, 1)
	assert.Equal(t, "Workflow says 7", messages[0].Text)
}
