package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/novu-go/novu/webhook"
)

func ExampleClient_Send() {
	// A server that stands in for Workflows. A real URL needs neither
	// WithAllowedHosts nor WithHTTPClient.
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(string(body))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	opts := []webhook.Option{webhook.WithAllowedHosts("127.0.0.1"), webhook.WithHTTPClient(server.Client())}

	to, err := webhook.ParseURL(server.URL+"/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=secret", opts...)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := webhook.NewClient(opts...)
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := client.Send(context.Background(), to, webhook.Text("Build 17 failed"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("accepted with", receipt.StatusCode)
	// Output:
	// {"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"Build 17 failed"}]}]}}]}
	// accepted with 202
}

func ExampleParseURL() {
	for _, pasted := range []string{
		"https://prod-12.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secret",
		"https://prod-12.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01",
		"https://evil.example/?x=logic.azure.com",
	} {
		u, err := webhook.ParseURL(pasted)
		var problem *webhook.Error
		if errors.As(err, &problem) {
			fmt.Println("The URL", problem.Fields["url"][0])
			continue
		}
		fmt.Println(u)
	}
	// Output:
	// https://prod-12.westeurope.logic.azure.com/[redacted]
	// The URL lacks the parameter sig: copy the whole URL from the workflow's trigger again; if that yields the same URL, the trigger lets only users of the tenant run the flow: let Anyone trigger it
	// The URL leads to "evil.example", which is no host of Workflows: theirs end in .logic.azure.com or .environment.api.powerplatform.com; others must be allowed (WithAllowedHosts)
}

func ExampleForNovu() {
	content, err := webhook.ForNovu(webhook.Text("Deploy {{v17}} & go"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(content)

	// As the payload of a trigger, for a chat step whose content is {{payload.card}}.
	payload, err := json.Marshal(map[string]string{"card": content})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(json.Valid(payload))
	// Output:
	// {"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"Deploy {"},{"type":"TextRun","text":"{v17}} \u0026 go"}]}]}}]}
	// true
}
