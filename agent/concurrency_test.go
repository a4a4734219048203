package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

func hexConversation(n int) string { return fmt.Sprintf("%024x", n) }

// said is a message of a conversation, with ids of its own.
func said(conversation, n int) map[string]any {
	id := hexConversation(conversation)
	return map[string]any{
		"conversationId": id, "deliveryId": id + ":" + strconv.Itoa(n),
		"message": map[string]any{"text": strconv.Itoa(n), "platformMessageId": strconv.Itoa(n)},
	}
}

func TestTurnsOfAConversationRunInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		order := map[string][]string{}
		var running, most atomic.Int32
		h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(_ context.Context, turn *agent.Turn, m *agent.Message) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			order[turn.ConversationID] = append(order[turn.ConversationID], m.Text)
			return nil
		}}, agent.WithConcurrency(3))
		start := time.Now()
		for n := range 4 {
			for c := range 6 {
				require.Equal(t, 200, deliver(h, request("onMessage", said(c, n))).Code)
			}
		}
		assert.Zero(t, time.Since(start), "acknowledged at once")
		require.NoError(t, h.Shutdown(t.Context()))
		assert.Equal(t, 8*time.Second, time.Since(start), "24 turns, three at once")
		assert.EqualValues(t, 3, most.Load())
		for c := range 6 {
			assert.Equal(t, []string{"0", "1", "2", "3"}, order[hexConversation(c)])
		}
	})
}

func TestAFullQueueRefusesWhatItDoesNotRemember(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var ran []string
		h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(_ context.Context, turn *agent.Turn, _ *agent.Message) error {
			time.Sleep(time.Minute)
			mu.Lock()
			defer mu.Unlock()
			ran = append(ran, turn.DeliveryID)
			return nil
		}}, agent.WithConcurrency(1), agent.WithQueueSize(2))
		status := func(conversation, n int) int {
			defer synctest.Wait()
			return deliver(h, request("onMessage", said(conversation, n))).Code
		}
		assert.Equal(t, 200, status(1, 1), "runs")
		assert.Equal(t, 200, status(2, 1), "waits")
		assert.Equal(t, 200, status(2, 2), "waits, and fills the queue")
		assert.Equal(t, 503, status(3, 1))
		assert.Equal(t, 503, status(1, 2), "a turn of it runs, but none waits")
		assert.Equal(t, 200, status(2, 3), "others of it wait, and none may overtake")
		time.Sleep(2*time.Minute + time.Second)
		assert.Equal(t, 200, status(3, 1), "it was refused, not seen")
		require.NoError(t, h.Shutdown(t.Context()))
		assert.Len(t, ran, 5)
		assert.Equal(t, 503, status(4, 1), "shut down")
	})
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var causes []error
		h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(ctx context.Context, _ *agent.Turn, _ *agent.Message) error {
			<-ctx.Done()
			causes = append(causes, ctx.Err())
			return nil
		}}, agent.WithConcurrency(1))
		deliver(h, request("onMessage", said(1, 1)))
		deliver(h, request("onMessage", said(2, 1)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, h.Shutdown(ctx), context.DeadlineExceeded)
		synctest.Wait()
		assert.Equal(t, []error{context.Canceled}, causes, "the running turn was canceled, the waiting one dropped")
		require.NoError(t, h.Shutdown(t.Context()), "nothing is left")
	})
}

func TestTurnTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := new(replyRoute)
		h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, _ *agent.Turn, _ *agent.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}}, agent.WithTurnTimeout(time.Minute))
		start := time.Now()
		play(t, h, "onMessage", nil)
		assert.Equal(t, time.Minute, time.Since(start))
		assert.Equal(t, []map[string]any{{"error": true}}, r.sent())
	})
}

func TestSynchronousTurnsAnswerAfterTheTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := new(replyRoute)
		h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
			if m.Text == "2" {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(10 * time.Second)
			_, err := turn.Reply(ctx, agent.Markdown("x"))
			return err
		}}, agent.WithSynchronousTurns())
		start := time.Now()
		require.Equal(t, 200, deliver(h, request("onMessage", said(1, 1))).Code)
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.Len(t, r.sent(), 1)
		require.Equal(t, 200, deliver(h, request("onMessage", said(1, 1))).Code, "seen")
		assert.Len(t, r.sent(), 1)
		start = time.Now()
		require.Equal(t, 200, deliver(h, request("onMessage", said(1, 2))).Code)
		assert.Less(t, time.Since(start), 30*time.Second, "Novu waits no longer")
		require.NoError(t, h.Shutdown(t.Context()))
	})
}

func TestDeduper(t *testing.T) {
	t.Parallel()
	var keys []string
	var broken error
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		_, err := turn.Reply(ctx, agent.Markdown("x"))
		return err
	}}, agent.WithDeduper(func(_ context.Context, key string) (bool, error) {
		if broken != nil {
			panic(broken)
		}
		first := !slices.Contains(keys, key)
		keys = append(keys, key)
		return first, nil
	}))
	broken = errors.New("the store is down")
	require.Equal(t, 503, deliver(h, request("onMessage", nil)).Code, "Novu tries again")
	broken = nil
	require.Equal(t, 200, deliver(h, request("onMessage", nil)).Code)
	require.Equal(t, 200, deliver(h, request("onMessage", nil)).Code)
	require.NoError(t, h.Shutdown(t.Context()))
	assert.Len(t, r.sent(), 1)
	assert.Equal(t, conversation+":1@2026-11-24T11:59:59.900Z", keys[0])
}

// A failing assertion ends the goroutine that it runs on.
func TestATurnThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
		runtime.Goexit()
		return nil
	}}, agent.WithSynchronousTurns())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request("onMessage", nil))
	require.NoError(t, h.Shutdown(t.Context()))
}

// Wait sees the turns of one conversation to their end, those that wait included, and no others.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := map[string]int{}
		h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(_ context.Context, turn *agent.Turn, _ *agent.Message) error {
			if turn.ConversationID == hexConversation(2) {
				time.Sleep(time.Hour)
				return nil
			}
			time.Sleep(time.Second)
			ended[turn.ConversationID]++
			return nil
		}}, agent.WithTurnTimeout(2*time.Hour))
		require.NoError(t, h.Wait(t.Context(), hexConversation(1)), "nothing runs")
		for n := range 3 {
			require.Equal(t, 200, deliver(h, request("onMessage", said(1, n))).Code)
		}
		require.Equal(t, 200, deliver(h, request("onMessage", said(2, 0))).Code)
		start := time.Now()
		require.NoError(t, h.Wait(t.Context(), hexConversation(1)))
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.Equal(t, 3, ended[hexConversation(1)])

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, h.Wait(ctx, hexConversation(2)), context.DeadlineExceeded)
		require.NoError(t, h.Shutdown(t.Context()))
	})
}
