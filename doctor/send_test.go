package doctor_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
	"github.com/novu-go/novu/webhook"
)

// toWorkflows sends what is meant for Workflows to the server's own.
func toWorkflows(srv *novutest.Server) webhook.Option {
	return webhook.WithHTTPClient(&http.Client{Transport: transport(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.URL.Path = "/_workflows/" + req.URL.Host + req.URL.Path
		return through{srv}.RoundTrip(req)
	})})
}

func TestTestMessages(t *testing.T) {
	c := healthy()
	c.endpoints = append(c.endpoints, webhookEndpoint("webhook"))
	c.workflow, c.question.SendTest = chatWorkflow(card), true
	srv := c.start(t)
	c.doctor = append(c.doctor, doctor.WithWebhook(toWorkflows(srv)))
	report, err := c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	assert.Empty(t, problems(report))
	for _, f := range report.Find(doctor.CheckTestMessage) {
		assert.Equal(t, doctor.OK, f.Verdict, "%s", report)
	}
	kinds := map[string]int{}
	for _, m := range srv.Messages() {
		kinds[m.Type]++
		assert.Equal(t, "Test message: notifications reach this place.", m.Text)
	}
	assert.Equal(t, map[string]int{novutest.TypeChannel: 1, novutest.TypeUser: 1, novutest.TypeWebhook: 1}, kinds)
	assertSilent(t, report, srv)
}

// Where it is known that nothing would arrive, nothing is sent.
func TestNoTestMessageToABrokenEndpoint(t *testing.T) {
	for _, f := range allFaults() {
		c := healthy()
		c.question.SendTest = true
		f.breaks(c)
		srv := c.start(t)
		report, err := c.of(t, srv).Examine(t.Context(), c.question)
		require.NoError(t, err)
		broken := map[string]bool{}
		for _, found := range report.Broken() {
			if found.Check == doctor.CheckTestMessage {
				continue
			}
			broken[found.Subject] = true
		}
		for _, sent := range report.Find(doctor.CheckTestMessage) {
			if broken[sent.Subject] {
				assert.Equal(t, doctor.NotChecked, sent.Verdict, "%s: %s", f.name, report)
			}
		}
		for _, m := range srv.Messages() {
			assert.False(t, broken[map[string]string{
				novutest.TypeChannel: "Endpoint channel (ms_teams_channel)", novutest.TypeUser: "Endpoint user (ms_teams_user)",
			}[m.Type]], f.name)
		}
	}
}

func TestATestMessageThatIsRefused(t *testing.T) {
	c := healthy()
	c.question.SendTest = true
	inject(at("/_connector/{region}/v3/conversations/{conversation}/activities", novutest.ConnectorFault(http.StatusForbidden, "ConversationBlockedByUser", "The user blocked the bot.")))(c)
	srv := c.start(t)
	report, err := c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	sent := report.Find(doctor.CheckTestMessage)
	require.Len(t, sent, 2)
	for _, f := range sent {
		assert.Equal(t, doctor.Broken, f.Verdict)
		assert.Contains(t, f.Message, "ConversationBlockedByUser")
		assert.NotEmpty(t, f.Remedy)
	}
	assert.Empty(t, srv.Messages())
}
