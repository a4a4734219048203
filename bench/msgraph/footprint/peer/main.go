//go:build peer

// Command peer lists the teams of a tenant with msgraph-sdk-go and azidentity.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

func main() {
	credential, err := azidentity.NewClientSecretCredential(os.Args[1], os.Getenv("MSTEAMS_CLIENT_ID"), os.Getenv("MSTEAMS_CLIENT_SECRET"), nil)
	if err != nil {
		log.Fatal(err)
	}
	client, err := msgraphsdk.NewGraphServiceClientWithCredentials(credential, []string{"https://graph.microsoft.com/.default"})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	page, err := client.Teams().Get(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	pages, err := msgraphcore.NewPageIterator[models.Teamable](page, client.GetAdapter(), models.CreateTeamCollectionResponseFromDiscriminatorValue)
	if err != nil {
		log.Fatal(err)
	}
	err = pages.Iterate(ctx, func(team models.Teamable) bool {
		fmt.Println(*team.GetId(), *team.GetDisplayName())
		return true
	})
	if err != nil {
		log.Fatal(err)
	}
}
