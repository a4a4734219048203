package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// A worker of the test is this binary in a process of its own, so that it can be killed.
func TestMain(m *testing.M) {
	if os.Getenv("AGENT_NATS_WORKER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const key = "nv-secret-key"

// fleet is some workers, of which the one that holds a message can be killed.
type fleet struct {
	mu      sync.Mutex
	workers map[string]*exec.Cmd // by the first part of the paths that they ask for
}

// kill ends the worker that sent r, at once.
func (f *fleet) kill(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	_ = f.workers[name].Process.Kill()
}

// world is Novu's reply route and the orders service.
type world struct {
	fleet
	replies []string
	asked   []string
	told    chan string
}

func (w *world) reply(rw http.ResponseWriter, r *http.Request) {
	var body struct {
		Reply struct {
			Markdown string `json:"markdown"`
		} `json:"reply"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	text := body.Reply.Markdown
	w.mu.Lock()
	w.replies = append(w.replies, text)
	w.mu.Unlock()
	if strings.HasPrefix(text, "kill after") {
		w.kill(r) // it was posted, and the worker never hears of it
	}
	w.told <- text
	_, _ = io.WriteString(rw, `{"data":{"messageId":"1","platformThreadId":"t"}}`)
}

func (w *world) order(rw http.ResponseWriter, r *http.Request) {
	order := r.URL.Query().Get("order")
	w.mu.Lock()
	w.asked = append(w.asked, order)
	first := strings.Count(strings.Join(w.asked, "\n"), order) == 1
	w.mu.Unlock()
	if first && strings.HasPrefix(order, "kill before") {
		w.kill(r)
	}
	_, _ = io.WriteString(rw, "shipped")
}

func TestWorkersThatDie(t *testing.T) {
	w := &world{told: make(chan string, 10)}
	w.workers = map[string]*exec.Cmd{}
	api := httptest.NewServer(http.HandlerFunc(w.reply))
	defer api.Close()
	orders := httptest.NewServer(http.HandlerFunc(w.order))
	defer orders.Close()
	embedded, err := startServer()
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Shutdown()
	for _, name := range []string{"one", "two", "three"} {
		w.start(t, name, embedded.ClientURL(), api.URL, orders.URL)
	}
	bridge := startBridge(t, embedded.ClientURL())
	defer bridge.Close()

	for n, text := range []string{"kill before 1", "kill after 2", "after all 3"} {
		post(t, bridge.URL, text, n)
		post(t, bridge.URL, text, n) // Novu repeats what it got no answer to
		select {
		case <-w.told:
		case <-time.After(time.Minute):
			t.Fatalf("%q was not answered in a minute", text)
		}
		// What was answered by a worker that died comes back, and leaves the stream without an answer.
		waitUntilEmpty(t, embedded.ClientURL())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	want := []string{"after all 3: shipped", "kill after 2: shipped", "kill before 1: shipped"}
	if slices.Sort(w.replies); !slices.Equal(w.replies, want) {
		t.Errorf("replies %q, want each once: %q", w.replies, want)
	}
	if n := strings.Count(strings.Join(w.asked, "\n"), "kill before 1"); n != 2 {
		t.Errorf("the first turn ran %d times, want twice", n)
	}
	if n := strings.Count(strings.Join(w.asked, "\n"), "kill after 2"); n != 2 {
		t.Errorf("the second turn ran %d times, want twice, the second time without a reply", n)
	}
}

// start runs a worker and waits until it works.
func (f *fleet) start(t *testing.T, name, natsURL, apiURL, ordersURL string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-worker", "-ack-wait", "1s", "-orders", ordersURL+"/"+name)
	cmd.Env = append(os.Environ(), "AGENT_NATS_WORKER="+name, "NATS_URL="+natsURL, "NOVU_SECRET_KEY="+key, "NOVU_BASE_URL="+apiURL+"/"+name)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.workers[name] = cmd
	f.mu.Unlock()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "working") {
		t.Log(name, lines.Text())
	}
	go func() {
		for lines.Scan() {
			t.Log(name, lines.Text())
		}
	}()
}

func startBridge(t *testing.T, natsURL string) *httptest.Server {
	t.Helper()
	q := connect(t, natsURL)
	client, err := novu.NewClient(key)
	if err != nil {
		t.Fatal(err)
	}
	bot := agent.Bot{Identifier: "support", OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil }}
	h, err := agent.NewHandler(client, []agent.Bot{bot}, agent.WithDispatcher(q.put))
	if err != nil {
		t.Fatal(err)
	}
	return httptest.NewServer(h)
}

func connect(t *testing.T, natsURL string) *queue {
	t.Helper()
	conn, err := nats.Connect(natsURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	q, err := openQueue(t.Context(), js, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func waitUntilEmpty(t *testing.T, natsURL string) {
	t.Helper()
	q := connect(t, natsURL)
	for deadline := time.Now().Add(time.Minute); ; {
		info, err := q.stream.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if info.State.Msgs == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries are left", info.State.Msgs)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// post delivers a message as Novu does.
func post(t *testing.T, address, text string, n int) {
	t.Helper()
	conversation := fmt.Sprintf("%024x", n)
	body, err := json.Marshal(map[string]any{
		"version": 1, "timestamp": "2026-11-24T11:59:59.900Z", "deliveryId": conversation + ":1", "conversationId": conversation,
		"integrationIdentifier": "teams", "platform": "teams", "message": map[string]any{"text": text, "platformMessageId": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := strconv.FormatInt(time.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"?action=agent-event&agentId=support&event=onMessage", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Novu-Signature", "t="+at+",v1="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the bridge answered %d", resp.StatusCode)
	}
}
