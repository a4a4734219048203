package novu

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckReply(t *testing.T) {
	s := newTestServer(t)
	file := `{"filename": "f", "data": "aGk="}`
	signals := "metadata signals require action"
	for _, c := range []struct{ body, want string }{
		{body: `"reply": {"markdown": "x"}`},
		{body: `"reply": {"markdown": "x"}, "typing": {"status": "s"}, "resolve": {}, "plan": 1, "other": 1`},
		{body: `"edit": {"messageId": "1", "content": {"markdown": "x"}}, "typing": "stop"`},
		{body: `"reply": {"markdown": 5}`, want: "reply.markdown must be a string"},
		{body: `"reply": {"markdown": null}`, want: contentMessage},
		{body: `"reply": {"markdown": "x", "card": {"type": "card"}}`, want: contentMessage},
		{body: `"reply": {"files": [` + file + `]}`, want: contentMessage},
		{body: `"reply": {"markdown": "x", "files": [{"filename": "f"}]}`, want: contentMessage},
		{body: `"reply": {"markdown": "x", "files": [{"filename": "f", "data": "x", "url": "y"}]}`, want: contentMessage},
		{body: `"reply": {"markdown": "x", "files": [{"data": "aGk="}]}`,
			want: "reply.files.0.filename should not be empty; reply.files.0.filename must be a string"},
		{body: `"reply": {"markdown": "x", "files": [` + strings.Repeat(file+",", 15) + file + `]}`, want: contentMessage},
		{body: `"reply": "x"`, want: contentMessage + "; reply must be an object; nested property reply must be either object or array"},
		{body: `"reply": {"toolApprovalCard": {}}`, want: "toolApprovalCard reply requires an accompanying toolApprovalRequest"},
		{body: `"toolApprovalRequest": {"toolCallId": "1", "name": "n"}`,
			want: "toolApprovalRequest.approvalId should not be empty; toolApprovalRequest.approvalId must be a string"},
		{body: `"edit": {"content": {"markdown": ""}}`,
			want: "edit.messageId should not be empty; edit.messageId must be a string; edit." + contentMessage},
		{body: `"signals": []`, want: "At least one of"},
		{body: `"signals": [{"type": "metadata", "key": "a:b-c_d", "value": null}, {"type": "metadata", "action": "clear"}]`},
		{body: `"signals": [{"type": "metadata", "key": "a"}]`, want: signals},
		{body: `"signals": [{"type": "metadata", "key": "__proto__", "value": 1}]`, want: signals},
		{body: `"signals": [{"type": "metadata", "key": "__novu:a.b", "value": 1}]`, want: signals},
		{body: `"signals": [{"type": "metadata", "key": "` + strings.Repeat("k", 129) + `", "value": 1}]`, want: signals},
		{body: `"signals": [{"type": "metadata", "action": "delete"}]`, want: signals},
		{body: `"signals": [{"type": "trigger"}]`, want: signals},
		{body: `"signals": [{}]`, want: "signals.0.type must be one of the following values: metadata, trigger; signals.0.type must be a string"},
		{body: `"signals": [{"type": "trigger", "workflowId": "w", "to": [{"type": "Topic", "topicKey": "k"}, "s", {"subscriberId": "x"}]}]`},
		{body: `"signals": [{"type": "trigger", "workflowId": "w", "to": {"type": "Topic", "topicKey": "k"}}]`, want: "signals.0.to must be a subscriberId"},
		{body: `"signals": [{"type": "trigger", "workflowId": "w", "to": []}]`, want: "signals.0.to must be a subscriberId"},
		{body: `"typing": {"status": 1}`, want: "typing must be 'stop' or an object with an optional string status."},
		{body: `"deleteMessages": [{}]`, want: "deleteMessages.0.messageId should not be empty; deleteMessages.0.messageId must be a string"},
		{body: `"error": true`},
		{body: `"error": "yes"`, want: "error must be a boolean value"},
		{body: `"error": true, "typing": "stop"`, want: "error cannot be combined with reply"},
		{body: `"error": true, "signals": [], "plan": {}`},
		{body: `"plan": {}`, want: "At least one of"},
	} {
		t.Run(c.body, func(t *testing.T) {
			refused := s.checkReply(testCall(s, `{"conversationId": "c", "integrationIdentifier": "i", `+c.body+`}`))
			if c.want == "" {
				assert.Empty(t, message(t, refused))
				return
			}
			assert.True(t, strings.HasPrefix(message(t, refused), c.want), message(t, refused))
		})
	}
	assert.Equal(t, "conversationId should not be empty; conversationId must be a string; "+
		"integrationIdentifier should not be empty; integrationIdentifier must be a string", message(t, s.checkReply(testCall(s, "{}"))))
}
