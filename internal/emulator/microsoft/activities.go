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
	Attachments []struct {
		ContentType string          `json:"contentType"`
		Content     json.RawMessage `json:"content"`
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
	messageLimit = 100 << 10
)

func (s *Server) postActivity(c *call) *reply {
	t, refused := s.bot(c)
	if refused != nil {
		return refused
	}
	id, refused := s.land(t, c.Params["conversation"], "", c.Raw)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusCreated, map[string]string{"id": id})
}

// land posts an activity into a conversation and returns the id of what landed.
// Typing is seen by nobody here.
func (s *Server) land(t token, conversation, tenantID string, raw json.RawMessage) (id string, refused *reply) {
	var body activity
	if err := json.Unmarshal(raw, &body); err != nil || body.Type == "" {
		return "", failure(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	if len(raw) > messageLimit {
		return "", failure(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
	}
	if body.ChannelData.Tenant.ID == "" {
		body.ChannelData.Tenant.ID = tenantID
	}
	conversation, _, _ = strings.Cut(conversation, ";")
	chat, isChat := s.conversations[conversation]
	switch {
	case s.removed[conversation], !isChat && !s.knows(body.ChannelData.Tenant.ID, conversation),
		isChat && s.removed[chat.userID],
		!isChat && !strings.HasPrefix(conversation, "19:"):
		return "", failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case s.lacksBot(conversation), s.lacksBot(body.ChannelData.Team.ID), isChat && s.lacksBot(chat.userID):
		return "", notInRoster()
	}
	landed := body.message(conversation)
	if isChat {
		landed.Type, landed.UserID, landed.TenantID, landed.TeamID, landed.ChannelID = emulator.TypeUser, chat.userID, chat.tenantID, "", ""
	}
	if landed.TenantID == "" {
		landed.TenantID = t.tenantID
	}
	if body.Type != "message" {
		return landed.ID, nil
	}
	return s.host.Inbox.Land(landed), nil
}

func (s *Server) updateActivity(c *call) *reply {
	if _, refused := s.bot(c); refused != nil {
		return refused
	}
	var body activity
	if err := json.Unmarshal(c.Raw, &body); err != nil {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	changed := body.message("")
	if !s.host.Inbox.Change(c.Params["activity"], changed.Text, changed.Card) {
		return noActivity()
	}
	return emulator.JSON(http.StatusOK, map[string]string{"id": c.Params["activity"]})
}

func (s *Server) deleteActivity(c *call) *reply {
	if _, refused := s.bot(c); refused != nil {
		return refused
	}
	if !s.host.Inbox.Remove(c.Params["activity"]) {
		return noActivity()
	}
	return &reply{Status: http.StatusOK}
}

func noActivity() *reply {
	return failure(http.StatusNotFound, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
}

// message is the activity as it lands in a channel.
func (a activity) message(channelID string) emulator.Message {
	m := emulator.Message{
		ID: emulator.RandomID(13, emulator.Digits), Type: emulator.TypeChannel, Text: a.Text,
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
