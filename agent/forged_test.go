package agent_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

var forgeries = flag.Int("forgeries", 5_000, "how many forged requests to try; 1000000 by hand")

// forge changes a signed request in one of the ways that somebody without the key has.
func forge(rng *rand.Rand, signature string, body []byte, query string) (string, []byte, string) {
	body = append([]byte(nil), body...)
	switch rng.IntN(9) {
	case 0: // cut
		body = body[:rng.IntN(len(body))]
	case 1: // a byte changed
		body[rng.IntN(len(body))] ^= byte(1 + rng.IntN(255))
	case 2: // reordered
		i, j := rng.IntN(len(body)), rng.IntN(len(body))
		if body[i] == body[j] {
			body = append(body, ' ')
		}
		body[i], body[j] = body[j], body[i]
	case 3: // a digit of the signature changed
		i := strings.Index(signature, "v1=") + 3 + rng.IntN(64)
		digit := "0123456789abcdef"[rng.IntN(16)]
		if signature[i] == digit {
			digit = 'g'
		}
		signature = signature[:i] + string(digit) + signature[i+1:]
	case 4: // another time
		at := strconv.FormatInt(time.Now().UnixMilli()+1+rng.Int64N(1000), 10)
		_, mac, _ := strings.Cut(signature, ",")
		signature = "t=" + at + "," + mac
	case 5: // another key
		signature = sign("guess"+string(rune('a'+rng.IntN(26))), time.Now(), body)
	case 6: // parts left out, doubled, swapped
		parts := strings.Split(signature, ",")
		signature = strings.Join([]string{parts[rng.IntN(2)], parts[0], "v1=", "t="}, ",")
	case 7: // no signature, or noise
		noise := make([]byte, rng.IntN(80))
		for i := range noise {
			noise[i] = byte(rng.IntN(256))
		}
		signature = strings.ToValidUTF8(string(noise), "?")
	case 8: // repeated as it stands, under any event
		query = "action=agent-event&agentId=support&event=" + []string{"onMessage", "onAction", "onReaction", "onResolve"}[rng.IntN(4)]
	}
	return signature, body, query
}

func TestForgedRequestsRunNothing(t *testing.T) {
	t.Parallel()
	var ran atomic.Int64
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{
		OnMessage:  func(context.Context, *agent.Turn, *agent.Message) error { ran.Add(1); return nil },
		OnAction:   func(context.Context, *agent.Turn, *agent.Action) error { ran.Add(1); return nil },
		OnReaction: func(context.Context, *agent.Turn, *agent.Reaction) error { ran.Add(1); return nil },
		OnResolve:  func(context.Context, *agent.Turn, *agent.Resolution) error { ran.Add(1); return nil },
	})
	original := request("onMessage", nil)
	signature := original.Header.Get("Novu-Signature")
	body := []byte(toJSON(t, payload("onMessage", nil)))
	require.Equal(t, 200, deliver(h, original).Code, "the only one that counts")

	var all sync.WaitGroup
	for worker := range uint64(4) {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(worker, 17))
			for range *forgeries / 4 {
				signature, body, query := forge(rng, signature, body, original.URL.RawQuery)
				req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/novu?"+query, strings.NewReader(string(body)))
				req.Header["Novu-Signature"] = []string{signature}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, req)
				if strings.Contains(w.Body.String(), "canary") {
					t.Error("an answer holds the key")
				}
			}
		})
	}
	all.Wait()
	require.NoError(t, h.Shutdown(t.Context()))
	assert.EqualValues(t, 1, ran.Load())
	assert.Empty(t, r.sent())
}

func FuzzHandler(f *testing.F) {
	f.Add("onMessage", []byte(mustJSON(payload("onMessage", nil))), true)
	f.Add("onAction", []byte(mustJSON(payload("onAction", click))), true)
	f.Add("onResolve", []byte(`{"conversationId":"6923f0c1a1b2c3d4e5f60718","integrationIdentifier":"i","history":[{"signalData":{"type":"resolve","payload":[]}}]}`), true)
	f.Add("onReaction", []byte(`{"conversationId":"x","integrationIdentifier":"i","reaction":{"emoji":[]}}`), true)
	f.Add("onMessage", []byte(`{"a":`), false)
	f.Fuzz(func(t *testing.T, event string, body []byte, signed bool) {
		ran := false
		read := func(turn *agent.Turn) error {
			ran = true
			_, _ = turn.Metadata("ticket", new(any))
			assert.NotContains(t, turn.String(), "canary")
			return turn.SetMetadata("a", 1)
		}
		h := newBridge(t, new(replyRoute), agent.Bot{
			OnMessage:  func(_ context.Context, turn *agent.Turn, _ *agent.Message) error { return read(turn) },
			OnAction:   func(_ context.Context, turn *agent.Turn, _ *agent.Action) error { return read(turn) },
			OnReaction: func(_ context.Context, turn *agent.Turn, _ *agent.Reaction) error { return read(turn) },
			OnResolve:  func(_ context.Context, turn *agent.Turn, _ *agent.Resolution) error { return read(turn) },
			OnApproval: func(_ context.Context, turn *agent.Turn, _ *agent.Approval) (any, error) { return nil, read(turn) },
			OnError: func(_ context.Context, _ *agent.Turn, err error) agent.Content {
				var panicked *agent.PanicError
				assert.NotErrorAs(t, err, &panicked)
				return nil
			},
		}, agent.WithSynchronousTurns())
		req := signedRequest("x", body)
		req.URL.RawQuery = ""
		query := req.URL.Query()
		query.Set("action", "agent-event")
		query.Set("agentId", "support")
		query.Set("event", event)
		req.URL.RawQuery = query.Encode()
		if !signed {
			req.Header.Set("Novu-Signature", sign("guess", time.Now(), body))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		assert.NotContains(t, w.Body.String(), "canary")
		assert.False(t, ran && !signed)
	})
}
