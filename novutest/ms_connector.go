package novutest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// bot checks the connector's token. It must come from the token endpoint here,
// with the bot's scope.
func (s *Server) bot(c *call) (token, *reply) {
	given, isBearer := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	t, known := s.state.microsoft.tokens[given]
	if !isBearer || !known || t.scope != botScope || c.now.After(t.expires) {
		return token{}, jsonReply(
			http.StatusUnauthorized,
			map[string]string{"message": "Authorization has been denied for this request."},
		)
	}
	return t, nil
}

// conversationRequest is the body of a new one-to-one chat.
type conversationRequest struct {
	Members []struct {
		ID string `json:"id"`
	} `json:"members"`
	TenantID    string `json:"tenantId"`
	ChannelData struct {
		Tenant struct {
			ID string `json:"id"`
		} `json:"tenant"`
	} `json:"channelData"`
}

func (s *Server) createConversation(c *call) *reply {
	t, refused := s.bot(c)
	if refused != nil {
		return refused
	}
	var body conversationRequest
	if err := json.Unmarshal(c.raw, &body); err != nil || len(body.Members) != 1 || body.Members[0].ID == "" {
		return microsoftError(http.StatusBadRequest, "BadSyntax", "Bad format of conversation")
	}
	who := person{userID: body.Members[0].ID, tenantID: body.ChannelData.Tenant.ID}
	if who.tenantID == "" {
		who.tenantID = body.TenantID
	}
	m := &s.state.microsoft
	switch {
	case who.tenantID == "":
		return microsoftError(http.StatusBadRequest, "BadSyntax", "TenantId is missing")
	case m.missing[who.userID], !m.knows(who.tenantID, who.userID):
		return microsoftError(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case m.lacksBot(who.userID):
		return microsoftError(http.StatusForbidden, "BadArgument", "Bot is not installed in user's personal scope")
	}
	sum := sha256.Sum256([]byte(t.clientID + "\x00" + who.userID + "\x00" + who.tenantID))
	id := "a:1" + base64.RawURLEncoding.EncodeToString(sum[:])
	m.conversations[id] = who
	return jsonReply(http.StatusCreated, map[string]string{"id": id})
}

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
	var body activity
	if err := json.Unmarshal(c.raw, &body); err != nil || body.Type == "" {
		return microsoftError(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	if len(c.raw) > messageLimit {
		return microsoftError(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
	}
	conversation, _, _ := strings.Cut(c.params["conversation"], ";")
	m := &s.state.microsoft
	chat, isChat := m.conversations[conversation]
	team := body.ChannelData.Team.ID
	switch {
	case m.missing[conversation], !isChat && !m.knows(body.ChannelData.Tenant.ID, conversation),
		isChat && m.missing[chat.userID],
		!isChat && !strings.HasPrefix(conversation, "19:"):
		return microsoftError(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case m.lacksBot(conversation), m.lacksBot(team), isChat && m.lacksBot(chat.userID):
		return notInRoster()
	}
	landed := body.message(conversation)
	if isChat {
		landed.Type, landed.UserID, landed.TenantID, landed.TeamID, landed.ChannelID = TypeUser, chat.userID, chat.tenantID, "", ""
	}
	if landed.TenantID == "" {
		landed.TenantID = t.tenantID
	}
	return jsonReply(http.StatusCreated, map[string]string{"id": s.land(landed)})
}

// message is the activity as it lands in a channel.
func (a activity) message(channelID string) Message {
	m := Message{
		ID: randomID(13, "0123456789"), Type: TypeChannel, Text: a.Text,
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
