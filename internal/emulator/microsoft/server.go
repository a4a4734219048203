// Package microsoft is the emulated Microsoft: sign-in, Graph, the bot
// connector, and Workflows webhooks.
//
// Novu's side reaches it over HTTP, but for two calls in the OAuth callback:
// Redeem and Install.
package microsoft

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// BotScope is the scope of a token for the bot connector.
const BotScope = "https://api.botframework.com/.default"

const (
	botTenant      = "botframework.com"
	tokenAge       = 3599 * time.Second
	codeAge        = 10 * time.Minute
	metaTenants    = "organizations common consumers"
	linkUserScopes = "openid profile User.Read"
)

// novuRoles are the application permissions that Novu asks for, and that an
// administrator's consent grants.
var novuRoles = []string{
	"Team.ReadBasic.All", "Channel.ReadBasic.All", "AppCatalog.Read.All",
	"TeamsAppInstallation.ReadWriteSelfForTeam.All", "TeamsAppInstallation.ReadWriteSelfForUser.All",
}

// Consent is what the person in front of a page does.
type Consent string

// What a person does: the page asks, or a redirect follows at once.
const (
	Ask     Consent = "ask"
	Approve Consent = "approve"
	Decline Consent = "decline"
)

// App is the one app registration that is known.
type App struct {
	ClientID       string
	ClientSecret   string
	TenantID       string // its home tenant
	MultiTenantBot bool   // botframework.com issues tokens too
}

// Config is how a Microsoft is set up.
type Config struct {
	Consent  Consent
	App      *App     // nil accepts any
	TenantID string   // of the person who consents or signs in
	UserID   string   // of the person who signs in
	Tenants  []Tenant // seeded

	MessageLimit     int           // the size of a message in bytes; 0 for none
	ReplicationDelay time.Duration // how long reads of a directory show the state before a write
}

// Server is the emulated Microsoft.
type Server struct {
	host   *emulator.Host
	config Config
	key    []byte // signs tokens and webhook addresses

	botTokens botTokens
	poster    poster

	mu            sync.Mutex // guards what follows
	tokens        map[string]token
	codes         map[string]code
	deviceCodes   map[string]deviceCode
	consented     map[string]bool   // tenants
	notInstalled  map[string]bool   // channels, teams and users without the bot
	removed       map[string]bool   // conversations that do not exist
	conversations map[string]person // one-to-one chats
	tenants       map[string]*tenant
	places        map[string]*tenant // by the ids of what is in them

	directories map[string]*directory      // by tenant
	registered  map[string]string          // home tenants of applications, deleted ones too
	secrets     []secretOf                 // of registered applications
	published   map[string][]*publishedApp // by tenant
	installs    map[string]bool            // of published apps, by place and app
	azure       azure

	bots        map[string]Bot    // by client id in lower case
	people      map[string]Person // who have used Teams, by object id
	botIDs      map[string]string // object ids by 29: id
	logs        map[string]*conversation
	chatChanges uint64 // numbers the changes of all conversations
	lastMessage int64
}

type token struct {
	clientID, tenantID, scope string
	expires                   time.Time
	roles                     []string // application permissions, or a person's scopes

	operator, appOnly, anyRole bool
	entraRoles                 []string
}

type code struct {
	person
	clientID string
	expires  time.Time
}

type person struct{ userID, tenantID string }

// New makes a Microsoft and adds its routes to the host.
func New(host *emulator.Host, config Config) *Server {
	s := &Server{
		host: host, config: config, key: emulator.RandomBytes(32),
		tokens: map[string]token{}, codes: map[string]code{}, deviceCodes: map[string]deviceCode{}, consented: map[string]bool{},
		notInstalled: map[string]bool{}, removed: map[string]bool{}, conversations: map[string]person{},
		tenants: map[string]*tenant{}, places: map[string]*tenant{},

		directories: map[string]*directory{}, registered: map[string]string{}, published: map[string][]*publishedApp{}, installs: map[string]bool{},
		azure: azure{registered: map[string]time.Time{}, groups: map[string]object{}, bots: map[string]*azureBot{}},

		bots: map[string]Bot{}, people: map[string]Person{}, botIDs: map[string]string{}, logs: map[string]*conversation{},
	}
	s.seed(config.Tenants)
	s.addRoutes()
	return s
}

// LoginURL stands for https://login.microsoftonline.com.
func (s *Server) LoginURL() string { return s.host.URL + loginRoot }

// GraphURL stands for https://graph.microsoft.com.
func (s *Server) GraphURL() string { return s.host.URL + "/_graph" }

// ConnectorURL stands for https://smba.trafficmanager.net/teams.
func (s *Server) ConnectorURL() string { return s.host.URL + "/_connector/teams" }

// WorkflowsURL is the address of a flow. Each name has its own.
func (s *Server) WorkflowsURL(name string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(name))
	return s.host.URL + workflowsRoot + "/workflows/" + url.PathEscape(name) +
		"/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + hex.EncodeToString(mac.Sum(nil))
}

// Redeem trades an authorization code, once, for the person who signed in.
func (s *Server) Redeem(code, clientID string) (userID, tenantID string, redeemed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, redeemed := s.redeem(code, clientID)
	return who.userID, who.tenantID, redeemed
}

func (s *Server) redeem(given, clientID string) (person, bool) {
	c, has := s.codes[given]
	delete(s.codes, given)
	return c.person, has && c.clientID == clientID
}

// Install puts the bot into the team, channel or personal chat with this id.
func (s *Server) Install(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.install(id)
}

func (s *Server) install(id string) { delete(s.notInstalled, s.place(id)) }

// InstallFor is what Novu does when a person signs in: it looks up the app in the
// tenant's catalog and installs it for the person. It returns why it can't.
func (s *Server) InstallFor(clientID, tenantID, userID string) (problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	roles := s.rolesOf(tenantID)
	if s.isRegistered(clientID) {
		roles = s.rolesOfRegistered(clientID, tenantID)
	}
	for _, role := range []string{"AppCatalog.Read.All", "TeamsAppInstallation.ReadWriteSelfForUser.All"} {
		if !slices.Contains(roles, role) {
			return "Missing role permissions on the request. API requires one of '" + role + "'."
		}
	}
	t, _ := s.tenant(tenantID)
	published := slices.ContainsFunc(s.publishedIn(tenantID), func(app *publishedApp) bool { return strings.EqualFold(app.externalID, clientID) })
	if _, has := t.app(clientID, s.isRegistered(clientID)); !has && !published {
		return "The app is not in the organization's app catalog."
	}
	s.install(userID)
	return ""
}

// Uninstall takes the bot out of the team, channel or personal chat with this id.
func (s *Server) Uninstall(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notInstalled[s.place(id)] = true
}

// Remove makes the channel or user with this id unknown.
func (s *Server) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removed[id] = true
}

// issue makes a token that looks like Microsoft's and that the other endpoints
// here accept.
func (s *Server) issue(t token, claims map[string]any) string {
	encodePart := func(v any) string { return base64.RawURLEncoding.EncodeToString(emulator.Encode(v)) }
	unsigned := encodePart(map[string]any{"typ": "JWT", "alg": "HS256"}) + "." + encodePart(claims)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(unsigned))
	signed := unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	s.tokens[signed] = t
	return signed
}

// opaque makes a token that shows nothing.
func (s *Server) opaque(t token) string {
	given := "opaque-" + base64.RawURLEncoding.EncodeToString(emulator.RandomBytes(48))
	s.tokens[given] = t
	return given
}
