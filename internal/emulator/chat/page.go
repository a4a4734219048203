package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
	"github.com/novu-go/novu/internal/emulator/novu"
)

// Show serves what a page needs to talk to agents.
func (w *World) Show() {
	emulator.Show(w.Host, "agents", w.shownAgents)
	emulator.Show(w.Host, "people", w.shownPeople)
	emulator.Show(w.Host, "chats", w.shownChats)
	emulator.Show(w.Host, "deliveries", w.shownDeliveries)
	emulator.Show(w.Host, "replies", w.shownReplies)
	w.Host.Act("chat", w.act)
}

type shownAgent struct {
	Identifier string `json:"identifier"`
	Name       string `json:"name"`
	Active     bool   `json:"active"`
	Restricted bool   `json:"restricted"`
	BridgeURL  string `json:"bridgeUrl"`
}

// shownAgents are the agents that have a bot, so that people can write to them.
func (w *World) shownAgents() []shownAgent {
	all := []shownAgent{}
	for _, a := range w.Novu.AgentsShown() {
		if _, err := w.bot(a.Identifier); err == nil {
			all = append(all, shownAgent{Identifier: a.Identifier, Name: a.Name, Active: a.Active, Restricted: a.Restricted, BridgeURL: a.BridgeURL})
		}
	}
	return all
}

type shownPerson struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	BotID string `json:"botId"`
}

func (w *World) shownPeople() []shownPerson {
	all := []shownPerson{}
	for _, p := range w.Microsoft.People() {
		all = append(all, shownPerson{ID: p.UserID, Name: p.Name, BotID: microsoft.BotID(p.UserID)})
	}
	return all
}

type shownChat struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Agent    string         `json:"agent"`
	With     string         `json:"with,omitempty"`
	Typing   bool           `json:"typing"`
	Messages []shownMessage `json:"messages"`
}

type shownMessage struct {
	ID        string          `json:"id"`
	Thread    string          `json:"thread,omitempty"`
	From      string          `json:"from"`
	Bot       bool            `json:"bot"`
	Text      string          `json:"text"`
	Markdown  bool            `json:"markdown"`
	Card      json.RawMessage `json:"card,omitempty"`
	Files     []shownFile     `json:"files"`
	Reactions []shownReaction `json:"reactions"`
	Edited    bool            `json:"edited"`
	Deleted   bool            `json:"deleted"`
	At        time.Time       `json:"at"`
}

type shownFile struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
}

type shownReaction struct {
	Type string `json:"type"`
	From string `json:"from"`
}

// typingShows is how long Teams shows that somebody is typing.
const typingShows = 10 * time.Second

func (w *World) shownChats() []shownChat {
	now := w.Host.Clock.Now()
	all := []shownChat{}
	for _, c := range w.Microsoft.Conversations() {
		one := shownChat{
			ID: c.ID, Kind: c.Kind, Agent: w.agentOf(c.ClientID), With: c.With,
			Typing: now.Sub(c.Typing) < typingShows, Messages: []shownMessage{},
		}
		for _, m := range c.Messages {
			one.Messages = append(one.Messages, show(m, one.Agent))
		}
		all = append(all, one)
	}
	return all
}

func show(m microsoft.ChatMessage, agent string) shownMessage {
	one := shownMessage{
		ID: m.ID, Thread: m.ThreadID, From: m.From, Bot: m.Bot, Text: m.Text, Markdown: m.Markdown, Card: m.Card, Files: []shownFile{},
		Reactions: []shownReaction{}, Edited: !m.EditedAt.IsZero(), Deleted: m.Deleted, At: m.At,
	}
	if m.Bot {
		one.From = agent
	}
	for _, f := range m.Files {
		one.Files = append(one.Files, shownFile{Name: f.Name, ContentType: f.ContentType})
	}
	for _, r := range m.Reactions {
		one.Reactions = append(one.Reactions, shownReaction(r))
	}
	return one
}

// agentOf is the agent whose bot has this client id, or the id.
func (w *World) agentOf(clientID string) string {
	w.mu.Lock()
	for identifier, bot := range w.bots {
		if bot.ClientID == clientID {
			w.mu.Unlock()
			return identifier
		}
	}
	w.mu.Unlock()
	for _, bot := range w.Microsoft.Bots() {
		if agent := w.agentAt(bot.Endpoint); agent != "" && strings.EqualFold(bot.ClientID, clientID) {
			return agent
		}
	}
	return clientID
}

type shownDelivery struct {
	At          time.Time      `json:"at"`
	Event       string         `json:"event"`
	Agent       string         `json:"agent"`
	Chat        string         `json:"chat"`
	ActivityID  string         `json:"activityId"`
	Text        string         `json:"text"`
	Outcome     string         `json:"outcome"`
	Explanation string         `json:"explanation"`
	Bridge      string         `json:"bridge,omitempty"`
	Attempts    []shownAttempt `json:"attempts"`
	Body        string         `json:"body,omitempty"`
}

type shownAttempt struct {
	At     time.Time `json:"at"`
	TookMS int64     `json:"tookMs"`
	Status int       `json:"status"`
	Error  string    `json:"error,omitempty"`
}

func (w *World) shownDeliveries() []shownDelivery {
	lastReply := map[string]time.Time{} // by conversation
	for _, r := range w.Novu.AgentReplies() {
		lastReply[r.ConversationID] = r.At
	}
	all := []shownDelivery{}
	for _, d := range w.Novu.AgentDeliveries() {
		one := shownDelivery{
			At: d.At, Event: d.Event, Agent: d.AgentIdentifier, Chat: d.ChatID, ActivityID: d.ActivityID, Text: d.Text, Outcome: d.Outcome,
			Explanation: Explain(d), Bridge: d.Bridge, Attempts: []shownAttempt{}, Body: emulator.Redact(string(d.Body)),
		}
		if d.Outcome == novu.OutcomeAcknowledged && lastReply[d.ConversationID].Before(d.At) {
			one.Explanation += " It has posted nothing since. If it should have, its own log says why."
		}
		for _, a := range d.Attempts {
			one.Attempts = append(one.Attempts, shownAttempt{At: a.At, TookMS: a.Took.Milliseconds(), Status: a.Status, Error: a.Error})
		}
		all = append(all, one)
	}
	return all
}

type shownReply struct {
	At          time.Time `json:"at"`
	Agent       string    `json:"agent"`
	Chat        string    `json:"chat"`
	Status      int       `json:"status"`
	MessageID   string    `json:"messageId,omitempty"`
	Explanation string    `json:"explanation"`
	Body        string    `json:"body"`
}

func (w *World) shownReplies() []shownReply {
	chats := map[string]string{}
	for _, c := range w.Novu.AgentConversations() {
		chats[c.ID] = c.ChatID
	}
	all := []shownReply{}
	for _, r := range w.Novu.AgentReplies() {
		all = append(all, shownReply{
			At: r.At, Agent: r.AgentIdentifier, Chat: chats[r.ConversationID], Status: r.Status, MessageID: r.MessageID,
			Explanation: ExplainReply(r), Body: emulator.Redact(string(r.Body)),
		})
	}
	return all
}

// deed is something that a person does on the page.
type deed struct {
	Agent  string `json:"agent"`
	Person struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"person"`
	Kind    string `json:"kind"` // personal, channel or groupChat
	Thread  string `json:"thread"`
	Do      string `json:"do"` // say, mention, press, react, unreact
	Text    string `json:"text"`
	Message string `json:"message"` // whose button is pressed, or that is reacted to
	// Action is the number of the button among the card's buttons, from 0.
	Action   int               `json:"action"`
	Inputs   map[string]string `json:"inputs"` // what is filled in on the card
	Reaction string            `json:"reaction"`
	// NoWait answers once the bridge has the event, instead of when its turn is over.
	NoWait bool `json:"noWait"`
}

type done struct {
	Chat     string         `json:"chat"`
	Thread   string         `json:"thread,omitempty"`
	Messages []shownMessage `json:"messages"`
	// Problem says why the bridge did not get it, or why nothing came of it.
	Problem string `json:"problem,omitempty"`
}

// act lets a person do something, and answers when the agent's turn is over.
func (w *World) act(r *http.Request, body []byte) (any, error) {
	var d deed
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, fmt.Errorf("the body can't be read: %w", err)
	}
	if d.Person.Name == "" {
		return nil, errors.New("the person has no name")
	}
	if !slices.Contains([]string{"", microsoft.Personal, microsoft.TeamChannel, microsoft.GroupChat}, d.Kind) {
		return nil, fmt.Errorf("kind %q is none of personal, channel, groupChat", d.Kind)
	}
	c := w.Chat(d.Agent, w.Microsoft.Person(d.Person.ID, d.Person.Name), microsoft.Place{Kind: d.Kind, ThreadID: d.Thread})
	c.noWait = d.NoWait
	slot, seat, err := c.sit(false)
	if err != nil {
		return nil, err
	}
	messages, err := c.do(r, d, seat)
	c.mu.Lock()
	answer := done{Chat: slot.Place.ChannelID, Thread: slot.Place.ThreadID, Messages: []shownMessage{}}
	c.mu.Unlock()
	if err != nil {
		answer.Problem = err.Error()
	}
	for _, m := range messages {
		answer.Messages = append(answer.Messages, show(m, d.Agent))
	}
	return answer, nil
}

func (c *Chat) do(r *http.Request, d deed, seat microsoft.Seat) ([]microsoft.ChatMessage, error) {
	ctx, ms := r.Context(), c.world.Microsoft
	switch d.Do {
	case "say", "mention":
		return c.write(ctx, d.Text, d.Do == "mention")
	case "react", "unreact":
		return c.turn(ctx, func() (microsoft.Seat, microsoft.Posted, error) {
			posted, err := ms.React(ctx, seat, d.Message, d.Reaction, d.Do == "react")
			return seat, posted, err
		})
	case "press":
		for id, value := range d.Inputs {
			ms.Fill(seat, d.Message, id, value)
		}
		return c.turn(ctx, func() (microsoft.Seat, microsoft.Posted, error) {
			posted, err := ms.PressNumber(ctx, seat, d.Message, d.Action)
			return seat, posted, err
		})
	}
	return nil, fmt.Errorf("do is %q; it must be say, mention, press, react or unreact", d.Do)
}
