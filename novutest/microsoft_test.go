package novutest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	botScope   = "https://api.botframework.com/.default"
	graphScope = "https://graph.microsoft.com/.default"
)

func (a *api) token(tenant, id, secret, scope string) answer {
	a.t.Helper()
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {id},
		"client_secret": {secret},
		"scope":         {scope},
	}
	return a.do(
		http.MethodPost,
		a.server.LoginURL()+"/"+tenant+"/oauth2/v2.0/token",
		form.Encode(),
		"Content-Type",
		"application/x-www-form-urlencoded",
		"Authorization",
		"",
	)
}

// claims is what a token says.
func claims(t *testing.T, token any) obj {
	t.Helper()
	parts := strings.Split(token.(string), ".")
	require.Len(t, parts, 3)
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var c obj
	require.NoError(t, json.Unmarshal(raw, &c))
	return c
}

func TestAnyAppGetsATokenUntilOneIsConfigured(t *testing.T) {
	a := start(t)
	got := a.token("customer", "any", "any", graphScope)
	require.Equal(t, 200, got.status)
	assert.Equal(t, "Bearer", got.body["token_type"])
	assert.EqualValues(t, 3599, got.body["expires_in"])
	said := claims(t, got.body["access_token"])
	assert.Equal(t, "customer", said["tid"])
	assert.Contains(t, said["roles"], "Team.ReadBasic.All")
}

func TestConfiguredAppIsRefusedAsMicrosoftRefuses(t *testing.T) {
	a := start(
		t,
		novutest.WithApp(novutest.App{ClientID: "app", ClientSecret: "right", TenantID: "home"}),
		novutest.WithConsent(novutest.Approve),
	)
	for name, row := range map[string]struct {
		tenant, id, secret, scope string
		status                    int
		code                      float64
	}{
		"wrong secret":        {tenant: "home", id: "app", secret: "wrong", scope: botScope, status: 401, code: 7000215},
		"unknown app":         {tenant: "home", id: "other", secret: "right", scope: botScope, status: 400, code: 700016},
		"bot token elsewhere": {tenant: "customer", id: "app", secret: "right", scope: botScope, status: 400, code: 700016},
		"single-tenant bot": {
			tenant: "botframework.com", id: "app", secret: "right", scope: botScope, status: 400, code: 700016,
		},
		"no tenant":            {tenant: "organizations", id: "app", secret: "right", scope: graphScope, status: 400, code: 50059},
		"scope of one thing":   {tenant: "customer", id: "app", secret: "right", scope: "User.Read", status: 400, code: 1002012},
		"neither key nor cert": {tenant: "home", id: "app", secret: "", scope: botScope, status: 401, code: 7000218},
	} {
		got := a.token(row.tenant, row.id, row.secret, row.scope)
		assert.Equal(t, row.status, got.status, name)
		assert.Equal(t, []any{row.code}, got.body["error_codes"], name)
		assert.NotContains(t, got.text, "right")
	}
	assert.Equal(t, 200, a.token("home", "app", "right", botScope).status)

	assert.NotContains(
		t,
		claims(t, a.token("customer", "app", "right", graphScope).body["access_token"]),
		"roles",
		"a token is no consent",
	)
	consent := a.server.LoginURL() + "/customer/v2.0/adminconsent?client_id=app&state=s&redirect_uri=" + url.QueryEscape(
		"https://app.example.com/cb",
	)
	back, err := url.Parse(a.do(http.MethodGet, consent, nil).header.Get("Location"))
	require.NoError(t, err)
	assert.Equal(
		t,
		url.Values{"admin_consent": {"True"}, "tenant": {"customer"}, "scope": {""}, "state": {"s"}},
		back.Query(),
	)
	assert.Contains(t, claims(t, a.token("customer", "app", "right", graphScope).body["access_token"]), "roles")
	assert.Equal(
		t,
		400,
		a.do(http.MethodGet, strings.Replace(consent, "client_id=app", "client_id=other", 1), nil).status,
	)
}

func TestMultiTenantBot(t *testing.T) {
	a := start(
		t,
		novutest.WithApp(
			novutest.App{ClientID: "app", ClientSecret: "right", TenantID: "home", MultiTenantBot: true},
		),
	)
	assert.Equal(t, 200, a.token("botframework.com", "app", "right", botScope).status)
}

func TestConnector(t *testing.T) {
	a := start(t)
	bot, _ := a.token("home", "app", "s", botScope).body["access_token"].(string)
	graph, _ := a.token("home", "app", "s", graphScope).body["access_token"].(string)
	post := func(token, path string, body any) answer {
		return a.do(http.MethodPost, a.server.ConnectorURL()+path, body, "Authorization", "Bearer "+token)
	}
	chat := obj{"isGroup": false, "members": []any{obj{"id": "29:a"}}, "channelData": obj{"tenant": obj{"id": "t"}}}
	message := obj{"type": "message", "text": "hi"}
	for _, wrong := range []string{"", "made-up", graph} {
		got := post(wrong, "/v3/conversations", chat)
		assert.Equal(t, 401, got.status)
		assert.Equal(t, "Authorization has been denied for this request.", got.message())
	}
	first := post(bot, "/v3/conversations", chat)
	require.Equal(t, 201, first.status)
	assert.Equal(
		t,
		first.body["id"],
		post(bot, "/v3/conversations", chat).body["id"],
		"a chat that exists is found again",
	)
	require.Equal(t, 201, post(bot, "/v3/conversations/"+first.body["id"].(string)+"/activities", message).status)
	card := obj{
		"type": "message",
		"attachments": []any{
			obj{"contentType": "application/vnd.microsoft.card.adaptive", "content": json.RawMessage(card)},
		},
	}
	require.Equal(
		t,
		201,
		post(bot, "/v3/conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D17/activities", card).status,
	)
	landed := a.server.Messages()
	require.Len(t, landed, 2)
	assert.Equal(t, []string{"29:a", "t", "hi"}, []string{landed[0].UserID, landed[0].TenantID, landed[0].Text})
	assert.Equal(
		t,
		[]string{"19:c@thread.tacv2", "home", "hi"},
		[]string{landed[1].ChannelID, landed[1].TenantID, landed[1].Text},
	)

	a.server.UninstallBot("29:a")
	got := post(bot, "/v3/conversations", chat)
	assert.Equal(t, 403, got.status)
	assert.Contains(t, got.text, "Bot is not installed in user's personal scope")
	a.server.InstallBot("29:a")
	assert.Equal(t, 201, post(bot, "/v3/conversations", chat).status)
	a.server.UninstallBot("19:c@thread.tacv2")
	assert.Contains(
		t,
		post(bot, "/v3/conversations/19:c@thread.tacv2/activities", message).text,
		"BotNotInConversationRoster",
	)
	assert.Equal(t, 404, post(bot, "/v3/conversations/a:unknown/activities", message).status)
	assert.Equal(t, 400, post(bot, "/v3/conversations/19:c@thread.tacv2/activities", obj{}).status)
	a.server.Advance(time.Hour)
	assert.Equal(t, 401, post(bot, "/v3/conversations", chat).status, "tokens expire")
}

func TestWorkflowsWebhook(t *testing.T) {
	a := start(t)
	good := string(a.server.WorkflowsURL("flow"))
	post := func(address, body string) answer {
		return a.do(http.MethodPost, address, body, "Authorization", "")
	}
	accepted := post(good, envelope(card))
	assert.Equal(t, http.StatusAccepted, accepted.status)
	assert.Empty(t, accepted.text)
	require.Len(t, a.server.Messages(), 1)
	assert.JSONEq(t, card, string(a.server.Messages()[0].Card))

	for name, body := range map[string]string{
		"bare text": `{"text":"hi"}`, "no JSON": "hi", "newer card": envelope(`{"type":"AdaptiveCard","version":"1.6","body":[]}`),
		"no card": `{"attachments":[{"contentType":"text/plain","content":"x"}]}`, "other card": envelope(`{"type":"Hero","version":"1.0"}`),
	} {
		assert.Equal(t, http.StatusAccepted, post(good, body).status, name)
	}
	assert.Len(t, a.server.Messages(), 1)
	assert.Len(t, a.server.Failures(), 5)

	for address, want := range map[string]int{
		strings.Replace(good, "api-version", "v", 1): 400, strings.Replace(good, "sig=", "s=", 1): 401,
		strings.Replace(good, "invoke", "other", 1): 404, a.server.URL() + "/_workflows/x": 404,
	} {
		assert.Equal(t, want, post(address, envelope(card)).status, address)
	}
	assert.Contains(t, post(strings.Replace(good, "api-version", "v", 1), "{}").text, "MissingApiVersionParameter")
	assert.Equal(
		t,
		413,
		post(
			good,
			envelope(
				`{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"`+strings.Repeat(
					"x",
					28<<10,
				)+`"}]}`,
			),
		).status,
	)

	a.server.Inject(novutest.WorkflowsThrottleFault())
	throttled := post(good, envelope(card))
	assert.Equal(t, 200, throttled.status)
	assert.Contains(t, throttled.text, "Microsoft Teams endpoint returned HTTP error 429")
	assert.Len(t, a.server.Messages(), 1)
}
