package novutest_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// follow goes from redirect to redirect while they stay on the server and
// answers the last.
func (a *api) follow(address string) answer {
	a.t.Helper()
	for range 10 {
		got := a.do(http.MethodGet, address, nil, "Authorization", "")
		next := got.header.Get("Location")
		if got.status != http.StatusFound || !strings.HasPrefix(next, a.server.URL()) {
			return got
		}
		address = next
	}
	a.t.Fatal("too many redirects")
	return answer{}
}

func TestConsentMakesAConnectionAndChainsIntoSignIn(t *testing.T) {
	a := start(t, furnished(), novutest.WithConsent(novutest.Approve), novutest.WithDirectory("customer", "oid-1"))
	got := a.create("/v1/integrations/channel-connections/oauth", obj{
		"integrationIdentifier": "teams", "subscriberId": "ada", "connectionIdentifier": "made", "context": obj{"tenant": "acme"}, "autoLinkUser": true,
	})

	end := a.follow(got.field("url"))

	assert.Equal(t, "https://app.example.com/done", end.header.Get("Location"))
	connection := a.do(http.MethodGet, "/v1/channel-connections/made", nil)
	assert.Equal(t, obj{"id": "customer"}, connection.data("workspace"))
	assert.Equal(t, obj{"accessToken": "app-only"}, connection.data("auth"))
	assert.Equal(t, []any{"tenant:acme"}, connection.data("contextKeys"))
	endpoints := a.do(http.MethodGet, "/v1/channel-endpoints?connectionIdentifier=made", nil)
	require.EqualValues(t, 1, endpoints.body["totalCount"])
	endpoint := endpoints.body["data"].([]any)[0].(obj)
	assert.Equal(t, "ms_teams_user", endpoint["type"])
	assert.Equal(t, obj{"userId": "oid-1", "tenantId": "customer"}, endpoint["endpoint"])
	assert.Equal(t, []any{"tenant:acme"}, endpoint["contextKeys"])
}

func TestConsentWithoutAutoLinkUserStopsAtTheConnection(t *testing.T) {
	for name, auto := range map[string]any{"absent": nil, "false": false} {
		t.Run(name, func(t *testing.T) {
			a := start(t, furnished(), novutest.WithConsent(novutest.Approve))
			got := a.create("/v1/integrations/channel-connections/oauth", obj{
				"integrationIdentifier": "teams", "subscriberId": "ada", "context": obj{"t": "x"}, "autoLinkUser": auto,
			})
			a.follow(got.field("url"))
			assert.EqualValues(t, 0, a.do(http.MethodGet, "/v1/channel-endpoints", nil).body["totalCount"])
			assert.EqualValues(t, 2, a.do(http.MethodGet, "/v1/channel-connections", nil).body["totalCount"])
		})
	}
}

func TestPageAsksUnlessTold(t *testing.T) {
	a := start(t, furnished())
	address := a.create("/v1/integrations/chat/oauth", obj{"integrationIdentifier": "teams", "context": obj{"tenant": "acme"}}).
		field("url")

	page := a.do(http.MethodGet, address, nil, "Accept", "text/html")
	require.Equal(t, http.StatusOK, page.status)
	links := regexp.MustCompile(`id="(approve|decline)" href="([^"]+)"`).FindAllStringSubmatch(page.text, -1)
	require.Len(t, links, 2)

	declined := a.follow(a.server.URL() + strings.ReplaceAll(links[1][2], "&amp;", "&"))
	assert.Equal(t, http.StatusBadRequest, declined.status)
	assert.Contains(t, declined.message(), "OAuth error: consent_required - AADSTS65004")
	approved := a.follow(a.server.URL() + strings.ReplaceAll(links[0][2], "&amp;", "&"))
	assert.Equal(t, "https://app.example.com/done", approved.header.Get("Location"))
	again := a.follow(address + "&_consent=approve")
	assert.Equal(t, http.StatusConflict, again.status, "a state that was used once is a conflict")
}

func TestStateExpiresAfterFiveMinutes(t *testing.T) {
	a := start(t, furnished(), novutest.WithConsent(novutest.Approve))
	address := a.create("/v1/integrations/channel-connections/oauth", obj{"integrationIdentifier": "teams", "context": obj{"tenant": "acme"}}).
		field("url")
	a.server.Advance(5*time.Minute - time.Second)
	tampered := strings.Replace(address, "state=ey", "state=eZ", 1)
	assert.Equal(t, http.StatusBadRequest, a.follow(tampered).status)
	a.server.Advance(2 * time.Second)
	got := a.follow(address)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "Invalid OAuth state parameter", got.message())
}

func TestStateIsSignedJSON(t *testing.T) {
	a := start(t, furnished())
	address := a.create("/v1/integrations/channel-endpoints/oauth", obj{"integrationIdentifier": "teams", "subscriberId": "ada"}).
		field("url")
	u, err := url.Parse(address)
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(u.Query().Get("state"))
	require.NoError(t, err)
	assert.Regexp(
		t,
		`^\{"subscriberId":"ada","environmentId":"[0-9a-f]{24}".*"timestamp":\d{13},"mode":"link_user"\}\.[0-9a-f]{64}$`,
		string(raw),
	)
	assert.True(t, strings.HasSuffix(u.Path, "/organizations/oauth2/v2.0/authorize"))
	assert.Equal(t, "openid profile User.Read", u.Query().Get("scope"))
	assert.Equal(t, a.server.URL()+"/v1/integrations/chat/oauth/callback", u.Query().Get("redirect_uri"))
}

func TestLinkUserRoutes(t *testing.T) {
	a := start(t, furnished(), novutest.WithConsent(novutest.Approve))
	body := obj{"integrationIdentifier": "teams", "subscriberId": "ada"}
	got := a.do(http.MethodPost, "/v1/integrations/channel-endpoints/link", body)
	require.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, `Provider "msteams" does not support subscriber chat linking via this endpoint.`, got.message())
	a.follow(a.create("/v1/integrations/channel-endpoints/oauth", body).field("url"))
	assert.EqualValues(t, 1, a.do(http.MethodGet, "/v1/channel-endpoints?subscriberId=ada", nil).body["totalCount"])

	missing := a.do(
		http.MethodPost,
		"/v1/integrations/channel-endpoints/oauth",
		obj{"integrationIdentifier": "teams"},
	)
	assert.Equal(t, http.StatusUnprocessableEntity, missing.status)
	assert.Contains(t, missing.text, "subscriberId should not be null or undefined")

	declined := a.create("/v1/integrations/channel-endpoints/oauth", obj{"integrationIdentifier": "teams", "subscriberId": "ada"}).
		field("url")
	assert.Contains(t, a.follow(declined+"&_consent=decline").message(), "OAuth error: access_denied - AADSTS65004")
}

func TestOlderServerHasNotTheNewerRoutes(t *testing.T) {
	a := start(t, furnished(), novutest.WithVersion(novutest.Version315))
	for _, path := range []string{"/v1/integrations/channel-connections/oauth", "/v1/integrations/channel-endpoints/oauth", "/v1/integrations/channel-endpoints/link"} {
		got := a.do(http.MethodPost, path, obj{"integrationIdentifier": "teams", "subscriberId": "ada"})
		assert.Equal(t, http.StatusNotFound, got.status)
		assert.Equal(t, "Cannot POST "+path, got.message())
	}
	a.create("/v1/integrations/chat/oauth", obj{"integrationIdentifier": "teams", "subscriberId": "ada"})
}

func TestWithoutTheFeature(t *testing.T) {
	a := start(t, novutest.WithVersion(novutest.Version315), novutest.WithFeature(false))
	a.create("/v1/integrations", obj{"identifier": "teams", "providerId": "msteams", "channel": "chat"})
	for _, request := range [][2]string{
		{"GET", "/v1/channel-connections"}, {"GET", "/v1/channel-endpoints"}, {"GET", "/v1/channel-endpoints/x"}, {"DELETE", "/v1/channel-connections/x"},
	} {
		got := a.do(request[0], request[1], nil)
		assert.Equal(t, http.StatusNotFound, got.status)
		assert.Equal(t, "Feature not enabled", got.message())
	}
	got := a.do(
		http.MethodPost,
		"/v1/integrations/chat/oauth",
		obj{"integrationIdentifier": "teams", "subscriberId": "ada"},
	)
	assert.Equal(t, "Feature not enabled", got.message())
}

func TestStateOfAnotherKeyIsRefused(t *testing.T) {
	a, other := start(t, furnished()), start(t, furnished())
	address := other.create("/v1/integrations/channel-connections/oauth", obj{
		"integrationIdentifier": "teams", "context": obj{"tenant": "acme"},
	}).field("url")
	u, err := url.Parse(address)
	require.NoError(t, err)
	got := a.do(http.MethodGet, "/v1/integrations/chat/oauth/callback?admin_consent=True&tenant=t&state="+u.Query().Get("state"), nil)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "Invalid OAuth state parameter", got.message())
}
