package main

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"

	"github.com/novu-go/novu"
)

// journey is what later calls need to know of earlier ones.
type journey struct {
	client      *novu.Client
	integration novu.Integration
	transaction string
	notified    string
	agent       *novu.Agent
}

type call struct {
	name  string
	waits bool // for a delivery or a person, and may wait in vain
	do    func(ctx context.Context, j *journey) (any, error)
}

const (
	subscriberID = "transcript-user"
	integration  = "transcript-teams"
	workflowID   = "transcript-workflow"
	connection   = "transcript-connection"
	endpoint     = "transcript-endpoint"
	channelID    = "19:transcript@thread.tacv2"
	teamID       = "5c1e0f52-8f0b-4d1c-9a27-3f0e6b7d9c11"
	tenantID     = "5c1e0f52-8f0b-4d1c-9a27-3f0e6b7d9c12"
)

func contexts() novu.ContextPayload {
	return novu.ContextPayload{"tenant": {ID: "Acme"}}
}

// all gathers what an iterator yields, up to its first error.
func all[T any](items iter.Seq2[T, error]) (any, error) {
	var list []T
	for item, err := range items {
		if err != nil {
			return list, err
		}
		list = append(list, item)
	}
	return list, nil
}

var calls = slices.Concat(environmentCalls, resourceCalls, topicCalls, oauthCalls, eventCalls, agentCalls, deletions)

var environmentCalls = []call{
	{name: "Client.BaseURL", do: func(_ context.Context, j *journey) (any, error) { return j.client.BaseURL(), nil }},
	{name: "Client.CallbackURL", do: func(_ context.Context, j *journey) (any, error) { return j.client.CallbackURL(), nil }},
	{name: "Client.Environment", do: func(ctx context.Context, j *journey) (any, error) { return j.client.Environment(ctx) }},
	{name: "Client.Ping", do: func(ctx context.Context, j *journey) (any, error) { return j.client.Ping(ctx) }},
	{name: "Client.SignRequest", do: func(_ context.Context, j *journey) (any, error) {
		header := http.Header{}
		j.client.SignRequest(header, []byte("{}"))
		return j.client.VerifySignature(header, []byte("{}")) == nil, nil
	}},
	{name: "Client.VerifySignature", do: func(_ context.Context, j *journey) (any, error) {
		return nil, j.client.VerifySignature(http.Header{"Novu-Signature": {"t=1,v1=00"}}, []byte("{}"))
	}},
}

var resourceCalls = []call{
	{name: "Integrations.Create", do: func(ctx context.Context, j *journey) (any, error) {
		made, err := j.client.Integrations.Create(ctx, novu.CreateIntegrationParams{
			Name: "Transcript", Identifier: integration, ProviderID: novu.ProviderMSTeams, Channel: novu.ChannelChat, Active: true,
			Credentials: novu.MSTeamsCredentials{ClientID: teamID, ClientSecret: "transcript", TenantID: tenantID},
		})
		if made != nil {
			j.integration = *made
		}
		return made, err
	}},
	{name: "Integrations.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.Update(ctx, j.integration.ID, novu.UpdateIntegrationParams{Name: "Transcript again"})
	}},
	{name: "Integrations.List", do: func(ctx context.Context, j *journey) (any, error) {
		list, err := j.client.Integrations.List(ctx)
		return ours(list), err
	}},
	{name: "Integrations.ListActive", do: func(ctx context.Context, j *journey) (any, error) {
		list, err := j.client.Integrations.ListActive(ctx)
		return ours(list), err
	}},
	{name: "Integrations.SetPrimary", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.SetPrimary(ctx, j.integration.ID)
	}},
	{name: "Subscribers.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: subscriberID, FirstName: "Ada", Data: map[string]any{"plan": "pro"}})
	}},
	{name: "Subscribers.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Subscribers.Update(ctx, subscriberID, novu.UpdateSubscriberParams{LastName: novu.Ptr("Lovelace")})
	}},
	{name: "Subscribers.BulkCreate", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Subscribers.BulkCreate(ctx, []novu.SubscriberProfile{{SubscriberID: subscriberID}, {SubscriberID: "transcript-other"}})
	}},
	{name: "Subscribers.Get", do: func(ctx context.Context, j *journey) (any, error) { return j.client.Subscribers.Get(ctx, subscriberID) }},
	{name: "Subscribers.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Subscribers.List(ctx, novu.ListSubscribersParams{SubscriberID: subscriberID})
	}},
	{name: "Subscribers.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.Subscribers.All(ctx, novu.ListSubscribersParams{}))
	}},
	{name: "Contexts.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Contexts.Create(ctx, novu.CreateContextParams{Type: "tenant", ID: "Acme", Data: map[string]any{"size": 3}})
	}},
	{name: "Contexts.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Contexts.Update(ctx, "tenant", "Acme", novu.UpdateContextParams{Data: map[string]any{"size": 4}})
	}},
	{name: "Contexts.Get", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Contexts.Get(ctx, "tenant", "Acme")
	}},
	{name: "Contexts.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Contexts.List(ctx, novu.ListContextsParams{Type: "tenant"})
	}},
	{name: "Contexts.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.Contexts.All(ctx, novu.ListContextsParams{}))
	}},
	{name: "ChannelConnections.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelConnections.Create(ctx, novu.CreateChannelConnectionParams{
			Identifier: connection, IntegrationIdentifier: integration, SubscriberID: subscriberID, Context: contexts(),
			Workspace: novu.Workspace{ID: tenantID}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
		})
	}},
	{name: "ChannelConnections.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelConnections.Update(ctx, connection, novu.UpdateChannelConnectionParams{
			Workspace: novu.Workspace{ID: tenantID, Name: "Acme"}, Auth: novu.ConnectionAuth{AccessToken: novu.AppOnlyAccessToken},
		})
	}},
	{name: "ChannelConnections.Get", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelConnections.Get(ctx, connection)
	}},
	{name: "ChannelConnections.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{SubscriberID: subscriberID})
	}},
	{name: "ChannelConnections.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.ChannelConnections.All(ctx, novu.ListChannelConnectionsParams{}))
	}},
	{name: "ChannelConnections.Wait", waits: true, do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelConnections.Wait(ctx, connection)
	}},
	{name: "ChannelEndpoints.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelEndpoints.Create(ctx, novu.CreateChannelEndpointParams{
			Identifier: endpoint, IntegrationIdentifier: integration, ConnectionIdentifier: connection, SubscriberID: subscriberID,
			Context: contexts(), Endpoint: novu.MSTeamsChannelEndpoint{TeamID: teamID, ChannelID: channelID},
		})
	}},
	{name: "ChannelEndpoints.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelEndpoints.Update(ctx, endpoint, novu.UpdateChannelEndpointParams{
			Endpoint: novu.MSTeamsChannelEndpoint{TeamID: tenantID, ChannelID: channelID},
		})
	}},
	{name: "ChannelEndpoints.Get", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelEndpoints.Get(ctx, endpoint)
	}},
	{name: "ChannelEndpoints.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{ContextKeys: contexts().Keys()})
	}},
	{name: "ChannelEndpoints.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{}))
	}},
}

// ours leaves out what an environment has from the start.
func ours(list []novu.Integration) []novu.Integration {
	return slices.DeleteFunc(list, func(i novu.Integration) bool { return i.Identifier != integration })
}

var errSkipped = errors.New("transcript: an earlier call failed")
