package novutest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/novutest"
)

// BenchmarkSay measures one message and its answer, with an asynchronous handler on loopback.
func BenchmarkSay(b *testing.B) {
	chat := served(b, novutest.NewServer(b), agent.Bot{OnMessage: echo})
	for b.Loop() {
		if _, err := chat.Say(b.Context(), "hello"); err != nil {
			b.Fatal(err)
		}
	}
}

// The quickest of many turns costs little, however busy the machine is.
func TestSayIsQuick(t *testing.T) {
	chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: echo})
	quickest := time.Hour
	for range 50 {
		begun := time.Now()
		_, err := chat.Say(t.Context(), "hello")
		require.NoError(t, err)
		quickest = min(quickest, time.Since(begun))
	}
	assert.Less(t, quickest, 20*time.Millisecond)
}

// A thousand people talk at once, and each reads their own answers.
func TestAThousandChats(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	served(t, srv, agent.Bot{OnMessage: echo}, agent.WithQueueSize(2000))
	ctx := context.WithoutCancel(t.Context())
	var all sync.WaitGroup
	for n := range 1000 {
		chat := srv.Chat(novutest.User{Name: fmt.Sprintf("Person %d", n)})
		all.Go(func() {
			text := fmt.Sprintf("hello from %d", n)
			got, err := chat.Say(ctx, text)
			if assert.NoError(t, err) && assert.Len(t, got, 1) {
				assert.Equal(t, "You said: "+text, got[0].Text)
			}
		})
	}
	all.Wait()
}
