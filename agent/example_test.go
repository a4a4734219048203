package agent_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/novutest"
)

// converse serves a bot on an emulator and returns somebody's chat with it. In your program the handler
// is served at the agent's bridge URL instead: http.Handle("/api/novu", h).
func converse(bot func(client *novu.Client) agent.Bot) (chat *novutest.Chat, stop func()) {
	srv, err := novutest.Start()
	if err != nil {
		log.Fatal(err)
	}
	b := bot(srv.Client())
	h, err := agent.NewHandler(srv.Client(), []agent.Bot{b})
	if err != nil {
		log.Fatal(err)
	}
	srv.ServeAgent(b.Identifier, h)
	return srv.Chat(novutest.User{Name: "Alice"}), srv.Close
}

// show prints what the bot has posted or changed.
func show(messages []novutest.ChatMessage, err error) {
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range messages {
		fmt.Println("bot:", m.Text, m.Buttons)
	}
}

// A bot that repeats what people write.
func Example() {
	chat, stop := converse(func(*novu.Client) agent.Bot {
		return agent.Bot{Identifier: "echo", OnMessage: echoMessage}
	})
	defer stop()
	show(chat.Say(context.Background(), "Hello!"))
	// Output: bot: You said: Hello! []
}

func echoMessage(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	_, err := t.Reply(ctx, agent.Markdown("You said: "+m.Text))
	return err
}

// A card with a button. A click replaces it.
func Example_card() {
	chat, stop := converse(func(*novu.Client) agent.Bot {
		return agent.Bot{
			Identifier: "orders",
			OnMessage: func(ctx context.Context, t *agent.Turn, _ *agent.Message) error {
				_, err := t.Reply(ctx, agent.Card{Title: "Order 42", Body: []agent.Element{
					agent.Fields{{Label: "Status", Value: "shipped"}, {Label: "Total", Value: "€ 25"}},
					agent.Actions{agent.Button{ID: "cancel", Label: "Cancel", Value: "42", Style: agent.Danger}},
				}})
				return err
			},
			OnAction: func(ctx context.Context, t *agent.Turn, a *agent.Action) error {
				if err := t.SetMetadata("order", a.Value); err != nil {
					return err
				}
				return t.Edit(ctx, a.SourceMessageID, agent.Markdown("Order "+a.Value+" is canceled."))
			},
		}
	})
	defer stop()
	show(chat.Say(context.Background(), "Where is my order?"))
	show(chat.Click(context.Background(), "Cancel"))
	// Output:
	// bot: Order 42
	// Status: shipped
	// Total: € 25 [Cancel]
	// bot: Order 42 is canceled. []
}

// A bot that asks before it acts.
func Example_approval() {
	chat, stop := converse(func(*novu.Client) agent.Bot {
		return agent.Bot{
			Identifier: "refunds",
			OnMessage: func(ctx context.Context, t *agent.Turn, _ *agent.Message) error {
				_, err := t.RequestApproval(ctx, agent.ToolCall{
					Name: "issue_refund", Input: map[string]any{"order": "42", "amount": 25}, Title: "Refund € 25 for order 42?",
				})
				return err
			},
			OnApproval: func(ctx context.Context, t *agent.Turn, d *agent.Approval) (any, error) {
				if !d.Approved {
					return nil, t.Edit(ctx, d.MessageID, agent.Markdown("No refund."))
				}
				id, err := issueRefund(ctx, d.Call.Input)
				if err != nil {
					return nil, err
				}
				return map[string]string{"refund": id}, t.Edit(ctx, d.MessageID, agent.Markdown("Refunded: "+id))
			},
		}
	})
	defer stop()
	show(chat.Say(context.Background(), "I want my money back."))
	show(chat.Click(context.Background(), "Approve"))
	// Output:
	// bot: Refund € 25 for order 42?
	// issue_refund: 25 [Deny Approve]
	// bot: Refunded: re_1 []
}

func issueRefund(context.Context, any) (string, error) { return "re_1", nil }

// Work that takes longer than a turn: it is done elsewhere, and answered when it is done.
func ExampleResume() {
	jobs := make(chan agent.Ref, 1)
	var client *novu.Client
	chat, stop := converse(func(c *novu.Client) agent.Bot {
		client = c
		return agent.Bot{
			Identifier: "exports",
			OnMessage: func(ctx context.Context, t *agent.Turn, _ *agent.Message) error {
				jobs <- t.Ref()
				_, err := t.Reply(ctx, agent.Markdown("I'm on it."))
				return err
			},
		}
	})
	defer stop()
	ctx := context.Background()
	show(chat.Say(ctx, "Export my orders."))

	var exports sync.WaitGroup
	exports.Go(func() { export(ctx, client, <-jobs) })
	show(chat.Wait(ctx))
	exports.Wait()
	// Output:
	// bot: I'm on it. []
	// bot: Your export is ready. []
}

func export(ctx context.Context, client *novu.Client, ref agent.Ref) {
	s, err := agent.Resume(client, ref)
	if err != nil {
		log.Print(err)
		return
	}
	if _, err := s.Reply(ctx, agent.Markdown("Your export is ready.")); err != nil {
		log.Print(err)
	}
}

// What Teams would not show of a card.
func ExampleCard_Check() {
	card := agent.Card{Title: "Assign", Body: []agent.Element{
		agent.Actions{
			agent.Select{ID: "who", Label: "To", Options: []agent.Choice{{Label: "Alice", Value: "alice"}}},
			agent.Button{ID: "assign", Label: "Assign"},
		},
		agent.RawElement(`{"type":"text_input","id":"note"}`),
	}}
	for _, problem := range card.Check(agent.Teams) {
		_, _ = fmt.Fprintln(os.Stdout, problem)
	}
	// Output:
	// Body[0]: a choice beside a button is lost: put them into separate Actions, or leave the button out
	// Body[1]: an element of type "text_input" is not shown
}
