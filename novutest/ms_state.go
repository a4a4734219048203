package novutest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

const (
	botScope    = "https://api.botframework.com/.default"
	botTenant   = "botframework.com"
	tokenAge    = 3599 * time.Second
	codeAge     = 10 * time.Minute
	metaTenants = "organizations common consumers"
)

// roles are the application permissions that an administrator's consent grants.
var roles = []string{
	"Team.ReadBasic.All", "Channel.ReadBasic.All", "AppCatalog.Read.All",
	"TeamsAppInstallation.ReadWriteSelfForTeam.All", "TeamsAppInstallation.ReadWriteSelfForUser.All",
}

// microsoft is what the emulated Microsoft remembers. Everything of Microsoft's
// side is in the files ms_*.go; Novu's side touches it only through the methods
// here and over HTTP.
type microsoft struct {
	key           []byte
	tokens        map[string]token
	codes         map[string]code
	consented     map[string]bool   // tenants
	notInstalled  map[string]bool   // channels, teams and users without the bot
	missing       map[string]bool   // conversations that do not exist
	conversations map[string]person // one-to-one chats
	tenants       map[string]*tenant
}

type token struct {
	clientID, tenantID, scope string
	expires                   time.Time
	roles                     []string
}

type code struct {
	person
	clientID string
	expires  time.Time
}

type person struct{ userID, tenantID string }

func (m *microsoft) init() {
	*m = microsoft{
		key: randomBytes(32), tokens: map[string]token{}, codes: map[string]code{}, consented: map[string]bool{},
		notInstalled: map[string]bool{}, missing: map[string]bool{}, conversations: map[string]person{},
		tenants: map[string]*tenant{},
	}
}

// redeem trades an authorization code, once.
func (m *microsoft) redeem(given, clientID string) (person, bool) {
	c, has := m.codes[given]
	delete(m.codes, given)
	return c.person, has && c.clientID == clientID
}

func (m *microsoft) install(id string) { delete(m.notInstalled, m.place(id)) }

// issue makes a token that looks like Microsoft's and that the other endpoints
// here accept.
func (m *microsoft) issue(t token, claims map[string]any) string {
	encodePart := func(v any) string { return base64.RawURLEncoding.EncodeToString(encode(v)) }
	unsigned := encodePart(map[string]any{"typ": "JWT", "alg": "HS256"}) + "." + encodePart(claims)
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte(unsigned))
	signed := unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	m.tokens[signed] = t
	return signed
}

// InstallBot puts the bot into the team, channel or personal chat with this id,
// where it is unless [Server.UninstallBot] took it away.
func (s *Server) InstallBot(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.microsoft.install(id)
}

// UninstallBot takes the bot out of the team, channel or personal chat with
// this id: a team's or channel's thread id, a user's Entra object id or 29: id.
// What is sent there fails as Microsoft fails it.
func (s *Server) UninstallBot(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.state.microsoft
	m.notInstalled[m.place(id)] = true
}

// RemoveConversation makes the channel or user with this id unknown to Microsoft.
func (s *Server) RemoveConversation(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.microsoft.missing[id] = true
}
