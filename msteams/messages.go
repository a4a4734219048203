package msteams

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// Message is what a bot says: a text, or an Adaptive Card as JSON. A message with both shows the
// text above the card.
type Message struct {
	// Text is Markdown, as far as Teams reads it. A single line break is shown as a space: an empty
	// line starts a paragraph, and <br> a line. See [EscapeText] for text that is to be shown as it
	// was typed.
	Text     string
	Card     json.RawMessage
	Mentions []Mention // the people that Text and Card mention
}

// Sent names a message that was posted.
type Sent struct {
	ConversationID string
	ActivityID     string // may be empty
}

const adaptiveCard = "application/vnd.microsoft.card.adaptive"

type activity struct {
	Type        string       `json:"type"`
	Text        string       `json:"text,omitempty"`
	Entities    []entity     `json:"entities,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	ChannelData *channelData `json:"channelData,omitempty"`
}

type attachment struct {
	ContentType string          `json:"contentType"`
	Content     json.RawMessage `json:"content"`
}

type named struct {
	ID string `json:"id"`
}

type channelData struct {
	Tenant  named  `json:"tenant"`
	Team    *named `json:"team,omitempty"`
	Channel *named `json:"channel,omitempty"`
}

// SendToChannel posts a message into a channel of a team as Novu would: as the bot, which must be
// installed in the team. It is repeated only where the message can't have been posted. See
// [Tenant.ReplyInChannel] for an answer in a thread.
//
// API: POST /v3/conversations/{id}/activities
func (t *Tenant) SendToChannel(ctx context.Context, teamID, channelID string, m Message) (*Sent, error) {
	const op = "send to channel"
	if err := t.ready(ctx, op, checkParams(op).team(teamID).thread("channelID", channelID).message(m)); err != nil {
		return nil, err
	}
	return t.postToChannel(ctx, op, teamID, channelID, m)
}

// ReplyInChannel posts a message into the thread that another message started, as
// [Tenant.SendToChannel] posts one that starts its own: messageID is that message's, such as
// [Sent].ActivityID or [TeamsLink].MessageID.
//
// API: POST /v3/conversations/{id}/activities
func (t *Tenant) ReplyInChannel(ctx context.Context, teamID, channelID, messageID string, m Message) (*Sent, error) {
	const op = "reply in channel"
	checks := checkParams(op).team(teamID).thread("channelID", channelID).message(m)
	if !linkMessage.MatchString(messageID) {
		checks.add("messageID", "is not the id of a message in a channel, which is a number")
	}
	if err := t.ready(ctx, op, checks); err != nil {
		return nil, err
	}
	channelID, _, _ = strings.Cut(channelID, ";")
	return t.postToChannel(ctx, op, teamID, channelID+";messageid="+messageID, m)
}

// postToChannel takes the id of a channel, or of a thread in it.
func (t *Tenant) postToChannel(ctx context.Context, op, teamID, threadID string, m Message) (*Sent, error) {
	channelID, _, _ := strings.Cut(threadID, ";")
	return t.post(ctx, op, threadID, m, &channelData{
		Tenant: named{ID: t.id}, Team: &named{ID: teamID}, Channel: &named{ID: channelID},
	})
}

// SendToUser posts a message into the bot's chat with a user as Novu would. The user is named by
// the bot's id of them ("29:…") or by object id, and the bot must be installed for them. The
// message is repeated only where it can't have been posted.
//
// API: POST /v3/conversations, POST /v3/conversations/{id}/activities
func (t *Tenant) SendToUser(ctx context.Context, userID string, m Message) (*Sent, error) {
	const op = "send to user"
	if err := t.ready(ctx, op, checkParams(op).recipient("userID", userID).message(m)); err != nil {
		return nil, err
	}
	chatID, err := t.openChat(ctx, op+": open chat", userID)
	if err != nil {
		return nil, err
	}
	return t.post(ctx, op, chatID, m, nil)
}

// OpenChat returns the id of the bot's chat with a user, named as for [Tenant.SendToUser], and
// makes the chat where there is none. The user sees nothing of it. Where the bot is not installed
// for the user the error is ErrBotNotInstalled, so that this tells whether a message would arrive.
//
// API: POST /v3/conversations
func (t *Tenant) OpenChat(ctx context.Context, userID string) (string, error) {
	const op = "open chat"
	if err := t.ready(ctx, op, checkParams(op).recipient("userID", userID)); err != nil {
		return "", err
	}
	return t.openChat(ctx, op, userID)
}

// openChat may be repeated: a chat that exists is answered with the same id.
func (t *Tenant) openChat(ctx context.Context, op, userID string) (string, error) {
	chat := new(named)
	err := t.callConnector(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: "/v3/conversations",
		Body: map[string]any{
			"isGroup": false, "bot": named{ID: t.client.clientID}, "members": []named{{ID: userID}},
			"channelData": channelData{Tenant: named{ID: t.id}},
		},
		Pace: t.messagePace(userID),
		Decode: decode(chat, func(chat *named) string {
			if chat.ID == "" {
				return "it names no conversation"
			}
			return ""
		}),
	})
	return chat.ID, err
}

func (t *Tenant) post(ctx context.Context, op, conversationID string, m Message, data *channelData) (*Sent, error) {
	body := activity{Type: "message", Text: m.Text, Entities: m.inText(), ChannelData: data}
	if len(m.Card) > 0 {
		card, err := m.cardWithMentions()
		if err != nil {
			return nil, checkParams(op).add("Message.Card", err.Error()).err()
		}
		body.Attachments = []attachment{{ContentType: adaptiveCard, Content: card}}
	}
	posted := new(named)
	err := t.callConnector(ctx, &rest.Request{
		Op: op, Kind: rest.Post, Method: http.MethodPost, Route: "/v3/conversations/{id}/activities", Args: []string{conversationID}, Body: body,
		Pace: t.messagePace(conversationID),
		// It was posted, whatever the answer's body looks like.
		Decode: func(body []byte) error { _ = json.Unmarshal(body, posted); return nil },
	})
	if err != nil {
		return nil, err
	}
	return &Sent{ConversationID: conversationID, ActivityID: posted.ID}, nil
}

func (t *Tenant) messagePace(conversationID string) func(context.Context) {
	return t.connectorPace(t.conversationGate(perMessages, conversationID))
}

// recipient checks how the connector addresses a user.
func (c *checks) recipient(field, value string) *checks {
	if check.IsGUID(value) || value == "" {
		return c.user(field, value)
	}
	c.member(field, value)
	if c.Fields[field] == nil && value[:min(3, len(value))] != "29:" {
		c.add(field, "is a user principal name; a message needs the object id or the bot's id of the user: see Member")
	}
	return c
}

func (c *checks) message(m Message) *checks {
	if m.Text == "" && len(m.Card) == 0 {
		c.add("Message", "must have a Text or a Card")
	}
	c.mentions(m)
	if len(m.Card) == 0 {
		return c
	}
	var card struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(m.Card, &card) != nil || card.Type != "AdaptiveCard" {
		c.add("Message.Card", `must be a JSON object with "type": "AdaptiveCard"`)
	}
	return c
}
