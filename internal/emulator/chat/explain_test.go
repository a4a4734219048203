package chat_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/emulator/chat"
	"github.com/novu-go/novu/internal/emulator/novu"
)

// Whatever kept a message from the bridge, the explanation says what it was and what to do.
func TestExplain(t *testing.T) {
	t.Parallel()
	failed := func(status int, text string) []novu.AgentAttempt {
		return []novu.AgentAttempt{{Status: status, Error: text}, {Status: status, Error: text}, {Status: status, Error: text}}
	}
	for name, row := range map[string]struct {
		delivery novu.AgentDelivery
		want     []string
	}{
		"on its way":   {delivery: novu.AgentDelivery{Outcome: novu.OutcomeInProgress}, want: []string{"on its way"}},
		"tried again":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeInProgress, Attempts: failed(503, "")}, want: []string{"answered 503", "three times"}},
		"acknowledged": {delivery: novu.AgentDelivery{Outcome: novu.OutcomeAcknowledged}, want: []string{"took it"}},
		"not running": {
			delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, Bridge: "http://127.0.0.1:1/x", Attempts: failed(0, "connection refused")},
			want:     []string{"connection refused", "Is it running at http://127.0.0.1:1/x?", "3 times", "agent is offline"},
		},
		"wrong key": {delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, Attempts: failed(401, "")}, want: []string{"secret key of this server"}},
		"wrong agent": {
			delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, AgentIdentifier: "support", Attempts: failed(404, "")},
			want:     []string{"no agent named support"},
		},
		"too large":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, Attempts: failed(413, "")}, want: []string{"too large"}},
		"redirects":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, Attempts: failed(302, "")[:1]}, want: []string{"307 and 308", "once"}},
		"broken":     {delivery: novu.AgentDelivery{Outcome: novu.OutcomeOffline, Attempts: failed(500, "")}, want: []string{"Its own log"}},
		"no bridge":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeNoBridge}, want: []string{"bridge URL"}},
		"restricted": {delivery: novu.AgentDelivery{Outcome: novu.OutcomeRestricted, Reason: "no endpoint"}, want: []string{"no endpoint", "make the agent open"}},
		"dropped":    {delivery: novu.AgentDelivery{Outcome: novu.OutcomeDropped}, want: []string{"another message", "Write it again"}},
		"duplicate":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeDuplicate}, want: []string{"before"}},
		"not heard":  {delivery: novu.AgentDelivery{Outcome: novu.OutcomeNotHeard, Reason: "no mention"}, want: []string{"no mention"}},
		"refused":    {delivery: novu.AgentDelivery{Outcome: novu.OutcomeRefused, Reason: "expired"}, want: []string{"expired"}},
	} {
		for _, want := range row.want {
			assert.Contains(t, chat.Explain(row.delivery), want, name)
		}
	}
}

func TestExplainReply(t *testing.T) {
	t.Parallel()
	for want, reply := range map[string]novu.AgentReply{
		"may have been posted":            {},
		"Posted to Teams.":                {Status: 200, MessageID: "17"},
		"shows nothing in Teams":          {Status: 200},
		"secret key of this server":       {Status: 401, Message: "API Key not found"},
		"Conversation not found.":         {Status: 404, Message: "Conversation not found"},
		"does not try again":              {Status: 502, Message: "Permission denied: cannot postMessage in teams"},
		"8 MB":                            {Status: 413},
		"Novu failed: boom.":              {Status: 500, Message: "boom"},
		"Novu refused the reply: reply x": {Status: 422, Message: "reply x"},
	} {
		assert.Contains(t, chat.ExplainReply(reply), want)
	}
}
