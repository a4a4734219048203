package novutest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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
		"/v1/topics": 501, "/v2/subscribers/x/preferences": 501, "/_graph/v1.0/teams": 501, "/_connector/teams/v3/conversations/19:x/members": 501,
	} {
		got := a.do(http.MethodGet, path, nil)
		assert.Equal(t, want, got.status, path)
		if want == 404 {
			assert.Equal(t, "Cannot GET "+path, got.message())
		} else {
			assert.Contains(t, got.text, "novutest does not implement GET "+path)
		}
	}
	assert.Equal(t, 200, a.do(http.MethodGet, "/V1/Channel-Endpoints/", nil).status, "names ignore case, a slash at the end means nothing")
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
	assert.Equal(t, http.StatusUnprocessableEntity, a.do(http.MethodPost, "/v2/subscribers", `{"subscriberId":"s"}`, "Content-Type", "text/plain").status)
}

func TestEndpointShapes(t *testing.T) {
	a := start(t, furnished())
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
			assert.Equal(t, http.StatusUnprocessableEntity, a.do(http.MethodPost, "/v1/channel-endpoints", body(e)).status, "%s %v", typ, e)
			assert.Equal(t, http.StatusBadRequest, a.do(http.MethodPatch, "/v1/channel-endpoints/"+identifier, obj{"endpoint": e}).status, "%s %v", typ, e)
		}
	}
}

func TestNewerServersTakeAUsersTenant(t *testing.T) {
	a := start(t, furnished(), novutest.WithUserTenantID())
	e := userEndpoint("e", "u")
	e["endpoint"] = obj{"userId": "u", "tenantId": "t"}
	a.create("/v1/channel-endpoints", e)
}

func TestCreateSubscriberIfMissing(t *testing.T) {
	body := func(create any) obj {
		return obj{"integrationIdentifier": "teams", "subscriberId": "new", "createSubscriberIfMissing": create, "type": "ms_teams_user", "endpoint": obj{"userId": "u"}}
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
	for _, query := range []string{"limit=101", "limit=abc", "limit=-1", "providerId=msteams", "channel=teams"} {
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

func TestIdempotency(t *testing.T) {
	a := start(t, furnished())
	body := channelEndpoint("e", "19:c@thread.tacv2")
	first := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	require.Equal(t, http.StatusCreated, first.status)
	assert.Empty(t, first.header.Get("Idempotency-Replay"))

	again := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	assert.Equal(t, first.text, again.text)
	assert.Equal(t, "true", again.header.Get("Idempotency-Replay"))
	elsewhere := a.do(http.MethodPost, "/v1/events/trigger", body, "Idempotency-Key", "k")
	assert.Equal(t, first.text, elsewhere.text, "a key is not bound to its route")
	reordered := `{"subscriberId":"ada","identifier":"e"}`
	assert.Equal(t, http.StatusUnprocessableEntity, a.do(http.MethodPost, "/v1/channel-endpoints", reordered, "Idempotency-Key", "k").status)
	assert.Equal(t, http.StatusBadRequest, a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", strings.Repeat("k", 256)).status)

	conflict := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2")
	assert.Equal(t, http.StatusConflict, conflict.status)
	a.do(http.MethodDelete, "/v1/channel-endpoints/e", nil)
	replayed := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2")
	assert.Equal(t, http.StatusServiceUnavailable, replayed.status, "an error is kept, and replayed as 503")
	assert.Equal(t, "true", replayed.header.Get("Idempotency-Replay"))
	a.server.Advance(24 * time.Hour)
	assert.Equal(t, http.StatusCreated, a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2").status)
}

func TestInProgressWhileTheFirstIsCarriedOut(t *testing.T) {
	a := start(t, furnished())
	a.server.Inject(novutest.Fault{Route: "/v1/channel-endpoints", Delay: time.Hour})
	answers := make(chan answer, 2)
	for range 2 { // one holds the key until the server closes, the other is told so
		go func() {
			if got, err := a.try(http.MethodPost, "/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"), "Idempotency-Key", "k"); err == nil {
				answers <- got
			}
		}()
	}
	got := <-answers
	assert.Equal(t, http.StatusConflict, got.status)
	assert.Equal(t, "1", got.header.Get("Retry-After"))
	assert.Equal(t, `Request with key "k" is currently being processed. Please retry after 1 second`, got.message())
}

func TestIdempotencyOff(t *testing.T) {
	a := start(t, furnished(), novutest.WithIdempotency(false))
	body := channelEndpoint("e", "19:c@thread.tacv2")
	first := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	assert.Equal(t, http.StatusCreated, first.status)
	assert.Empty(t, first.header.Get("Idempotency-Key"))
	assert.Equal(t, http.StatusConflict, a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k").status)
}

func TestRateLimit(t *testing.T) {
	a := start(t, furnished(), novutest.WithRateLimit(novutest.RateLimit{}))
	got := a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	assert.Equal(t, "15", got.header.Get("RateLimit-Limit"))
	assert.Equal(t, "15", got.header.Get("RateLimit-Remaining"))
	assert.Equal(t, "0", got.header.Get("RateLimit-Reset"))
	assert.Equal(t, `15;w=5;burst=16;comment="token bucket";category="configuration";cost="single";serviceLevel="free"`, got.header.Get("RateLimit-Policy"))
	var statuses []int
	for range 40 { // more than come back while they are sent
		statuses = append(statuses, a.do(http.MethodGet, "/v2/subscribers", nil).status, a.do(http.MethodGet, "/v1/channel-connections", nil).status)
	}
	require.True(t, slices.Contains(statuses, http.StatusTooManyRequests), "subscribers, connections and endpoints share a bucket")
	refused := a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	for refused.status != http.StatusTooManyRequests {
		refused = a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	}
	assert.Equal(t, "1", refused.header.Get("Retry-After"))
	assert.Equal(t, 200, a.do(http.MethodGet, "/v1/environments/me", nil).status, "another bucket")
	a.server.Advance(5 * time.Second)
	assert.Equal(t, 200, a.do(http.MethodGet, "/v1/channel-endpoints", nil).status)
	a.server.Advance(10 * time.Second)
	bulk := obj{"subscribers": []any{obj{"subscriberId": "x"}}}
	assert.Equal(t, 201, a.do(http.MethodPost, "/v1/subscribers/bulk", bulk).status)
	assert.Equal(t, "34", a.do(http.MethodPost, "/v1/subscribers/bulk", bulk).header.Get("Retry-After"))
}

func TestTriggerStatuses(t *testing.T) {
	a := start(t, furnished())
	chat := []any{obj{"name": "Chat", "type": "chat", "controlValues": obj{"body": "x"}}}
	a.create("/v2/workflows", obj{"workflowId": "inactive", "name": "I", "active": false, "steps": chat})
	a.create("/v2/workflows", obj{"workflowId": "empty", "name": "E", "active": true, "steps": []any{}})
	for body, want := range map[string]string{
		`{"name":"alert","to":"ada"}`:                   "processed",
		`{"name":"alert","to":"bad id/"}`:               "processed",
		`{"name":"inactive","to":"ada"}`:                "trigger_not_active",
		`{"name":"empty","to":"ada"}`:                   "no_workflow_steps_defined",
		`{"name":"alert","to":"ada","tenant":"nobody"}`: "no_tenant_found",
	} {
		got := a.create("/v1/events/trigger", json.RawMessage(body))
		assert.Equal(t, want, got.field("status"))
		assert.Equal(t, true, got.data("acknowledged"))
	}
	unknown := a.do(http.MethodPost, "/v1/events/trigger", obj{"name": "nope", "to": "ada"})
	assert.Equal(t, 422, unknown.status)
	assert.Equal(t, "workflow_not_found", unknown.message())
	assert.Nil(t, unknown.body["errors"])
	cancelled := a.do(http.MethodDelete, "/v1/events/trigger/tx", nil)
	assert.Equal(t, false, cancelled.body["data"])
}

func TestBulkAndBroadcast(t *testing.T) {
	a := start(t, furnished())
	a.create("/v2/subscribers", obj{"subscriberId": "bob"})
	for _, who := range []string{"ada", "bob"} {
		e := channelEndpoint("of-"+who, "19:"+who+"@thread.tacv2")
		e["subscriberId"] = who
		a.create("/v1/channel-endpoints", e)
	}
	bulk := a.create("/v1/events/trigger/bulk", obj{"events": []any{
		obj{"name": "alert", "to": []any{"ada", obj{"subscriberId": "bob"}}, "payload": obj{"text": "a"}}, obj{"name": "nope", "to": "ada", "payload": obj{}}, obj{"name": "alert", "to": "ada"},
	}})
	items := bulk.body["data"].([]any)
	assert.Equal(t, "processed", items[0].(obj)["status"])
	assert.Equal(t, []any{"workflow_not_found"}, items[1].(obj)["error"])
	assert.Equal(t, []any{"Validation failed for ParseEventRequestMulticastCommand: payload: payload should not be null or undefined"}, items[2].(obj)["error"])
	a.create("/v1/events/trigger/broadcast", obj{"name": "alert", "payload": obj{"text": "b"}})
	a.settle()
	var texts []string
	for _, m := range a.server.Messages() {
		texts = append(texts, m.SubscriberID+":"+m.Text)
	}
	assert.Equal(t, []string{"ada:a", "bob:a", "ada:b", "bob:b"}, texts)
	many := make([]any, 101)
	assert.Equal(t, 422, a.do(http.MethodPost, "/v1/events/trigger/bulk", obj{"events": many}).status)
}

func TestContentIsRendered(t *testing.T) {
	a := start(t, furnished())
	a.create("/v2/workflows", obj{"workflowId": "rich", "name": "Rich", "active": true, "steps": []any{
		obj{"name": "Mail", "type": "email"}, obj{"name": "Chat", "type": "chat", "controlValues": obj{
			"body": "{{ subscriber.firstName | upcase }} {{payload.order.id}} {{payload.list}} {{payload.missing}}!{{context.tenant.data.plan}}"}}}})
	e := channelEndpoint("e", "19:c@thread.tacv2")
	e["context"] = obj{"tenant": obj{"id": "acme", "data": obj{"plan": "gold"}}}
	a.create("/v1/channel-connections", obj{"identifier": "acme", "integrationIdentifier": "teams", "context": e["context"], "workspace": obj{"id": "t"}, "auth": obj{"accessToken": "app-only"}})
	e["connectionIdentifier"] = "acme"
	a.create("/v1/channel-endpoints", e)
	a.create("/v1/events/trigger", obj{"name": "rich", "to": "ada", "payload": obj{"order": obj{"id": 7}, "list": []any{1, "a"}}, "context": obj{"tenant": "acme"}})
	a.settle()
	require.Len(t, a.server.Messages(), 1)
	assert.Equal(t, `Ada 7 [1,"a"] !gold`, a.server.Messages()[0].Text)
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

func TestRequestLogIsRedactedWhenPrinted(t *testing.T) {
	a := start(t, furnished())
	a.do(http.MethodPost, "/v1/integrations", obj{"providerId": "msteams", "channel": "chat", "credentials": obj{"secretKey": "hush-1", "clientId": "c"}})
	a.create("/v1/channel-endpoints", webhookEndpoint("e", "https://x.logic.azure.com/workflows/a?sig=hush-2"))
	a.do(http.MethodGet, "/v1/integrations/chat/oauth/callback?code=hush-3&state=hush-4", nil)
	log := a.server.Requests()
	require.Len(t, log, 3)
	assert.Equal(t, "/v1/channel-endpoints", log[1].Route)
	assert.Equal(t, http.StatusCreated, log[1].Status)
	assert.Contains(t, string(log[0].Body), "hush-1", "the fields hold what came")
	marshalled, err := json.Marshal(log)
	require.NoError(t, err)
	for _, printed := range []string{fmt.Sprint(log), fmt.Sprintf("%+v %#v", log, log[0]), string(marshalled)} {
		assert.NotContains(t, printed, "hush")
		assert.NotContains(t, printed, a.server.SecretKey())
	}
}

func TestEmulatorRoutes(t *testing.T) {
	a := start(t, furnished())
	a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
	a.create("/v1/channel-endpoints", webhookEndpoint("hook", "https://x.logic.azure.com/workflows/a?sig=hush"))
	assert.JSONEq(t, "[]", a.do(http.MethodGet, "/_emulator/messages", nil).text)
	a.trigger("hello")
	assert.Equal(t, http.StatusNoContent, a.do(http.MethodPost, "/_emulator/settle", nil).status)
	var messages []obj
	require.NoError(t, json.Unmarshal([]byte(a.do(http.MethodGet, "/_emulator/messages", nil).text), &messages))
	require.Len(t, messages, 1)
	assert.Equal(t, "hello", messages[0]["text"])
	assert.Equal(t, "19:c@thread.tacv2", messages[0]["channelId"])
	for _, name := range []string{"failures", "requests", "connections", "endpoints"} {
		got := a.do(http.MethodGet, "/_emulator/"+name, nil)
		assert.Equal(t, 200, got.status)
		assert.Equal(t, "[", got.text[:1])
		assert.NotContains(t, got.text, "hush")
	}
	assert.Equal(t, 404, a.do(http.MethodGet, "/_emulator/nothing", nil).status)
}

func TestFixturesAreRefusedByTheAPIsRules(t *testing.T) {
	_, err := novutest.Start(novutest.WithFixture(novutest.Fixture{Endpoints: []any{obj{"type": "ms_teams_user"}}}))
	require.ErrorContains(t, err, "novutest: fixture 1 of /v1/channel-endpoints: 422")
}

func TestOptionsThatCannotBeRight(t *testing.T) {
	for _, opt := range []novutest.Option{
		novutest.WithSecretKey(""), novutest.WithConsent("perhaps"), novutest.WithAddr("nowhere"), novutest.WithRateLimit(novutest.RateLimit{Global: -1}), novutest.WithApp(novutest.App{}),
	} {
		_, err := novutest.Start(opt)
		require.ErrorContains(t, err, "novutest: ")
	}
}

func TestStartsFast(t *testing.T) {
	took := make([]time.Duration, 100)
	for i := range took {
		begin := time.Now()
		s, err := novutest.Start()
		require.NoError(t, err)
		took[i] = time.Since(begin)
		s.Close()
		s.Close()
	}
	slices.Sort(took)
	t.Logf("median %v", took[50])
	assert.Less(t, took[50], 5*time.Millisecond)
}

func TestServeHTTPWithoutANetwork(t *testing.T) {
	s := novutest.NewServer(t)
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/environments/me", nil)
	r.Header.Set("Authorization", "ApiKey "+s.SecretKey())
	s.ServeHTTP(w, r)
	assert.Equal(t, 200, w.Code)
}

func FuzzAnyRequestIsAnswered(f *testing.F) {
	f.Add("POST", "/v1/channel-endpoints?x=%zz", `{"endpoint":{"userId":["a"]},"context":{"a":null},"type":7}`)
	f.Add("GET", "/v1/channel-endpoints?limit=1e9&after=507f1f77bcf86cd799439011&contextKeys[]=", "")
	f.Add("POST", "/v1/events/trigger/bulk", `{"events":[null,1,{"to":[[]],"payload":[],"name":"alert","context":{"t":{"id":"x","data":[]}}}]}`)
	f.Add("GET", "/v1/integrations/chat/oauth/callback?state=eyJhIjoxfS4", "")
	f.Add("POST", "/_workflows/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=x", `{"attachments":[{"content":{"body":[[{"text":1}]]}}]}`)
	f.Add("POST", "/_login/t/oauth2/v2.0/token", "grant_type=client_credentials&client_id=%")
	s := novutest.NewServer(f, furnished())
	f.Fuzz(func(t *testing.T, method, target, body string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://emulator"+target, strings.NewReader(body))
		if err != nil || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "/_emulator/events") {
			t.Skip()
		}
		r.RequestURI = target
		r.Header.Set("Authorization", "ApiKey "+s.SecretKey())
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError && !strings.Contains(w.Body.String(), "errorId") {
			t.Errorf("%s %s: %s", method, target, w.Body)
		}
	})
}
