// Command ours lists the teams of a tenant with package msteams.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/novu-go/novu/msteams"
)

func main() {
	client, err := msteams.NewClientFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	for team, err := range client.Tenant(os.Args[1]).Teams(context.Background(), msteams.ListTeamsParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(team.ID, team.DisplayName)
	}
}
