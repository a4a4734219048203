package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

const card = `{"type":"AdaptiveCard","version":"1.4","body":[]}`

func envelope(attachments ...string) json.RawMessage {
	return json.RawMessage(`{"type":"message","attachments":[` + strings.Join(attachments, ",") + `]}`)
}

func attachment(card string) string {
	return `{"contentType":"application/vnd.microsoft.card.adaptive","content":` + card + `}`
}

// send returns what is posted of a message.
func send(t *testing.T, message any, opts ...webhook.Option) (string, error) {
	t.Helper()
	var posted string
	c := newClient(t, append(opts, throughMemory(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		posted = string(body)
		return accepted(), err
	}))...)
	_, err := c.Send(t.Context(), at(t, "a"), message)
	return posted, err
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		message any
		says    string // "" where it is sent
	}{
		"card":                     {webhook.Card([]byte(card)), ""},
		"card 1.0":                 {webhook.Card([]byte(`{"version":"1.0","type":"AdaptiveCard"}`)), ""},
		"raw envelope":             {envelope(attachment(card)), ""},
		"two cards":                {envelope(attachment(card), attachment(card)), ""},
		"a map":                    {map[string]any{"type": "message", "attachments": []any{json.RawMessage(attachment(card))}, "more": 1}, ""},
		"pointer":                  {ptr(webhook.Text("hi")), ""},
		"nil":                      {nil, "not a JSON object but null"},
		"nil pointer":              {(*webhook.Message)(nil), "not a JSON object but null"},
		"zero":                     {webhook.Message{}, "use Text, Markdown, Card or Raw"},
		"empty text":               {webhook.Text(" \n"), "the text is empty"},
		"string":                   {"hi", `not a JSON object but "hi": wrap text with webhook.Text`},
		"JSON as a string":         {`{"type":"message"}`, "not a JSON object"},
		"bytes":                    {[]byte(card), "not a JSON object"},
		"array":                    {json.RawMessage("[" + card + "]"), "not a JSON object"},
		"bare text":                {map[string]string{"text": "hi"}, `has no "type": "message"`},
		"MessageCard":              {map[string]string{"@type": "MessageCard", "text": "hi"}, "retired Office 365 connectors"},
		"bare card":                {json.RawMessage(card), "wrap it with webhook.Card"},
		"type in another case":     {json.RawMessage(strings.Replace(string(envelope(attachment(card))), "type", "Type", 1)), `has no "type": "message"`},
		"no attachments":           {map[string]any{"type": "message", "text": "hi"}, `has no "attachments"`},
		"empty attachments":        {envelope(), `has no "attachments"`},
		"null attachment":          {envelope("null"), `its contentType is ""`},
		"attachments no array":     {map[string]any{"type": "message", "attachments": "x"}, `has no "attachments"`},
		"a hero card":              {envelope(attachment(card), `{"contentType":"application/vnd.microsoft.card.hero","content":{}}`), "attachment (1) that a Workflow would not post"},
		"no content":               {envelope(`{"contentType":"application/vnd.microsoft.card.adaptive"}`), `"type": "AdaptiveCard"`},
		"content as text":          {envelope(attachment(`"{}"`)), `"type": "AdaptiveCard"`},
		"card of another type":     {webhook.Card([]byte(`{"type":"adaptivecard","version":"1.4"}`)), `"type": "AdaptiveCard"`},
		"card without version":     {webhook.Card([]byte(`{"type":"AdaptiveCard"}`)), "no version"},
		"version as a number":      {webhook.Card([]byte(`{"type":"AdaptiveCard","version":1.4}`)), "no version"},
		"version 1":                {webhook.Card([]byte(`{"type":"AdaptiveCard","version":"1"}`)), "no version"},
		"version 1.5":              {webhook.Card([]byte(`{"type":"AdaptiveCard","version":"1.5"}`)), `version is "1.5", a Workflow takes at most 1.4`},
		"version 1.10":             {webhook.Card([]byte(`{"type":"AdaptiveCard","version":"1.10"}`)), "at most 1.4"},
		"version 2.0":              {webhook.Card([]byte(`{"type":"AdaptiveCard","version":"2.0"}`)), "at most 1.4"},
		"card that is not JSON":    {webhook.Card([]byte(`{"type":`)), "can't be encoded"},
		"card and more":            {webhook.Card([]byte(card + `,"x":1`)), "can't be encoded"},
		"what can't be marshalled": {make(chan int), "can't be encoded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			posted, err := send(t, tt.message)
			_, novuErr := webhook.ForNovu(tt.message)
			if tt.says == "" {
				require.NoError(t, err)
				require.NoError(t, novuErr)
				assert.Contains(t, posted, `"AdaptiveCard"`)
				return
			}
			for _, err := range []error{err, novuErr} {
				require.ErrorIs(t, err, webhook.ErrInvalidParams)
				assert.ErrorContains(t, err, tt.says)
				var e *webhook.Error
				require.ErrorAs(t, err, &e)
				assert.Contains(t, e.Fields, "message")
			}
			assert.Empty(t, posted)
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestMessageSize(t *testing.T) {
	t.Parallel()
	empty, err := json.Marshal(webhook.Markdown("-"))
	require.NoError(t, err)
	filled := func(size int) webhook.Message { return webhook.Markdown(strings.Repeat("<", size-len(empty)+1)) }

	posted, err := send(t, filled(20_480))
	require.NoError(t, err)
	assert.Len(t, posted, 20_480)
	posted, err = send(t, filled(20_481))
	require.ErrorIs(t, err, webhook.ErrPayloadTooLarge)
	require.ErrorIs(t, err, webhook.ErrInvalidParams)
	assert.ErrorContains(t, err, "is 20481 bytes of JSON, at most 20480 are accepted")
	assert.Empty(t, posted)

	_, err = webhook.ForNovu(filled(20_480))
	require.NoError(t, err, "escapes don't count: what Novu posts has none")
	_, err = webhook.ForNovu(filled(20_481))
	require.ErrorIs(t, err, webhook.ErrPayloadTooLarge)

	_, err = send(t, filled(500), webhook.WithMaxMessageSize(500))
	require.NoError(t, err)
	_, err = send(t, filled(501), webhook.WithMaxMessageSize(500))
	require.ErrorIs(t, err, webhook.ErrPayloadTooLarge)
}

// textOf is what Teams shows of a message's text: a line for each block.
func textOf(t *testing.T, body string) string {
	t.Helper()
	var envelope struct {
		Attachments []struct {
			Content struct {
				Body []struct {
					Text    string
					Inlines []struct{ Text string }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &envelope))
	require.Len(t, envelope.Attachments, 1)
	var lines []string
	for _, block := range envelope.Attachments[0].Content.Body {
		line := block.Text
		for _, run := range block.Inlines {
			line += run.Text
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestTextStaysText(t *testing.T) {
	t.Parallel()
	for text, shown := range map[string]string{
		"Build 17 failed": "Build 17 failed",
		"build failed\nstep 1: compile_all\nstep 2: test_all": "build failed\nstep 1: compile_all\nstep 2: test_all",
		"a\r\nb\rc\nd\n\n": "a\nb\nc\nd",
		"a\n\nb":           "a\n\u00a0\nb",
		"  - [x](y) **z**": "  - [x](y) **z**",
	} {
		body, err := json.Marshal(webhook.Text(text))
		require.NoError(t, err)
		assert.Equal(t, shown, textOf(t, string(body)))
		assert.NotContains(t, string(body), `"TextBlock"`, "which would read Markdown")
	}
}

func TestMarkdownIsAskedFor(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(webhook.Markdown("**Build 17** failed"))
	require.NoError(t, err)
	assert.Contains(t, string(body), `{"type":"TextBlock","text":"**Build 17** failed","wrap":true}`)
}

func TestRawIsSentAsItStands(t *testing.T) {
	t.Parallel()
	for _, message := range []any{webhook.Raw([]byte(card)), ptr(webhook.Raw([]byte(card)))} {
		posted, err := send(t, message)
		require.NoError(t, err)
		assert.Equal(t, card, posted)
	}
	for body, says := range map[string]string{"": "the body is empty", `{"a":`: "can't be encoded"} {
		_, err := send(t, webhook.Raw([]byte(body)))
		require.ErrorIs(t, err, webhook.ErrInvalidParams)
		assert.ErrorContains(t, err, says)
	}
	_, err := send(t, webhook.Raw([]byte(card)), webhook.WithMaxMessageSize(10))
	assert.ErrorIs(t, err, webhook.ErrPayloadTooLarge)
}

// forNovu is a step's content, which must hold no delimiter for a server that renders before it
// parses the JSON, nor for one that renders each string of the parsed JSON.
func forNovu(t *testing.T, message any) string {
	t.Helper()
	content, err := webhook.ForNovu(message)
	require.NoError(t, err)
	for _, special := range []string{"{{", "{%", "<", ">", "&"} {
		assert.NotContains(t, content, special)
	}
	var parsed any
	require.NoError(t, json.Unmarshal([]byte(content), &parsed))
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			assert.NotContains(t, v, "{{")
			assert.NotContains(t, v, "{%")
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for name, x := range v {
				walk(name)
				walk(x)
			}
		}
	}
	walk(parsed)
	return content
}

var texts = []string{
	"hi", "{{payload.secret}}", "{%raw%}", "{{{x}}}", "{{{{", "{{%", "{%{{", "{", `\{{`, `\\{%`, "{\u007b", `{\u007b`, "<script>&amp;", "a\u2028b", "日本 {{", "{{\n%}",
}

func TestForNovuKeepsTheText(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		assert.Equal(t, text, textOf(t, forNovu(t, webhook.Text(text))))
		assert.Equal(t, text, strings.ReplaceAll(textOf(t, forNovu(t, webhook.Markdown(text))), "\u200b", ""))
	}
}

func TestForNovuHidesDelimitersInAnyCard(t *testing.T) {
	t.Parallel()
	content := forNovu(t, webhook.Card([]byte(`{"type":"AdaptiveCard","version":"1.2","body":[{"text":"{{x}}","u":"{\u007b y","n":1.50}],"{{k":{"a":{}},
		"urls":["https://x.example/{{{a}}?b={%20c","https://x.example is {{not}} an address"]}`)))
	for _, want := range []string{
		`"{` + "\u200b" + `{x}}"`, `"{` + "\u200b" + `{ y"`, `"{` + "\u200b" + `{k"`, "1.50",
		`"https://x.example/%7B%7B{a}}?b=%7B%20c"`, `"https://x.example is {` + "\u200b" + `{not}} an address"`,
	} {
		assert.Contains(t, content, want)
	}
}

func FuzzForNovu(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) == "" || !utf8.ValidString(text) || len(text) > 1000 {
			return
		}
		want := strings.TrimRight(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
		got := textOf(t, forNovu(t, webhook.Text(text)))
		if strings.ReplaceAll(got, "\u00a0", "") != strings.ReplaceAll(want, "\u00a0", "") {
			t.Errorf("%q becomes %q", text, got)
		}
		forNovu(t, webhook.Markdown(text))
	})
}

// Whatever is sent is an envelope with a card, as far as it is checked.
func FuzzRawMessage(f *testing.F) {
	for _, seed := range []string{string(envelope(attachment(card))), card, "null", "[]", `{"type":"message","attachments":[null]}`, `{"type":"message","attachments":{}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		content, err := webhook.ForNovu(json.RawMessage(data))
		if err != nil {
			return
		}
		var sent struct {
			Type        string
			Attachments []struct {
				Content struct{ Type, Version string }
			}
		}
		if err := json.Unmarshal([]byte(content), &sent); err == nil && len(sent.Attachments) == 0 {
			t.Errorf("%s is accepted", data)
		}
	})
}
