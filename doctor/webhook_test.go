package doctor_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

func toURL(address string) func(*chain) {
	return func(c *chain) { c.endpoint(0)["url"] = address }
}

func saying(body string) func(*chain) {
	return func(c *chain) { c.workflow = chatWorkflow(body) }
}

var webhookFaults = []fault{
	{
		name: "a retired connector", breaks: toURL("https://contoso.webhook.office.com/webhookb2/" + webhookSig),
		check: doctor.CheckWebhookURL, verdict: doctor.Broken, says: "which Microsoft has retired", sets: "url",
	},
	{
		name: "a URL that was not copied whole", breaks: toURL("https://prod-01.westeurope.logic.azure.com/workflows/f1/triggers/manual/paths/invoke?api-version=1"),
		check: doctor.CheckWebhookURL, verdict: doctor.Broken, says: "lacks the parameter sig", sets: "url",
	},
	{
		name: "no https", breaks: toURL("http://prod-01.westeurope.logic.azure.com/workflows/f1?api-version=1&sig=" + webhookSig),
		check: doctor.CheckWebhookURL, verdict: doctor.Broken, says: "must start with https://", sets: "url", unsure: true,
	},
	{
		name: "no URL", breaks: toURL("not a url " + webhookSig),
		check: doctor.CheckWebhookURL, verdict: doctor.Broken, says: "nothing can be posted to it", sets: "url",
	},
	{
		name: "somebody else's host", breaks: toURL("https://hooks.example.com/services/" + webhookSig),
		check: doctor.CheckWebhookURL, verdict: doctor.Warning, says: "whether it leads to Teams is not known", sets: "url", unsure: true,
	},
	{
		name: "text", breaks: saying("Build {{payload.build}} failed"),
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "the content is text", sets: "content",
	},
	{
		name: "a bare card", breaks: saying(`{"type":"AdaptiveCard","version":"1.4","body":[]}`),
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "without an envelope", sets: "content",
	},
	{
		name: "a message card", breaks: saying(`{"@type":"MessageCard","text":"hi"}`),
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "MessageCard", sets: "content",
	},
	{
		name: "JSON that is no message", breaks: saying(`{"text":"hi"}`),
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "without showing it", sets: "content",
	},
	{
		name: "a payload's text", breaks: func(c *chain) {
			c.workflow, c.question.Payload = chatWorkflow("{{ payload.card }}"), object{"card": "Build failed"}
		},
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "the content is text", sets: "content",
	},
	{
		name: "a payload's object, which Novu renders with single quotes", breaks: func(c *chain) {
			c.workflow, c.question.Payload = chatWorkflow("{{payload.a.card}}"), object{"a": object{"card": object{"type": "message"}}}
		},
		check: doctor.CheckWebhookContent, verdict: doctor.Broken, says: "single quotes", sets: "content", unsure: true,
	},
	{
		name: "an inactive integration", breaks: func(c *chain) { c.integration["active"] = false },
		check: doctor.CheckActive, verdict: doctor.Broken, says: "not active",
	},
	{
		name: "an inactive workflow", breaks: func(c *chain) { c.workflow["active"] = false },
		check: doctor.CheckWorkflowActive, verdict: doctor.Broken, says: "not active", sets: "content",
	},
}

func TestEachFaultOfAWebhookIsNamed(t *testing.T) {
	onEachVersion(t, testFaultsOfWebhooks)
}

func testFaultsOfWebhooks(t *testing.T, version novutest.Version) {
	for _, f := range of(version, webhookFaults) {
		t.Run(f.name, func(t *testing.T) {
			c := healthyWebhook().on(version)
			f.breaks(c)
			report := c.examine(t)
			assert.True(t, f.named(report), "%s", report)
			require.Len(t, alarms(version, report), 1, "%s", report)
		})
	}
}

func TestContentThatCanBeShownOrCannotBeKnown(t *testing.T) {
	shown, err := webhook.ForNovu(webhook.Text("Build failed"))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		body    string
		payload object
		verdict doctor.Verdict
	}{
		"a card":                   {body: card, payload: nil, verdict: doctor.OK},
		"what ForNovu makes":       {body: shown, payload: nil, verdict: doctor.OK},
		"a payload's card":         {body: "{{payload.card}}", payload: object{"card": shown}, verdict: doctor.OK},
		"a payload's that is away": {body: "{{payload.card}}", payload: nil, verdict: doctor.NotChecked},
		"values in between": {
			body: `{"type":"message","attachments":[{{payload.attachments}}]}`, payload: nil,
			verdict: doctor.NotChecked,
		},
		"a value in front":           {body: "{{subscriber.data.card}}", payload: nil, verdict: doctor.NotChecked},
		"a value in front, filtered": {body: `{{payload.card | json}}`, payload: nil, verdict: doctor.NotChecked},
	} {
		t.Run(name, func(t *testing.T) {
			c := healthyWebhook()
			c.workflow, c.question.Payload = chatWorkflow(test.body), test.payload
			report := c.examine(t)
			assert.Equal(t, test.verdict, only(t, report, doctor.CheckWebhookContent).Verdict, "%s", report)
			assert.Empty(t, problems(report))
		})
	}
}

func TestWebhookHostsThatAreAllowed(t *testing.T) {
	c := healthyWebhook()
	toURL("https://hooks.example.com/services/" + webhookSig)(c)
	c.doctor = append(c.doctor, doctor.WithWebhook(webhook.WithAllowedHosts("hooks.example.com")))
	report := c.examine(t)
	assert.Empty(t, problems(report))
	assert.Equal(t, map[string]string{"url": "https://hooks.example.com/[redacted]"}, only(t, report, doctor.CheckWebhookURL).Evidence)
}

// Credentials do not matter to an integration that only webhooks use.
func TestWebhooksNeedNoCredentials(t *testing.T) {
	c := healthyWebhook()
	c.credentials = nil
	report := c.examine(t)
	assert.Empty(t, problems(report))
	assert.Equal(t, doctor.NotChecked, only(t, report, doctor.CheckCredentials).Verdict)
}

func FuzzContent(f *testing.F) {
	for _, body := range []string{card, "text", "{{payload.card}}", "{% if x %}", `{"a":{{payload.b}}}`, "", "{{", "null", "{{payload.card}}{{payload.card}}"} {
		f.Add(body, "text")
	}
	f.Fuzz(func(t *testing.T, body, value string) {
		found := doctor.JudgeContent(body, object{"card": value})
		_, err := webhook.ForNovu(json.RawMessage(body))
		if json.Valid([]byte(body)) && err == nil && found.Verdict != doctor.OK {
			t.Errorf("a message that would be shown is %s: %s", found.Verdict, found.Message)
		}
		if found.Verdict == doctor.Broken && (found.Message == "" || found.Remedy == "") {
			t.Errorf("broken without words: %+v", found)
		}
	})
}
