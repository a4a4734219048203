package documents_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// program builds the one program of a document and returns its path.
func program(t *testing.T, document string) string {
	t.Helper()
	var programs []string
	for _, block := range goBlocks(documents(t)[document]) {
		if isProgram(block) {
			programs = append(programs, block)
		}
	}
	require.Len(t, programs, 1)
	source := filepath.Join(t.TempDir(), "main.go")
	require.NoError(t, os.WriteFile(source, []byte(programs[0]), 0o600))
	binary := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source)
	cmd.Dir = root // whose go.mod it uses
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return binary
}

// The test file of testing.md passes, and fails if something else arrives.
func TestTestingFilePasses(t *testing.T) {
	t.Parallel()
	blocks := slices.DeleteFunc(goBlocks(documents(t)["docs/testing.md"]), func(block string) bool { return !isProgram(block) })
	require.Len(t, blocks, 1)
	broken := strings.Replace(blocks[0], `"text": text`, `"text": "another"`, 1)
	require.NotEqual(t, blocks[0], broken)
	for source, passes := range map[string]bool{blocks[0]: true, broken: false} {
		file := filepath.Join(t.TempDir(), "alerts_test.go")
		require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
		cmd := exec.CommandContext(t.Context(), "go", "test", "-v", file)
		cmd.Dir = root // whose go.mod it uses
		output, err := cmd.CombinedOutput()
		assert.Equal(t, passes, err == nil, "%s", output)
		assert.Contains(t, string(output), "TestTheMessageArrives", "%s", output)
	}
}

// The README's program notifies a customer, as it says.
func TestReadmeProgramRuns(t *testing.T) {
	t.Parallel()
	binary := program(t, "README.md")
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
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "NOVU_SECRET_KEY="+srv.SecretKey(), "NOVU_BASE_URL="+srv.URL())
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Regexp(t, `^Novu accepted the event as txn_\w+\n$`, string(output))

	require.NoError(t, srv.Settle(t.Context()))
	require.Len(t, srv.Messages(), 1)
	assert.Equal(t, "Build 4711 failed", srv.Messages()[0].Text)
}

// The program of connect.md gets a first message through, finds everything in place when it runs
// again, and mends a connection that was deleted.
func TestConnectProgramRuns(t *testing.T) {
	t.Parallel()
	binary := program(t, "docs/connect.md")
	srv := novutest.NewServer(t, novutest.WithTenant(novutest.Tenant{
		Teams: []novutest.Team{{Name: "Engineering", Channels: []novutest.Channel{{Name: "General"}, {Name: "Builds"}}}},
	}))
	run := func(asksForConsent bool) {
		cmd := exec.CommandContext(t.Context(), binary, "Engineering", "Builds")
		cmd.Env = append(os.Environ(), "NOVU_SECRET_KEY="+srv.SecretKey(), "NOVU_BASE_URL="+srv.URL(),
			"MSTEAMS_LOGIN_URL="+srv.LoginURL(), "MSTEAMS_GRAPH_URL="+srv.GraphURL(), "MSTEAMS_CONNECTOR_URL="+srv.ConnectorURL(),
			"MSTEAMS_CLIENT_ID=0c4b1d7e-91f0-4a57-8f0e-3b6c54a2d901", "MSTEAMS_CLIENT_SECRET=x", "MSTEAMS_TENANT_ID="+novutest.DefaultTenantID)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		output, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		var printed []string
		for lines := bufio.NewScanner(output); lines.Scan(); {
			if line := lines.Text(); strings.HasPrefix(line, "http") {
				assert.NoError(t, srv.Visit(t.Context(), novu.Secret(line)))
			} else if line != "" {
				printed = append(printed, line)
			}
		}
		require.NoError(t, cmd.Wait(), complaints.String())
		if asksForConsent {
			require.NotEmpty(t, printed)
			assert.Contains(t, printed[0], "as an administrator of the customer")
			printed = printed[1:]
		}
		require.Len(t, printed, 3)
		assert.Equal(t, "Notifications for acme land in Engineering / Builds", printed[0])
		assert.Regexp(t, `^Novu accepted txn_\w+$`, printed[1])
		assert.Equal(t, "Delivered to Engineering / Builds", printed[2])
	}
	run(true)
	run(false)
	for connection, err := range srv.Client().ChannelConnections.All(t.Context(), novu.ListChannelConnectionsParams{}) {
		require.NoError(t, err)
		require.NoError(t, srv.Client().ChannelConnections.Delete(t.Context(), connection.Identifier))
	}
	run(true)
	require.Len(t, srv.Messages(), 3)
	assert.Equal(t, "Build 4711 failed", srv.Messages()[2].Text)
}
