package msteams_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// peopleFake has two teams: the bot is installed in the second one only.
func peopleFake(t *testing.T, members ...any) *fake {
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("", team(1), team(2))))
	f.on("POST /graph/v1.0/$batch", ok(object{"responses": []any{
		object{"id": "1", "status": 200, "body": page("", object{"id": "19:one@thread.tacv2", "membershipType": "standard"})},
		object{"id": "2", "status": 200, "body": page("", object{"id": "19:private@thread.tacv2", "membershipType": "private"}, object{"id": "19:two@thread.tacv2"})},
	}}))
	f.on("GET /connector/teams/v3/conversations/19:one@thread.tacv2/pagedmembers", status(403, `{"error":{"code":"BotNotInConversationRoster"}}`))
	f.on("GET /connector/teams/v3/conversations/19:two@thread.tacv2/pagedmembers", ok(object{"members": append([]any{}, members...)}))
	return f
}

func TestFindPersonInARoster(t *testing.T) {
	t.Parallel()
	f := peopleFake(t,
		object{"id": "29:anna", "objectId": userID, "email": "Anna@acme.example", "userPrincipalName": "a.smith@acme.example"},
		object{"id": "29:guest", "aadObjectId": appID, "userPrincipalName": "bob_other.example#EXT#@acme.example"},
	)
	for address, id := range map[string]string{"anna@acme.example": "29:anna", "A.Smith@acme.example": "29:anna", "bob@other.example": "29:guest"} {
		member, err := f.tenant(t).FindPerson(t.Context(), address)
		require.NoError(t, err, address)
		assert.Equal(t, id, member.ID)
	}
	assert.Empty(t, f.requests("/users"), "Graph is not asked for whom a roster knows")
}

func TestFindPersonInGraph(t *testing.T) {
	t.Parallel()
	anna := object{"id": userID, "displayName": "Anna", "userPrincipalName": "anna@acme.example", "mail": "a.smith@acme.example"}
	want := &msteams.Member{ObjectID: userID, Name: "Anna", UserPrincipalName: "anna@acme.example", Email: "a.smith@acme.example"}

	f := peopleFake(t)
	f.on("GET /graph/v1.0/users/anna@acme.example", ok(anna))
	member, err := f.tenant(t).FindPerson(t.Context(), "anna@acme.example")
	require.NoError(t, err)
	assert.Equal(t, want, member)

	f = peopleFake(t)
	f.on("GET /graph/v1.0/users/o'anna@acme.example", status(404, graphBody("Request_ResourceNotFound", "")))
	f.on("GET /graph/v1.0/users", ok(page("", anna)))
	member, err = f.tenant(t).FindPerson(t.Context(), "o'anna@acme.example")
	require.NoError(t, err)
	assert.Equal(t, want, member)
	asked, err := url.Parse(f.requests("/users?")[0].uri)
	require.NoError(t, err)
	assert.Equal(t, "mail eq 'o''anna@acme.example' or proxyAddresses/any(a:a eq 'smtp:o''anna@acme.example') or otherMails/any(m:m eq 'o''anna@acme.example')",
		asked.Query().Get("$filter"))
}

func TestFindPersonFindsNobody(t *testing.T) {
	t.Parallel()
	const nobody = "nobody@acme.example"
	forbidden := status(403, graphBody("Authorization_RequestDenied", ""))
	unknown := status(404, graphBody("Request_ResourceNotFound", ""))

	f := peopleFake(t)
	f.on("GET /graph/v1.0/users/"+nobody, unknown)
	f.on("GET /graph/v1.0/users", ok(page("")))
	_, err := f.tenant(t).FindPerson(t.Context(), nobody)
	require.ErrorIs(t, err, msteams.ErrMemberNotFound)
	assert.Equal(t, "check the address, and that the bot is installed in a team that they belong to", asError(t, err).Remedy)

	f = peopleFake(t)
	f.on("GET /graph/v1.0/users/"+nobody, forbidden)
	_, err = f.tenant(t).FindPerson(t.Context(), nobody)
	require.ErrorIs(t, err, msteams.ErrMemberNotFound)
	assert.Contains(t, asError(t, err).Remedy, "grant the app User.ReadBasic.All")

	f = newFake(t)
	f.on("GET /graph/v1.0/teams", forbidden)
	f.on("GET /graph/v1.0/users/"+nobody, forbidden)
	_, err = f.tenant(t).FindPerson(t.Context(), nobody)
	require.ErrorIs(t, err, msteams.ErrMemberNotFound)
	assert.Contains(t, asError(t, err).Remedy, "no roster was searched")

	for name, broken := range map[string]*fake{"roster": newFake(t), "graph": peopleFake(t)} {
		broken.on("GET /graph/v1.0/users/"+nobody, status(500, ""))
		if name == "roster" {
			broken.on("GET /graph/v1.0/teams", status(500, ""))
		}
		_, err = broken.tenant(t).FindPerson(t.Context(), nobody)
		require.ErrorIs(t, err, msteams.ErrServer, "what could not be looked up is not known to be absent")
		require.NotErrorIs(t, err, msteams.ErrMemberNotFound)
		assert.ErrorContains(t, err, "find person")
	}
	_, err = f.tenant(t).FindPerson(t.Context(), "anna")
	assert.ErrorIs(t, err, msteams.ErrInvalidParams)
}
