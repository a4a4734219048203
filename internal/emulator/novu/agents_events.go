package novu

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	eventsPattern = "/v1/agents/events/ingest"

	unavailableText = "The agent is temporarily unavailable. Please try again later."
)

// agentEventEnvelope is one event by which an agent answers.
type agentEventEnvelope struct {
	Version        json.Number     `json:"version"`
	ConversationID *string         `json:"conversationId"`
	AgentID        *string         `json:"agentId"`
	RunID          *string         `json:"runId"`
	TurnID         *string         `json:"turnId"`
	Sequence       *float64        `json:"sequence"`
	Timestamp      *string         `json:"timestamp"`
	Raw            json.RawMessage `json:"event"`

	event answeringEvent
}

// answeringEvent is what an event says. Which properties it has depends on its type.
type answeringEvent struct {
	Type      string          `json:"type"`
	Role      string          `json:"role"`
	MessageID string          `json:"messageId"`
	Content   json.RawMessage `json:"content"`
	Files     []eventFile     `json:"files"`
	State     string          `json:"state"`
	Status    string          `json:"status"`
	Signal    replySignal     `json:"signal"`
	Summary   string          `json:"summary"`
	Outcome   string          `json:"outcome"`
	Code      string          `json:"code"`

	ToolUseID   string          `json:"toolUseId"`
	ToolName    string          `json:"toolName"`
	ApprovalID  string          `json:"approvalId"`
	Input       json.RawMessage `json:"input"`
	DeliverCard bool            `json:"deliverCard"`
	Source      struct {
		ServerName string `json:"serverName"`
	} `json:"source"`
}

// eventFile is a file of a message.
type eventFile struct {
	FileID    string  `json:"fileId"`
	Name      string  `json:"name"`
	MediaType *string `json:"mediaType"`
	Data      *string `json:"data"`
	URL       *string `json:"url"`
}

// read decodes an envelope and tells whether it is one.
func (e *agentEventEnvelope) read(raw json.RawMessage) bool {
	if json.Unmarshal(raw, e) != nil || e.ConversationID == nil || e.AgentID == nil || e.RunID == nil || e.TurnID == nil ||
		e.Sequence == nil || e.Timestamp == nil || e.Version != "1" || !strings.HasPrefix(string(e.Raw), "{") {
		return false
	}
	_ = json.Unmarshal(e.Raw, &e.event) // an odd property is none
	return e.event.Type != "" && (e.event.Type != "message" || e.event.Role == "user" || e.event.Role == "assistant")
}

// ingestEvents is the route by which an agent answers in events. It is not there unless the server
// has them.
func (s *Server) ingestEvents(c *call) *reply {
	if !s.config.AgentEvents {
		return c.bare(http.StatusNotFound, "Not Found")
	}
	if refused := c.invalid(always("events", arrayNotEmpty, isArray)); refused != nil {
		return refused
	}
	var body struct {
		Events []json.RawMessage `json:"events"`
	}
	_ = json.Unmarshal(c.Raw, &body) // it was checked
	events := make([]agentEventEnvelope, len(body.Events))
	var wrong []string
	for i, raw := range body.Events {
		if !events[i].read(compact(raw)) {
			wrong = append(wrong, fmt.Sprint(i))
		}
	}
	if wrong != nil {
		return c.badRequest("Invalid event envelopes at indexes: " + strings.Join(wrong, ", "))
	}
	for _, e := range events {
		if *e.ConversationID != *events[0].ConversationID {
			return c.badRequest("All events in a batch must belong to the same conversation")
		}
	}
	for _, e := range events {
		if *e.AgentID != *events[0].AgentID {
			return c.badRequest("All events in a batch must belong to the same agent")
		}
	}
	run, refused := s.eventRun(c, &events[0])
	if refused != nil {
		return refused
	}
	for _, e := range events {
		if refused := run.carryOut(e.event); refused != nil {
			return refused
		}
	}
	return emulator.JSON(http.StatusOK, map[string]any{})
}

// eventRun carries out the events of one agent in one conversation.
type eventRun struct {
	s    *Server
	call *call
	c    *conversation
}

func (s *Server) eventRun(c *call, first *agentEventEnvelope) (*eventRun, *reply) {
	if !hex24.MatchString(*first.ConversationID) {
		return nil, c.internalError()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Now = s.host.Clock.Now()
	found, has := s.conversations.get(strings.ToLower(*first.ConversationID))
	if !has {
		return nil, c.notFound("Conversation not found")
	}
	a, has := s.agents.get(*first.AgentID)
	if !has {
		return nil, c.badRequest("Agent not found")
	}
	if found.thread.agentID != a.ID {
		return nil, c.badRequest("Agent does not match conversation")
	}
	c.Params = map[string]string{"identifier": a.Key}
	return &eventRun{s: s, call: c, c: found}, nil
}

// answer carries an event out as a reply, and returns the id of what was posted or the refusal.
func (r *eventRun) answer(body replyBody) (messageID string, refused *reply) {
	body.ConversationID, body.IntegrationIdentifier = r.c.ID, r.c.integration
	answer := r.s.carryOut(r.call, &body)
	if answer.Status != http.StatusOK {
		return "", answer
	}
	var said struct {
		Data struct {
			MessageID string `json:"messageId"`
		} `json:"data"`
	}
	_ = json.Unmarshal(answer.Body, &said) // null where nothing was posted
	return said.Data.MessageID, nil
}

// carryOut carries out one event. Those that only tell what a model does have no effect.
func (r *eventRun) carryOut(e answeringEvent) (refused *reply) {
	switch e.Type {
	case "message":
		return r.message(e)
	case "channel.edit":
		if id, content := r.own(e.MessageID), e.content(); id != "" && content != nil {
			body := replyBody{Edit: &replyEdit{MessageID: id, Content: *content}}
			_, refused = r.answer(body)
		}
	case "channel.delete":
		if id := r.own(e.MessageID); id != "" {
			_, refused = r.answer(replyBody{DeleteMessages: []replyDelete{{MessageID: id}}})
		}
	case "channel.typing":
		if e.State != "off" {
			_, refused = r.answer(replyBody{Typing: json.RawMessage("{}")})
		}
	case "signal":
		_, refused = r.answer(replyBody{Signals: []replySignal{e.Signal}})
	case "resolve":
		_, refused = r.answer(replyBody{Resolve: &replyResolve{Summary: e.Summary}})
	case "tool-use-start":
		r.showTool(e, "")
	case "tool-use-done":
		if details := inputSummary(e.Input); details != "" {
			r.showTool(e, details)
		}
	case "tool-use-result":
		return r.toolResult(e)
	case "tool-approval-request":
		return r.askApproval(e)
	case "run-finish":
		if e.Outcome != "paused" {
			r.endPlan(planFinished)
		}
	case "run-error":
		if e.Code != "session_expired" {
			text := unavailableText
			_, _ = r.answer(replyBody{Reply: textContent(text)}) // of no importance to Novu
			r.endPlan(planFailed)
		}
	}
	return refused
}

// message posts a message unless one of its id was posted before.
func (r *eventRun) message(e answeringEvent) *reply {
	if e.Role != "assistant" {
		return r.call.badRequest(`Rejecting durable message with role "` + e.Role + `": ingest accepts assistant messages only`)
	}
	content := e.content()
	if content == nil || e.MessageID != "" && r.own(e.MessageID) != "" {
		return nil
	}
	id, refused := r.answer(replyBody{Reply: content})
	if refused == nil && e.MessageID != "" {
		r.s.mu.Lock()
		defer r.s.mu.Unlock()
		if r.c.ownIDs == nil {
			r.c.ownIDs = map[string]string{}
		}
		r.c.ownIDs[e.MessageID] = id
	}
	return refused
}

// own is Teams' id of a message that was posted under an id of the agent's own, or "".
func (r *eventRun) own(id string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.c.ownIDs[id]
}

// content is what a message says, or nil for nothing.
func (e answeringEvent) content() *replyContent {
	var content replyContent
	if json.Unmarshal(e.Content, &content) != nil {
		return nil
	}
	if content.Markdown != nil && strings.TrimSpace(*content.Markdown) == "" || content.Markdown == nil && content.Card == nil {
		return nil
	}
	if len(e.Files) == 0 {
		return &content
	}
	type file struct {
		Filename string  `json:"filename"`
		MIMEType *string `json:"mimeType"`
		Data     *string `json:"data"`
		URL      *string `json:"url"`
	}
	files := make([]file, len(e.Files))
	for i, f := range e.Files {
		files[i] = file{Filename: f.Name, MIMEType: f.MediaType, Data: f.Data, URL: f.URL}
		if f.Name == "" {
			files[i].Filename = f.FileID
		}
	}
	content.Files = emulator.Encode(files)
	with, _ := parseMembers(content.raw) // it was read as an object
	content.raw = emulator.Encode(with.with("files", content.Files))
	return &content
}

func textContent(text string) *replyContent {
	return &replyContent{Markdown: &text, raw: emulator.Encode(map[string]any{"markdown": text})}
}

// toolResult stores what a tool has returned: JSON, or else its texts. Parts in another shape make
// Novu fail.
func (r *eventRun) toolResult(e answeringEvent) *reply {
	var parts []struct {
		Type  string          `json:"type"`
		Text  string          `json:"text"`
		Value json.RawMessage `json:"value"`
	}
	if e.Content == nil || json.Unmarshal(e.Content, &parts) != nil {
		return r.call.internalError()
	}
	result := toolResult{ToolCallID: e.ToolUseID}
	for _, part := range parts {
		switch part.Type {
		case "text":
			result.Preview += part.Text
		case "json":
			result.Output = part.Value
		}
	}
	if result.Output == nil {
		result.Output = emulator.Encode(result.Preview)
	}
	_, refused := r.answer(replyBody{ToolResults: []toolResult{result}})
	return refused
}

func (r *eventRun) askApproval(e answeringEvent) *reply {
	asked := map[string]any{}
	for name, value := range map[string]string{"approvalId": e.ApprovalID, "toolCallId": e.ToolUseID, "name": e.ToolName} {
		if value != "" {
			asked[name] = value
		}
	}
	rules := []property{
		always("approvalId", notBlank, isString), always("toolCallId", notBlank, isString), always("name", notBlank, isString),
	}
	if violations := check(asked, rules); len(violations) > 0 {
		errors, said := map[string]any{}, []violation{}
		for _, v := range violations {
			v.property = "toolApprovalRequest." + v.property
			errors[v.property] = map[string]any{"messages": v.messages}
			said = append(said, v)
		}
		return r.call.unprocessable(commandMessage("HandleAgentReplyCommand", said), errors)
	}
	body := replyBody{ToolApprovalRequest: &approvalRequest{ApprovalID: e.ApprovalID, ToolCallID: e.ToolUseID, Name: e.ToolName, Input: e.Input}}
	if e.DeliverCard {
		body.Reply = &replyContent{ToolApprovalCard: json.RawMessage("{}"), raw: json.RawMessage("{}")}
	}
	_, refused := r.answer(body)
	return refused
}
