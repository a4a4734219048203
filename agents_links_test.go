package novu_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const (
	linkID       = "6b072cbe694acdd56bf40273"
	agentLink    = `{"_id":"` + linkID + `","_agentId":"` + agentID + `","integration":{"identifier":"teams","providerId":"msteams","active":true},"connectedAt":null}`
	agentLinked  = `200 {"data":[` + agentLink + `],"next":null,"previous":null,"totalCount":1}`
	agentNoLinks = `200 {"data":[],"next":null,"previous":null,"totalCount":0}`
	alreadyThere = `409 {"statusCode":409,"message":"This integration is already linked to the agent."}`

	agentLinks = "/v1/agents/support/integrations"
)

func TestAgentLinkIntegration(t *testing.T) {
	t.Parallel()
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{"POST " + agentLinks: {`201 {"data":` + agentLink + `}`}})
		link, err := c.Agents.LinkIntegration(t.Context(), "support", "teams")
		require.NoError(t, err)
		assert.Equal(t, "teams", link.Integration.Identifier)
		assert.True(t, link.ConnectedAt.IsZero())
		assert.Equal(t, []string{`POST ` + agentLinks + ` {"integrationIdentifier":"teams"}`}, s.sent)
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		c, _ := scripted(t, map[string][]string{"POST " + agentLinks: {alreadyThere}})
		_, err := c.Agents.LinkIntegration(t.Context(), "support", "teams")
		require.ErrorIs(t, err, novu.ErrConflict)
	})
	t.Run("a first attempt that had succeeded", func(t *testing.T) {
		t.Parallel()
		c, _ := scripted(t, map[string][]string{"POST " + agentLinks: {"reset", alreadyThere}, "GET " + agentLinks: {agentLinked}})
		link, err := c.Agents.LinkIntegration(t.Context(), "support", "teams")
		require.NoError(t, err)
		assert.Equal(t, linkID, link.ID)
	})
}

func TestAgentUnlinkIntegration(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, map[string][]string{"GET " + agentLinks: {agentLinked, agentNoLinks}, "DELETE " + agentLinks + "/" + linkID: {"204"}})
	require.NoError(t, c.Agents.UnlinkIntegration(t.Context(), "support", "teams"))
	assert.Equal(t, []string{"GET " + agentLinks + "?integrationIdentifier=teams", "DELETE " + agentLinks + "/" + linkID}, s.sent)
	require.ErrorIs(t, c.Agents.UnlinkIntegration(t.Context(), "support", "teams"), novu.ErrNotFound)
}

func TestAgentIntegrationsWalksAllPages(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, map[string][]string{"GET " + agentLinks: {
		`200 {"data":[` + agentLink + `],"next":"` + linkID + `","totalCount":2}`, agentLinked,
	}})
	links, err := c.Agents.Integrations(t.Context(), "support")
	require.NoError(t, err)
	assert.Len(t, links, 2)
	assert.Equal(t, []string{"GET " + agentLinks + "?limit=100", "GET " + agentLinks + "?after=" + linkID + "&limit=100"}, s.sent)
}

func TestAgentEnsure(t *testing.T) {
	t.Parallel()
	params := novu.EnsureAgentParams{
		Identifier: "support", Name: "Support", BridgeURL: "https://bot.example", IntegrationIdentifier: "teams",
		Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen},
	}
	const get, post, patch = "GET /v1/agents/support", "POST /v1/agents", "PATCH /v1/agents/support"
	whole := `{"data":{"_id":"` + agentID + `","name":"Support","identifier":"support","behavior":{"subscriberAccess":"open"},"bridgeUrl":"https://bot.example"}}`
	t.Run("makes", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{
			get: {agentMissing}, post: {"201 " + agentJSON("support", "")}, patch: {"200 " + whole},
			"GET " + agentLinks: {agentNoLinks}, "POST " + agentLinks: {`201 {"data":` + agentLink + `}`},
		})
		agent, err := c.Agents.Ensure(t.Context(), params)
		require.NoError(t, err)
		assert.Equal(t, "https://bot.example", agent.BridgeURL)
		assert.Len(t, s.sent, 5)
	})
	t.Run("leaves what is right", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{get: {"200 " + whole}, "GET " + agentLinks: {agentLinked}})
		_, err := c.Agents.Ensure(t.Context(), params)
		require.NoError(t, err)
		assert.Len(t, s.sent, 2, "nothing is written")
	})
	t.Run("mends what differs, in one request", func(t *testing.T) {
		t.Parallel()
		c, s := scripted(t, map[string][]string{
			get: {"200 " + agentJSON("support", "")}, patch: {"200 " + whole}, "GET " + agentLinks: {agentNoLinks}, "POST " + agentLinks: {alreadyThere},
		})
		_, err := c.Agents.Ensure(t.Context(), params)
		require.NoError(t, err, "somebody else made the link in the meantime")
		assert.Equal(t, `PATCH /v1/agents/support {"behavior":{"subscriberAccess":"open"},"bridgeUrl":"https://bot.example"}`, s.sent[1])
	})
	t.Run("meets somebody else who makes it", func(t *testing.T) {
		t.Parallel()
		c, _ := scripted(t, map[string][]string{
			get: {agentMissing, "200 " + whole}, post: {"201 " + agentJSON("support-cr4iojj0", "")},
			"DELETE /v1/agents/support-cr4iojj0": {"204"}, "GET " + agentLinks: {agentLinked},
		})
		_, err := c.Agents.Ensure(t.Context(), params)
		require.NoError(t, err)
	})
}
