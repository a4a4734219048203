package novu_test

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

const endpointJSON = `{"identifier":"alerts","channel":"chat","providerId":"msteams","integrationIdentifier":"teams","connectionIdentifier":"teams-acme",
	"subscriberId":"acme","contextKeys":["tenant:acme"],"type":"ms_teams_channel","endpoint":{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"},` + times + `}`

var (
	channel  = novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:builds@thread.tacv2"}
	endpoint = novu.ChannelEndpoint{
		Identifier: "alerts", Channel: novu.ChannelChat, ProviderID: novu.ProviderMSTeams, IntegrationIdentifier: "teams",
		ConnectionIdentifier: "teams-acme", SubscriberID: "acme", ContextKeys: []string{"tenant:acme"}, Endpoint: channel,
		CreatedAt: created, UpdatedAt: created,
	}
	newEndpoint = novu.CreateChannelEndpointParams{IntegrationIdentifier: "teams", SubscriberID: "acme", Endpoint: channel}
)

func createEndpoint(params novu.CreateChannelEndpointParams, opts ...novu.RequestOption) call {
	return func(ctx context.Context, c *novu.Client) (any, error) {
		return c.ChannelEndpoints.Create(ctx, params, opts...)
	}
}

func TestChannelEndpoints(t *testing.T) {
	t.Parallel()
	named := with(newEndpoint, func(p *novu.CreateChannelEndpointParams) { p.Identifier = "alerts" })
	runExchanges(t, map[string]exchange{
		"create": {
			call: createEndpoint(novu.CreateChannelEndpointParams{
				Identifier: "alerts", IntegrationIdentifier: "teams", ConnectionIdentifier: "teams-acme", SubscriberID: "acme",
				CreateSubscriberIfMissing: true, Context: acme, Endpoint: channel,
			}),
			method: http.MethodPost, path: "/v1/channel-endpoints",
			body: `{"identifier":"alerts","integrationIdentifier":"teams","connectionIdentifier":"teams-acme","subscriberId":"acme",
				"createSubscriberIfMissing":true,"context":{"tenant":"acme"},"type":"ms_teams_channel","endpoint":{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}}`,
			status: http.StatusCreated, answer: `{"data":` + endpointJSON + `}`,
			want: &endpoint,
		},
		"create for a pointer": {
			call:   createEndpoint(with(named, func(p *novu.CreateChannelEndpointParams) { p.Endpoint = &channel })),
			method: http.MethodPost, path: "/v1/channel-endpoints",
			body: `{"identifier":"alerts","integrationIdentifier":"teams","subscriberId":"acme",
				"type":"ms_teams_channel","endpoint":{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}}`,
			status: http.StatusCreated, answer: `{"data":` + endpointJSON + `}`,
			want: &endpoint,
		},
		"create for a webhook": { // its URL is sent as it is, and nowhere else
			call: createEndpoint(with(named, func(p *novu.CreateChannelEndpointParams) {
				p.Endpoint = novu.WebhookEndpoint{URL: hook, Channel: "builds"}
			})),
			method: http.MethodPost, path: "/v1/channel-endpoints",
			body: `{"identifier":"alerts","integrationIdentifier":"teams","subscriberId":"acme",
				"type":"webhook","endpoint":{"url":"` + hook + `","channel":"builds"}}`,
			status: http.StatusCreated, answer: `{"data":{"identifier":"alerts","type":"webhook","endpoint":{"url":"` + hook + `"}}}`,
			want: &novu.ChannelEndpoint{Identifier: "alerts", Endpoint: novu.WebhookEndpoint{URL: hook}},
		},
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.Get(ctx, "alerts") },
			method: http.MethodGet, path: "/v1/channel-endpoints/alerts",
			answer: `{"data":` + endpointJSON + `}`,
			want:   &endpoint,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{
					SubscriberID: "acme", ContextKeys: []string{"tenant:acme"}, Channel: novu.ChannelChat, IntegrationIdentifier: "teams",
					ConnectionIdentifier: "teams-acme", Limit: 100, Before: "cursor", OrderBy: "createdAt", OrderDirection: novu.Descending,
				})
			},
			method: http.MethodGet, path: "/v1/channel-endpoints",
			query: url.Values{
				"subscriberId": {"acme"}, "contextKeys": {"tenant:acme"}, "channel": {"chat"}, "integrationIdentifier": {"teams"},
				"connectionIdentifier": {"teams-acme"}, "limit": {"100"}, "before": {"cursor"}, "orderBy": {"createdAt"}, "orderDirection": {"DESC"},
			},
			answer: `{"data":[` + endpointJSON + `],"next":"n","previous":null,"totalCount":7}`,
			want:   &novu.Page[novu.ChannelEndpoint]{Data: []novu.ChannelEndpoint{endpoint}, Next: "n", TotalCount: 7},
		},
		"update": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelEndpoints.Update(ctx, "alerts", novu.UpdateChannelEndpointParams{Endpoint: channel})
			},
			method: http.MethodPatch, path: "/v1/channel-endpoints/alerts",
			body:   `{"endpoint":{"teamId":"b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11","channelId":"19:builds@thread.tacv2"}}`,
			answer: `{"data":` + endpointJSON + `}`,
			want:   &endpoint,
		},
		"delete": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.ChannelEndpoints.Delete(ctx, "alerts")
			},
			method: http.MethodDelete, path: "/v1/channel-endpoints/alerts",
			status: http.StatusNoContent,
		},
	})
}

func TestAllChannelEndpoints(t *testing.T) {
	t.Parallel()
	testAll(t, "/v1/channel-endpoints", "identifier", func(ctx context.Context, c *novu.Client) iter.Seq2[novu.ChannelEndpoint, error] {
		return c.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{})
	}, func(found novu.ChannelEndpoint) string { return found.Identifier })
}

func TestChannelEndpointErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create channel endpoint": createEndpoint(newEndpoint),
		"get channel endpoint":    func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.Get(ctx, "alerts") },
		"list channel endpoints": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{})
		},
		"update channel endpoint": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.ChannelEndpoints.Update(ctx, "alerts", novu.UpdateChannelEndpointParams{Endpoint: channel})
		},
		"delete channel endpoint": func(ctx context.Context, c *novu.Client) (any, error) {
			return nil, c.ChannelEndpoints.Delete(ctx, "alerts")
		},
	})
}

func TestChannelEndpointBadInput(t *testing.T) {
	t.Parallel()
	create := func(change func(*novu.CreateChannelEndpointParams)) call {
		return createEndpoint(with(newEndpoint, change))
	}
	list := func(params novu.ListChannelEndpointsParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.List(ctx, params) }
	}
	get := func(identifier string) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.ChannelEndpoints.Get(ctx, identifier) }
	}
	testBadInput(t, map[string]badInput{
		"no subscriber": {call: create(func(p *novu.CreateChannelEndpointParams) { p.SubscriberID = "" }), field: "SubscriberID"},
		"no integration": {
			call:  create(func(p *novu.CreateChannelEndpointParams) { p.IntegrationIdentifier = "" }),
			field: "IntegrationIdentifier",
		},
		"a connection with a line break": {
			call:  create(func(p *novu.CreateChannelEndpointParams) { p.ConnectionIdentifier = "teams\nacme" }),
			field: "ConnectionIdentifier",
		},
		"six contexts":         {call: create(func(p *novu.CreateChannelEndpointParams) { p.Context = tooMany }), field: "Context"},
		"an empty identifier":  {call: get(""), field: "identifier"},
		"a blank identifier":   {call: get("  "), field: "identifier"},
		"a dot":                {call: get("."), field: "identifier"},
		"two dots":             {call: get(".."), field: "identifier"},
		"a control character":  {call: get("a\nb"), field: "identifier"},
		"invalid UTF-8":        {call: get("a\xffb"), field: "identifier"},
		"a negative limit":     {call: list(novu.ListChannelEndpointsParams{Limit: -1}), field: "Limit"},
		"a limit that is high": {call: list(novu.ListChannelEndpointsParams{Limit: 101}), field: "Limit"},
		"both cursors":         {call: list(novu.ListChannelEndpointsParams{After: "a", Before: "b"}), field: "After"},
		"delete nothing": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.ChannelEndpoints.Delete(ctx, "") },
			field: "identifier",
		},
		"update without an endpoint": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.ChannelEndpoints.Update(ctx, "alerts", novu.UpdateChannelEndpointParams{})
			},
			field: "Endpoint",
		},
	})
}

// An iterator reports bad parameters as its only error.
func TestAllChannelEndpointsBadInput(t *testing.T) {
	t.Parallel()
	var errs []error
	for _, err := range silent(t).ChannelEndpoints.All(t.Context(), novu.ListChannelEndpointsParams{Limit: 101}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], novu.ErrInvalidParams)
}
