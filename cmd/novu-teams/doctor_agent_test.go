package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/msteams/manifest"
)

func TestDoctorOfAnAgent(t *testing.T) {
	srv := healthy(t)
	on(t, srv, true)
	client := srv.Client()
	h, err := agent.NewHandler(client, []agent.Bot{{
		Identifier: "support", OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil },
	}}, agent.WithLogger(nil))
	require.NoError(t, err)
	bridge := httptest.NewServer(h)
	defer bridge.Close()
	made, err := client.Agents.Ensure(t.Context(), novu.EnsureAgentParams{
		Identifier: "support", BridgeURL: bridge.URL, IntegrationIdentifier: "teams",
		Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen, AcknowledgeOnReceived: novu.Ptr(false)},
	})
	require.NoError(t, err)
	endpoint, err := client.AgentWebhookURL(made, "teams")
	require.NoError(t, err)

	status, tree, complaint := doctorSays(t, "-agent", "support")
	assert.Equal(t, exitUnknown, status, tree)
	assert.Empty(t, complaint)
	assert.Contains(t, tree, "The agent support\n")
	assert.Contains(t, tree, "agent: it serves the agent")

	packed := filepath.Join(t.TempDir(), "app.zip")
	m, err := manifest.New(manifest.App{
		ClientID: demoClientID, Name: "Support", Description: "Answers", Conversational: true,
		Developer: manifest.Developer{
			Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example", TermsOfUseURL: "https://acme.example",
		},
	})
	require.NoError(t, err)
	file, err := os.Create(packed)
	require.NoError(t, err)
	require.NoError(t, m.WritePackage(file))
	require.NoError(t, file.Close())
	told := []string{"-agent", "support", "-integration", "teams", "-messaging-endpoint", endpoint, "-package", packed}
	status, tree, _ = doctorSays(t, told...)
	assert.Zero(t, status, tree)

	fields, err := m.MarshalJSON()
	require.NoError(t, err)
	plain := filepath.Join(t.TempDir(), "manifest.json")
	require.NoError(t, os.WriteFile(plain, fields, 0o600))
	bridge.Close()
	status, tree, _ = doctorSays(t, append(told, "-package", plain)...)
	assert.Equal(t, exitBroken, status)
	assert.Contains(t, tree, "✗ answers: from here, nothing answers")
	assert.Contains(t, tree, "✓ manifest")

	for _, args := range [][]string{
		{"-agent", "support", "-workflow", "w"},
		{"-agent", "support", "-package", packed},
		{"-subscriber", "acme", "-integration", "teams", "-messaging-endpoint", endpoint},
		{"-agent", "support", "-integration", "teams", "-package", filepath.Join(t.TempDir(), "missing")},
	} {
		status, out, complaint := doctorSays(t, args...)
		assert.Equal(t, exitUnknown, status, args)
		assert.Empty(t, out)
		assert.NotEmpty(t, complaint)
	}
}
