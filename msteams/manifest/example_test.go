package manifest_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	"github.com/novu-go/novu/msteams/manifest"
)

func Example() {
	m, err := manifest.New(manifest.App{
		ClientID:    "11111111-2222-3333-4444-555555555555",
		Name:        "Acme alerts",
		Description: "Alerts from Acme",
		Developer: manifest.Developer{
			Name:          "Acme",
			WebsiteURL:    "https://acme.example",
			PrivacyURL:    "https://acme.example/privacy",
			TermsOfUseURL: "https://acme.example/terms",
		},
		GraphInstall: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer // os.Create in a program
	if err := m.WritePackage(&file); err != nil {
		log.Fatal(err)
	}

	read, err := manifest.ReadPackage(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(read.Fields["name"], read.Fields["supportsChannelFeatures"])
	// Output: map[short:Acme alerts] tier1
}

func ExampleManifest_Validate() {
	m, err := manifest.Parse([]byte(`{"manifestVersion": "1.25", "id": "acme", "bots": [{"botId": "acme", "scopes": ["Team"]}]}`))
	if err != nil {
		log.Fatal(err)
	}
	var invalid *manifest.ValidationError
	if errors.As(m.Validate(), &invalid) {
		for _, problem := range invalid.Problems {
			if problem.Rule != manifest.RuleRequired {
				fmt.Println(problem)
			}
		}
	}
	// Output:
	// $.id is "acme"; want a GUID such as 11111111-2222-3333-4444-555555555555
	// $.bots[0].botId is "acme"; want a GUID such as 11111111-2222-3333-4444-555555555555
	// $.bots[0].scopes[0] is "Team"; want team, personal, groupChat, copilot
}
