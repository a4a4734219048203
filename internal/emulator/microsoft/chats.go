package microsoft

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// The kinds of conversations, as activities name them.
const (
	Personal    = "personal"
	TeamChannel = "channel"
	GroupChat   = "groupChat"
)

// ChatMessage is one message of a conversation, as a client of Teams shows it.
type ChatMessage struct {
	ID        string
	ThreadID  string // in a channel: the message that began the thread
	From      string // a person's name; empty for the bot
	FromID    string // 29:… or 28:…
	Bot       bool
	Text      string
	Markdown  bool
	Card      json.RawMessage
	Files     []ChatFile
	Reactions []ChatReaction
	At        time.Time
	EditedAt  time.Time // zero unless edited
	Deleted   bool

	change uint64 // when it came or was changed last
}

// ChatFile is an attachment that is no card.
type ChatFile struct{ Name, ContentType, URL string }

// ChatReaction is a person's reaction to a message.
type ChatReaction struct{ Type, From string }

// Conversation is a chat between a person and a bot, a group chat, or a channel.
type Conversation struct {
	ID       string // without ;messageid=
	Kind     string
	TenantID string
	ClientID string // of the bot; empty where nobody has written to it here
	With     string // the person's name, in a personal chat
	Typing   time.Time
	Messages []ChatMessage
}

// conversation is a Conversation that goes on.
type conversation struct {
	Conversation
	inputs  map[string]map[string]string // what is filled in on cards, by message and person
	changed chan struct{}                // closed at the bot's next change; nil while nobody watches
}

// WatchChat returns a channel that is closed when the bot posts or changes something in the conversation.
func (s *Server) WatchChat(conversationID string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.logOf(conversationID)
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

// touch wakes whoever watches.
func (c *conversation) touch() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// changes numbers the changes of all conversations.
func (s *Server) changed() uint64 {
	s.chatChanges++
	return s.chatChanges
}

// nextMessageID is the time in milliseconds, as in Teams, or one more where that is taken.
func (s *Server) nextMessageID(now time.Time) string {
	s.lastMessage = max(s.lastMessage+1, now.UnixMilli())
	return strconv.FormatInt(s.lastMessage, 10)
}

// splitThread splits a conversation id as the connector has it into the conversation and the message that
// began the thread.
func splitThread(id string) (conversationID, threadID string) {
	conversationID, rest, _ := strings.Cut(id, ";")
	return conversationID, strings.TrimPrefix(rest, "messageid=")
}

// logOf is the conversation with this id. The caller holds the lock.
func (s *Server) logOf(id string) *conversation {
	if c := s.logs[id]; c != nil {
		return c
	}
	c := &conversation{Conversation: Conversation{ID: id, Kind: kindOf(id)}, inputs: map[string]map[string]string{}}
	if chat, isChat := s.conversations[id]; isChat {
		c.TenantID, c.With = chat.tenantID, s.nameOf(chat.userID)
	}
	s.logs[id] = c
	return c
}

func kindOf(id string) string {
	switch {
	case strings.Contains(id, "@thread.v2"):
		return GroupChat
	case strings.HasPrefix(id, "19:"):
		return TeamChannel
	}
	return Personal
}

// nameOf is the name of a person whom somebody seeded or who has written here.
func (s *Server) nameOf(userID string) string {
	if t := s.where(userID); t != nil && t.user(userID) != nil {
		return t.user(userID).Name
	}
	return s.people[s.sameUser(userID)].Name
}

// sameUser is the object id of a person, where it is known whom a 29: id means.
func (s *Server) sameUser(id string) string {
	if t := s.where(id); t != nil && t.user(id) != nil {
		return t.user(id).ID
	}
	if known, has := s.botIDs[id]; has {
		return known
	}
	return id
}

// chatID is the id of the chat of a person with a bot, which is the same whoever begins it, and
// whichever of the person's ids is used.
func (s *Server) chatID(clientID string, who person) string {
	return "a:1" + emulator.Digest(strings.ToLower(clientID), s.sameUser(who.userID), who.tenantID)
}

// AddChat makes a personal chat known under an id that was chosen elsewhere.
func (s *Server) AddChat(id, userID, tenantID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conversations[id] = person{userID: userID, tenantID: tenantID}
}

// record adds what the bot has posted to the conversation.
func (s *Server) record(conversationID, threadID string, t token, a activity, landed emulator.Message, now time.Time) {
	c := s.logOf(conversationID)
	c.ClientID, c.TenantID, c.Typing = cmp.Or(t.clientID, c.ClientID), cmp.Or(c.TenantID, landed.TenantID), time.Time{}
	m := ChatMessage{ID: landed.ID, ThreadID: threadID, FromID: "28:" + t.clientID, Bot: true, At: now}
	if c.Kind == TeamChannel && m.ThreadID == "" {
		m.ThreadID = m.ID
	}
	m.show(a, landed)
	m.change = s.changed()
	c.Messages = append(c.Messages, m)
	c.touch()
}

// show takes over what an activity says.
func (m *ChatMessage) show(a activity, landed emulator.Message) {
	m.Text, m.Markdown, m.Card, m.Files = a.Text, a.TextFormat != "plain", landed.Card, nil
	if m.Text == "" {
		m.Text = CardText(landed.Card)
	}
	for _, attachment := range a.Attachments {
		if attachment.ContentType != adaptiveCard {
			m.Files = append(m.Files, ChatFile{Name: attachment.Name, ContentType: attachment.ContentType, URL: attachment.ContentURL})
		}
	}
}

// amend changes the message with this id, wherever it is. The caller holds the lock.
func (s *Server) amend(conversationID, messageID string, change func(m *ChatMessage)) {
	id, _ := splitThread(conversationID)
	c := s.logOf(id)
	if m := c.message(messageID); m != nil {
		change(m)
		m.change = s.changed()
		c.touch()
	}
}

// message is the message with this id, or nil. Newer ones are more likely to be meant.
func (c *conversation) message(id string) *ChatMessage {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		if c.Messages[i].ID == id {
			return &c.Messages[i]
		}
	}
	return nil
}

// Conversations are the conversations in which something was said, the latest first.
func (s *Server) Conversations() []Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Conversation{}
	for _, c := range s.logs {
		if len(c.Messages) > 0 {
			all = append(all, c.copy())
		}
	}
	slices.SortFunc(all, func(a, b Conversation) int { return cmp.Compare(b.last(), a.last()) })
	return all
}

func (c Conversation) last() uint64 {
	var last uint64
	for _, m := range c.Messages {
		last = max(last, m.change)
	}
	return last
}

func (c *conversation) copy() Conversation {
	one := c.Conversation
	one.Messages = slices.Clone(c.Messages)
	for i := range one.Messages {
		one.Messages[i].Reactions = slices.Clone(one.Messages[i].Reactions)
	}
	return one
}

// Mark is the present moment, for Since.
func (s *Server) Mark() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chatChanges
}

// Since are the bot's messages in the conversation, a thread of it where threadID is given, that came or
// were changed after the mark, and the mark for the next time. Those that came and went in between are
// not among them.
func (s *Server) Since(conversationID, threadID string, mark uint64) (messages []ChatMessage, next uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.logOf(conversationID).Messages {
		if m.Bot && m.change > mark && (threadID == "" || m.ThreadID == threadID) {
			m.Reactions = slices.Clone(m.Reactions)
			messages = append(messages, m)
		}
	}
	return messages, s.chatChanges
}
