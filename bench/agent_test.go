package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

var strict = flag.Bool("strict", false, "fail where an agent's own time is over its target; for a machine with nothing else to do")

const (
	agentTarget   = 5 * time.Millisecond // of the 99th percentile
	agentRate     = 200                  // deliveries a second
	conversations = 200                  // at once
	agentKey      = "nv-secret-key"
)

// samples are durations, by what they are of.
type samples struct {
	mu    sync.Mutex
	by    map[string][]time.Duration
	marks map[string]time.Time
}

func (s *samples) mark(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks[key] = time.Now()
}

// since adds the time that has passed since a mark.
func (s *samples) since(of, key string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.marks[key]; ok {
		s.by[of] = append(s.by[of], now.Sub(at))
		delete(s.marks, key)
	}
}

func (s *samples) percentile(of string, p int) time.Duration {
	all := slices.Sorted(slices.Values(s.by[of]))
	return all[(len(all)-1)*p/100]
}

// readBody marks when a body was read to its end.
type readBody struct {
	io.ReadCloser

	done func()
}

func (b readBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

// answered tells when the status is written.
type answered struct {
	http.ResponseWriter

	done func()
}

func (a answered) WriteHeader(status int) {
	a.done()
	a.ResponseWriter.WriteHeader(status)
}

// The times that the handler itself takes: from the body's last byte to the acknowledgement, and from
// the end of the bot's function to the first byte of what it queued. A turn is from the body's last
// byte to the arrival of the reply.
func TestAgentOwnTime(t *testing.T) {
	for name, run := range map[string]struct {
		deliveries int
		every      time.Duration
	}{
		"steady": {deliveries: 5 * agentRate, every: time.Second / agentRate},
		"burst":  {deliveries: 1000},
		"talk":   {deliveries: conversations},
	} {
		t.Run(name, func(t *testing.T) {
			s := &samples{by: map[string][]time.Duration{}, marks: map[string]time.Time{}}
			serveAgent(t, s, run.deliveries, run.every)
			for _, of := range []string{"acknowledgement", "reply", "turn"} {
				p50, p99 := s.percentile(of, 50), s.percentile(of, 99)
				t.Logf("%s: median %s, 99th percentile %s, of %d", of, short(p50), short(p99), len(s.by[of]))
				assert.Len(t, s.by[of], run.deliveries)
				if of != "turn" && name != "talk" { // they hold the wire and the turns of others
					assert.Less(t, p50, agentTarget, of)
				}
				if *strict && name == "steady" {
					assert.Less(t, p99, agentTarget, of)
				}
			}
		})
	}
}

func serveAgent(t *testing.T, s *samples, deliveries int, every time.Duration) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.since("turn", "turn "+conversationOf(body))
		_, _ = io.WriteString(w, `{"data":null}`)
	}))
	defer api.Close()
	client, err := novu.NewClient(agentKey, novu.WithBaseURL(api.URL), novu.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return transport(func(req *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(req.Body)
			s.since("reply", "reply "+conversationOf(body))
			req.Body = io.NopCloser(bytes.NewReader(body))
			return next.RoundTrip(req)
		})
	}))
	require.NoError(t, err)
	h, err := agent.NewHandler(client, []agent.Bot{{
		Identifier: "support",
		OnMessage: func(_ context.Context, turn *agent.Turn, m *agent.Message) error {
			defer s.mark("reply " + turn.ConversationID)
			return turn.SetMetadata("last", m.Text)
		},
	}}, agent.WithLogger(nil), agent.WithQueueSize(deliveries))
	require.NoError(t, err)
	bridge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Conversation")
		r.Body = readBody{ReadCloser: r.Body, done: func() { s.mark(key); s.mark("turn " + key) }}
		h.ServeHTTP(answered{ResponseWriter: w, done: func() { s.since("acknowledgement", key) }}, r)
	}))
	defer bridge.Close()

	sender := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	var all sync.WaitGroup
	tick := time.NewTicker(max(every, 1))
	defer tick.Stop()
	for n := range deliveries {
		if every > 0 {
			<-tick.C
		}
		all.Go(func() { assert.NoError(t, deliver(sender, bridge.URL, fmt.Sprintf("%024x", n))) })
	}
	all.Wait()
	require.NoError(t, h.Shutdown(t.Context()))
	sender.CloseIdleConnections()
}

func conversationOf(body []byte) string {
	_, after, _ := bytes.Cut(body, []byte(`"conversationId":"`))
	return string(after[:24])
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// deliver hands over a message as Novu does.
func deliver(client *http.Client, address, conversation string) error {
	body := []byte(`{"version":1,"timestamp":"2026-11-24T11:59:59.900Z","deliveryId":"` + conversation + `:1","event":"onMessage","agentId":"support",` +
		`"conversationId":"` + conversation + `","integrationIdentifier":"teams","platform":"teams","subscriberAccess":"open","subscriber":null,` +
		`"message":{"text":"Where is my order?","platformMessageId":"1","author":{"userId":"29:a"}},"history":[],"platformContext":{"isDM":true}}`)
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(agentKey))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"?action=agent-event&agentId=support&event=onMessage", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Novu-Signature", "t="+at+",v1="+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("X-Conversation", conversation)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
