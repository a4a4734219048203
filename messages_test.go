package novu_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/novu-go/novu"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Messages.List(ctx, novu.ListMessagesParams{
					TransactionIDs: []string{"txn-1", "txn-2"}, SubscriberID: "acme", Channel: novu.ChannelChat, ContextKeys: []string{"tenant:acme"},
					Page: 2, Limit: 1000,
				})
			},
			method: http.MethodGet, path: "/v1/messages",
			query: url.Values{
				"transactionId": {"txn-1", "txn-2"}, "subscriberId": {"acme"}, "channel": {"chat"}, "contextKeys": {"tenant:acme"},
				"page": {"2"}, "limit": {"1000"},
			},
			answer: `{"page":2,"pageSize":20,"hasMore":true,"totalCount":61,"data":[{"_id":"m","transactionId":"txn-1","_notificationId":"n",
				"_subscriberId":"s","channel":"chat","providerId":"msteams","status":"error","errorId":"e","errorText":"not installed",
				"content":"Build 4711 failed","_jobId":"j","_templateId":"w","stepId":"chat","subscriber":{"subscriberId":"acme"},
				"payload":{"build":4711},"tags":["ci"],"severity":"none","contextKeys":["tenant:acme"],` + times + `}]}`,
			want: &novu.NumberedPage[novu.Message]{
				Page: 2, PageSize: 20, TotalCount: 61, HasMore: true,
				Data: []novu.Message{{
					ID: "m", TransactionID: "txn-1", NotificationID: "n", SubscriberID: "s", Channel: novu.ChannelChat, ProviderID: novu.ProviderMSTeams,
					Status: novu.MessageError, ErrorID: "e", ErrorText: "not installed", Content: "Build 4711 failed", ContextKeys: []string{"tenant:acme"},
					JobID: "j", TemplateID: "w", StepID: "chat", Subscriber: novu.Subscriber{SubscriberID: "acme"},
					Payload: map[string]any{"build": 4711.0}, Tags: []string{"ci"}, Severity: "none",
					CreatedAt: created, UpdatedAt: created,
				}},
			},
		},
		"list everything": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Messages.List(ctx, novu.ListMessagesParams{})
			},
			method: http.MethodGet, path: "/v1/messages",
			answer: `{"page":0,"pageSize":10,"hasMore":false,"data":[]}`,
			want:   &novu.NumberedPage[novu.Message]{PageSize: 10, Data: []novu.Message{}},
		},
	})
}

func TestMessageErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"list messages": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Messages.List(ctx, novu.ListMessagesParams{})
		},
	})
}

func TestMessageBadInput(t *testing.T) {
	t.Parallel()
	list := func(params novu.ListMessagesParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Messages.List(ctx, params) }
	}
	testBadInput(t, map[string]badInput{
		"a negative page":  {call: list(novu.ListMessagesParams{Page: -1}), field: "Page"},
		"a negative limit": {call: list(novu.ListMessagesParams{Limit: -1}), field: "Limit"},
		"a large limit":    {call: list(novu.ListMessagesParams{Limit: 1001}), field: "Limit"},
	})
}
