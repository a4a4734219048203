package msteams

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// Member is a person in a conversation. A Novu user endpoint accepts either ID or ObjectID;
// ObjectID requires the bot to be installed for that user.
type Member struct {
	ID                string // the bot's id of them, "29:…"
	ObjectID          string // the Entra object id
	Name              string
	GivenName         string
	Surname           string
	Email             string // may be missing
	UserPrincipalName string // may be missing
	TenantID          string
	UserRole          string // "user", or "anonymous" for guests
}

// UnmarshalJSON reads a member with either spelling of the object id.
func (m *Member) UnmarshalJSON(data []byte) error {
	var wire struct {
		ID                string `json:"id"`
		ObjectID          string `json:"objectId"`
		AADObjectID       string `json:"aadObjectId"`
		Name              string `json:"name"`
		GivenName         string `json:"givenName"`
		Surname           string `json:"surname"`
		Email             string `json:"email"`
		UserPrincipalName string `json:"userPrincipalName"`
		TenantID          string `json:"tenantId"`
		UserRole          string `json:"userRole"`
	}
	if err := lenient(json.Unmarshal(data, &wire)); err != nil {
		return err
	}
	*m = Member{
		ID: wire.ID, ObjectID: cmp.Or(wire.ObjectID, wire.AADObjectID), Name: wire.Name, GivenName: wire.GivenName, Surname: wire.Surname,
		Email: wire.Email, UserPrincipalName: wire.UserPrincipalName, TenantID: wire.TenantID, UserRole: wire.UserRole,
	}
	return nil
}

// rosterPageSize is the largest that the connector gives.
const rosterPageSize = 500

type memberPage struct {
	Members items[Member] `json:"members"`
	Next    string        `json:"continuationToken"`
}

// Roster lists the members of a conversation, a channel's or chat's id, page by page as they are
// wanted. It stops at the first error. Members that come again are dropped. Some have no bot id,
// only an ObjectID. The bot must be installed in the conversation's team or chat; otherwise the
// error is ErrBotNotInstalled.
//
// API: GET /v3/conversations/{id}/pagedmembers
func (t *Tenant) Roster(ctx context.Context, conversationID string) iter.Seq2[Member, error] {
	const op = "list members"
	return func(yield func(Member, error) bool) {
		if err := t.ready(ctx, op, checkParams(op).conversation("conversationID", conversationID)); err != nil {
			yield(Member{}, err)
			return
		}
		walk := newWalk(op, t.id)
		for token := ""; ; {
			page, err := t.rosterPage(ctx, op, conversationID, token)
			if err != nil {
				yield(Member{}, err)
				return
			}
			fresh := 0
			for _, m := range page.Members {
				if m.key() != "" && !walk.isNew(m.key()) {
					continue
				}
				if m.key() != "" {
					fresh++
				}
				if !yield(m, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if err := walk.step(page.Next, fresh); err != nil {
				yield(Member{}, err)
				return
			}
			token = page.Next
		}
	}
}

func (t *Tenant) rosterPage(ctx context.Context, op, conversationID, token string) (*memberPage, error) {
	query := url.Values{"pageSize": {strconv.Itoa(rosterPageSize)}}
	if token != "" {
		query.Set("continuationToken", token)
	}
	return connectorGet(ctx, t, &rest.Request{
		Op: op, Route: "/v3/conversations/{id}/pagedmembers", Args: []string{conversationID}, Query: query, Pace: t.membersPace(conversationID),
	}, func(page *memberPage) string {
		if page.Members == nil {
			return "it holds no list (members)"
		}
		return ""
	})
}

// TeamRoster lists the members of a team, which are those of its General channel. Besides what
// Roster needs it asks Graph for that channel, with Channel.ReadBasic.All.
//
// API: GET /teams/{id}/primaryChannel, GET /v3/conversations/{id}/pagedmembers
func (t *Tenant) TeamRoster(ctx context.Context, teamID string) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		general, err := t.PrimaryChannel(ctx, teamID)
		if err != nil {
			yield(Member{}, atOperation("list members", err))
			return
		}
		t.Roster(ctx, general.ID)(yield)
	}
}

// Member finds a member of a conversation by the bot's id of them ("29:…"), by object id or by user
// principal name. If there is none the error is ErrMemberNotFound.
//
// API: GET /v3/conversations/{id}/members/{member}
func (t *Tenant) Member(ctx context.Context, conversationID, idOrUPN string) (*Member, error) {
	const op = "get member"
	if err := t.ready(ctx, op, checkParams(op).conversation("conversationID", conversationID).member("idOrUPN", idOrUPN)); err != nil {
		return nil, err
	}
	return connectorGet(ctx, t, &rest.Request{
		Op: op, Route: "/v3/conversations/{id}/members/{member}", Args: []string{conversationID, idOrUPN}, Pace: t.membersPace(conversationID),
	}, missingID[Member])
}

// TeamDetails is a team as the bot connector knows it.
type TeamDetails struct {
	ID           string `json:"id"` // the thread id of the General channel
	Name         string `json:"name"`
	GroupID      string `json:"aadGroupId"` // what Graph and Novu call the team's id, a GUID
	ChannelCount int    `json:"channelCount"`
	MemberCount  int    `json:"memberCount"`
}

// TeamDetails returns a team by the thread id of its General channel. That is the way from a thread
// id to the id that Graph knows.
//
// API: GET /v3/teams/{id}
func (t *Tenant) TeamDetails(ctx context.Context, teamThreadID string) (*TeamDetails, error) {
	const op = "get team"
	if err := t.ready(ctx, op, checkParams(op).thread("teamThreadID", teamThreadID)); err != nil {
		return nil, err
	}
	return connectorGet(ctx, t, &rest.Request{
		Op: op, Route: "/v3/teams/{id}", Args: []string{teamThreadID}, Pace: t.connectorPace(),
	}, missingID[TeamDetails])
}

// Conversation is a channel as the bot connector knows it. The General channel has no name here.
type Conversation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TeamConversations returns the channels that the bot sees in a team, named by the thread id of its
// General channel.
//
// API: GET /v3/teams/{id}/conversations
func (t *Tenant) TeamConversations(ctx context.Context, teamThreadID string) ([]Conversation, error) {
	const op = "list conversations"
	if err := t.ready(ctx, op, checkParams(op).thread("teamThreadID", teamThreadID)); err != nil {
		return nil, err
	}
	type conversations struct {
		Conversations items[Conversation] `json:"conversations"`
	}
	out, err := connectorGet(ctx, t, &rest.Request{
		Op: op, Route: "/v3/teams/{id}/conversations", Args: []string{teamThreadID}, Pace: t.connectorPace(),
	}, func(c *conversations) string {
		if c.Conversations == nil {
			return "it holds no list (conversations)"
		}
		return ""
	})
	if err != nil {
		return nil, err
	}
	return out.Conversations, nil
}

// connectorGet reads one resource.
func connectorGet[T any](ctx context.Context, t *Tenant, r *rest.Request, missing func(*T) string) (*T, error) {
	out := new(T)
	r.Kind, r.Method, r.Decode = rest.Read, http.MethodGet, decode(out, missing)
	r.Transient = isTransientConnector
	if err := t.callConnector(ctx, r); err != nil {
		return nil, err
	}
	return out, nil
}

func (t *Tenant) connectorPace(gates ...gateKey) func(context.Context) {
	return t.client.limits.pace(1, append(gates, gateKey{class: perConnector, of: t.key()})...)
}

func (t *Tenant) membersPace(conversationID string) func(context.Context) {
	return t.connectorPace(t.conversationGate(perMembers, conversationID))
}

func (t *Tenant) conversationGate(c class, id string) gateKey {
	id, _, _ = strings.Cut(id, ";") // a reply's id is the conversation's with the message behind it
	return gateKey{class: c, of: t.key() + "/" + id}
}
