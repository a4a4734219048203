package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// object is what a request held.
type object = map[string]any

func markdown(text string) object { return object{"reply": object{"markdown": text}} }

func setSignal(key string, value any) object {
	return object{"type": "metadata", "action": "set", "key": key, "value": value}
}

func TestQueuedChangesGoWithTheNextReply(t *testing.T) {
	t.Parallel()
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		require.NoError(t, turn.SetMetadata("a", 1))
		require.NoError(t, turn.Resolve("first"))
		require.NoError(t, turn.Resolve("done"))
		require.NoError(t, turn.Edit(ctx, "m", agent.Markdown("edits carry nothing")))
		_, err := turn.Reply(ctx, agent.Markdown("x"))
		require.NoError(t, err)
		require.NoError(t, turn.DeleteMetadata("ticket"))
		require.NoError(t, turn.Trigger(agent.TriggerParams{WorkflowID: "w", To: novu.ToTopic("t")}))
		var value any
		found, err := turn.Metadata("ticket", &value)
		require.NoError(t, err)
		assert.False(t, found, "the deletion is seen at once")
		found, err = turn.Metadata("a", &value)
		require.NoError(t, err)
		assert.True(t, found)
		assert.EqualValues(t, 1, value)
		_, err = turn.Metadata("a", new(string))
		return errors.Join(onlyIf(!errors.Is(err, agent.ErrInvalidParams), "a number is no string"), turn.ClearMetadata())
	}})
	play(t, h, "onMessage", nil)
	assert.Equal(t, []object{
		{"edit": object{"messageId": "m", "content": object{"markdown": "edits carry nothing"}}},
		{"reply": object{"markdown": "x"}, "signals": []any{setSignal("a", 1.0)}, "resolve": object{"summary": "done"}},
		{"signals": []any{
			object{"type": "metadata", "action": "delete", "key": "ticket"},
			object{"type": "trigger", "workflowId": "w", "to": []any{object{"type": "Topic", "topicKey": "t"}}},
			object{"type": "metadata", "action": "clear"},
		}},
	}, r.sent())
}

func onlyIf(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

// Novu carries out nothing of a reply that it can't deliver. Where it may have carried it out, what
// must not happen twice is not sent twice.
func TestQueuedChangesAfterAReplyThatFailed(t *testing.T) {
	t.Parallel()
	const refused = `{"error":"delivery_failed","statusCode":502,"message":"Permission denied: cannot postMessage in teams"}`
	run := func(status int, text string) (*replyRoute, error) {
		r := &replyRoute{answer: func(n int, _ map[string]any) (int, string) {
			if n == 1 {
				return status, text
			}
			return 0, ""
		}}
		var failure error
		h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
			require.NoError(t, turn.SetMetadata("a", 1))
			require.NoError(t, turn.Trigger(agent.TriggerParams{WorkflowID: "w"}))
			_, failure = turn.Reply(ctx, agent.Markdown("x"))
			return nil
		}})
		play(t, h, "onMessage", nil)
		return r, failure
	}
	both := []any{setSignal("a", 1.0), object{"type": "trigger", "workflowId": "w"}}

	r, err := run(502, refused)
	require.ErrorIs(t, err, agent.ErrDelivery)
	assert.ErrorContains(t, err, "Permission denied")
	assert.Equal(t, []object{{"reply": object{"markdown": "x"}, "signals": both}, {"signals": both}}, r.sent())

	r, err = run(502, strings.Replace(refused, "Permission denied: cannot postMessage in teams", "Teams API error during postMessage: socket hang up", 1))
	require.ErrorIs(t, err, agent.ErrDelivery)
	require.ErrorIs(t, err, agent.ErrOutcomeUnknown)
	assert.Equal(t, []object{{"reply": object{"markdown": "x"}, "signals": both}, {"signals": both}}, r.sent(),
		"the message may have been posted, the changes were not made")

	r, err = run(500, `{}`)
	require.Error(t, err)
	assert.Equal(t, []object{
		{"reply": object{"markdown": "x"}, "signals": both}, {"error": true}, {"signals": []any{setSignal("a", 1.0)}},
	}, r.sent(), "the trigger is in doubt: the turn fails")
}

func TestAChangeThatCanNotBeRightFailsTheTurn(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*agent.Turn) error{
		"key with a dot": func(turn *agent.Turn) error { return turn.SetMetadata("a.b", 1) },
		"empty key":      func(turn *agent.Turn) error { return turn.DeleteMetadata("") },
		"long key":       func(turn *agent.Turn) error { return turn.SetMetadata(strings.Repeat("k", 129), 1) },
		"prototype":      func(turn *agent.Turn) error { return turn.SetMetadata("constructor", 1) },
		"no JSON":        func(turn *agent.Turn) error { return turn.SetMetadata("a", make(chan int)) },
		"over 64 KB":     func(turn *agent.Turn) error { return turn.SetMetadata("a", strings.Repeat("x", 64<<10)) },
		"no workflow":    func(turn *agent.Turn) error { return turn.Trigger(agent.TriggerParams{}) },
		"nobody": func(turn *agent.Turn) error {
			return turn.Trigger(agent.TriggerParams{WorkflowID: "w", To: novu.Recipients{}})
		},
		"payload no JSON": func(turn *agent.Turn) error {
			return turn.Trigger(agent.TriggerParams{WorkflowID: "w", Payload: object{"x": func() {}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := new(replyRoute)
			h := newBridge(t, r, agent.Bot{OnMessage: func(_ context.Context, turn *agent.Turn, _ *agent.Message) error {
				require.NoError(t, turn.SetMetadata("__novu:ok", nil))
				assert.ErrorIs(t, change(turn), agent.ErrInvalidParams)
				return nil
			}})
			play(t, h, "onMessage", nil)
			assert.Equal(t, []object{{"error": true}, {"signals": []any{setSignal("__novu:ok", nil)}}}, r.sent())
		})
	}
}

func TestATurnThatFailsIsToldToThePerson(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		onError func(context.Context, *agent.Turn, error) agent.Content
		want    []object
	}{
		"Novu's words":    {nil, []object{{"error": true}}},
		"no words":        {func(context.Context, *agent.Turn, error) agent.Content { return nil }, []object{{"error": true}}},
		"own words":       {func(context.Context, *agent.Turn, error) agent.Content { return agent.Markdown("Sorry.") }, []object{markdown("Sorry.")}},
		"silence":         {func(context.Context, *agent.Turn, error) agent.Content { return agent.Silence }, nil},
		"a panic":         {func(context.Context, *agent.Turn, error) agent.Content { panic("again") }, []object{{"error": true}}},
		"no real content": {func(context.Context, *agent.Turn, error) agent.Content { return agent.Markdown("") }, []object{{"error": true}}},
	} {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, panics %t", name, panics), func(t *testing.T) {
				t.Parallel()
				r := new(replyRoute)
				bot := agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
					if panics {
						panic(boom)
					}
					return boom
				}}
				if test.onError != nil {
					bot.OnError = func(ctx context.Context, turn *agent.Turn, err error) agent.Content {
						var panicked *agent.PanicError
						assert.Equal(t, panics, errors.As(err, &panicked))
						assert.Equal(t, !panics, errors.Is(err, boom))
						assert.NoError(t, ctx.Err())
						return test.onError(ctx, turn, err)
					}
				}
				play(t, newBridge(t, r, bot), "onMessage", nil)
				assert.Equal(t, test.want, r.sent())
			})
		}
	}
}

func TestATurnHasAnEnd(t *testing.T) {
	t.Parallel()
	r := new(replyRoute)
	var turn *agent.Turn
	var sent *agent.Sent
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, tt *agent.Turn, _ *agent.Message) (err error) {
		turn = tt
		sent, err = turn.Reply(ctx, agent.Markdown("x"))
		return err
	}})
	play(t, h, "onMessage", nil)
	ctx := t.Context()
	_, err := turn.Reply(ctx, agent.Markdown("late"))
	_, approval := turn.RequestApproval(ctx, agent.ToolCall{Name: "refund"})
	for _, err := range []error{
		err, approval, turn.Typing(ctx), turn.Edit(ctx, "m", agent.Markdown("x")), turn.Delete(ctx, "m"), sent.Delete(ctx),
		turn.SetMetadata("a", 1), turn.Resolve(""), turn.Trigger(agent.TriggerParams{WorkflowID: "w"}), turn.LinkSubscriber(ctx, "s"),
	} {
		require.ErrorIs(t, err, agent.ErrTurnEnded)
	}
	for _, err := range turn.Attachments(ctx) {
		require.ErrorIs(t, err, agent.ErrTurnEnded)
	}
	require.Len(t, r.sent(), 1)

	data, err := json.Marshal(turn.Ref())
	require.NoError(t, err)
	var ref agent.Ref
	require.NoError(t, json.Unmarshal(data, &ref))
	s, err := agent.Resume(newClient(t, r), ref)
	require.NoError(t, err)
	_, err = s.Reply(ctx, agent.Markdown("later"))
	require.NoError(t, err)
	require.NoError(t, s.Edit(ctx, sent.MessageID, agent.Markdown("changed")))
	assert.Equal(t, markdown("later"), r.sent()[1])

	_, err = agent.Resume(nil, agent.Ref{ConversationID: "conv_1"})
	require.ErrorIs(t, err, agent.ErrInvalidParams)
	for _, field := range []string{"client", "AgentIdentifier", "IntegrationIdentifier", "ConversationID"} {
		assert.ErrorContains(t, err, field)
	}
}

func TestSendsThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	r, turn := openTurn(t)
	big := make([]byte, 5<<20+1)
	seven := make([]byte, 4<<20)
	for name, options := range map[string][]agent.File{
		"16 files":       make([]agent.File, 16),
		"no name":        {{Data: []byte("x")}},
		"no data":        {{Name: "a"}},
		"data and URL":   {{Name: "a", Data: []byte("x"), URL: "https://x.example/a"}},
		"a relative URL": {{Name: "a", URL: "/a"}},
		"over 5 MB":      {{Name: "a", Data: big}},
		"over 8 MB":      {{Name: "a", Data: seven}, {Name: "b", Data: seven}},
	} {
		_, err := turn.Reply(t.Context(), agent.Markdown("x"), agent.WithFiles(options...))
		require.ErrorIs(t, err, agent.ErrInvalidParams, name)
	}
	for _, content := range []agent.Content{nil, agent.Markdown(" \n"), agent.Silence} {
		_, err := turn.Reply(t.Context(), content)
		require.ErrorIs(t, err, agent.ErrInvalidParams)
		require.ErrorIs(t, turn.Edit(t.Context(), "m", content), agent.ErrInvalidParams)
	}
	require.ErrorIs(t, turn.Edit(t.Context(), "", agent.Markdown("x")), agent.ErrInvalidParams)
	require.ErrorIs(t, turn.Delete(t.Context(), ""), agent.ErrInvalidParams)
	var none context.Context
	require.ErrorIs(t, turn.Typing(none), agent.ErrInvalidParams)
	for _, call := range []agent.ToolCall{{}, {Name: "x", Input: "text"}, {Name: "x", Input: []int{1}}, {Name: "x", Input: func() {}}} {
		_, err := turn.RequestApproval(t.Context(), call)
		require.ErrorIs(t, err, agent.ErrInvalidParams)
	}
	assert.Empty(t, r.sent())
}

func TestPrintedTurnsShowIDsOnly(t *testing.T) {
	t.Parallel()
	_, turn := openTurn(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{turn, *turn, turn.Sender, agent.Message{Text: "hello", ID: "17"}, agent.Delivery{Body: []byte(`"hello"`)}} {
			text := fmt.Sprintf(verb, v)
			assert.NotContains(t, text, "hello")
			assert.NotContains(t, text, "canary")
		}
	}
	assert.Contains(t, turn.String(), conversation)
}

func TestMethodsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	r, turn := openTurn(t)
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			assert.NoError(t, turn.SetMetadata(fmt.Sprintf("k%d", n), n))
			_, err := turn.Reply(t.Context(), agent.Markdown("x"))
			assert.NoError(t, err)
			_, err = turn.Metadata("ticket", new(string))
			assert.NoError(t, err)
			_ = turn.String()
		})
	}
	all.Wait()
	signals := 0
	for _, body := range r.sent() {
		if list, ok := body["signals"].([]any); ok {
			signals += len(list)
		}
	}
	assert.Equal(t, 50, signals, "each change is sent once")
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	var order []string
	wrap := func(name string) agent.Option {
		return agent.WithTurnMiddleware(func(next agent.TurnFunc) agent.TurnFunc {
			return func(ctx context.Context, turn *agent.Turn) error {
				order = append(order, name)
				err := next(ctx, turn)
				order = append(order, name+" "+err.Error())
				return nil
			}
		})
	}
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return errors.New("boom") }},
		wrap("first"), agent.WithTurnMiddleware(func(next agent.TurnFunc) agent.TurnFunc { return next }))
	play(t, h, "onMessage", nil)
	assert.Equal(t, []string{"first", "first boom"}, order)
	assert.Empty(t, r.sent(), "the middleware took the error")
}
