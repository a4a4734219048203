package novutest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
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
func (u User) BotID() string { return microsoft.BotID(u.ID) }

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
		for _, other := range c.microsoft.Tenants {
			if strings.EqualFold(other.ID, t.ID) {
				return fmt.Errorf("novutest: WithTenant: %s is there already", t.ID)
			}
		}
		c.microsoft.Tenants = append(c.microsoft.Tenants, t.emulated())
		return nil
	}
}

// complete fills in what was left empty, in copies of the lists.
func (t *Tenant) complete() {
	t.ID = cmp.Or(t.ID, DefaultTenantID)
	t.Teams, t.Users = slices.Clone(t.Teams), slices.Clone(t.Users)
	for i := range t.Teams {
		team := &t.Teams[i]
		team.ID = cmp.Or(team.ID, emulator.UUIDOf(t.ID, "team", team.Name))
		team.Channels = slices.Clone(team.Channels)
		if len(team.Channels) == 0 {
			team.Channels = []Channel{{Name: "General"}}
		}
		for j := range team.Channels {
			channel := &team.Channels[j]
			channel.Membership = cmp.Or(channel.Membership, microsoft.StandardChannel)
			channel.ID = cmp.Or(channel.ID, "19:"+emulator.Digest(team.ID, "channel", channel.Name)[:32]+"@thread.tacv2")
		}
	}
	for i := range t.Users {
		user := &t.Users[i]
		user.ID = cmp.Or(user.ID, emulator.UUIDOf(t.ID, "user", user.Name))
		name := strings.ReplaceAll(strings.ToLower(user.Name), " ", ".")
		user.UPN = cmp.Or(user.UPN, name+"@"+t.ID[:min(8, len(t.ID))]+".example")
	}
}

// emulated is the tenant as the emulated Microsoft takes it.
func (t *Tenant) emulated() microsoft.Tenant {
	e := microsoft.Tenant{
		ID: t.ID, Roles: t.Roles, Unconsented: t.Unconsented, RefusesTokens: t.RefusesTokens, OpaqueTokens: t.OpaqueTokens,
		WithoutBot: t.WithoutBot, Open: t.Open,
	}
	if t.Catalog != nil {
		e.Catalog = []microsoft.CatalogApp{}
	}
	for _, app := range t.Catalog {
		e.Catalog = append(e.Catalog, microsoft.CatalogApp(app))
	}
	for _, team := range t.Teams {
		one := microsoft.Team{ID: team.ID, Name: team.Name, Description: team.Description, Members: team.Members}
		for _, channel := range team.Channels {
			one.Channels = append(one.Channels, microsoft.Channel(channel))
		}
		e.Teams = append(e.Teams, one)
	}
	for _, user := range t.Users {
		e.Users = append(e.Users, microsoft.User(user))
	}
	return e
}

// InstallBot puts the bot into the team, channel or personal chat with this id,
// where it is unless [Server.UninstallBot] took it away.
func (s *Server) InstallBot(id string) { s.microsoft.Install(id) }

// UninstallBot takes the bot out of the team, channel or personal chat with
// this id: a team's or channel's thread id, a user's Entra object id or 29: id.
// What is sent there fails as Microsoft fails it.
func (s *Server) UninstallBot(id string) { s.microsoft.Uninstall(id) }

// RemoveConversation makes the channel or user with this id unknown to Microsoft.
func (s *Server) RemoveConversation(id string) { s.microsoft.Remove(id) }
