package msteams_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

func drop[T any](seq iter.Seq2[T, error]) error {
	_, err := collect(seq)
	return err
}

// Parameters that can't be right fail before anything is sent, with the field
// named and the words that help.
func TestParamsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	tenant := f.tenant(t)
	ctx := t.Context()
	text := msteams.Message{Text: "hi"}
	teamOps := map[string]func(id string) error{
		"Channels":          func(id string) error { return drop(tenant.Channels(ctx, id)) },
		"PrimaryChannel":    func(id string) error { _, err := tenant.PrimaryChannel(ctx, id); return err },
		"TeamRoster":        func(id string) error { return drop(tenant.TeamRoster(ctx, id)) },
		"InstallInTeam":     func(id string) error { return tenant.InstallInTeam(ctx, id, appID) },
		"InstalledInTeam":   func(id string) error { _, err := tenant.InstalledInTeam(ctx, id, appID); return err },
		"UninstallFromTeam": func(id string) error { return tenant.UninstallFromTeam(ctx, id, "x=") },
		"SendToChannel":     func(id string) error { _, err := tenant.SendToChannel(ctx, id, channelID, text); return err },
	}
	for name, op := range teamOps {
		for id, words := range map[string]string{
			"": "must not be empty", "  ": "must not be empty", "..": "a path can't carry", "a/b": "not a GUID", teamID + "?x": "not a GUID",
			teamID + "#": "not a GUID", "Engineering": "not the team's name", channelID: "Graph's id of a team is a GUID", "a\nb": "control", "\xff": "UTF-8",
		} {
			requireField(t, op(id), "teamID", words, name, id)
		}
	}
	threadOps := map[string]struct {
		field string
		op    func(id string) error
	}{
		"Roster":            {"conversationID", func(id string) error { return drop(tenant.Roster(ctx, id)) }},
		"Member":            {"conversationID", func(id string) error { _, err := tenant.Member(ctx, id, userID); return err }},
		"TeamDetails":       {"teamThreadID", func(id string) error { _, err := tenant.TeamDetails(ctx, id); return err }},
		"TeamConversations": {"teamThreadID", func(id string) error { _, err := tenant.TeamConversations(ctx, id); return err }},
		"SendToChannel":     {"channelID", func(id string) error { _, err := tenant.SendToChannel(ctx, teamID, id, text); return err }},
	}
	for name, o := range threadOps {
		for id, words := range map[string]string{
			"": "must not be empty", teamID: "is a GUID, perhaps that of a team", "19:../x@thread.tacv2": "not a thread id", "19:a?b@thread.tacv2": "not a thread id",
			"19:a#b@thread.tacv2": "not a thread id", "General": "not a thread id", ".": "a path can't carry", "a:1/2": "not a thread id",
		} {
			requireField(t, o.op(id), o.field, words, name, id)
		}
	}
	userOps := map[string]struct {
		field string
		op    func(id string) error
	}{
		"User":             {"idOrUPN", func(id string) error { _, err := tenant.User(ctx, id); return err }},
		"InstallForUser":   {"userID", func(id string) error { return tenant.InstallForUser(ctx, id, appID) }},
		"InstalledForUser": {"userID", func(id string) error { _, err := tenant.InstalledForUser(ctx, id, appID); return err }},
		"UninstallForUser": {"userID", func(id string) error { return tenant.UninstallForUser(ctx, id, "x=") }},
	}
	for name, o := range userOps {
		for id, words := range map[string]string{
			"": "must not be empty", "29:1b": "Graph knows only the object id", channelID: "is a thread id", "ada": "neither an object id", "a/b@c": "neither an object id",
		} {
			requireField(t, o.op(id), o.field, words, name, id)
		}
	}
	for field, err := range map[string]error{
		"manifestID":     second(tenant.CatalogApp(ctx, "com.novu.app")),
		"catalogAppID":   tenant.InstallInTeam(ctx, teamID, "x' or '1'='1"),
		"installationID": tenant.UninstallFromTeam(ctx, teamID, ".."),
		"DisplayName":    drop(tenant.Teams(ctx, msteams.ListTeamsParams{DisplayName: "a", NamePrefix: "b"})),
		"PageSize":       drop(tenant.Directory(ctx, msteams.WithTeams(msteams.ListTeamsParams{PageSize: 1000}))),
		"idOrUPN":        second(tenant.Member(ctx, channelID, "29:a/b")),
		"userID":         second(tenant.SendToUser(ctx, "ada@contoso.com", text)),
		"Message":        second(tenant.SendToUser(ctx, userID, msteams.Message{})),
		"Message.Card":   second(tenant.SendToUser(ctx, userID, msteams.Message{Card: json.RawMessage(`{"type":"message"}`)})),
		"ctx":            second(tenant.GraphToken(nilContext())),
	} {
		requireField(t, err, field, "", field, "")
	}
	for field, err := range map[string]error{
		"ctx": second(f.client(t).BotToken(nilContext())),
	} {
		requireField(t, err, field, "", field, "")
	}
	assert.Empty(t, f.requests(""), "nothing was sent")
}

func second[T any](_ T, err error) error { return err }

func requireField(t *testing.T, err error, field, words, op, id string) {
	t.Helper()
	require.ErrorIs(t, err, msteams.ErrInvalidParams, "%s(%q)", op, id)
	e := asError(t, err)
	require.Contains(t, e.Fields, field, "%s(%q)", op, id)
	assert.Contains(t, strings.Join(e.Fields[field], ";"), words, "%s(%q)", op, id)
	assert.Zero(t, e.Attempts)
}

func TestTenantsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for id, words := range map[string]string{
		"": "must not be empty", "common": "must name one tenant", "organizations": "must name one tenant", channelID: "thread id", "a/b": "neither a GUID nor a domain",
		"..": "a path can't carry", "a?b": "neither", "x#": "neither",
	} {
		tenant := f.client(t).Tenant(id)
		requireField(t, drop(tenant.Teams(t.Context(), msteams.ListTeamsParams{})), "tenantID", words, "Teams", id)
		requireField(t, second(tenant.Consent(t.Context())), "tenantID", words, "Consent", id)
	}
	_, err := f.client(t).Tenant("contoso.onmicrosoft.com").GraphToken(t.Context())
	require.NoError(t, err)
	assert.Len(t, f.requests(""), 1)
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	good := msteams.Credentials{ClientID: clientID, ClientSecret: secret, TenantID: home}
	with := func(change func(*msteams.Credentials)) msteams.Credentials { c := good; change(&c); return c }
	tests := []struct {
		credentials msteams.Credentials
		opts        []msteams.Option
		field       string
	}{
		{credentials: with(func(c *msteams.Credentials) { c.ClientID = "" }), field: "ClientID"},
		{credentials: with(func(c *msteams.Credentials) { c.ClientID = channelID }), field: "ClientID"},
		{credentials: with(func(c *msteams.Credentials) { c.ClientSecret = "" }), field: "ClientSecret"},
		{credentials: with(func(c *msteams.Credentials) { c.ClientSecret = secret + "\n" }), field: "ClientSecret"},
		{credentials: with(func(c *msteams.Credentials) { c.TenantID = "common" }), field: "TenantID"},
		{credentials: good, opts: []msteams.Option{msteams.WithCloud("mars")}, field: "Cloud"},
		{credentials: good, opts: []msteams.Option{msteams.WithEndpoints(msteams.Endpoints{Graph: "http://graph.example"})}, field: "Endpoints.Graph"},
		{credentials: good, opts: []msteams.Option{msteams.WithEndpoints(msteams.Endpoints{Login: "ftp://x"})}, field: "Endpoints.Login"},
		{credentials: good, opts: []msteams.Option{msteams.WithEndpoints(msteams.Endpoints{Connector: "x"})}, field: "Endpoints.Connector"},
		{credentials: good, opts: []msteams.Option{msteams.WithConnectorHosts("a/b")}, field: "ConnectorHosts"},
		{credentials: good, opts: []msteams.Option{msteams.WithBotTenant("consumers")}, field: "BotTenant"},
		{credentials: good, opts: []msteams.Option{msteams.WithConsentRedirectURL("/x")}, field: "ConsentRedirectURL"},
		{credentials: good, opts: []msteams.Option{msteams.WithTokenFunc(nil)}, field: "TokenFunc"},
		{credentials: good, opts: []msteams.Option{msteams.WithRateLimits(msteams.RateLimits{Team: []msteams.RateLimit{{Requests: 0, Per: time.Second}}})}, field: "RateLimits.Team"},
		{credentials: good, opts: []msteams.Option{msteams.WithHTTPClient(nil)}, field: "HTTPClient"},
		{credentials: good, opts: []msteams.Option{msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: -1})}, field: "RetryPolicy"},
		{credentials: good, opts: []msteams.Option{msteams.WithAttemptTimeout(0)}, field: "AttemptTimeout"},
		{credentials: good, opts: []msteams.Option{msteams.WithUserAgent("a\n")}, field: "UserAgent"},
		{credentials: good, opts: []msteams.Option{msteams.WithAttemptHook(nil)}, field: "AttemptHook"},
		{credentials: good, opts: []msteams.Option{msteams.WithMiddleware(nil)}, field: "Middleware"},
		{credentials: good, opts: []msteams.Option{msteams.WithMaxResponseSize(0)}, field: "MaxResponseSize"},
	}
	for _, tt := range tests {
		_, err := msteams.NewClient(tt.credentials, tt.opts...)
		requireField(t, err, tt.field, "", "NewClient", tt.field)
		assert.NotContains(t, err.Error(), "canary")
	}
	_, err := msteams.NewClient(good, msteams.WithEndpoints(msteams.Endpoints{Graph: "http://graph.example"}), msteams.WithInsecureHTTP())
	require.NoError(t, err)
}

func TestNewClientFromEnv(t *testing.T) {
	f := newFake(t)
	f.on("GET /g/v1.0/teams", ok(page("")))
	f.on("GET /c/v3/teams/{id}", ok(object{"id": channelID}))
	t.Setenv("MSTEAMS_CLIENT_ID", "")
	_, err := msteams.NewClientFromEnv()
	requireField(t, err, "MSTEAMS_CLIENT_ID", "is not set", "NewClientFromEnv", "")
	for name, value := range map[string]string{
		"CLIENT_ID": clientID, "CLIENT_SECRET": secret, "TENANT_ID": home, "LOGIN_URL": f.url, "GRAPH_URL": f.url + "/g", "CONNECTOR_URL": f.url + "/c",
	} {
		t.Setenv("MSTEAMS_"+name, value)
	}
	c, err := msteams.NewClientFromEnv()
	require.NoError(t, err)
	f.on("POST /"+customer+"/oauth2/v2.0/token", tokenAnswer("t", 3599))
	f.on("POST /"+home+"/oauth2/v2.0/token", tokenAnswer("b", 3599))
	require.NoError(t, drop(c.Tenant(customer).Teams(t.Context(), msteams.ListTeamsParams{})))
	_, err = c.Tenant(customer).TeamDetails(t.Context(), channelID)
	require.NoError(t, err)
	assert.Len(t, f.requests(""), 4)
}

// Where the requests of each cloud go, and for which resource the tokens are.
func TestClouds(t *testing.T) {
	t.Parallel()
	for cloud, want := range map[msteams.Cloud][6]string{
		msteams.CloudPublic:  {"login.microsoftonline.com", "graph.microsoft.com", "https://graph.microsoft.com", "login.microsoftonline.com", "https://api.botframework.com", "smba.trafficmanager.net/teams"},
		msteams.CloudGCC:     {"login.microsoftonline.com", "graph.microsoft.com", "https://graph.microsoft.com", "login.microsoftonline.com", "https://api.botframework.com", "smba.infra.gcc.teams.microsoft.com/teams"},
		msteams.CloudGCCHigh: {"login.microsoftonline.us", "graph.microsoft.us", "https://graph.microsoft.us", "login.microsoftonline.us", "https://api.botframework.us", "smba.infra.gov.teams.microsoft.us/teams"},
		msteams.CloudDoD:     {"login.microsoftonline.us", "dod-graph.microsoft.us", "https://dod-graph.microsoft.us", "login.microsoftonline.us", "https://api.botframework.us", "smba.infra.dod.teams.microsoft.us/teams"},
		msteams.CloudChina:   {"login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn", "https://api.botframework.azure.cn", ""},
	} {
		t.Run(string(cloud), func(t *testing.T) {
			t.Parallel()
			var hosts, forms []string
			c, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: secret, TenantID: home}, msteams.WithCloud(cloud),
				msteams.WithHTTPClient(&http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
					hosts = append(hosts, r.URL.Scheme+"://"+r.Host+strings.Split(r.URL.Path, "/v3")[0])
					f := newHandler()
					f.mux.HandleFunc("/", ok(object{"id": "x", "value": []any{}}))
					if strings.HasSuffix(r.URL.Path, "/token") {
						_ = r.ParseForm()
						forms = append(forms, r.PostForm.Get("scope"))
						f.mux.HandleFunc("POST /", tokenAnswer("t", 3599))
					}
					return f.RoundTrip(r)
				})}))
			require.NoError(t, err)
			tenant := c.Tenant(customer)
			_, err = tenant.PrimaryChannel(t.Context(), teamID)
			require.NoError(t, err)
			_, err = tenant.TeamDetails(t.Context(), channelID)
			login := "https://" + want[0] + "/" + customer + "/oauth2/v2.0/token"
			graph := "https://" + want[1] + "/v1.0/teams/" + teamID + "/primaryChannel"
			bot := "https://" + want[3] + "/" + home + "/oauth2/v2.0/token"
			if want[5] == "" {
				requireField(t, err, "Endpoints.Connector", "not known for this cloud", "TeamDetails", "")
				_, err = c.BotToken(t.Context())
				require.NoError(t, err)
				assert.Equal(t, []string{login, graph, bot}, hosts)
			} else {
				require.NoError(t, err)
				assert.Equal(t, []string{login, graph, bot, "https://" + want[5]}, hosts)
			}
			assert.Equal(t, []string{want[2] + "/.default", want[4] + "/.default"}, forms)
		})
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func TestContextsThatAreOver(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tenant := f.tenant(t)
	for _, err := range []error{
		drop(tenant.Teams(ctx, msteams.ListTeamsParams{})), drop(tenant.Directory(ctx)), drop(tenant.Roster(ctx, channelID)),
		second(tenant.Consent(ctx)), second(tenant.SendToUser(ctx, userID, msteams.Message{Text: "hi"})), second(tenant.GraphToken(ctx)),
	} {
		require.ErrorIs(t, err, context.Canceled)
		var e *msteams.Error
		require.ErrorAs(t, err, &e)
	}
	assert.Empty(t, f.requests(""))
}

// nilContext is a nil that linters can't see: what an uninitialised field holds.
func nilContext() context.Context { return nil }
