package agent_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

func unlinked(access string, more map[string]any) map[string]any {
	changes := map[string]any{"subscriber": nil, "subscriberAccess": access}
	for key, value := range more {
		changes[key] = value
	}
	return changes
}

var (
	click    = map[string]any{"action": map[string]any{"id": "ok", "value": "1", "sourceMessageId": "m"}}
	reacted  = map[string]any{"reaction": map[string]any{"messageId": "m", "emoji": map[string]any{"name": "heart"}, "added": true}}
	approved = map[string]any{"action": map[string]any{"id": "tool-approval:approve:call:1", "sourceMessageId": "m"}}
)

// Novu lets clicks and reactions of people through whom a restricted agent is not for.
func TestUnlinkedPeopleOfARestrictedAgent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		access string
		allow  bool
		want   []string
	}{
		"restricted":         {access: "restricted", allow: false, want: nil},
		"restricted, let in": {access: "restricted", allow: true, want: []string{"click", "reaction"}},
		"open":               {access: "open", allow: false, want: []string{"click", "reaction", "approval"}},
		"an older server":    {access: "", allow: false, want: []string{"click", "reaction", "approval"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			bot := agent.Bot{
				AllowUnlinked: test.allow,
				OnAction: func(context.Context, *agent.Turn, *agent.Action) error {
					got = append(got, "click")
					return nil
				},
				OnReaction: func(_ context.Context, _ *agent.Turn, r *agent.Reaction) error {
					assert.Equal(t, &agent.Reaction{MessageID: "m", Emoji: "heart", Added: true}, r)
					got = append(got, "reaction")
					return nil
				},
				OnApproval: func(context.Context, *agent.Turn, *agent.Approval) (any, error) {
					got = append(got, "approval")
					return nil, nil
				},
			}
			h := newBridge(t, new(replyRoute), bot, agent.WithConcurrency(1))
			for n, e := range []struct {
				event   string
				changes map[string]any
			}{{"onAction", click}, {"onReaction", reacted}, {"onAction", approved}} {
				changes := unlinked(test.access, e.changes)
				changes["deliveryId"] = e.event + string(rune('0'+n))
				require.Equal(t, 200, deliver(h, request(e.event, changes)).Code)
			}
			require.NoError(t, h.Shutdown(t.Context()))
			assert.Equal(t, test.want, got)
		})
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	const address = "https://app.example/sign-in?code=canary"
	group := map[string]any{"platformContext": map[string]any{"isDM": false}}
	for name, test := range map[string]struct {
		changes map[string]any
		address novu.Secret
		failure error
		answers bool // OnMessage runs
		want    []string
	}{
		"open agent":      {changes: unlinked("open", nil), address: address, want: []string{"sign-in"}},
		"nowhere to go":   {changes: unlinked("open", nil), answers: true},
		"somebody known":  {address: address, answers: true},
		"restricted":      {changes: unlinked("restricted", nil), address: address, answers: true},
		"not in a chat":   {changes: unlinked("open", group), address: address, answers: true},
		"a failure":       {changes: unlinked("open", nil), failure: errors.New("down"), want: []string{"error"}},
		"no address":      {changes: unlinked("open", nil), address: "javascript:alert(1)", want: []string{"error"}},
		"a relative path": {changes: unlinked("open", nil), address: "/sign-in", want: []string{"error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, answered := new(replyRoute), false
			h := newBridge(t, r, agent.Bot{
				OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { answered = true; return nil },
				SignInURL: func(context.Context, *agent.Turn) (novu.Secret, error) { return test.address, test.failure },
			})
			play(t, h, "onMessage", test.changes)
			assert.Equal(t, test.answers, answered)
			var got []string
			for _, body := range r.sent() {
				kind := "error"
				if body["reply"] != nil {
					kind = "sign-in"
					assert.Contains(t, toJSON(t, body), address)
				}
				got = append(got, kind)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestSignInAddressesStayOutOfErrors(t *testing.T) {
	t.Parallel()
	r := &replyRoute{answer: func(int, map[string]any) (int, string) {
		return 422, `{"message":"bad https://app.example/?code=canary"}`
	}}
	var failure error
	h := newBridge(t, r, agent.Bot{
		SignInURL: func(context.Context, *agent.Turn) (novu.Secret, error) {
			return "https://app.example/?code=canary", nil
		},
		OnError: func(_ context.Context, _ *agent.Turn, err error) agent.Content {
			failure = err
			return agent.Silence
		},
	})
	play(t, h, "onMessage", unlinked("open", nil))
	require.ErrorIs(t, failure, novu.ErrValidation)
	assert.NotContains(t, failure.Error(), "canary")
}

func TestLinkSubscriber(t *testing.T) {
	t.Parallel()
	r := new(replyRoute)
	h := newBridge(t, r, agent.Bot{
		OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
			require.NoError(t, turn.LinkSubscriber(ctx, "alice"))
			return turn.LinkSubscriber(ctx, "alice")
		},
		OnAction: func(ctx context.Context, turn *agent.Turn, _ *agent.Action) error {
			assert.ErrorIs(t, turn.LinkSubscriber(ctx, "alice"), agent.ErrInvalidParams)
			return nil
		},
	})
	activity := map[string]any{"conversation": map[string]any{"tenantId": "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"}}
	require.Equal(t, 200, deliver(h, request("onMessage", unlinked("open", map[string]any{
		"platformContext": map[string]any{"isDM": true, "message": activity},
	}))).Code)
	click := map[string]any{"deliveryId": "d2", "action": click["action"]}
	require.Equal(t, 200, deliver(h, request("onAction", click)).Code)
	require.NoError(t, h.Shutdown(t.Context()))
	require.Len(t, r.others, 2)
	assert.Equal(t, r.others[0], r.others[1], "the second meets the first")
	assert.Contains(t, r.others[0], `"subscriberId":"alice"`)
	assert.Contains(t, r.others[0], `"endpoint":{"userId":"29:alice","tenantId":"0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e"}`)
	assert.Empty(t, r.sent())
}
