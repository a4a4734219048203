package novu

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	callbackPath   = "/v1/integrations/chat/oauth/callback"
	stateAge       = 5 * time.Minute
	linkUser       = "link_user"
	connectMode    = "connect"
	linkUserScopes = "openid profile User.Read"
	graphScope     = "https://graph.microsoft.com/.default"
	slackScopes    = "chat:write,chat:write.public,channels:read,groups:read,users:read,users:read.email"
)

// oauthState is what travels through Microsoft and back, signed.
type oauthState struct {
	Identifier            string          `json:"identifier,omitempty"`
	SubscriberID          string          `json:"subscriberId,omitempty"`
	Context               json.RawMessage `json:"context,omitempty"`
	EnvironmentID         string          `json:"environmentId"`
	OrganizationID        string          `json:"organizationId"`
	IntegrationIdentifier string          `json:"integrationIdentifier"`
	ProviderID            string          `json:"providerId"`
	Timestamp             int64           `json:"timestamp"`
	Mode                  string          `json:"mode,omitempty"`
	AutoLinkUser          *bool           `json:"autoLinkUser,omitempty"`
}

func (s *Server) sign(state oauthState) string {
	payload := emulator.Encode(state)
	return base64.RawURLEncoding.EncodeToString(append(append(payload, '.'), s.signature(payload)...))
}

func (s *Server) signature(payload []byte) string {
	mac := hmac.New(sha256.New, []byte(s.config.SecretKey))
	mac.Write(payload)
	return hex.EncodeToString(mac.Sum(nil))
}

// splitState takes a state apart without trusting it.
func splitState(state string) (payload []byte, signature string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(state, "="))
	if err != nil {
		return nil, "", err
	}
	dot := bytes.LastIndexByte(raw, '.')
	if dot < 0 {
		return nil, "", errors.New("no signature")
	}
	return raw[:dot], string(raw[dot+1:]), nil
}

// properties shared by the routes that make URLs, in the order of the API's rules.
var (
	oauthIntegration = required("integrationIdentifier", notEmpty("Integration identifier is required"), isString)
	oauthConnection  = optional("connectionIdentifier", isString)
	oauthContext     = optional("context", validContext)
	oauthHash        = optional("contextHash", isString)
)

func (s *Server) olderOAuthURL(c *call) *reply {
	if refused := c.invalid(
		optional("subscriberId", isString), oauthIntegration, oauthConnection, oauthContext,
		optional("scope", eachString, isArray), optional("userScope", eachString, isArray), optional("mode", isIn("connect", linkUser), isString),
		optional("connectionMode", isIn("subscriber", "shared"), isString),
	); refused != nil {
		return refused
	}
	mode := connectMode
	if s.is319() && c.Text("mode") == linkUser {
		if c.Text("subscriberId") == "" {
			return c.badRequest("subscriberId is required for link_user mode")
		}
		mode = linkUser
	}
	return s.oauthURL(c, mode, nil) // on 3.15 this route never links a user, whatever mode says
}

func (s *Server) connectOAuthURL(c *call) *reply {
	if refused := c.invalid(
		optional("subscriberId", isString), oauthIntegration, oauthConnection, oauthContext, oauthHash,
		optional("scope", eachString, isArray), optional("connectionMode", isIn("subscriber", "shared"), isString), optional("autoLinkUser", isBoolean),
	); refused != nil {
		return refused
	}
	var link *bool
	if b, given := c.Object()["autoLinkUser"].(bool); given {
		link = &b
	}
	return s.oauthURL(c, connectMode, link)
}

func (s *Server) linkUserOAuthURL(c *call) *reply {
	if refused := c.invalid(
		required("subscriberId", notEmpty("subscriberId is required for link_user"), isString), oauthIntegration, oauthConnection,
		oauthContext, oauthHash, optional("userScope", eachString, isArray),
	); refused != nil {
		return refused
	}
	return s.oauthURL(c, linkUser, nil)
}

func (s *Server) linkEndpoint(c *call) *reply {
	if refused := c.invalid(
		always("integrationIdentifier", notBlank, isString), always("subscriberId", notBlank, isString), oauthContext, oauthHash,
	); refused != nil {
		return refused
	}
	i, refused := s.chatIntegration(c)
	if refused != nil {
		return refused
	}
	return c.badRequest(`Provider "` + i.ProviderID + `" does not support subscriber chat linking via this endpoint.`)
}

// chatIntegration finds the integration of the body, of a provider that people
// authorize.
func (s *Server) chatIntegration(c *call) (*integration, *reply) {
	identifier := c.Text("integrationIdentifier")
	i := s.integrationByIdentifier(identifier)
	if i == nil || i.Channel != "chat" || i.ProviderID != "msteams" && i.ProviderID != "slack" {
		return nil, c.notFound("Integration not found: " + identifier + " in environment " + s.environmentID)
	}
	return i, nil
}

func (s *Server) oauthURL(c *call, mode string, autoLinkUser *bool) *reply {
	if refused := c.featureOff(); refused != nil {
		return refused
	}
	i, refused := s.chatIntegration(c)
	if refused != nil {
		return refused
	}
	subscriberID, context := c.Text("subscriberId"), c.Object()["context"]
	if subscriberID == "" && context == nil {
		return c.badRequest("Either subscriberId or context must be provided")
	}
	if refused := s.subscriberMissing(c, subscriberID); refused != nil {
		return refused
	}
	provider := map[string]string{"msteams": "MS Teams", "slack": "Slack"}[i.ProviderID]
	if len(i.Credentials) == 0 {
		return c.notFound(provider + " integration missing credentials ")
	}
	if i.credential("clientId") == "" {
		return c.notFound(provider + " integration missing required OAuth credentials (clientId) ")
	}
	state := oauthState{
		Identifier: c.Text("connectionIdentifier"), SubscriberID: subscriberID, EnvironmentID: s.environmentID,
		OrganizationID: s.organizationID, IntegrationIdentifier: i.Identifier, ProviderID: i.ProviderID,
		Timestamp: c.Now.UnixMilli(), Mode: mode, AutoLinkUser: autoLinkUser,
	}
	if !s.is319() {
		state.Mode = ""
	}
	if context != nil {
		state.Context = emulator.Encode(context)
	}
	return created(map[string]string{"url": s.authorizeURL(i, state)})
}

// authorizeURL is where the person goes: Microsoft's consent page, its sign-in
// page, or Slack.
func (s *Server) authorizeURL(i *integration, state oauthState) string {
	client, callback, signed := url.QueryEscape(
		i.credential("clientId"),
	), url.QueryEscape(
		s.host.URL+callbackPath,
	), s.sign(
		state,
	)
	switch {
	case i.ProviderID == "slack":
		return "https://slack.com/oauth/v2/authorize?state=" + signed + "&client_id=" + client + "&redirect_uri=" + callback + "&scope=" + url.QueryEscape(
			slackScopes,
		)
	case state.Mode == linkUser:
		return s.microsoft.LoginURL() + "/organizations/oauth2/v2.0/authorize?client_id=" + client + "&response_type=code&redirect_uri=" + callback +
			"&scope=" + url.QueryEscape(
			linkUserScopes,
		) + "&state=" + signed + "&response_mode=query"
	}
	return s.microsoft.LoginURL() + "/organizations/v2.0/adminconsent?client_id=" + client + "&redirect_uri=" + callback +
		"&scope=" + url.QueryEscape(graphScope) + "&state=" + signed
}

// oauthCallback is where Microsoft sends the person back to.
func (s *Server) oauthCallback(c *call) *reply {
	if failure := c.Query.Get("error"); failure != "" {
		if description := c.Query.Get("error_description"); description != "" {
			failure += " - " + description
		}
		return c.badRequest("OAuth error: " + failure)
	}
	given := c.Query.Get("state")
	if given == "" {
		if s.is319() {
			return c.badRequest("Missing required OAuth parameter: state")
		}
		return c.badRequest("Missing required parameter: state")
	}
	var state oauthState
	payload, signature, err := splitState(given)
	if err != nil || json.Unmarshal(payload, &state) != nil {
		return c.badRequest("Invalid OAuth state parameter - cannot extract provider")
	}
	switch {
	case state.ProviderID == "":
		return c.badRequest("Invalid state: missing providerId")
	case state.ProviderID != "msteams":
		return c.named(
			http.StatusBadRequest,
			"novutest does not implement the OAuth callback of "+state.ProviderID,
		)
	case state.Mode != linkUser && c.Query.Get("tenant") == "":
		return c.badRequest("Missing required parameter: tenant")
	case !hmac.Equal([]byte(signature), []byte(s.signature(payload))),
		c.Now.Sub(time.UnixMilli(state.Timestamp)) > stateAge:
		return c.badRequest("Invalid OAuth state parameter")
	}
	i := s.integrationByIdentifier(state.IntegrationIdentifier)
	if i == nil {
		return c.notFound(
			"Integration not found: " + state.IntegrationIdentifier + " in environment " + s.environmentID,
		)
	}
	if state.Mode == linkUser {
		return s.linkUser(c, state, i)
	}
	return s.adminConsent(c, state, i)
}

func (s *Server) adminConsent(c *call, state oauthState, i *integration) *reply {
	if c.Query.Get("admin_consent") != "True" {
		return c.badRequest("Admin consent was not granted")
	}
	if _, refused := s.connect(c, newConnection{
		identifier: state.Identifier, integration: i.Identifier, subscriberID: state.SubscriberID, context: state.context(), raw: state.Context,
		workspace: map[string]any{"id": c.Query.Get("tenant")}, auth: map[string]any{"accessToken": "app-only"},
	}); refused != nil {
		return refused
	}
	if state.AutoLinkUser != nil && *state.AutoLinkUser && state.SubscriberID != "" {
		state.Mode, state.AutoLinkUser, state.Timestamp = linkUser, nil, c.Now.UnixMilli()
		return emulator.Redirect(s.authorizeURL(i, state))
	}
	return finished(i)
}

// linkUser stores who signed in as an endpoint of the subscriber, after
// installing the app for them.
func (s *Server) linkUser(c *call, state oauthState, i *integration) *reply {
	code := c.Query.Get("code")
	if code == "" {
		return c.badRequest("Missing authorization code for link_user mode")
	}
	userID, tenantID, has := s.microsoft.Redeem(code, i.credential("clientId"))
	if !has {
		return c.internalError() // the token endpoint's refusal is not caught there either
	}
	if problem := s.microsoft.InstallFor(i.credential("clientId"), tenantID, userID); problem != "" {
		return setupError(problem)
	}
	if _, refused := s.attach(c, newEndpoint{
		integration: i.Identifier, connection: state.Identifier, subscriberID: state.SubscriberID, context: state.context(), raw: state.Context,
		typ: msTeamsUser, endpoint: map[string]any{"userId": userID, "tenantId": tenantID},
	}); refused != nil {
		return refused
	}
	return finished(i)
}

func (state oauthState) context() any {
	if len(state.Context) == 0 {
		return nil
	}
	var context any
	_ = emulator.Decode(state.Context, &context)
	return context
}

// setupError is the page of a link that could not be made.
func setupError(problem string) *reply {
	return emulator.HTML(http.StatusOK, "<!doctype html><html><head><title>Setup error</title></head><body><h1>Setup error</h1><p>"+
		html.EscapeString(problem)+"</p></body></html>")
}

// finished is the end of the way: the integration's own page, or one that
// closes itself.
func finished(i *integration) *reply {
	if target := i.credential("redirectUrl"); target != "" {
		return emulator.Redirect(target)
	}
	return emulator.HTML(http.StatusOK, "<script>window.close();</script>")
}
