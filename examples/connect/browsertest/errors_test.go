package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// emulated is an emulator that the test rules, and the environment that leads
// the program to it.
func emulated(t *testing.T) (*novutest.Server, []string) {
	t.Helper()
	srv := novutest.NewServer(t, novutest.WithTenant(novutest.NewTenant("", 3, 4, 6)))
	return srv, []string{
		"NOVU_SECRET_KEY=" + srv.SecretKey(), "NOVU_BASE_URL=" + srv.URL(),
		"MSTEAMS_CLIENT_ID=6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", "MSTEAMS_CLIENT_SECRET=an-example",
		"MSTEAMS_TENANT_ID=0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e",
		"MSTEAMS_LOGIN_URL=" + srv.LoginURL(), "MSTEAMS_GRAPH_URL=" + srv.GraphURL(), "MSTEAMS_CONNECTOR_URL=" + srv.ConnectorURL(),
	}
}

// connected is somebody who is signed in and whose administrator has consented.
func connected(t *testing.T, env []string) *tab {
	t.Helper()
	b := open(t, start(t, env...))
	b.click("Acme Bakeries")
	b.consent("Connect Microsoft Teams")
	return b
}

func (b *tab) consent(button string) {
	b.t.Helper()
	microsoft := b.clickAway(button)
	microsoft.see("Permissions requested")
	microsoft.click("Approve")
	microsoft.see("You can close this tab")
	b.front()
	b.see("Connected.")
}

func TestDeclinedConsent(t *testing.T) {
	_, env := emulated(t)
	b := open(t, start(t, env...))
	b.click("Acme Bakeries")
	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.see("Permissions requested")
	microsoft.click("Decline")
	microsoft.see("AADSTS65004") // Novu's own words
	b.front()
	b.see("Declined, closed, or an error in the other tab?")
	b.shoot("20-declined")
	b.consent("Make a new link")
}

func TestExpiredURL(t *testing.T) {
	srv, env := emulated(t)
	b := open(t, start(t, env...))
	b.click("Globex Shipping")
	microsoft := b.clickAway("Connect Microsoft Teams")
	microsoft.see("Permissions requested")
	srv.Advance(5*time.Minute + time.Second)
	microsoft.click("Approve")
	microsoft.see("Invalid OAuth state") // Novu's own words
	b.front()
	b.see("Make a new link")
	b.consent("Make a new link")
}

// Whoever puts another customer's id into a form gets nothing.
func TestForeignID(t *testing.T) {
	b := open(t, start(t))
	b.click("Acme Bakeries")
	b.addWebhook()
	foreign := evaluate[string](b, `document.querySelector('[name=id]').value`)
	b.click("Sign out")
	b.click("Globex Shipping")
	b.addWebhook()
	require.NotEqual(t, foreign, evaluate[string](b, `document.querySelector('[name=id]').value`))
	evaluate[string](b, `document.querySelector('[name=id]').value = "`+foreign+`"`)
	b.click("Remove")
	b.see("You have no such thing.")
	b.shoot("21-foreign")
	b.click("Go to the overview")
	b.click("Sign out")
	b.click("Acme Bakeries")
	b.see("prod-00.westeurope.logic.azure.com")
	assert.Equal(t, foreign, evaluate[string](b, `document.querySelector('[name=id]').value`))
}

func (b *tab) addWebhook() {
	b.t.Helper()
	b.click("Add a Workflows webhook")
	b.click("Add the webhook")
	b.see("Workflows webhook is added.")
}

func TestFailingSend(t *testing.T) {
	srv, env := emulated(t)
	b := connected(t, env)
	b.click("Choose a channel")
	b.see("Team 1")
	channel := evaluate[string](b, `document.querySelector('[name=channel]').value`)
	b.click("Notify here")
	b.see("is added")
	srv.UninstallBot(channel)
	b.click("Send a test notification")
	b.see("The app is not installed in one of the teams")
	b.see("Add it in Teams")
	b.shoot("22-failing")
	b.click("Find out why")
	b.see("It only reads.")
	b.click("Examine")
	b.see("The bot is not in the channel")
	b.shoot("23-doctor")
}

func TestWhatIsWrongIsSaidInThePage(t *testing.T) {
	srv, env := emulated(t)
	b := connected(t, env)
	b.click("Add a Workflows webhook")
	b.do(chromedp.SendKeys("#url", "https://acme.webhook.office.com/x"))
	b.click("Add the webhook")
	b.see("create a Workflow in Teams")
	b.shoot("24-wrong-url")
	srv.Inject(novutest.SignInFault(7000229))
	b.do(chromedp.Navigate(evaluate[string](b, "location.origin") + "/channels"))
	b.see("The consent for your tenant is missing or was withdrawn.")
	b.shoot("25-withdrawn")
}
