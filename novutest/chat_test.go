package novutest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/novutest"
)

// served serves a bot as the agent "support" and returns a chat with it.
func served(t testing.TB, srv *novutest.Server, bot agent.Bot, opts ...agent.Option) *novutest.Chat {
	t.Helper()
	bot.Identifier = "support"
	h, err := agent.NewHandler(srv.Client(), []agent.Bot{bot}, append([]agent.Option{agent.WithLogger(nil)}, opts...)...)
	require.NoError(t, err)
	srv.ServeAgent("support", h)
	return srv.Chat(novutest.User{Name: "Alice Adams"})
}

// echo repeats what people write.
func echo(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	_, err := t.Reply(ctx, agent.Markdown("You said: "+m.Text))
	return err
}

func TestSay(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]agent.Option{"asynchronous": nil, "synchronous": {agent.WithSynchronousTurns()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: echo}, opts...)
			for _, text := range []string{"hello", "again"} {
				got, err := chat.Say(t.Context(), text)
				require.NoError(t, err)
				require.Len(t, got, 1)
				assert.Equal(t, "You said: "+text, got[0].Text)
				assert.Equal(t, got[0], chat.Last())
			}
		})
	}
}

// Messages that come in a channel, from a mention on; without one nobody listens.
func TestMention(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t, novutest.WithTenant(novutest.NewTenant("", 1, 2, 1)))
	chat := served(t, srv, agent.Bot{OnMessage: echo})
	got, err := chat.Mention(t.Context(), "hello")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Text, "hello")
	thread := got[0].Thread
	require.NotEmpty(t, thread)
	got, err = chat.Mention(t.Context(), "again")
	require.NoError(t, err)
	assert.Equal(t, thread, got[0].Thread, "the same thread")
	got, err = chat.Say(t.Context(), "in private")
	require.NoError(t, err)
	assert.Empty(t, got[0].Thread)

	channel := srv.Chat(novutest.User{Name: "Bob"}, novutest.InChannel("", ""))
	_, err = channel.Say(t.Context(), "just talking")
	require.ErrorContains(t, err, "not heard")
	follower := srv.Chat(novutest.User{Name: "Carol"}, novutest.InThread(thread))
	got, err = follower.Say(t.Context(), "me too")
	require.NoError(t, err, "the thread is followed")
	assert.Equal(t, thread, got[0].Thread)
	group := srv.Chat(novutest.User{Name: "Bob"}, novutest.InGroupChat(""))
	got, err = group.Mention(t.Context(), "all of us")
	require.NoError(t, err)
	require.Len(t, got, 1)
}

// An error says why the bridge did not get a message.
func TestSayThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		prepare func(t *testing.T, srv *novutest.Server, chat *novutest.Chat)
		want    []string
		came    int
	}{
		"restricted": {
			prepare: func(t *testing.T, srv *novutest.Server, _ *novutest.Chat) {
				_, err := srv.Client().Agents.Update(t.Context(), "support", novu.UpdateAgentParams{
					Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessRestricted},
				})
				require.NoError(t, err)
			},
			want: []string{"restricted", "29:1", "make the agent open"}, came: 1,
		},
		"offline": {
			prepare: func(_ *testing.T, srv *novutest.Server, _ *novutest.Chat) { srv.Inject(novutest.BridgeFault(503)) },
			want:    []string{"offline", "503", "3 times"}, came: 1,
		},
		"bot not installed": {
			prepare: func(_ *testing.T, srv *novutest.Server, chat *novutest.Chat) { srv.UninstallBot(chat.User().ID) },
			want:    []string{"not installed"},
		},
		"unlinked": {
			prepare: func(t *testing.T, srv *novutest.Server, _ *novutest.Chat) {
				links, err := srv.Client().Agents.Integrations(t.Context(), "support")
				require.NoError(t, err)
				require.NoError(t, srv.Client().Agents.UnlinkIntegration(t.Context(), "support", links[0].Integration.Identifier))
			},
			want: []string{"not heard", "unlinked"},
		},
		"reply refused": {
			prepare: func(_ *testing.T, srv *novutest.Server, _ *novutest.Chat) {
				srv.Inject(novutest.ConnectorFault(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."))
			},
			want: []string{"502", "Permission denied"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := novutest.NewServer(t)
			chat := served(t, srv, agent.Bot{OnMessage: echo})
			row.prepare(t, srv, chat)
			got, err := chat.Say(t.Context(), "hello")
			for _, want := range row.want {
				require.ErrorContains(t, err, want)
			}
			assert.Len(t, got, row.came)
		})
	}
}

// A bot that says nothing is no error.
func TestSilentBot(t *testing.T) {
	t.Parallel()
	chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error { return nil }})
	got, err := chat.Say(t.Context(), "hello")
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.Zero(t, chat.Last())
}

// One message of a conversation is dropped while another is handed over.
func TestDroppedMessage(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	chat := served(t, srv, agent.Bot{OnMessage: echo})
	_, err := chat.Say(t.Context(), "hello")
	require.NoError(t, err)
	srv.Inject(novutest.Fault{Route: "/_connector/*", Count: 1, Delay: 100 * time.Millisecond}) // the typing call
	first := make(chan error, 1)
	typing := len(srv.Requests())
	go func() {
		_, err := chat.Say(context.WithoutCancel(t.Context()), "one")
		first <- err
	}()
	require.Eventually(t, func() bool {
		for _, r := range srv.Requests()[typing:] {
			if strings.HasPrefix(r.Path, "/_connector/") {
				return true
			}
		}
		return false
	}, 5*time.Second, time.Millisecond)
	_, err = chat.Say(t.Context(), "two")
	require.ErrorContains(t, err, "dropped")
	require.NoError(t, <-first)
}

// Faults of the bridge: it gets a delivery twice and runs it once, or loses an acknowledgement.
func TestRepeatedDelivery(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]novutest.Fault{
		"repeated": novutest.RepeatedDeliveryFault(), "lost acknowledgement": novutest.LostAcknowledgementFault(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := novutest.NewServer(t)
			chat := served(t, srv, agent.Bot{OnMessage: echo})
			srv.Inject(fault)
			got, err := chat.Say(t.Context(), "hello")
			require.NoError(t, err)
			require.Len(t, got, 1, "the handler knows a repeated delivery")
			asked := 0
			for _, r := range srv.Requests() {
				if strings.HasPrefix(r.Path, "/_bridges/support?") {
					asked++
				}
			}
			assert.Equal(t, 2, asked)
		})
	}
}

func TestReplyFault(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	var replied error
	chat := served(t, srv, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		_, replied = turn.Reply(ctx, agent.Markdown("hello"))
		return nil
	}})
	srv.Inject(novutest.ReplyFault(500))
	_, err := chat.Say(t.Context(), "hello")
	require.ErrorContains(t, err, "an injected fault answered: 500")
	require.ErrorIs(t, replied, novu.ErrOutcomeUnknown)
}

// What the bot posts after its turn comes with Wait.
func TestWaitForALaterMessage(t *testing.T) {
	t.Parallel()
	srv := novutest.NewServer(t)
	client := srv.Client()
	later := make(chan agent.Ref, 1)
	chat := served(t, srv, agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		later <- turn.Ref()
		_, err := turn.Reply(ctx, agent.Markdown("I'm on it."))
		return err
	}})
	_, err := chat.Say(t.Context(), "export")
	require.NoError(t, err)
	go func() {
		sender, err := agent.Resume(client, <-later)
		if assert.NoError(t, err) {
			_, err = sender.Reply(context.WithoutCancel(t.Context()), agent.Markdown("Here it is."))
			assert.NoError(t, err)
		}
	}()
	got, err := chat.Wait(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "Here it is.", got[0].Text)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = chat.Wait(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// Events that a turn causes belong to it.
func TestTurnWithAResolve(t *testing.T) {
	t.Parallel()
	chat := served(t, novutest.NewServer(t), agent.Bot{
		OnMessage: func(_ context.Context, turn *agent.Turn, _ *agent.Message) error { return turn.Resolve("all done") },
		OnResolve: func(ctx context.Context, turn *agent.Turn, r *agent.Resolution) error {
			_, err := turn.Reply(ctx, agent.Markdown("Closed: "+r.Summary))
			return err
		},
	})
	got, err := chat.Say(t.Context(), "thanks")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "Closed: all done", got[0].Text)
}

// Say ends with its context.
func TestSayEndsWithItsContext(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: func(context.Context, *agent.Turn, *agent.Message) error {
		<-hold
		return nil
	}})
	defer close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := chat.Say(ctx, "hello")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestReact(t *testing.T) {
	t.Parallel()
	var got []agent.Reaction
	chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: echo, OnReaction: func(_ context.Context, _ *agent.Turn, r *agent.Reaction) error {
		got = append(got, *r)
		return nil
	}})
	_, err := chat.React(t.Context(), "👍")
	require.ErrorContains(t, err, "nothing to react to")
	_, err = chat.Say(t.Context(), "hello")
	require.NoError(t, err)
	id := chat.Last().ID
	for _, react := range []func(context.Context, string) ([]novutest.ChatMessage, error){chat.React, chat.Unreact} {
		_, err = react(t.Context(), "👍")
		require.NoError(t, err)
	}
	require.Len(t, got, 2)
	assert.Equal(t, agent.Reaction{MessageID: id, Emoji: "thumbs_up", Added: true}, got[0])
	assert.False(t, got[1].Added)
}

// A card with a button and one with choices, as a bot answers "card" and "choices".
func cards(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	body := []agent.Element{agent.Actions{agent.Button{ID: "cancel", Label: "Cancel", Value: "42"}}}
	if m.Text == "choices" {
		body = []agent.Element{agent.Actions{
			agent.Select{ID: "who", Label: "Assign", Options: []agent.Choice{{Label: "Alice", Value: "a"}, {Label: "Bob", Value: "b"}}},
			agent.Select{ID: "how", Label: "Severity", Options: []agent.Choice{{Label: "High", Value: "h"}, {Label: "Low", Value: "l"}}},
		}}
	}
	_, err := t.Reply(ctx, agent.Card{Title: "Order 42", Body: append([]agent.Element{agent.Fields{{Label: "Status", Value: "shipped"}}}, body...)})
	return err
}

// noteAction says what was clicked.
func noteAction(ctx context.Context, t *agent.Turn, a *agent.Action) error {
	_, err := t.Reply(ctx, agent.Markdown(a.ID+"="+a.Value))
	return err
}

func TestClickAndChoose(t *testing.T) {
	t.Parallel()
	chat := served(t, novutest.NewServer(t), agent.Bot{OnMessage: cards, OnAction: noteAction})
	_, err := chat.Click(t.Context(), "Cancel")
	require.ErrorContains(t, err, `there is no button "Cancel"; the bot offers none`)
	got, err := chat.Say(t.Context(), "card")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, []string{"Cancel"}, got[0].Buttons)
	assert.Contains(t, got[0].Text, "Status: shipped")
	got, err = chat.Click(t.Context(), "Cancel")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "cancel=42", got[0].Text)
	_, err = chat.Click(t.Context(), "Confirm")
	require.ErrorContains(t, err, `the bot offers "Cancel"`)

	got, err = chat.Say(t.Context(), "choices")
	require.NoError(t, err)
	require.Len(t, got[0].Choices, 2)
	assert.Equal(t, novutest.ChatChoice{ID: "who", Label: "Assign", Options: []string{"Alice", "Bob"}}, got[0].Choices[0])
	got, err = chat.Choose(t.Context(), "Assign", "Bob")
	require.NoError(t, err)
	assert.Empty(t, got, "nothing is sent while something is left to choose")
	_, err = chat.Choose(t.Context(), "how", "Medium")
	require.ErrorContains(t, err, `the bot offers "High", "Low"`)
	got, err = chat.Choose(t.Context(), "how", "l")
	require.NoError(t, err)
	var texts []string
	for _, m := range got {
		texts = append(texts, m.Text)
	}
	assert.ElementsMatch(t, []string{"who=b", "how=l"}, texts)
}

// In memory, and on a fake clock, a bridge that stays offline costs no time.
func TestChatInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, err := novutest.Start(novutest.WithInMemory())
		require.NoError(t, err)
		defer srv.Close()
		chat := served(t, srv, agent.Bot{OnMessage: echo})
		got, err := chat.Say(t.Context(), "hello")
		require.NoError(t, err)
		require.Len(t, got, 1)
		srv.Inject(novutest.BridgeFault(500))
		begun := time.Now()
		_, err = chat.Say(t.Context(), "again")
		require.ErrorContains(t, err, "offline")
		assert.Equal(t, 1500*time.Millisecond, time.Since(begun), "the pauses between three attempts")
	})
}
