package browsertest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// From nothing to a message in a channel: one command, and at most eight clicks.
func TestFromNothingToAMessage(t *testing.T) {
	b := open(t, start(t))
	b.shoot("1-sign-in")
	b.click("Acme Bakeries")
	b.see("Connect Microsoft Teams")
	b.shoot("2-not-connected")

	microsoft := b.clickAway("Connect Microsoft Teams")
	b.see("Waiting for an administrator")
	b.shoot("3-waiting")
	microsoft.see("Permissions requested")
	microsoft.click("Approve")
	microsoft.see("You can close this tab")
	microsoft.shoot("4-consented")

	b.see("Connected.") // without a reload
	b.shoot("5-connected")
	b.click("Choose a channel")
	b.see("Find a team or a channel")
	b.shoot("6-channels")
	b.click("Notify here")
	b.see("is added")
	b.shoot("7-destination")
	b.click("Send a test notification")
	b.see("What landed in Teams")
	b.see("Message sent")
	b.shoot("8-landed")
	t.Logf("%d clicks", *b.clicks)
	assert.LessOrEqual(t, *b.clicks, 8)
}
