package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// lateBridge is a bridge that answers 503 until it knows where Novu is.
type lateBridge struct {
	*httptest.Server
	handler atomic.Pointer[agent.Handler]
}

func newLateBridge(t *testing.T) *lateBridge {
	t.Helper()
	b := &lateBridge{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := b.handler.Load(); h != nil {
			h.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(b.Close)
	return b
}

// start lets the bridge answer with an echo, as the program's variables say.
func (b *lateBridge) start(t *testing.T, baseURL, key string) {
	t.Helper()
	client, err := novu.NewClient(key, novu.WithBaseURL(baseURL))
	require.NoError(t, err)
	h, err := agent.NewHandler(client, []agent.Bot{{
		Identifier: "echo",
		OnMessage: func(ctx context.Context, turn *agent.Turn, m *agent.Message) error {
			_, err := turn.Reply(ctx, agent.Markdown("You said: "+m.Text))
			return err
		},
	}}, agent.WithLogger(nil))
	require.NoError(t, err)
	b.handler.Store(h)
}

// watched is what a program has written, for somebody who waits for a part of it.
type watched struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newWatched() *watched { return &watched{changed: make(chan struct{})} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
	return w.text.Write(p)
}

// find waits for what the expression captures.
func (w *watched) find(t *testing.T, expression string) []string {
	t.Helper()
	pattern := regexp.MustCompile(expression)
	for {
		w.mu.Lock()
		text, changed := w.text.String(), w.changed
		w.mu.Unlock()
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			require.Fail(t, "it was not written: "+expression, text)
		}
	}
}

func TestAgentTalks(t *testing.T) {
	t.Parallel()
	bridge := newLateBridge(t)
	in, typed := io.Pipe()
	out, complaints := newWatched(), newWatched()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"agent", "-bridge", bridge.URL, "-addr", "127.0.0.1:0", "-secret-key", "key"},
			console{in: in, out: out, err: complaints})
	}()
	complaints.find(t, "Waiting for the bridge at "+regexp.QuoteMeta(bridge.URL)+": the bridge answered 503")
	variables := complaints.find(t, `export NOVU_BASE_URL='(\S+)'\nexport NOVU_SECRET_KEY='(\S+)'`)
	bridge.start(t, variables[1], variables[2])
	complaints.find(t, "You are Ada Lovelace and write to echo")
	for _, line := range []string{"hello", "/mention you there", "/click Nothing", "/nonsense"} {
		_, err := fmt.Fprintln(typed, line)
		require.NoError(t, err)
	}
	out.find(t, `echo: You said: hello\necho: You said: .*you there`)
	complaints.find(t, `! click: there is no button "Nothing"; the bot offers none`)
	complaints.find(t, "! there is no /nonsense")
	_, err := fmt.Fprintln(typed, "/quit")
	require.NoError(t, err)
	assert.Equal(t, exitBroken, <-done, "something did not arrive")
}

func TestAgentFlagsThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-bridge is required":          nil,
		"write 127.0.0.1":              {"-bridge", "http://localhost:8080/api/novu"},
		"is not on this machine":       {"-bridge", "https://bridge.example/api/novu"},
		"must be an address such as":   {"-bridge", "8080"},
		"it must be personal, channel": {"-bridge", "http://127.0.0.1:1", "-in", "team"},
		"must not be empty":            {"-bridge", "http://127.0.0.1:1", "-as", ""},
		"is not on loopback":           {"-bridge", "http://127.0.0.1:1", "-addr", "0.0.0.0:1"},
	} {
		status, stdout, stderr := novuTeams(t, append([]string{"agent"}, args...)...)
		assert.Equal(t, exitUnknown, status, want)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, want)
	}
}

// The same bridge answers in the page: what the page asks of the server is what a person does.
func TestEmulatorWithABridge(t *testing.T) {
	t.Parallel()
	bridge := newLateBridge(t)
	ctx, cancel := context.WithCancel(t.Context())
	out, complaints := newWatched(), newWatched()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"emulator", "-bridge", bridge.URL, "-secret-key", "key"}, console{out: out, err: complaints})
	}()
	novuURL := out.find(t, `"novu":"([^"]+)"`)[1]
	complaints.find(t, "Waiting for the bridge")
	bridge.start(t, novuURL, "another key")
	complaints.find(t, "the bridge refuses the signature")
	bridge.start(t, novuURL, "key")
	complaints.find(t, "The bridge answers for echo. Talk to it at "+regexp.QuoteMeta(novuURL)+"/chat")

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, novuURL+"/_emulator/chat", strings.NewReader(
		`{"agent":"echo","person":{"name":"Alan Turing"},"do":"say","text":"hello"}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), "You said: hello")
	assert.Contains(t, get(t, novuURL+"/chat", "").body, "What happened")
	cancel()
	assert.Zero(t, <-done)
}
