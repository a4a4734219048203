package novu_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const agentID = "6b072cbd694acdd56bf40131"

// script answers each route with what a running server answered, in order; the last answer stays.
type script struct {
	t       *testing.T
	mu      sync.Mutex
	answers map[string][]string // "METHOD /path": "status body"
	sent    []string            // "METHOD /path?query body"
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	route := r.Method + " " + r.URL.Path
	s.sent = append(s.sent, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	answers := s.answers[route]
	if len(answers) == 0 {
		s.t.Errorf("unexpected %s", route)
		return httpmock.NewStringResponse(http.StatusNotImplemented, ""), nil
	}
	answer := answers[0]
	if len(answers) > 1 {
		s.answers[route] = answers[1:]
	}
	if answer == "reset" {
		return nil, errors.New("connection reset by peer")
	}
	status, text, _ := strings.Cut(answer, " ")
	code := map[string]int{"200": 200, "201": 201, "204": 204, "400": 400, "401": 401, "403": 403, "404": 404, "409": 409, "422": 422, "429": 429, "500": 500, "502": 502}[status]
	resp := httpmock.NewStringResponse(code, text)
	if code == http.StatusTooManyRequests {
		resp.Header.Set("Retry-After", "0")
	}
	return resp, nil
}

func scripted(t *testing.T, answers map[string][]string, opts ...novu.Option) (*novu.Client, *script) {
	t.Helper()
	s := &script{t: t, answers: answers}
	c, err := novu.NewClient("nv-test-secret-key", append([]novu.Option{
		novu.WithHTTPClient(&http.Client{Transport: s}), novu.WithRetryPolicy(novu.RetryPolicy{MinWait: 1, MaxWait: 1}),
	}, opts...)...)
	require.NoError(t, err)
	return c, s
}

func agentJSON(identifier, more string) string {
	return `{"data":{"_id":"` + agentID + `","name":"Support","identifier":"` + identifier + `","active":true,` +
		`"behavior":{"subscriberAccess":"restricted"},"devBridgeActive":false,"runtime":"self-hosted"` + more + `}}`
}

const (
	agentMissing = `404 {"error":"Not Found","statusCode":404,"message":"Agent with identifier \"support\" was not found."}`
	privateHost  = `400 {"statusCode":400,"message":"bridgeUrl: Requests to private or reserved IP addresses are not allowed (resolved: 10.0.0.1)."}`
)

func TestAgentCreate(t *testing.T) {
	t.Parallel()
	params := novu.CreateAgentParams{
		Identifier: "support", Name: "Support", BridgeURL: "https://bot.example/api/novu",
		Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen},
	}
	const post, patch, remove = "POST /v1/agents", "PATCH /v1/agents/support", "DELETE /v1/agents/support"
	made := "201 " + agentJSON("support", "")
	t.Run("sets bridge and behavior in a second request", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{post: {made}, patch: {"200 " + agentJSON("support", `,"bridgeUrl":"https://bot.example/api/novu"`)}})
		agent, err := c.Agents.Create(t.Context(), params)
		require.NoError(t, err)
		assert.Equal(t, "https://bot.example/api/novu", agent.BridgeURL)
		assert.Equal(t, []string{
			`POST /v1/agents {"name":"Support","identifier":"support"}`,
			`PATCH /v1/agents/support {"behavior":{"subscriberAccess":"open"},"bridgeUrl":"https://bot.example/api/novu"}`,
		}, s.sent)
	})
	t.Run("removes what was made under another identifier", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{
			post: {"201 " + agentJSON("support-cr4iojj0", "")}, "DELETE /v1/agents/support-cr4iojj0": {"204"},
		})
		_, err := c.Agents.Create(t.Context(), params)
		require.ErrorIs(t, err, novu.ErrConflict)
		assert.ErrorContains(t, err, `"support" is taken`)
		assert.Equal(t, "DELETE /v1/agents/support-cr4iojj0", s.sent[1])
	})
	t.Run("removes an agent whose bridge is refused", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{post: {made}, patch: {privateHost}, remove: {"204"}})
		_, err := c.Agents.Create(t.Context(), params)
		require.ErrorIs(t, err, novu.ErrValidation)
		assert.ErrorContains(t, err, "10.0.0.1")
		assert.Equal(t, remove, s.sent[2])
	})
	t.Run("says what it could not remove", func(t *testing.T) {
		t.Parallel()
		c, _ := scripted(t, map[string][]string{post: {made}, patch: {privateHost}, remove: {"403 {}"}})
		_, err := c.Agents.Create(t.Context(), params)
		require.ErrorIs(t, err, novu.ErrValidation)
		assert.ErrorContains(t, err, `the agent "support" was made and could not be removed`)
	})
	for name, failure := range map[string]string{"a reset": "reset", "a 500": `500 {"statusCode":500}`, "half an answer": `201 {"data":{"_id`} {
		t.Run("finds after "+name+" what was made", func(t *testing.T) {
			t.Parallel()
			c, s := scripted(t, map[string][]string{post: {failure}, "GET /v1/agents/support": {"200 " + agentJSON("support", "")}})
			agent, err := c.Agents.Create(t.Context(), novu.CreateAgentParams{Identifier: "support", Name: "Support"})
			require.NoError(t, err)
			assert.Equal(t, agentID, agent.ID)
			assert.Len(t, s.sent, 2, "the request is not repeated")
		})
		t.Run("does not take another agent for its own after "+name, func(t *testing.T) {
			t.Parallel()
			c, _ := scripted(t, map[string][]string{post: {failure}, "GET /v1/agents/support": {"200 " + agentJSON("support", `,"description":"another"`)}})
			_, err := c.Agents.Create(t.Context(), novu.CreateAgentParams{Identifier: "support", Name: "Support"})
			require.Error(t, err)
		})
	}
}

func TestAgentParamsThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	c := silent(t)
	for field, params := range map[string]novu.CreateAgentParams{
		"Identifier": {Identifier: "has space", Name: "n"},
		"Name":       {Identifier: "a", Name: strings.Repeat("é", 61)},
		"BridgeURL":  {Identifier: "a", Name: "n", BridgeURL: "bot.example/api"},
	} {
		_, err := c.Agents.Create(t.Context(), params)
		require.ErrorIs(t, err, novu.ErrInvalidParams)
		assert.ErrorContains(t, err, field)
		_, err = c.Agents.Ensure(t.Context(), novu.EnsureAgentParams{Identifier: params.Identifier, Name: params.Name, BridgeURL: params.BridgeURL})
		require.ErrorIs(t, err, novu.ErrInvalidParams)
	}
	_, err := c.Agents.Update(t.Context(), "a", novu.UpdateAgentParams{})
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	_, err = c.Agents.LinkIntegration(t.Context(), "a", "")
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	require.ErrorIs(t, c.Agents.UnlinkIntegration(t.Context(), "", "teams"), novu.ErrInvalidParams)
	_, err = c.Agents.SetBridge(t.Context(), "a", "ftp://x")
	require.ErrorIs(t, err, novu.ErrInvalidParams)
}

func TestAgentSetBridge(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, map[string][]string{"PUT /v1/agents/support/bridge": {"200 " + agentJSON("support", `,"bridgeUrl":null`)}})
	agent, err := c.Agents.SetBridge(t.Context(), "support", "")
	require.NoError(t, err)
	assert.Empty(t, agent.BridgeURL)
	_, err = c.Agents.SetBridge(t.Context(), "support", "https://bot.example")
	require.NoError(t, err)
	assert.Equal(t, []string{
		`PUT /v1/agents/support/bridge {"bridgeUrl":null}`, `PUT /v1/agents/support/bridge {"bridgeUrl":"https://bot.example"}`,
	}, s.sent)
}

func TestAgentWebhookURL(t *testing.T) {
	t.Parallel()
	c, err := novu.NewClient("key", novu.WithBaseURL("https://novu.example/api/"))
	require.NoError(t, err)
	at, err := c.AgentWebhookURL(&novu.Agent{ID: agentID}, "teams-main")
	require.NoError(t, err)
	assert.Equal(t, "https://novu.example/api/v1/agents/"+agentID+"/webhook/teams-main", at)
	_, err = c.AgentWebhookURL(&novu.Agent{Identifier: "support"}, "teams-main")
	require.ErrorIs(t, err, novu.ErrInvalidParams)
	_, err = c.AgentWebhookURL(nil, "teams-main")
	require.ErrorIs(t, err, novu.ErrInvalidParams)
}
