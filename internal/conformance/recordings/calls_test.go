package recordings_test

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/novu-go/novu"
)

// calls make a method's call of a recorded request.
var calls = map[string]call{
	"Integrations.List": func(ctx context.Context, c *novu.Client, _ request) error { return second(c.Integrations.List(ctx)) },
	"Integrations.ListActive": func(ctx context.Context, c *novu.Client, _ request) error {
		return second(c.Integrations.ListActive(ctx))
	},
	"Integrations.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p struct {
			novu.CreateIntegrationParams
			Credentials novu.MSTeamsCredentials
		}
		r.into(&p)
		p.CreateIntegrationParams.Credentials = p.Credentials
		return second(c.Integrations.Create(ctx, p.CreateIntegrationParams))
	},
	"Integrations.Update": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.UpdateIntegrationParams
		r.into(&p)
		return second(c.Integrations.Update(ctx, r.last(), p))
	},
	"Integrations.SetPrimary": func(ctx context.Context, c *novu.Client, r request) error {
		if r.last() == "set-primary" {
			return second(c.Integrations.SetPrimary(ctx, r.path[2]))
		}
		return second(c.Integrations.SetPrimary(ctx, r.last()))
	},
	"Integrations.Delete": func(ctx context.Context, c *novu.Client, r request) error {
		return c.Integrations.Delete(ctx, r.last())
	},
	"GenerateChatOAuthURL": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.ChatOAuthURLParams
		r.into(&p)
		return second(c.Integrations.GenerateChatOAuthURL(ctx, p))
	},
	"Subscribers.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.CreateSubscriberParams
		r.into(&p)
		p.FailIfExists = r.Get("failIfExists") == "true"
		return second(c.Subscribers.Create(ctx, p))
	},
	"Subscribers.Get": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Subscribers.Get(ctx, r.last()))
	},
	"Subscribers.Update": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.UpdateSubscriberParams
		r.into(&p)
		return second(c.Subscribers.Update(ctx, r.last(), p))
	},
	"Subscribers.Delete": func(ctx context.Context, c *novu.Client, r request) error { return c.Subscribers.Delete(ctx, r.last()) },
	"Subscribers.List": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Subscribers.List(ctx, novu.ListSubscribersParams{Limit: r.limit()}))
	},
	"Subscribers.BulkCreate": func(ctx context.Context, c *novu.Client, r request) error {
		var p struct{ Subscribers []novu.SubscriberProfile }
		r.into(&p)
		results, err := c.Subscribers.BulkCreate(ctx, p.Subscribers, r.opts()...)
		for _, result := range results {
			err = errors.Join(err, result.Err())
		}
		return err
	},
	"ChannelConnections.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.CreateChannelConnectionParams
		r.into(&p)
		return second(c.ChannelConnections.Create(ctx, p, r.opts()...))
	},
	"ChannelConnections.Get": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.ChannelConnections.Get(ctx, r.last()))
	},
	"ChannelConnections.Update": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.UpdateChannelConnectionParams
		r.into(&p)
		return second(c.ChannelConnections.Update(ctx, r.last(), p))
	},
	"ChannelConnections.Delete": func(ctx context.Context, c *novu.Client, r request) error {
		return c.ChannelConnections.Delete(ctx, r.last())
	},
	"ChannelConnections.List": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{
			SubscriberID: r.Get("subscriberId"), ContextKeys: r.Values["contextKeys"], Channel: novu.ChannelType(r.Get("channel")),
			IntegrationIdentifier: r.Get("integrationIdentifier"), Limit: r.limit(), After: r.Get("after"), Before: r.Get("before"),
			OrderBy: r.Get("orderBy"), OrderDirection: novu.OrderDirection(r.Get("orderDirection")),
		}))
	},
	"ChannelEndpoints.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p struct {
			Identifier, IntegrationIdentifier, ConnectionIdentifier, SubscriberID string
			Context                                                               novu.ContextPayload
			Type                                                                  novu.EndpointType
			Endpoint                                                              json.RawMessage
		}
		r.into(&p)
		create := novu.CreateChannelEndpointParams{
			Identifier: p.Identifier, IntegrationIdentifier: p.IntegrationIdentifier, ConnectionIdentifier: p.ConnectionIdentifier,
			SubscriberID: p.SubscriberID, Context: p.Context,
		}
		if p.Endpoint != nil {
			create.Endpoint = typed(p.Type, p.Endpoint)
		}
		return second(c.ChannelEndpoints.Create(ctx, create, append(r.opts(), novu.WithUncheckedIDs())...))
	},
	"ChannelEndpoints.Get": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.ChannelEndpoints.Get(ctx, r.last()))
	},
	"ChannelEndpoints.Update": func(ctx context.Context, c *novu.Client, r request) error {
		var p struct{ Endpoint json.RawMessage }
		r.into(&p)
		if p.Endpoint == nil {
			return second(c.ChannelEndpoints.Update(ctx, r.last(), novu.UpdateChannelEndpointParams{}))
		}
		return second(c.ChannelEndpoints.Update(ctx, r.last(), novu.UpdateChannelEndpointParams{Endpoint: novu.RawEndpoint{EndpointType: "any", Raw: p.Endpoint}}))
	},
	"ChannelEndpoints.Delete": func(ctx context.Context, c *novu.Client, r request) error {
		return c.ChannelEndpoints.Delete(ctx, r.last())
	},
	"ChannelEndpoints.List": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{
			SubscriberID: r.Get("subscriberId"), Limit: r.limit(), After: r.Get("after"), Before: r.Get("before"),
			OrderBy: r.Get("orderBy"), OrderDirection: novu.OrderDirection(r.Get("orderDirection")),
		}))
	},
	"Contexts.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.CreateContextParams
		r.into(&p)
		return second(c.Contexts.Create(ctx, p))
	},
	"Contexts.Get": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Contexts.Get(ctx, r.path[2], r.path[3]))
	},
	"Contexts.List": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Contexts.List(ctx, novu.ListContextsParams{Type: r.Get("type"), Search: r.Get("search"), Limit: r.limit()}))
	},
	"Contexts.Update": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.UpdateContextParams
		r.into(&p)
		return second(c.Contexts.Update(ctx, r.path[2], r.path[3], p))
	},
	"Contexts.Delete": func(ctx context.Context, c *novu.Client, r request) error {
		return c.Contexts.Delete(ctx, r.path[2], r.path[3])
	},
	"Workflows.Create": func(ctx context.Context, c *novu.Client, r request) error {
		var p novu.CreateWorkflowParams
		r.into(&p)
		return second(c.Workflows.Create(ctx, p))
	},
	"Workflows.Get": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Workflows.Get(ctx, r.last()))
	},
	"Events.Trigger": func(ctx context.Context, c *novu.Client, r request) error {
		var e recordedEvent
		r.into(&e)
		return second(c.Events.Trigger(ctx, e.params(), r.opts()...))
	},
	"Events.TriggerBulk": func(ctx context.Context, c *novu.Client, r request) error {
		var p struct{ Events []recordedEvent }
		r.into(&p)
		events := make([]novu.TriggerParams, len(p.Events))
		for i, e := range p.Events {
			events[i] = e.params()
		}
		results, err := c.Events.TriggerBulk(ctx, events)
		for _, result := range results {
			err = errors.Join(err, result.Err())
		}
		return err
	},
	"Events.Broadcast": func(ctx context.Context, c *novu.Client, r request) error {
		var e recordedEvent
		r.into(&e)
		return second(c.Events.Broadcast(ctx, novu.BroadcastParams{WorkflowID: e.Name, Payload: e.Payload}))
	},
	"Events.Cancel": func(ctx context.Context, c *novu.Client, r request) error {
		return second(c.Events.Cancel(ctx, r.last()))
	},
}

// typed makes the Go type of a type, or the raw one where the object is not of
// its shape.
func typed(kind novu.EndpointType, raw json.RawMessage) novu.Endpoint {
	var e novu.ChannelEndpoint
	data, err := json.Marshal(map[string]any{"type": kind, "endpoint": raw})
	if err != nil || json.Unmarshal(data, &e) != nil {
		return nil
	}
	back, err := json.Marshal(e.Endpoint)
	var w, g map[string]any
	if err == nil && json.Unmarshal(raw, &w) == nil && json.Unmarshal(back, &g) == nil && len(w) == len(g) {
		return e.Endpoint
	}
	return novu.RawEndpoint{EndpointType: kind, Raw: raw}
}

type recordedEvent struct {
	Name          string
	To            json.RawMessage
	Payload       map[string]any
	Overrides     map[string]any
	TransactionID string
	Context       novu.ContextPayload
}

func (e recordedEvent) params() novu.TriggerParams {
	return novu.TriggerParams{
		WorkflowID: e.Name, To: recipientsOf(e.To), Payload: e.Payload, Overrides: e.Overrides, TransactionID: e.TransactionID, Context: e.Context,
	}
}

func recipientsOf(raw json.RawMessage) novu.Recipients {
	var list []json.RawMessage
	var id string
	var object struct{ SubscriberID, TopicKey string }
	switch {
	case json.Unmarshal(raw, &list) == nil:
		var to novu.Recipients
		for _, item := range list {
			to = append(to, recipientsOf(item)...)
		}
		return to
	case json.Unmarshal(raw, &id) == nil:
		return novu.ToSubscriber(id)
	case json.Unmarshal(raw, &object) == nil && object.TopicKey != "":
		return novu.ToTopic(object.TopicKey)
	case object.SubscriberID != "":
		return novu.ToSubscriber(object.SubscriberID)
	}
	return nil
}
