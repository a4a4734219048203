package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

// stored returns a delivery as a queue would hold it.
func stored(t *testing.T) agent.Delivery {
	t.Helper()
	var text []byte
	h := newBridge(t, new(replyRoute), agent.Bot{}, agent.WithDispatcher(func(_ context.Context, d agent.Delivery) (err error) {
		text, err = json.Marshal(d)
		return err
	}))
	require.Equal(t, 200, deliver(h, request("onMessage", nil)).Code)
	assert.NotContains(t, string(text), "canary")
	var d agent.Delivery
	require.NoError(t, json.Unmarshal(text, &d))
	return d
}

func echo(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
	_, err := turn.Reply(ctx, agent.Markdown(m.Text))
	return err
}

func TestADispatchedDeliveryRunsAnywhere(t *testing.T) {
	t.Parallel()
	d := stored(t)
	assert.Equal(t, conversation+":1@2026-11-24T11:59:59.900Z", d.Key())
	r := new(replyRoute)
	worker := newBridge(t, r, agent.Bot{OnMessage: echo})
	require.NoError(t, worker.Process(t.Context(), d))
	require.NoError(t, worker.Process(t.Context(), d), "how often is the queue's affair")
	assert.Equal(t, []string{"hello", "hello"}, r.texts())
}

func TestADispatcherThatFailsMakesNovuTryAgain(t *testing.T) {
	t.Parallel()
	var failure error
	n := 0
	h := newBridge(t, new(replyRoute), agent.Bot{}, agent.WithDispatcher(func(context.Context, agent.Delivery) error {
		n++
		if n == 2 {
			panic("boom")
		}
		return failure
	}))
	failure = errors.New("the queue is down")
	assert.Equal(t, 503, deliver(h, request("onMessage", nil)).Code)
	assert.Equal(t, 503, deliver(h, request("onMessage", nil)).Code)
	failure = nil
	assert.Equal(t, 200, deliver(h, request("onMessage", nil)).Code, "it was refused, not seen")
	require.NoError(t, h.Shutdown(t.Context()))
	assert.Equal(t, 503, deliver(h, request("onMessage", nil)).Code)
}

func TestProcessAsksToBeGivenAgainOnlyWhatWasNotDone(t *testing.T) {
	t.Parallel()
	d := stored(t)
	for name, test := range map[string]struct {
		answer func(ctx context.Context, cancel func(), turn *agent.Turn) error
		again  bool
		posts  int
	}{
		"done": {
			answer: func(context.Context, func(), *agent.Turn) error { return nil }, again: false, posts: 0,
		},
		"failed": {
			answer: func(context.Context, func(), *agent.Turn) error { return errors.New("boom") }, again: false,
			posts: 1,
		},
		"stopped before it sent": {
			answer: func(ctx context.Context, cancel func(), _ *agent.Turn) error { cancel(); return ctx.Err() },
			again:  true, posts: 0,
		},
		"stopped, but done anyway": {
			answer: func(_ context.Context, cancel func(), _ *agent.Turn) error { cancel(); return nil },
			again:  false, posts: 0,
		},
		"stopped after it sent": {answer: func(ctx context.Context, cancel func(), turn *agent.Turn) error {
			_, err := turn.Reply(ctx, agent.Markdown("x"))
			cancel()
			return errors.Join(err, ctx.Err())
		}, again: false, posts: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := new(replyRoute)
			h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
				return test.answer(ctx, cancel, turn)
			}})
			err := h.Process(ctx, d)
			assert.Equal(t, test.again, err != nil, "%v", err)
			assert.Len(t, r.sent(), test.posts)
		})
	}
}

func TestDeliveriesThatCanNotBeProcessed(t *testing.T) {
	t.Parallel()
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
		t.Error("the function ran")
		return nil
	}})
	good := stored(t)
	for name, change := range map[string]func(*agent.Delivery){
		"no body":              func(d *agent.Delivery) { d.Body = nil },
		"another conversation": func(d *agent.Delivery) { d.ConversationID = hexConversation(7) },
		"an odd conversation":  func(d *agent.Delivery) { d.ConversationID = "conv_1" },
	} {
		d := good
		change(&d)
		require.ErrorIs(t, h.Process(t.Context(), d), agent.ErrInvalidParams, name)
	}
	elsewhere := good
	elsewhere.AgentIdentifier = "other"
	err := h.Process(t.Context(), elsewhere)
	require.ErrorContains(t, err, `"other"`)
	assert.NotErrorIs(t, err, agent.ErrInvalidParams, "another worker may know it")
	unknown := good
	unknown.Event = "onFuture"
	require.NoError(t, h.Process(t.Context(), unknown))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, h.Process(ended, good), context.Canceled)
	require.NoError(t, h.Shutdown(t.Context()))
	require.Error(t, h.Process(t.Context(), good), "another instance may do it")
}

func TestShutdownWaitsForProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := stored(t)
		h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
			time.Sleep(time.Minute)
			return nil
		}})
		go func() { assert.NoError(t, h.Process(t.Context(), d)) }()
		synctest.Wait()
		start := time.Now()
		require.NoError(t, h.Shutdown(t.Context()))
		assert.Equal(t, time.Minute, time.Since(start))
	})
}
