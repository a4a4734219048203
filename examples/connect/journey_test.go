package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/novutest"
)

// All that the page offers, without a script.
func TestTheWholeWay(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	assert.Contains(t, b.get("/").text, "Nowhere yet.")
	b.connect()
	home := b.get("/")
	assert.Contains(t, home.text, "Connected. Tenant "+s.demo.world["acme"].ID)
	assert.NotContains(t, home.text, "Waiting")

	assert.Contains(t, b.addChannel("IT", "Alerts").text, "IT / Alerts is added.")
	people := b.get("/people")
	assert.Contains(t, people.text, "Dan Guest guest")
	added := b.post("/people", "team", people.field(t, "<strong>Ben Miller", "team"), "person", people.field(t, "<strong>Ben Miller", "person"))
	assert.Contains(t, added.text, "Ben Miller is added.")
	assert.Contains(t, b.post("/webhooks", "url", s.demo.sampleWebhook(customerByID("acme"))).text, "Workflows webhook is added.")
	require.Contains(t, b.follow(b.post("/people/link"), novutest.Approve).text, "You can close this tab")
	home = b.get("/")
	assert.Contains(t, home.text, "It goes to all 4 destinations")
	assert.NotContains(t, home.text, "Waiting")

	sent := b.post("/tests", "text", "Oven 3 is cold")
	assert.Contains(t, sent.text, "Novu has accepted it")
	assert.Contains(t, sent.body, "data-poll")
	s.settle(t)
	landed := b.get(sent.path)
	assert.NotContains(t, landed.body, "data-poll")
	assert.Equal(t, 4, strings.Count(landed.text, "Message sent"), landed.text)
	for _, where := range []string{"Channel IT / Alerts Oven 3 is cold", "Person Ben Miller Oven 3 is cold", "Workflows webhook Oven 3 is cold"} {
		assert.Contains(t, landed.text, where)
	}
	require.Len(t, s.demo.server.Messages(), 4)
	require.Empty(t, s.demo.server.Failures())
}

func TestRemove(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	b.addChannel("IT", "Alerts")
	b.addChannel("Bakery", "Ovens")
	b.post("/webhooks", "url", s.demo.sampleWebhook(customerByID("acme")))
	home := b.get("/")
	after := b.post("/destinations/remove", "id", home.field(t, "IT / Alerts", "id"))
	assert.Contains(t, after.text, "IT / Alerts is removed.")
	assert.Contains(t, after.text, "Bakery / Ovens")

	after = b.post("/connection/remove")
	assert.Contains(t, after.text, "Microsoft Teams is disconnected.")
	assert.NotContains(t, after.text, "Waiting")
	assert.NotContains(t, after.text, "Ovens") // it would fail every notification
	assert.Contains(t, after.text, "Workflows webhook")
	b.connect() // again
	assert.Contains(t, b.get("/").text, "Connected.")
}

func TestTheSameAgainIsNotAddedTwice(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	b.addChannel("IT", "Alerts")
	assert.Contains(t, b.addChannel("IT", "Alerts").text, "among the destinations already")
	hook := s.demo.sampleWebhook(customerByID("acme"))
	b.post("/webhooks", "url", hook)
	assert.Contains(t, b.post("/webhooks", "url", hook).text, "among the destinations already")
	assert.Contains(t, b.get("/").text, "It goes to all 2 destinations")
}

func TestSearch(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	found := b.get("/channels?q=OVEN").text
	assert.Contains(t, found, "Ovens")
	assert.NotContains(t, found, "Alerts")
	assert.Contains(t, b.get("/channels?q=%3Cb%3E").text, "No team or channel is called “<b>”. Show all 6")
	found = b.get("/people?q=MILL").text
	assert.Contains(t, found, "Ben Miller")
	assert.NotContains(t, found, "Ada")
	assert.Contains(t, b.get("/people?q=nobody").text, "Nobody in this team is called “nobody”.")
}

// A page shows the first hundred of what a large tenant has, and says so.
func TestManyOfThem(t *testing.T) {
	_, s := newEnvSite(t, novutest.WithTenant(novutest.NewTenant("", 15, 10, 250)))
	b := s.signedIn(t, "acme")
	b.connect()
	channels := b.get("/channels")
	assert.Equal(t, shown, strings.Count(channels.body, "Notify here"))
	assert.Contains(t, channels.text, "the first 100 of 150")
	people := b.get("/people")
	assert.Equal(t, shown, strings.Count(people.body, `name="person"`))
	assert.Contains(t, people.text, "the first 100")
	assert.Contains(t, b.get("/people?q=user+249").text, "User 249")
}

// An empty tenant and an empty team say that they are.
func TestNothingThere(t *testing.T) {
	_, s := newEnvSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	assert.Contains(t, b.get("/channels").text, "Your tenant shows no channels.")
	assert.Contains(t, b.get("/people").text, "Your tenant shows no teams.")
}

func TestDeclined(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	p := b.follow(b.post("/connection"), novutest.Decline)
	assert.Equal(t, 400, p.status) // Novu's own page
	home := b.get("/").text
	assert.Contains(t, home, "Waiting for an administrator")
	assert.Contains(t, home, "Declined, closed, or an error in the other tab? Make a new link here.")
	b.connect()
	assert.Contains(t, b.get("/").text, "Connected.")
}

func TestExpired(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	link := b.post("/connection")
	assert.Regexp(t, `good for another (5:00|4:5\d) ?\.`, b.get("/").text)
	s.now = s.now.Add(2 * time.Minute)
	assert.Regexp(t, `good for another (3:00|2:5\d) ?\.`, b.get("/").text)
	s.now = s.now.Add(3*time.Minute + time.Second)
	s.demo.server.Advance(5*time.Minute + time.Second)
	expired := b.get("/")
	assert.Contains(t, expired.text, "The link has expired")
	assert.NotContains(t, expired.body, "data-poll")
	assert.Equal(t, 400, b.follow(link, novutest.Approve).status)
}

func TestExpiredSignIn(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	b.connect()
	b.post("/people/link")
	assert.Contains(t, b.get("/").text, "Waiting for the sign-in")
	s.now = s.now.Add(6 * time.Minute)
	assert.Contains(t, b.get("/").text, "The sign-in link has expired.")
}

func TestEachClickMakesAFreshURL(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	first := b.post("/connection").header.Get("Refresh")
	s.demo.server.Advance(time.Second)
	assert.NotEqual(t, first, b.post("/connection").header.Get("Refresh"))
}

func TestLinksAreLimited(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	for range 5 {
		assert.Equal(t, 200, b.post("/connection").status)
	}
	p := b.post("/connection")
	assert.Equal(t, 429, p.status)
	assert.Equal(t, "10", p.header.Get("Retry-After"))
	assert.Contains(t, p.text, "Try again in 10 seconds.")
	assert.Equal(t, 429, s.signedIn(t, "acme").post("/connection").status) // another session does not help
	assert.Equal(t, 200, s.signedIn(t, "globex").post("/connection").status)
	s.now = s.now.Add(10 * time.Second)
	assert.Equal(t, 200, b.post("/connection").status)
	assert.Equal(t, 429, b.post("/connection").status)
}

func TestSetup(t *testing.T) {
	s := newDemoSite(t)
	b := s.signedIn(t, "acme")
	p := b.get("/setup")
	assert.Contains(t, p.text, s.novu.CallbackURL())
	for _, permission := range []string{"Team.ReadBasic.All", "TeamsAppInstallation.ReadWriteSelfForUser.All", "User.Read"} {
		assert.Contains(t, p.text, permission)
	}
	zip := b.get("/setup/connect-teams.zip")
	m, err := manifest.ReadPackage(strings.NewReader(zip.body), int64(len(zip.body)))
	require.NoError(t, err)
	assert.Equal(t, s.bot.ClientID, m.Fields["id"])
	assert.Equal(t, "application/zip", zip.header.Get("Content-Type"))
}

// On a server from before mid-2026 connecting works, and signing in says that
// it does not.
func TestOlderServer(t *testing.T) {
	_, s := newEnvSite(t, novutest.WithVersion(novutest.Version315), novutest.WithTenant(novutest.NewTenant("", 1, 1, 1)))
	b := s.signedIn(t, "acme")
	b.connect()
	assert.Contains(t, b.get("/").text, "Connected.")
	p := b.post("/people/link")
	assert.Equal(t, 502, p.status)
	assert.Contains(t, p.text, "Choose a person from the list instead.")
}

// A second start finds what the first one made, and leaves it alone.
func TestStartedAgain(t *testing.T) {
	_, s := newEnvSite(t, novutest.WithVersion(novutest.Version315)) // it shows what is stored
	b, err := newBackend(s.url)
	require.NoError(t, err)
	b.bot.ClientSecret = "another"
	require.NoError(t, b.prepare(t.Context(), "connect-msteams"))
	workflows, err := b.novu.Workflows.List(t.Context(), novu.ListWorkflowsParams{})
	require.NoError(t, err)
	assert.Len(t, workflows.Data, 2)
	all, err := b.novu.Integrations.List(t.Context())
	require.NoError(t, err)
	found := slices.DeleteFunc(all, func(i novu.Integration) bool { return i.ProviderID != novu.ProviderMSTeams })
	require.Len(t, found, 1)
	assert.Equal(t, novu.Secret("canary-bot-secret"), found[0].Credentials.ClientSecret)
}
