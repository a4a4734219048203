package novutest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Tenant is a customer's tenant, as the emulated Microsoft holds it. Ids that
// are left empty are made from the names around them, so that they are the same
// each time; [NewTenant] makes a whole one.
type Tenant struct {
	ID string // DefaultTenantID if empty
	// Roles are the application permissions that are granted from the start; nil
	// means all that Novu asks for.
	Roles []string
	// Unconsented grants nothing before an administrator approves; tokens are
	// issued without roles.
	Unconsented bool
	// RefusesTokens answers AADSTS7000229 instead, while nothing is granted.
	RefusesTokens bool
	// OpaqueTokens do not show what they hold.
	OpaqueTokens bool
	// WithoutBot leaves the bot out of every team and chat until it is installed,
	// through Graph or [Server.InstallBot].
	WithoutBot bool
	// Open lets exist whatever else the bot writes to, as in a tenant that was
	// not seeded.
	Open bool
	// Catalog is what the tenant's app catalogue holds; nil means whatever app is
	// asked for.
	Catalog []CatalogApp
	Teams   []Team
	Users   []User
}

// CatalogApp is a Teams app in a tenant's catalogue.
type CatalogApp struct {
	ID         string // the catalogue's
	ExternalID string // the manifest's
	Name       string
}

// Team is a team. Its first channel is the General one, which is made if there
// is none.
type Team struct {
	ID          string // a GUID
	Name        string
	Description string
	Channels    []Channel
	Members     []string // ids of users; nil means all of the tenant
}

// Channel is a channel of a team. In a private or shared one the bot is not
// until [Server.InstallBot] puts it there.
type Channel struct {
	ID         string // a thread id
	Name       string
	Membership string // "standard" if empty
}

// User is a person of a tenant.
type User struct {
	ID    string // the Entra object id
	Name  string
	UPN   string // the user principal name; an address made from the name if empty
	Guest bool
}

// BotID is how the bot connector names the user, "29:…".
func (u User) BotID() string { return "29:1" + digest("bot user", u.ID)[:40] }

// NewTenant makes a tenant with so many teams, channels in each (the General
// one included) and users, who are all members of every team.
func NewTenant(id string, teams, channels, users int) Tenant {
	t := Tenant{ID: id}
	for n := range teams {
		team := Team{Name: fmt.Sprintf("Team %d", n+1)}
		for k := range max(channels, 1) {
			name := fmt.Sprintf("Channel %d", k+1)
			if k == 0 {
				name = "General"
			}
			team.Channels = append(team.Channels, Channel{Name: name})
		}
		t.Teams = append(t.Teams, team)
	}
	for n := range users {
		t.Users = append(t.Users, User{Name: fmt.Sprintf("User %d", n+1)})
	}
	t.complete()
	return t
}

// WithTenant seeds a tenant. In a tenant that was seeded only the teams,
// channels and users exist that it has; every other tenant is empty for Graph,
// and for the bot whatever it writes to exists there.
func WithTenant(t Tenant) Option {
	return func(c *config) error {
		t.complete()
		for _, other := range c.tenants {
			if strings.EqualFold(other.ID, t.ID) {
				return fmt.Errorf("novutest: WithTenant: %s is there already", t.ID)
			}
		}
		c.tenants = append(c.tenants, t)
		return nil
	}
}

// complete fills in what was left empty, in copies of the lists.
func (t *Tenant) complete() {
	t.ID = orElse(t.ID, DefaultTenantID)
	t.Teams, t.Users = slices.Clone(t.Teams), slices.Clone(t.Users)
	for i := range t.Teams {
		team := &t.Teams[i]
		team.ID = orElse(team.ID, uuidOf(t.ID, "team", team.Name))
		team.Channels = slices.Clone(team.Channels)
		if len(team.Channels) == 0 {
			team.Channels = []Channel{{Name: "General"}}
		}
		for j := range team.Channels {
			channel := &team.Channels[j]
			channel.Membership = orElse(channel.Membership, standardChannel)
			channel.ID = orElse(channel.ID, "19:"+digest(team.ID, "channel", channel.Name)[:32]+"@thread.tacv2")
		}
	}
	for i := range t.Users {
		user := &t.Users[i]
		user.ID = orElse(user.ID, uuidOf(t.ID, "user", user.Name))
		name := strings.ReplaceAll(strings.ToLower(user.Name), " ", ".")
		user.UPN = orElse(user.UPN, name+"@"+t.ID[:min(8, len(t.ID))]+".example")
	}
}

const standardChannel = "standard"

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

func uuidOf(parts ...string) string {
	d := digest(parts...)
	return d[:8] + "-" + d[8:12] + "-4" + d[13:16] + "-8" + d[17:20] + "-" + d[20:32]
}

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
		for _, name := range []string{strings.ToLower(u.ID), strings.ToLower(u.UPN), u.BotID()} {
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
func (m *microsoft) seed(tenants []Tenant) {
	for _, configured := range tenants {
		t := newTenant(configured)
		m.tenants[strings.ToLower(t.ID)] = t
		for id, channel := range t.channels {
			if channel.Membership != standardChannel {
				m.notInstalled[id] = true
			}
		}
		if !t.WithoutBot {
			continue
		}
		for i := range t.Teams {
			m.notInstalled[t.Teams[i].ID] = true
		}
		for i := range t.Users {
			m.notInstalled[t.Users[i].ID] = true
		}
	}
}

// tenant is a seeded tenant; another one is empty.
func (m *microsoft) tenant(id string) (found *tenant, seeded bool) {
	if t := m.tenants[strings.ToLower(id)]; t != nil {
		return t, true
	}
	return newTenant(Tenant{ID: id}), false
}

// where finds the seeded tenant in which a team, channel or user is.
func (m *microsoft) where(id string) *tenant {
	for _, t := range m.tenants {
		if t.team(id) != nil || t.user(id) != nil {
			return t
		}
	}
	return nil
}

// knows tells whether a channel or user may be in the tenant: in one that was
// not seeded, or that is open, all may.
func (m *microsoft) knows(tenantID, id string) bool {
	t, seeded := m.tenant(tenantID)
	return !seeded || t.Open || t.channels[id] != nil || t.user(id) != nil
}

// place is the id under which it is noted whether the bot is there: a user has
// several.
func (m *microsoft) place(id string) string {
	t := m.where(id)
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
func (m *microsoft) lacksBot(id string) bool {
	if m.notInstalled[m.place(id)] {
		return true
	}
	t := m.where(id)
	return t != nil && t.team(id) != nil && m.notInstalled[t.team(id).ID]
}

// rolesOf are the permissions that a tenant has granted the app.
func (s *Server) rolesOf(id string) []string {
	m := &s.state.microsoft
	t, seeded := m.tenant(id)
	switch {
	case m.consented[id]:
		return roles
	case seeded && t.Unconsented:
		return nil
	case seeded && t.Roles != nil:
		return t.Roles
	case seeded || s.config.app == nil:
		return roles
	}
	return nil
}

// opaque makes a token that shows nothing.
func (m *microsoft) opaque(t token) string {
	given := "opaque-" + base64.RawURLEncoding.EncodeToString(randomBytes(48))
	m.tokens[given] = t
	return given
}
