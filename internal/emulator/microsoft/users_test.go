package microsoft

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// botSide is a bot's messaging endpoint, and its way to the connector.
type botSide struct {
	t     *testing.T
	s     *Server
	bot   Bot
	got   []object
	token string
}

func newBotSide(t *testing.T) *botSide {
	t.Helper()
	b := &botSide{t: t, s: served(t)}
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var a object
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&a))
		assert.Equal(t, "Bearer "+b.s.botToken("6f2d8a10", b.s.serviceURL()), r.Header.Get("Authorization"))
		b.got = append(b.got, a)
	}))
	t.Cleanup(endpoint.Close)
	b.bot = Bot{ClientID: "6f2d8a10", Name: "Support Bot", Endpoint: endpoint.URL, TenantID: "tenant"}
	b.s.AddBot(b.bot)
	b.s.mu.Lock()
	b.token = b.s.issue(token{clientID: b.bot.ClientID, tenantID: "tenant", scope: BotScope, expires: time.Now().Add(time.Hour)}, nil)
	b.s.mu.Unlock()
	return b
}

// connector makes a request of the bot's.
func (b *botSide) connector(method, path string, body any) (int, object) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.s.ConnectorURL()+"/v3/conversations"+path, bytes.NewReader(emulator.Encode(body)))
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	var answer object
	_ = json.Unmarshal(raw, &answer)
	return resp.StatusCode, answer
}

func (b *botSide) reply(p Posted, body any) string {
	b.t.Helper()
	status, answer := b.connector(http.MethodPost, "/"+p.ConversationID+"/activities", body)
	require.Equal(b.t, http.StatusCreated, status, answer)
	return answer.text("id")
}

func (b *botSide) last() object { return b.got[len(b.got)-1] }

var alice = Person{UserID: "11111111-aaaa-4bbb-8ccc-000000000001", Name: "Alice Adams", TenantID: "tenant"}

func (b *botSide) seat(place Place) Seat { return b.s.Sit(Seat{Bot: b.bot, Who: alice, Place: place}) }

// What a person writes comes with the fields that Teams sends.
func TestDirectMessage(t *testing.T) {
	b := newBotSide(t)
	_, posted, err := b.s.Write(t.Context(), b.seat(Place{}), "hello", false)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, posted.Status)
	a := b.last()
	keys := []string{}
	for name := range a {
		keys = append(keys, name)
	}
	assert.ElementsMatch(t, []string{
		"type", "id", "timestamp", "localTimestamp", "serviceUrl", "channelId", "from", "conversation", "recipient", "entities", "channelData",
		"locale", "localTimezone", "text", "textFormat",
	}, keys)
	assert.Equal(t, map[string]any{"id": BotID(alice.UserID), "name": "Alice Adams", "aadObjectId": alice.UserID}, a["from"])
	assert.Equal(t, map[string]any{"conversationType": "personal", "tenantId": "tenant", "id": posted.ConversationID}, a["conversation"])
	assert.Equal(t, map[string]any{"id": "28:6f2d8a10", "name": "Support Bot"}, a["recipient"])
	assert.Equal(t, posted.ActivityID, a["id"])
}

// The bot's own conversation with a person is the one that the person has opened, whichever id it uses.
func TestOneChatForBothSides(t *testing.T) {
	b := newBotSide(t)
	seat := b.seat(Place{})
	for _, id := range []string{alice.UserID, BotID(alice.UserID)} {
		status, answer := b.connector(http.MethodPost, "", object{"members": []any{object{"id": id}}, "tenantId": "tenant"})
		require.Equal(t, http.StatusCreated, status)
		assert.Equal(t, seat.Place.ChannelID, answer["id"])
	}
}

func TestChannelThread(t *testing.T) {
	b := newBotSide(t)
	seat, root, err := b.s.Write(t.Context(), b.seat(Place{Kind: TeamChannel}), "where is my <order>?", true)
	require.NoError(t, err)
	a := b.last()
	assert.Equal(t, "<at>Support Bot</at> where is my <order>?", a["text"])
	assert.Equal(t, seat.Place.ChannelID+";messageid="+root.ActivityID, root.ConversationID)
	assert.Contains(t, a["entities"], map[string]any{
		"type": "mention", "mentioned": map[string]any{"id": "28:6f2d8a10", "name": "Support Bot"}, "text": "<at>Support Bot</at>",
	})
	assert.Contains(t, string(emulator.Encode(a["attachments"])), "&lt;order&gt;")
	id := b.reply(root, object{"type": "message", "text": "on its way"})
	_, next, err := b.s.Write(t.Context(), seat, "thanks", false)
	require.NoError(t, err)
	assert.Equal(t, root.ConversationID, next.ConversationID)
	got, _ := b.s.Since(seat.Place.ChannelID, seat.Place.ThreadID, 0)
	require.Len(t, got, 1)
	assert.Equal(t, id, got[0].ID)
	elsewhere, _ := b.s.Since(seat.Place.ChannelID, "another", 0)
	assert.Empty(t, elsewhere)
}

const card = `{"type":"AdaptiveCard","version":"1.4","body":[
	{"type":"Container","items":[{"type":"Input.ChoiceSet","id":"who","label":"Assign","isRequired":true,
		"choices":[{"title":"Alice","value":"alice"},{"title":"Bob","value":"bob"}]}]}],
	"actions":[{"type":"Action.Submit","title":"Ack","data":{"actionId":"ack","value":"v"}},
		{"type":"Action.Submit","title":"Open","data":{"actionId":"open","msteams":{"type":"task/fetch"}}},
		{"type":"Action.OpenUrl","title":"Site","url":"https://example.com"}]}`

// A button sends its data with what is filled in, as recorded from Novu's side.
func TestButton(t *testing.T) {
	b := newBotSide(t)
	seat := b.seat(Place{})
	_, posted, err := b.s.Write(t.Context(), seat, "hello", false)
	require.NoError(t, err)
	id := b.reply(posted, object{"type": "message", "attachments": []any{
		object{"contentType": adaptiveCard, "content": json.RawMessage(card)},
	}})
	actions, inputs := ReadCard(json.RawMessage(card))
	require.Len(t, actions, 3)
	require.Len(t, inputs, 1)
	_, err = b.s.Press(t.Context(), seat, id, actions[0])
	require.ErrorContains(t, err, "Assign")
	b.s.Fill(seat, id, "who", "bob")
	_, err = b.s.Press(t.Context(), seat, id, actions[0])
	require.NoError(t, err)
	assert.Equal(t, "message", b.last()["type"])
	assert.Equal(t, map[string]any{"actionId": "ack", "value": "v", "who": "bob"}, b.last()["value"])
	assert.Equal(t, id, b.last()["replyToId"])
	_, err = b.s.Press(t.Context(), seat, id, actions[1])
	require.NoError(t, err)
	assert.Equal(t, "invoke", b.last()["type"])
	assert.Equal(t, "task/fetch", b.last()["name"])
	_, err = b.s.Press(t.Context(), seat, id, actions[2])
	require.ErrorContains(t, err, "tells the bot nothing")
}

func TestReactionAndEdit(t *testing.T) {
	b := newBotSide(t)
	seat := b.seat(Place{})
	_, posted, err := b.s.Write(t.Context(), seat, "helo", false)
	require.NoError(t, err)
	id := b.reply(posted, object{"type": "message", "text": "hi"})
	_, err = b.s.React(t.Context(), seat, id, "like", true)
	require.NoError(t, err)
	assert.Equal(t, []any{map[string]any{"type": "like"}}, b.last()["reactionsAdded"])
	assert.Equal(t, id, b.last()["replyToId"])
	_, err = b.s.React(t.Context(), seat, id, "like", false)
	require.NoError(t, err)
	assert.Contains(t, b.last(), "reactionsRemoved")
	_, err = b.s.Rewrite(t.Context(), seat, posted.ActivityID, "hello")
	require.NoError(t, err)
	assert.Equal(t, "messageUpdate", b.last()["type"])
	assert.Equal(t, posted.ActivityID, b.last()["id"])
	_, err = b.s.Rewrite(t.Context(), seat, id, "not mine")
	require.ErrorIs(t, err, ErrNoMessage)
}

// The bot's changes show in the conversation: what came, was edited, deleted.
func TestConversationIsKept(t *testing.T) {
	b := newBotSide(t)
	_, posted, err := b.s.Write(t.Context(), b.seat(Place{}), "hello", false)
	require.NoError(t, err)
	b.reply(posted, object{"type": "typing"})
	require.False(t, b.s.Conversations()[0].Typing.IsZero())
	first := b.reply(posted, object{"type": "message", "text": "one"})
	assert.True(t, b.s.Conversations()[0].Typing.IsZero(), "a message ends the typing")
	_, mark := b.s.Since(posted.ConversationID, "", 0)
	second := b.reply(posted, object{"type": "message", "text": "two"})
	status, _ := b.connector(http.MethodPut, "/"+posted.ConversationID+"/activities/"+first, object{"type": "message", "text": "ONE"})
	require.Equal(t, http.StatusOK, status)
	status, _ = b.connector(http.MethodDelete, "/"+posted.ConversationID+"/activities/"+second, nil)
	require.Equal(t, http.StatusOK, status)
	got, _ := b.s.Since(posted.ConversationID, "", mark)
	require.Len(t, got, 2)
	assert.Equal(t, "ONE", got[0].Text)
	assert.False(t, got[0].EditedAt.IsZero())
	assert.True(t, got[1].Deleted)
	all := b.s.Conversations()
	require.Len(t, all, 1)
	assert.Len(t, all[0].Messages, 3)
	assert.Equal(t, "Alice Adams", all[0].With)
	assert.False(t, all[0].Messages[0].Bot)
}

func TestWhatCannotBeWritten(t *testing.T) {
	b := newBotSide(t)
	seat := b.seat(Place{})
	b.s.Uninstall(alice.UserID)
	_, _, err := b.s.Write(t.Context(), seat, "hello", false)
	require.ErrorIs(t, err, ErrBotNotInstalled)
	b.s.Install(alice.UserID)
	b.s.Remove(alice.UserID)
	_, _, err = b.s.Write(t.Context(), seat, "hello", false)
	require.ErrorIs(t, err, ErrNoConversation)
	for endpoint, want := range map[string]string{
		"": "no messaging endpoint", "https://api.novu.co/v1": "nothing here leaves this machine", "::": "no address",
	} {
		elsewhere := Seat{Bot: Bot{ClientID: "c", Endpoint: endpoint}, Who: Person{UserID: "u", Name: "U", TenantID: "tenant"}}
		_, _, err := b.s.Write(t.Context(), b.s.Sit(elsewhere), "hello", false)
		require.ErrorContains(t, err, want)
	}
	assert.Empty(t, b.got)
}

// A message above the limit is refused; its files do not count.
func TestMessageLimit(t *testing.T) {
	b := newBotSide(t)
	b.s.config.MessageLimit = 1 << 10
	_, posted, err := b.s.Write(t.Context(), b.seat(Place{}), "hello", false)
	require.NoError(t, err)
	path := "/" + url.PathEscape(posted.ConversationID) + "/activities"
	large := string(bytes.Repeat([]byte("x"), 1<<10))
	status, answer := b.connector(http.MethodPost, path, object{"type": "message", "text": large})
	assert.Equal(t, http.StatusRequestEntityTooLarge, status)
	assert.Contains(t, string(emulator.Encode(answer)), "MessageSizeTooBig")
	b.reply(posted, object{"type": "message", "attachments": []any{object{"contentType": "text/plain", "contentUrl": "data:text/plain;base64," + large}}})
}
