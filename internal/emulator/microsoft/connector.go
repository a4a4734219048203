package microsoft

import (
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

// conversationRequest is the body of a new conversation: a chat with one person,
// or a thread in a channel, which begins with its activity.
type conversationRequest struct {
	Members []struct {
		ID string `json:"id"`
	} `json:"members"`
	TenantID    string          `json:"tenantId"`
	Activity    json.RawMessage `json:"activity"`
	ChannelData struct {
		Tenant struct {
			ID string `json:"id"`
		} `json:"tenant"`
		Channel struct {
			ID string `json:"id"`
		} `json:"channel"`
	} `json:"channelData"`
}

func (r conversationRequest) tenant() string {
	if r.ChannelData.Tenant.ID != "" {
		return r.ChannelData.Tenant.ID
	}
	return r.TenantID
}

func (s *Server) createConversation(c *call) *reply {
	t, refused := s.bot(c)
	if refused != nil {
		return refused
	}
	var body conversationRequest
	if err := json.Unmarshal(c.Raw, &body); err != nil {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of conversation")
	}
	if body.ChannelData.Channel.ID != "" {
		return s.createThread(t, body)
	}
	if len(body.Members) != 1 || body.Members[0].ID == "" {
		return failure(http.StatusBadRequest, "BadSyntax", "Bad format of conversation")
	}
	who := person{userID: body.Members[0].ID, tenantID: body.tenant()}
	switch {
	case who.tenantID == "":
		return failure(http.StatusBadRequest, "BadSyntax", "TenantId is missing")
	case s.removed[who.userID], !s.knows(who.tenantID, who.userID):
		return failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	case s.lacksBot(who.userID):
		return failure(http.StatusForbidden, "BadArgument", "Bot is not installed in user's personal scope")
	}
	id := s.chatID(t.clientID, who)
	s.conversations[id] = who
	answer := map[string]string{"id": id}
	if len(body.Activity) > 0 {
		landed, refused := s.land(t, id, body.tenant(), body.Activity)
		if refused != nil {
			return refused
		}
		answer["activityId"] = landed
	}
	return emulator.JSON(http.StatusCreated, answer)
}

// createThread begins a thread in a channel. Its id is the channel's with that of
// its first message.
func (s *Server) createThread(t token, body conversationRequest) *reply {
	if len(body.Activity) == 0 {
		return failure(http.StatusBadRequest, "BadSyntax", "Activity is missing")
	}
	channel := body.ChannelData.Channel.ID
	id, refused := s.land(t, channel, body.tenant(), body.Activity)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusCreated, map[string]string{"id": channel + ";messageid=" + id, "activityId": id})
}
