package microsoft

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

//go:embed consent.html
var consentHTML string

var consentPage = template.Must(template.New("").Parse(consentHTML))

// asked is what a page of Microsoft's says: who is asked for what.
type asked struct {
	Title, Text, Who, Tenant string
	Permissions              []string
}

// decide is what the person in front of a page does: what the query says, else
// what the server was told. For Ask it answers the page.
func (s *Server) decide(c *call, a asked) (approved bool, page *reply) {
	choice := s.config.Consent
	if q := Consent(c.Query.Get("_consent")); q != "" {
		choice = q
	}
	if choice == Ask && !strings.Contains(c.Header.Get("Accept"), "text/html") {
		choice = Approve // nobody is there to be asked
	}
	switch choice {
	case Approve:
		return true, nil
	case Decline:
		return false, nil
	}
	link := func(choice Consent) string { return c.Path + "?" + c.RawQuery() + "&_consent=" + string(choice) }
	var b strings.Builder
	err := consentPage.Execute(&b, map[string]any{
		"Title": a.Title, "Text": a.Text, "Who": a.Who, "Permissions": a.Permissions, "Tenant": a.Tenant,
		"Client": c.Query.Get("client_id"), "Approve": link(Approve), "Decline": link(Decline),
	})
	if err != nil {
		return false, emulator.HTML(http.StatusInternalServerError, template.HTMLEscapeString(err.Error()))
	}
	return false, emulator.HTML(
		http.StatusOK,
		b.String(),
	).With("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'").With("Cache-Control", "no-store").With("Referrer-Policy", "no-referrer")
}

// tenantOf is the tenant of the person: the path's, or the configured one where
// the path leaves it open.
func (s *Server) tenantOf(c *call) string {
	if t := c.Query.Get("_tenant"); t != "" {
		return t
	}
	if t := c.Params["tenant"]; !slices.Contains(strings.Fields(metaTenants), t) {
		return t
	}
	return s.config.TenantID
}

// back is the redirect to the application, or an error page where it named no
// address or an unknown client asks.
func (s *Server) back(c *call, values url.Values) *reply {
	target, err := url.Parse(c.Query.Get("redirect_uri"))
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return emulator.HTML(
			http.StatusBadRequest,
			"AADSTS50011: The redirect URI specified in the request is missing or malformed.",
		)
	}
	if id := c.Query.Get("client_id"); s.config.App != nil && id != s.config.App.ClientID && !s.isRegistered(id) {
		return emulator.HTML(
			http.StatusBadRequest,
			"AADSTS700016: Application with identifier '"+template.HTMLEscapeString(
				c.Query.Get("client_id"),
			)+"' was not found in the directory.",
		)
	}
	q := target.Query()
	for name := range values {
		q.Set(name, values.Get(name))
	}
	if c.Query.Has("state") {
		q.Set("state", c.Query.Get("state"))
	}
	target.RawQuery = q.Encode()
	return emulator.Redirect(target.String())
}

func (s *Server) adminConsentPage(c *call) *reply {
	tenant := s.tenantOf(c)
	approved, page := s.decide(c, asked{
		Title: "Permissions requested", Who: "An administrator", Tenant: tenant, Permissions: novuRoles,
		Text: "An administrator decides for the whole organization whether this application may:",
	})
	switch {
	case page != nil:
		return page
	case !approved:
		return s.back(c, url.Values{
			"admin_consent": {"True"}, "error": {"consent_required"},
			"error_description": {"AADSTS65004: The resource owner or authorization server denied the request."},
		})
	}
	if id := c.Query.Get("client_id"); s.isRegistered(id) {
		if home, _ := s.homeOf(id); strings.EqualFold(home, tenant) {
			s.consentAtHome(c, id)
		}
	}
	s.consented[tenant] = true
	if !c.Query.Has("redirect_uri") {
		return emulator.HTML(http.StatusOK, "<!doctype html><title>Consent</title><p>The permissions were accepted.</p>")
	}
	return s.back(c, url.Values{"admin_consent": {"True"}, "tenant": {tenant}, "scope": {c.Query.Get("scope")}})
}

func (s *Server) signInPage(c *call) *reply {
	who := person{userID: s.config.UserID, tenantID: s.tenantOf(c)}
	if u := c.Query.Get("_user"); u != "" {
		who.userID = u
	}
	name := who.userID
	if t, _ := s.tenant(who.tenantID); t.user(who.userID) != nil {
		name = t.user(who.userID).Name
	}
	approved, page := s.decide(c, asked{
		Title: "Sign in", Who: name, Tenant: who.tenantID, Permissions: strings.Fields(c.Query.Get("scope")),
		Text: "You sign in as " + name + ". This application learns who you are:",
	})
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
	given := "1.A" + emulator.RandomHex(32)
	s.codes[given] = code{
		person:   who,
		clientID: c.Query.Get("client_id"),
		expires:  c.Now.Add(codeAge),
	}
	return s.back(c, url.Values{"code": {given}})
}
