package documents_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// The README's program notifies a customer, as it says.
func TestReadmeProgramRuns(t *testing.T) {
	t.Parallel()
	var programs []string
	for _, block := range goBlocks(documents(t)["README.md"]) {
		if isProgram(block) {
			programs = append(programs, block)
		}
	}
	require.Len(t, programs, 1)
	source := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(source, []byte(programs[0]), 0o600))

	srv := novutest.NewServer(t, novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{
			"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": map[string]any{"clientId": "app", "secretKey": "s3cr3t", "tenantId": "home"},
		}},
		Subscribers: []any{map[string]any{"subscriberId": "acme"}},
		Connections: []any{map[string]any{
			"identifier": "teams-acme", "integrationIdentifier": "teams", "subscriberId": "acme", "context": map[string]any{"tenant": "acme"},
			"workspace": map[string]any{"id": "tenant-of-acme"}, "auth": map[string]any{"accessToken": "app-only"},
		}},
		Endpoints: []any{map[string]any{
			"identifier": "alerts", "integrationIdentifier": "teams", "connectionIdentifier": "teams-acme", "subscriberId": "acme",
			"context": map[string]any{"tenant": "acme"}, "type": "ms_teams_user", "endpoint": map[string]any{"userId": "29:ada"},
		}},
		Workflows: []any{map[string]any{
			"name": "Build failed", "workflowId": "build-failed", "__source": "editor", "active": true,
			"steps": []any{map[string]any{"name": "Chat", "type": "chat", "controlValues": map[string]any{"body": "Build {{payload.build}} failed"}}},
		}},
	}))
	cmd := exec.CommandContext(t.Context(), "go", "run", source)
	cmd.Dir = root // whose go.mod it uses
	cmd.Env = append(os.Environ(), "NOVU_SECRET_KEY="+srv.SecretKey(), "NOVU_BASE_URL="+srv.URL())
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Regexp(t, `^Novu accepted the event as txn_\w+\n$`, string(output))

	require.NoError(t, srv.Settle(t.Context()))
	require.Len(t, srv.Messages(), 1)
	assert.Equal(t, "Build 4711 failed", srv.Messages()[0].Text)
}
