package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
	"github.com/novu-go/novu/novutest"
)

// demonstrate lets a made-up customer talk to the bot on an emulator, and prints the chat.
func demonstrate(ctx context.Context, out io.Writer) error {
	srv, err := novutest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	client := srv.Client()
	if _, err := client.Workflows.Create(ctx, novu.CreateWorkflowParams{
		WorkflowID: "refund-made", Name: "Refund made", Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "Refunded: {{payload.order}}")},
	}); err != nil {
		return err
	}
	h, err := agent.NewHandler(client, []agent.Bot{support})
	if err != nil {
		return err
	}
	srv.ServeAgent(support.Identifier, h)
	chat := srv.Chat(novutest.User{Name: "Grace Hopper"})
	for _, step := range []struct {
		shown string
		do    func() ([]novutest.ChatMessage, error)
	}{
		{shown: "Grace: Hello", do: func() ([]novutest.ChatMessage, error) { return chat.Say(ctx, "Hello") }},
		{shown: "Grace chooses: An order", do: func() ([]novutest.ChatMessage, error) { return chat.Choose(ctx, "Topic", "An order") }},
		{shown: "Grace: It is 4711.", do: func() ([]novutest.ChatMessage, error) { return chat.Say(ctx, "It is 4711.") }},
		{shown: "Grace clicks: Refund it", do: func() ([]novutest.ChatMessage, error) { return chat.Click(ctx, "Refund it") }},
		{shown: "Grace clicks: Refund", do: func() ([]novutest.ChatMessage, error) { return chat.Click(ctx, "Refund") }},
		{shown: "Grace clicks: That's all", do: func() ([]novutest.ChatMessage, error) { return chat.Click(ctx, "That's all") }},
	} {
		fmt.Fprintln(out, step.shown)
		messages, err := step.do()
		if err != nil {
			return err
		}
		for _, m := range messages {
			show(out, m)
		}
	}
	return showWorkflow(ctx, out, srv)
}

// show prints a message of the bot's as the customer sees it.
func show(out io.Writer, m novutest.ChatMessage) {
	who := "Bot: "
	if m.Edited {
		who = "Bot changes that message: "
	}
	fmt.Fprintln(out, who+strings.ReplaceAll(m.Text, "\n", "\n     "))
	for _, c := range m.Choices {
		fmt.Fprintf(out, "     (%s)\n", strings.Join(c.Options, ") ("))
	}
	if len(m.Buttons) > 0 {
		fmt.Fprintf(out, "     [%s]\n", strings.Join(m.Buttons, "] ["))
	}
}

// showWorkflow prints what the bot had Novu send elsewhere.
func showWorkflow(ctx context.Context, out io.Writer, srv *novutest.Server) error {
	if err := srv.Settle(ctx); err != nil {
		return err
	}
	page, err := srv.Client().Notifications.List(ctx, novu.ListNotificationsParams{})
	if err != nil {
		return err
	}
	for _, n := range page.Data {
		fmt.Fprintf(out, "\nNovu ran the workflow %q for %q.\n", n.Template.WorkflowID, n.Subscriber.SubscriberID)
	}
	return nil
}
