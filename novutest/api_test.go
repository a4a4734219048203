package novutest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newReader(body any) *strings.Reader {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return strings.NewReader(string(raw))
}

func TestRoutesThatAreNotThere(t *testing.T) {
	a := start(t)
	for path, want := range map[string]int{
		"/v1/nothing?x=1": 404, "/v3/channel-connections": 404, "/v1/integrations/507f1f77bcf86cd799439011": 404, "/": 404,
		"/v1/topics": 400, "/v2/subscribers/x/notifications": 400, "/_graph/v1.0/groups": 400, "/_connector/teams/v3/attachments/x": 400,
	} {
		got := a.do(http.MethodGet, path, nil)
		assert.Equal(t, want, got.status, path)
		if want == 404 {
			assert.Equal(t, "Cannot GET "+path, got.message())
		} else {
			assert.Contains(t, got.text, "novutest does not implement GET "+path)
		}
	}
	assert.Equal(
		t,
		200,
		a.do(http.MethodGet, "/V1/Channel-Endpoints/", nil).status,
		"names ignore case, a slash at the end means nothing",
	)
}

func TestBodyLimits(t *testing.T) {
	a := start(t, furnished())
	long := strings.Repeat("x", 100<<10)
	got := a.do(http.MethodPost, "/v2/subscribers", obj{"subscriberId": "s", "firstName": long})
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	a.trigger(long)
	a.create("/v2/subscribers", obj{"subscriberId": "s", "firstName": long[:99<<10]})
}

func TestMalformedBodies(t *testing.T) {
	a := start(t)
	for body, want := range map[string]string{
		`{`:                               "Expected property name or '}' in JSON at position 1",
		`{"a"`:                            "Expected ':' after property name in JSON at position 4",
		`{"a":`:                           "Unexpected end of JSON input",
		`{"a":1`:                          "Expected ',' or '}' after property value in JSON at position 6",
		`{"a":1,}`:                        "Expected double-quoted property name in JSON at position 7",
		`[1 2]`:                           "Expected ',' or ']' after array element in JSON at position 3",
		`[1,]`:                            `Unexpected token ']', "[1,]" is not valid JSON`,
		`{"a":1}x`:                        "Unexpected non-whitespace character after JSON at position 7",
		`{"a":"b`:                         "Unterminated string in JSON at position 7",
		`{"a":"\x"}`:                      "Bad escaped character in JSON at position 7",
		`{"a":"\u12"}`:                    "Bad Unicode escape in JSON at position 10",
		`{"a":-}`:                         "No number after minus sign in JSON at position 6",
		`{"a":1.}`:                        "Unterminated fractional number in JSON at position 7",
		`"x"`:                             `Unexpected token '"', ""x"" is not valid JSON`,
		`{"subscriberId":nope, "more":1}`: `Unexpected token 'o', ..."riberId":nope, "more"... is not valid JSON`,
	} {
		got := a.do(http.MethodPost, "/v2/subscribers", body)
		assert.Equal(t, http.StatusBadRequest, got.status)
		assert.Equal(t, want, got.message())
	}
	assert.Equal(
		t,
		http.StatusUnprocessableEntity,
		a.do(http.MethodPost, "/v2/subscribers", `{"subscriberId":"s"}`, "Content-Type", "text/plain").status,
	)
}

func TestEndpointShapes(t *testing.T) {
	a := start(t, furnished(), novutest.WithVersion(novutest.Version315))
	for typ, values := range map[string]struct{ good, bad []obj }{
		"ms_teams_channel":           {[]obj{{"teamId": "", "channelId": "c"}}, []obj{{"channelId": "c"}, {"teamId": "t", "channelId": 1}, {"teamId": "t", "channelId": "c", "x": "y"}}},
		"ms_teams_user":              {[]obj{{"userId": "u"}}, []obj{{}, {"userId": "u", "tenantId": "t"}}},
		"webhook":                    {[]obj{{"url": "not a url"}, {"url": "u", "channel": "c"}}, []obj{{"channel": "c"}}},
		"slack_channel":              {[]obj{{"channelId": "C"}}, []obj{{"userId": "u"}}},
		"slack_user":                 {[]obj{{"userId": "U"}}, nil},
		"phone":                      {[]obj{{"phoneNumber": "+1"}}, nil},
		"telegram_chat":              {[]obj{{"chatId": "1"}}, nil},
		"webex_room":                 {[]obj{{"roomId": "r"}, {"roomId": "r", "parentId": "p"}}, []obj{{"parentId": "p"}}},
		"webex_person":               {[]obj{{"personId": "p"}, {"personEmail": "e"}}, []obj{{}, {"personId": "p", "personEmail": "e"}}},
		"line_user":                  {[]obj{{"userId": "u"}}, nil},
		"pagerduty_service":          {[]obj{{"routingKey": "k", "region": "eu"}}, []obj{{"routingKey": "k", "region": "mars"}}},
		"opsgenie_integration":       {[]obj{{"apiKey": "k", "region": "us"}}, []obj{{"apiKey": "k"}}},
		"grafana_oncall_integration": {[]obj{{"url": "u"}, {"url": "u", "authToken": "t"}}, []obj{{"authToken": "t"}}},
		"tool_webhook":               {[]obj{{"url": "u", "headers": obj{"a": "b"}, "method": "PUT"}}, []obj{{"url": "u", "headers": "a"}}},
	} {
		body := func(e obj) obj {
			return obj{"integrationIdentifier": "teams", "subscriberId": "ada", "type": typ, "endpoint": e}
		}
		var identifier string
		for _, e := range values.good {
			identifier = a.create("/v1/channel-endpoints", body(e)).field("identifier")
		}
		for _, e := range values.bad {
			assert.Equal(
				t,
				http.StatusUnprocessableEntity,
				a.do(http.MethodPost, "/v1/channel-endpoints", body(e)).status,
				"%s %v",
				typ,
				e,
			)
			assert.Equal(
				t,
				http.StatusBadRequest,
				a.do(http.MethodPatch, "/v1/channel-endpoints/"+identifier, obj{"endpoint": e}).status,
				"%s %v",
				typ,
				e,
			)
		}
	}
}

func TestNewerServersTakeAUsersTenant(t *testing.T) {
	a := start(t, furnished(), novutest.WithVersion(novutest.Version315), novutest.WithUserTenantID())
	e := userEndpoint("e", "u")
	e["endpoint"] = obj{"userId": "u", "tenantId": "t"}
	a.create("/v1/channel-endpoints", e)
}

func TestCreateSubscriberIfMissing(t *testing.T) {
	body := func(create any) obj {
		return obj{
			"integrationIdentifier":     "teams",
			"subscriberId":              "new",
			"createSubscriberIfMissing": create,
			"type":                      "ms_teams_user",
			"endpoint":                  obj{"userId": "u"},
		}
	}
	a := start(t, furnished())
	assert.Equal(t, http.StatusNotFound, a.do(http.MethodPost, "/v1/channel-endpoints", body(false)).status)
	a.create("/v1/channel-endpoints", body(true))
	assert.Equal(t, http.StatusOK, a.do(http.MethodGet, "/v2/subscribers/new", nil).status)
}

func TestCursors(t *testing.T) {
	a := start(t, furnished())
	for i := range 7 {
		a.create("/v1/channel-endpoints", channelEndpoint(fmt.Sprint("e", i), "19:c@thread.tacv2"))
	}
	list := func(query string) (names []string, page answer) {
		page = a.do(http.MethodGet, "/v1/channel-endpoints?"+query, nil)
		require.Equal(t, 200, page.status, page.text)
		for _, e := range page.body["data"].([]any) {
			names = append(names, e.(obj)["identifier"].(string))
		}
		return names, page
	}
	first, page := list("limit=3")
	assert.Equal(t, []string{"e6", "e5", "e4"}, first)
	assert.Nil(t, page.body["previous"])
	next := page.body["next"].(string)
	second, page := list("limit=3&after=" + next)
	assert.Equal(t, []string{"e3", "e2", "e1"}, second)
	back, _ := list("limit=3&before=" + page.body["previous"].(string))
	assert.Equal(t, first, back)
	_, page = list("limit=3&after=" + page.body["next"].(string))
	middle, page := list("limit=2&before=" + page.body["previous"].(string))
	assert.Equal(t, []string{"e2", "e1"}, middle)
	assert.NotNil(t, page.body["previous"])
	inclusive, _ := list("limit=3&includeCursor=true&after=" + next)
	assert.Equal(t, []string{"e4", "e3", "e2"}, inclusive)
	ascending, _ := list("orderDirection=ASC&limit=2")
	assert.Equal(t, []string{"e0", "e1"}, ascending)
	all, page := list("limit=0")
	assert.Len(t, all, 7)
	assert.EqualValues(t, 7, page.body["totalCount"])
	assert.Equal(t, false, page.body["totalCountCapped"])

	require.Equal(t, http.StatusNoContent, a.do(http.MethodDelete, "/v1/channel-endpoints/e4", nil).status)
	lost, page := list("limit=3&after=" + next)
	assert.Empty(t, lost)
	assert.EqualValues(t, 0, page.body["totalCount"])
	assert.Equal(t, 500, a.do(http.MethodGet, "/v1/channel-endpoints?after=e3", nil).status)
	assert.Equal(t, 400, a.do(http.MethodGet, "/v1/channel-endpoints?after="+next+"&before="+next, nil).status)
	for _, query := range []string{"limit=101", "limit=abc", "limit=-1", "providerId=teams", "channel=teams"} {
		assert.Equal(t, 422, a.do(http.MethodGet, "/v1/channel-endpoints?"+query, nil).status, query)
	}
}

func TestOrderByUpdatedAt(t *testing.T) {
	a := start(t, furnished())
	for _, name := range []string{"old", "new"} {
		a.create("/v1/channel-endpoints", channelEndpoint(name, "19:c@thread.tacv2"))
		a.server.Advance(time.Second)
	}
	a.do(http.MethodPatch, "/v1/channel-endpoints/old", obj{"endpoint": obj{"teamId": "t", "channelId": "c"}})
	page := a.do(http.MethodGet, "/v1/channel-endpoints?orderBy=updatedAt", nil)
	assert.Equal(t, "old", page.body["data"].([]any)[0].(obj)["identifier"])
}

func TestWorkflowsRoutes(t *testing.T) {
	a := start(t, furnished())
	got := a.do(http.MethodGet, "/v2/workflows", nil)
	assert.EqualValues(t, 1, got.data("totalCount"))
	assert.Equal(t, "Alert", a.do(http.MethodGet, "/v2/workflows/alert", nil).field("name"))
	assert.Equal(t, http.StatusNoContent, a.do(http.MethodDelete, "/v2/workflows/alert", nil).status)
	missing := a.do(http.MethodGet, "/v2/workflows/alert", nil)
	assert.Equal(t, 404, missing.status)
	assert.Equal(t, "alert", missing.body["workflowId"])
}

func TestEnvironment(t *testing.T) {
	a := start(t, novutest.WithSecretKey("the-key"))
	got := a.do(http.MethodGet, "/v1/environments/me", nil)
	assert.Equal(t, a.server.EnvironmentID(), got.field("_id"))
	assert.NotContains(t, got.text, "the-key")
}

func TestIntegrationListsAndTheirSecrets(t *testing.T) {
	a := start(t, furnished(), novutest.WithVersion(novutest.Version315))
	list := func(got answer) map[string]obj {
		byIdentifier := map[string]obj{}
		for _, i := range got.body["data"].([]any) {
			byIdentifier[i.(obj)["identifier"].(string)] = i.(obj)
		}
		return byIdentifier
	}
	a.create("/v1/integrations", obj{"identifier": "inactive", "providerId": "msteams", "channel": "chat"})
	all := list(a.do(http.MethodGet, "/v1/integrations", nil))
	assert.Len(t, all, 4, "every environment's: each has an inbox")
	assert.Equal(t, "secret", all["teams"]["credentials"].(obj)["secretKey"], "decrypted")
	active := list(a.do(http.MethodGet, "/v1/integrations/active", nil))
	assert.NotContains(t, active, "inactive")

	remaining := list(a.do(http.MethodDelete, "/v1/integrations/"+all["inactive"]["_id"].(string), nil))
	assert.Len(t, remaining, 2, "this environment's")
	assert.Regexp(t, `^nvsk\.`, remaining["teams"]["credentials"].(obj)["secretKey"])
	assert.Equal(t, "client", remaining["teams"]["credentials"].(obj)["clientId"])
}

func TestCredentialsAreWithheldFromKeys(t *testing.T) {
	a := start(t, furnished())
	made := a.create("/v1/integrations", obj{"identifier": "i", "providerId": "msteams", "channel": "chat", "credentials": obj{"clientId": "c"}})
	assert.Nil(t, made.data("credentials"))
	list := a.do(http.MethodGet, "/v1/integrations", nil).body["data"].([]any)
	assert.Len(t, list, 3, "this environment's, its inbox included")
	for _, i := range list {
		assert.Equal(t, obj{}, i.(obj)["credentials"])
	}
	remaining := a.do(http.MethodDelete, "/v1/integrations/"+made.field("_id"), nil)
	assert.Contains(t, remaining.text, `"clientId":"client"`)
	assert.NotContains(t, remaining.text, `"secret"`)
}

func TestTotalCountIsCapped(t *testing.T) {
	a := start(t)
	for page := range 101 {
		items := make([]obj, 500)
		for i := range items {
			items[i] = obj{"subscriberId": fmt.Sprint(page, "-", i)}
		}
		a.create("/v1/subscribers/bulk", obj{"subscribers": items})
	}
	got := a.do(http.MethodGet, "/v2/subscribers?limit=1", nil)
	assert.EqualValues(t, 50000, got.body["totalCount"])
	assert.Equal(t, true, got.body["totalCountCapped"])
}
