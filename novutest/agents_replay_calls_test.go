package novutest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// do makes a call. It returns nothing for one that needs what is not here: a session of Novu's
// dashboard.
func (w *world) do(x agentExchange) outcome {
	switch {
	case x.Request.Headers["Authorization"] == "Bearer {JWT}":
		return outcome{}
	case x.Direction == fromBrowser:
		return w.signIn()
	}
	sent := exchange{Name: x.Name}
	sent.Request.Method, sent.Request.Path, sent.Request.Headers = x.Request.Method, x.Request.Path, maps.Clone(x.Request.Headers)
	sent.Request.Body = []byte(expand(string(x.Request.Body)))
	if sent.Request.Headers == nil {
		sent.Request.Headers = map[string]string{}
	}
	authorization := sent.Request.Headers["Authorization"]
	switch {
	case x.Direction == fromTeams && authorization != "":
		sent.Request.Headers["Authorization"] = w.botToken(authorization, x)
	case authorization != "":
		sent.Request.Headers["Authorization"] = strings.Replace(authorization, "{PRODUCTION_SECRET_KEY}", "{SECRET_KEY}", 1)
	}
	if m := bodyOfSize.FindSubmatch(sent.Request.Body); m != nil {
		size, _ := strconv.Atoi(string(m[1])) // digits only
		sent.Request.Body = w.bodyOfSize(size, x)
	}
	status, header, raw := w.player.send(sent)
	answer, _ := decoded(raw).(obj)
	if made, _ := answer["data"].(obj); made["url"] != nil {
		w.signInURL, _ = made["url"].(string)
	}
	return outcome{status: status, header: header, raw: raw}
}

// signIn opens the last sign-in page, which approves at once.
func (w *world) signIn() outcome {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.signInURL, nil)
	require.NoError(w.t, err)
	resp, err := w.api.http.Do(req)
	require.NoError(w.t, err)
	_ = resp.Body.Close() // a page for people
	return outcome{status: resp.StatusCode}
}

var minutes = regexp.MustCompile(`expired (\d+) minutes`)

// botToken is a token of the Bot Framework, with the fault that the recording tells of.
func (w *world) botToken(described string, x agentExchange) string {
	if strings.Contains(described, "garbage") {
		return "Bearer garbage"
	}
	serviceURL, _ := x.body()["serviceUrl"].(string)
	now := w.now()
	clientID := w.facts.credentialsOf(integrationOf(x))["clientId"]
	claims := map[string]any{
		"iss": microsoft.BotFrameworkIssuer, "aud": clientID, "serviceurl": serviceURL, "nbf": now.Add(-time.Hour).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if m := minutes.FindStringSubmatch(described); m != nil {
		ago, _ := strconv.Atoi(m[1]) // digits only
		claims["exp"] = now.Add(-time.Duration(ago) * time.Minute).Unix()
	}
	switch {
	case strings.Contains(described, "another app"):
		claims["aud"] = "00000000-1c3b-4e5f-9a7b-0d1e2f3a4b5c"
	case strings.Contains(described, "botid-"):
		claims["aud"] = fmt.Sprint("api://botid-", clientID)
	case strings.Contains(described, "issuer wrong"):
		claims["iss"] = "https://sts.windows.net/"
	case strings.Contains(described, "serviceurl claim differs"):
		claims["serviceurl"] = "https://elsewhere.example/"
	case strings.Contains(described, "without serviceurl"):
		delete(claims, "serviceurl")
	}
	return "Bearer " + new(microsoft.Server).SignBotToken(claims)
}

// bodyOfSize is a reply of a size of which no more was recorded: with the files that reached Teams,
// or with one that is as large as the body allows.
func (w *world) bodyOfSize(size int, x agentExchange) []byte {
	conversation := w.facts.conversationBefore(x)
	files := []any{}
	for _, call := range w.chain.some(toTeams) {
		attachments, _ := call.body()["attachments"].([]any)
		for _, a := range attachments {
			_, data, _ := strings.Cut(fmt.Sprint(a.(obj)["contentUrl"]), "base64,")
			files = append(files, obj{"filename": a.(obj)["name"], "data": data})
		}
	}
	body := obj{"conversationId": w.player.swap(conversation.id), "integrationIdentifier": conversation.integration, "reply": obj{"markdown": "x", "files": files}}
	if len(files) > 0 {
		return padded(body, size, func(fill string) { body["filling"] = fill })
	}
	file := obj{"filename": "big"}
	body["reply"].(obj)["files"] = []any{file}
	return padded(body, size, func(fill string) {
		file["data"] = fill[:len(fill)-len(fill)%4]
		if x.Response.Status == http.StatusUnprocessableEntity {
			file["data"] = fill
		}
	})
}

func padded(body obj, size int, fill func(string)) []byte {
	fill("")
	empty, _ := json.Marshal(body) // maps and texts
	fill(strings.Repeat("A", size-len(empty)))
	raw, _ := json.Marshal(body)
	return raw
}

// integrationOf is the integration of a webhook call.
func integrationOf(x agentExchange) string {
	_, integration, _ := strings.Cut(x.Request.Path, "/webhook/")
	return integration
}

// decodedThread is the conversation id and the service URL in a thread's id.
func decodedThread(id string) (chat, serviceURL string) {
	parts := strings.Split(id, ":")
	if len(parts) != 3 {
		return "", ""
	}
	text := func(part string) string {
		raw, _ := base64.RawURLEncoding.DecodeString(part)
		return string(raw)
	}
	return text(parts[1]), text(parts[2])
}

// bridgeOf is the agent's address of a bridge, without what Novu adds. A parameter of the bridge's
// own that Novu has overwritten keeps its place.
func bridgeOf(path string) string {
	path, query, _ := strings.Cut(path, "?")
	pairs := strings.Split(query, "&")
	for i, name := range []string{"event", "agentId", "action"} {
		if n := len(pairs); n > 0 && strings.HasPrefix(pairs[n-1], name+"=") {
			pairs = pairs[:n-1]
		} else if i == 0 {
			break
		}
	}
	for i, pair := range pairs {
		if value, isAction := strings.CutPrefix(pair, "action="); isAction {
			pairs[i] = "action=own-" + url.QueryEscape(value)
		}
	}
	if len(pairs) > 0 {
		path += "?" + strings.Join(pairs, "&")
	}
	return "http://127.0.0.1:5700" + path
}
