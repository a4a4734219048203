package msteams_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

func TestTeams(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	next := f.url + "/graph/v1.0/teams?$skiptoken=a+b%2Fc%3D&x"
	f.on("GET /graph/v1.0/teams", ok(page(next, team(1), team(2))), ok(page(next+"2")), ok(page("", team(3))))
	teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{DisplayName: "O'Hara & Söhne+1", PageSize: 2}))
	require.NoError(t, err)
	require.Len(t, teams, 3, "an empty page does not end the list")
	assert.Equal(t, msteams.Team{ID: teamNo(3), DisplayName: "Team 3"}, teams[2])

	sent := f.requests("/teams")
	assert.Equal(t, "/graph/v1.0/teams?%24filter=displayName%20eq%20%27O%27%27Hara%20%26%20S%C3%B6hne%2B1%27&%24select=id%2CdisplayName%2Cdescription&%24top=2", sent[0].uri)
	assert.Equal(t, "/graph/v1.0/teams?$skiptoken=a+b%2Fc%3D&x", sent[1].uri, "followed to the letter")
	assert.NotEmpty(t, sent[2].token)
}

func TestAListCanBeWalkedAgain(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	next := f.url + "/graph/v1.0/teams?2"
	f.on("GET /graph/v1.0/teams", ok(page(next, team(1))), ok(page("", team(2))), ok(page(next, team(3))), ok(page("", team(4))))
	list := f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{})
	for _, want := range []string{"Team 2", "Team 4"} {
		teams, err := collect(list)
		require.NoError(t, err)
		require.Len(t, teams, 2)
		assert.Equal(t, want, teams[1].DisplayName)
	}
	sent := f.requests("/teams")
	assert.Equal(t, sent[0].uri, sent[2].uri, "from the start")
}

func TestTeamsByPrefixAndEarlyExit(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page(f.url+"/graph/v1.0/teams?more", team(1), team(2))))
	for got, err := range f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{NamePrefix: "a'b"}) {
		require.NoError(t, err)
		assert.Equal(t, "Team 1", got.DisplayName)
		break
	}
	require.Len(t, f.requests("/teams"), 1)
	assert.Contains(t, f.requests("/teams")[0].uri, "%24filter=startswith%28displayName%2C%27a%27%27b%27%29")
}

func TestChannels(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams/"+teamID+"/channels", ok(page(f.url+"/graph/v1.0/teams/"+teamID+"/channels?p=2", object{
		"id": channelID, "displayName": "Allgemein", "membershipType": "standard",
	})), ok(page("", object{"id": "19:x@thread.tacv2", "membershipType": "telepathic"})))
	f.on("GET /graph/v1.0/teams/"+teamID+"/allChannels", ok(page("", object{"id": channelID, "tenantId": home, "membershipType": "shared"})))
	tenant := f.tenant(t)
	channels, err := collect(tenant.Channels(t.Context(), teamID))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Channel{
		{ID: channelID, TeamID: teamID, DisplayName: "Allgemein", MembershipType: msteams.MembershipStandard},
		{ID: "19:x@thread.tacv2", TeamID: teamID, MembershipType: "telepathic"},
	}, channels)
	for _, r := range f.requests("/channels") {
		assert.Equal(t, "include-unknown-enum-members", r.header.Get("Prefer"), "on every page")
	}
	assert.Contains(t, f.requests("/channels")[0].uri, "select=id%2CdisplayName%2Cdescription%2CmembershipType")
	shared, err := collect(tenant.Channels(t.Context(), teamID, msteams.WithSharedChannels()))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Channel{{ID: channelID, TeamID: teamID, TenantID: home, MembershipType: msteams.MembershipShared}}, shared)
}

func TestPrimaryChannel(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams/{id}/primaryChannel", ok(object{"id": channelID, "displayName": "一般"}))
	channel, err := f.tenant(t).PrimaryChannel(t.Context(), teamID)
	require.NoError(t, err)
	assert.Equal(t, &msteams.Channel{ID: channelID, TeamID: teamID, DisplayName: "一般"}, channel)
}

func TestUser(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		userID:                       "/graph/v1.0/users/" + userID,
		"ada@contoso.com":            "/graph/v1.0/users/ada%40contoso.com",
		"ada_x.com#EXT#@contoso.com": "/graph/v1.0/users/ada_x.com%23EXT%23%40contoso.com",
		"$ada@contoso.com":           "/graph/v1.0/users(%27%24ada%40contoso.com%27)",
	} {
		f := newFake(t)
		f.on("GET /graph/v1.0/", ok(object{"id": userID, "userPrincipalName": "ada@contoso.com", "displayName": "Ada", "mail": "a@contoso.com"}))
		user, err := f.tenant(t).User(t.Context(), given)
		require.NoError(t, err)
		assert.Equal(t, &msteams.User{ID: userID, DisplayName: "Ada", UserPrincipalName: "ada@contoso.com", Mail: "a@contoso.com"}, user)
		assert.Equal(t, want+"?%24select=id%2CdisplayName%2CuserPrincipalName%2Cmail", f.requests("/users")[0].uri)
	}
}

func TestCatalogApp(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/appCatalogs/teamsApps",
		ok(page("", object{"id": "cat", "externalId": appID, "displayName": "Novu", "distributionMethod": "organization"})), ok(page("")))
	tenant := f.tenant(t)
	app, err := tenant.CatalogApp(t.Context(), appID)
	require.NoError(t, err)
	assert.Equal(t, &msteams.CatalogApp{ID: "cat", ExternalID: appID, DisplayName: "Novu", DistributionMethod: "organization"}, app)
	u, err := url.Parse(f.requests("/appCatalogs")[0].uri)
	require.NoError(t, err)
	assert.Equal(t, "externalId eq '"+appID+"' and distributionMethod eq 'organization'", u.Query().Get("$filter"))
	_, err = tenant.CatalogApp(t.Context(), appID)
	require.ErrorIs(t, err, msteams.ErrAppNotInCatalog)
	assert.Contains(t, asError(t, err).Remedy, "upload")
}

func TestCatalogAppTellsVersionAndState(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	definition := func(version, state string) object { return object{"version": version, "publishingState": state} }
	f.on("GET /graph/v1.0/appCatalogs/teamsApps", ok(page("", object{"id": "cat", "externalId": appID,
		"appDefinitions": []any{definition("1.9.0", "published"), definition("1.10.0", "submitted"), definition("1.2", "rejected")}})))
	app, err := f.tenant(t).CatalogApp(t.Context(), appID)
	require.NoError(t, err)
	assert.Equal(t, "1.10.0", app.Version)
	assert.Equal(t, msteams.PublishingSubmitted, app.PublishingState)
	assert.Contains(t, f.requests("/appCatalogs")[0].uri, "expand=appDefinitions")
}

func TestInstall(t *testing.T) {
	t.Parallel()
	conflict := status(409, graphBody("Conflict", "conflict"))
	installed := func(id string) object {
		return page("", object{"id": "aW5zdA==", "teamsApp": object{"id": id}})
	}
	tests := []struct {
		name     string
		script   []answer
		apps     answer
		requests int
		kind     error
	}{
		{name: "201 without a body", script: []answer{status(201, "")}, apps: ok(page("")), requests: 1},
		{name: "200", script: []answer{ok(object{})}, apps: ok(page("")), requests: 1},
		{name: "installed already", script: []answer{conflict}, apps: ok(installed(appID)), requests: 1},
		{name: "another conflict", script: []answer{conflict}, apps: ok(installed(clientID)), requests: 1, kind: msteams.ErrConflict},
		{name: "a conflict that can't be looked into", script: []answer{conflict}, apps: status(403, ""), requests: 1, kind: msteams.ErrConflict},
		{name: "after a failure that may have installed it", script: []answer{status(502, ""), conflict}, apps: ok(installed(appID)), requests: 2},
		{name: "throttled", script: []answer{status(429, ""), status(201, "")}, apps: ok(page("")), requests: 2},
		{name: "not allowed", script: []answer{status(403, "")}, apps: ok(page("")), requests: 1, kind: msteams.ErrForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, who := range []string{"/graph/v1.0/teams/" + teamID, "/graph/v1.0/users/ada@contoso.com/teamwork"} {
				f := newFake(t)
				f.on("POST "+who+"/installedApps", tt.script...)
				f.on("GET "+who+"/installedApps", tt.apps)
				err := f.tenant(t, msteams.WithCloud(msteams.CloudGCCHigh)).InstallInTeam(t.Context(), teamID, appID)
				if who != "/graph/v1.0/teams/"+teamID {
					err = f.tenant(t, msteams.WithCloud(msteams.CloudGCCHigh)).InstallForUser(t.Context(), "ada@contoso.com", appID)
				}
				require.ErrorIs(t, err, tt.kind)
				var posts []received
				for _, r := range f.requests("/installedApps") {
					if r.method == http.MethodPost && r.uri[:12] == who[:12] {
						posts = append(posts, r)
					}
				}
				require.NotEmpty(t, posts)
				assert.JSONEq(t, `{"teamsApp@odata.bind":"https://graph.microsoft.us/v1.0/appCatalogs/teamsApps/`+appID+`"}`, posts[0].body)
			}
		})
	}
}

func TestInstalledAndUninstall(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	one := ok(page("", object{"id": "MmFi/A==", "teamsApp": object{"id": "cat", "externalId": appID}}))
	f.on("GET /graph/v1.0/teams/{id}/installedApps", one, ok(page("")))
	f.on("GET /graph/v1.0/users/{id}/teamwork/installedApps", one, ok(page("")))
	f.on("DELETE /graph/v1.0/", status(204, ""))
	tenant := f.tenant(t)
	want := &msteams.InstalledApp{ID: "MmFi/A==", App: msteams.CatalogApp{ID: "cat", ExternalID: appID}}

	got, err := tenant.InstalledInTeam(t.Context(), teamID, appID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = tenant.InstalledInTeam(t.Context(), teamID, appID)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	got, err = tenant.InstalledForUser(t.Context(), userID, appID)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = tenant.InstalledForUser(t.Context(), userID, appID)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)

	require.NoError(t, tenant.UninstallFromTeam(t.Context(), teamID, got.ID))
	require.NoError(t, tenant.UninstallForUser(t.Context(), "$a@b.c", got.ID))
	sent := f.requests("/installedApps")
	assert.Equal(t, "/graph/v1.0/teams/"+teamID+"/installedApps?%24expand=teamsApp&%24filter=teamsApp%2FexternalId%20eq%20%27"+appID+"%27", sent[0].uri)
	assert.Equal(t, "/graph/v1.0/teams/"+teamID+"/installedApps/MmFi%2FA%3D%3D", sent[4].uri)
	assert.Equal(t, "/graph/v1.0/users(%27%24a%40b.c%27)/teamwork/installedApps/MmFi%2FA%3D%3D", sent[5].uri)
}

// A next page elsewhere would carry the token away.
func TestNextLinksStayOnTheHost(t *testing.T) {
	t.Parallel()
	elsewhere := newFake(t)
	for name, link := range map[string]func(f *fake) string{
		"another host":   func(*fake) string { return elsewhere.url + "/graph/v1.0/teams" },
		"another scheme": func(f *fake) string { return "https" + f.url[4:] + "/graph/v1.0/teams" },
		"a prefix":       func(f *fake) string { return f.url + ".evil.example/" },
		"a user":         func(f *fake) string { return "http://x@" + f.url[7:] + "/graph/v1.0/teams" },
		"no host":        func(*fake) string { return "/graph/v1.0/teams" },
		"no URL":         func(*fake) string { return "http://[::1/" },
		"nothing":        func(*fake) string { return " " },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET /graph/v1.0/teams", ok(page(link(f), team(1))))
			teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
			require.ErrorIs(t, err, msteams.ErrBadAnswer)
			assert.Len(t, teams, 1)
			assert.Len(t, f.requests("/teams"), 1)
			assert.Empty(t, elsewhere.requests(""))
		})
	}
}

func TestListsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	t.Run("round in a circle", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		a, b := f.url+"/graph/v1.0/teams?a", f.url+"/graph/v1.0/teams?b"
		f.on("GET /graph/v1.0/teams", ok(page(a, team(1))), ok(page(b, team(2))), ok(page(a, team(3))))
		teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
		require.ErrorIs(t, err, msteams.ErrBadAnswer)
		require.ErrorContains(t, err, "in a circle")
		assert.Len(t, teams, 3)
	})
	t.Run("empty pages for ever", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		n := 0
		f.on("GET /graph/v1.0/teams", func(w http.ResponseWriter, r *http.Request) {
			n++
			ok(page(fmt.Sprint(f.url, "/graph/v1.0/teams?", n)))(w, r)
		})
		_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
		require.ErrorIs(t, err, msteams.ErrBadAnswer)
		assert.Len(t, f.requests("/teams"), 100)
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newFake(t)
	f := newFake(t)
	for _, code := range []int{301, 302, 307, 308} {
		f.on(fmt.Sprintf("GET /graph/v1.0/teams/%s/primaryChannel", teamNo(code)), status(code, "", "Location", elsewhere.url+"/x"))
		_, err := f.tenant(t).PrimaryChannel(t.Context(), teamNo(code))
		require.ErrorIs(t, err, msteams.ErrBadAnswer)
	}
	f.on("POST /login/", status(307, "", "Location", elsewhere.url+"/x"))
	_, err := f.client(t).BotToken(t.Context())
	require.ErrorIs(t, err, msteams.ErrBadAnswer)
	assert.Empty(t, elsewhere.requests(""))
}

func TestAnswersThatAreNotWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>", `[]`, `{"value":{}}`, `{"value":[1]}`, `{"value":[`} {
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", status(200, body))
		_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
		e := asError(t, err)
		require.ErrorContains(t, err, "can't be read")
		assert.Equal(t, 200, e.StatusCode)
	}
	data, err := json.Marshal(page("", nil))
	require.NoError(t, err)
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(200, string(data)))
	_, err = collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	require.NoError(t, err)
}
