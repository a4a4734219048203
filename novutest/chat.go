package novutest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/novu-go/novu/internal/emulator/chat"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// Chat is one person who talks to an agent in the emulated Teams. Make one with [Server.Chat].
//
// Each verb does what the person does and returns, when the agent's turn is over, the messages that the bot
// has posted, edited or deleted meanwhile. A turn is over
//
//   - for an *agent.Handler, and any handler with its method Wait, when no turn of the conversation runs or
//     waits any more;
//   - for any other handler, when it has answered Novu. What it posts later comes with [Chat.Wait], as does
//     what a queue behind agent.WithDispatcher answers;
//   - for a [BridgeURL], when it ends its typing, as Novu's own framework does at the end of each turn, or
//     when half a second has passed without anything after what it posted last.
//
// What a turn causes in turn, such as OnResolve, belongs to it.
//
// An error says why the bridge did not get what the person did, or why nothing came of it: the agent is
// restricted, the message was dropped while another was handed over, the bridge was offline, the agent does
// not listen. Messages that came all the same, such as Novu's own words, are returned with it. A bot that
// says nothing is no error.
type Chat struct{ chat *chat.Chat }

// Format prints who talks, whatever the verb.
func (c *Chat) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "novutest.Chat "+c.chat.Who().Name)
}

// ChatMessage is a message of the bot's, as the person sees it.
type ChatMessage struct {
	ID      string
	Text    string          // of a card: what it says, one line after another
	Card    json.RawMessage // the Adaptive Card as it was posted
	Buttons []string        // labels of the card's buttons
	Choices []ChatChoice    // choice sets of the card
	Files   []ChatFile
	From    string // the bot's name
	Thread  string // in a channel, the message that began the thread
	Edited  bool
	Deleted bool
	At      time.Time
}

// ChatChoice is a choice set of a card.
type ChatChoice struct {
	ID      string
	Label   string
	Options []string // labels
}

// ChatFile is a file that the bot has posted.
type ChatFile struct{ Name, ContentType, URL string }

// ChatOption says where a [Chat] is, or with whom.
type ChatOption func(*chatPlace)

type chatPlace struct {
	agent string
	place microsoft.Place
}

// WithAgent says which agent a chat is with. There is no need of it where there is one bot only.
func WithAgent(identifier string) ChatOption { return func(c *chatPlace) { c.agent = identifier } }

// InChannel puts the chat into a channel, by the team's id and the channel's thread id. Where both are empty
// it is the tenant's first channel, or one that is made up. The first message begins a thread, and the next
// ones stay in it.
func InChannel(teamID, channelID string) ChatOption {
	return func(c *chatPlace) {
		c.place.Kind, c.place.TeamID, c.place.ChannelID = microsoft.TeamChannel, teamID, channelID
	}
}

// InThread lets a chat in a channel go on in a thread, by the message that began it: [ChatMessage].Thread of
// somebody else's chat.
func InThread(messageID string) ChatOption {
	return func(c *chatPlace) { c.place.Kind, c.place.ThreadID = microsoft.TeamChannel, messageID }
}

// InGroupChat puts the chat into a group chat, by its thread id, 19:…@thread.v2. An empty one is made up.
func InGroupChat(id string) ChatOption {
	return func(c *chatPlace) { c.place = microsoft.Place{Kind: microsoft.GroupChat, ChannelID: id} }
}

// Chat lets u talk to an agent of [Server.ServeAgent], or to a bot that package setup has made: in a
// personal chat unless an option says otherwise. Chats of the same person share their conversations. An ID
// is made from the name if there is none; [User.BotID] of [Chat.User] is who Novu takes the person for.
func (s *Server) Chat(u User, opts ...ChatOption) *Chat {
	var at chatPlace
	for _, opt := range opts {
		opt(&at)
	}
	return &Chat{chat: s.chats.Chat(at.agent, s.microsoft.Person(u.ID, u.Name), at.place)}
}

// User is who talks, with everything filled in.
func (c *Chat) User() User {
	who := c.chat.Who()
	return User{ID: who.UserID, Name: who.Name}
}

// Say writes a message.
func (c *Chat) Say(ctx context.Context, text string) ([]ChatMessage, error) {
	return shown("say", c)(c.chat.Say(ctx, text))
}

// Mention writes a message that mentions the bot: in the chat's channel or group chat. From a personal chat
// it goes to a channel, and further mentions stay in the thread that it begins.
func (c *Chat) Mention(ctx context.Context, text string) ([]ChatMessage, error) {
	return shown("mention", c)(c.chat.Mention(ctx, text))
}

// Click presses the button with this label, or action id, on the latest card that has one. What was chosen
// on the card goes with it.
func (c *Chat) Click(ctx context.Context, label string) ([]ChatMessage, error) {
	return shown("click", c)(c.chat.Click(ctx, label))
}

// Choose picks an option, by its label or value, in the choice set with this label or id on the latest card
// that has one. On a card of choices without a button, to which Novu adds "Submit", the choice is submitted
// once nothing is left to choose. Otherwise nothing is sent before [Chat.Click], and no messages come.
func (c *Chat) Choose(ctx context.Context, input, option string) ([]ChatMessage, error) {
	return shown("choose", c)(c.chat.Choose(ctx, input, option))
}

// React adds a reaction to the bot's latest message: an emoji, or one of Teams' names such as "like".
func (c *Chat) React(ctx context.Context, emoji string) ([]ChatMessage, error) {
	return shown("react", c)(c.chat.React(ctx, emoji, true))
}

// Unreact takes a reaction away from the bot's latest message.
func (c *Chat) Unreact(ctx context.Context, emoji string) ([]ChatMessage, error) {
	return shown("unreact", c)(c.chat.React(ctx, emoji, false))
}

// Wait waits for messages that come outside of a turn, such as those of a job that the bot has begun. It
// returns what came since the last verb, at once if there is something.
func (c *Chat) Wait(ctx context.Context) ([]ChatMessage, error) {
	return shown("wait", c)(c.chat.Wait(ctx))
}

// Last is the last of the messages that came with the last verb; its zero value if none did.
func (c *Chat) Last() ChatMessage {
	all := c.chat.Last()
	if len(all) == 0 {
		return ChatMessage{}
	}
	return c.message(all[len(all)-1])
}

// shown converts what a verb returns.
func shown(verb string, c *Chat) func([]microsoft.ChatMessage, error) ([]ChatMessage, error) {
	return func(messages []microsoft.ChatMessage, err error) ([]ChatMessage, error) {
		var all []ChatMessage
		for _, m := range messages {
			all = append(all, c.message(m))
		}
		if err != nil {
			return all, fmt.Errorf("novutest: %s: %w", verb, err)
		}
		return all, nil
	}
}

func (c *Chat) message(m microsoft.ChatMessage) ChatMessage {
	actions, inputs := microsoft.ReadCard(m.Card)
	one := ChatMessage{
		ID: m.ID, Text: m.Text, Card: m.Card, From: c.chat.BotName(), Thread: m.ThreadID, Edited: !m.EditedAt.IsZero(), Deleted: m.Deleted, At: m.At,
	}
	for _, a := range actions {
		one.Buttons = append(one.Buttons, a.Title)
	}
	for _, in := range inputs {
		choice := ChatChoice{ID: in.ID, Label: in.Label}
		for _, option := range in.Choices {
			choice.Options = append(choice.Options, option.Title)
		}
		one.Choices = append(one.Choices, choice)
	}
	for _, file := range m.Files {
		one.Files = append(one.Files, ChatFile(file))
	}
	return one
}
