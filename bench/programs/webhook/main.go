// Command webhook posts a text to a Workflow with package webhook, for its size.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/novu-go/novu/webhook"
)

func main() {
	to, err := webhook.ParseURL(os.Getenv("WORKFLOWS_URL"))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := webhook.NewClient()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Send(context.Background(), to, webhook.Text("Build 17 failed")))
}
