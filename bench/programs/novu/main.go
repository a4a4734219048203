// Command create is a program that creates a channel endpoint, for its size.
package main

import (
	"context"
	"fmt"

	"github.com/novu-go/novu"
)

func main() {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint, err := client.ChannelEndpoints.Create(context.Background(), novu.CreateChannelEndpointParams{
		IntegrationIdentifier: "teams", SubscriberID: "acme", Endpoint: novu.MSTeamsUserEndpoint{UserID: "29:ada"},
	})
	fmt.Println(endpoint, err)
}
