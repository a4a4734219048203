package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// emulated is an emulator that the test rules, and the environment that leads the program to it.
func emulated(t *testing.T, opts ...novutest.Option) (*novutest.Server, []string) {
	t.Helper()
	srv := novutest.NewServer(t, append([]novutest.Option{novutest.WithTenant(novutest.NewTenant("", 40, 3, 6))}, opts...)...)
	return srv, []string{
		"NOVU_SECRET_KEY=" + srv.SecretKey(), "NOVU_BASE_URL=" + srv.URL(),
		"MSTEAMS_CLIENT_ID=6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", "MSTEAMS_CLIENT_SECRET=an-example",
		"MSTEAMS_TENANT_ID=0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e",
		"MSTEAMS_LOGIN_URL=" + srv.LoginURL(), "MSTEAMS_GRAPH_URL=" + srv.GraphURL(), "MSTEAMS_CONNECTOR_URL=" + srv.ConnectorURL(),
	}
}

// connected is somebody who is signed in and whose administrator has consented.
func connected(t *testing.T, env ...string) *tab {
	t.Helper()
	b := open(t, start(t, env...))
	b.click("Acme Bakeries")
	b.consent()
	return b
}

func (b *tab) consent() {
	b.t.Helper()
	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.see("Permissions requested")
	microsoft.click("Approve")
	microsoft.see("You can close this tab")
	b.front()
	b.see("is connected since")
}

func (b *tab) addWebhook() {
	b.t.Helper()
	b.fill("#url", "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?api-version=1&sig=x")
	b.fill("#name", "Operations")
	b.click("Add the webhook")
	b.see("Operations is added.")
}

// pages counts the tabs of the browser.
func (b *tab) pages() int {
	b.t.Helper()
	infos, err := chromedp.Targets(b.ctx)
	require.NoError(b.t, err)
	n := 0
	for _, info := range infos {
		if info.Type == "page" {
			n++
		}
	}
	return n
}

// Microsoft's emulated pages are pages too: they say who asks for what.
func TestMicrosoftsPages(t *testing.T) {
	b := open(t, start(t))
	b.click("Acme Bakeries")
	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.see("TeamsAppInstallation.ReadWriteSelfForTeam.All")
	microsoft.look("10-consent")
	microsoft.click("Approve")
	microsoft.see("You can close this tab")
	b.front()
	b.see("is connected since")
	signIn := b.clickAway("Or sign in as yourself")
	signIn.see("Ada Baker")
	signIn.see("User.Read")
	signIn.look("11-sign-in-with-microsoft")
}

func TestDeclined(t *testing.T) {
	b := open(t, start(t))
	b.click("Acme Bakeries")
	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.click("Decline")
	microsoft.see("The administrator declined.") // on a page of the site's own
	microsoft.look("12-declined")
	b.front()
	b.see("Not connected")
	b.consent()
}

// A double click opens one tab, however quickly the first one has moved on to Microsoft's page.
func TestDoubleClick(t *testing.T) {
	b := open(t, start(t))
	b.click("Acme Bakeries")
	b.see("Connect Microsoft Teams")
	before := b.pages()
	evaluate[bool](b, "window.setTimeout = () => 0, true") // the second click comes in time, also on a slow machine
	b.clickAway("Connect Microsoft Teams").see("Permissions requested")
	evaluate[bool](b, "document.querySelector('form[data-once]').requestSubmit(), true")
	for end, look := time.After(time.Second), time.Tick(tick); ; {
		select {
		case <-end:
			return
		case <-look:
			require.LessOrEqual(t, b.pages(), before+1)
		}
	}
}

// An error stands beside its field and in view, on a phone too, with the field in focus and the input kept.
func TestErrorsStandBesideTheirField(t *testing.T) {
	b := connected(t)
	b.do(chromedp.EmulateViewport(phone, 844))
	b.fill("#url", "https://acme.webhook.office.com/x")
	b.click("Add the webhook")
	b.see("create a Workflow in Teams")
	b.focuses("url", "")
	assert.Equal(t, "https://acme.webhook.office.com/x", evaluate[string](b, `document.querySelector("#url").value`))
	inView := `(() => { const r = document.querySelector("#problem").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight })()`
	require.Eventually(t, func() bool { return evaluate[bool](b, inView) }, patience, tick) // the browser scrolls to the field when it draws
	b.look("13-wrong-url")
	b.fill("#email", "nobody@acme-bakeries.example")
	b.click("Add the person")
	b.see("Nobody in your organization is known by this address.")
	b.look("14-nobody")
}

// A removal can be undone, moves the focus to what comes next, and is announced; its message can be closed.
func TestRemoval(t *testing.T) {
	b := connected(t)
	b.addWebhook()
	b.fill("#email", "ben@acme-bakeries.example")
	b.click("Add the person")
	b.see("Ben Miller is added.")
	b.click("Remove Operations")
	b.see("Operations is removed.")
	b.focuses("r-", "Remove Ben Miller")
	require.Eventually(t, func() bool {
		return evaluate[string](b, `document.querySelector("#announce").textContent`) == "Operations is removed."
	}, patience, tick)
	b.look("15-removed")
	b.click("Undo")
	b.see("Operations is added.")
	b.do(chromedp.Click(".close"))
	require.Eventually(t, func() bool { return evaluate[int](b, `document.querySelectorAll("#notice").length`) == 0 }, patience, tick)
	b.focuses("main", "")
}

// The page's own refresh leaves forms, what is open and the focus alone, and shows what somebody else did.
func TestRefresh(t *testing.T) {
	address := start(t)
	b := open(t, address)
	b.click("Acme Bakeries")
	b.consent()
	b.addWebhook()
	b.click("A Workflows webhook")
	b.fill("#name", "half a na")
	b.click("Details of Operations")
	b.fill("#text", "half a te")
	colleague := open(t, address)
	colleague.click("Acme Bakeries")
	colleague.click("Send a test notification")
	colleague.see("arrived.")
	b.do(chromedp.Focus("#text"))
	evaluate[any](b, `dispatchEvent(new Event("focus")); null`)
	b.see("arrived.")
	assert.Equal(t, "half a te", evaluate[string](b, `document.querySelector("#text").value`))
	assert.Equal(t, "half a na", evaluate[string](b, `document.querySelector("#name").value`))
	assert.True(t, evaluate[bool](b, `document.querySelector("#webhook").open && document.querySelector(".rows details").open`))
	b.focuses("text", "")
}

// Typing in the search narrows the list where it is; a large tenant comes page by page.
func TestPicker(t *testing.T) {
	_, env := emulated(t)
	b := connected(t, env...)
	b.click("Choose a channel")
	b.see("Team 25")
	assert.NotContains(t, evaluate[string](b, "document.body.innerText"), "Team 26")
	b.click("Show more teams")
	b.see("Team 40")
	evaluate[any](b, `window.same = "page"; null`)
	b.do(chromedp.SendKeys("#q", "team 31"))
	b.see("General") // the only one is open
	assert.Equal(t, "page", evaluate[string](b, `window.same`))
	b.click("Notify here: General in Team 31")
	b.see("Team 31 / General is added.")
	b.click("Choose a channel")
	b.do(chromedp.SendKeys("#q", "team 31"))
	b.see("Added")
	b.look("16-chosen")
	b.do(chromedp.SendKeys("#q", "x"))
	b.see("No team’s name begins with “team 31x”.")
}

// A private channel is marked, and refused with the way out.
func TestPrivateChannel(t *testing.T) {
	b := connected(t)
	b.click("Choose a channel")
	b.click("IT")
	b.see("Works only once the app was added to this channel")
	b.click("Notify here: Board in IT")
	b.see("Have an owner of the channel add the app to it")
	b.look("17-private")
}

func TestFailedTest(t *testing.T) {
	srv, env := emulated(t)
	b := connected(t, env...)
	b.click("Choose a channel")
	b.click("Team 1")
	b.see("General")
	channel := evaluate[string](b, `document.querySelector("[name=channel]").value`)
	b.click("Notify here")
	b.see("is added")
	srv.UninstallBot(channel)
	b.click("Send a test notification")
	b.see("failed.")
	b.see("Have an owner of the team add the app")
	b.look("18-failed")
}

// The whole way without a mouse.
func TestByKeyboard(t *testing.T) {
	b := open(t, start(t))
	b.press("Acme Bakeries")
	b.see("Notifications in Microsoft Teams")
	b.press("Add the webhook")
	b.see("is added.")
	b.press("Send a test notification")
	b.see("arrived.")
	assert.Zero(t, *b.clicks)
}

// The page that somebody wanted is there after signing in.
func TestDeepLink(t *testing.T) {
	b := connected(t)
	b.click("Sign out")
	b.see("and no passwords")
	b.do(chromedp.Navigate(evaluate[string](b, "location.origin") + "/channels?q=bak"))
	b.click("Acme Bakeries")
	b.see("Deliveries")
}

// Every page works without scripts.
func TestWithoutScripts(t *testing.T) {
	b := open(t, start(t))
	b.do(func(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, at, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	b.click("Acme Bakeries")
	b.see("Notifications in Microsoft Teams")
	b.do(chromedp.Click(withText("Add the webhook")))
	b.see("is added.")
	b.do(chromedp.Click(".close"))
	b.click("Sign out")
	b.see("Sign in")
}

func TestOperator(t *testing.T) {
	b := open(t, start(t))
	b.click("Operator of the product")
	b.see("Register these redirect URIs")
	b.look("19-operator")
	b.click("Examine Acme Bakeries")
	b.see("What the doctor found")
	b.look("20-doctor")
}
