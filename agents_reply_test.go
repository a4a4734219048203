package novu_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const (
	replyRoute = "POST /v1/agents/support/reply"
	posted     = `200 {"data":{"messageId":"1795640000050","platformThreadId":"teams:x"}}`
	rated      = `502 {"error":"delivery_failed","statusCode":502,"message":"Rate limited by teams","ctx":{"error":"delivery_failed"}}`
	hungUp     = `502 {"error":"delivery_failed","statusCode":502,"message":"Teams API error during postMessage: socket hang up"}`
	denied     = `502 {"error":"delivery_failed","statusCode":502,"message":"Permission denied: cannot postMessage in teams"}`
)

func message() novu.AgentReplyParams {
	return novu.AgentReplyParams{ConversationID: hexID, IntegrationIdentifier: "teams", Reply: &novu.AgentContent{Markdown: "hi"}}
}

func TestAgentReply(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, map[string][]string{replyRoute: {posted}})
	got, err := c.Agents.Reply(t.Context(), "support", message())
	require.NoError(t, err)
	assert.Equal(t, &novu.AgentReply{MessageID: "1795640000050", ThreadID: "teams:x"}, got)
	assert.Equal(t, []string{replyRoute + ` {"conversationId":"` + hexID + `","integrationIdentifier":"teams","reply":{"markdown":"hi"}}`}, s.sent)
}

// A message that may have been posted is not sent again; one that was not, is.
func TestAgentReplyIsRepeatedOnlyWhereNothingWasPosted(t *testing.T) {
	t.Parallel()
	for failure, want := range map[string]struct {
		requests int
		kind     error
	}{
		"429 {}":                {requests: 2},
		rated:                   {requests: 2},
		hungUp:                  {requests: 1, kind: novu.ErrOutcomeUnknown},
		denied:                  {requests: 1, kind: novu.ErrServer},
		`500 {}`:                {requests: 1, kind: novu.ErrOutcomeUnknown},
		"502 <html></html>":     {requests: 1, kind: novu.ErrServer},
		"reset":                 {requests: 1, kind: novu.ErrOutcomeUnknown},
		"502 <html></html> ":    {requests: 1, kind: novu.ErrOutcomeUnknown},
		`401 {}`:                {requests: 1, kind: novu.ErrUnauthorized},
		`403 {}`:                {requests: 1, kind: novu.ErrForbidden},
		`200 {"data":null}`:     {requests: 1},
		`200 {"data":{}}`:       {requests: 1, kind: novu.ErrBadAnswer},
		`200 {"data":{"messag`:  {requests: 1},
		"200 <html>none</html>": {requests: 1},
	} {
		t.Run(failure, func(t *testing.T) {
			t.Parallel()
			c, s := scripted(t, map[string][]string{replyRoute: {failure, posted}})
			_, err := c.Agents.Reply(t.Context(), "support", message())
			assert.Len(t, s.sent, want.requests)
			if want.requests > 1 {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			if want.kind != nil {
				require.ErrorIs(t, err, want.kind)
			}
			if failure == denied || strings.HasPrefix(failure, "40") {
				require.NotErrorIs(t, err, novu.ErrOutcomeUnknown)
			}
		})
	}
}

func TestAgentReplyPartsOnTheWire(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, map[string][]string{replyRoute: {`200 {"data":null}`}})
	for want, params := range map[string]novu.AgentReplyParams{
		`"typing":{}`:  {Typing: &novu.AgentTyping{}},
		`"error":true`: {Error: true},
		`"resolve":{}`: {Resolve: &novu.AgentResolve{}},
		`"signals":[{"action":"set","key":"a","type":"metadata","value":null}]`:                      {Signals: []novu.AgentSignal{{Type: "metadata", Action: "set", Key: "a"}}},
		`"signals":[{"action":"clear","type":"metadata"}]`:                                           {Signals: []novu.AgentSignal{{Type: "metadata", Action: "clear"}}},
		`"signals":[{"to":[{"topicKey":"t","type":"Topic"}],"type":"trigger","workflowId":"w"}]`:     {Signals: []novu.AgentSignal{{Type: "trigger", WorkflowID: "w", To: novu.ToTopic("t")}}},
		`"signals":[{"payload":{"p":1},"type":"trigger","workflowId":"w"}]`:                          {Signals: []novu.AgentSignal{{Type: "trigger", WorkflowID: "w", Payload: map[string]any{"p": 1}}}},
		`"toolResults":[{"toolCallId":"c","output":null}]`:                                           {ToolResults: []novu.AgentToolResult{{ToolCallID: "c"}}},
		`"deleteMessages":[{"messageId":"m"}]`:                                                       {DeleteMessages: []novu.AgentMessageRef{{MessageID: "m"}}},
		`"toolApprovalRequest":{"approvalId":"c","toolCallId":"c","name":"refund","input":{"id":7}}`: {ToolApprovalRequest: &novu.AgentToolApprovalRequest{ApprovalID: "c", ToolCallID: "c", Name: "refund", Input: map[string]any{"id": 7}}},
	} {
		params.ConversationID, params.IntegrationIdentifier = hexID, "teams"
		_, err := c.Agents.Reply(t.Context(), "support", params)
		require.NoError(t, err, want)
		_, body, _ := strings.Cut(s.sent[len(s.sent)-1], " {")
		assert.JSONEq(t, `{"conversationId":"`+hexID+`","integrationIdentifier":"teams",`+want+`}`, "{"+body)
	}
	text, err := json.Marshal(novu.AgentToolApprovalCard{Title: "Sure?", DenyLabel: "No"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"tool-approval-card","title":"Sure?","denyLabel":"No"}`, string(text))
}

func TestAgentReplyParamsThatCanNotBeRight(t *testing.T) {
	t.Parallel()
	c := silent(t)
	for name, change := range map[string]func(*novu.AgentReplyParams){
		"conversation":      func(p *novu.AgentReplyParams) { p.ConversationID = "conv_6ouffl00i7d2" },
		"integration":       func(p *novu.AgentReplyParams) { p.IntegrationIdentifier = "" },
		"nothing":           func(p *novu.AgentReplyParams) { p.Reply = nil },
		"error and reply":   func(p *novu.AgentReplyParams) { p.Error = true },
		"edit and reply":    func(p *novu.AgentReplyParams) { p.Edit = &novu.AgentEdit{MessageID: "m"} },
		"edit of nothing":   func(p *novu.AgentReplyParams) { p.Reply, p.Edit = nil, &novu.AgentEdit{} },
		"too large":         func(p *novu.AgentReplyParams) { p.Reply.Markdown = strings.Repeat("x", 8<<20) },
		"unencodable input": func(p *novu.AgentReplyParams) { p.ToolResults = []novu.AgentToolResult{{Output: func() {}}} },
	} {
		params := message()
		change(&params)
		_, err := c.Agents.Reply(t.Context(), "support", params)
		require.ErrorIs(t, err, novu.ErrInvalidParams, name)
	}
}

func TestAgentReplyErrorsRepeatNoSecret(t *testing.T) {
	t.Parallel()
	c, _ := scripted(t, map[string][]string{replyRoute: {`422 {"message":"no: https://sign.in/?code=canary and nv-test-secret-key and nv-previous-key"}`}},
		novu.WithPreviousSecretKeys("nv-previous-key"))
	params := message()
	params.Secrets = []novu.Secret{"https://sign.in/?code=canary"}
	_, err := c.Agents.Reply(t.Context(), "support", params)
	require.ErrorIs(t, err, novu.ErrValidation)
	var e *novu.Error
	require.ErrorAs(t, err, &e)
	for _, secret := range []string{"canary", "nv-test", "nv-previous"} {
		assert.NotContains(t, err.Error()+string(e.Body), secret)
	}
}
