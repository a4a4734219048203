package doctor

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/novu-go/novu"
)

// failure is one thing that kept a notification from an endpoint, in Novu's words.
type failure struct {
	endpoint string // empty if it is not known, or if it concerns all of them
	text     string
}

// judgeDelivery says what became of a notification.
func judgeDelivery(n novu.Notification, messages []novu.Message) Finding {
	var failures []failure
	sent, chat, waiting := 0, 0, novu.JobStatus("")
	for _, job := range n.Jobs {
		if isUnfinished(job.Status) {
			waiting = cmp.Or(waiting, job.Status)
			continue
		}
		if job.Type != novu.StepChat {
			continue
		}
		chat++
		failed, done := readDetails(job)
		failures, sent = append(failures, failed...), sent+done
	}
	for _, m := range messages {
		if m.Status == novu.MessageError && !mentions(failures, m.ErrorText) {
			failures = append(failures, failure{text: excerpt(m.ErrorText)})
		}
	}
	switch {
	case len(failures) > 0:
		return explainFailures(failures, sent)
	case waiting == novu.JobDelayed:
		return notChecked("it waits in a delay step and was not sent yet")
	case waiting != "":
		return notChecked("Novu is still at work on it (%s)", waiting)
	case chat == 0:
		return broken("the workflow ran no chat step, so nothing went to Teams", "Add a step of type Chat to the workflow.")
	case sent == 0:
		return broken("no chat step sent anything, and Novu does not say why", "See what is broken below.")
	}
	return ok("Novu handed it over %s. A Workflows webhook accepts a message even if it can't show it", count(sent, "time", "times"))
}

func isUnfinished(s novu.JobStatus) bool {
	switch s {
	case novu.JobPending, novu.JobQueued, novu.JobRunning, novu.JobDelayed:
		return true
	}
	return false
}

// readDetails reads what happened in a step: what failed, and how many messages were sent.
func readDetails(job novu.NotificationJob) (failures []failure, sent int) {
	var warnings []failure
	for _, d := range job.ExecutionDetails {
		switch {
		case d.Status == novu.ExecutionSuccess && d.Detail == "Message sent":
			sent++
		case strings.HasPrefix(d.Detail, "All chat channels failed"): // sums up the others
		case d.Status == novu.ExecutionFailed:
			failures = append(failures, failureOf(d))
		case d.Status == novu.ExecutionWarning:
			warnings = append(warnings, failureOf(d))
		}
	}
	switch {
	case len(failures) > 0 || sent > 0:
		return failures, sent
	case len(warnings) > 0:
		return warnings, 0
	}
	switch job.Status {
	case novu.JobCanceled:
		return []failure{{text: "canceled"}}, 0
	case novu.JobSkipped:
		return []failure{{text: "skipped"}}, 0
	case novu.JobFailed:
		return []failure{{text: "failed without a reason"}}, 0
	}
	return nil, 0
}

// failureOf reads the endpoint and the provider's error out of a detail. Of what else is in it,
// much is secret: the whole webhook URL, for one.
func failureOf(d novu.ExecutionDetail) failure {
	var raw struct {
		ChannelData struct {
			Identifier string `json:"identifier"`
		} `json:"channelData"`
		Message string `json:"message"`
	}
	text := d.Detail
	if json.Unmarshal([]byte(d.Raw), &raw) == nil {
		text = cmp.Or(raw.Message, text)
	} else if d.Raw != "" && !strings.HasPrefix(d.Raw, "{") {
		text += ": " + d.Raw
	}
	return failure{endpoint: raw.ChannelData.Identifier, text: excerpt(text)}
}

// outcomeThrough tells whether an integration sent something of a notification, and whether Microsoft
// refused its credentials. Novu notes which integration it selected before each attempt.
func outcomeThrough(integration string, n novu.Notification) (sent, refused bool) {
	for _, job := range n.Jobs {
		selected := ""
		for _, d := range job.ExecutionDetails {
			switch {
			case strings.HasSuffix(d.Detail, "provider was selected"):
				var raw struct {
					Identifier string `json:"identifier"`
				}
				_ = json.Unmarshal([]byte(d.Raw), &raw)
				selected = raw.Identifier
			case selected != integration:
			case d.Status == novu.ExecutionSuccess:
				sent = true
			case d.Status == novu.ExecutionFailed && strings.Contains(d.Raw, "MSTEAMS_INVALID_CREDENTIALS"):
				refused = true
			}
		}
	}
	return sent, refused
}

func mentions(failures []failure, text string) bool {
	for _, f := range failures {
		if text == "" || strings.Contains(f.text, excerpt(text)) {
			return true
		}
	}
	return false
}

var anyURL = regexp.MustCompile(`(?i)(https?://)(?:[^/\s"'\\?#]*@)?([^/\s"'\\?#@]+)[^\s"']*`)

// longestExcerpt of what Novu says, in characters.
const longestExcerpt = 300

// excerpt is what Novu says on one line, cut, and with only the host of each URL.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(withoutURLs(text)), " ")
	if runes := []rune(text); len(runes) > longestExcerpt {
		text = string(runes[:longestExcerpt]) + "…"
	}
	return text
}

func withoutURLs(text string) string { return anyURL.ReplaceAllString(text, "$1$2/[redacted]") }

// explanations say what Novu's words mean, the first that fits.
var explanations = []struct {
	says                       string // in Novu's text
	means, remedy, forCustomer string
}{
	{
		says: "MSTEAMS_BOT_NOT_INSTALLED", means: "the bot is not installed in the team, the channel or for the person",
		remedy: installInTeam + " " + installForUser, forCustomer: tellInstallInTeam,
	},
	{
		says: "MSTEAMS_INSUFFICIENT_PERMISSIONS", means: "the bot may not write there. Novu before 3.19 also says so if the bot is not installed for the person",
		remedy: installForUser, forCustomer: tellInstallForUser,
	},
	{
		says: "MSTEAMS_CHANNEL_NOT_FOUND", means: "Teams knows no such channel",
		remedy: takeIDs, forCustomer: tellChannelGone,
	},
	{
		says: "MSTEAMS_INVALID_CREDENTIALS", means: "Microsoft did not accept the credentials of the integration",
		remedy: storeCredentials,
	},
	{
		says: "Chat webhook URL blocked", means: "the webhook refused the message, or Novu refused to call it",
		remedy: createWorkflow, forCustomer: tellCreateWorkflow,
	},
	{
		says: "Invalid channel data type", means: "an endpoint of another provider uses a Teams integration",
		remedy: "Delete the endpoint, and create it with an integration of its own provider.",
	},
	{
		says: "does not have a configured channel", means: "no endpoint has exactly the contexts of the trigger",
		remedy: "Trigger with exactly the contexts of the endpoint, or create the endpoint and its connection with those of the trigger.",
	},
	{
		says: "does not have an active integration", means: "the integration of the endpoint is not active, or was deleted",
		remedy: "Switch the integration on in Novu dashboard > Integrations Store, or create it again.",
	},
	{
		says: "Bridge execution failed", means: "Novu could not render the step, for example because its content is empty",
		remedy: "Open the workflow in Novu dashboard > Workflows and mend the steps that are marked.",
	},
	{
		says: "failed without a reason", means: "Novu failed the step and does not say why. It does that if an endpoint has no connection, if the connection or the integration was deleted, if the connection has other contexts, and if the integration has no credentials",
		remedy: "See what is broken below.",
	},
	{says: "canceled", means: "it was canceled before it was sent", remedy: "Trigger it again if that was not meant."},
	{says: "skipped", means: "the step was skipped, because its conditions were not met", remedy: "Check the conditions of the step in Novu dashboard > Workflows."},
}

func explainFailures(failures []failure, sent int) Finding {
	f := broken("", "See what is broken below.")
	for _, one := range explanations {
		if strings.Contains(failures[0].text, one.says) {
			f.Message, f.Remedy, f.ForCustomer = one.means, one.remedy, one.forCustomer
			break
		}
	}
	if f.Message == "" {
		f.Message = "Novu could not hand it over: " + failures[0].text
	}
	if sent > 0 {
		f.Message += fmt.Sprintf("; %s still sent", count(sent, "message was", "messages were"))
	}
	return f.with("novu", list(failures, func(one failure) string {
		if one.endpoint == "" {
			return one.text
		}
		return one.endpoint + ": " + one.text
	}))
}
