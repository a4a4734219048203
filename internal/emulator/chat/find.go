package chat

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// what is found on a message.
type what struct {
	fits    bool
	seat    microsoft.Seat // where the message is
	message microsoft.ChatMessage
	action  microsoft.CardAction
	input   choiceSet
}

// find looks through the bot's messages, the latest first. Where nothing fits it returns what the latest
// message that has anything of the kind offers.
func (c *Chat) find(fits func(m microsoft.ChatMessage) (what, []string)) (found *what, offered []string, err error) {
	_, _, err = c.sit(false)
	if err != nil {
		return nil, nil, err
	}
	for _, candidate := range c.candidates() {
		one, offers := fits(candidate.message)
		if one.fits {
			one.seat, one.message = candidate.seat, candidate.message
			return &one, nil, nil
		}
		if offered == nil {
			offered = offers
		}
	}
	return nil, offered, nil
}

// candidates are the bot's messages wherever this chat is, the latest first.
func (c *Chat) candidates() []what {
	c.mu.Lock()
	seats := []microsoft.Seat{*c.seat}
	if c.room != nil {
		seats = append(seats, *c.room)
	}
	c.mu.Unlock()
	var all []what
	for _, seat := range seats {
		messages, _ := c.world.Microsoft.Since(seat.Place.ChannelID, seat.Place.ThreadID, 0)
		for _, m := range messages {
			if !m.Deleted {
				all = append(all, what{seat: seat, message: m})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b what) int { return cmp.Compare(b.message.ID, a.message.ID) })
	return all
}

// findButton finds the button with this label, or else with this action id.
func findButton(card json.RawMessage, label string) (what, []string) {
	actions, _ := microsoft.ReadCard(card)
	var offered []string
	for _, by := range []func(microsoft.CardAction) string{
		func(a microsoft.CardAction) string { return a.Title }, func(a microsoft.CardAction) string { return a.ID },
	} {
		for _, a := range actions {
			if by(a) == label {
				return what{fits: true, action: a}, nil
			}
		}
	}
	for _, a := range actions {
		offered = append(offered, a.Title)
	}
	return what{}, offered
}

// choiceSet is a choice set of a card.
type choiceSet struct{ microsoft.CardInput }

// findInput finds the choice set with this label or id.
func findInput(card json.RawMessage, label string) (what, []string) {
	_, inputs := microsoft.ReadCard(card)
	var offered []string
	for _, in := range inputs {
		if in.Type != "Input.ChoiceSet" {
			continue
		}
		if in.Label == label || in.ID == label {
			return what{fits: true, input: choiceSet{in}}, nil
		}
		offered = append(offered, cmp.Or(in.Label, in.ID))
	}
	return what{}, offered
}

// choose is the value of an option, by its title or value.
func (s choiceSet) choose(option string) (string, error) {
	var titles []string
	for _, choice := range s.Choices {
		if choice.Title == option || choice.Value == option {
			return choice.Value, nil
		}
		titles = append(titles, choice.Title)
	}
	return "", fmt.Errorf("there is no option %q of %q; %s", option, cmp.Or(s.Label, s.ID), offers(titles))
}

// offers says what could have been meant.
func offers(labels []string) string {
	if len(labels) == 0 {
		return "the bot offers none"
	}
	quoted := make([]string, len(labels))
	for i, label := range labels {
		quoted[i] = fmt.Sprintf("%q", label)
	}
	return "the bot offers " + strings.Join(quoted, ", ")
}
