package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// server is the application on loopback, with an emulator that the test rules.
type server struct {
	*novutest.Server
	url string
}

func newServer(t *testing.T, opts ...novutest.Option) *server {
	t.Helper()
	opts = append(opts, novutest.WithTenant(world["acme"]), novutest.WithTenant(world["globex"]), novutest.WithProcessingDelay(20*time.Millisecond))
	srv := novutest.NewServer(t, opts...)
	demo, err := newDemo()
	require.NoError(t, err)
	demo.close() // but for its emulator, it is as in the program
	b := &backend{novu: srv.Client(), teams: srv.MSTeams(), bot: demo.bot, sample: demo.sample, as: demo.as}
	b.bot.ClientSecret = "canary-bot-secret"
	listening := httptest.NewUnstartedServer(nil)
	site, err := b.site(t.Context(), listening.Listener.Addr().String())
	require.NoError(t, err)
	listening.Config.Handler = site
	listening.Start()
	t.Cleanup(listening.Close)
	return &server{Server: srv, url: listening.URL}
}

// browser is one without scripts.
type browser struct {
	t    *testing.T
	url  string
	http *http.Client
}

func (s *server) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, url: s.url, http: &http.Client{Jar: jar}}
}

func (s *server) signedIn(t *testing.T, user string) *browser {
	t.Helper()
	b := s.browser(t)
	require.Equal(t, http.StatusOK, b.post("/sign-in", "user", user).status)
	return b
}

// connected is a browser whose customer is connected.
func (s *server) connected(t *testing.T, user string) *browser {
	t.Helper()
	b := s.signedIn(t, user)
	require.Contains(t, b.follow(b.post("/connection"), novutest.Approve).text, "You can close this tab")
	return b
}

// page is what came back in the end, after redirects.
type page struct {
	status     int
	header     http.Header
	path       string
	body, text string
}

var (
	content = regexp.MustCompile(`(?s)<main.*</main>`)
	tags    = regexp.MustCompile(`<[^>]*>`)
	space   = regexp.MustCompile(`\s+`)
)

func (b *browser) do(req *http.Request) *page {
	b.t.Helper()
	resp, err := b.http.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	text := tags.ReplaceAllString(content.FindString(string(body)), " ")
	return &page{
		status: resp.StatusCode, header: resp.Header, path: resp.Request.URL.RequestURI(),
		body: string(body), text: strings.TrimSpace(space.ReplaceAllString(html.UnescapeString(text), " ")),
	}
}

func (b *browser) request(method, path string, fields ...string) *http.Request {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return req
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, path))
}

func (b *browser) post(path string, fields ...string) *page {
	b.t.Helper()
	return b.do(b.request(http.MethodPost, path, fields...))
}

// follow goes where the page refreshes to and does there what is asked for.
func (b *browser) follow(p *page, choice novutest.Consent) *page {
	b.t.Helper()
	_, to, found := strings.Cut(p.header.Get("Refresh"), "url=")
	require.True(b.t, found, p.text)
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, to+"&_consent="+string(choice), nil)
	require.NoError(b.t, err)
	return b.do(req)
}

// hidden is the value of the first hidden field of that name after a text.
func (p *page) hidden(t *testing.T, after, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.body, after)
	require.True(t, found, "no %q in %s", after, p.text)
	value := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(rest)
	require.NotNil(t, value, "no field %s after %q", name, after)
	return html.UnescapeString(value[1])
}

// ids are those of a channel that the picker shows.
func (b *browser) ids(team, channel string) []string {
	b.t.Helper()
	p := b.get("/channels?q=" + url.QueryEscape(team))
	return []string{"team", p.hidden(b.t, "<strong>"+channel, "team"), "channel", p.hidden(b.t, "<strong>"+channel, "channel")}
}

// sendTest sends a test and returns the overview once it is over.
func (b *browser) sendTest() *page {
	b.t.Helper()
	b.post("/tests", "text", "Oven 3 is cold")
	var p *page
	require.Eventually(b.t, func() bool {
		p = b.get("/")
		return !strings.Contains(p.text, "on its way")
	}, 20*time.Second, 20*time.Millisecond)
	return p
}

const secretWebhook novu.Secret = "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=canary-signature"

func (b *browser) addWebhook() {
	b.t.Helper()
	assert.Contains(b.t, b.post("/webhooks", "url", secretWebhook.Reveal(), "name", "Operations").text, "Operations is added.")
}
