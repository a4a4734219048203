package microsoft

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// activity is the body of a message.
type activity struct {
	Type        string `json:"type"`
	Text        string `json:"text"`
	TextFormat  string `json:"textFormat"`
	Attachments []struct {
		ContentType string          `json:"contentType"`
		Content     json.RawMessage `json:"content"`
		Name        string          `json:"name"`
		ContentURL  string          `json:"contentUrl"`
	} `json:"attachments"`
	ChannelData struct {
		Tenant struct {
			ID string `json:"id"`
		} `json:"tenant"`
		Team struct {
			ID string `json:"id"`
		} `json:"team"`
	} `json:"channelData"`
}

const (
	adaptiveCard = "application/vnd.microsoft.card.adaptive"

	// DefaultMessageLimit is how large Teams lets a message be, in bytes of its JSON. Files do not count.
	DefaultMessageLimit = 28 << 10
)

func (s *Server) postActivity(c *call) *reply {
	t, refused := s.bot(c)
	if refused != nil {
		return refused
	}
	conversation := c.Params["conversation"]
	if root := c.Params["activity"]; root != "" && strings.HasPrefix(conversation, "19:") && !strings.Contains(conversation, ";") {
		conversation += ";messageid=" + root // a reply in the thread of a channel
	}
	id, refused := s.land(t, conversation, "", c.Raw)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusCreated, map[string]string{"id": id})
}

// land posts an activity into a conversation and returns the id of what landed.
func (s *Server) land(t token, conversation, tenantID string, raw json.RawMessage) (id string, refused *reply) {
	var body activity
	if err := json.Unmarshal(raw, &body); err != nil || body.Type == "" {
		return "", failure(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	if refused := s.tooLarge(raw, body); refused != nil {
		return "", refused
	}
	if body.ChannelData.Tenant.ID == "" {
		body.ChannelData.Tenant.ID = tenantID
	}
	conversation, thread := splitThread(conversation)
	chat, isChat := s.conversations[conversation]
	switch {
	case s.removed[conversation], !isChat && !s.knows(body.ChannelData.Tenant.ID, conversation),
		isChat && s.removed[chat.userID],
		!isChat && !strings.HasPrefix(conversation, "19:"):
		return "", failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case s.lacksBot(conversation), s.lacksBot(body.ChannelData.Team.ID), isChat && s.lacksBot(chat.userID):
		return "", notInRoster()
	}
	now := s.host.Clock.Now()
	landed := body.message(conversation)
	landed.ID = s.nextMessageID(now)
	if isChat {
		landed.Type, landed.UserID, landed.TenantID, landed.TeamID, landed.ChannelID = emulator.TypeUser, chat.userID, chat.tenantID, "", ""
	}
	if landed.TenantID == "" {
		landed.TenantID = t.tenantID
	}
	switch body.Type {
	case "message":
		s.record(conversation, thread, t, body, landed, now)
		s.host.Inbox.Land(landed)
	case "typing":
		s.logOf(conversation).Typing = now
	}
	return landed.ID, nil
}

// tooLarge refuses a message above the limit.
func (s *Server) tooLarge(raw []byte, a activity) *reply {
	size := len(raw)
	for _, attachment := range a.Attachments {
		size -= len(attachment.ContentURL)
	}
	if limit := s.config.MessageLimit; limit <= 0 || size <= limit {
		return nil
	}
	return failure(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
}

func (s *Server) updateActivity(c *call) *reply {
	if _, refused := s.bot(c); refused != nil {
		return refused
	}
	var body activity
	if err := json.Unmarshal(c.Raw, &body); err != nil {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	if refused := s.tooLarge(c.Raw, body); refused != nil {
		return refused
	}
	changed := body.message("")
	if !s.host.Inbox.Change(c.Params["activity"], changed.Text, changed.Card) {
		return noActivity()
	}
	s.amend(c.Params["conversation"], c.Params["activity"], func(m *ChatMessage) {
		m.show(body, changed)
		m.EditedAt = c.Now
	})
	return emulator.JSON(http.StatusOK, map[string]string{"id": c.Params["activity"]})
}

func (s *Server) deleteActivity(c *call) *reply {
	if _, refused := s.bot(c); refused != nil {
		return refused
	}
	if !s.host.Inbox.Remove(c.Params["activity"]) {
		return noActivity()
	}
	s.amend(c.Params["conversation"], c.Params["activity"], func(m *ChatMessage) { m.Deleted = true })
	return &reply{Status: http.StatusOK}
}

func noActivity() *reply {
	return failure(http.StatusNotFound, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
}

// message is the activity as it lands in a channel.
func (a activity) message(channelID string) emulator.Message {
	m := emulator.Message{
		Type: emulator.TypeChannel, Text: a.Text,
		TenantID: a.ChannelData.Tenant.ID, TeamID: a.ChannelData.Team.ID, ChannelID: channelID,
	}
	for _, attachment := range a.Attachments {
		if attachment.ContentType != adaptiveCard {
			continue
		}
		m.Card = attachment.Content
		if m.Text == "" {
			m.Text = cardText(attachment.Content)
		}
	}
	return m
}
