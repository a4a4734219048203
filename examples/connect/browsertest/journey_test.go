package browsertest

import (
	"flag"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

var pictures = flag.Bool("pictures", false, "make the pictures in docs anew")

// From nothing to messages in a channel, with a person and at a webhook: one command, and at most ten clicks to the first.
func TestFromNothingToAMessage(t *testing.T) {
	b := open(t, start(t))
	b.look("1-sign-in")
	b.click("Acme Bakeries")
	b.see("Connect Microsoft Teams")
	b.look("2-not-connected")

	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.see("Permissions requested")
	microsoft.click("Approve")
	microsoft.see("You can close this tab")
	microsoft.look("3-done")
	b.front()
	b.see("Connected") // without a reload
	b.look("4-connected")
	b.click("Choose a channel")
	b.see("Find a team")
	b.look("5-teams")
	b.click("Bakery")
	b.see("Deliveries")
	b.look("6-channels")
	b.click("Notify here: Ovens in Bakery")
	b.see("Bakery / Ovens is added.")
	b.click("Send a test notification")
	b.see("arrived.")
	assert.LessOrEqual(t, *b.clicks, 10)

	b.do(chromedp.SendKeys("#email", "ben@acme-bakeries.example"))
	b.click("Add the person")
	b.see("Ben Miller is added.")
	b.click("A Workflows webhook")
	b.do(chromedp.SendKeys("#name", "Operations"))
	b.click("Add the webhook")
	b.see("Operations is added.")
	b.look("7-destinations")
	b.click("Send a test notification")
	b.see("arrived.")
	b.look("8-tested")
	if *pictures {
		b.pictureTo("../../../docs/connect.png", desktop)
		b.pictureTo("../../../docs/connect-phone.png", phone)
	}
	b.click("Disconnect")
	b.look("9-disconnect")
}
