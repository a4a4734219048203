package main

import (
	"context"
	"fmt"
	"regexp"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

// order is what the bot knows of an order. Yours asks your database.
type order struct {
	status string
	total  string
}

var (
	orders      = map[string]order{"4711": {status: "on its way", total: "€ 25"}, "4712": {status: "delivered", total: "€ 90"}}
	orderNumber = regexp.MustCompile(`\b\d{4}\b`)
)

// support is a bot that helps with orders and makes refunds.
var support = agent.Bot{
	Identifier: "support",
	OnMessage:  answer,
	OnAction:   clicked,
	OnApproval: decided,
	OnError: func(context.Context, *agent.Turn, error) agent.Content {
		return agent.Markdown("That did not work. A colleague will write to you.")
	},
}

// answer looks for an order's number, and asks what the matter is where there is none.
func answer(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	number := orderNumber.FindString(m.Text)
	found, known := orders[number]
	switch {
	case known:
		if err := t.SetMetadata("order", number); err != nil {
			return err
		}
		return say(ctx, t, agent.Card{Title: "Order " + number, Body: []agent.Element{
			agent.Fields{{Label: "Status", Value: found.status}, {Label: "Total", Value: found.total}},
			agent.Actions{
				agent.Button{ID: "refund", Label: "Refund it", Value: number, Style: agent.Danger},
				agent.Button{ID: "done", Label: "That's all", Style: agent.Primary},
			},
		}})
	case number != "":
		return say(ctx, t, agent.Markdown("There is no order "+number+"."))
	}
	// A choice stands on a card without buttons: beside a button, Teams loses it.
	return say(ctx, t, agent.Card{Title: "What is it about?", Body: []agent.Element{
		agent.Actions{agent.Select{ID: "topic", Label: "Topic", Options: []agent.Choice{
			{Label: "An order", Value: "order"}, {Label: "Something else", Value: "other"},
		}}},
	}})
}

// clicked answers a button, and a choice.
func clicked(ctx context.Context, t *agent.Turn, a *agent.Action) error {
	switch {
	case a.ID == "topic" && a.Value == "order":
		return t.Edit(ctx, a.SourceMessageID, agent.Markdown("About an order. Which number does it have?"))
	case a.ID == "topic":
		return t.Edit(ctx, a.SourceMessageID, agent.Markdown("A colleague will write to you."))
	case a.ID == "refund":
		_, err := t.RequestApproval(ctx, agent.ToolCall{
			Name: "refund", Input: map[string]any{"order": a.Value},
			Title: fmt.Sprintf("Refund %s for order %s?", orders[a.Value].total, a.Value), ApproveLabel: "Refund", DenyLabel: "Keep it",
		})
		return err
	case a.ID == "done":
		var number string
		if _, err := t.Metadata("order", &number); err != nil {
			return err
		}
		if err := t.Resolve("Talked about order " + number + "."); err != nil {
			return err
		}
		return say(ctx, t, agent.Markdown("Good. Write again at any time."))
	}
	return nil
}

// decided makes the refund that a person approved. What it returns is kept in the conversation.
func decided(ctx context.Context, t *agent.Turn, d *agent.Approval) (any, error) {
	if !d.Approved {
		return "no refund", t.Edit(ctx, d.MessageID, agent.Markdown("No refund."))
	}
	input, _ := d.Call.Input.(map[string]any)
	number := fmt.Sprint(input["order"])
	if err := t.Trigger(agent.TriggerParams{
		WorkflowID: "refund-made", To: novu.ToSubscriber("bookkeeping"), Payload: map[string]any{"order": number},
	}); err != nil {
		return nil, err
	}
	return "refunded", t.Edit(ctx, d.MessageID, agent.Markdown("Refunded: "+orders[number].total+" for order "+number+"."))
}

func say(ctx context.Context, t *agent.Turn, content agent.Content) error {
	_, err := t.Reply(ctx, content)
	return err
}
