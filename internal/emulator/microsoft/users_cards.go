package microsoft

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
)

// Fill fills in a field of a card, as the person sees it. Nobody is told until a button is pressed.
func (s *Server) Fill(seat Seat, messageID, inputID, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := messageID + "\x00" + seat.Who.UserID
	c := s.logOf(seat.Place.ChannelID)
	if c.inputs[key] == nil {
		c.inputs[key] = map[string]string{}
	}
	c.inputs[key][inputID] = value
}

// Filled is what the person has filled in on a card, and what stood there at first.
func (s *Server) Filled(seat Seat, messageID string, inputs []CardInput) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	chosen := s.logOf(seat.Place.ChannelID).inputs[messageID+"\x00"+seat.Who.UserID]
	values := map[string]string{}
	for _, in := range inputs {
		if value := cmp.Or(chosen[in.ID], in.Value); value != "" {
			values[in.ID] = value
		}
	}
	return values
}

// Press presses a button of a card, with what is filled in on it.
func (s *Server) Press(ctx context.Context, seat Seat, messageID string, action CardAction) (Posted, error) {
	at := s.host.Clock.Now()
	s.mu.Lock()
	m := s.logOf(seat.Place.ChannelID).message(messageID)
	if m == nil || m.Deleted {
		s.mu.Unlock()
		return Posted{}, fmt.Errorf("%s: %w", messageID, ErrNoMessage)
	}
	_, inputs := ReadCard(m.Card)
	seat.Place.ThreadID = cmp.Or(m.ThreadID, seat.Place.ThreadID)
	s.mu.Unlock()
	filled := s.Filled(seat, messageID, inputs)
	for _, in := range inputs {
		if in.Required && filled[in.ID] == "" {
			return Posted{}, fmt.Errorf("%q must be filled in first", cmp.Or(in.Label, in.ID))
		}
	}
	s.mu.Lock()
	kind, more := submission(action, filled)
	if kind == "" {
		s.mu.Unlock()
		return Posted{}, fmt.Errorf("%q is %s, which tells the bot nothing", action.Title, action.Type)
	}
	a := s.activity(seat, kind, s.nextMessageID(at), at)
	s.mu.Unlock()
	maps.Copy(a, more)
	a["replyToId"] = messageID
	s.host.Feed.Changed()
	return s.post(ctx, seat, a)
}

// submission is what a button sends: the kind of activity, and its fields.
func submission(action CardAction, filled map[string]string) (kind string, fields object) {
	data := object{}
	maps.Copy(data, action.data)
	for id, value := range filled {
		data[id] = value
	}
	teams, _ := data["msteams"].(map[string]any)
	delete(data, "msteams")
	switch {
	case action.Type == "Action.Execute":
		return "invoke", object{"name": "adaptiveCard/action", "value": object{
			"action": object{"type": action.Type, "verb": action.verb, "data": data}, "trigger": "manual",
		}}
	case action.Type != "Action.Submit":
		return "", nil
	case object(teams).text("type") == "task/fetch":
		data["type"] = "task/fetch"
		return "invoke", object{"name": "task/fetch", "value": object{"data": data, "context": object{"theme": "default"}}}
	}
	return "message", object{"value": data}
}

// PressNumber presses a button of a card by its number among the card's buttons, from 0.
func (s *Server) PressNumber(ctx context.Context, seat Seat, messageID string, number int) (Posted, error) {
	s.mu.Lock()
	var card json.RawMessage
	if m := s.logOf(seat.Place.ChannelID).message(messageID); m != nil {
		card = m.Card
	}
	s.mu.Unlock()
	actions, _ := ReadCard(card)
	if number < 0 || number >= len(actions) {
		return Posted{}, fmt.Errorf("message %s has no button %d", messageID, number)
	}
	return s.Press(ctx, seat, messageID, actions[number])
}
