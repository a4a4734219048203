package novu

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

const (
	testKey     = "nv-canary-secret-key"
	testBot     = "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	testTenant  = "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"
	testService = "https://smba.trafficmanager.net/emea/" + testTenant + "/"
)

// testBridge records what it gets.
type testBridge struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	answer   func(n int, w http.ResponseWriter, r *http.Request)
}

func newBridge(t *testing.T) *testBridge {
	t.Helper()
	b := &testBridge{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.requests, b.bodies = append(b.requests, r), append(b.bodies, body)
		n, answer := len(b.requests), b.answer
		b.mu.Unlock()
		if answer != nil {
			answer(n, w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *testBridge) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.requests)
}

// body is the nth body, counted from the end where n is negative.
func (b *testBridge) body(t *testing.T, n int) map[string]any {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if n < 0 {
		n += len(b.bodies)
	}
	require.Less(t, n, len(b.bodies))
	require.GreaterOrEqual(t, n, 0)
	var body map[string]any
	require.NoError(t, json.Unmarshal(b.bodies[n], &body))
	return body
}

// bench is a Novu with an agent, an integration, and a bridge.
type bench struct {
	*testing.T
	host    *emulator.Host
	ms      *microsoft.Server
	s       *Server
	bridge  *testBridge
	agentID string
	next    atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	host, err := emulator.Listen(emulator.Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(host.Close)
	b := &bench{T: t, host: host, bridge: newBridge(t)}
	b.ms = microsoft.New(host, microsoft.Config{TenantID: testTenant})
	b.s = New(host, b.ms, Config{Version: V319, SecretKey: testKey})
	host.Serve()
	b.integrate("teams-main", testBot)
	b.agentID = b.agent("support", "teams-main")
	b.patch("support", map[string]any{"bridgeUrl": b.bridge.URL + "/api/novu?keep=1", "behavior": map[string]any{"subscriberAccess": "open"}})
	return b
}

func (b *bench) api(method, path string, body any) (int, map[string]any) {
	b.Helper()
	var raw io.Reader
	if body != nil {
		raw = bytes.NewReader(emulator.Encode(body))
	}
	req, err := http.NewRequestWithContext(b.Context(), method, b.host.URL+path, raw)
	require.NoError(b, err)
	req.Header.Set("Authorization", "ApiKey "+testKey)
	req.Header.Set("Content-Type", "application/json")
	return b.do(req)
}

func (b *bench) do(req *http.Request) (int, map[string]any) {
	b.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(b, err)
	defer resp.Body.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	var answer map[string]any
	_ = json.Unmarshal(raw, &answer)
	return resp.StatusCode, answer
}

func (b *bench) integrate(identifier, clientID string) {
	b.Helper()
	status, answer := b.api("POST", "/v1/integrations", map[string]any{
		"providerId": "msteams", "channel": "chat", "identifier": identifier, "name": identifier, "active": true, "kind": "agent",
		"credentials": map[string]any{"clientId": clientID, "secretKey": "s3cr3t", "tenantId": testTenant},
	})
	require.Equal(b, http.StatusCreated, status, answer)
}

func (b *bench) agent(identifier, integration string) (id string) {
	b.Helper()
	status, answer := b.api("POST", "/v1/agents", map[string]any{"identifier": identifier, "name": "Support"})
	require.Equal(b, http.StatusCreated, status, answer)
	if integration != "" {
		status, linked := b.api("POST", "/v1/agents/"+identifier+"/integrations", map[string]any{"integrationIdentifier": integration})
		require.Equal(b, http.StatusCreated, status, linked)
	}
	return answer["data"].(map[string]any)["_id"].(string)
}

func (b *bench) patch(agent string, body map[string]any) {
	b.Helper()
	status, answer := b.api("PATCH", "/v1/agents/"+agent, body)
	require.Equal(b, http.StatusOK, status, answer)
}

// chat is the id of the chat of a person with the bot.
func (b *bench) chat(user string) string {
	b.Helper()
	token, failed := b.s.agentToken(b.Context(), integration{Credentials: map[string]any{"clientId": testBot, "secretKey": "s", "tenantId": testTenant}})
	require.Nil(b, failed)
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.ms.ConnectorURL()+"/v3/conversations", bytes.NewReader(emulator.Encode(map[string]any{
		"members": []any{map[string]any{"id": "29:" + user}}, "tenantId": testTenant,
	})))
	require.NoError(b, err)
	req.Header.Set("Authorization", "Bearer "+token)
	status, answer := b.do(req)
	require.Equal(b, http.StatusCreated, status, answer)
	return answer["id"].(string)
}

// activity is what Teams posts in a chat of a person's with the bot.
func (b *bench) activity(user string, more map[string]any) map[string]any {
	id := fmt.Sprint(1795640000000 + b.next.Add(1))
	chat := b.chat(user)
	a := map[string]any{
		"type": "message", "id": id, "timestamp": "2026-11-25T18:47:01.486Z", "serviceUrl": testService, "channelId": "msteams",
		"from":         map[string]any{"id": "29:" + user, "name": user + " A", "aadObjectId": "11111111-aaaa-4bbb-8ccc-000000000001"},
		"conversation": map[string]any{"conversationType": "personal", "tenantId": testTenant, "id": chat},
		"recipient":    map[string]any{"id": "28:" + testBot, "name": "Support Bot"},
	}
	for name, value := range more {
		a[name] = value
	}
	return a
}

func (b *bench) say(user, text string) int {
	b.Helper()
	status, _ := b.post("teams-main", b.activity(user, map[string]any{"text": text}))
	return status
}

// settled waits for the hand-overs.
func (b *bench) settled() {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	require.NoError(b, b.s.Settle(ctx))
}

// post posts as Teams does.
func (b *bench) post(integration string, activity map[string]any) (int, map[string]any) {
	b.Helper()
	service, _ := activity["serviceUrl"].(string)
	return b.postWith(integration, activity, b.ms.BotClaims(testBot, service))
}

func (b *bench) postWith(integration string, activity map[string]any, claims map[string]any) (int, map[string]any) {
	b.Helper()
	return b.postToken(integration, activity, "Bearer "+b.ms.SignBotToken(claims))
}

func (b *bench) postToken(integration string, activity map[string]any, authorization string) (int, map[string]any) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.host.URL+"/v1/agents/"+b.agentID+"/webhook/"+integration, bytes.NewReader(emulator.Encode(activity)))
	require.NoError(b, err)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	return b.do(req)
}

func (b *bench) reply(body map[string]any) (int, map[string]any) {
	b.Helper()
	conversations := b.s.AgentConversations()
	require.NotEmpty(b, conversations)
	whole := map[string]any{"conversationId": conversations[len(conversations)-1].ID, "integrationIdentifier": "teams-main"}
	for name, value := range body {
		whole[name] = value
	}
	return b.api("POST", "/v1/agents/support/reply", whole)
}

// outcomes are what became of what Teams posted.
func (b *bench) outcomes() []string {
	outcomes := []string{}
	for _, d := range b.s.AgentDeliveries() {
		outcomes = append(outcomes, d.Outcome)
	}
	return outcomes
}

func TestAMessageReachesTheBridgeAndItsReplyThePerson(t *testing.T) {
	b := newBench(t)
	require.Equal(t, http.StatusOK, b.say("alice", "Where is my order?"))
	b.settled()
	require.Equal(t, 1, b.bridge.count())
	body := b.bridge.body(t, 0)
	assert.Equal(t, "onMessage", body["event"])
	assert.Equal(t, "Where is my order?", body["message"].(map[string]any)["text"])
	status, answer := b.reply(map[string]any{"reply": map[string]any{"markdown": "On its **way**"}})
	require.Equal(t, http.StatusOK, status, answer)
	messages := b.host.Inbox.Messages()
	require.Len(t, messages, 1)
	assert.Equal(t, "On its **way**", messages[0].Text)
	assert.Equal(t, messages[0].ID, answer["data"].(map[string]any)["messageId"])
	assert.Equal(t, []string{OutcomeAcknowledged}, b.outcomes())
}
