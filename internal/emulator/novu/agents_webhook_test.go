package novu

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// claims are those of a good token, with some of them changed; nil takes one away.
func (b *bench) claims(change map[string]any) map[string]any {
	claims := b.ms.BotClaims(testBot, testService)
	for name, value := range change {
		if value == nil {
			delete(claims, name)
			continue
		}
		claims[name] = value
	}
	return claims
}

// The webhook takes tokens of the Bot Framework for this bot and this service URL, and no others.
func TestWebhookChecksTheToken(t *testing.T) {
	b := newBench(t)
	now := b.host.Clock.Now()
	for name, test := range map[string]struct {
		change map[string]any
		status int
	}{
		"good":                    {nil, http.StatusOK},
		"api audience":            {map[string]any{"aud": "api://botid-" + testBot}, http.StatusOK},
		"several audiences":       {map[string]any{"aud": []string{"x", testBot}}, http.StatusOK},
		"expired 4 minutes ago":   {map[string]any{"exp": now.Add(-4 * time.Minute).Unix()}, http.StatusOK},
		"service without a slash": {map[string]any{"serviceurl": strings.TrimSuffix(testService, "/")}, http.StatusOK},
		"expired 10 minutes ago":  {map[string]any{"exp": now.Add(-10 * time.Minute).Unix()}, http.StatusUnauthorized},
		"without an end":          {map[string]any{"exp": nil}, http.StatusUnauthorized},
		"not valid yet":           {map[string]any{"nbf": now.Add(10 * time.Minute).Unix()}, http.StatusUnauthorized},
		"other audience":          {map[string]any{"aud": "other"}, http.StatusUnauthorized},
		"no audience":             {map[string]any{"aud": nil}, http.StatusUnauthorized},
		"other issuer":            {map[string]any{"iss": "https://sts.windows.net/x/"}, http.StatusUnauthorized},
		"other service":           {map[string]any{"serviceurl": "https://elsewhere.example/"}, http.StatusUnauthorized},
		"no service":              {map[string]any{"serviceurl": nil}, http.StatusUnauthorized},
	} {
		status, answer := b.postWith("teams-main", b.activity("alice", map[string]any{"text": name}), b.claims(test.change))
		assert.Equal(t, test.status, status, "%s: %v", name, answer)
		if status != http.StatusOK {
			assert.Equal(t, map[string]any{"error": "JWT validation failed"}, answer, name)
		}
		b.settled()
	}
}

func TestWebhookRefusesForgedTokens(t *testing.T) {
	b := newBench(t)
	good := b.ms.SignBotToken(b.claims(nil))
	parts := strings.Split(good, ".")
	forged := b.ms.SignBotToken(b.claims(map[string]any{"aud": "other"}))
	for name, token := range map[string]string{
		"garbage": "garbage", "two parts": parts[0] + "." + parts[1], "no signature": parts[0] + "." + parts[1] + ".",
		"claims of another": parts[0] + "." + strings.Split(forged, ".")[1] + "." + parts[2],
		// {"alg":"none"} and {"alg":"HS256","kid":"x"}
		"unsigned": "eyJhbGciOiJub25lIn0." + parts[1] + ".", "by a shared key": "eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ." + parts[1] + "." + parts[2],
		// {"alg":"RS256","kid":"x"}
		"by an unknown key": "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ." + parts[1] + "." + parts[2],
	} {
		status, answer := b.postToken("teams-main", b.activity("alice", map[string]any{"text": "x"}), "Bearer "+token)
		assert.Equal(t, http.StatusUnauthorized, status, name)
		assert.Equal(t, map[string]any{"error": "JWT validation failed"}, answer, name)
	}
	status, answer := b.postToken("teams-main", b.activity("alice", map[string]any{"text": "x"}), "")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Equal(t, map[string]any{"error": "Missing authorization header"}, answer)
	assert.Zero(t, b.bridge.count())
	for _, d := range b.s.AgentDeliveries() {
		assert.Equal(t, OutcomeRefused, d.Outcome)
		assert.NotEmpty(t, d.Reason)
	}
}

// A key that was not there before is fetched; the emulator's clock decides about age.
func TestWebhookTokensGetOldOnTheClock(t *testing.T) {
	b := newBench(t)
	claims := b.claims(nil)
	b.host.Clock.Advance(2 * time.Hour)
	status, _ := b.postWith("teams-main", b.activity("alice", map[string]any{"text": "x"}), claims)
	assert.Equal(t, http.StatusUnauthorized, status)
}

func TestWebhookFindsAgentAndIntegration(t *testing.T) {
	b := newBench(t)
	main := b.agentID
	inactive := b.agent("inactive", "teams-main")
	b.patch("inactive", map[string]any{"active": false})
	status, _ := b.api("POST", "/v1/integrations", map[string]any{
		"providerId": "msteams", "channel": "chat", "identifier": "teams-notenant", "name": "n", "active": true,
		"credentials": map[string]any{"clientId": testBot, "secretKey": "s"},
	})
	require.Equal(t, http.StatusCreated, status)
	for name, test := range map[string]struct {
		agent, integration string
		status             int
		answer             map[string]any
	}{
		"inactive agent":      {inactive, "teams-main", 200, map[string]any{}},
		"unknown agent":       {"6b0467dd3433352c10114ec7", "teams-main", 404, map[string]any{"message": "Agent 6b0467dd3433352c10114ec7 not found", "error": "Not Found", "statusCode": 404.0}},
		"unknown integration": {main, "nope", 404, map[string]any{"message": "Integration nope not found for agent " + main, "error": "Not Found", "statusCode": 404.0}},
		"without tenant":      {main, "teams-notenant", 400, map[string]any{"message": "Teams agent integration requires appId, appPassword, and appTenantId credentials", "error": "Bad Request", "statusCode": 400.0}},
	} {
		b.agentID = test.agent
		status, answer := b.post(test.integration, b.activity("alice", map[string]any{"text": "x"}))
		assert.Equal(t, test.status, status, name)
		assert.Equal(t, test.answer, answer, name)
	}
	for _, malformed := range []string{"nope", "support"} {
		b.agentID = malformed
		status, answer := b.post("teams-main", b.activity("alice", map[string]any{"text": "x"}))
		assert.Equal(t, http.StatusInternalServerError, status)
		assert.NotEmpty(t, answer["errorId"])
	}
}

func TestWebhookOddRequests(t *testing.T) {
	b := newBench(t)
	request := func(method, body string) (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, b.host.URL+"/v1/agents/"+b.agentID+"/webhook/teams-main", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("Authorization", "Bearer "+b.ms.SignBotToken(b.claims(nil)))
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close() //nolint:errcheck // it was only read
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, resp.Header.Get("Content-Type"), string(raw)
	}
	status, kind, text := request("GET", "")
	assert.Equal(t, 400, status)
	assert.Equal(t, "text/plain; charset=utf-8", kind)
	assert.Equal(t, "Invalid JSON", text)
	status, _, text = request("POST", `{"type":`)
	assert.Equal(t, 400, status)
	assert.Contains(t, text, "Unexpected end of JSON input")
	for _, body := range []string{"", "[]", `{"type":5,"from":"x"}`} {
		status, kind, text = request("POST", body)
		assert.Equal(t, 200, status, body)
		assert.Equal(t, "text/html; charset=utf-8", kind, body)
		assert.Empty(t, text, body)
	}
}

// An integration that was never linked links itself; one that was unlinked does not.
func TestWebhookLinksWhatWasNeverLinked(t *testing.T) {
	b := newBench(t)
	b.integrate("teams-never", testBot)
	status, _ := b.post("teams-never", b.activity("alice", map[string]any{"text": "hi"}))
	require.Equal(t, http.StatusOK, status)
	b.settled()
	assert.Equal(t, 1, b.bridge.count())
	_, answer := b.api("GET", "/v1/agents/support/integrations?integrationIdentifier=teams-never", nil)
	links := answer["data"].([]any)
	require.Len(t, links, 1)
	link := links[0].(map[string]any)
	assert.NotNil(t, link["connectedAt"])

	status, _ = b.api("DELETE", "/v1/agents/support/integrations/"+link["_id"].(string), nil)
	require.Equal(t, http.StatusNoContent, status)
	status, answer = b.post("teams-never", b.activity("alice", map[string]any{"text": "hi"}))
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, map[string]any{}, answer)
	b.settled()
	assert.Equal(t, 1, b.bridge.count())
	_, answer = b.api("POST", "/v1/agents/support/integrations", map[string]any{"integrationIdentifier": "teams-never"})
	assert.Nil(t, answer["data"].(map[string]any)["connectedAt"])
}
