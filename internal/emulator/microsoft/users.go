package microsoft

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// Bot is a bot that people can write to.
type Bot struct {
	ClientID string
	Name     string
	Endpoint string // where Teams posts what people write
	TenantID string
}

// Person is somebody who uses Teams.
type Person struct {
	UserID   string // the Entra object id
	Name     string
	TenantID string
}

// Place is where a person writes. A place without ids is made up.
type Place struct {
	Kind      string // Personal if empty
	TeamID    string // the GUID of a channel's team
	ChannelID string // the thread id of a channel or group chat
	ThreadID  string // in a channel: the message that began the thread; empty begins one
}

// Seat is a person in front of a conversation with a bot.
type Seat struct {
	Bot   Bot
	Who   Person
	Place Place
}

// Posted is what became of an activity that Teams posted to the bot.
type Posted struct {
	ActivityID     string
	ConversationID string // as the bot knows it, with ;messageid= in a channel
	Status         int
	Body           string
}

// AddBot makes a bot known, or changes the one with its client id.
func (s *Server) AddBot(b Bot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bots[strings.ToLower(b.ClientID)] = b
}

// Bots are the bots that people can write to: those that were added, and Azure's with an open Teams
// channel.
func (s *Server) Bots() []Bot {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Bot{}
	for _, b := range s.bots {
		all = append(all, b)
	}
	for _, b := range s.azure.bots {
		p := properties(b.resource)
		if _, added := s.bots[strings.ToLower(p.text("msaAppId"))]; added || !b.teamsChannelOpen() {
			continue
		}
		all = append(all, Bot{
			ClientID: p.text("msaAppId"), Name: cmp.Or(p.text("displayName"), b.resource.text("name")), Endpoint: p.text("endpoint"),
			TenantID: p.text("msaAppTenantId"),
		})
	}
	return all
}

// People are the people of the seeded tenants.
func (s *Server) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Person{}
	for _, seeded := range s.config.Tenants {
		for _, u := range seeded.Users {
			all = append(all, Person{UserID: u.ID, Name: u.Name, TenantID: seeded.ID})
		}
	}
	return all
}

// Person finds a person of the seeded tenants by id, or by name where that is empty, or makes one up.
func (s *Server) Person(id, name string) Person {
	for _, known := range s.People() {
		if id == known.UserID || id == "" && name == known.Name {
			return known
		}
	}
	return Person{
		UserID: cmp.Or(id, emulator.UUIDOf(s.config.TenantID, "user", name)), Name: cmp.Or(name, "Somebody"), TenantID: s.config.TenantID,
	}
}

// Errors of people who can't do what they want to.
var (
	ErrBotNotInstalled = errors.New("the bot is not installed here")
	ErrNoConversation  = errors.New("the conversation does not exist")
	ErrNoMessage       = errors.New("there is no such message")
)

// Sit makes the person known and fills in what is missing of the place.
func (s *Server) Sit(seat Seat) Seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people[seat.Who.UserID] = seat.Who
	s.botIDs[BotID(seat.Who.UserID)] = seat.Who.UserID
	place := &seat.Place
	switch place.Kind {
	case "", Personal:
		place.Kind = Personal
		who := person{userID: seat.Who.UserID, tenantID: seat.Who.TenantID}
		place.ChannelID = s.chatID(seat.Bot.ClientID, who)
		if _, known := s.conversations[place.ChannelID]; !known {
			s.conversations[place.ChannelID] = who
		}
	case GroupChat:
		place.ChannelID = cmp.Or(place.ChannelID, "19:"+emulator.Digest(seat.Who.TenantID, "group chat", seat.Bot.ClientID)[:32]+"@thread.v2")
	default:
		s.sitInChannel(seat.Who.TenantID, place)
	}
	c := s.logOf(place.ChannelID)
	c.ClientID, c.TenantID = seat.Bot.ClientID, seat.Who.TenantID
	if place.Kind == Personal {
		c.With = seat.Who.Name
	}
	return seat
}

// sitInChannel chooses a channel: the first of the tenant's where none is given.
func (s *Server) sitInChannel(tenantID string, place *Place) {
	t, _ := s.tenant(tenantID)
	team := t.team(cmp.Or(place.TeamID, place.ChannelID))
	if team == nil && place.TeamID == "" && place.ChannelID == "" && len(t.Teams) > 0 {
		team = &t.Teams[0]
	}
	if team != nil {
		place.TeamID = team.ID
		place.ChannelID = cmp.Or(place.ChannelID, team.Channels[0].ID)
		return
	}
	place.TeamID = cmp.Or(place.TeamID, emulator.UUIDOf(tenantID, "team", "made up"))
	place.ChannelID = cmp.Or(place.ChannelID, "19:"+emulator.Digest(place.TeamID, "channel")[:32]+"@thread.tacv2")
}

// generalOf is the thread id of the team's General channel, by which activities name the team.
func (s *Server) generalOf(place Place) string {
	if t := s.where(place.TeamID); t != nil && t.team(place.TeamID) != nil {
		return t.team(place.TeamID).Channels[0].ID
	}
	return place.ChannelID
}

// Write posts a message of the person's. With a mention it addresses the bot, as only channels and group
// chats need. It returns the seat with the thread that the message began.
func (s *Server) Write(ctx context.Context, seat Seat, text string, mention bool) (Seat, Posted, error) {
	at := s.host.Clock.Now()
	s.mu.Lock()
	id := s.nextMessageID(at)
	if seat.Place.Kind == TeamChannel && seat.Place.ThreadID == "" {
		seat.Place.ThreadID = id
	}
	if err := s.mayWrite(seat); err != nil {
		s.mu.Unlock()
		return seat, Posted{}, err
	}
	c := s.logOf(seat.Place.ChannelID)
	c.Messages = append(c.Messages, ChatMessage{
		ID: id, ThreadID: seat.Place.ThreadID, From: seat.Who.Name, FromID: BotID(seat.Who.UserID), Text: text, At: at, change: s.changed(),
	})
	a := s.activity(seat, "message", id, at)
	s.mu.Unlock()
	s.host.Feed.Changed()

	a["text"], a["textFormat"] = text, "plain"
	if mention {
		at := "<at>" + seat.Bot.Name + "</at>"
		a["text"] = at + " " + text
		a["entities"] = append(a["entities"].([]any), object{
			"type": "mention", "mentioned": object{"id": "28:" + seat.Bot.ClientID, "name": seat.Bot.Name}, "text": at,
		})
		a["attachments"] = []any{object{"contentType": "text/html", "content": "<p>" + at + " " + escape(text) + "</p>"}}
	}
	posted, err := s.post(ctx, seat, a)
	return seat, posted, err
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// Rewrite edits a message of the person's.
func (s *Server) Rewrite(ctx context.Context, seat Seat, messageID, text string) (Posted, error) {
	at := s.host.Clock.Now()
	s.mu.Lock()
	m := s.logOf(seat.Place.ChannelID).message(messageID)
	if m == nil || m.FromID != BotID(seat.Who.UserID) {
		s.mu.Unlock()
		return Posted{}, fmt.Errorf("%s is no message of %s: %w", messageID, seat.Who.Name, ErrNoMessage)
	}
	m.Text, m.EditedAt, m.change = text, at, s.changed()
	seat.Place.ThreadID = cmp.Or(m.ThreadID, seat.Place.ThreadID)
	a := s.activity(seat, "messageUpdate", messageID, at)
	s.mu.Unlock()
	s.host.Feed.Changed()
	a["text"] = text
	a["channelData"].(object)["eventType"] = "editMessage"
	return s.post(ctx, seat, a)
}

// React adds a reaction of the person's to a message, or takes it away.
func (s *Server) React(ctx context.Context, seat Seat, messageID, reaction string, added bool) (Posted, error) {
	at := s.host.Clock.Now()
	s.mu.Lock()
	m := s.logOf(seat.Place.ChannelID).message(messageID)
	if m == nil || m.Deleted {
		s.mu.Unlock()
		return Posted{}, fmt.Errorf("%s: %w", messageID, ErrNoMessage)
	}
	m.react(ChatReaction{Type: reaction, From: seat.Who.Name}, added)
	seat.Place.ThreadID = cmp.Or(m.ThreadID, seat.Place.ThreadID)
	a := s.activity(seat, "messageReaction", s.nextMessageID(at), at)
	s.mu.Unlock()
	s.host.Feed.Changed()
	name := "reactionsAdded"
	if !added {
		name = "reactionsRemoved"
	}
	a[name], a["replyToId"] = []any{object{"type": reaction}}, messageID
	return s.post(ctx, seat, a)
}

func (m *ChatMessage) react(r ChatReaction, added bool) {
	kept := []ChatReaction{}
	for _, had := range m.Reactions {
		if had != r {
			kept = append(kept, had)
		}
	}
	if added {
		kept = append(kept, r)
	}
	m.Reactions = kept
}

// mayWrite is why a person can't write in a place, or nil. The caller holds the lock.
func (s *Server) mayWrite(seat Seat) error {
	place := seat.Place
	switch {
	case s.removed[place.ChannelID], place.Kind == Personal && s.removed[seat.Who.UserID]:
		return ErrNoConversation
	case place.Kind == Personal && s.lacksBot(seat.Who.UserID),
		place.Kind != Personal && s.lacksBot(place.ChannelID), place.Kind == TeamChannel && s.lacksBot(place.TeamID):
		return ErrBotNotInstalled
	}
	return nil
}

// activity is what all activities of a person have in common. The caller holds the lock.
func (s *Server) activity(seat Seat, kind, id string, at time.Time) object {
	tenant := object{"id": seat.Who.TenantID}
	in := object{"conversationType": seat.Place.Kind, "tenantId": seat.Who.TenantID, "id": seat.conversationID()}
	data := object{"tenant": tenant}
	if seat.Place.Kind != Personal {
		in["isGroup"] = true
	}
	if seat.Place.Kind == TeamChannel {
		team := s.generalOf(seat.Place)
		data["team"], data["channel"] = object{"id": team, "aadGroupId": seat.Place.TeamID}, object{"id": seat.Place.ChannelID}
		data["teamsTeamId"], data["teamsChannelId"] = team, seat.Place.ChannelID
	}
	stamp := at.Format("2006-01-02T15:04:05.000Z")
	return object{
		"type": kind, "id": id, "timestamp": stamp, "localTimestamp": stamp, "serviceUrl": s.serviceURL(), "channelId": "msteams",
		"from":         object{"id": BotID(seat.Who.UserID), "name": seat.Who.Name, "aadObjectId": seat.Who.UserID},
		"conversation": in, "recipient": object{"id": "28:" + seat.Bot.ClientID, "name": seat.Bot.Name},
		"entities":    []any{object{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "Europe/Berlin"}},
		"channelData": data, "locale": "en-US", "localTimezone": "Europe/Berlin",
	}
}

func (seat Seat) conversationID() string {
	if seat.Place.Kind == TeamChannel {
		return seat.Place.ChannelID + ";messageid=" + seat.Place.ThreadID
	}
	return seat.Place.ChannelID
}

// serviceURL is the connector's address, with a slash at its end as Teams writes it.
func (s *Server) serviceURL() string { return s.ConnectorURL() + "/" }
