package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A channel, a person from the list, one who signs in, and a webhook, all notified; then
// everything is taken away again.
func TestPeopleAndWebhooks(t *testing.T) {
	b := connected(t, nil)
	b.click("Choose a channel")
	b.click("Notify here: Alerts in IT")
	b.see("IT / Alerts is added.")
	b.click("Choose a person")
	b.see("Ada Baker")
	b.shoot("10-people")
	b.click("Notify Ben Miller")
	b.see("Ben Miller is added.")
	other := b.clickAway("Sign in as yourself")
	b.see("Waiting for the sign-in")
	b.front()
	b.shoot("11-waiting-for-sign-in")
	other.front()
	other.click("Approve")
	other.see("You can close this tab")
	b.front()
	b.see("It goes to all 3 destinations") // without a reload
	b.click("Add a Workflows webhook")
	b.shoot("12-webhook-form")
	b.click("Add the webhook")
	b.see("Workflows webhook is added.")
	b.shoot("12-overview")
	b.click("Send a test notification")
	b.see("What landed in Teams")
	require.Eventually(t, func() bool { return evaluate[int](b, `document.querySelectorAll(".message").length`) == 4 }, patience, tick)
	b.shoot("13-all-landed")
	b.click("Back to the overview")
	b.click("Remove Ben Miller")
	b.see("Ben Miller is removed.")
	b.click("Disconnect")
	b.shoot("14-disconnect")
	b.click("Disconnect Microsoft Teams")
	b.see("Microsoft Teams is disconnected.")
	b.click("Setup")
	b.see("redirect URI")
	b.shoot("15-setup")
}

// Typing in the search narrows the list where it is.
func TestSearchWhileTyping(t *testing.T) {
	b := connected(t, nil)
	b.click("Choose a channel")
	b.see("Deliveries")
	evaluate[string](b, `window.same = "page"`)
	b.do(chromedp.SendKeys("#q", "oven"))
	require.Eventually(t, func() bool { return evaluate[int](b, `document.querySelectorAll("#results li").length`) == 1 }, patience, tick)
	assert.Equal(t, "page", evaluate[string](b, `window.same`))
	assert.Equal(t, "?q=oven", evaluate[string](b, `location.search`))
	b.do(chromedp.SendKeys("#q", "x"))
	b.see("No team or channel is called “ovenx”.")
	b.shoot("16-nothing-found")
}

// The whole way without a mouse.
func TestByKeyboard(t *testing.T) {
	b := open(t, start(t))
	b.press("Acme Bakeries")
	b.see("Notifications in Microsoft Teams")
	b.press("Add a Workflows webhook")
	b.press("Add the webhook")
	b.see("Workflows webhook is added.")
	b.press("Send a test notification")
	b.see("Message sent")
	assert.Zero(t, *b.clicks)
}

// press walks to a control with the Tab key and uses it.
func (b *tab) press(text string) {
	b.t.Helper()
	for range 60 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if found := evaluate[string](b, `document.activeElement.textContent.trim()`); strings.HasSuffix(found, text) {
			shown := evaluate[bool](b, `parseFloat(getComputedStyle(document.activeElement).outlineWidth) > 1`)
			assert.True(b.t, shown, "the focus on %q can't be seen", text)
			b.do(chromedp.KeyEvent(kb.Enter))
			return
		}
	}
	require.Fail(b.t, "the Tab key does not lead to "+text)
}
