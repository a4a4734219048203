package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

const (
	stormConversations = 200
	stormMessages      = 20
)

// fault is what a reply meets. The odd ones post the message first.
type fault int

const (
	noFault fault = iota
	status500
	status500Posted
	gateway502
	gateway502Posted
	reset
	resetPosted
	timeout
	timeoutPosted
	rateLimit   // nothing was posted, and Novu says so
	teamsSlower // nothing was posted, and Novu says so
	refused     // Teams refused
	faults
)

// stormNovu is the reply route, with a fault for some messages.
type stormNovu struct {
	faulty bool
	mu     sync.Mutex
	posted map[string][]string // by conversation, in order
	met    map[string]bool     // what has met its fault
}

// faultOf is the fault of a message: one of three has one.
func (s *stormNovu) faultOf(conversation, text string) fault {
	if !s.faulty {
		return noFault
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(conversation + text))
	if f := fault(sum.Sum32() % (3 * uint32(faults))); f < faults {
		return f
	}
	return noFault
}

func (s *stormNovu) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body stormReply
	_ = json.NewDecoder(r.Body).Decode(&body)
	f := s.faultOf(body.ConversationID, body.Reply.Markdown)
	s.mu.Lock()
	key := body.ConversationID + body.Reply.Markdown
	if f == rateLimit || f == teamsSlower {
		if s.met[key] {
			f = noFault // the second time it goes through
		}
		s.met[key] = true
	}
	if f == noFault || f == status500Posted || f == gateway502Posted || f == resetPosted || f == timeoutPosted {
		s.posted[body.ConversationID] = append(s.posted[body.ConversationID], body.Reply.Markdown)
	}
	s.mu.Unlock()
	switch f {
	case status500, status500Posted:
		w.WriteHeader(http.StatusInternalServerError)
	case gateway502, gateway502Posted:
		w.WriteHeader(http.StatusBadGateway)
	case reset, resetPosted:
		panic(http.ErrAbortHandler)
	case timeout, timeoutPosted:
		<-r.Context().Done()
	case rateLimit:
		w.WriteHeader(http.StatusTooManyRequests)
	case teamsSlower, refused:
		message := map[bool]string{true: "Rate limited by teams", false: "Permission denied: cannot postMessage in teams"}[f == teamsSlower]
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprintf(w, `{"error":"delivery_failed","statusCode":502,"message":%q}`, message)
	default:
		_, _ = fmt.Fprintf(w, `{"data":{"messageId":%q,"platformThreadId":"th"}}`, key)
	}
}

// impatient gives up soon on messages whose fault is a timeout, and only on them: others may take their
// time on a busy machine.
func (s *stormNovu) impatient(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		var body stormReply
		_ = json.Unmarshal(data, &body)
		ctx := req.Context()
		if f := s.faultOf(body.ConversationID, body.Reply.Markdown); f == timeout || f == timeoutPosted {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
		}
		req = req.WithContext(ctx)
		req.Body = io.NopCloser(bytes.NewReader(data))
		return next.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type stormReply struct {
	ConversationID string `json:"conversationId"`
	Reply          struct {
		Markdown string `json:"markdown"`
	} `json:"reply"`
}

// hand delivers a body as Novu does: until it reads a 2xx. Where the acknowledgement is lost, the
// connection is given up after the request was sent, and Novu tries again.
func hand(t *testing.T, client *http.Client, address string, body []byte, loseFirst bool) {
	for attempt := 0; ; attempt++ {
		ctx, cancel := context.WithCancel(context.Background())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"?action=agent-event&agentId=support&event=onMessage", bytes.NewReader(body))
		if !assert.NoError(t, err) {
			cancel()
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Novu-Signature", sign(secretKey, time.Now(), body))
		resp, err := client.Do(req)
		acknowledged := err == nil && resp.StatusCode == http.StatusOK && (!loseFirst || attempt > 0)
		if resp != nil {
			_ = resp.Body.Close()
		}
		cancel()
		if acknowledged {
			return
		}
	}
}

func storm(t *testing.T, faulty bool) (*stormNovu, map[string]error) {
	before := runtime.NumGoroutine()
	api := &stormNovu{faulty: faulty, posted: map[string][]string{}, met: map[string]bool{}}
	server := httptest.NewUnstartedServer(api)
	server.Config.ErrorLog = nil
	server.Start()
	client, err := novu.NewClient(secretKey, novu.WithBaseURL(server.URL), novu.WithMiddleware(api.impatient),
		novu.WithRetryPolicy(novu.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}))
	require.NoError(t, err)
	var mu sync.Mutex
	failures := map[string]error{}
	h, err := agent.NewHandler(client, []agent.Bot{{
		Identifier: "support",
		OnMessage: func(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
			_, err := turn.Reply(ctx, agent.Markdown(m.Text))
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures[turn.ConversationID+m.Text] = err
			}
			return err
		},
		OnError: func(context.Context, *agent.Turn, error) agent.Content { return agent.Silence },
	}}, agent.WithLogger(nil))
	require.NoError(t, err)
	bridge := httptest.NewServer(h)
	dialer := &net.Dialer{}
	sender := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 400}}

	var all sync.WaitGroup
	for c := range stormConversations {
		all.Go(func() {
			for n := range stormMessages {
				body := []byte(mustJSON(payload("onMessage", said(c, n))))
				hand(t, sender, bridge.URL, body, n%3 == 0)
				all.Go(func() { hand(t, sender, bridge.URL, body, n%4 == 0) }) // again, at any time
			}
		})
	}
	all.Wait()
	require.NoError(t, h.Shutdown(t.Context()))
	bridge.Close()
	server.CloseClientConnections()
	server.Close()
	sender.CloseIdleConnections()
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 40*time.Second, 10*time.Millisecond, "goroutines are left")
	return api, failures
}

// Under duplicates and lost acknowledgements alone, everything is answered once and in order.
func TestStormOfDuplicates(t *testing.T) {
	api, failures := storm(t, false)
	assert.Empty(t, failures)
	require.Len(t, api.posted, stormConversations)
	for c := range stormConversations {
		var want []string
		for n := range stormMessages {
			want = append(want, strconv.Itoa(n))
		}
		assert.Equal(t, want, api.posted[hexConversation(c)])
	}
}

// Under faults of the reply route, nothing is answered twice. What is left without an answer met a
// fault that leaves it in doubt, and the function saw an error.
func TestStormOfFaults(t *testing.T) {
	api, failures := storm(t, true)
	seen := map[fault]int{}
	for c := range stormConversations {
		conversation := hexConversation(c)
		last, times := -1, map[string]int{}
		for _, text := range api.posted[conversation] {
			n, err := strconv.Atoi(text)
			require.NoError(t, err)
			assert.Greater(t, n, last, "order")
			last = n
			times[text]++
			assert.Equal(t, 1, times[text], "answered twice")
		}
		for n := range stormMessages {
			text := strconv.Itoa(n)
			f, failure := api.faultOf(conversation, text), failures[conversation+text]
			seen[f]++
			certain := f == noFault || f == rateLimit || f == teamsSlower
			if certain {
				assert.Equal(t, 1, times[text], "message %d, fault %d", n, f)
			}
			assert.Equal(t, certain, failure == nil, "fault %d: %v", f, failure)
			assert.Equal(t, f == refused, errors.Is(failure, agent.ErrDelivery))
		}
	}
	assert.Len(t, seen, int(faults), "every fault was met")
}
