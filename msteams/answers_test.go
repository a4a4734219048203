package msteams_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// An answer without its content must not pass for a tenant without teams, or a user without a name.
func TestSuccessWithoutContent(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		pattern string
		call    func(context.Context, *msteams.Tenant) error
	}{
		"teams": {"GET /graph/v1.0/teams", func(ctx context.Context, x *msteams.Tenant) error {
			return drop(x.Teams(ctx, msteams.ListTeamsParams{}))
		}},
		"channels":        {"GET /graph/v1.0/teams/{id}/channels", func(ctx context.Context, x *msteams.Tenant) error { return drop(x.Channels(ctx, teamID)) }},
		"directory":       {"GET /graph/v1.0/teams", func(ctx context.Context, x *msteams.Tenant) error { return drop(x.Directory(ctx)) }},
		"primary channel": {"GET /graph/v1.0/teams/{id}/primaryChannel", func(ctx context.Context, x *msteams.Tenant) error { return second(x.PrimaryChannel(ctx, teamID)) }},
		"user":            {"GET /graph/v1.0/users/{id}", func(ctx context.Context, x *msteams.Tenant) error { return second(x.User(ctx, userID)) }},
		"catalog":         {"GET /graph/v1.0/appCatalogs/teamsApps", func(ctx context.Context, x *msteams.Tenant) error { return second(x.CatalogApp(ctx, appID)) }},
		"installed": {"GET /graph/v1.0/teams/{id}/installedApps", func(ctx context.Context, x *msteams.Tenant) error {
			return second(x.InstalledInTeam(ctx, teamID, appID))
		}},
		"roster":        {members, func(ctx context.Context, x *msteams.Tenant) error { return drop(x.Roster(ctx, channelID)) }},
		"member":        {"GET /connector/teams/v3/conversations/{id}/members/{m}", func(ctx context.Context, x *msteams.Tenant) error { return second(x.Member(ctx, channelID, userID)) }},
		"team details":  {"GET /connector/teams/v3/teams/{id}", func(ctx context.Context, x *msteams.Tenant) error { return second(x.TeamDetails(ctx, channelID)) }},
		"conversations": {"GET /connector/teams/v3/teams/{id}/conversations", func(ctx context.Context, x *msteams.Tenant) error { return second(x.TeamConversations(ctx, channelID)) }},
		"chat":          {"POST /connector/teams/v3/conversations", func(ctx context.Context, x *msteams.Tenant) error { return second(x.OpenChat(ctx, userID)) }},
		"Graph token":   {"POST /login/", func(ctx context.Context, x *msteams.Tenant) error { return second(x.GraphToken(ctx)) }},
	}
	for name, c := range calls {
		for _, body := range []string{
			"", "{}", "null", "[]", "7", `"x"`, `{"value":null,"members":null,"conversations":null,"id":null,"access_token":null}`, `{"value":{},"members":{},"conversations":{},"id":{},"access_token":{}}`,
			`{"value":[{}],"members":7,"conversations":7}`, `{"error":{"code":"Busy","message":"come back"}}`, `{"status":"maintenance"}`, "<html>", `{"value":[`, "\ufeff",
		} {
			t.Run(name+" "+body, func(t *testing.T) {
				t.Parallel()
				f := newFake(t)
				f.on(c.pattern, status(200, body))
				err := c.call(t.Context(), f.tenant(t))
				require.ErrorIs(t, err, msteams.ErrBadAnswer)
				assert.Equal(t, 200, asError(t, err).StatusCode)
				if body == `{"error":{"code":"Busy","message":"come back"}}` {
					assert.ErrorContains(t, err, "Busy: come back")
				}
			})
		}
	}
}

func TestOddFieldSpoilsNothingElse(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", status(200, `{"value":[{"id":"a","displayName":7,"description":["x"]},null,{"id":"b","displayName":"B"}]}`))
	teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Team{{ID: "a"}, {ID: "b", DisplayName: "B"}}, teams)

	f.on(members, status(200, `{"members":[{"id":"29:a","email":false,"name":"A"}]}`))
	people, err := collect(f.tenant(t).Roster(t.Context(), channelID))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Member{{ID: "29:a", Name: "A"}}, people)
}

func TestBatchItemWithoutContentIsNoEmptyTeam(t *testing.T) {
	t.Parallel()
	for _, body := range []any{nil, object{}, object{"value": nil}, object{"error": object{"code": "x"}}, "text"} {
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", ok(page("", team(1))))
		f.on("POST /graph/v1.0/$batch", ok(object{"responses": []any{object{"id": "1", "status": 200, "body": body}}}))
		directory, err := collect(f.tenant(t).Directory(t.Context()))
		require.NoError(t, err)
		require.ErrorIs(t, directory[0].Err, msteams.ErrBadAnswer)
		assert.Empty(t, directory[0].Channels)
	}
}

func TestBatchItemKeepsTheTokenOutOfItsError(t *testing.T) {
	t.Parallel()
	token := jwt(customer, "Team.ReadBasic.All")
	for _, status := range []int{200, 403} {
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", ok(page("", team(1))))
		f.on("POST /graph/v1.0/$batch", ok(object{"responses": []any{object{"id": "1", "status": status,
			"body": object{"error": object{"code": "Busy", "message": "line\nbreak " + token + " and " + secret}}}}}))
		directory, err := collect(f.tenant(t).Directory(t.Context()))
		require.NoError(t, err)
		require.ErrorContains(t, directory[0].Err, "Busy")
		assert.NotContains(t, directory[0].Err.Error(), "canary")
		assert.NotContains(t, directory[0].Err.Error(), "\n")
	}
}

// A token that Graph stops to accept shows inside the batch, whose own status is 200.
func TestBatchItemUnauthorized(t *testing.T) {
	t.Parallel()
	batch := func(first int) answer {
		return ok(object{"responses": []any{
			object{"id": "1", "status": first, "body": object{"error": object{"code": "InvalidAuthenticationToken"}}},
			object{"id": "2", "status": 200, "body": channelList(1)},
		}})
	}
	alone := ok(object{"responses": []any{object{"id": "1", "status": 200, "body": channelList(1)}}})
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("", team(1), team(2))))
	f.on("POST /graph/v1.0/$batch", batch(401), alone)
	f.on("POST /login/", tokenAnswer("old", 3599), tokenAnswer("new", 3599))
	directory, err := collect(f.tenant(t).Directory(t.Context()))
	require.NoError(t, err)
	require.NoError(t, directory[0].Err)
	require.NoError(t, directory[1].Err)
	sent := f.requests("$batch")
	require.Len(t, sent, 2)
	assert.Equal(t, "old", sent[0].token)
	assert.Equal(t, "new", sent[1].token)

	f = newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("", team(1), team(2))))
	f.on("POST /graph/v1.0/$batch", batch(401), ok(object{"responses": []any{object{"id": "1", "status": 401, "body": object{"error": object{"code": "InvalidAuthenticationToken"}}}}}))
	directory, err = collect(f.tenant(t).Directory(t.Context()))
	require.NoError(t, err)
	require.ErrorIs(t, directory[0].Err, msteams.ErrUnauthorized)
	assert.ErrorContains(t, directory[0].Err, "a new one included", "and it was tried")
	assert.Len(t, f.requests("$batch"), 2)
	assert.Len(t, f.requests("/token"), 2)
}

func TestRosterKeepsMembersWithoutABotID(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on(members, memberPage("", object{"objectId": teamNo(1)}, object{"objectId": teamNo(2)}, object{"objectId": teamNo(1)}, object{"id": "29:x"}))
	people, err := collect(f.tenant(t).Roster(t.Context(), channelID))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Member{{ObjectID: teamNo(1)}, {ObjectID: teamNo(2)}, {ID: "29:x"}}, people)
}

// Lists that go on under ever new names for the next page.
func TestListsThatCycleEnd(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	pages := 0
	f.mux.HandleFunc(members, func(w http.ResponseWriter, r *http.Request) {
		pages++
		memberPage("token-"+strconv.Itoa(pages), member(1), member(2+pages%3))(w, r)
	})
	people, err := collect(f.tenant(t).Roster(t.Context(), channelID))
	require.ErrorIs(t, err, msteams.ErrBadAnswer)
	assert.Len(t, people, 4, "each once")

	f.mux.HandleFunc("GET /graph/v1.0/teams", func(w http.ResponseWriter, r *http.Request) {
		pages++
		ok(page(f.url+"/graph/v1.0/teams?"+strconv.Itoa(pages), team(1), team(2)))(w, r)
	})
	teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	require.ErrorIs(t, err, msteams.ErrBadAnswer)
	assert.Len(t, teams, 2)
}

// Behind a gateway Graph names itself as the next page's host.
func TestNextPageBehindAGateway(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("https://graph.microsoft.com/v1.0/teams?$skiptoken=a%2Fb&x=1", team(1))), ok(page("", team(2))))
	teams, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
	require.NoError(t, err)
	assert.Len(t, teams, 2)
	assert.Equal(t, "/graph/v1.0/teams?$skiptoken=a%2Fb&x=1", f.requests("skiptoken")[0].uri, "the same path and query")

	for _, elsewhere := range []string{
		"https://graph.microsoft.us/v1.0/teams", "http://graph.microsoft.com/v1.0/teams", "https://graph.microsoft.com:444/v1.0/teams",
		"https://graph.microsoft.com.evil.example/v1.0/teams", "https://u@graph.microsoft.com/v1.0/teams", "https://graph.microsoft.com@evil.example/",
	} {
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", ok(page(elsewhere, team(1))))
		_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
		require.ErrorIs(t, err, msteams.ErrBadAnswer, elsewhere)
		assert.Len(t, f.requests("/graph"), 1)
	}
}

// A cloud that WithCloud does not know is given whole.
func TestACloudGivenWhole(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("https://graph.eagle.example/v1.0/teams?2")), ok(page("")))
	f.on("POST /graph/v1.0/teams/{id}/installedApps", status(201, ""))
	c := f.client(t, msteams.WithEndpoints(msteams.Endpoints{
		GraphScope: "https://graph.eagle.example/.default", BotScope: "https://api.botframework.eagle.example/.default",
	}))
	require.NoError(t, drop(c.Tenant(customer).Teams(t.Context(), msteams.ListTeamsParams{})))
	require.NoError(t, c.Tenant(customer).InstallInTeam(t.Context(), teamID, appID))
	require.NoError(t, second(c.BotToken(t.Context())))
	tokens := f.requests("/token")
	assert.Contains(t, tokens[0].body, "scope=https%3A%2F%2Fgraph.eagle.example%2F.default")
	assert.Contains(t, tokens[1].body, "scope=https%3A%2F%2Fapi.botframework.eagle.example%2F.default")
	assert.Contains(t, f.requests("/installedApps")[0].body, `"https://graph.eagle.example/v1.0/appCatalogs/teamsApps/`)
}

func TestInstallWithResourceConsent(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/appCatalogs/teamsApps", status(200, `{"value":[{"id":"`+appID+`","appDefinitions":[{"version":"1.0.0","authorization":{"requiredPermissionSet":{
		"resourceSpecificPermissions":[{"permissionValue":"ChannelMessage.Read.Group","permissionType":"application"}]}}}]}]}`))
	f.on("POST /graph/v1.0/teams/{id}/installedApps", status(201, ""))
	tenant := f.tenant(t)
	app, err := tenant.CatalogApp(t.Context(), appID)
	require.NoError(t, err)
	require.NoError(t, tenant.InstallInTeam(t.Context(), teamID, app.ID, nil, msteams.WithResourceConsent(app.ResourcePermissions...)))
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(f.requests("/installedApps")[0].body), &body))
	assert.Equal(t, object{
		"teamsApp@odata.bind": "https://graph.microsoft.com/v1.0/appCatalogs/teamsApps/" + appID,
		"consentedPermissionSet": object{"resourceSpecificPermissions": []any{
			object{"permissionValue": "ChannelMessage.Read.Group", "permissionType": "application"},
		}},
	}, body)
}
