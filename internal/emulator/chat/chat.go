// Package chat is a person who talks to an agent in the emulated Teams. It writes as Teams does, waits
// until the turn is over, and says why nothing came.
package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
	"github.com/novu-go/novu/internal/emulator/novu"
)

// World is where people and agents meet.
type World struct {
	Host      *emulator.Host
	Microsoft *microsoft.Server
	Novu      *novu.Server

	mu   sync.Mutex
	bots map[string]microsoft.Bot // of agents, by the agent's identifier
}

// New makes a world of both sides.
func New(host *emulator.Host, ms *microsoft.Server, nv *novu.Server) *World {
	return &World{Host: host, Microsoft: ms, Novu: nv, bots: map[string]microsoft.Bot{}}
}

// AddAgent makes an agent's bot known to Teams.
func (w *World) AddAgent(identifier string, bot microsoft.Bot) {
	w.Microsoft.AddBot(bot)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bots[identifier] = bot
}

// bot finds the bot of an agent; without an identifier the only one that there is.
func (w *World) bot(identifier string) (microsoft.Bot, error) {
	w.mu.Lock()
	bot, known := w.bots[identifier]
	w.mu.Unlock()
	if known {
		return bot, nil
	}
	all := w.Microsoft.Bots()
	switch {
	case identifier != "":
		for _, bot := range all {
			if w.agentAt(bot.Endpoint) == identifier {
				return bot, nil
			}
		}
		return microsoft.Bot{}, fmt.Errorf("no bot is known of the agent %q", identifier)
	case len(all) == 0:
		return microsoft.Bot{}, errors.New("there is no bot to write to")
	case len(all) > 1:
		return microsoft.Bot{}, fmt.Errorf("there are %d bots; say which agent is meant", len(all))
	}
	return all[0], nil
}

// agentAt is the agent whose webhook an endpoint is, or "".
func (w *World) agentAt(endpoint string) string {
	for _, a := range w.Novu.AgentsShown() {
		if strings.Contains(endpoint, "/v1/agents/"+a.ID+"/webhook/") {
			return a.Identifier
		}
	}
	return ""
}

// Chat is one person's conversation with a bot. Its methods may be called from many goroutines, as a
// person's two devices can.
type Chat struct {
	world *World
	agent string
	who   microsoft.Person
	place microsoft.Place // as it was asked for

	noWait bool // for the end of turns

	mu   sync.Mutex
	seat *microsoft.Seat // where the person writes, once the bot is known
	room *microsoft.Seat // where the person mentions the bot, if that is elsewhere
	read uint64          // what came after it is new
	last []microsoft.ChatMessage
}

// Chat lets a person talk to an agent, or to the only bot where none is named. The bot is looked up when
// the person first does something.
func (w *World) Chat(agent string, who microsoft.Person, place microsoft.Place) *Chat {
	return &Chat{world: w, agent: agent, who: who, place: place}
}

// sit returns where the person writes, and its present state. To mention the bot, somebody in a personal
// chat goes to a channel.
func (c *Chat) sit(mention bool) (slot *microsoft.Seat, seat microsoft.Seat, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seat == nil {
		bot, err := c.world.bot(c.agent)
		if err != nil {
			return nil, microsoft.Seat{}, err
		}
		at := c.world.Microsoft.Sit(microsoft.Seat{Bot: bot, Who: c.who, Place: c.place})
		c.seat = &at
	}
	if !mention || c.seat.Place.Kind != microsoft.Personal {
		return c.seat, *c.seat, nil
	}
	if c.room == nil {
		at := c.world.Microsoft.Sit(microsoft.Seat{Bot: c.seat.Bot, Who: c.who, Place: microsoft.Place{Kind: microsoft.TeamChannel}})
		c.room = &at
	}
	return c.room, *c.room, nil
}

// Say writes a message.
func (c *Chat) Say(ctx context.Context, text string) ([]microsoft.ChatMessage, error) {
	return c.write(ctx, text, false)
}

// Mention writes a message that mentions the bot: in the chat's channel or group chat, or, if the chat is
// a personal one, in a channel. The next one goes into the same thread.
func (c *Chat) Mention(ctx context.Context, text string) ([]microsoft.ChatMessage, error) {
	return c.write(ctx, text, true)
}

func (c *Chat) write(ctx context.Context, text string, mention bool) ([]microsoft.ChatMessage, error) {
	slot, seat, err := c.sit(mention)
	if err != nil {
		return nil, err
	}
	return c.turn(ctx, func() (microsoft.Seat, microsoft.Posted, error) {
		seat, posted, err := c.world.Microsoft.Write(ctx, seat, text, mention)
		c.mu.Lock()
		defer c.mu.Unlock()
		slot.Place.ThreadID = seat.Place.ThreadID // that the message began
		return seat, posted, err
	})
}

// Click presses the button with this label on the latest card that has one.
func (c *Chat) Click(ctx context.Context, label string) ([]microsoft.ChatMessage, error) {
	found, offered, err := c.find(func(m microsoft.ChatMessage) (what, []string) { return findButton(m.Card, label) })
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("there is no button %q; %s", label, offers(offered))
	}
	return c.press(ctx, found, found.action)
}

func (c *Chat) press(ctx context.Context, at *what, action microsoft.CardAction) ([]microsoft.ChatMessage, error) {
	return c.turn(ctx, func() (microsoft.Seat, microsoft.Posted, error) {
		posted, err := c.world.Microsoft.Press(ctx, at.seat, at.message.ID, action)
		return at.seat, posted, err
	})
}

// Choose picks an option, by its label or value, in the choice set with this label or id on the latest card
// that has one. If the card's only button is the one that Novu adds to choices, and nothing is left to be
// chosen, it is pressed. Otherwise nothing is sent before a click.
func (c *Chat) Choose(ctx context.Context, input, option string) ([]microsoft.ChatMessage, error) {
	found, offered, err := c.find(func(m microsoft.ChatMessage) (what, []string) { return findInput(m.Card, input) })
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("there is no choice %q; %s", input, offers(offered))
	}
	value, err := found.input.choose(option)
	if err != nil {
		return nil, err
	}
	c.world.Microsoft.Fill(found.seat, found.message.ID, found.input.ID, value)
	actions, inputs := microsoft.ReadCard(found.message.Card)
	if len(actions) != 1 || actions[0].ID != autoSubmit {
		return nil, nil
	}
	filled := c.world.Microsoft.Filled(found.seat, found.message.ID, inputs)
	for _, in := range inputs {
		if filled[in.ID] == "" {
			return nil, nil
		}
	}
	return c.press(ctx, found, actions[0])
}

// autoSubmit is the id of the button that Novu adds to a card with choices and no button.
const autoSubmit = "__auto_submit"

// React adds a reaction to the bot's latest message, or takes it away.
func (c *Chat) React(ctx context.Context, emoji string, added bool) ([]microsoft.ChatMessage, error) {
	found, _, err := c.find(func(microsoft.ChatMessage) (what, []string) { return what{fits: true}, nil })
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, errors.New("the bot has written nothing to react to")
	}
	return c.turn(ctx, func() (microsoft.Seat, microsoft.Posted, error) {
		posted, err := c.world.Microsoft.React(ctx, found.seat, found.message.ID, reactionType(emoji), added)
		return found.seat, posted, err
	})
}

// reactionType is what Teams calls a reaction.
func reactionType(emoji string) string {
	switch strings.TrimSuffix(emoji, "\ufe0f") {
	case "👍", "thumbs_up":
		return "like"
	case "❤":
		return "heart"
	case "😆", "😂":
		return "laugh"
	case "😮", "😲":
		return "surprised"
	case "😢", "🙁":
		return "sad"
	case "😠", "😡":
		return "angry"
	}
	return emoji
}

// Last are the messages that came with the last thing that the person did.
func (c *Chat) Last() []microsoft.ChatMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Who is the person.
func (c *Chat) Who() microsoft.Person { return c.who }

// BotName is the name of the bot, once it is known.
func (c *Chat) BotName() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seat == nil {
		return ""
	}
	return c.seat.Bot.Name
}
