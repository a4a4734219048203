// Command msal gets a Graph token with Microsoft's library, for its size.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

func main() {
	credential, err := confidential.NewCredFromSecret(os.Getenv("MSTEAMS_CLIENT_SECRET"))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := confidential.New("https://login.microsoftonline.com/"+os.Args[1], os.Getenv("MSTEAMS_CLIENT_ID"), credential)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := client.AcquireTokenByCredential(context.Background(), []string{"https://graph.microsoft.com/.default"})
	fmt.Println(token.ExpiresOn, err)
}
