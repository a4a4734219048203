package novutest

import (
	"crypto/subtle"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

var consentPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Title}}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}a{margin-right:1.5rem}code{overflow-wrap:anywhere}</style>
</head><body><h1>{{.Title}}</h1><p>{{.Text}}</p><dl><dt>Application</dt><dd><code>{{.Client}}</code></dd><dt>Tenant</dt><dd><code>{{.Tenant}}</code></dd></dl>
<p><a id="approve" href="{{.Approve}}">Approve</a><a id="decline" href="{{.Decline}}">Decline</a></p>
<p><small>An emulated Microsoft page: nothing leaves this machine.</small></p></body></html>
`))

// decide is what the person in front of a page does: what the query says, else
// what the server was told. For Ask it answers the page.
func (s *Server) decide(c *call, title, text, tenant string) (approved bool, page *reply) {
	choice := s.config.consent
	if q := Consent(c.query.Get("_consent")); q != "" {
		choice = q
	}
	if choice == Ask && !strings.Contains(c.header.Get("Accept"), "text/html") {
		choice = Approve // nobody is there to be asked
	}
	switch choice {
	case Approve:
		return true, nil
	case Decline:
		return false, nil
	}
	link := func(choice Consent) string { return c.path + "?" + rawQuery(c.uri) + "&_consent=" + string(choice) }
	var b strings.Builder
	err := consentPage.Execute(&b, map[string]string{
		"Title": title, "Text": text, "Client": c.query.Get("client_id"), "Tenant": tenant, "Approve": link(Approve), "Decline": link(Decline),
	})
	if err != nil {
		return false, htmlReply(http.StatusInternalServerError, template.HTMLEscapeString(err.Error()))
	}
	return false, htmlReply(
		http.StatusOK,
		b.String(),
	).with("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'").
		with("Cache-Control", "no-store").
		with("Referrer-Policy", "no-referrer")
}

func rawQuery(uri string) string {
	_, q, _ := strings.Cut(uri, "?")
	return q
}

// tenantOf is the tenant of the person: the path's, or the configured one where
// the path leaves it open.
func (s *Server) tenantOf(c *call) string {
	if t := c.query.Get("_tenant"); t != "" {
		return t
	}
	if t := c.params["tenant"]; !slices.Contains(strings.Fields(metaTenants), t) {
		return t
	}
	return s.config.tenantID
}

// back is the redirect to the application, or an error page where it named no
// address or an unknown client asks.
func (s *Server) back(c *call, values url.Values) *reply {
	target, err := url.Parse(c.query.Get("redirect_uri"))
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return htmlReply(
			http.StatusBadRequest,
			"AADSTS50011: The redirect URI specified in the request is missing or malformed.",
		)
	}
	if s.config.app != nil && c.query.Get("client_id") != s.config.app.ClientID {
		return htmlReply(
			http.StatusBadRequest,
			"AADSTS700016: Application with identifier '"+template.HTMLEscapeString(
				c.query.Get("client_id"),
			)+"' was not found in the directory.",
		)
	}
	q := target.Query()
	for name := range values {
		q.Set(name, values.Get(name))
	}
	if c.query.Has("state") {
		q.Set("state", c.query.Get("state"))
	}
	target.RawQuery = q.Encode()
	return redirect(target.String())
}

func (s *Server) adminConsentPage(c *call) *reply {
	tenant := s.tenantOf(c)
	approved, page := s.decide(
		c,
		"Permissions requested",
		"An administrator decides whether this application may be used in the tenant.",
		tenant,
	)
	switch {
	case page != nil:
		return page
	case !approved:
		return s.back(c, url.Values{
			"admin_consent": {"True"}, "error": {"consent_required"},
			"error_description": {"AADSTS65004: The resource owner or authorization server denied the request."},
		})
	}
	s.state.microsoft.consented[tenant] = true
	return s.back(c, url.Values{"admin_consent": {"True"}, "tenant": {tenant}, "scope": {c.query.Get("scope")}})
}

func (s *Server) signInPage(c *call) *reply {
	who := person{userID: s.config.userID, tenantID: s.tenantOf(c)}
	if u := c.query.Get("_user"); u != "" {
		who.userID = u
	}
	approved, page := s.decide(c, "Sign in", "You sign in as "+who.userID+".", who.tenantID)
	switch {
	case page != nil:
		return page
	case !approved:
		return s.back(
			c,
			url.Values{
				"error":             {"access_denied"},
				"error_description": {"AADSTS65004: User declined to consent to access the app."},
			},
		)
	}
	given := "1.A" + randomHex(32)
	s.state.microsoft.codes[given] = code{
		person:   who,
		clientID: c.query.Get("client_id"),
		expires:  c.now.Add(codeAge),
	}
	return s.back(c, url.Values{"code": {given}})
}

func (s *Server) token(c *call) *reply {
	form, err := url.ParseQuery(string(c.raw))
	if err != nil {
		return s.tokenError(c, http.StatusBadRequest, "invalid_request", 90014, "The request body is no form.")
	}
	tenant, scope := c.params["tenant"], form.Get("scope")
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

// checkApp compares with the configured app registration; without one, any
// client id and secret will do.
func (s *Server) checkApp(c *call, form url.Values, tenant, scope string) *reply {
	id, secret, app := form.Get("client_id"), form.Get("client_secret"), s.config.app
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
	case scope == botScope && tenant != app.TenantID && (tenant != botTenant || !app.MultiTenantBot):
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
	m := &s.state.microsoft
	made := token{clientID: form.Get("client_id"), tenantID: tenant, scope: scope, expires: c.now.Add(tokenAge)}
	if scope == botScope {
		return s.tokenReply(map[string]any{"access_token": m.issue(made, claims)})
	}
	made.roles = s.rolesOf(tenant)
	switch t, _ := m.tenant(tenant); {
	case len(made.roles) == 0 && t.RefusesTokens:
		return s.tokenError(c, http.StatusUnauthorized, "invalid_client", 7000229,
			"The client application '"+made.clientID+"' is missing service principal in the tenant '"+tenant+"'.")
	case t.OpaqueTokens:
		return s.tokenReply(map[string]any{"access_token": m.opaque(made)})
	}
	if made.roles != nil {
		claims["roles"] = made.roles
	}
	return s.tokenReply(map[string]any{"access_token": m.issue(made, claims)})
}

func (s *Server) userToken(c *call, form url.Values) *reply {
	known, has := s.state.microsoft.codes[form.Get("code")]
	if has && c.now.After(known.expires) {
		return s.tokenError(
			c,
			http.StatusBadRequest,
			"invalid_grant",
			70008,
			"The provided authorization code has expired.",
		)
	}
	who, has := s.state.microsoft.redeem(form.Get("code"), form.Get("client_id"))
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
		expires:  c.now.Add(tokenAge),
	}
	return s.tokenReply(
		map[string]any{
			"access_token": s.state.microsoft.issue(t, claims),
			"id_token":     s.state.microsoft.issue(token{}, claims),
			"scope":        linkUserScopes,
		},
	)
}

func (s *Server) claims(c *call, clientID, tenant string) map[string]any {
	return map[string]any{
		"iss": "https://sts.windows.net/" + tenant + "/", "tid": tenant, "appid": clientID, "iat": c.now.Unix(), "nbf": c.now.Unix(),
		"exp": c.now.Add(tokenAge).Unix(), "ver": "1.0", "uti": randomHex(8),
	}
}

func (s *Server) tokenReply(fields map[string]any) *reply {
	fields["token_type"] = "Bearer"
	fields["expires_in"], fields["ext_expires_in"] = int(tokenAge.Seconds()), int(tokenAge.Seconds())
	return jsonReply(http.StatusOK, fields).with("Cache-Control", "no-store")
}

func (s *Server) tokenError(c *call, status int, name string, number int, description string) *reply {
	return jsonReply(status, loginError(c.now, s.LoginURL(), name, number, description))
}

func loginError(now time.Time, login, name string, number int, description string) map[string]any {
	trace, correlation := randomUUID(), randomUUID()
	at := now.Format("2006-01-02 15:04:05Z")
	return map[string]any{
		"error": name,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			number, description, trace, correlation, at),
		"error_codes": []int{number}, "timestamp": at, "trace_id": trace, "correlation_id": correlation,
		"error_uri": login + fmt.Sprintf("/error?code=%d", number),
	}
}

// SignInFault is an error of the token endpoint's by its AADSTS number, such as
// 7000222 for a secret that has expired.
func SignInFault(number int) Fault {
	name := "invalid_client"
	switch number {
	case 700016:
		name = "unauthorized_client"
	case 65001, 65004, 53003:
		name = "invalid_grant"
	case 70011, 1002012:
		name = "invalid_scope"
	case 90002, 50059, 90033, 90012, 90024, 50033, 90006, 90038, 900382, 900432:
		name = "invalid_request"
	}
	f := microsoftFault(http.StatusBadRequest, loginError(time.Now().UTC(), "", name, number, "An injected fault."))
	f.Method, f.Route = http.MethodPost, "/_login/*"
	return f
}
