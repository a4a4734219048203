package novu

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	replyPattern   = "/v1/agents/{identifier}/reply"
	replyBodyLimit = 8 << 20

	postMessage = "postMessage"
	editMessage = "editMessage"

	errorMarkdown = "*Something went wrong while processing your message. Please try again in a moment.*"
)

// replyContent is what a reply or an edit says.
type replyContent struct {
	Markdown         *string         `json:"markdown"`
	Card             json.RawMessage `json:"card"`
	ToolApprovalCard json.RawMessage `json:"toolApprovalCard"`
	Files            json.RawMessage `json:"files"`

	raw json.RawMessage // as it is rendered
}

// UnmarshalJSON keeps the content as it was written, too.
func (r *replyContent) UnmarshalJSON(raw []byte) error {
	type plain replyContent
	if err := json.Unmarshal(raw, (*plain)(r)); err != nil {
		return err
	}
	r.raw = compact(raw)
	r.Card, r.Files = compact(r.Card), compact(r.Files)
	return nil
}

// replyBody is the body of a reply.
type replyBody struct {
	ConversationID        string           `json:"conversationId"`
	IntegrationIdentifier string           `json:"integrationIdentifier"`
	Reply                 *replyContent    `json:"reply"`
	Edit                  *replyEdit       `json:"edit"`
	Typing                json.RawMessage  `json:"typing"`
	Signals               []replySignal    `json:"signals"`
	Resolve               *replyResolve    `json:"resolve"`
	DeleteMessages        []replyDelete    `json:"deleteMessages"`
	ToolResults           []toolResult     `json:"toolResults"`
	ToolApprovalRequest   *approvalRequest `json:"toolApprovalRequest"`
	Error                 bool             `json:"error"`
}

type replyEdit struct {
	MessageID string       `json:"messageId"`
	Content   replyContent `json:"content"`
}

type replyResolve struct {
	Summary string `json:"summary"`
}

type replyDelete struct {
	MessageID string `json:"messageId"`
}

// replyToConversation is the route by which an agent answers.
func (s *Server) replyToConversation(c *call) *reply {
	var body replyBody
	_ = json.Unmarshal(c.Raw, &body) // checkReply says what is wrong with it
	answer := s.checkReply(c)
	if answer == nil {
		answer = s.carryOut(c, &body)
	}
	s.keepReply(c, &body, answer)
	return answer
}

// keepReply keeps what people look at.
func (s *Server) keepReply(c *call, body *replyBody, answer *reply) {
	var said struct {
		Message string `json:"message"`
		Data    struct {
			MessageID string `json:"messageId"`
		} `json:"data"`
		Errors struct {
			General struct {
				Messages []string `json:"messages"`
			} `json:"general"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(answer.Body, &said) // an answer without these says nothing
	kept := AgentReply{
		At: c.Now, AgentIdentifier: c.Params["identifier"], ConversationID: body.ConversationID, Body: compact(c.Raw), Status: answer.Status,
		Message: said.Message, MessageID: said.Data.MessageID,
	}
	for _, message := range said.Errors.General.Messages {
		kept.Message += ": " + message
	}
	s.agentLog.addReply(kept)
	s.host.Feed.Changed()
}

// replying is a reply that is being carried out.
type replying struct {
	s        *Server
	call     *call
	body     *replyBody
	agent    agentInUse
	c        *conversation
	before   conversationState // read before anything was done
	who      known
	bot      bot
	refused  *reply // why nothing can be posted
	asked    *approval
	messages sentIDs
}

// sentIDs are the ids of what was posted or edited.
type sentIDs struct {
	MessageID        string `json:"messageId"`
	PlatformThreadID string `json:"platformThreadId"`
}

// carryOut finds agent and conversation and carries the parts out, in Novu's order.
func (s *Server) carryOut(c *call, body *replyBody) *reply {
	r := &replying{s: s, call: c, body: body}
	if answer := r.find(); answer != nil {
		return answer
	}
	ctx := s.host.Context()
	if isTyping(body.Typing) && r.refused == nil {
		r.bot.typing(ctx)
	}
	posts := body.Reply != nil || body.Edit != nil || body.Error
	if posts && r.refused != nil {
		return r.refused
	}
	r.tools()
	if answer := r.say(ctx); answer != nil {
		return answer
	}
	if answer := r.signal(); answer != nil {
		return answer
	}
	if body.Resolve != nil {
		r.resolve()
	}
	r.deleteMessages(ctx)
	if !posts {
		return ok(nil)
	}
	r.messages.PlatformThreadID = r.c.thread.threadID
	return ok(r.messages)
}

// isTyping tells whether typing is to be shown. "stop" shows nothing.
func isTyping(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && textOf(raw) == nil
}

// find finds the conversation and the agent, or answers that there is none. That nothing can be posted is no
// obstacle to the other parts.
func (r *replying) find() *reply {
	s, c := r.s, r.call
	identifier := c.Params["identifier"]
	if !hex24.MatchString(r.body.ConversationID) {
		return c.internalError()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Now = s.host.Clock.Now()
	found, has := s.conversations.get(strings.ToLower(r.body.ConversationID))
	if !has {
		return c.notFound("Conversation not found")
	}
	a, has := s.agents.get(identifier)
	if !has {
		return c.notFound("Agent not found")
	}
	if found.thread.agentID != a.ID {
		return c.named(http.StatusForbidden, "Agent identifier does not match this conversation")
	}
	r.agent, r.c, r.before = a.inUse(), found, found.state()
	r.who = s.identify(found.participant.userID, found.integration, found.tenantID)
	r.refused = r.findBot(a)
	return nil
}

// findBot finds the integration through which the reply is posted: any that is linked. The caller holds the lock.
func (r *replying) findBot(a *agent) *reply {
	s, c, name := r.s, r.call, r.body.IntegrationIdentifier
	if !a.active {
		return c.named(http.StatusUnprocessableEntity, "Agent "+a.ID+" is inactive")
	}
	i := s.integrationByIdentifier(name)
	if i == nil {
		return c.notFound("Integration " + name + " not found for agent " + a.ID)
	}
	switch l := s.linked(a, i); {
	case l == nil:
		return c.named(http.StatusUnprocessableEntity, "Agent "+a.ID+" is not linked to integration "+name)
	case l.removed:
		return c.named(http.StatusUnprocessableEntity, "Integration "+name+" is disconnected from agent "+a.ID)
	}
	r.bot = bot{s: s, integration: *i, chatID: r.c.chatID}
	return nil
}

// tools stores what tools have returned and what a person is asked about.
func (r *replying) tools() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	for _, result := range r.body.ToolResults {
		r.c.result(r.s, result)
	}
	if r.body.ToolApprovalRequest != nil {
		r.asked = r.c.ask(r.s, r.body.ToolApprovalRequest)
	}
}

// say posts the reply or the edit.
func (r *replying) say(ctx context.Context) *reply {
	body := r.body
	var content replyContent
	switch {
	case body.Error:
		text := errorMarkdown
		content = replyContent{Markdown: &text, raw: emulator.Encode(map[string]any{"markdown": text})}
	case body.Reply != nil:
		content = *body.Reply
	case body.Edit != nil:
		content = body.Edit.Content
	default:
		return nil
	}
	if content.ToolApprovalCard != nil && body.ToolApprovalRequest != nil {
		content.Card = approvalCard(content.ToolApprovalCard, body.ToolApprovalRequest)
		shown := members{{name: "card", value: content.Card}}
		if content.Files != nil {
			shown = append(shown, member{name: "files", value: content.Files})
		}
		content.raw = emulator.Encode(shown)
	}
	return r.post(ctx, content)
}

func (r *replying) post(ctx context.Context, content replyContent) *reply {
	activity, refused := r.s.renderContent(ctx, content.raw, rendering{
		call: r.call, agent: r.agent.identifier, branding: r.s.config.Branding, edit: r.body.Edit != nil,
	})
	if refused != nil {
		return refused
	}
	kind := entryMessage
	if edit := r.body.Edit; edit != nil {
		kind = entryEdit
		if failed := r.bot.edit(ctx, edit.MessageID, activity); failed != nil {
			return r.call.deliveryFailed(failed.wording(editMessage))
		}
		r.messages.MessageID = edit.MessageID
	} else {
		id, failed := r.bot.post(ctx, "message", activity)
		if failed != nil {
			return r.call.deliveryFailed(failed.wording(postMessage))
		}
		r.messages.MessageID = id
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.asked != nil {
		r.asked.messageID = r.messages.MessageID
	}
	r.c.write(r.s, entry{
		Role: roleAgent, Type: kind, Content: contentText(content), Rich: richContent(content), SenderName: r.agent.name,
	})
	return nil
}

// deliveryFailed is the answer where Teams did not take a message. Novu does not tell what Teams said.
func (c *call) deliveryFailed(message string) *reply {
	return emulator.JSON(http.StatusBadGateway, map[string]any{
		"error": "delivery_failed", "statusCode": http.StatusBadGateway, "timestamp": stamp(c.s.host.Clock.Now()), "path": c.URI, "message": message,
		"ctx": map[string]string{"error": "delivery_failed"},
	})
}

// resolve ends the conversation and tells the bridge.
func (r *replying) resolve() {
	s := r.s
	content, payload := r.body.Resolve.Summary, json.RawMessage(nil)
	if content == "" {
		content = "Conversation resolved"
	} else {
		payload = emulator.Encode(map[string]string{"summary": content})
	}
	s.mu.Lock()
	r.c.status = conversationResolved
	r.c.write(s, entry{Role: roleSystem, Type: entrySignal, Content: content, Signal: &signalData{Type: "resolve", Payload: payload}})
	p := s.newPayload(onResolve, r.agent, r.c, r.before, r.who, s.host.Clock.Now())
	s.mu.Unlock()
	p.DeliveryID = r.c.ID + ":" + onResolve
	p.PlatformContext = platformContext{ThreadID: r.c.thread.threadID}
	d := s.agentLog.add(AgentDelivery{
		At: time.Time(p.Timestamp), Event: onResolve, AgentIdentifier: r.agent.identifier, IntegrationIdentifier: r.c.integration, ChatID: r.c.chatID,
		Text: content, ConversationID: r.c.ID, Outcome: OutcomeInProgress,
	})
	if r.agent.bridge == "" {
		s.end(d, OutcomeNoBridge, "the agent has no bridgeUrl")
		return
	}
	e := agentEvent{bridge: r.agent.bridge, agent: r.agent.identifier, name: onResolve, deliveryID: p.DeliveryID, body: p.encoded()}
	s.inBackground(func(ctx context.Context) { s.deliverEvent(ctx, e, d, r.bot, r.c) })
}

// deleteMessages deletes messages in Teams. Failures are of no importance to Novu.
func (r *replying) deleteMessages(ctx context.Context) {
	for _, one := range r.body.DeleteMessages {
		if r.refused == nil && r.bot.remove(ctx, one.MessageID) == nil {
			r.s.keepEntry(r.c, entry{Role: roleAgent, Type: entryDelete, SenderName: r.agent.name})
		}
	}
}
