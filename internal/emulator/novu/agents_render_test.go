package novu

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

func newTestServer(t *testing.T) *Server {
	host, err := emulator.Listen(emulator.Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(host.Close)
	return New(host, microsoft.New(host, microsoft.Config{}), Config{Version: V319})
}

func testCall(s *Server, body string) *call {
	c := &call{s: s, Call: &emulator.Call{Raw: []byte(body)}}
	if body != "" && emulator.Decode(c.Raw, &c.Body) != nil {
		panic("the test's body is no JSON: " + body)
	}
	return c
}

// message is the message of an answer, with the single messages of a refused body.
func message(t *testing.T, answer *reply) string {
	if answer == nil {
		return ""
	}
	var said struct {
		Message string `json:"message"`
		Errors  struct {
			General struct {
				Messages []string `json:"messages"`
			} `json:"general"`
		} `json:"errors"`
	}
	require.NoError(t, emulator.Decode(answer.Body, &said))
	if said.Errors.General.Messages != nil {
		return strings.Join(said.Errors.General.Messages, "; ")
	}
	return said.Message
}

// Novu checks little of a card. What is missing in it is found by JavaScript.
func TestRenderContentOfBrokenCards(t *testing.T) {
	s := newTestServer(t)
	for _, c := range []struct {
		card, want string
		edit       bool
	}{
		{card: `{"type": "card"}`, want: "children is not iterable"},
		{card: `{"type": "card"}`, edit: true, want: "card.children is not iterable"},
		{card: `{"type": "card", "children": [null]}`, want: "Cannot read properties of null (reading 'type')"},
		{card: `{"type": "card", "children": [{"type": "actions"}]}`, want: "child.children is not iterable"},
		{card: `{"type": "card", "children": [{"type": "section"}]}`, want: "element.children is not iterable"},
		{card: `{"type": "card", "children": [{"type": "text"}]}`, want: "Cannot read properties of undefined (reading 'replace')"},
		{card: `{"type": "card", "children": [{"type": "text", "content": 1}]}`, want: "text.replace is not a function"},
		{card: `{"type": "card", "title": 1, "children": []}`, want: "text.replace is not a function"},
		{card: `{"type": "card", "children": [{"type": "fields"}]}`, want: "Cannot read properties of undefined (reading 'map')"},
		{card: `{"type": "card", "children": [{"type": "table", "headers": ["a"], "rows": {}}]}`, want: "element.rows.map is not a function"},
		{card: `{"type": "card", "children": [{"type": "actions", "children": [{"type": "select", "label": "x", "options": null}]}]}`,
			want: "Cannot read properties of null (reading 'map')"},
		{card: `{"type": "card", "children": "abc"}`},
	} {
		t.Run(c.card, func(t *testing.T) {
			fields, refused := s.renderContent(t.Context(), []byte(`{"card": `+c.card+`}`), rendering{call: testCall(s, ""), edit: c.edit})
			assert.Equal(t, c.want, message(t, refused))
			if c.want != "" {
				assert.Equal(t, http.StatusBadGateway, refused.Status)
				return
			}
			assert.Len(t, fields["attachments"], 1)
		})
	}
}

func TestRenderContentOfFiles(t *testing.T) {
	s := newTestServer(t)
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			w.Header().Set("Content-Type", "text/x")
			_, _ = w.Write([]byte("hi"))
		case "/large":
			w.Header().Set("Content-Length", "27262976")
			w.WriteHeader(http.StatusOK)
		case "/again":
			http.Redirect(w, r, "/again", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "http://127.0.0.1/", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(files.Close)
	public := strings.Replace(files.URL, "127.0.0.1", "files.example", 1)
	for _, c := range []struct{ file, want, fault string }{
		{file: `"data": "aGk="`, want: "data:application/octet-stream;base64,aGk="},
		{file: `"data": "a G\nk", "mimeType": "text/plain"`, want: "data:text/plain;base64,aGk="},
		{file: `"data": "aGl"`, fault: "data must be a base64-encoded string."},
		{file: `"data": "aGkx="`, fault: "data must be a base64-encoded string."},
		{file: `"data": "` + strings.Repeat("AAAA", 1_747_627) + `"`, fault: "inline data must be 5 MB or smaller."},
		{file: `"url": "` + public + `/ok"`, want: "data:text/x;base64,aGk="},
		{file: `"url": "` + public + `/large"`, fault: "file size exceeds 25 MB."},
		{file: `"url": "` + public + `/nope"`, fault: "404 Not Found"},
		{file: `"url": "` + public + `/again"`, fault: "too many redirects."},
		{file: `"url": "` + public + `/inside"`, fault: "(resolved: 127.0.0.1)."},
		{file: `"url": "` + files.URL + `/ok"`, fault: "url: Requests to private or reserved IP addresses are not allowed (resolved: 127.0.0.1)."},
		{file: `"url": "http://localhost/ok"`, fault: `url: Requests to "localhost" are not allowed.`},
		{file: `"url": "http://me:it@x.example/"`, fault: "url: URLs with embedded credentials are not allowed."},
		{file: `"url": "ftp://x.example/"`, fault: `url: URL scheme "ftp:" is not allowed. Only http and https are permitted.`},
		{file: `"url": "https://x.invalid/"`, fault: `url: Unable to resolve hostname "x.invalid".`},
		{file: `"url": "nope"`, fault: "url: Invalid URL format."},
	} {
		t.Run(c.fault+c.want, func(t *testing.T) {
			content := []byte(`{"markdown": "x", "files": [{"filename": "f", ` + c.file + `}]}`)
			fields, refused := s.renderContent(t.Context(), content, rendering{call: testCall(s, "")})
			if c.fault != "" {
				assert.Contains(t, message(t, refused), `file "f"`)
				assert.Contains(t, message(t, refused), c.fault)
				assert.Equal(t, http.StatusBadRequest, refused.Status)
				return
			}
			require.Nil(t, refused)
			attachment := fields["attachments"].([]any)[0].(map[string]any)
			assert.Equal(t, c.want, attachment["contentUrl"])
			fields, refused = s.renderContent(t.Context(), content, rendering{call: testCall(s, ""), edit: true})
			require.Nil(t, refused)
			assert.NotContains(t, fields, "attachments", "an edit has no files")
		})
	}
}

func TestRedeemAction(t *testing.T) {
	s := newTestServer(t)
	long := strings.Repeat("i", 60)
	fields, refused := s.renderContent(t.Context(), emulator.Encode(map[string]any{"card": map[string]any{"type": "card", "children": []any{
		map[string]any{"type": "section", "children": []any{map[string]any{"type": "actions", "children": []any{
			map[string]any{"type": "button", "id": long, "label": "Long", "value": "v"},
			map[string]any{"type": "button", "id": "short", "label": "Short", "value": "w"},
		}}}},
	}}}), rendering{agent: "bot"})
	require.Nil(t, refused)
	card := fields["attachments"].([]any)[0].(map[string]any)["content"].(map[string]any)
	actions := card["actions"].([]any)
	token, _ := actions[0].(map[string]any)["data"].(map[string]any)["actionId"].(string)
	assert.Regexp(t, "^at:", token)
	assert.Equal(t, map[string]any{"actionId": "short", "value": "w"}, actions[1].(map[string]any)["data"])

	own, known := s.redeemAction(click{id: token, sourceMessageID: "1"}, "bot")
	require.True(t, known)
	assert.Equal(t, long, own.id)
	assert.Equal(t, "v", *own.value)
	assert.Equal(t, "1", own.sourceMessageID)
	short, known := s.redeemAction(click{id: "short"}, "bot")
	assert.True(t, known)
	assert.Equal(t, "short", short.id)
	_, known = s.redeemAction(click{id: token}, "another")
	assert.False(t, known)
	_, known = s.redeemAction(click{id: "at:" + strings.Repeat("x", 22)}, "bot")
	assert.False(t, known)
	s.host.Clock.Advance(actionLifetime + 1)
	_, known = s.redeemAction(click{id: token}, "bot")
	assert.False(t, known)
}
