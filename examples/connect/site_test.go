package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/examples/connect/web"
	"github.com/novu-go/novu/novutest"
)

// The page that somebody wanted is the one they see after signing in.
func TestDeepLinks(t *testing.T) {
	s := newServer(t)
	b := s.browser(t)
	next := b.get("/channels?q=bak").hidden(t, "<form", "next")
	assert.Equal(t, "/channels?q=bak", next)
	assert.Equal(t, next, b.post("/sign-in", "user", "acme", "next", next).path)
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/operator", "x"} {
		assert.Equal(t, "/", b.post("/sign-in", "user", "acme", "next", next).path, next)
	}
	assert.Equal(t, http.StatusNotFound, b.post("/sign-in", "user", "nobody").status)
}

func TestSessions(t *testing.T) {
	s := newServer(t)
	b := s.signedIn(t, "acme")
	at := b.request(http.MethodGet, "/").URL
	before := b.http.Jar.Cookies(at)
	b.post("/sign-in", "user", "acme")
	assert.NotEqual(t, before[0].Value, b.http.Jar.Cookies(at)[0].Value, "a planted session is not taken over")
	kept := b.http.Jar.Cookies(at)
	b.post("/sign-out")
	assert.Empty(t, b.http.Jar.Cookies(at))
	for _, cookies := range [][]*http.Cookie{before, kept} {
		b.http.Jar.SetCookies(at, cookies) // whoever kept them
		assert.Contains(t, b.get("/").text, "and no passwords")
		assert.Equal(t, http.StatusUnauthorized, b.post("/tests", "text", "x").status)
	}
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := b.post("/sign-in", "user", "acme").header.Get("Set-Cookie")
	for _, flag := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		assert.Contains(t, set, flag)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	s := newServer(t)
	b := s.signedIn(t, "acme")
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		req := b.request(http.MethodPost, "/tests", "text", "x")
		req.Header.Del("Sec-Fetch-Site")
		req.Header.Set(header, value)
		assert.Equal(t, http.StatusForbidden, b.do(req).status)
	}
	req := b.request(http.MethodGet, "/")
	req.Host = "evil.example:80"
	assert.Equal(t, http.StatusMisdirectedRequest, b.do(req).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, b.post("/webhooks", "url", strings.Repeat("x", 70<<10)).status)
	for _, path := range []string{"/", "/nowhere", "/assets/app.js", "/connected", "/channels"} {
		assert.Equal(t, web.Policy, b.get(path).header.Get("Content-Security-Policy"), path)
	}
	assert.NotContains(t, web.Policy, "unsafe")
}

// The two parts keep apart who may see them.
func TestOperators(t *testing.T) {
	s := newServer(t)
	acme := s.connected(t, "acme")
	acme.addWebhook()
	acme.sendTest()
	b := s.signedIn(t, "operator")
	setup := b.get("/operator")
	for _, says := range []string{"/v1/integrations/chat/oauth/callback", "/consent", "Team.ReadBasic.All", "User.Read", "Acme Bakeries"} {
		assert.Contains(t, setup.text, says)
	}
	examined := b.get("/operator/customers/acme")
	assert.Equal(t, http.StatusOK, examined.status)
	assert.Contains(t, examined.text, "What the doctor found")
	assert.Contains(t, examined.text, "Message sent")
	assert.Equal(t, http.StatusNotFound, b.get("/").status)
	assert.Equal(t, http.StatusNotFound, acme.get("/operator").status)
}

// No secret is ever in a page, whatever happens.
func TestSecretsStayOnTheServer(t *testing.T) {
	s := newServer(t, novutest.WithSecretKey("canary-api-key"))
	acme, operator := s.connected(t, "acme"), s.signedIn(t, "operator")
	acme.addWebhook()
	acme.sendTest()
	look := func() {
		for _, path := range []string{"/", "/channels", "/connected"} {
			assert.NotContains(t, acme.get(path).body, "canary-", path)
		}
		for _, path := range []string{"/operator", "/operator/customers/acme"} {
			assert.NotContains(t, operator.get(path).body, "canary-", path)
		}
	}
	look()
	s.Inject(novutest.Fault{Status: http.StatusUnauthorized, Body: `{"statusCode":401,"message":"Invalid: canary-api-key canary-bot-secret"}`})
	look()
	assert.Equal(t, http.StatusBadGateway, acme.get("/").status)
}

// The program prints where it is, answers there, and ends when it is told to.
func TestRun(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	require.ErrorContains(t, run(t.Context(), []string{"-addr", "0.0.0.0:0"}, io.Discard), "not on loopback")
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in) }()
	line := make([]byte, 100)
	n, err := out.Read(line)
	require.NoError(t, err)
	address := strings.Fields(string(line[:n]))[1]
	assert.Contains(t, (&server{url: address}).browser(t).get("/").text, "Sign in")
	cancel()
	require.NoError(t, <-done)
}
