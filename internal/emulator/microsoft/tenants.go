package microsoft

import (
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// Tenant is a customer's tenant. Every id and name is filled in; package
// novutest documents the fields.
type Tenant struct {
	ID            string
	Roles         []string // nil: all that Novu asks for
	Unconsented   bool
	RefusesTokens bool
	OpaqueTokens  bool
	WithoutBot    bool
	Open          bool
	Catalog       []CatalogApp // nil: any app that is asked for
	Teams         []Team
	Users         []User
}

// CatalogApp is a Teams app in a tenant's catalogue.
type CatalogApp struct {
	ID         string // the catalogue's
	ExternalID string // the manifest's
	Name       string
}

// Team is a team. Its first channel is the General one.
type Team struct {
	ID          string
	Name        string
	Description string
	Channels    []Channel
	Members     []string // ids of users; nil: all of the tenant
}

// Channel is a channel of a team.
type Channel struct {
	ID         string // a thread id
	Name       string
	Membership string
}

// User is a person of a tenant.
type User struct {
	ID    string // the Entra object id
	Name  string
	UPN   string // the user principal name
	Guest bool
}

// BotID is how the bot connector names the user, "29:…".
func BotID(userID string) string { return "29:1" + emulator.Digest("bot user", userID)[:40] }

// StandardChannel is the membership of a channel that every member of the team sees.
const StandardChannel = "standard"

// tenant is a seeded tenant with its indexes.
type tenant struct {
	Tenant
	teams    map[string]*Team // by id, and by the thread id of each channel
	channels map[string]*Channel
	users    map[string]*User // by object id, principal name and 29: id
	catalog  []CatalogApp     // of an open catalogue: what was asked for
}

func newTenant(seed Tenant) *tenant {
	t := &tenant{Tenant: seed, teams: map[string]*Team{}, channels: map[string]*Channel{}, users: map[string]*User{}}
	for i := range t.Teams {
		team := &t.Teams[i]
		t.teams[strings.ToLower(team.ID)] = team
		for j := range team.Channels {
			t.teams[team.Channels[j].ID] = team
			t.channels[team.Channels[j].ID] = &team.Channels[j]
		}
	}
	for i := range t.Users {
		u := &t.Users[i]
		for _, name := range []string{strings.ToLower(u.ID), strings.ToLower(u.UPN), BotID(u.ID)} {
			t.users[name] = u
		}
	}
	t.catalog = slices.Clone(t.Catalog)
	return t
}

func (t *tenant) team(id string) *Team { return t.teams[strings.ToLower(id)] }

// user finds a person by any of their names.
func (t *tenant) user(id string) *User {
	if strings.HasPrefix(id, "29:") {
		return t.users[id]
	}
	return t.users[strings.ToLower(id)]
}

// members are the people of a team.
func (t *tenant) members(team *Team) []*User {
	var people []*User
	if team.Members == nil {
		for i := range t.Users {
			people = append(people, &t.Users[i])
		}
		return people
	}
	for _, id := range team.Members {
		if u := t.user(id); u != nil {
			people = append(people, u)
		}
	}
	return people
}

// seed takes over the configured tenants.
func (s *Server) seed(tenants []Tenant) {
	for _, configured := range tenants {
		t := newTenant(configured)
		s.tenants[strings.ToLower(t.ID)] = t
		for id := range t.teams {
			s.places[id] = t
		}
		for id := range t.users {
			s.places[id] = t
		}
		for id, channel := range t.channels {
			if channel.Membership != StandardChannel {
				s.notInstalled[id] = true
			}
		}
		if !t.WithoutBot {
			continue
		}
		for i := range t.Teams {
			s.notInstalled[t.Teams[i].ID] = true
		}
		for i := range t.Users {
			s.notInstalled[t.Users[i].ID] = true
		}
	}
}

// tenant is a seeded tenant; another one is empty.
func (s *Server) tenant(id string) (found *tenant, seeded bool) {
	if t := s.tenants[strings.ToLower(id)]; t != nil {
		return t, true
	}
	return newTenant(Tenant{ID: id}), false
}

// where finds the seeded tenant in which a team, channel or user is.
func (s *Server) where(id string) *tenant {
	if t := s.places[id]; t != nil {
		return t
	}
	return s.places[strings.ToLower(id)]
}

// knows tells whether a channel or user may be in the tenant: in one that was
// not seeded, or that is open, all may.
func (s *Server) knows(tenantID, id string) bool {
	t, seeded := s.tenant(tenantID)
	return !seeded || t.Open || t.channels[id] != nil || t.user(id) != nil
}

// place is the id under which it is noted whether the bot is there: a user has
// several.
func (s *Server) place(id string) string {
	t := s.where(id)
	switch {
	case t == nil:
		return id
	case t.user(id) != nil:
		return t.user(id).ID
	case t.channels[id] == nil:
		return t.team(id).ID
	}
	return id
}

// lacksBot tells whether the bot is missing from a team, a channel or its team,
// or a user's chat.
func (s *Server) lacksBot(id string) bool {
	if s.notInstalled[s.place(id)] {
		return true
	}
	t := s.where(id)
	return t != nil && t.team(id) != nil && s.notInstalled[t.team(id).ID]
}

// rolesOf are the permissions that a tenant has granted the app.
func (s *Server) rolesOf(id string) []string {
	t, seeded := s.tenant(id)
	switch {
	case s.consented[id]:
		return novuRoles
	case seeded && t.Unconsented:
		return nil
	case seeded && t.Roles != nil:
		return t.Roles
	case seeded || s.config.App == nil:
		return novuRoles
	}
	return nil
}
