package novu

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestInputSummary(t *testing.T) {
	for _, c := range []struct{ input, want string }{
		{input: `{}`}, {input: `null`}, {input: `[1]`},
		{input: `{"a": "x"}`, want: "x"},
		{input: `{"a": {"b": 1}}`, want: `{"b":1}`},
		{input: `{"a": 1, "query": "orders"}`, want: "orders"},
		{input: `{"a": 1, "b": "x", "c": [2], "d": 3}`, want: "a: 1, b: x, c: [2]"},
		{input: `{"a": "` + strings.Repeat("ä", 201) + `"}`, want: strings.Repeat("ä", 199) + "…"},
	} {
		assert.Equal(t, c.want, inputSummary([]byte(c.input)), c.input)
	}
}

// Envelopes are checked before anything else, and all that are wrong are named.
func TestIngestEventsChecksEnvelopes(t *testing.T) {
	s := newTestServer(t)
	assert.Equal(t, http.StatusNotFound, s.ingestEvents(testCall(s, `{}`)).Status, "it is off")
	s.config.AgentEvents = true
	envelope := func(event string) string {
		return `{"version": 1, "conversationId": "c", "agentId": "a", "runId": "r", "turnId": "t", "sequence": 1, "timestamp": "now", "event": ` + event + `}`
	}
	good := envelope(`{"type": "run-start"}`)
	for _, c := range []struct{ body, want string }{
		{body: `{}`, want: "events should not be empty; events must be an array"},
		{body: `{"events": [` + good + `, {}, 5, ` + envelope(`{}`) + `]}`, want: "Invalid event envelopes at indexes: 1, 2, 3"},
		{body: `{"events": [` + envelope(`{"type": "message", "role": "system"}`) + `]}`, want: "Invalid event envelopes at indexes: 0"},
		{body: `{"events": [` + strings.Replace(good, `"version": 1`, `"version": 2`, 1) + `]}`, want: "Invalid event envelopes at indexes: 0"},
	} {
		assert.Equal(t, c.want, message(t, s.ingestEvents(testCall(s, c.body))), c.body)
	}
	assert.Equal(t, http.StatusInternalServerError, s.ingestEvents(testCall(s, `{"events": [`+good+`]}`)).Status, "c is no id")
}
