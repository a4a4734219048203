package microsoft

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

func (s *Server) token(c *call) *reply {
	form, err := url.ParseQuery(string(c.Raw))
	if err != nil {
		return s.tokenError(c, http.StatusBadRequest, "invalid_request", 90014, "The request body is no form.")
	}
	if form.Get("grant_type") == deviceGrant {
		return s.deviceToken(c, form)
	}
	tenant, scope := c.Params["tenant"], resourceScope(form.Get("scope"))
	if refused := s.checkApp(c, form, tenant, scope); refused != nil {
		return refused
	}
	switch form.Get("grant_type") {
	case "client_credentials":
		return s.clientToken(c, form, tenant, scope)
	case "authorization_code":
		return s.userToken(c, form)
	}
	return s.tokenError(
		c,
		http.StatusBadRequest,
		"unsupported_grant_type",
		70003,
		"The app requested an unsupported grant type '"+form.Get("grant_type")+"'.",
	)
}

// resourceScope is what is asked for of a resource: Microsoft's own libraries ask for the scopes of
// OpenID too, which mean nothing to an application.
func resourceScope(scopes string) string {
	all := strings.Fields(scopes)
	return strings.Join(slices.DeleteFunc(all, func(scope string) bool {
		return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, scope)
	}), " ")
}

// checkApp compares with the configured app registration; without one, any
// client id and secret will do.
func (s *Server) checkApp(c *call, form url.Values, tenant, scope string) *reply {
	id, secret, app := form.Get("client_id"), form.Get("client_secret"), s.config.App
	switch {
	case id == "":
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_request",
			900144,
			"The request body must contain the following parameter: 'client_id'.",
		)
	case secret == "" && form.Get("client_assertion") == "":
		return s.tokenError(
			c,
			http.StatusUnauthorized,
			"invalid_client",
			7000218,
			"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
		)
	case s.isRegistered(id):
		return s.checkRegistered(c, form, tenant, scope)
	case app == nil:
		return nil
	case id != app.ClientID:
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"unauthorized_client",
			700016,
			"Application with identifier '"+id+"' was not found in the directory '"+tenant+"'.",
		)
	case secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(app.ClientSecret)) != 1:
		return s.tokenError(
			c,
			http.StatusUnauthorized,
			"invalid_client",
			7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
		)
	case scope == BotScope && tenant != app.TenantID && (tenant != botTenant || !app.MultiTenantBot):
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"unauthorized_client",
			700016,
			"Application with identifier '"+id+"' was not found in the directory '"+tenant+"'.",
		)
	}
	return nil
}

func (s *Server) clientToken(c *call, form url.Values, tenant, scope string) *reply {
	if slices.Contains(strings.Fields(metaTenants), tenant) {
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_request",
			50059,
			"No tenant-identifying information found in either the request or implied by any provided credentials.",
		)
	}
	if !strings.HasSuffix(scope, "/.default") {
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_scope",
			1002012,
			"The provided value for scope "+scope+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
		)
	}
	claims := s.claims(c, form.Get("client_id"), tenant)
	claims["aud"] = strings.TrimSuffix(scope, "/.default")
	made := token{clientID: form.Get("client_id"), tenantID: tenant, scope: scope, expires: c.Now.Add(tokenAge)}
	if scope == BotScope {
		return s.tokenReply(map[string]any{"access_token": s.issue(made, claims)})
	}
	made.roles = s.rolesOf(tenant)
	if s.isRegistered(made.clientID) {
		made.roles = s.rolesOfRegistered(made.clientID, tenant)
	}
	switch t, _ := s.tenant(tenant); {
	case len(made.roles) == 0 && t.RefusesTokens:
		return s.tokenError(c, http.StatusUnauthorized, "invalid_client", 7000229,
			"The client application '"+made.clientID+"' is missing service principal in the tenant '"+tenant+"'.")
	case t.OpaqueTokens:
		return s.tokenReply(map[string]any{"access_token": s.opaque(made)})
	}
	if made.roles != nil {
		claims["roles"] = made.roles
	}
	return s.tokenReply(map[string]any{"access_token": s.issue(made, claims)})
}

func (s *Server) userToken(c *call, form url.Values) *reply {
	known, has := s.codes[form.Get("code")]
	if has && c.Now.After(known.expires) {
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_grant",
			70008,
			"The provided authorization code has expired.",
		)
	}
	who, has := s.redeem(form.Get("code"), form.Get("client_id"))
	if !has {
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_grant",
			9002313,
			"Invalid request. Request is malformed or invalid.",
		)
	}
	claims := s.claims(c, form.Get("client_id"), who.tenantID)
	claims["oid"], claims["aud"] = who.userID, form.Get("client_id")
	t := token{
		clientID: form.Get("client_id"),
		tenantID: who.tenantID,
		scope:    "User.Read",
		expires:  c.Now.Add(tokenAge),
	}
	return s.tokenReply(
		map[string]any{
			"access_token": s.issue(t, claims),
			"id_token":     s.issue(token{}, claims),
			"scope":        linkUserScopes,
		},
	)
}

func (s *Server) claims(c *call, clientID, tenant string) map[string]any {
	return map[string]any{
		"iss": "https://sts.windows.net/" + tenant + "/", "tid": tenant, "appid": clientID, "iat": c.Now.Unix(), "nbf": c.Now.Unix(),
		"exp": c.Now.Add(tokenAge).Unix(), "ver": "1.0", "uti": emulator.RandomHex(8),
	}
}

func (s *Server) tokenReply(fields map[string]any) *reply {
	fields["token_type"] = "Bearer"
	fields["expires_in"], fields["ext_expires_in"] = int(tokenAge.Seconds()), int(tokenAge.Seconds())
	return emulator.JSON(http.StatusOK, fields).With("Cache-Control", "no-store")
}

func (s *Server) tokenError(c *call, status int, name string, number int, description string) *reply {
	return emulator.JSON(status, SignInError(c.Now, s.LoginURL(), name, number, description))
}

// SignInError is the body of an error of the token endpoint.
func SignInError(now time.Time, login, name string, number int, description string) map[string]any {
	trace, correlation := emulator.RandomUUID(), emulator.RandomUUID()
	at := now.Format("2006-01-02 15:04:05Z")
	return map[string]any{
		"error": name,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			number, description, trace, correlation, at),
		"error_codes": []int{number}, "timestamp": at, "trace_id": trace, "correlation_id": correlation,
		"error_uri": login + fmt.Sprintf("/error?code=%d", number),
	}
}
