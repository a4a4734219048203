package main

import (
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// Whoever names a team can't steer the terminal of whoever lists it, nor fake another row.
func TestNamesOfTeamsCannotSteerTheTerminal(t *testing.T) {
	evil := "Red\x1b[31m\nacme\u202e\u2028moor\tx"
	srv := bakeries(t, novutest.WithTenant(novutest.Tenant{Teams: []novutest.Team{{Name: evil}}}))
	_, err := srv.Client().ChannelConnections.Create(t.Context(), novu.CreateChannelConnectionParams{
		IntegrationIdentifier: "teams", Context: novu.ContextPayload{"tenant": {ID: "hooli"}},
		Workspace: novu.Workspace{ID: novutest.DefaultTenantID}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
	})
	require.NoError(t, err)
	listed := succeeds(t, "teams", "-customer", "hooli")
	assert.Len(t, strings.Split(strings.TrimSpace(listed), "\n"), 2)
	for _, r := range listed {
		assert.False(t, r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)), "%q is printed", r)
	}
	assert.Equal(t, evil, decoded[[]map[string]any](t, "teams", "-customer", "hooli")[0]["displayName"], "a program gets it as it is")
}

// Nor can a bridge that posts a message steer the terminal of whoever talks to it.
func TestMessagesCannotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	evil := "Red\x1b[31m\u202e\tx"
	var text strings.Builder
	for _, m := range []novutest.ChatMessage{
		{From: evil, Text: evil + "\n" + evil, Buttons: []string{evil}, Choices: []novutest.ChatChoice{{Label: evil, Options: []string{evil}}},
			Files: []novutest.ChatFile{{Name: evil, ContentType: evil}}},
		{From: evil, Text: evil, Deleted: true},
	} {
		printChatMessage(&text, m)
	}
	for _, r := range text.String() {
		assert.False(t, r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)), "%q is printed", r)
	}
	assert.Len(t, strings.Split(strings.TrimSpace(text.String()), "\n"), 6)
}

func TestTable(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	require.NoError(t, printTable(&text, "none", []string{"ID", "NAME"}, [][]string{{"1", "Größe"}, {"22", ""}}))
	assert.Equal(t, "ID  NAME\n1   Größe\n22\n", text.String())
	text.Reset()
	require.NoError(t, printTable(&text, "There is none.", []string{"ID"}, nil))
	assert.Equal(t, "There is none.\n", text.String())
}

func TestProgressIsForTerminals(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	progress(&text, "Waiting …")
	assert.Empty(t, text.String())
	file, err := os.Create(t.TempDir() + "/stderr")
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // it is only written
	progress(file, "Waiting …")
	written, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	assert.Empty(t, written)
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 messages", 1: "1 message", 2: "2 messages"} {
		assert.Equal(t, want, count(n, "message"))
	}
}
