package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// Acme has one of everything. For each route: what Globex tries with Acme's ids,
// and what it gets. A route that is not here fails the test.
func TestOneCustomerNeverReachesAnother(t *testing.T) {
	s := newDemoSite(t)
	acme := s.signedIn(t, "acme")
	acme.connect()
	acme.addChannel("IT", "Alerts")
	acme.post("/webhooks", "url", s.demo.sampleWebhook(customerByID("acme")))
	home, channels, people := acme.get("/"), acme.get("/channels"), acme.get("/people")
	endpoint := home.field(t, "IT / Alerts", "id")
	team, channel := channels.field(t, "<strong>Alerts", "team"), channels.field(t, "<strong>Alerts", "channel")
	person := people.field(t, "<strong>Ben Miller", "person")
	test := acme.post("/tests", "text", "secret of acme").path
	s.settle(t)

	globex := s.signedIn(t, "globex")
	// Without a connection of its own there is nothing to look into.
	for _, p := range []*page{globex.get("/channels"), globex.get("/people"), globex.post("/people/link"), globex.post("/connection/remove")} {
		assert.Equal(t, http.StatusConflict, p.status)
	}
	globex.connect()

	tried := map[string]func() *page{
		"GET /{$}":                     func() *page { return globex.get("/") },
		"POST /connection":             func() *page { return globex.post("/connection", "customer", "acme", "id", "connect-acme") },
		"GET /channels":                func() *page { return globex.get("/channels?team=" + team) },
		"POST /channels":               func() *page { return globex.post("/channels", "team", team, "channel", channel) },
		"GET /people":                  func() *page { return globex.get("/people?team=" + team) },
		"POST /people":                 func() *page { return globex.post("/people", "team", team, "person", person) },
		"POST /people/link":            func() *page { return globex.post("/people/link", "subscriber", "connect-acme") },
		"POST /webhooks":               func() *page { return globex.post("/webhooks", "subscriber", "connect-acme-webhooks") },
		"POST /destinations/remove":    func() *page { return globex.post("/destinations/remove", "id", endpoint) },
		"POST /tests":                  func() *page { return globex.post("/tests", "text", "from globex") },
		"GET /tests/{id}":              func() *page { return globex.get(test) },
		"GET /doctor":                  func() *page { return globex.get("/doctor") },
		"POST /doctor":                 func() *page { return globex.post("/doctor", "subscriber", "connect-acme") },
		"GET /setup":                   func() *page { return globex.get("/setup") },
		"GET /setup/connect-teams.zip": func() *page { return globex.get("/setup/connect-teams.zip") },
		"POST /connection/remove":      func() *page { return globex.post("/connection/remove") },
		"/":                            func() *page { return globex.get("/connections/connect-acme") },
	}
	refused := []string{"POST /channels", "POST /people", "POST /destinations/remove", "GET /tests/{id}", "/"}
	require.Len(t, tried, len(s.routes()))
	for pattern := range s.routes() {
		require.Contains(t, tried, pattern)
		if pattern == "POST /connection/remove" {
			continue // last
		}
		p := tried[pattern]()
		for _, acmes := range []string{"secret of acme", "Alerts", "Ben Miller", s.demo.world["acme"].ID, endpoint, channel} {
			assert.NotContains(t, p.body, acmes, pattern)
		}
	}
	for _, pattern := range refused {
		assert.Equal(t, http.StatusNotFound, tried[pattern]().status, pattern)
	}
	// One own team with another's channel, and the reverse.
	own := globex.get("/channels")
	ownTeam, ownChannel := own.field(t, "<strong>Port alerts", "team"), own.field(t, "<strong>Port alerts", "channel")
	assert.Equal(t, http.StatusNotFound, globex.post("/channels", "team", ownTeam, "channel", channel).status)
	assert.Equal(t, http.StatusNotFound, globex.post("/channels", "team", team, "channel", ownChannel).status)
	assert.Equal(t, http.StatusNotFound, globex.post("/people", "team", ownTeam, "person", person).status)

	tried["POST /connection/remove"]()
	assert.Equal(t, home.text[strings.Index(home.text, "Your Microsoft"):], acme.get("/").text[strings.Index(acme.get("/").text, "Your Microsoft"):], "Acme has what it had")
}

// What does not exist and what is another's look alike.
func TestAForeignIDLooksAsIfItWereNotThere(t *testing.T) {
	s := newDemoSite(t)
	acme, globex := s.signedIn(t, "acme"), s.signedIn(t, "globex")
	acme.post("/webhooks", "url", s.demo.sampleWebhook(customerByID("acme")))
	foreign := globex.post("/destinations/remove", "id", acme.get("/").field(t, "Workflows webhook", "id"))
	for _, id := range []string{"chendp_nothing", "", "../channel-connections/x", "a?b#c", strings.Repeat("x", 5000)} {
		missing := globex.post("/destinations/remove", "id", id)
		assert.Equal(t, http.StatusNotFound, missing.status, id)
		assert.Equal(t, foreign.text, missing.text, id)
	}
}

// An endpoint of the same customer that another integration has is not ours.
func TestAnotherIntegrationsEndpointIsLeftAlone(t *testing.T) {
	s := newDemoSite(t)
	_, err := s.novu.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Name: "Other", Identifier: "other", Active: true})
	require.NoError(t, err)
	_, err = s.novu.ChannelEndpoints.Create(t.Context(), novu.CreateChannelEndpointParams{
		Identifier: "others", IntegrationIdentifier: "other", SubscriberID: "connect-acme", Context: customerByID("acme").context(),
		Endpoint: novu.MSTeamsUserEndpoint{UserID: "29:1"},
	})
	require.NoError(t, err)
	b := s.signedIn(t, "acme")
	assert.Contains(t, b.get("/").text, "Nowhere yet.")
	assert.Equal(t, http.StatusNotFound, b.post("/destinations/remove", "id", "others").status)
}

func TestSignedOut(t *testing.T) {
	s := newDemoSite(t)
	for pattern := range s.routes() {
		method, path, found := strings.Cut(strings.NewReplacer("{$}", "", "{id}", "x").Replace(pattern), " ")
		if !found {
			method, path = http.MethodGet, "/nowhere"
		}
		for name, b := range map[string]*browser{"never signed in": s.browser(t), "signed out": s.signedIn(t, "acme")} {
			if name == "signed out" {
				sent := b.request(http.MethodGet, "/")
				cookies := b.http.Jar.Cookies(sent.URL)
				b.post("/sign-out")
				assert.Empty(t, b.http.Jar.Cookies(sent.URL))
				b.http.Jar.SetCookies(sent.URL, cookies) // whoever kept it
			}
			p := b.do(b.request(method, path))
			if method == http.MethodGet {
				assert.Contains(t, p.text, "This example knows two, and no passwords.", pattern)
			} else {
				assert.Equal(t, http.StatusUnauthorized, p.status, pattern)
			}
		}
	}
	p := s.browser(t).post("/sign-in", "customer", "nobody")
	assert.Equal(t, http.StatusBadRequest, p.status)
}

func TestASessionEnds(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	s.now = s.now.Add(sessionAge + 1)
	assert.Contains(t, b.get("/").text, "Sign in")
	s.signedIn(t, "acme") // which also forgets those that are over
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	assert.Len(t, s.sessions.byToken, 1)
}

func TestCookie(t *testing.T) {
	b := newDemoSite(t).browser(t)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := b.post("/sign-in", "customer", "acme").header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		assert.Contains(t, set, flag)
	}
	assert.GreaterOrEqual(t, len(strings.Split(strings.Split(set, ";")[0], "=")[1]), 26)
}

// A session that somebody else planted is not taken over by signing in.
func TestSigningInChangesTheToken(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	at := b.request(http.MethodGet, "/").URL
	before := b.http.Jar.Cookies(at)[0].Value
	b.post("/sign-in", "customer", "acme")
	assert.NotEqual(t, before, b.http.Jar.Cookies(at)[0].Value)
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	assert.NotContains(t, s.sessions.byToken, before)
}

func TestOtherSitesAreRefused(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	for pattern := range s.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if method != http.MethodPost {
			continue
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			req := b.request(http.MethodPost, path, "text", "x", "url", "x", "id", "x")
			req.Header.Del("Sec-Fetch-Site")
			req.Header.Set(header, value)
			p := b.do(req)
			assert.Equal(t, http.StatusForbidden, p.status, pattern)
			assert.Contains(t, p.text, "This request came from another site.")
		}
	}
	req := b.request(http.MethodGet, "/")
	req.Host = "evil.example:80"
	assert.Equal(t, http.StatusMisdirectedRequest, b.do(req).status)
	req = b.request(http.MethodGet, "/")
	req.Host = "localhost:" + port(s.host)
	assert.Equal(t, http.StatusOK, b.do(req).status)
}

func TestEveryPageIsGuarded(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	for _, path := range []string{"/", "/setup", "/nowhere", "/assets/app.js", "/assets/style.css", "/connected", "/channels"} {
		h := b.get(path).header
		assert.Equal(t, policy, h.Get("Content-Security-Policy"), path)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "same-origin", h.Get("Referrer-Policy"), path)
		assert.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), path)
	}
	assert.NotContains(t, policy, "unsafe")
	assert.Equal(t, "no-store", b.get("/").header.Get("Cache-Control"))
	assert.Equal(t, http.StatusNotFound, b.get("/assets/").status)
}

// Nothing inline, which the policy would not run.
func TestTemplatesHaveNoInlineScriptOrStyle(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(>| [^>]*[^r]>)`)
	found, err := filepath.Glob("templates/*.html")
	require.NoError(t, err)
	require.Len(t, found, len(pages)+1)
	for _, name := range found {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Empty(t, inline.FindAllString(string(text), -1), name)
	}
}

// No secret is ever in a page, whatever happens.
func TestSecretsStayOnTheServer(t *testing.T) {
	srv, s := newEnvSite(t, novutest.WithSecretKey("canary-api-key"), novutest.WithTenant(novutest.NewTenant("", 2, 2, 2)))
	b := s.signedIn(t, "acme")
	b.connect()
	b.post("/webhooks", "url", "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=canary-signature")
	b.addChannel("Team 1", "General")
	sent := b.post("/tests", "text", "hello").path
	require.NoError(t, srv.Settle(t.Context()))
	look := func() {
		for _, path := range []string{"/", "/channels", "/people", "/setup", sent, "/connected"} {
			assert.NotContains(t, b.get(path).body, "canary-", path)
		}
		assert.NotContains(t, b.post("/doctor").body, "canary-")
	}
	look()
	srv.Inject(novutest.Fault{Status: http.StatusUnauthorized, Body: `{"statusCode":401,"message":"Invalid: canary-api-key canary-bot-secret"}`})
	look()
	assert.Contains(t, b.get("/").text, "Novu does not accept the secret key.")
	assert.NotContains(t, s.logged.String(), "canary-api-key")
}

// newEnvSite is one on a server that the environment names.
func newEnvSite(t *testing.T, opts ...novutest.Option) (*novutest.Server, *site) {
	t.Helper()
	srv := novutest.NewServer(t, opts...)
	for name, value := range map[string]string{
		"NOVU_SECRET_KEY": srv.SecretKey(), "NOVU_BASE_URL": srv.URL(),
		"MSTEAMS_CLIENT_ID": "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", "MSTEAMS_CLIENT_SECRET": "canary-bot-secret",
		"MSTEAMS_TENANT_ID": "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e",
		"MSTEAMS_LOGIN_URL": srv.LoginURL(), "MSTEAMS_GRAPH_URL": srv.GraphURL(), "MSTEAMS_CONNECTOR_URL": srv.ConnectorURL(),
	} {
		t.Setenv(name, value)
	}
	return srv, newSite(t)
}

func TestALargeFormIsRefused(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	p := b.post("/webhooks", "url", "https://prod-00.westeurope.logic.azure.com/"+strings.Repeat("x", maxForm))
	assert.Equal(t, http.StatusRequestEntityTooLarge, p.status)
}
