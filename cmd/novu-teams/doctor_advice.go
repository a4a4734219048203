package main

import (
	"fmt"
	"io"

	"github.com/novu-go/novu/doctor"
)

// advice is what this program can do about a broken link. The report's own remedies speak of Go and
// of the portals.
var advice = map[doctor.Check]string{
	doctor.CheckEndpoints:          addPlace,
	doctor.CheckInstalled:          installBot,
	doctor.CheckReachable:          replacePlace,
	doctor.CheckChannel:            replacePlace,
	doctor.CheckMember:             replacePlace,
	doctor.CheckEndpointConnection: replacePlace,
	doctor.CheckWebhookURL:         replacePlace,
	doctor.CheckConnection:         connectAgain,
	doctor.CheckConsent:            connectAgain,
	doctor.CheckGraph:              rotateSecret,
	doctor.CheckBot:                rotateSecret,
}

const (
	addPlace     = `"novu-teams add" adds a channel, a person or a webhook.`
	installBot   = `"novu-teams add", given the same place again, installs the bot there.`
	replacePlace = `"novu-teams remove" takes out a place that is gone, and "novu-teams add" adds another.`
	connectAgain = `"novu-teams connect" prints the address where an administrator consents again.`
	rotateSecret = `"novu-teams setup rotate" replaces the secret.`
)

// printAdvice names the commands that mend what is broken, each once.
func printAdvice(w io.Writer, report *doctor.Report) error {
	said := map[string]bool{"": true}
	for _, found := range report.Broken() {
		if text := advice[found.Check]; !said[text] {
			said[text] = true
			if _, err := fmt.Fprintf(w, "\n%s\n", text); err != nil {
				return err
			}
		}
	}
	return nil
}
