package main

import (
	"fmt"
	"os"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// environmentHelp explains the environment of the commands that ask Novu and Microsoft.
const environmentHelp = `
NOVU_SECRET_KEY and NOVU_BASE_URL name the Novu server. MSTEAMS_CLIENT_ID,
MSTEAMS_CLIENT_SECRET and MSTEAMS_TENANT_ID are those of the bot's app
registration. NOVU_SECRET_KEY_FILE and MSTEAMS_CLIENT_SECRET_FILE name files that
hold the secrets instead. MSTEAMS_LOGIN_URL, MSTEAMS_GRAPH_URL and
MSTEAMS_CONNECTOR_URL lead elsewhere than to Microsoft, such as to the emulator.
`

// novuClient asks the server that the environment names.
func novuClient() (*novu.Client, error) {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		return nil, fmt.Errorf("%w; set NOVU_SECRET_KEY to the environment's secret key, or NOVU_SECRET_KEY_FILE to a file that holds it, and NOVU_BASE_URL for the EU or a server of your own", err)
	}
	return client, nil
}

// msteamsClient asks Microsoft as the app that the environment names. It is nil where that names
// none.
func msteamsClient() (*msteams.Client, error) {
	if os.Getenv("MSTEAMS_CLIENT_ID") == "" {
		return nil, nil
	}
	client, err := msteams.NewClientFromEnv()
	if err != nil {
		return nil, fmt.Errorf("%w; set MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET (or MSTEAMS_CLIENT_SECRET_FILE) and MSTEAMS_TENANT_ID to those of the bot's app registration, or none of them", err)
	}
	return client, nil
}
