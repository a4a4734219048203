package agent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

func TestReplyErrors(t *testing.T) {
	t.Parallel()
	delivery := func(message string) string {
		return `{"error":"delivery_failed","statusCode":502,"message":"` + message + `"}`
	}
	for name, test := range map[string]struct {
		status   int
		text     string
		kind     error
		contains string
		requests int
	}{
		"blocked": {
			status: 502, text: delivery("Permission denied: cannot postMessage in teams"),
			kind: agent.ErrDelivery, contains: "has not blocked it", requests: 1,
		},
		"not found": {
			status: 502, text: delivery("Resource not found during editMessage: gone"), kind: agent.ErrDelivery,
			contains: "somebody else's", requests: 1,
		},
		"wrong secret": {
			status: 502, text: delivery("Authentication failed for postMessage: invalid_client"),
			kind: agent.ErrDelivery, contains: "check client id", requests: 1,
		},
		"hang up": {
			status: 502, text: delivery("Teams API error during postMessage: socket hang up"),
			kind: agent.ErrDelivery, contains: "socket hang up", requests: 1,
		},
		"too fast": {
			status: 502, text: delivery("Rate limited by teams"), kind: agent.ErrDelivery,
			contains: "send less often", requests: 4,
		},
		"a gateway's 502": {status: 502, text: "<html>", kind: novu.ErrServer, contains: "502", requests: 1},
		"500": {
			status: 500, text: `{"message":"Internal server error"}`, kind: novu.ErrServer, contains: "",
			requests: 1,
		},
		"429": {status: 429, text: `{}`, kind: novu.ErrRateLimited, contains: "", requests: 4},
		"wrong key": {
			status: 401, text: `{"message":"API Key not found"}`, kind: novu.ErrUnauthorized, contains: "",
			requests: 1,
		},
		"another agent's": {
			status: 403, text: `{"message":"Agent identifier does not match this conversation"}`,
			kind: novu.ErrForbidden, contains: "", requests: 1,
		},
		"other environ.": {
			status: 404, text: `{"message":"Conversation not found"}`, kind: novu.ErrNotFound,
			contains: "another environment", requests: 1,
		},
		"inactive": {
			status: 422, text: `{"message":"Agent is inactive"}`, kind: novu.ErrValidation, contains: "inactive",
			requests: 1,
		},
		"reset":            {status: -1, text: "", kind: nil, contains: "reset by peer", requests: 1},
		"no message id":    {status: 200, text: `{"data":null}`, kind: nil, contains: "", requests: 1},
		"an HTML success":  {status: 200, text: `<html>`, kind: nil, contains: "", requests: 1},
		"an id of another": {status: 200, text: `{"data":{"messageId":7}}`, kind: nil, contains: "", requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &replyRoute{answer: func(int, map[string]any) (int, string) { return test.status, test.text }}
			s, err := agent.Resume(newClient(t, r), agent.Ref{AgentIdentifier: "support", ConversationID: conversation, IntegrationIdentifier: "teams"})
			require.NoError(t, err)
			_, err = s.Reply(t.Context(), agent.Markdown("x"))
			require.Error(t, err)
			if test.kind != nil {
				require.ErrorIs(t, err, test.kind)
			}
			assert.Equal(t, errors.Is(test.kind, agent.ErrDelivery), errors.Is(err, agent.ErrDelivery))
			assert.ErrorContains(t, err, test.contains)
			assert.Len(t, r.sent(), test.requests)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestRoutesThatAreNotTheClients(t *testing.T) {
	t.Parallel()
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		_, err := turn.Reply(ctx, agent.Markdown("x"))
		return err
	}})
	for n, target := range []string{"http://169.254.169.254/x", "//evil.example", "not a url\x7f", "https://api.novu.test.evil.example/v1", ""} {
		changes := map[string]any{"replyUrl": target, "eventsUrl": target, "deliveryId": fmt.Sprint("d", n)}
		assert.Equal(t, http.StatusOK, deliver(h, request("onMessage", changes)).Code)
	}
	require.NoError(t, h.Shutdown(t.Context()))
	assert.Len(t, r.sent(), 5)
}
