package novutest_test

import (
	"iter"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const manifestID = "0d5f1c2e-7a43-4d58-8b6e-51c9e0a7f312"

var hello = msteams.Message{Text: "hello"}

func drain[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range seq {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

// seeded is a server with one tenant, a client in it, and the tenant as it was
// completed.
func seeded(t *testing.T, tenant novutest.Tenant, opts ...novutest.Option) (*novutest.Server, *msteams.Tenant) {
	t.Helper()
	srv := novutest.NewServer(t, append(opts, novutest.WithTenant(tenant))...)
	return srv, srv.MSTeams().Tenant(tenant.ID)
}

func TestSeededDirectory(t *testing.T) {
	seed := novutest.NewTenant("contoso.example", 230, 3, 1203)
	_, tenant := seeded(t, seed)
	assert.Equal(t, seed, novutest.NewTenant("contoso.example", 230, 3, 1203), "the ids are the same each time")

	teams := drain(t, tenant.Teams(t.Context(), msteams.ListTeamsParams{}))
	require.Len(t, teams, 230)
	assert.Equal(t, msteams.Team{ID: seed.Teams[229].ID, DisplayName: "Team 230"}, teams[229])
	assert.Len(t, drain(t, tenant.Teams(t.Context(), msteams.ListTeamsParams{DisplayName: "team 23"})), 1)
	assert.Len(t, drain(t, tenant.Teams(t.Context(), msteams.ListTeamsParams{NamePrefix: "Team 23", PageSize: 1})), 2)

	directory := drain(t, tenant.Directory(t.Context()))
	require.Len(t, directory, 230)
	for i, one := range directory {
		require.NoError(t, one.Err)
		require.Len(t, one.Channels, 3)
		assert.Equal(t, seed.Teams[i].Channels[2].ID, one.Channels[2].ID)
	}
	first := seed.Teams[0]
	general, err := tenant.PrimaryChannel(t.Context(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, directory[0].Channels[0], *general)

	people := drain(t, tenant.TeamRoster(t.Context(), first.ID))
	require.Len(t, people, 1203)
	user := seed.Users[1202]
	assert.Equal(t, msteams.Member{
		ID: user.BotID(), ObjectID: user.ID, Name: user.Name, GivenName: "User", Surname: "1203",
		Email: user.UPN, UserPrincipalName: user.UPN, TenantID: seed.ID, UserRole: "user",
	}, people[1202])
	for _, id := range []string{user.ID, user.UPN, user.BotID()} {
		member, err := tenant.Member(t.Context(), general.ID, id)
		require.NoError(t, err)
		assert.Equal(t, people[1202], *member)
	}
	_, err = tenant.Member(t.Context(), general.ID, "nobody@contoso.example")
	require.ErrorIs(t, err, msteams.ErrMemberNotFound)

	details, err := tenant.TeamDetails(t.Context(), general.ID)
	require.NoError(t, err)
	assert.Equal(t, &msteams.TeamDetails{ID: general.ID, Name: "Team 1", GroupID: first.ID, ChannelCount: 3, MemberCount: 1203}, details)
	conversations, err := tenant.TeamConversations(t.Context(), general.ID)
	require.NoError(t, err)
	assert.Equal(t, msteams.Conversation{ID: general.ID}, conversations[0])
	assert.Equal(t, "Channel 3", conversations[2].Name)
	_, err = tenant.TeamDetails(t.Context(), first.Channels[1].ID)
	require.ErrorIs(t, err, msteams.ErrConversationNotFound)
	_, err = tenant.PrimaryChannel(t.Context(), manifestID)
	require.ErrorIs(t, err, msteams.ErrNotFound)
}

func TestInstallationsTakeEffect(t *testing.T) {
	seed := novutest.NewTenant("contoso.example", 1, 2, 1)
	seed.WithoutBot = true
	srv, tenant := seeded(t, seed)
	team, user, ctx := seed.Teams[0], seed.Users[0], t.Context()
	app, err := tenant.CatalogApp(ctx, manifestID)
	require.NoError(t, err)

	_, err = tenant.SendToChannel(ctx, team.ID, team.Channels[1].ID, hello)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	for _, err := range tenant.Roster(ctx, team.Channels[0].ID) {
		require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	}
	_, err = tenant.InstalledInTeam(ctx, team.ID, manifestID)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	for range 2 { // the second time it is there already
		require.NoError(t, tenant.InstallInTeam(ctx, team.ID, app.ID))
	}
	_, err = tenant.SendToChannel(ctx, team.ID, team.Channels[1].ID, hello)
	require.NoError(t, err)

	_, err = tenant.SendToUser(ctx, user.BotID(), hello)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	require.NoError(t, tenant.InstallForUser(ctx, user.UPN, app.ID))
	for _, id := range []string{user.BotID(), user.ID} {
		_, err = tenant.SendToUser(ctx, id, hello)
		require.NoError(t, err)
	}
	messages := srv.Messages()
	require.Len(t, messages, 3)
	assert.Equal(t, []string{team.ID, team.Channels[1].ID}, []string{messages[0].TeamID, messages[0].ChannelID})
	assert.Equal(t, user.ID, messages[2].UserID)

	installed, err := tenant.InstalledInTeam(ctx, team.ID, manifestID)
	require.NoError(t, err)
	assert.Equal(t, *app, installed.App)
	require.NoError(t, tenant.UninstallFromTeam(ctx, team.ID, installed.ID))
	require.ErrorIs(t, tenant.UninstallFromTeam(ctx, team.ID, installed.ID), msteams.ErrNotFound)
	_, err = tenant.SendToChannel(ctx, team.ID, team.Channels[0].ID, hello)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	installed, err = tenant.InstalledForUser(ctx, user.ID, manifestID)
	require.NoError(t, err)
	require.NoError(t, tenant.UninstallForUser(ctx, user.ID, installed.ID))
	_, err = tenant.SendToUser(ctx, user.ID, hello)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled)
	srv.InstallBot(user.BotID())
	_, err = tenant.SendToUser(ctx, user.ID, hello)
	require.NoError(t, err)
	require.ErrorIs(t, tenant.InstallInTeam(ctx, team.ID, manifestID), msteams.ErrNotFound, "that is not the catalogue's id")
}

func TestWhatASeededTenantHasNot(t *testing.T) {
	seed := novutest.Tenant{Catalog: []novutest.CatalogApp{}, Teams: []novutest.Team{{Name: "Ops", Channels: []novutest.Channel{
		{Name: "General"}, {Name: "Secret", Membership: "private"}, {Name: "Partners", Membership: "shared"}}}}}
	srv := novutest.NewServer(t, novutest.WithTenant(seed))
	tenant := srv.MSTeams().Tenant(novutest.DefaultTenantID)
	_, err := tenant.CatalogApp(t.Context(), manifestID)
	require.ErrorIs(t, err, msteams.ErrAppNotInCatalog)

	team := drain(t, tenant.Directory(t.Context()))[0]
	require.Len(t, team.Channels, 3)
	assert.Equal(t, msteams.MembershipShared, team.Channels[2].MembershipType)
	shared := drain(t, tenant.Channels(t.Context(), team.ID, msteams.WithSharedChannels()))
	assert.Equal(t, novutest.DefaultTenantID, shared[0].TenantID)
	_, err = tenant.SendToChannel(t.Context(), team.ID, team.Channels[1].ID, hello)
	require.ErrorIs(t, err, msteams.ErrBotNotInstalled, "the bot is added to each private channel")
	srv.InstallBot(team.Channels[1].ID)
	_, err = tenant.SendToChannel(t.Context(), team.ID, team.Channels[1].ID, hello)
	require.NoError(t, err)
	_, err = tenant.SendToChannel(t.Context(), team.ID, "19:elsewhere@thread.tacv2", hello)
	require.ErrorIs(t, err, msteams.ErrConversationNotFound)
	_, err = tenant.SendToUser(t.Context(), "29:nobody", hello)
	require.ErrorIs(t, err, msteams.ErrConversationNotFound)
	srv.RemoveConversation(team.Channels[0].ID)
	_, err = tenant.SendToChannel(t.Context(), team.ID, team.Channels[0].ID, hello)
	require.ErrorIs(t, err, msteams.ErrConversationNotFound)

	_, err = novutest.Start(novutest.WithTenant(seed), novutest.WithTenant(seed))
	require.ErrorContains(t, err, "is there already")
}

func TestConsentOfATenant(t *testing.T) {
	read := func(seed novutest.Tenant) (*novutest.Server, *msteams.Tenant, *msteams.Consent) {
		srv, tenant := seeded(t, seed, novutest.WithConsent(novutest.Approve))
		consent, err := tenant.Consent(t.Context())
		require.NoError(t, err)
		return srv, tenant, consent
	}
	_, _, all := read(novutest.Tenant{ID: "a.example"})
	assert.Empty(t, all.MissingRequired)
	_, tenant, some := read(novutest.Tenant{ID: "a.example", Roles: []string{"Team.ReadBasic.All"}, Users: []novutest.User{{Name: "Ada"}}})
	assert.Equal(t, []string{"Team.ReadBasic.All"}, some.Granted)
	_, err := tenant.PrimaryChannel(t.Context(), manifestID)
	var missing *msteams.MissingPermissionError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, &msteams.MissingPermissionError{Required: []string{"Channel.ReadBasic.All"}, Granted: []string{"Team.ReadBasic.All"}}, missing)
	_, err = tenant.User(t.Context(), "ada@a.exampl.example")
	require.ErrorIs(t, err, msteams.ErrForbidden)
	_, tenant, _ = read(novutest.Tenant{ID: "a.example", Roles: []string{"User.ReadBasic.All"}, Users: []novutest.User{{Name: "Ada", UPN: "ada@a.example"}}})
	ada, err := tenant.User(t.Context(), "ADA@a.example")
	require.NoError(t, err)
	assert.Equal(t, "Ada", ada.DisplayName)
	_, err = tenant.User(t.Context(), "bob@a.example")
	require.ErrorIs(t, err, msteams.ErrNotFound)
	_, tenant, opaque := read(novutest.Tenant{ID: "a.example", OpaqueTokens: true})
	assert.False(t, opaque.Known)
	assert.Empty(t, drain(t, tenant.Teams(t.Context(), msteams.ListTeamsParams{})), "the token works")

	for _, refuses := range []bool{false, true} {
		srv, tenant, none := read(novutest.Tenant{ID: "a.example", Unconsented: true, RefusesTokens: refuses})
		assert.Len(t, none.MissingRequired, 4)
		assert.Equal(t, refuses, none.Refusal != nil)
		for _, err := range tenant.Teams(t.Context(), msteams.ListTeamsParams{}) {
			require.ErrorIs(t, err, msteams.ErrNotConsented)
		}
		approve(t, srv, none.URL)
		now, err := tenant.Consent(t.Context())
		require.NoError(t, err)
		assert.Empty(t, now.MissingRequired, "the link grants what is missing")
	}
}

// approve follows the link as an administrator who says yes.
func approve(t *testing.T, srv *novutest.Server, link string) {
	t.Helper()
	u, err := url.Parse(link)
	require.NoError(t, err)
	q := u.Query()
	q.Set("redirect_uri", "https://app.example.com/done")
	u.RawQuery = q.Encode()
	client := srv.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	back, err := resp.Location()
	require.NoError(t, err)
	_, err = msteams.ParseConsentCallback(back.Query())
	require.NoError(t, err)
}

func TestMicrosoftsErrorsOnDemand(t *testing.T) {
	quick := msteams.WithRetryPolicy(msteams.RetryPolicy{MinWait: time.Microsecond, MaxWait: time.Millisecond})
	for number, kind := range map[int]error{
		7000215: msteams.ErrInvalidSecret, 7000222: msteams.ErrSecretExpired, 7000112: msteams.ErrAppDisabled, 700016: msteams.ErrNotConsented,
		7000229: msteams.ErrNotConsented, 65001: msteams.ErrNotConsented, 65004: msteams.ErrConsentDeclined, 90002: msteams.ErrTenantNotFound,
		500011: msteams.ErrMisconfigured, 50194: msteams.ErrMisconfigured, 53003: msteams.ErrConditionalAccess, 70011: msteams.ErrMisconfigured,
		700027: msteams.ErrInvalidCertificate, 90033: msteams.ErrServer, 90055: msteams.ErrThrottled, 900432: msteams.ErrWrongCloud,
	} {
		srv := novutest.NewServer(t)
		srv.Inject(novutest.SignInFault(number))
		_, err := srv.MSTeams(quick).Tenant("a.example").GraphToken(t.Context())
		require.ErrorIs(t, err, kind, number)
	}
	srv := novutest.NewServer(t, novutest.WithTenant(novutest.NewTenant("a.example", 3, 1, 0)))
	tenant := srv.MSTeams(quick).Tenant("a.example")
	srv.Inject(novutest.GraphFault(403, "Authorization_RequestDenied", "Insufficient privileges."))
	for _, err := range tenant.Teams(t.Context(), msteams.ListTeamsParams{}) {
		require.ErrorIs(t, err, msteams.ErrForbidden)
	}
	srv.ClearFaults()
	srv.Inject(novutest.ConnectorFault(403, "ConversationBlockedByUser", "The user blocked the bot."))
	_, err := tenant.SendToUser(t.Context(), "29:x", hello)
	require.ErrorIs(t, err, msteams.ErrBotBlocked)
	srv.ClearFaults()

	throttled := novutest.GraphFault(429, "TooManyRequests", "Slow down.")
	throttled.Route, throttled.Skip, throttled.Count = "/_graph/v1.0/teams/{team}/channels", 1, 1
	srv.Inject(throttled)
	once := srv.MSTeams(msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 1})).Tenant("a.example")
	var failed []error
	for _, one := range drain(t, once.Directory(t.Context())) {
		if one.Err != nil {
			failed = append(failed, one.Err)
		}
	}
	require.Len(t, failed, 1, "one request of the batch")
	require.ErrorIs(t, failed[0], msteams.ErrThrottled)
	srv.Inject(throttled)
	for _, one := range drain(t, tenant.Directory(t.Context())) {
		require.NoError(t, one.Err)
		assert.Len(t, one.Channels, 1)
	}
}

// What clients send that this module's does not.
func TestGraphOnTheWire(t *testing.T) {
	a := start(t, novutest.WithTenant(novutest.NewTenant("a.example", 2, 1, 60)))
	bearer := func(scope string) string {
		return "Bearer " + a.token("a.example", "any", "any", scope).body["access_token"].(string)
	}
	graph, bot := bearer(graphScope), bearer(botScope)
	get := func(path, token string) answer {
		return a.do(http.MethodGet, path, nil, "Authorization", token)
	}
	batch := func(body any) answer {
		return a.do(http.MethodPost, "/_graph/v1.0/$batch", body, "Authorization", graph)
	}
	assert.Equal(t, 401, get("/_graph/v1.0/teams", bot).status, "the bot's token is of another audience")
	assert.Equal(t, 401, get("/_graph/v1.0/teams", "").status)
	for path, status := range map[string]int{
		"/teams?$top=0": 400, "/teams?$top=1000": 400, "/teams?$skiptoken=x": 400, "/teams?$filter=startswith(description,'a')": 400,
		"/groups": 400, "/users('$a')": 400, "/appCatalogs/teamsApps?$filter=x": 400, "/appCatalogs/teamsApps": 200,
	} {
		assert.Equal(t, status, get("/_graph/v1.0"+path, graph).status, path)
	}
	item := func(id, method, url string) obj { return obj{"id": id, "method": method, "url": url} }
	var many []obj
	for range 21 {
		many = append(many, item(randomName(len(many)), "GET", "/teams"))
	}
	for name, body := range map[string]any{
		"none": obj{"requests": []obj{}}, "too many": obj{"requests": many}, "twice the same id": obj{"requests": []obj{item("1", "GET", "/teams"), item("1", "GET", "/teams")}},
		"absolute": obj{"requests": []obj{item("1", "GET", "https://x/teams")}},
	} {
		assert.Equal(t, 400, batch(body).status, name)
	}
	got := batch(obj{"requests": []obj{item("a", "GET", "/teams?$top=1"), item("b", "GET", "/nothing"), item("c", "POST", "/users/x/teamwork/installedApps")}})
	require.Equal(t, 200, got.status)
	responses := got.body["responses"].([]any)
	assert.Equal(t, []any{"c", 400.0, "b", 400.0, "a", 200.0}, []any{
		responses[0].(obj)["id"], responses[0].(obj)["status"], responses[1].(obj)["id"], responses[1].(obj)["status"], responses[2].(obj)["id"], responses[2].(obj)["status"],
	})
	team := novutest.NewTenant("a.example", 2, 1, 0).Teams[0]
	bind := obj{"teamsApp@odata.bind": "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/"}
	installs := graphRoot + "/teams/" + team.ID + "/installedApps"
	assert.Equal(t, 404, a.do(http.MethodPost, installs, bind, "Authorization", graph).status)
	found := get(graphRoot+"/appCatalogs/teamsApps?$filter="+url.QueryEscape("externalId eq 'x'"), graph).body["value"].([]any)
	bind["teamsApp@odata.bind"] = bind["teamsApp@odata.bind"].(string) + found[0].(obj)["id"].(string)
	assert.Equal(t, 409, a.do(http.MethodPost, installs, bind, "Authorization", graph).status, "installed already")
	assert.Equal(t, 400, a.do(http.MethodPost, installs, obj{}, "Authorization", graph).status)

	general := team.Channels[0].ID
	conversation := "/_connector/teams/v3/conversations/" + url.PathEscape(general)
	assert.Equal(t, 401, get(conversation+"/members", graph).status)
	assert.Len(t, get(conversation+"/pagedmembers?pageSize=1", bot).body["members"], 50, "the smallest page")
	assert.Equal(t, 400, get(conversation+"/pagedmembers?continuationToken=x", bot).status)
	assert.Contains(t, get(conversation+"/members", bot).text, `"objectId"`)
	assert.Equal(t, 404, get("/_connector/teams/v3/conversations/19:x/members", bot).status)
	a.server.Advance(2 * time.Hour)
	assert.Equal(t, 401, get("/_graph/v1.0/teams", graph).status, "expired")
}

func TestGuestsChatsAndSharedChannels(t *testing.T) {
	seed := novutest.Tenant{
		ID: "a.example", Users: []novutest.User{{Name: "Ada Lovelace"}, {Name: "Grace Hopper", Guest: true}},
		Teams: []novutest.Team{{Name: "Ops", Members: []string{"grace.hopper@a.exampl.example"}, Channels: []novutest.Channel{{Name: "General"}, {Name: "S", Membership: "shared"}}}},
	}
	a := start(t, novutest.WithTenant(seed))
	tenant := a.server.MSTeams().Tenant(seed.ID)
	team := drain(t, tenant.Teams(t.Context(), msteams.ListTeamsParams{}))[0]
	people := drain(t, tenant.TeamRoster(t.Context(), team.ID))
	require.Len(t, people, 1)
	assert.Equal(t, []string{"Grace Hopper", "anonymous", ""}, []string{people[0].Name, people[0].UserRole, people[0].Email})

	sent, err := tenant.SendToUser(t.Context(), people[0].ID, hello)
	require.NoError(t, err)
	chat := drain(t, tenant.Roster(t.Context(), sent.ConversationID))
	assert.Equal(t, people, chat)

	graph := "Bearer " + a.token("a.example", "any", "any", graphScope).body["access_token"].(string)
	channels := a.do(http.MethodGet, graphRoot+"/teams/"+team.ID+"/channels", nil, "Authorization", graph).body["value"].([]any)
	assert.Equal(t, "unknownFutureValue", channels[1].(obj)["membershipType"], "to whom does not ask for more")
}

const graphRoot = "/_graph/v1.0"

func randomName(n int) string { return string(rune('a' + n)) }
