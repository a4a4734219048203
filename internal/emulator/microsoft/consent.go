package microsoft

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
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
	err := consentPage.Execute(&b, map[string]string{
		"Title": title, "Text": text, "Client": c.Query.Get("client_id"), "Tenant": tenant, "Approve": link(Approve), "Decline": link(Decline),
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
	given := "1.A" + emulator.RandomHex(32)
	s.codes[given] = code{
		person:   who,
		clientID: c.Query.Get("client_id"),
		expires:  c.Now.Add(codeAge),
	}
	return s.back(c, url.Values{"code": {given}})
}
