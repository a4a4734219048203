package novu_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const receiptJSON = `{"data":{"acknowledged":true,"status":"processed","transactionId":"txn-1","activityFeedLink":"https://novu.example/feed"}}`

var (
	receipt  = novu.TriggerResult{Acknowledged: true, Status: novu.StatusProcessed, TransactionID: "txn-1", ActivityFeedLink: "https://novu.example/feed"}
	newEvent = novu.TriggerParams{WorkflowID: "build-failed", To: novu.ToSubscriber("acme"), TransactionID: "txn-1"}
)

func trigger(params novu.TriggerParams, opts ...novu.RequestOption) call {
	return func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Trigger(ctx, params, opts...) }
}

func TestEvents(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"trigger": {
			call:   trigger(newEvent),
			method: http.MethodPost, path: "/v1/events/trigger", keyed: true,
			body:   `{"name":"build-failed","to":{"subscriberId":"acme"},"payload":{},"transactionId":"txn-1"}`,
			status: http.StatusCreated, answer: receiptJSON,
			want: &receipt,
		},
		"trigger with everything": {
			call: trigger(novu.TriggerParams{
				WorkflowID: "build-failed", To: novu.ToSubscriber("acme", "ada"), Payload: map[string]any{"build": 4711},
				Overrides: map[string]any{"email": map[string]any{"from": "ci"}}, TransactionID: "txn-1",
				Actor: novu.SubscriberProfile{SubscriberID: "bob", FirstName: "Bob"}, Tenant: "t", Context: acme,
			}),
			method: http.MethodPost, path: "/v1/events/trigger", keyed: true,
			body: `{"name":"build-failed","to":[{"subscriberId":"acme"},{"subscriberId":"ada"}],"payload":{"build":4711},
				"overrides":{"email":{"from":"ci"}},"transactionId":"txn-1","actor":{"subscriberId":"bob","firstName":"Bob"},"tenant":"t","context":{"tenant":"acme"}}`,
			status: http.StatusCreated, answer: receiptJSON,
			want: &receipt,
		},
		"trigger on a server that leaves the transaction id out": {
			call:   trigger(newEvent),
			method: http.MethodPost, path: "/v1/events/trigger", keyed: true,
			body:   `{"name":"build-failed","to":{"subscriberId":"acme"},"payload":{},"transactionId":"txn-1"}`,
			status: http.StatusCreated, answer: `{"data":{"acknowledged":true,"status":"processed"}}`,
			want: &novu.TriggerResult{Acknowledged: true, Status: novu.StatusProcessed, TransactionID: "txn-1"},
		},
		"broadcast": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Events.Broadcast(ctx, novu.BroadcastParams{
					WorkflowID: "build-failed", Payload: map[string]any{"build": 4711}, Overrides: map[string]any{"a": 1}, TransactionID: "txn-1",
					Actor: novu.SubscriberProfile{SubscriberID: "bob"}, Tenant: "t", Context: acme,
				})
			},
			method: http.MethodPost, path: "/v1/events/trigger/broadcast", keyed: true,
			body: `{"name":"build-failed","payload":{"build":4711},"overrides":{"a":1},"transactionId":"txn-1",
				"actor":{"subscriberId":"bob"},"tenant":"t","context":{"tenant":"acme"}}`,
			status: http.StatusCreated, answer: receiptJSON,
			want: &receipt,
		},
		"bulk": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Events.TriggerBulk(ctx, []novu.TriggerParams{newEvent, with(newEvent, func(p *novu.TriggerParams) { p.TransactionID = "txn-2" })})
			},
			method: http.MethodPost, path: "/v1/events/trigger/bulk", keyed: true,
			body: `{"events":[{"name":"build-failed","to":{"subscriberId":"acme"},"payload":{},"transactionId":"txn-1"},
				{"name":"build-failed","to":{"subscriberId":"acme"},"payload":{},"transactionId":"txn-2"}]}`,
			status: http.StatusCreated, answer: `{"data":[{"acknowledged":true,"status":"processed","transactionId":"txn-1"},
				{"acknowledged":true,"status":"error","transactionId":"txn-2","error":["workflow_not_found"]}]}`,
			want: []novu.TriggerResult{
				{Acknowledged: true, Status: novu.StatusProcessed, TransactionID: "txn-1"},
				{Acknowledged: true, Status: novu.StatusTriggerError, TransactionID: "txn-2", Errors: []string{"workflow_not_found"}},
			},
		},
		"cancel": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Cancel(ctx, "txn-1") },
			method: http.MethodDelete, path: "/v1/events/trigger/txn-1",
			answer: `{"data":true}`,
			want:   true,
		},
		"cancel what is over": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Cancel(ctx, "txn-1") },
			method: http.MethodDelete, path: "/v1/events/trigger/txn-1",
			answer: `{"data":false}`,
			want:   false,
		},
	})
}

func TestEventErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"trigger event": trigger(newEvent),
		"broadcast event": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Events.Broadcast(ctx, novu.BroadcastParams{WorkflowID: "build-failed"})
		},
		"cancel event": func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Cancel(ctx, "txn-1") },
	})
}

func TestEventBadInput(t *testing.T) {
	t.Parallel()
	change := func(change func(*novu.TriggerParams)) call { return trigger(with(newEvent, change)) }
	testBadInput(t, map[string]badInput{
		"no workflow": {call: change(func(p *novu.TriggerParams) { p.WorkflowID = "" }), field: "WorkflowID"},
		"nobody":      {call: change(func(p *novu.TriggerParams) { p.To = nil }), field: "To"},
		"one of the subscribers is nobody": {
			call:  change(func(p *novu.TriggerParams) { p.To = novu.ToSubscriber("acme", "") }),
			field: "To[1]",
		},
		"a transaction with a line break": {
			call:  change(func(p *novu.TriggerParams) { p.TransactionID = "txn\n1" }),
			field: "TransactionID",
		},
		"an actor that a path can't carry": {
			call:  change(func(p *novu.TriggerParams) { p.Actor.SubscriberID = ".." }),
			field: "Actor.SubscriberID",
		},
		"six contexts": {call: change(func(p *novu.TriggerParams) { p.Context = tooMany }), field: "Context"},
		"one of several without a workflow": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Events.TriggerBulk(ctx, []novu.TriggerParams{newEvent, {To: novu.ToSubscriber("acme")}})
			},
			field: "Events[1].WorkflowID",
		},
		"several with a header that is the client's": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Events.TriggerBulk(ctx, []novu.TriggerParams{newEvent}, novu.WithHeader("Authorization", "canary"))
			},
			field: "Header",
		},
		"broadcast no workflow": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Events.Broadcast(ctx, novu.BroadcastParams{})
			},
			field: "WorkflowID",
		},
		"cancel nothing": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Events.Cancel(ctx, "") },
			field: "transactionID",
		},
	})
}

// An event that is acknowledged and will not be processed is an error that says what to do.
func TestEventsThatAreNotProcessed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string
		is     error
		text   string
	}{
		"inactive workflow":  {answer: `{"status":"trigger_not_active"}`, is: novu.ErrValidation, text: "activate the workflow"},
		"unknown tenant":     {answer: `{"status":"no_tenant_found"}`, is: novu.ErrValidation, text: "leave Tenant empty"},
		"no active step":     {answer: `{"status":"no_workflow_active_steps_defined"}`, is: novu.ErrValidation, text: "activate one of the workflow's steps"},
		"no step":            {answer: `{"status":"no_workflow_steps_defined"}`, is: novu.ErrValidation, text: "give the workflow a chat step"},
		"invalid recipients": {answer: `{"status":"invalid_recipients"}`, is: novu.ErrValidation, text: "check To"},
		"unknown workflow":   {answer: `{"status":"error","error":["workflow_not_found"]}`, is: novu.ErrNotFound, text: "workflow_not_found"},
		"an unknown status":  {answer: `{"acknowledged":true,"status":"eaten_by_a_dog"}`, is: novu.ErrValidation, text: "eaten_by_a_dog"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusCreated, `{"data":`+tt.answer+`}`))
			_, err := trigger(newEvent)(t.Context(), mocked(t, mock))
			require.ErrorIs(t, err, tt.is)
			var refused *novu.TriggerError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, "txn-1", refused.Result.TransactionID)
			assert.Contains(t, err.Error(), tt.text)
			assert.Contains(t, err.Error(), "(transaction txn-1)")
		})
	}
}

// Without a transaction id the client makes one, and a caller's key makes the same one again.
func TestTransactionIDsAreMade(t *testing.T) {
	t.Parallel()
	made := func(opts ...novu.RequestOption) string {
		var sent struct{ TransactionID string }
		mock := roundTripper(func(r *http.Request) (*http.Response, error) {
			require.NoError(t, json.NewDecoder(r.Body).Decode(&sent))
			return httpmock.NewStringResponse(http.StatusCreated, `{"data":{"acknowledged":true,"status":"processed"}}`), nil
		})
		_, err := trigger(novu.TriggerParams{WorkflowID: alert, To: novu.ToSubscriber(someone)}, opts...)(t.Context(), mocked(t, mock))
		require.NoError(t, err)
		return sent.TransactionID
	}
	assert.Regexp(t, `^txn_[a-z0-9]{20}$`, made())
	assert.NotEqual(t, made(), made())
	assert.Equal(t, made(novu.WithIdempotencyKey("k")), made(novu.WithIdempotencyKey("k")))
	assert.NotEqual(t, made(novu.WithIdempotencyKey("k")), made(novu.WithIdempotencyKey("other")))
}

func ExampleTriggerResult_Err() {
	result := novu.TriggerResult{Status: novu.StatusTriggerNotActive, TransactionID: "txn-1"}
	fmt.Println(result.Err())
	// Output:
	// novu: the event was acknowledged but not processed: trigger_not_active; activate the workflow (transaction txn-1)
}
