package agent_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// seenTurn returns the turn and the message of a delivery.
func seenTurn(t *testing.T, event string, changes map[string]any) (turn *agent.Turn, m *agent.Message) {
	t.Helper()
	h := newBridge(t, new(replyRoute), agent.Bot{
		OnMessage: func(_ context.Context, tt *agent.Turn, mm *agent.Message) error { turn, m = tt, mm; return nil },
		OnResolve: func(_ context.Context, tt *agent.Turn, r *agent.Resolution) error {
			turn, m = tt, &agent.Message{Text: r.Summary}
			return nil
		},
	})
	play(t, h, event, changes)
	require.NotNil(t, turn)
	return turn, m
}

func TestATurnHoldsWhatNovuSent(t *testing.T) {
	t.Parallel()
	turn, m := seenTurn(t, "onMessage", map[string]any{
		"subscriber": map[string]any{"subscriberId": "carol", "firstName": "Carol", "phone": "+49", "data": map[string]any{"plan": "pro"}},
		"context":    map[string]any{"tenant": map[string]any{"id": "acme", "data": map[string]any{"tier": "gold"}}, "region": "eu", "odd": 7},
		"history": []any{
			map[string]any{"role": "agent", "type": "message", "content": "file", "richContent": map[string]any{"markdown": "file", "files": []any{
				map[string]any{"filename": "a.txt", "data": "aGVsbG8="}, map[string]any{"filename": "b.txt", "data": "not base64"},
			}}},
			map[string]any{"type": "tool_approval_decision", "toolData": map[string]any{"approvalId": "c", "approved": true}},
			"odd",
		},
		"notification":  map[string]any{"id": "n1", "workflowId": "order-shipped", "payload": map[string]any{"orderId": 7}},
		"humanResponse": map[string]any{"requestId": "hr_1", "expired": true},
		"futureField":   map[string]any{"x": 1},
		"platformContext": map[string]any{
			"threadId": "th", "channelId": "ch", "isDM": false, "message": map[string]any{"id": "17"},
		},
	})
	assert.Equal(t, "hello", m.Text)
	assert.Equal(t, &novu.SubscriberProfile{SubscriberID: "carol", FirstName: "Carol", Phone: "+49", Data: map[string]any{"plan": "pro"}}, turn.Subscriber)
	assert.Equal(t, novu.ContextPayload{"tenant": {ID: "acme", Data: map[string]any{"tier": "gold"}}, "region": {ID: "eu"}}, turn.Context)
	require.Len(t, turn.History, 3)
	assert.Equal(t, []agent.File{{Name: "a.txt", Data: []byte("hello")}, {Name: "b.txt"}}, turn.History[0].RichContent.Files)
	assert.True(t, *turn.History[1].Tool.Approved)
	assert.Equal(t, "order-shipped", turn.Notification.WorkflowID)
	assert.True(t, turn.HumanResponse.Expired)
	assert.Equal(t, map[string]json.RawMessage{"futureField": json.RawMessage(`{"x":1}`)}, turn.Extra)
	assert.JSONEq(t, `{"id":"17"}`, string(turn.Activity))
	assert.Equal(t, time.Date(2026, 11, 24, 11, 59, 59, 900e6, time.UTC), turn.Timestamp)
	assert.Equal(t, "th ch", turn.ThreadID+" "+turn.ChannelID)
	assert.False(t, turn.DM)
	assert.Equal(t, agent.Ref{AgentIdentifier: "support", ConversationID: conversation, IntegrationIdentifier: "teams-main"}, turn.Ref())
}

// An odd field is as good as none; the turn runs all the same.
func TestOddFields(t *testing.T) {
	t.Parallel()
	for _, odd := range []any{nil, 7, "text", []any{1}, map[string]any{"x": 1}, true} {
		turn, m := seenTurn(t, "onMessage", map[string]any{
			"message": odd, "subscriber": odd, "subscriberAccess": odd, "context": odd, "history": odd, "conversation": odd, "platform": odd,
			"platformContext": odd, "timestamp": odd, "replyUrl": odd, "notification": odd, "humanResponse": odd, "deliveryId": odd,
		})
		assert.NotNil(t, m)
		assert.Nil(t, turn.Subscriber)
		assert.Equal(t, conversation, turn.ConversationID)
	}
}

func TestResolution(t *testing.T) {
	t.Parallel()
	resolve := func(payload any) map[string]any {
		return map[string]any{"type": "signal", "signalData": map[string]any{"type": "resolve", "payload": payload}}
	}
	_, m := seenTurn(t, "onResolve", map[string]any{"history": []any{
		resolve(map[string]any{"summary": "before"}), resolve(map[string]any{"summary": "Answered"}), map[string]any{"type": "message"},
	}})
	assert.Equal(t, "Answered", m.Text)
	_, m = seenTurn(t, "onResolve", map[string]any{"history": []any{resolve(nil)}})
	assert.Empty(t, m.Text)
}

// These are all deliveries that a running Novu 3.19 made in the recordings, each once.
func TestRecordedDeliveries(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join("testdata", "deliveries.jsonl.gz"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, file.Close()) })
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	ran := map[agent.Event]int{}
	for lines := json.NewDecoder(unzipped); lines.More(); {
		var recorded struct {
			Name string          `json:"name"`
			Path string          `json:"path"`
			Body json.RawMessage `json:"body"`
		}
		require.NoError(t, lines.Decode(&recorded))
		look := func(turn *agent.Turn, id string) {
			ran[turn.Event]++
			assert.NotEmpty(t, id, recorded.Name)
			assert.Empty(t, turn.Extra, recorded.Name)
			assert.Equal(t, "teams", turn.Platform)
			for _, at := range []time.Time{turn.Timestamp, turn.Conversation.CreatedAt, turn.Conversation.LastActivityAt} {
				assert.False(t, at.IsZero(), recorded.Name)
			}
			for _, e := range turn.History {
				assert.False(t, e.Role == "" || e.Type == "" || e.CreatedAt.IsZero(), recorded.Name)
			}
		}
		h := newBridge(t, new(replyRoute), agent.Bot{
			OnMessage: func(_ context.Context, turn *agent.Turn, m *agent.Message) error {
				look(turn, m.Author.UserID)
				return nil
			},
			OnAction:   func(_ context.Context, turn *agent.Turn, a *agent.Action) error { look(turn, a.ID); return nil },
			OnReaction: func(_ context.Context, turn *agent.Turn, r *agent.Reaction) error { look(turn, r.Emoji); return nil },
			OnResolve: func(_ context.Context, turn *agent.Turn, r *agent.Resolution) error {
				look(turn, r.Summary)
				return nil
			},
			OnApproval: func(_ context.Context, turn *agent.Turn, d *agent.Approval) (any, error) {
				look(turn, d.Call.Name)
				return nil, nil
			},
			AllowUnlinked: true,
		}, agent.WithSynchronousTurns())
		_, event, _ := strings.Cut(recorded.Path, "event=")
		require.Equal(t, 200, deliver(h, signedRequest(event, recorded.Body)).Code, recorded.Name)
	}
	assert.Equal(t, map[agent.Event]int{agent.EventMessage: 49, agent.EventAction: 16, agent.EventReaction: 3, agent.EventResolve: 2}, ran)
}

// What a turn held is not kept by what outlives it.
func TestATurnsBodyIsNotKept(t *testing.T) {
	t.Parallel()
	var sent *agent.Sent
	var ref agent.Ref
	var held weak.Pointer[agent.Turn]
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) (err error) {
		held, ref = weak.Make(turn), turn.Ref()
		sent, err = turn.Reply(ctx, agent.Markdown("x"))
		return err
	}})
	play(t, h, "onMessage", nil)
	runtime.GC()
	assert.Nil(t, held.Value())
	runtime.KeepAlive(sent)
	runtime.KeepAlive(h)
	assert.Equal(t, conversation, ref.ConversationID)
}
