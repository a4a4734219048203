package msteams_test

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

const activities = "POST /connector/teams/v3/conversations/{id}/activities"

// sent is the body of the only activity that was posted.
func sent(t *testing.T, f *fake) map[string]any {
	t.Helper()
	requests := f.requests("/activities")
	require.Len(t, requests, 1)
	var body map[string]any
	require.NoError(t, json.Unmarshal([]byte(requests[0].body), &body))
	return body
}

func TestMentions(t *testing.T) {
	t.Parallel()
	anna := msteams.Member{ID: "29:anna", Name: "Anna <R&D>"}.Mention()
	bob := msteams.Member{ObjectID: userID, GivenName: "Bob", Surname: "Lee"}.Mention()
	eve := msteams.Mention{ID: "eve@acme.example", Name: "Eve"}
	assert.Equal(t, "<at>Anna &lt;R&amp;D&gt;</at>", anna.String())
	assert.Equal(t, msteams.Mention{ID: userID, Name: "Bob Lee"}, bob)

	card, err := json.Marshal(object{
		"type": "AdaptiveCard", "version": "1.4", "body": []any{object{"type": "TextBlock", "text": "ask " + eve.String()}},
		"msteams": object{"width": "Full", "entities": []any{object{"type": "mention", "text": "<at>x</at>"}}},
	})
	require.NoError(t, err)
	f := newFake(t)
	f.on(activities, ok(object{"id": "1"}))
	_, err = f.tenant(t).SendToChannel(t.Context(), teamID, channelID, msteams.Message{
		Text: "Hi " + anna.String() + " and " + bob.String(), Card: card, Mentions: []msteams.Mention{anna, bob, eve},
	})
	require.NoError(t, err)
	body := sent(t, f)
	mention := func(m msteams.Mention) object {
		return object{"type": "mention", "text": m.String(), "mentioned": object{"id": m.ID, "name": m.Name}}
	}
	assert.Equal(t, []any{mention(anna), mention(bob)}, body["entities"])
	content := body["attachments"].([]any)[0].(object)["content"].(object)
	assert.Equal(t, object{"width": "Full", "entities": []any{object{"type": "mention", "text": "<at>x</at>"}, mention(eve)}}, content["msteams"])
}

func TestMentionsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for field, m := range map[string]msteams.Message{
		"Message.Mentions[0]":      {Text: "hi", Mentions: []msteams.Mention{{ID: "29:a", Name: "Anna"}}},
		"Message.Mentions[0].ID":   {Text: "<at>Anna</at>", Mentions: []msteams.Mention{{ID: "Anna", Name: "Anna"}}},
		"Message.Mentions[0].Name": {Text: "<at></at>", Mentions: []msteams.Mention{{ID: "29:a"}}},
		"Message.Mentions[1].Name": {Text: "<at>Anna</at>", Mentions: []msteams.Mention{{ID: "29:a", Name: "Anna"}, {ID: "29:b", Name: "Anna"}}},
	} {
		_, err := f.tenant(t).SendToChannel(t.Context(), teamID, channelID, m)
		require.ErrorIs(t, err, msteams.ErrInvalidParams)
		assert.Contains(t, asError(t, err).Fields, field)
	}
	assert.Empty(t, f.requests(""))
}

func TestReplyInChannel(t *testing.T) {
	t.Parallel()
	want := object{"tenant": object{"id": customer}, "team": object{"id": teamID}, "channel": object{"id": channelID}}
	f := newFake(t)
	f.on(activities, ok(object{"id": "2"}))
	got, err := f.tenant(t).ReplyInChannel(t.Context(), teamID, channelID+";messageid=1", "17", msteams.Message{Text: "done"})
	require.NoError(t, err)
	assert.Equal(t, &msteams.Sent{ConversationID: channelID + ";messageid=17", ActivityID: "2"}, got)
	assert.Contains(t, f.requests("/activities")[0].uri, "thread.tacv2%3Bmessageid%3D17/activities")
	assert.Equal(t, want, sent(t, f)["channelData"])

	f = newFake(t)
	f.on(activities, ok(object{"id": "3"}))
	_, err = f.tenant(t).SendToChannel(t.Context(), teamID, channelID+";messageid=17", msteams.Message{Text: "done"})
	require.NoError(t, err)
	assert.Equal(t, want, sent(t, f)["channelData"], "a channel's id has no suffix")

	_, err = f.tenant(t).ReplyInChannel(t.Context(), teamID, channelID, "1;2", msteams.Message{Text: "done"})
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
	assert.Contains(t, asError(t, err).Fields, "messageID")
}

func TestEscapeText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"build failed\nstep_1 *done": "build failed<br>step&#95;1 &#42;done",
		"a\r\nb\rc\n":                "a<br>b<br>c<br>",
		"  - one":                    "&nbsp;&nbsp;&#45; one",
		"1. one\n12) two\n1.5 three": "1&#46; one<br>12&#41; two<br>1&#46;5 three",
		"<b>R&D</b>":                 "&lt;b&gt;R&amp;D&lt;/b&gt;",
		"[x](https://evil.example)":  "&#91;x&#93;(https://evil.example)",
		"a - b = c + 1.":             "a - b = c + 1.",
		"---\n===\n> x\n# y\n`z`":    "&#45;--<br>&#61;==<br>&gt; x<br>&#35; y<br>&#96;z&#96;",
		"<at>Anna</at>":              "&lt;at&gt;Anna&lt;/at&gt;",
	} {
		assert.Equal(t, want, msteams.EscapeText(text))
	}
}

var special = regexp.MustCompile("[\\\\`*_{}\\[\\]~|]")

func FuzzEscapeText(f *testing.F) {
	f.Add("a_b\n  1. *c*")
	f.Fuzz(func(t *testing.T, text string) {
		escaped := msteams.EscapeText(text)
		if special.MatchString(escaped) || strings.Contains(strings.ReplaceAll(escaped, "<br>", ""), "<") {
			t.Errorf("%q holds markup", escaped)
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(text)
		got := strings.ReplaceAll(html.UnescapeString(strings.ReplaceAll(escaped, "<br>", "\n")), "\u00a0", " ")
		if got != strings.ReplaceAll(want, "\u00a0", " ") {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}
