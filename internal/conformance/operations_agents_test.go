package conformance_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const (
	agentsRoute = "/v1/agents"
	agentRoute  = agentsRoute + "/{identifier}"
	linksRoute  = agentRoute + "/integrations"
	renamed     = "renamed"
	bridge      = "http://127.0.0.1:9/novu"
)

// knownAgent is there before the call, and linked.
func knownAgent(t *testing.T, w *world) {
	t.Helper()
	_, err := w.check.Agents.Create(t.Context(), novu.CreateAgentParams{Identifier: known, Name: known})
	require.NoError(t, err)
	_, err = w.check.Agents.LinkIntegration(t.Context(), known, teams)
	require.NoError(t, err)
}

// talkingAgent has been written to.
func talkingAgent(t *testing.T, w *world) {
	t.Helper()
	w.srv.ServeAgent(known, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct {
			ConversationID        string `json:"conversationId"`
			IntegrationIdentifier string `json:"integrationIdentifier"`
		}
		if json.NewDecoder(r.Body).Decode(&event) == nil {
			w.conversation, w.talking = event.ConversationID, event.IntegrationIdentifier
		}
	}))
	_, err := w.srv.Chat(novutest.User{}).Say(t.Context(), "hello")
	require.NoError(t, err)
}

func agentIs(as func(*novu.Agent) bool) func(t *testing.T, w *world) int {
	return func(t *testing.T, w *world) int {
		t.Helper()
		agent, err := w.check.Agents.Get(t.Context(), known)
		require.NoError(t, err)
		return count(as(agent))
	}
}

func linkCount(t *testing.T, w *world, agent string) int {
	t.Helper()
	links, err := w.check.Agents.Integrations(t.Context(), agent)
	require.NoError(t, err)
	return len(links)
}

var agentOperations = []operation{
	{name: "Agents.Get", kind: read, method: http.MethodGet, route: agentRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Get(ctx, known, opts...)
		return err
	}},
	{name: "Agents.List", kind: read, method: http.MethodGet, route: agentsRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.List(ctx, novu.ListAgentsParams{}, opts...)
		return err
	}},
	{name: "Agents.Integrations", kind: read, method: http.MethodGet, route: linksRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Integrations(ctx, known, opts...)
		return err
	}},
	{name: "Agents.Update", kind: update, method: http.MethodPatch, route: agentRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Update(ctx, known, novu.UpdateAgentParams{Name: renamed}, opts...)
		return err
	}, done: agentIs(func(a *novu.Agent) bool { return a.Name == renamed })},
	{name: "Agents.SetBridge", kind: update, method: http.MethodPut, route: agentRoute + "/bridge", unkeyed: true, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.SetBridge(ctx, known, bridge, opts...)
		return err
	}, done: agentIs(func(a *novu.Agent) bool { return a.BridgeURL == bridge })},
	{name: "Agents.Ensure of one that is there", kind: update, method: http.MethodPatch, route: agentRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Ensure(ctx, novu.EnsureAgentParams{Identifier: known, Name: renamed, IntegrationIdentifier: teams}, opts...)
		return err
	}, done: agentIs(func(a *novu.Agent) bool { return a.Name == renamed })},
	{name: "Agents.Delete", kind: remove, method: http.MethodDelete, route: agentRoute, prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return w.novu.Agents.Delete(ctx, known, opts...)
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.Agents.List(t.Context(), novu.ListAgentsParams{})
		require.NoError(t, err)
		return 1 - len(page.Data)
	}},
	{name: "Agents.UnlinkIntegration", kind: remove, method: http.MethodDelete, route: linksRoute + "/{link}", prepare: knownAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		return w.novu.Agents.UnlinkIntegration(ctx, known, teams, opts...)
	}, done: func(t *testing.T, w *world) int { return 1 - linkCount(t, w, known) }},
	{name: "Agents.LinkIntegration", kind: create, method: http.MethodPost, route: linksRoute, prepare: func(t *testing.T, w *world) {
		_, err := w.check.Agents.Create(t.Context(), novu.CreateAgentParams{Identifier: known, Name: known})
		require.NoError(t, err)
	}, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.LinkIntegration(ctx, known, teams, opts...)
		return err
	}, done: func(t *testing.T, w *world) int { return linkCount(t, w, known) }},
	{name: "Agents.Create", kind: claim, method: http.MethodPost, route: agentsRoute, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Create(ctx, novu.CreateAgentParams{Identifier: "new", Name: "New"}, opts...)
		return err
	}, done: func(t *testing.T, w *world) int {
		page, err := w.check.Agents.List(t.Context(), novu.ListAgentsParams{})
		require.NoError(t, err)
		return len(page.Data)
	}},
	{name: "Agents.Reply", kind: answer, method: http.MethodPost, route: agentRoute + "/reply", prepare: talkingAgent, act: func(ctx context.Context, w *world, opts ...novu.RequestOption) error {
		_, err := w.novu.Agents.Reply(ctx, known, novu.AgentReplyParams{
			ConversationID: w.conversation, IntegrationIdentifier: w.talking, Reply: &novu.AgentContent{Markdown: text},
		}, opts...)
		return err
	}, done: landed},
}
