package novutest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTriggerStatuses(t *testing.T) {
	a := start(t, furnished())
	chat := []any{obj{"name": "Chat", "type": "chat", "controlValues": obj{"body": "x"}}}
	a.create("/v2/workflows", obj{"workflowId": "inactive", "name": "I", "active": false, "steps": chat})
	a.create("/v2/workflows", obj{"workflowId": "empty", "name": "E", "active": true, "steps": []any{}})
	for body, want := range map[string]string{
		`{"name":"alert","to":"ada"}`:                   "processed",
		`{"name":"alert","to":"bad id/"}`:               "processed",
		`{"name":"inactive","to":"ada"}`:                "trigger_not_active",
		`{"name":"empty","to":"ada"}`:                   "processed",
		`{"name":"alert","to":"ada","tenant":"nobody"}`: "no_tenant_found",
	} {
		got := a.create("/v1/events/trigger", json.RawMessage(body))
		assert.Equal(t, want, got.field("status"))
		assert.Equal(t, true, got.data("acknowledged"))
	}
	unknown := a.do(http.MethodPost, "/v1/events/trigger", obj{"name": "nope", "to": "ada"})
	assert.Equal(t, 422, unknown.status)
	assert.Equal(t, "workflow_not_found", unknown.message())
	assert.Nil(t, unknown.body["errors"])
	cancelled := a.do(http.MethodDelete, "/v1/events/trigger/tx", nil)
	assert.Equal(t, false, cancelled.body["data"])
}

func TestBulkAndBroadcast(t *testing.T) {
	a := start(t, furnished())
	a.create("/v2/subscribers", obj{"subscriberId": "bob"})
	for _, who := range []string{"ada", "bob"} {
		e := channelEndpoint("of-"+who, "19:"+who+"@thread.tacv2")
		e["subscriberId"] = who
		a.create("/v1/channel-endpoints", e)
	}
	bulk := a.create("/v1/events/trigger/bulk", obj{"events": []any{
		obj{
			"name":    "alert",
			"to":      []any{"ada", obj{"subscriberId": "bob"}},
			"payload": obj{"text": "a"},
		}, obj{"name": "nope", "to": "ada", "payload": obj{}}, obj{"name": "alert", "to": "ada"},
	}})
	items := bulk.body["data"].([]any)
	assert.Equal(t, "processed", items[0].(obj)["status"])
	assert.Equal(t, []any{"workflow_not_found"}, items[1].(obj)["error"])
	assert.Equal(
		t,
		[]any{
			"Validation failed for ParseEventRequestMulticastCommand: payload: payload should not be null or undefined",
		},
		items[2].(obj)["error"],
	)
	a.create("/v1/events/trigger/broadcast", obj{"name": "alert", "payload": obj{"text": "b"}})
	a.settle()
	var texts []string
	for _, m := range a.server.Messages() {
		texts = append(texts, m.SubscriberID+":"+m.Text)
	}
	assert.Equal(t, []string{"ada:a", "bob:a", "ada:b", "bob:b"}, texts)
	many := make([]any, 101)
	assert.Equal(t, 422, a.do(http.MethodPost, "/v1/events/trigger/bulk", obj{"events": many}).status)
}

func TestContentIsRendered(t *testing.T) {
	a := start(t, furnished())
	a.create("/v2/workflows", obj{"workflowId": "rich", "name": "Rich", "active": true, "steps": []any{
		obj{"name": "Mail", "type": "email"}, obj{"name": "Chat", "type": "chat", "controlValues": obj{
			"body": "{{ subscriber.firstName | upcase }} {{payload.order.id}} {{payload.list}} {{payload.missing}}!{{context.tenant.data.plan}}"}}}})
	e := channelEndpoint("e", "19:c@thread.tacv2")
	e["context"] = obj{"tenant": obj{"id": "acme", "data": obj{"plan": "gold"}}}
	a.create(
		"/v1/channel-connections",
		obj{
			"identifier":            "acme",
			"integrationIdentifier": "teams",
			"context":               e["context"],
			"workspace":             obj{"id": "t"},
			"auth":                  obj{"accessToken": "app-only"},
		},
	)
	e["connectionIdentifier"] = "acme"
	a.create("/v1/channel-endpoints", e)
	a.create(
		"/v1/events/trigger",
		obj{
			"name":    "rich",
			"to":      "ada",
			"payload": obj{"order": obj{"id": 7}, "list": []any{1, "a"}},
			"context": obj{"tenant": "acme"},
		},
	)
	a.settle()
	require.Len(t, a.server.Messages(), 1)
	assert.Equal(t, "ADA 7 [1,'a'] !gold", a.server.Messages()[0].Text)
}

func TestDelayStepWaitsAndCanBeCancelled(t *testing.T) {
	a := start(t, furnished())
	chat := func(name string) obj { return obj{"name": name, "type": "chat", "controlValues": obj{"body": name}} }
	a.create("/v2/workflows", obj{"workflowId": "later", "name": "Later", "active": true, "steps": []any{
		chat("first"), obj{"name": "Wait", "type": "delay", "controlValues": obj{"amount": 2, "unit": "hours"}}, chat("second"),
	}})
	a.create("/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"))
	texts := func() (said []string) {
		a.settle()
		for _, m := range a.server.Messages() {
			said = append(said, m.Text)
		}
		return said
	}
	cancel := func(id string) any { return a.do(http.MethodDelete, "/v1/events/trigger/"+id, nil).body["data"] }

	a.create("/v1/events/trigger", obj{"name": "later", "to": "ada", "transactionId": "kept"})
	a.create("/v1/events/trigger", obj{"name": "later", "to": "ada", "transactionId": "cancelled"})
	assert.Equal(t, false, cancel("cancelled"), "it has not come to its delay yet")
	assert.Equal(t, []string{"first", "first"}, texts())
	assert.Equal(t, true, cancel("cancelled"))
	assert.Equal(t, false, cancel("cancelled"))
	a.server.Advance(2*time.Hour - time.Second)
	assert.Equal(t, []string{"first", "first"}, texts())
	a.server.Advance(time.Second)
	assert.Equal(t, []string{"first", "first", "second"}, texts())
	assert.Equal(t, false, cancel("kept"))
}
