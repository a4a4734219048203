package doctor_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/novutest"
)

// trigger sends the notification of the chain's question and waits until Novu is done with it.
func (c *chain) trigger(t *testing.T, srv *novutest.Server) string {
	t.Helper()
	result, err := srv.Client(once).Events.Trigger(t.Context(), novu.TriggerParams{
		WorkflowID: c.question.WorkflowID, To: novu.ToSubscriber(c.question.SubscriberID), Context: c.question.Context,
		Payload: map[string]any{"build": 7},
	})
	require.NoError(t, err)
	require.NoError(t, srv.Settle(t.Context()))
	return result.TransactionID
}

// examineTransaction asks with the transaction id alone.
func (c *chain) examineTransaction(t *testing.T) *doctor.Report {
	t.Helper()
	srv := c.start(t)
	id := c.trigger(t, srv)
	report, err := c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: id})
	require.NoError(t, err)
	assertSilent(t, report, srv)
	assert.Equal(t, id, report.TransactionID)
	return report
}

func TestATransactionThatWasDelivered(t *testing.T) {
	onEachVersion(t, func(t *testing.T, version novutest.Version) {
		report := healthy().on(version).examineTransaction(t)
		assert.Equal(t, healthyVerdict(version), report.Verdict, "%s", report)
		delivery := only(t, report, doctor.CheckDelivery)
		assert.Equal(t, doctor.OK, delivery.Verdict)
		assert.Contains(t, delivery.Message, "2 times")
		assert.Equal(t, "acme", report.SubscriberID, "from the notification")
		assert.Equal(t, "build-failed", report.WorkflowID)
		assert.Equal(t, []string{"tenant:acme"}, report.ContextKeys)
		assert.Equal(t, doctor.OK, only(t, report, doctor.CheckChatStep).Verdict)
		assert.Equal(t, doctor.CheckTransaction, report.Findings[0].Check, "it comes first")
	})
}

// What became of a notification is named in words, and so is the link that explains it.
func TestATransactionThatFailed(t *testing.T) {
	for name, test := range map[string]struct {
		breaks func(*chain)
		says   string // of the delivery
		link   doctor.Check
	}{
		"no endpoint": {
			breaks: func(c *chain) {
				for _, e := range c.endpoints {
					delete(e, "context")
				}
			}, says: "no endpoint has exactly the contexts", link: doctor.CheckEndpoints,
		},
		"bot not installed": {breaks: uninstalled(userID), says: "not installed", link: doctor.CheckInstalled},
		"channel gone": {
			breaks: func(c *chain) {
				c.after = append(c.after, func(srv *novutest.Server) { srv.RemoveConversation(channelID) })
			}, says: "Teams knows no such channel", link: doctor.CheckReachable,
		},
		"connection of other contexts": {
			breaks: func(c *chain) { delete(c.connection, "context") }, says: "does not say why", link: doctor.CheckConnectionContext,
		},
		"inactive integration": {
			breaks: func(c *chain) { c.integration["active"] = false }, says: "not active", link: doctor.CheckActive,
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEachVersion(t, func(t *testing.T, version novutest.Version) {
				c := healthy().on(version)
				test.breaks(c)
				report := c.examineTransaction(t)
				delivery := only(t, report, doctor.CheckDelivery)
				assert.Equal(t, doctor.Broken, delivery.Verdict)
				assert.Contains(t, delivery.Message, test.says, "%s", report)
				assert.NotEmpty(t, delivery.Remedy)
				var links []doctor.Check
				for _, f := range report.Broken() {
					links = append(links, f.Check)
				}
				assert.Contains(t, links, test.link, "%s", report)
			})
		})
	}
}

// Microsoft refuses what Novu holds and accepts what WithMSTeams was given: only the notification
// tells.
func TestASecretThatOnlyNovuHasWrong(t *testing.T) {
	c := healthy()
	c.credentials["secretKey"] = "not~the.secret"
	srv := c.start(t)
	srv.Advance(time.Minute) // the trigger is later than the integration
	id := c.trigger(t, srv)
	c.credentials["secretKey"] = clientSecret // what WithMSTeams is given
	report, err := c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: id})
	require.NoError(t, err)
	delivery := only(t, report, doctor.CheckDelivery)
	assert.Equal(t, doctor.Broken, delivery.Verdict, "%s", report)
	assert.Contains(t, delivery.Message, "credentials of the integration")
	assert.Equal(t, doctor.Broken, only(t, report, doctor.CheckCredentials).Verdict)

	// Nor does it need the transaction id, until the integration is mended.
	report, err = c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	require.Len(t, report.Broken(), 1, "%s", report)
	assert.Equal(t, doctor.CheckCredentials, report.Broken()[0].Check)
	all, err := srv.Client().Integrations.List(t.Context())
	require.NoError(t, err)
	for _, i := range all {
		if i.Identifier == "teams" {
			srv.Advance(time.Minute)
			_, err = srv.Client().Integrations.Update(t.Context(), i.ID, novu.UpdateIntegrationParams{Credentials: novu.MSTeamsCredentials{
				ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant,
			}})
			require.NoError(t, err)
		}
	}
	report, err = c.of(t, srv).Examine(t.Context(), c.question)
	require.NoError(t, err)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
}

func TestATransactionThatNovuDoesNotHave(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	report, err := c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: "txn_none"})
	require.NoError(t, err)
	assert.Equal(t, doctor.Broken, only(t, report, doctor.CheckTransaction).Verdict)
	assert.Equal(t, doctor.Broken, report.Verdict)
	assert.Empty(t, report.Find(doctor.CheckSubscriber), "nothing says whom it was for")

	id := c.trigger(t, srv)
	report, err = c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: id, SubscriberID: "acme-2"})
	require.NoError(t, err)
	found := only(t, report, doctor.CheckTransaction)
	assert.Equal(t, doctor.Broken, found.Verdict)
	assert.Equal(t, "acme", found.Evidence["subscribers"])

	srv.Inject(novutest.Fault{Route: "/v1/notifications", Status: http.StatusInternalServerError})
	report, err = c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: id})
	require.NoError(t, err)
	assert.Equal(t, doctor.NotChecked, report.Verdict)
}

// Of several subscribers, the one that it failed for is examined.
func TestATransactionForSeveralSubscribers(t *testing.T) {
	c := healthy()
	srv := c.start(t)
	result, err := srv.Client(once).Events.Trigger(t.Context(), novu.TriggerParams{
		WorkflowID: "build-failed", To: novu.ToSubscriber("acme", "acme-2"), Context: c.question.Context,
	})
	require.NoError(t, err)
	require.NoError(t, srv.Settle(t.Context()))
	report, err := c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: result.TransactionID})
	require.NoError(t, err)
	assert.Equal(t, "acme-2", report.SubscriberID)
	assert.Equal(t, doctor.Broken, only(t, report, doctor.CheckDelivery).Verdict)
	report, err = c.of(t, srv).Examine(t.Context(), doctor.Question{TransactionID: result.TransactionID, SubscriberID: "acme"})
	require.NoError(t, err)
	assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
}

// Novu before 3.19 writes the whole URL of a webhook, which is its credential, into the error.
func TestADeliveryDoesNotTellTheWebhook(t *testing.T) {
	for _, address := range []string{webhookURL, "HTTPS://user:" + webhookSig + "@hooks.example.com/" + webhookSig + "?sig=" + webhookSig} {
		found := doctor.JudgeDelivery(
			novu.Notification{ID: "n1", Jobs: []novu.NotificationJob{{Type: novu.StepChat, Status: novu.JobFailed, ExecutionDetails: []novu.ExecutionDetail{
				{Status: novu.ExecutionFailed, Detail: "Unexpected provider error", Raw: "POST " + address + " failed with 404\n" + strings.Repeat("long ", 1000)},
			}}}},
			[]novu.Message{{NotificationID: "n1", Status: novu.MessageError, ErrorText: "could not post to " + address + ": 404"}},
		)
		assert.Equal(t, doctor.Broken, found.Verdict)
		for _, text := range []string{found.Message, found.Evidence["novu"]} {
			assert.NotContains(t, text, webhookSig)
			assert.NotContains(t, text, "/workflows/")
		}
		assert.Contains(t, found.Evidence["novu"], "/[redacted]")
		assert.NotContains(t, found.Evidence["novu"], "\n")
		assert.Less(t, len(found.Evidence["novu"]), 1000)
	}
}

// Each recorded notification is judged by what Microsoft received of it.
func TestRecordedDeliveries(t *testing.T) {
	files, err := filepath.Glob("testdata/notifications/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var recorded struct {
			Notification novu.Notification `json:"notification"`
			Messages     []novu.Message    `json:"messages"`
			Verdict      doctor.Verdict    `json:"verdict"`
			Says         string            `json:"says"`
		}
		require.NoError(t, json.Unmarshal(data, &recorded), file)
		found := doctor.JudgeDelivery(recorded.Notification, recorded.Messages)
		assert.Equal(t, recorded.Verdict, found.Verdict, "%s: %s", file, found.Message)
		assert.Contains(t, found.Message, recorded.Says, file)
		for _, value := range append([]string{found.Message}, found.Evidence["novu"]) {
			assert.NotContains(t, value, "sig=", file)
			assert.NotContains(t, value, "/workflows/", file)
		}
	}
}
