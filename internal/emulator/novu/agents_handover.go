package novu

import (
	"context"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// Texts that people read, in Novu's words.
const (
	restrictedText = "We couldn't match your identity to a known user, so this agent can't reply yet. " +
		"Sign in or link your account in the app that owns this agent, then try again."
	offlineText  = "*The agent is currently offline.*\n\nThe agent is unavailable right now. Please try again later."
	noBridgeText = "I'm live but running on defaults. Connect your agent in the dashboard to customize how I respond."
)

// handOvers are the events on their way to bridges.
type handOvers struct {
	mu      sync.Mutex
	running map[chan struct{}]bool
	closed  bool
}

// inBackground runs f until the server is closed. Settle waits for it.
func (s *Server) inBackground(f func(ctx context.Context)) {
	s.handOvers.mu.Lock()
	if s.handOvers.closed {
		s.handOvers.mu.Unlock()
		return
	}
	done := make(chan struct{})
	s.handOvers.running[done] = true
	s.handOvers.mu.Unlock()
	go func() {
		defer func() {
			s.handOvers.mu.Lock()
			delete(s.handOvers.running, done)
			s.handOvers.mu.Unlock()
			close(done)
		}()
		f(s.host.Context())
	}()
}

// inProgress are the events that are on their way now.
func (h *handOvers) inProgress() []chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]chan struct{}, 0, len(h.running))
	for done := range h.running {
		all = append(all, done)
	}
	return all
}

// drain waits for the end of what runs when the server is closed.
func (h *handOvers) drain(ctx context.Context) {
	<-ctx.Done()
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	for _, done := range h.inProgress() {
		<-done
	}
}

// settleHandOvers waits until every event that is on its way has reached its bridge, or has not after all attempts.
func (s *Server) settleHandOvers(ctx context.Context) error {
	for _, done := range s.handOvers.inProgress() {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.host.Context().Done():
			return errClosed
		}
	}
	return nil
}

// receive takes an activity in. Of a direct chat the answer waits until the message is on its way to the bridge,
// of others it does not.
func (s *Server) receive(in *incoming) *reply {
	a := in.activity
	switch clicks, reactions := a.pressed(), a.reactions(); {
	case len(clicks) > 0:
		for _, one := range clicks {
			one, known := s.redeemAction(one, in.agent.identifier)
			d := s.agentLog.add(in.delivery(s, onAction, one.id)) // before Teams is answered, so that somebody can wait for it
			if !known {
				s.end(d, OutcomeNotHeard, "the button's id stands for one that Novu no longer knows, or that another agent's button had")
				continue
			}
			s.inBackground(func(ctx context.Context) { s.handOverClick(ctx, in, d, one) })
		}
	case len(reactions) > 0:
		for _, one := range reactions {
			d := s.agentLog.add(in.delivery(s, onReaction, one.name))
			s.inBackground(func(ctx context.Context) { s.handOverReaction(ctx, in, d, one) })
		}
	case a.Type == "message":
		s.receiveMessage(in)
	default:
		d := in.delivery(s, a.Type, a.Text)
		d.Outcome, d.Reason = OutcomeNotHeard, "Novu does not pass on activities of this type"
		s.agentLog.add(d)
	}
	return a.answer()
}

func (s *Server) receiveMessage(in *incoming) {
	record := in.delivery(s, onMessage, plainText(in.activity.Text))
	if outcome, reason := s.admit(in); outcome != "" {
		record.Outcome, record.Reason = outcome, reason
		s.agentLog.add(record)
		return
	}
	d := s.agentLog.add(record)
	onItsWay := make(chan struct{})
	s.inBackground(func(ctx context.Context) {
		s.handOverMessage(ctx, in, d, sync.OnceFunc(func() { s.release(in); close(onItsWay) }))
	})
	if in.activity.isDirect() {
		select {
		case <-onItsWay:
		case <-s.host.Context().Done():
		}
	}
}

// handOverMessage stores a message, shows typing, and brings the message to the bridge. It calls onItsWay when the
// thread is free for the next message: before the bridge has answered.
func (s *Server) handOverMessage(ctx context.Context, in *incoming, d *AgentDelivery, onItsWay func()) {
	defer onItsWay()
	a := in.activity
	s.mu.Lock()
	c := s.conversationOf(in)
	who := s.identify(a.From.ID, c.integration, c.tenantID)
	c.status = conversationActive
	state := c.state()
	c.write(s, entry{Role: who.role(), Type: entryMessage, Content: d.Text, SenderName: a.author().name})
	s.mu.Unlock()
	s.agentLog.change(d, func(d *AgentDelivery) { d.ConversationID = c.ID })

	b := bot{s: s, integration: in.integration, chatID: c.chatID}
	if in.agent.restricted && who.subscriber == nil {
		s.tell(ctx, b, c, markdownText(restrictedText), restrictedText)
		s.end(d, OutcomeRestricted, "no ms_teams_user endpoint of the integration "+c.integration+" has the userId "+a.From.ID+
			" and a subscriber, and the agent's subscriberAccess is restricted")
		return
	}
	if in.agent.acknowledge {
		b.typing(ctx)
	}
	s.supersede(ctx, b, c, in.agent.name)
	if in.agent.bridge == "" {
		s.tellNoBridge(ctx, b, c, in)
		s.end(d, OutcomeNoBridge, "the agent has no bridgeUrl")
		return
	}
	s.mu.Lock()
	now := s.host.Clock.Now()
	p := s.newPayload(onMessage, in.agent, c, state, who, now)
	s.mu.Unlock()
	p.DeliveryID = c.ID + ":" + a.ID
	p.PlatformContext.Message = a.raw
	from := a.author()
	p.Message = &payloadMessage{
		Text: d.Text, PlatformMessageID: a.ID, Timestamp: stamp(a.sentAt(now)),
		Author: payloadAuthor{UserID: from.userID, FullName: from.name, UserName: from.name},
	}
	if a.hasFiles() {
		p.Message.Attachments = &[]struct{}{}
	}
	body := p.encoded()
	onItsWay()
	s.deliverEvent(ctx, agentEvent{bridge: in.agent.bridge, agent: in.agent.identifier, name: onMessage, deliveryID: p.DeliveryID, body: body}, d, b, c)
}

// tell posts a text of Novu's own and stores it where it landed.
func (s *Server) tell(ctx context.Context, b bot, c *conversation, content map[string]any, text string) {
	if _, failed := b.post(ctx, "message", content); failed == nil {
		s.keepEntry(c, entry{Role: roleAgent, Type: entryMessage, Content: text})
	}
}

// tellNoBridge posts the card of an agent that has no bridge.
func (s *Server) tellNoBridge(ctx context.Context, b bot, c *conversation, in *incoming) {
	card := emulator.Encode(map[string]any{"card": map[string]any{"type": "card", "children": []any{
		map[string]any{"type": "text", "content": noBridgeText},
		map[string]any{"type": "divider"},
		map[string]any{"type": "actions", "children": []any{map[string]any{
			"type": "link-button", "label": "Continue setup", "style": "primary",
			"url": s.host.URL + "/env/" + s.environmentID + "/agents/" + in.agent.identifier + "/overview",
		}}},
	}}})
	content, refused := s.renderContent(ctx, card, rendering{agent: in.agent.identifier})
	if refused == nil {
		s.tell(ctx, b, c, content, noBridgeText)
	}
}

func (s *Server) handOverClick(ctx context.Context, in *incoming, d *AgentDelivery, pressed click) {
	s.handOverOther(ctx, in, d, func(c *conversation, who known, p *payload, at string) {
		c.decide(s, pressed.id, who.role())
		p.History = c.recent()
		p.DeliveryID = c.ID + ":" + onAction + ":" + pressed.id + ":" + at
		p.Action = &payloadAction{ID: pressed.id, Value: pressed.value, SourceMessageID: pressed.sourceMessageID}
	})
}

func (s *Server) handOverReaction(ctx context.Context, in *incoming, d *AgentDelivery, r reacted) {
	if in.activity.fromBot(in.integration.credential("clientId")) {
		s.end(d, OutcomeNotHeard, "a bot reacted")
		return
	}
	s.handOverOther(ctx, in, d, func(c *conversation, _ known, p *payload, at string) {
		p.DeliveryID = c.ID + ":" + onReaction + ":" + r.messageID + ":" + at
		p.Reaction = &payloadReaction{MessageID: r.messageID, Emoji: payloadEmoji{Name: r.name}, Added: r.added}
	})
}

// handOverOther brings a click or a reaction to the bridge. Neither waits for anything, and neither asks who did it.
func (s *Server) handOverOther(
	ctx context.Context, in *incoming, d *AgentDelivery, complete func(c *conversation, who known, p *payload, at string),
) {
	event := d.Event
	s.mu.Lock()
	c := s.conversationOf(in)
	who := s.identify(in.activity.From.ID, c.integration, c.tenantID)
	p := s.newPayload(event, in.agent, c, c.state(), who, s.host.Clock.Now())
	complete(c, who, &p, time.Time(p.Timestamp).UTC().Format(stampLayout))
	s.mu.Unlock()
	s.agentLog.change(d, func(d *AgentDelivery) { d.ConversationID = c.ID })
	if in.agent.bridge == "" {
		s.end(d, OutcomeNoBridge, "the agent has no bridgeUrl")
		return
	}
	b := bot{s: s, integration: in.integration, chatID: c.chatID}
	s.deliverEvent(ctx, agentEvent{bridge: in.agent.bridge, agent: in.agent.identifier, name: event, deliveryID: p.DeliveryID, body: p.encoded()}, d, b, c)
}
