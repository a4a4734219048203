package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// All that the page offers, without a script, on both kinds of server.
func TestTheWholeWay(t *testing.T) {
	for name, opts := range map[string][]novutest.Option{"newer": nil, "older": {novutest.WithVersion("3.15")}} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, opts...)
			b := s.connected(t, "acme")
			assert.Contains(t, b.get("/").text, "Your organization Connected")
			assert.Contains(t, b.post("/channels", b.ids("IT", "Alerts")...).text, "IT / Alerts is added.")
			assert.Contains(t, b.post("/people", "email", "ben@acme-bakeries.example").text, "Ben Miller is added.")
			b.addWebhook()
			tested := b.sendTest()
			assert.Equal(t, 3, strings.Count(tested.text, "arrived."), tested.text)
			assert.Len(t, s.Messages(), 3)
			assert.Contains(t, s.signedIn(t, "acme").get("/").text, "arrived.", "a colleague in another browser sees it too")
		})
	}
}

// What is wrong stands beside its field, the input is kept, and the field has the focus.
func TestWhatIsWrongStandsBesideItsField(t *testing.T) {
	s := newServer(t)
	b := s.connected(t, "acme")
	for _, c := range []struct{ path, field, value, says string }{
		{path: "/webhooks", field: "url", value: "https://evil.example/?sig=x", says: "evil.example"},
		{path: "/webhooks", field: "url", value: "https://acme.webhook.office.com/x", says: "create a Workflow in Teams"},
		{path: "/people", field: "email", value: "nobody@acme-bakeries.example", says: "Nobody in your organization"},
		{path: "/people", field: "email", value: "nobody", says: "no @"},
		{path: "/channels", field: "link", value: "https://example.com/l/channel/x", says: "leads to"},
		{path: "/tests", field: "text", value: "", says: "Write a text"},
	} {
		p := b.post(c.path, c.field, c.value)
		assert.Equal(t, http.StatusUnprocessableEntity, p.status, c.value)
		assert.Contains(t, p.text, c.says)
		_, field, _ := strings.Cut(p.body, `name="`+c.field+`"`)
		field, after, _ := strings.Cut(field, ">")
		for _, part := range []string{`value="` + c.value + `"`, "autofocus", `aria-invalid="true"`, `aria-describedby="problem"`} {
			assert.Contains(t, field, part)
		}
		assert.Less(t, strings.Index(after, `id="problem"`), strings.Index(after, "</form>"))
	}
	board := b.ids("IT", "Board")
	refused := b.post("/channels", board...)
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.text, "Have an owner of the channel add the app to it")
	assert.Contains(t, b.post("/tests", "text", "x").text, "Nothing arrives there.")
}

func TestRemoveAndUndo(t *testing.T) {
	s := newServer(t)
	b := s.connected(t, "acme")
	b.post("/channels", b.ids("IT", "Alerts")...)
	b.post("/channels", b.ids("Bakery", "Ovens")...)
	b.addWebhook()
	removed := b.post("/destinations/remove", "id", b.get("/").hidden(t, "Bakery / Ovens", "id"))
	assert.Contains(t, removed.text, "Bakery / Ovens is removed. Undo")
	assert.Regexp(t, `(?s)Operations.*Remove`, removed.text)
	_, focused, _ := strings.Cut(removed.body, " autofocus>")
	assert.True(t, strings.HasPrefix(focused, `Remove<span class="unseen"> Operations`), "the next one has the focus")
	undone := b.post("/destinations/restore", "id", removed.hidden(t, "is removed.", "id"))
	assert.Contains(t, undone.text, "Bakery / Ovens is added.")
	assert.NotContains(t, b.get("/").text, "is added.", "it is said once")

	hook := b.get("/").hidden(t, "Operations", "id")
	b.post("/destinations/remove", "id", hook)
	assert.Contains(t, b.post("/destinations/restore", "id", hook).text, "Operations is added.")

	gone := b.post("/connection/remove")
	assert.Contains(t, gone.text, "Microsoft Teams is disconnected")
	assert.Contains(t, gone.text, "Nowhere yet.")
	assert.Contains(t, gone.text, "withdraw the consent")
}

// One customer never reaches what is another's.
func TestForeignIDs(t *testing.T) {
	s := newServer(t)
	acme, globex := s.connected(t, "acme"), s.connected(t, "globex")
	alerts := acme.ids("IT", "Alerts")
	acme.post("/channels", alerts...)
	id := acme.get("/").hidden(t, "IT / Alerts", "id")
	for _, p := range []*page{globex.post("/destinations/remove", "id", id), globex.post("/destinations/restore", "id", id), globex.post("/channels", alerts...)} {
		assert.GreaterOrEqual(t, p.status, 400)
		assert.NotContains(t, p.text, "Alerts")
	}
	assert.NotContains(t, globex.get("/channels").text, "Bakery")
	assert.Contains(t, globex.get("/").text, "Nowhere yet.")
	assert.Contains(t, acme.get("/").text, "IT / Alerts")
}

func TestThePicker(t *testing.T) {
	s := newServer(t)
	b := s.connected(t, "acme")
	assert.NotContains(t, b.get("/channels").text, "General", "a team's channels come when it is chosen")
	b.post("/channels", b.ids("Bakery", "Ovens")...)
	assert.Regexp(t, `Ovens Added`, b.get("/channels?q=bak").text)
	assert.Contains(t, b.get("/channels?q=it").text, "Board private Works only once the app was added to this channel")
	assert.Contains(t, b.get("/channels?q=%3Cb%3E").text, "No team’s name begins with “<b>”. Show all")
	s.Inject(novutest.Fault{Route: "/_graph/v1.0/teams/{team}/channels", Status: http.StatusServiceUnavailable, Body: "{}"})
	assert.Contains(t, b.get("/channels?q=bak").text, "What was found so far stands here.")
}

// A declined consent ends on a page of the site's own, in a browser that nobody is signed in with too.
func TestDeclined(t *testing.T) {
	s := newServer(t)
	b := s.signedIn(t, "acme")
	for _, who := range []*browser{b, s.browser(t)} {
		p := who.follow(b.post("/connection"), novutest.Decline)
		assert.Contains(t, p.text, "The administrator declined. Nothing was connected.")
		assert.True(t, strings.HasPrefix(p.path, "/consent?"))
	}
	assert.Contains(t, b.get("/").text, "Not connected")
}

// "Done" is said only to whom it is true.
func TestConnectedSaysWhatIsTrue(t *testing.T) {
	s := newServer(t)
	acme, globex := s.signedIn(t, "acme"), s.signedIn(t, "globex")
	assert.NotContains(t, acme.get("/connected").text, "Done")
	link := acme.post("/connection")
	assert.Contains(t, s.browser(t).follow(link, novutest.Approve).text, "Whoever sent you the link sees whether it worked.")
	assert.Contains(t, acme.get("/connected").text, "Done")
	assert.NotContains(t, globex.get("/connected").text, "Done")
}

func TestSignInAsYourself(t *testing.T) {
	s := newServer(t, novutest.WithUserTenantID())
	b := s.connected(t, "acme")
	b.follow(b.post("/people/link"), novutest.Approve)
	assert.Contains(t, b.get("/").text, "Ada Baker")

	older := newServer(t, novutest.WithVersion("3.15")).connected(t, "acme")
	assert.Contains(t, older.post("/people/link").text, "Add the person by e-mail address instead.")
}

// A test that fails says so where it failed, in words for people.
func TestAFailedTest(t *testing.T) {
	s := newServer(t)
	b := s.connected(t, "acme")
	ids := b.ids("IT", "Alerts")
	b.post("/channels", ids...)
	s.UninstallBot(ids[3])
	failed := b.sendTest()
	assert.Contains(t, failed.text, "failed.")
	assert.Contains(t, failed.text, "The app may not write there yet.")
	assert.Contains(t, failed.body, `class="mark wrong"`)
	assert.NotContains(t, failed.text, "MSTEAMS_")
	require.Contains(t, failed.text, "Have an owner of the team add the app")
}
