// Command msteams gets a Graph token with package msteams, for its size.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/novu-go/novu/msteams"
)

func main() {
	client, err := msteams.NewClientFromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(client.Tenant(os.Args[1]).GraphToken(context.Background()))
}
