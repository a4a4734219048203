package microsoft

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// bot checks the connector's token. It must come from the token endpoint here,
// with the bot's scope.
func (s *Server) bot(c *call) (token, *reply) {
	given, isBearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	t, known := s.tokens[given]
	if !isBearer || !known || t.scope != BotScope || c.Now.After(t.expires) || !s.canBeBot(t.clientID) {
		return token{}, emulator.JSON(
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
	if err := json.Unmarshal(c.Raw, &body); err != nil || len(body.Members) != 1 || body.Members[0].ID == "" {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of conversation")
	}
	who := person{userID: body.Members[0].ID, tenantID: body.ChannelData.Tenant.ID}
	if who.tenantID == "" {
		who.tenantID = body.TenantID
	}
	switch {
	case who.tenantID == "":
		return failure(http.StatusBadRequest, "BadSyntax", "TenantId is missing")
	case s.removed[who.userID], !s.knows(who.tenantID, who.userID):
		return failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case s.lacksBot(who.userID):
		return failure(http.StatusForbidden, "BadArgument", "Bot is not installed in user's personal scope")
	}
	sum := sha256.Sum256([]byte(t.clientID + "\x00" + who.userID + "\x00" + who.tenantID))
	id := "a:1" + base64.RawURLEncoding.EncodeToString(sum[:])
	s.conversations[id] = who
	return emulator.JSON(http.StatusCreated, map[string]string{"id": id})
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
	if err := json.Unmarshal(c.Raw, &body); err != nil || body.Type == "" {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of activity")
	}
	if len(c.Raw) > messageLimit {
		return failure(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
	}
	conversation, _, _ := strings.Cut(c.Params["conversation"], ";")
	chat, isChat := s.conversations[conversation]
	team := body.ChannelData.Team.ID
	switch {
	case s.removed[conversation], !isChat && !s.knows(body.ChannelData.Tenant.ID, conversation),
		isChat && s.removed[chat.userID],
		!isChat && !strings.HasPrefix(conversation, "19:"):
		return failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case s.lacksBot(conversation), s.lacksBot(team), isChat && s.lacksBot(chat.userID):
		return notInRoster()
	}
	landed := body.message(conversation)
	if isChat {
		landed.Type, landed.UserID, landed.TenantID, landed.TeamID, landed.ChannelID = emulator.TypeUser, chat.userID, chat.tenantID, "", ""
	}
	if landed.TenantID == "" {
		landed.TenantID = t.tenantID
	}
	return emulator.JSON(http.StatusCreated, map[string]string{"id": s.host.Inbox.Land(landed)})
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
