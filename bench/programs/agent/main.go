// Command agent is a program that echoes what people write to a bot, for its size.
package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

func main() {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := agent.NewHandler(client, []agent.Bot{{Identifier: "echo", OnMessage: echo}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(http.ListenAndServe(":8080", h))
}

func echo(ctx context.Context, t *agent.Turn, m *agent.Message) error {
	_, err := t.Reply(ctx, agent.Markdown(m.Text))
	return err
}
