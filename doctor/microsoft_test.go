package doctor_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

const (
	elsewhere      = "00000000-1111-4222-8333-444444444406"
	otherUser      = "00000000-1111-4222-8333-444444444407"
	connectorReads = "/_connector/{region}/v3/conversations/{conversation}/pagedmembers"
)

func inject(faults ...novutest.Fault) func(*chain) {
	return func(c *chain) {
		c.after = append(c.after, func(srv *novutest.Server) {
			for _, f := range faults {
				srv.Inject(f)
			}
		})
	}
}

func at(route string, f novutest.Fault) novutest.Fault {
	f.Route = route
	return f
}

// uninstalled takes the bot out of the team, channel or user with this id.
func uninstalled(id string) func(*chain) {
	return func(c *chain) { c.after = append(c.after, func(srv *novutest.Server) { srv.UninstallBot(id) }) }
}

func membership(kind string) func(*chain) {
	return func(c *chain) { c.tenant.Teams[0].Channels[1].Membership = kind }
}

// microsoftFaults are those that only Microsoft can tell.
var microsoftFaults = []fault{
	{
		name: "Novu has a wrong secret", breaks: func(c *chain) { c.credentials["secretKey"] = "not~the.secret" },
		check: doctor.CheckGraph, verdict: doctor.Broken, says: "does not accept the client secret",
	},
	{
		name: "the secret has expired", breaks: inject(novutest.SignInFault(7000222)),
		check: doctor.CheckGraph, verdict: doctor.Broken, says: "has expired",
	},
	{
		name: "the app is of another tenant", breaks: func(c *chain) { c.credentials["tenantId"] = elsewhere },
		check: doctor.CheckBot, verdict: doctor.Broken, says: "issues no bot token", sets: "tenantId",
	},
	{
		name: "a single-tenant bot is asked at botframework.com", breaks: func(c *chain) { c.credentials["tenantId"] = msteams.BotFrameworkTenant },
		check: doctor.CheckBot, verdict: doctor.Broken, says: "tenant botframework.com issues no bot token", sets: "tenantId",
	},
	{
		name:   "the bot has no Teams channel",
		breaks: inject(at("/_connector/*", novutest.Fault{Status: http.StatusUnauthorized, Body: `{"message":"Authorization has been denied for this request."}`})),
		check:  doctor.CheckBot, verdict: doctor.Broken, says: "has no Teams channel",
	},
	{
		name: "there is no such customer's tenant", breaks: inject(at("/_login/"+customer+"/*", novutest.SignInFault(90002))),
		check: doctor.CheckConsent, verdict: doctor.Broken, says: "no such tenant", arrives: true,
	},
	{
		name: "the app is disabled in the tenant", breaks: inject(at("/_login/"+customer+"/*", novutest.SignInFault(7000112))),
		check: doctor.CheckConsent, verdict: doctor.Broken, says: "the app is disabled", arrives: true,
	},
	{
		name: "nobody consented", breaks: func(c *chain) { c.tenant.Unconsented = true },
		check: doctor.CheckConsent, verdict: doctor.Broken, says: "no administrator of the tenant has consented", arrives: true,
	},
	{
		name: "nobody consented, and no token is issued", breaks: func(c *chain) { c.tenant.Unconsented, c.tenant.RefusesTokens = true, true },
		check: doctor.CheckConsent, verdict: doctor.Broken, says: "no administrator of the tenant has consented", arrives: true,
	},
	{
		name: "permissions are missing", breaks: func(c *chain) {
			c.tenant.Roles = []string{msteams.PermissionTeams, msteams.PermissionCatalog, msteams.PermissionInstallInTeam}
		},
		check: doctor.CheckConsent, verdict: doctor.Warning,
		says: "Channel.ReadBasic.All (listing channels); TeamsAppInstallation.ReadWriteSelfForUser.All (installing the app for users, and so direct messages)",
	},
	{
		name: "the app was never uploaded", breaks: func(c *chain) { c.tenant.Catalog, c.tenant.WithoutBot = []novutest.CatalogApp{}, true },
		check: doctor.CheckCatalog, verdict: doctor.Warning, says: "has no app",
		then: []doctor.Check{doctor.CheckInstalled, doctor.CheckInstalled},
	},
	{
		name: "the app is not in the team", breaks: uninstalled(teamID),
		check: doctor.CheckInstalled, verdict: doctor.Broken, says: "not installed in the team",
	},
	{
		name: "the app is not installed for the user", breaks: uninstalled(userID),
		check: doctor.CheckInstalled, verdict: doctor.Broken, says: "not installed for the user",
	},
	{
		name: "the channel was deleted under the team", breaks: func(c *chain) { c.endpoint(0)["channelId"] = "19:gone@thread.tacv2" },
		check: doctor.CheckChannel, verdict: doctor.Broken, says: "the team has no such channel", sets: "channelId",
	},
	{
		name: "the connector does not know the channel", breaks: func(c *chain) {
			c.after = append(c.after, func(srv *novutest.Server) { srv.RemoveConversation(channelID) })
		},
		check: doctor.CheckReachable, verdict: doctor.Broken, says: "Teams knows no such channel",
	},
	{
		name: "the team is not of the tenant", breaks: func(c *chain) { c.endpoint(0)["teamId"] = elsewhere },
		check: doctor.CheckChannel, verdict: doctor.Warning, says: "the tenant has no such team", sets: "teamId",
	},
	{
		name: "the bot is not in the private channel", breaks: membership("private"),
		check: doctor.CheckChannel, verdict: doctor.Broken, says: "is private: for the bot, being in the team is not enough", sets: "membership",
	},
	{
		name: "the bot is not in the shared channel", breaks: membership("shared"),
		check: doctor.CheckChannel, verdict: doctor.Broken, says: "is shared: for the bot, being in the team is not enough", sets: "membership",
	},
	{
		name: "an administrator disabled the bot", breaks: inject(
			at(connectorReads, novutest.ConnectorFault(http.StatusForbidden, "BotDisabledByAdmin", "The bot is disabled.")),
			at("/_connector/{region}/v3/conversations/{conversation}/activities", novutest.ConnectorFault(http.StatusForbidden, "BotDisabledByAdmin", "The bot is disabled.")),
		),
		check: doctor.CheckReachable, verdict: doctor.Broken, says: "disabled the bot",
	},
	{
		name: "the tenant has no such user", breaks: func(c *chain) { c.endpoint(1)["userId"] = otherUser },
		check: doctor.CheckInstalled, verdict: doctor.Broken, says: "knows no such id", sets: "userId",
	},
}

func allFaults() []fault { return append(append([]fault{}, novuFaults...), microsoftFaults...) }

func TestEachFaultOfMicrosoftIsNamed(t *testing.T) {
	onEachVersion(t, testFaultsOfMicrosoft)
}

func testFaultsOfMicrosoft(t *testing.T, version novutest.Version) {
	for _, f := range of(version, allFaults()) {
		t.Run(f.name, func(t *testing.T) {
			c := healthy().on(version)
			f.breaks(c)
			report := c.examine(t)
			assert.True(t, f.named(report), "%s", report)
			for _, found := range report.Findings {
				if found.Verdict == doctor.Broken || found.Verdict == doctor.Warning {
					assert.NotEmpty(t, found.Remedy, found.Check)
				}
			}
		})
	}
}

func TestAHealthyChainRaisesNoAlarm(t *testing.T) {
	invited := func(kind string) *chain {
		c := healthy()
		membership(kind)(c)
		c.after = append(c.after, func(srv *novutest.Server) { srv.InstallBot(channelID) })
		return c
	}
	withUsers := healthy()
	withUsers.tenant.Roles = []string{
		msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallForUser, "User.ReadBasic.All",
	}
	byBotID := healthy()
	byBotID.endpoint(1)["userId"] = byBotID.tenant.Users[0].BotID()
	opaque := healthy()
	opaque.tenant.OpaqueTokens = true
	unscoped := healthy()
	unscoped.question.Context = nil
	delete(unscoped.connection, "context")
	for _, e := range unscoped.endpoints {
		delete(e, "context")
	}
	onEachVersion(t, func(t *testing.T, version novutest.Version) {
		for name, c := range map[string]*chain{
			"channel and user": healthy(), "webhook": healthyWebhook(), "private channel": invited("private"), "shared channel": invited("shared"),
			"without the optional role, with one more": withUsers, "the bot's id of the user": byBotID, "opaque tokens": opaque, "no context": unscoped,
		} {
			t.Run(name, func(t *testing.T) {
				report := c.on(version).examine(t)
				assert.Empty(t, alarms(version, report))
				assert.Equal(t, healthyVerdict(version), report.Verdict, "%s", report)
				assert.NoError(t, report.Err())
			})
		}
	})
}

// Reading is not writing, so that a refusal of unknown cause is no verdict on it.
func TestABotThatMayNotRead(t *testing.T) {
	c := healthy()
	inject(at(connectorReads, novutest.ConnectorFault(http.StatusForbidden, "NotEnoughPermissions", "No.")))(c)
	report := c.examine(t)
	found := only(t, report, doctor.CheckReachable)
	assert.Equal(t, doctor.Warning, found.Verdict)
	assert.Equal(t, "403 NotEnoughPermissions No.", found.Evidence["microsoft"])
	assert.NotEmpty(t, found.Remedy)
	assert.NoError(t, report.Err())
}

func TestAUserWhomGraphDoesNotKnow(t *testing.T) {
	c := healthy()
	c.tenant.Roles = []string{
		msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallForUser, "User.ReadBasic.All",
	}
	c.endpoint(1)["userId"] = otherUser
	found := only(t, c.examine(t), doctor.CheckMember)
	assert.Equal(t, doctor.Broken, found.Verdict)
	assert.Equal(t, map[string]string{"userId": otherUser, "tenantId": customer}, found.Evidence)
}

// The bot knows somebody whom no conversation has that the doctor looks into.
func TestAUserWhoCannotBeLookedUp(t *testing.T) {
	c := healthy()
	c.endpoints = c.endpoints[1:]
	c.endpoint(0)["userId"] = "29:1nobody"
	report := c.examine(t)
	assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckMember).Verdict)
	assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckInstalled).Verdict)
	assert.Empty(t, problems(report))
	assert.Equal(t, doctor.NotChecked, report.Verdict)
}

// The app is in the catalogue and the team under another id than the bot's.
func TestAManifestWithAnotherID(t *testing.T) {
	c := healthy()
	c.endpoints = c.endpoints[:1]
	c.tenant.Catalog = []novutest.CatalogApp{{ID: elsewhere, ExternalID: otherUser, Name: "Alerts"}}
	report := c.examine(t)
	assert.Equal(t, doctor.Warning, only(t, report, doctor.CheckCatalog).Verdict)
	installed := only(t, report, doctor.CheckInstalled)
	assert.Equal(t, doctor.Warning, installed.Verdict)
	assert.Contains(t, installed.Message, "another manifest id")
	assert.NoError(t, report.Err())
}

// Under Microsoft's own rates, of which one is a request a second for each team.
func TestManyEndpointsInOneTeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := healthy()
		c.endpoints = nil
		for i := range 40 {
			name := fmt.Sprintf("channel-%d", i)
			c.tenant.Teams[0].Channels = append(c.tenant.Teams[0].Channels, novutest.Channel{ID: "19:" + name + "@thread.tacv2", Name: name})
			e := channelEndpoint(name)
			e["endpoint"] = object{"teamId": teamID, "channelId": "19:" + name + "@thread.tacv2"}
			c.endpoints = append(c.endpoints, e)
		}
		srv, d := inMemory(t, c)
		defer srv.Close()
		report, err := d.Examine(t.Context(), c.question)
		require.NoError(t, err)
		assert.Empty(t, problems(report))
		for _, f := range report.Find(doctor.CheckChannel) {
			assert.Equal(t, doctor.OK, f.Verdict)
		}
		asked := map[string]int{}
		for _, r := range srv.Requests()[c.asked:] {
			asked[r.Route]++
		}
		assert.Equal(t, 1, asked["/_graph/v1.0/teams/{team}/allChannels"])
		assert.Equal(t, 1, asked["/_graph/v1.0/teams/{team}/installedApps"])
		assert.Equal(t, 1, asked["/v1/channel-connections/{identifier}"])
		assert.Equal(t, 1, asked["/v1/integrations"])
		assert.Less(t, report.Duration, 10*time.Second)
		time.Sleep(time.Hour)
	})
}
