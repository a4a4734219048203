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

func TestRequestLogIsRedactedWhenPrinted(t *testing.T) {
	a := start(t, furnished())
	a.do(
		http.MethodPost,
		"/v1/integrations",
		obj{"providerId": "msteams", "channel": "chat", "credentials": obj{"secretKey": "hush-1", "clientId": "c"}},
	)
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

// What a test breaks in Go, a program in another language breaks by a request.
func TestEmulatorControls(t *testing.T) {
	a := start(t, furnished())
	a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
	for _, step := range []struct {
		control string
		reason  string // why a message does not land then
	}{
		{control: "uninstall-bot", reason: "MSTEAMS_BOT_NOT_INSTALLED"},
		{control: "install-bot"},
		{control: "remove-conversation", reason: "MSTEAMS_CHANNEL_NOT_FOUND"},
	} {
		before, landed := len(a.server.Failures()), len(a.server.Messages())
		require.Equal(t, http.StatusOK, a.do(http.MethodPost, "/_emulator/"+step.control, obj{"id": "19:c@thread.tacv2"}).status)
		a.trigger("hello")
		a.settle()
		if step.reason == "" {
			assert.Len(t, a.server.Messages(), landed+1, step.control)
			continue
		}
		require.Len(t, a.server.Failures(), before+1, step.control)
		assert.Contains(t, a.server.Failures()[before].Reason, step.reason)
	}
	assert.Equal(t, http.StatusBadRequest, a.do(http.MethodPost, "/_emulator/uninstall-bot", obj{"ID": 1}).status)
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
	end := a.do(http.MethodGet, "/_emulator/requests?last=2", nil)
	assert.Equal(t, fmt.Sprint(len(a.server.Requests())), end.header.Get("X-Total-Count"))
	assert.Equal(t, 2, strings.Count(end.text, `"method":`))
	assert.Equal(t, 404, a.do(http.MethodGet, "/_emulator/nothing", nil).status)
}

func TestFixturesAreRefusedByTheAPIsRules(t *testing.T) {
	_, err := novutest.Start(novutest.WithFixture(novutest.Fixture{Endpoints: []any{obj{"type": "ms_teams_user"}}}))
	require.ErrorContains(t, err, "novutest: fixture 1 of /v1/channel-endpoints: 422")
}

func TestOptionsThatCannotBeRight(t *testing.T) {
	for _, opt := range []novutest.Option{
		novutest.WithSecretKey(""), novutest.WithConsent("perhaps"), novutest.WithAddr("nowhere"), novutest.WithRateLimit(novutest.RateLimit{Global: -1}), novutest.WithApp(novutest.App{}),
		novutest.WithHandler("two words and more", http.NotFoundHandler()), novutest.WithHandler("/x", nil),
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
	f.Add(
		"POST",
		"/v1/events/trigger/bulk",
		`{"events":[null,1,{"to":[[]],"payload":[],"name":"alert","context":{"t":{"id":"x","data":[]}}}]}`,
	)
	f.Add("GET", "/v1/integrations/chat/oauth/callback?state=eyJhIjoxfS4", "")
	f.Add(
		"POST",
		"/_workflows/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=x",
		`{"attachments":[{"content":{"body":[[{"text":1}]]}}]}`,
	)
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
