package agent_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// A bot that repeats what people write.
func Example() {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	h, err := agent.NewHandler(client, []agent.Bot{{Identifier: "echo", OnMessage: echoMessage}})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/api/novu", h)
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func echoMessage(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	_, err := t.Reply(ctx, agent.Markdown("You said: "+m.Text))
	return err
}

// A card with a choice and a button. A click replaces it.
func Example_card() {
	bot := agent.Bot{
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
	_ = bot
}

// A bot that asks before it acts.
func Example_approval() {
	bot := agent.Bot{
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
	_ = bot
}

func issueRefund(context.Context, any) (string, error) { return "re_1", nil }

// Work that takes longer than a turn.
func ExampleResume() {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	export := func(ref agent.Ref) {
		ctx := context.Background()
		s, err := agent.Resume(client, ref)
		if err != nil {
			log.Print(err)
			return
		}
		if _, err := s.Reply(ctx, agent.Markdown("Your export is ready.")); err != nil {
			log.Print(err)
		}
	}
	bot := agent.Bot{
		Identifier: "exports",
		OnMessage: func(ctx context.Context, t *agent.Turn, _ *agent.Message) error {
			go export(t.Ref())
			_, err := t.Reply(ctx, agent.Markdown("I'm on it."))
			return err
		},
	}
	_ = bot
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
