// Command bridge is a program with a client and a server that answers nothing, for its size.
package main

import (
	"context"
	"fmt"
	"net/http"

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
	fmt.Println(http.ListenAndServe(":8080", http.NotFoundHandler()))
}
