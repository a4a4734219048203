package msteams_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

const members = "GET /connector/teams/v3/conversations/{id}/pagedmembers"

func member(n int) object {
	return object{"id": fmt.Sprintf("29:%d", n), "objectId": teamNo(n), "name": fmt.Sprintf("Member %d", n), "tenantId": customer, "userRole": "user"}
}

func memberPage(token string, people ...object) answer {
	p := object{"members": append([]object{}, people...)}
	if token != "" {
		p["continuationToken"] = token
	}
	return ok(p)
}

func TestRoster(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on(members,
		memberPage("a/b+c=&", member(1), member(2)),
		memberPage("next", member(2), member(3)), // one comes again
		memberPage("last"),
		memberPage("", object{"id": "29:4", "aadObjectId": userID, "userRole": "anonymous", "unknown": true}))
	people, err := collect(f.tenant(t).Roster(t.Context(), channelID))
	require.NoError(t, err)
	assert.Equal(t, []msteams.Member{
		{ID: "29:1", ObjectID: teamNo(1), Name: "Member 1", TenantID: customer, UserRole: "user"},
		{ID: "29:2", ObjectID: teamNo(2), Name: "Member 2", TenantID: customer, UserRole: "user"},
		{ID: "29:3", ObjectID: teamNo(3), Name: "Member 3", TenantID: customer, UserRole: "user"},
		{ID: "29:4", ObjectID: userID, UserRole: "anonymous"},
	}, people)
	sent := f.requests("/pagedmembers")
	assert.Equal(t, "/connector/teams/v3/conversations/19%3Ageneral%40thread.tacv2/pagedmembers?pageSize=500", sent[0].uri)
	assert.Equal(t, "/connector/teams/v3/conversations/19%3Ageneral%40thread.tacv2/pagedmembers?continuationToken=a%2Fb%2Bc%3D%26&pageSize=500", sent[1].uri)
	assert.Equal(t, jwt(home, "Team.ReadBasic.All"), sent[0].token, "the bot's, of its own tenant")
}

func TestRosterStopsWithTheLoop(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on(members, memberPage("more", member(1), member(2)))
	for _, err := range f.tenant(t).Roster(t.Context(), channelID) {
		require.NoError(t, err)
		break
	}
	assert.Len(t, f.requests("/pagedmembers"), 1)
}

func TestRostersThatDoNotEnd(t *testing.T) {
	t.Parallel()
	t.Run("the same token", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on(members, memberPage("again", member(1)))
		_, err := collect(f.tenant(t).Roster(t.Context(), channelID))
		require.ErrorIs(t, err, msteams.ErrBadAnswer)
		assert.Len(t, f.requests("/pagedmembers"), 2)
	})
	t.Run("new tokens for the same members", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		var n atomic.Int64
		f.on(members, func(w http.ResponseWriter, r *http.Request) { memberPage(fmt.Sprint(n.Add(1)), member(1))(w, r) })
		people, err := collect(f.tenant(t).Roster(t.Context(), channelID))
		require.ErrorIs(t, err, msteams.ErrBadAnswer)
		assert.Len(t, people, 1)
		assert.Less(t, n.Load(), int64(200))
	})
}

func TestTeamRoster(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams/"+teamID+"/primaryChannel", ok(object{"id": channelID}), status(404, ""))
	f.on(members, memberPage("", member(1)))
	tenant := f.tenant(t)
	people, err := collect(tenant.TeamRoster(t.Context(), teamID))
	require.NoError(t, err)
	assert.Len(t, people, 1)
	_, err = collect(tenant.TeamRoster(t.Context(), teamID))
	require.ErrorIs(t, err, msteams.ErrNotFound)
}

func TestMember(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"29:1bSn", userID, "ada@contoso.com"} {
		f := newFake(t)
		f.on("GET /connector/teams/v3/conversations/{conversation}/members/{id}", func(w http.ResponseWriter, r *http.Request) {
			ok(object{"id": r.PathValue("id"), "objectId": userID})(w, r)
		})
		got, err := f.tenant(t).Member(t.Context(), "19:x@thread.tacv2;messageid=17", id)
		require.NoError(t, err)
		assert.Equal(t, &msteams.Member{ID: id, ObjectID: userID}, got)
		assert.Contains(t, f.requests("/members/")[0].uri, "/19%3Ax%40thread.tacv2%3Bmessageid%3D17/members/")
	}
}

func TestTeamDetailsAndConversations(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /connector/teams/v3/teams/{id}", ok(object{"id": channelID, "name": "Eng", "aadGroupId": teamID, "channelCount": 2, "memberCount": 3}))
	f.on("GET /connector/teams/v3/teams/{id}/conversations", ok(object{"conversations": []object{{"id": channelID}, {"id": "19:d@thread.tacv2", "name": "Design"}}}))
	tenant := f.tenant(t)
	details, err := tenant.TeamDetails(t.Context(), channelID)
	require.NoError(t, err)
	assert.Equal(t, &msteams.TeamDetails{ID: channelID, Name: "Eng", GroupID: teamID, ChannelCount: 2, MemberCount: 3}, details)
	conversations, err := tenant.TeamConversations(t.Context(), channelID)
	require.NoError(t, err)
	assert.Equal(t, []msteams.Conversation{{ID: channelID}, {ID: "19:d@thread.tacv2", Name: "Design"}}, conversations)
}

const card = `{"type": "AdaptiveCard", "version": "1.4", "body": []}`

func TestSendToChannel(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("POST /connector/teams/v3/conversations/{id}/activities", status(201, `{"id":"17"}`), status(202, ``), status(200, `<html>`))
	tenant := f.tenant(t)
	sent, err := tenant.SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: "hi <b>&"})
	require.NoError(t, err)
	assert.Equal(t, &msteams.Sent{ConversationID: channelID, ActivityID: "17"}, sent)
	for range 2 {
		sent, err = tenant.SendToChannel(t.Context(), teamID, channelID, msteams.Message{Card: json.RawMessage(card)})
		require.NoError(t, err, "it was posted, whatever the body")
		assert.Equal(t, &msteams.Sent{ConversationID: channelID}, sent)
	}
	got := f.requests("/activities")
	data := `"channelData":{"tenant":{"id":"` + customer + `"},"team":{"id":"` + teamID + `"},"channel":{"id":"` + channelID + `"}}`
	assert.JSONEq(t, `{"type":"message","text":"hi <b>&",`+data+`}`, got[0].body)
	assert.JSONEq(t, `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":`+card+`}],`+data+`}`, got[1].body)
}

func TestSendToUser(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("POST /connector/teams/v3/conversations", status(502, ""), status(201, `{"id":"a:1qhN"}`))
	f.on("POST /connector/teams/v3/conversations/a:1qhN/activities", status(201, `{"id":"18"}`))
	sent, err := f.tenant(t).SendToUser(t.Context(), "29:1bSn", msteams.Message{Text: "hi"})
	require.NoError(t, err)
	assert.Equal(t, &msteams.Sent{ConversationID: "a:1qhN", ActivityID: "18"}, sent)
	got := f.requests("/conversations")
	require.Len(t, got, 3, "opening the chat is repeated")
	assert.JSONEq(t, `{"isGroup":false,"bot":{"id":"`+clientID+`"},"members":[{"id":"29:1bSn"}],"channelData":{"tenant":{"id":"`+customer+`"}}}`, got[1].body)
	assert.JSONEq(t, `{"type":"message","text":"hi"}`, got[2].body)

	f = newFake(t)
	f.on("POST /connector/teams/v3/conversations", status(200, `{}`))
	_, err = f.tenant(t).SendToUser(t.Context(), userID, msteams.Message{Text: "hi"})
	require.ErrorContains(t, err, "names no conversation")
}

// The bot token only leaves for hosts that are allowed.
func TestServiceURL(t *testing.T) {
	t.Parallel()
	f, regional := newFake(t), newFake(t)
	regional.on("GET /amer/v3/teams/{id}", ok(object{"id": channelID}))
	for u, want := range map[string]error{
		regional.url + "/amer":                         msteams.ErrInvalidParams,
		"https://smba.trafficmanager.net.evil.example": msteams.ErrInvalidParams,
		"http://smba.trafficmanager.net/teams":         msteams.ErrInvalidParams,
		"https://x@smba.trafficmanager.net/teams":      msteams.ErrInvalidParams,
		"https://smba.trafficmanager.net:8443/teams":   msteams.ErrInvalidParams,
		"nonsense":                 msteams.ErrInvalidParams,
		f.url + "/connector/emea/": nil,
		"https://SMBA.trafficmanager.net:443/amer/":    nil,
		"https://smba.trafficmanager.net/emea/" + home: nil,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // before anything could be sent, so that a good URL fails by this
		_, err := f.client(t).Tenant(customer, msteams.WithServiceURL(u)).TeamDetails(ctx, channelID)
		if want != nil {
			require.ErrorIs(t, err, want, u)
			require.ErrorContains(t, err, "ServiceURL")
		} else {
			require.ErrorIs(t, err, context.Canceled, u)
		}
	}
	assert.Empty(t, regional.requests(""))

	other := msteams.WithEndpoints(msteams.Endpoints{Connector: regional.url + "/amer/"})
	_, err := f.client(t, other).Tenant(customer).TeamDetails(t.Context(), channelID)
	require.NoError(t, err)
	assert.Len(t, regional.requests("/amer/v3/teams/19%3Ageneral%40thread.tacv2"), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.client(t, msteams.WithConnectorHosts("proxy.example:8443")).
		Tenant(customer, msteams.WithServiceURL("https://proxy.example:8443/x")).TeamDetails(ctx, channelID)
	require.ErrorIs(t, err, context.Canceled, "the URL is allowed")
}

func TestRosterOfAHundredThousand(t *testing.T) {
	f := newHandler()
	var inFlight, most atomic.Int64
	f.on(members, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		defer inFlight.Add(-1)
		from, _ := strconv.Atoi(r.URL.Query().Get("continuationToken"))
		var people []object
		for n := from; n < from+500; n++ {
			people = append(people, member(n))
		}
		token := fmt.Sprint(from + 500)
		if from+500 >= 100_000 {
			token = ""
		}
		memberPage(token, people...)(w, r)
	})
	tenant := f.inMemory(t).Tenant(customer)
	before, grown, n := heap(), int64(0), 0
	for _, err := range tenant.Roster(t.Context(), channelID) {
		require.NoError(t, err)
		if n++; n%10_000 == 0 {
			grown = max(grown, heap()-before)
		}
	}
	assert.Equal(t, 100_000, n)
	assert.Equal(t, int64(1), most.Load(), "one page in flight")
	t.Logf("100,000 members: heap grew by at most %.1f MB", float64(grown)/(1<<20))
	assert.Less(t, grown, int64(16<<20))
	runtime.KeepAlive(tenant)
}
