// Command goteamsnotify posts a text to a Workflow with go-teams-notify, for
// its size.
package main

import (
	"context"
	"fmt"
	"os"

	goteamsnotify "github.com/atc0005/go-teams-notify/v2"
	"github.com/atc0005/go-teams-notify/v2/adaptivecard"
)

func main() {
	message, err := adaptivecard.NewSimpleMessage("Build 17 failed", "", true)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(goteamsnotify.NewTeamsClient().SendWithContext(context.Background(), os.Getenv("WORKFLOWS_URL"), message))
}
