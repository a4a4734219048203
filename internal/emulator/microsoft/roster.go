package microsoft

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// room is a conversation that the bot may look into.
type room struct {
	tenant *tenant
	team   *Team // nil for a chat
	people []*User
}

// room finds the conversation of the path. Only what was seeded has members.
func (s *Server) room(c *call) (*room, *reply) {
	if _, refused := s.bot(c); refused != nil {
		return nil, refused
	}
	id, _, _ := strings.Cut(c.Params["conversation"], ";")
	missing := failure(http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	if chat, isChat := s.conversations[id]; isChat {
		t, _ := s.tenant(chat.tenantID)
		if u := t.user(chat.userID); u != nil && !s.removed[chat.userID] {
			return &room{tenant: t, people: []*User{u}}, nil
		}
		return nil, missing
	}
	t := s.where(id)
	switch {
	case t == nil || t.channels[id] == nil || s.removed[id]:
		return nil, missing
	case s.lacksBot(id):
		return nil, notInRoster()
	}
	team := t.team(id)
	return &room{tenant: t, team: team, people: t.members(team)}, nil
}

func notInRoster() *reply {
	return failure(http.StatusForbidden, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
}

func (r *room) wire(u *User) map[string]any {
	given, surname, _ := strings.Cut(u.Name, " ")
	person := map[string]any{
		"id": BotID(u.ID), "objectId": u.ID, "aadObjectId": u.ID, "name": u.Name, "givenName": given, "surname": surname,
		"email": u.UPN, "userPrincipalName": u.UPN, "tenantId": r.tenant.ID, "userRole": "user",
	}
	if u.Guest {
		person["userRole"] = "anonymous"
		delete(person, "email")
	}
	return person
}

const (
	smallestPage = 50
	largestPage  = 500
)

func (s *Server) pagedMembers(c *call) *reply {
	r, refused := s.room(c)
	if refused != nil {
		return refused
	}
	size, err := strconv.Atoi(cmp.Or(c.Query.Get("pageSize"), strconv.Itoa(largestPage)))
	if err != nil {
		return failure(http.StatusBadRequest, "BadArgument", "Bad pageSize")
	}
	size = max(smallestPage, min(size, largestPage))
	from := 0
	if given := c.Query.Get("continuationToken"); given != "" {
		n, isOurs := strings.CutPrefix(given, "from/")
		if from, err = strconv.Atoi(n); !isOurs || err != nil || from < 0 || from > len(r.people) {
			return failure(http.StatusBadRequest, "BadArgument", "Bad continuationToken")
		}
	}
	to := min(from+size, len(r.people))
	members := make([]any, 0, to-from)
	for _, u := range r.people[from:to] {
		members = append(members, r.wire(u))
	}
	page := map[string]any{"members": members}
	if to < len(r.people) {
		page["continuationToken"] = "from/" + strconv.Itoa(to)
	}
	return emulator.JSON(http.StatusOK, page)
}

// listMembers is the older way, without pages.
func (s *Server) listMembers(c *call) *reply {
	r, refused := s.room(c)
	if refused != nil {
		return refused
	}
	members := []any{}
	for _, u := range r.people {
		members = append(members, r.wire(u))
	}
	return emulator.JSON(http.StatusOK, members)
}

func (s *Server) getMember(c *call) *reply {
	r, refused := s.room(c)
	if refused != nil {
		return refused
	}
	wanted := r.tenant.user(c.Params["member"])
	for _, u := range r.people {
		if u == wanted {
			return emulator.JSON(http.StatusOK, r.wire(u))
		}
	}
	return failure(http.StatusNotFound, "MemberNotFoundInConversation", "The member was not found in the conversation.")
}

// roomOfTeam is a team by the thread id of its General channel.
func (s *Server) roomOfTeam(c *call) (*room, *reply) {
	r, refused := s.room(c)
	if refused == nil && (r.team == nil || r.team.Channels[0].ID != c.Params["conversation"]) {
		return nil, failure(http.StatusNotFound, "ConversationNotFound", "Team not found.")
	}
	return r, refused
}

func (s *Server) getTeamDetails(c *call) *reply {
	r, refused := s.roomOfTeam(c)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusOK, map[string]any{
		"id": r.team.Channels[0].ID, "name": r.team.Name, "aadGroupId": r.team.ID,
		"channelCount": len(r.team.Channels), "memberCount": len(r.people),
	})
}

func (s *Server) teamConversations(c *call) *reply {
	r, refused := s.roomOfTeam(c)
	if refused != nil {
		return refused
	}
	conversations := []any{}
	for i, channel := range r.team.Channels {
		one := map[string]any{"id": channel.ID}
		if i > 0 { // the General channel has no name here
			one["name"] = channel.Name
		}
		conversations = append(conversations, one)
	}
	return emulator.JSON(http.StatusOK, map[string]any{"conversations": conversations})
}
