package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"html"
	"io"
	"log/slog"
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

	"github.com/novu-go/novu/novutest"
)

// site is the application on a loopback server, with its own emulator.
type site struct {
	*app
	url    string
	now    time.Time
	logged bytes.Buffer
}

func newSite(t *testing.T) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s := &site{url: "http://" + server.Listener.Addr().String(), now: time.Now()}
	b, err := newBackend(s.url)
	require.NoError(t, err)
	t.Cleanup(b.close)
	require.NoError(t, b.prepare(t.Context(), "connect-msteams"))
	s.app = newApp(b, "connect-msteams", s.url)
	s.app.now = func() time.Time { return s.now }
	s.log = slog.New(slog.NewTextHandler(&s.logged, nil))
	server.Config.Handler, err = s.handler()
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// newDemoSite is one on the emulator that the program starts itself.
func newDemoSite(t *testing.T) *site {
	t.Helper()
	t.Setenv("NOVU_SECRET_KEY", "")
	return newSite(t)
}

// browser is one without scripts.
type browser struct {
	t    *testing.T
	site *site
	http *http.Client
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, site: s, http: &http.Client{Jar: jar}}
}

func (s *site) signedIn(t *testing.T, customer string) *browser {
	t.Helper()
	b := s.browser(t)
	require.Contains(t, b.post("/sign-in", "customer", customer).text, "Notifications in Microsoft Teams")
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
		status: resp.StatusCode, header: resp.Header, path: resp.Request.URL.Path,
		body: string(body), text: space.ReplaceAllString(html.UnescapeString(text), " "),
	}
}

func (b *browser) request(method, path string, fields ...string) *http.Request {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, strings.NewReader(form.Encode()))
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

// connect has the customer's administrator consent.
func (b *browser) connect() {
	b.t.Helper()
	p := b.follow(b.post("/connection"), novutest.Approve)
	require.Contains(b.t, p.text, "You can close this tab")
}

// field is the value of the first hidden field of that name after a text.
func (p *page) field(t *testing.T, after, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.body, after)
	require.True(t, found, "no %q in %s", after, p.text)
	value := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(rest)
	require.NotNil(t, value, "no field %s after %q", name, after)
	return html.UnescapeString(value[1])
}

// addChannel adds the channel of a team of the customer's own.
func (b *browser) addChannel(team, channel string) *page {
	b.t.Helper()
	p := b.get("/channels?q=" + url.QueryEscape(team))
	return b.post("/channels", "team", p.field(b.t, "<strong>"+channel, "team"), "channel", p.field(b.t, "<strong>"+channel, "channel"))
}

// settle has the emulator deliver what waits.
func (s *site) settle(t *testing.T) {
	t.Helper()
	require.NoError(t, s.demo.server.Settle(t.Context()))
}

func TestFlags(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	var help bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, io.Discard, &help), flag.ErrHelp)
	for _, name := range []string{"-addr", "-integration", "NOVU_SECRET_KEY", "MSTEAMS_CLIENT_ID"} {
		assert.Contains(t, help.String(), name)
	}
	for args, says := range map[string]string{
		"extra": "extra", "-addr 0.0.0.0:80": "not on loopback", "-addr :80": "not on loopback", "-addr nonsense": "-addr",
	} {
		require.ErrorContains(t, run(t.Context(), strings.Fields(args), io.Discard, io.Discard), says)
	}
	t.Setenv("NOVU_SECRET_KEY", "a-key")
	t.Setenv("MSTEAMS_CLIENT_ID", "")
	require.ErrorContains(t, run(t.Context(), []string{"-addr", "127.0.0.1:0"}, io.Discard, io.Discard), "MSTEAMS_CLIENT_ID")
}

// The program prints where it is, answers there, and ends when it is told to.
func TestRun(t *testing.T) {
	t.Setenv("NOVU_SECRET_KEY", "")
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in, io.Discard) }()
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	address := strings.Fields(line)[1]
	go io.Copy(io.Discard, lines) //nolint:errcheck // nobody reads the rest
	b := (&site{url: address}).browser(t)
	assert.Contains(t, b.get("/").text, "Sign in")
	cancel()
	require.NoError(t, <-done)
}
