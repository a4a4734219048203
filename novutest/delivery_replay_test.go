package novutest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// delivery is a notification that a real server delivered to a recording
// Microsoft.
type delivery struct {
	Name      string
	Compare   *bool
	Flags     string
	Setup     []exchange
	Trigger   exchange
	Microsoft []struct {
		URL      string
		Body     any
		Answered struct {
			Status int
			Body   any
		}
	}
	Notifications exchange
	Messages      exchange
}

// showsNothing are deliveries of which Microsoft got a post that no Workflow
// shows: here they are failures instead of messages.
var showsNothing = []string{"cd-webhook-card-object", "ll-v1-credentials-webhook"}

func TestDeliversAsTheRealServer(t *testing.T) {
	compared := 0
	for _, d := range recorded[delivery](t, "testdata/deliveries-3.19.jsonl.gz") {
		if d.Compare != nil && !*d.Compare {
			continue
		}
		compared++
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			d.play(t)
		})
	}
	assert.Equal(t, 38, compared)
}

func (d delivery) play(t *testing.T) {
	opts := []novutest.Option{novutest.WithSecretKey("replayed-key"), novutest.WithTenant(novutest.Tenant{Open: true})}
	if d.Flags == "-wrong-secret" {
		opts = append(opts, novutest.WithApp(novutest.App{
			ClientID: "11111111-2222-3333-4444-555555555555", ClientSecret: "another", TenantID: "dead0000-8888-7777-6666-555555555555",
		}))
	}
	p := &player{t: t, ids: map[string]string{}, server: novutest.NewServer(t, opts...)}
	p.server.UninstallBot("29:notinstalled")
	p.server.RemoveConversation("19:missing@thread.tacv2")
	for _, x := range append(d.Setup, d.Trigger) {
		status, _, raw := p.send(x)
		require.Equal(t, x.Response.Status, status, "%s %s: %s", x.Request.Method, x.Request.Path, raw)
		p.learn(decoded(x.Response.Body), decoded(raw))
	}
	require.NoError(t, p.server.Settle(t.Context()))

	_, _, raw := p.send(d.Notifications)
	want, got := dataOf(d.Notifications.Response.Body), dataOf(raw)
	assert.Equal(t, told(want), told(got))
	assert.Equal(t, withoutDetails(want), withoutDetails(got))
	_, _, raw = p.send(d.Messages)
	assert.ElementsMatch(t, brief(dataOf(d.Messages.Response.Body)), brief(dataOf(raw)))
	if !slices.Contains(showsNothing, d.Name) {
		assert.ElementsMatch(t, d.landed(), landed(t, p.server))
	}
}

var madeText = []struct {
	pattern *regexp.Regexp
	stands  string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "<uuid>"},
	{regexp.MustCompile(`\b[0-9a-f]{24}\b`), "<oid>"},
	{regexp.MustCompile(`txn_\w+`), "<txn>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "<time>"},
	{regexp.MustCompile(`"(id|token)":"[^"]*"`), "<$1>"},
}

// plain is a text without what a server makes up.
func plain(text string) string {
	for _, m := range madeText {
		text = m.pattern.ReplaceAllString(text, m.stands)
	}
	return text
}

func dataOf(raw []byte) []any {
	body, _ := decoded(raw).(map[string]any)
	data, _ := body["data"].([]any)
	return data
}

// told is what the details of the jobs say.
func told(notifications []any) []string {
	var lines []string
	for _, n := range notifications {
		for _, j := range n.(obj)["jobs"].([]any) {
			job := j.(obj)
			lines = append(lines, fmt.Sprint(job["type"], job["status"], job["providerId"]))
			for _, detail := range job["executionDetails"].([]any) {
				d := detail.(obj)
				raw, _ := d["raw"].(string)
				lines = append(lines, fmt.Sprint(" ", d["status"], d["detail"], d["providerId"], plain(raw)))
			}
		}
	}
	return lines
}

// withoutDetails is what notifications look like, but for what a server makes up.
func withoutDetails(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = withoutDetails(item)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for k, item := range v {
			switch k {
			case "executionDetails", "__v":
			case "slug", "name", "description":
				object[k] = "<text>"
			default:
				object[k] = withoutDetails(item)
			}
		}
		return object
	case string:
		return plain(v)
	}
	return v
}

func brief(messages []any) []string {
	var lines []string
	for _, m := range messages {
		message := m.(obj)
		lines = append(lines, fmt.Sprint(message["status"], message["errorId"], message["errorText"], message["content"], message["providerId"]))
	}
	return lines
}

// landed is what Teams shows here.
func landed(t *testing.T, srv *novutest.Server) []string {
	t.Helper()
	var lines []string
	for _, m := range srv.Messages() {
		text := m.Text
		if m.Card != nil {
			text = canonical(t, m.Card)
		}
		lines = append(lines, fmt.Sprint(m.Type, m.UserID, m.ChannelID, m.TenantID, text))
	}
	return lines
}

func canonical(t *testing.T, raw []byte) string {
	t.Helper()
	out, err := json.Marshal(decoded(raw))
	require.NoError(t, err)
	return string(out)
}

// landed is what the recorded requests made Teams show.
func (d delivery) landed() []string {
	chats := map[string][2]string{}
	var lines []string
	for _, q := range d.Microsoft {
		body, _ := q.Body.(map[string]any)
		answer, _ := q.Answered.Body.(map[string]any)
		within := func(object map[string]any, keys ...string) string {
			var v any = object
			for _, key := range keys {
				o, _ := v.(map[string]any)
				v = o[key]
			}
			text, _ := v.(string)
			return text
		}
		switch _, conversation, _ := strings.Cut(q.URL, "/v3/conversations"); {
		case q.Answered.Status >= 300, strings.Contains(q.URL, "login.microsoftonline.com"):
		case !strings.Contains(q.URL, "/v3/"):
			attachments, _ := body["attachments"].([]any)
			if len(attachments) > 0 {
				card, _ := json.Marshal(attachments[0].(obj)["content"])
				lines = append(lines, fmt.Sprint(novutest.TypeWebhook, "", "", "", string(card)))
			}
		case conversation == "":
			member := body["members"].([]any)[0].(obj)
			chats[within(answer, "id")] = [2]string{member["id"].(string), within(body, "channelData", "tenant", "id")}
		default:
			id, _ := url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(conversation, "/"), "/activities"))
			text, _ := body["text"].(string)
			if chat, isChat := chats[id]; isChat {
				lines = append(lines, fmt.Sprint(novutest.TypeUser, chat[0], "", chat[1], text))
			} else {
				lines = append(lines, fmt.Sprint(novutest.TypeChannel, "", id, within(body, "channelData", "tenant", "id"), text))
			}
		}
	}
	return lines
}
