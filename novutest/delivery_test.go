package novutest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDeliversToEveryEndpointOfTheSubscriber(t *testing.T) {
	a := start(t, furnished())
	a.create("/v1/channel-endpoints", channelEndpoint("channel", "19:chan@thread.tacv2"))
	a.create("/v1/channel-endpoints", userEndpoint("user", "29:ada"))
	transaction := a.trigger("hello").field("transactionId")
	assert.Empty(t, a.server.Messages(), "a trigger is processed after its delay, or by Settle")

	a.settle()

	messages := a.server.Messages()
	require.Len(t, messages, 2)
	channel, user := messages[0], messages[1]
	assert.Equal(t, novutest.Message{
		ID: channel.ID, Type: novutest.TypeChannel, TransactionID: transaction, WorkflowID: "alert", SubscriberID: "ada", EndpointIdentifier: "channel",
		TenantID: "tenant", TeamID: "19:team@thread.tacv2", ChannelID: "19:chan@thread.tacv2", Text: "hello", At: channel.At,
	}, channel)
	assert.Equal(t, novutest.Message{
		ID: user.ID, Type: novutest.TypeUser, TransactionID: transaction, WorkflowID: "alert", SubscriberID: "ada", EndpointIdentifier: "user",
		TenantID: "tenant", UserID: "29:ada", Text: "hello", At: user.At,
	}, user)
	assert.Empty(t, a.server.Failures())
}

// The table of what the real worker does, row by row.
func TestDeliveryTable(t *testing.T) {
	matching := func(identifier string) obj {
		e := channelEndpoint(identifier, "19:c@thread.tacv2")
		e["context"] = obj{"tenant": "acme"}
		return e
	}
	for name, row := range map[string]struct {
		endpoints []obj
		prepare   func(*api)
		trigger   obj
		delivered []string // endpoint identifiers
		failed    map[string]string
	}{
		"the trigger's context is not the endpoint's": {
			endpoints: []obj{channelEndpoint("e", "19:c@thread.tacv2")}, trigger: obj{"context": obj{"tenant": "acme"}},
			failed: map[string]string{"": "Subscriber does not have a configured channel with the given context"},
		},
		"the endpoint has a context and the trigger none": {
			endpoints: []obj{matching("e")}, failed: map[string]string{"": "Subscriber does not have a configured channel"},
		},
		"the connection's context differs": {
			endpoints: []obj{matching("e")}, trigger: obj{"context": obj{"tenant": "acme"}}, failed: map[string]string{"": ""},
		},
		"a Teams endpoint without a connection fails the good ones too": {
			endpoints: []obj{channelEndpoint("good", "19:c@thread.tacv2"), {"identifier": "bad", "integrationIdentifier": "teams", "subscriberId": "ada", "type": "ms_teams_user", "endpoint": obj{"userId": "u"}}},
			failed:    map[string]string{"": "novutest: endpoint bad has no connectionIdentifier, which fails the whole step"},
		},
		"bot not installed in one channel": {
			endpoints: []obj{channelEndpoint("one", "19:one@thread.tacv2"), channelEndpoint("two", "19:two@thread.tacv2")},
			prepare:   func(a *api) { a.server.UninstallBot("19:one@thread.tacv2") }, delivered: []string{"two"},
			failed: map[string]string{"one": "MSTEAMS_BOT_NOT_INSTALLED: Bot is not installed in this team/channel or for this user"},
		},
		"bot not installed for a user": {
			endpoints: []obj{userEndpoint("user", "29:u"), channelEndpoint("two", "19:two@thread.tacv2")},
			prepare:   func(a *api) { a.server.UninstallBot("29:u") }, delivered: []string{"two"},
			failed: map[string]string{"user": "MSTEAMS_BOT_NOT_INSTALLED: Bot is not installed in this team/channel or for this user"},
		},
		"channel missing": {
			endpoints: []obj{channelEndpoint("e", "19:gone@thread.tacv2")}, prepare: func(a *api) { a.server.RemoveConversation("19:gone@thread.tacv2") },
			failed: map[string]string{"e": "MSTEAMS_CHANNEL_NOT_FOUND: Teams channel or user not found"},
		},
		"connection deleted": {
			endpoints: []obj{channelEndpoint("e", "19:c@thread.tacv2")}, prepare: func(a *api) { a.do(http.MethodDelete, "/v1/channel-connections/conn", nil) },
			failed: map[string]string{"": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, furnished())
			for _, e := range row.endpoints {
				a.create("/v1/channel-endpoints", e)
			}
			if row.prepare != nil {
				row.prepare(a)
			}
			a.trigger("x", row.trigger)
			a.settle()
			var delivered []string
			for _, m := range a.server.Messages() {
				delivered = append(delivered, m.EndpointIdentifier)
			}
			failed := map[string]string{}
			for _, f := range a.server.Failures() {
				failed[f.EndpointIdentifier] = f.Reason
			}
			assert.Equal(t, row.delivered, delivered)
			assert.Equal(t, row.failed, failed)
		})
	}
}

const card = `{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"hi","wrap":true}]}`

func envelope(card string) string {
	return `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":` + card + `}]}`
}

func TestWebhookEndpoint(t *testing.T) {
	a := start(t, furnished())
	real := "https://prod-01.westus.logic.azure.com:443/workflows/abc/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cret-sig"
	a.create("/v1/channel-endpoints", webhookEndpoint("real", real))
	a.create("/v1/channel-endpoints", webhookEndpoint("own", string(a.server.WorkflowsURL("flow"))))
	a.create("/v1/channel-endpoints", webhookEndpoint("elsewhere", "https://example.com/hook/secret"))

	a.trigger(envelope(card))
	a.settle()

	messages := a.server.Messages()
	require.Len(t, messages, 2)
	assert.Equal(t, "real", messages[0].EndpointIdentifier)
	assert.Equal(t, real, string(messages[0].WebhookURL))
	assert.JSONEq(t, card, string(messages[0].Card))
	assert.Equal(t, "hi", messages[0].Text)
	assert.Equal(t, "own", messages[1].EndpointIdentifier)
	require.Len(t, a.server.Failures(), 1)
	assert.Contains(t, a.server.Failures()[0].Reason, "nothing was sent")
	marshalled, err := json.Marshal(messages)
	require.NoError(t, err)
	for _, printed := range []string{string(marshalled), fmt.Sprintf("%v %+v %#v %s %q", messages, messages, messages, messages[0].WebhookURL, messages[0].WebhookURL), fmt.Sprint(a.server.Failures())} {
		assert.NotContains(t, printed, "s3cret-sig")
		assert.NotContains(t, printed, "/hook/secret")
	}
}

func TestWebhookWithBareTextIsAcceptedAndItsRunFails(t *testing.T) {
	a := start(t, furnished())
	a.create("/v1/channel-endpoints", webhookEndpoint("hook", string(a.server.WorkflowsURL("flow"))))
	a.trigger("just text")
	a.settle()
	assert.Empty(t, a.server.Messages())
	failures := a.server.Failures()
	require.Len(t, failures, 1)
	assert.Equal(t, "hook", failures[0].EndpointIdentifier)
	assert.Contains(t, failures[0].Reason, "workflow run failed: the body has no attachments")
	sent := a.server.Requests()[len(a.server.Requests())-1]
	assert.JSONEq(t, `{"text":"just text"}`, string(sent.Body))
}

func TestRepeatedTransactionIsSuppressedOnceProcessed(t *testing.T) {
	a := start(t, furnished(), novutest.WithProcessingDelay(time.Hour))
	a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
	for range 3 {
		a.trigger("x", obj{"transactionId": "tx"})
	}
	a.settle()
	assert.Len(t, a.server.Messages(), 3, "the repeats came before the first was processed")
	a.trigger("x", obj{"transactionId": "tx"})
	a.settle()
	assert.Len(t, a.server.Messages(), 3)
}

func TestTriggerIsProcessedWhenTheClockReachesIt(t *testing.T) {
	a := start(t, furnished(), novutest.WithProcessingDelay(time.Hour))
	a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
	a.trigger("x")
	a.server.Advance(time.Hour)
	require.Eventually(t, func() bool { return len(a.server.Messages()) == 1 }, 5*time.Second, time.Millisecond)
}

func TestFaultsAtMicrosoftShowInDelivery(t *testing.T) {
	for name, row := range map[string]struct {
		fault  novutest.Fault
		reason string
	}{
		"token refused": {novutest.Fault{Route: "/_login/*", Status: 401, Body: `{"error":"invalid_client","error_description":"AADSTS7000222: expired"}`}, "MSTEAMS_INVALID_CREDENTIALS: Invalid bot credentials or token"},
		"throttled":     {novutest.Fault{Route: "/_connector/*", Status: 429, Body: `{"error":{"code":"Throttled","message":"slow down"}}`}, "MS Teams API Error: 429 - slow down"},
		"forbidden":     {novutest.Fault{Route: "/_connector/*", Status: 403}, "MSTEAMS_INSUFFICIENT_PERMISSIONS: Insufficient permissions to send message"},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, furnished())
			a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
			a.server.Inject(row.fault)
			a.trigger("x")
			a.settle()
			require.Len(t, a.server.Failures(), 1)
			assert.Equal(t, row.reason, a.server.Failures()[0].Reason)
		})
	}
}
