package conformance_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// A log shows the operation of an error apart from its text, for every package.
func TestErrorsInALogCanBeSearched(t *testing.T) {
	t.Parallel()
	client := novutest.NewServer(t).Client()
	_, novus := client.ChannelEndpoints.Get(t.Context(), "nowhere")
	_, microsofts := msteams.NewClient(msteams.Credentials{})
	_, webhooks := webhook.ParseURL("nowhere")
	_, agents := agent.NewHandler(client, nil)
	_, setups := setup.New(client, setup.Config{}, setup.Identities{})
	_, customersError := customers.NewClient(client, nil, customers.Config{})
	for _, row := range []struct {
		operation string
		err       error
	}{
		{operation: "get channel endpoint", err: novus}, {operation: "create client", err: microsofts},
		{operation: "parse webhook URL", err: webhooks}, {operation: "create handler", err: agents},
		{operation: "create setup", err: setups}, {operation: "create client", err: customersError},
	} {
		require.Error(t, row.err)
		var line bytes.Buffer
		slog.New(slog.NewJSONHandler(&line, nil)).Info("failed", "error", row.err)
		var logged struct{ Error map[string]any }
		require.NoError(t, json.Unmarshal(line.Bytes(), &logged), line.String())
		assert.Equal(t, row.operation, logged.Error["operation"])
		assert.Equal(t, row.err.Error(), logged.Error["message"])
		if row.operation == "get channel endpoint" {
			assert.EqualValues(t, 404, logged.Error["status"])
		}
	}
}
