package main

import (
	"context"
	"slices"

	"github.com/novu-go/novu"
)

const topicKey = "transcript"

var topicCalls = []call{
	{name: "Topics.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Topics.Create(ctx, novu.CreateTopicParams{Key: topicKey, Name: "Transcript"})
	}},
	{name: "Topics.Subscribe", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Topics.Subscribe(ctx, topicKey, []string{subscriberID})
	}},
	{name: "Topics.Get", do: func(ctx context.Context, j *journey) (any, error) { return j.client.Topics.Get(ctx, topicKey) }},
	{name: "Topics.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Topics.List(ctx, novu.ListTopicsParams{Key: topicKey})
	}},
	{name: "Topics.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.Topics.All(ctx, novu.ListTopicsParams{}))
	}},
	{name: "Topics.Unsubscribe", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Topics.Unsubscribe(ctx, topicKey, []string{subscriberID})
	}},
	{name: "Topics.Delete", do: func(ctx context.Context, j *journey) (any, error) { return nil, j.client.Topics.Delete(ctx, topicKey) }},
}

var oauthCalls = []call{
	{name: "Integrations.GenerateConnectOAuthURL", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{IntegrationIdentifier: integration, Context: contexts()})
	}},
	{name: "Integrations.GenerateLinkUserOAuthURL", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{IntegrationIdentifier: integration, SubscriberID: subscriberID})
	}},
	{name: "Integrations.GenerateChatOAuthURL", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{IntegrationIdentifier: integration, SubscriberID: subscriberID})
	}},
	{name: "Integrations.GenerateLink", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Integrations.GenerateLink(ctx, novu.LinkParams{IntegrationIdentifier: integration, SubscriberID: subscriberID})
	}},
}

var eventCalls = []call{
	{name: "Workflows.Create", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Workflows.Create(ctx, novu.CreateWorkflowParams{
			Name: "Transcript", WorkflowID: workflowID, Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "Build {{payload.build}}")},
		})
	}},
	{name: "Workflows.Get", do: func(ctx context.Context, j *journey) (any, error) { return j.client.Workflows.Get(ctx, workflowID) }},
	{name: "Workflows.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Workflows.List(ctx, novu.ListWorkflowsParams{Query: "Transcript"})
	}},
	{name: "Events.Trigger", do: func(ctx context.Context, j *journey) (any, error) {
		result, err := j.client.Events.Trigger(ctx, novu.TriggerParams{
			WorkflowID: workflowID, To: novu.ToSubscriber(subscriberID), Payload: map[string]any{"build": 7}, Context: contexts(),
		})
		if result != nil {
			j.transaction = result.TransactionID
		}
		return result, err
	}},
	{name: "Events.TriggerBulk", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Events.TriggerBulk(ctx, []novu.TriggerParams{
			{WorkflowID: workflowID, To: novu.ToSubscriber(subscriberID), Payload: map[string]any{"build": 8}},
			{WorkflowID: "transcript-unknown", To: novu.ToSubscriber(subscriberID), Payload: map[string]any{"build": 8}},
		})
	}},
	{name: "Events.TriggerAll", do: func(ctx context.Context, j *journey) (any, error) {
		event := novu.TriggerParams{WorkflowID: workflowID, To: novu.ToSubscriber(subscriberID), Payload: map[string]any{"build": 9}}
		return all(j.client.Events.TriggerAll(ctx, slices.Values([]novu.TriggerParams{event})))
	}},
	{name: "Events.Broadcast", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Events.Broadcast(ctx, novu.BroadcastParams{WorkflowID: workflowID, Payload: map[string]any{"build": 10}})
	}},
	{name: "Events.Cancel", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Events.Cancel(ctx, "transcript-no-such-event")
	}},
	{name: "Notifications.Wait", waits: true, do: func(ctx context.Context, j *journey) (any, error) {
		if j.transaction == "" {
			return nil, errSkipped
		}
		n, err := j.client.Notifications.Wait(ctx, j.transaction)
		if n != nil {
			j.notified = n.ID
		}
		return outcome(n), err
	}},
	{name: "Notifications.List", do: func(ctx context.Context, j *journey) (any, error) {
		if j.transaction == "" {
			return nil, errSkipped
		}
		page, err := j.client.Notifications.List(ctx, novu.ListNotificationsParams{TransactionID: j.transaction})
		if page == nil {
			return nil, err
		}
		var outcomes []*novu.Notification
		for i := range page.Data {
			outcomes = append(outcomes, outcome(&page.Data[i]))
		}
		return outcomes, err
	}},
	{name: "Notifications.Get", do: func(ctx context.Context, j *journey) (any, error) {
		if j.notified == "" {
			return nil, errSkipped
		}
		n, err := j.client.Notifications.Get(ctx, j.notified)
		return outcome(n), err
	}},
	{name: "Messages.List", do: func(ctx context.Context, j *journey) (any, error) {
		if j.transaction == "" {
			return nil, errSkipped
		}
		return j.client.Messages.List(ctx, novu.ListMessagesParams{TransactionIDs: []string{j.transaction}})
	}},
}

// outcome leaves out Microsoft's own words, which depend on what stands in its
// place.
func outcome(n *novu.Notification) *novu.Notification {
	if n == nil {
		return nil
	}
	for i := range n.Jobs {
		for k := range n.Jobs[i].ExecutionDetails {
			n.Jobs[i].ExecutionDetails[k].Raw = ""
		}
	}
	return n
}

var agentCalls = []call{
	{name: "Agents.Create", do: func(ctx context.Context, j *journey) (any, error) {
		a, err := j.client.Agents.Create(ctx, novu.CreateAgentParams{Identifier: "transcript-agent", Name: "Transcript"})
		j.agent = a
		return a, err
	}},
	{name: "Agents.Update", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.Update(ctx, "transcript-agent", novu.UpdateAgentParams{Name: "Transcript again"})
	}},
	{name: "Agents.SetBridge", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.SetBridge(ctx, "transcript-agent", "https://example.com/novu")
	}},
	{name: "Agents.Ensure", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.Ensure(ctx, novu.EnsureAgentParams{
			Identifier: "transcript-agent", Name: "Transcript", BridgeURL: "https://example.com/novu", IntegrationIdentifier: integration,
		})
	}},
	{name: "Agents.Get", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.Get(ctx, "transcript-agent")
	}},
	{name: "Agents.List", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.List(ctx, novu.ListAgentsParams{})
	}},
	{name: "Agents.All", do: func(ctx context.Context, j *journey) (any, error) {
		return all(j.client.Agents.All(ctx, novu.ListAgentsParams{}))
	}},
	{name: "Agents.LinkIntegration", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.LinkIntegration(ctx, "transcript-agent", integration)
	}},
	{name: "Agents.Integrations", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.Integrations(ctx, "transcript-agent")
	}},
	{name: "Client.AgentWebhookURL", do: func(_ context.Context, j *journey) (any, error) {
		if j.agent == nil {
			return nil, errSkipped
		}
		return j.client.AgentWebhookURL(j.agent, integration)
	}},
	{name: "Agents.Reply", do: func(ctx context.Context, j *journey) (any, error) {
		return j.client.Agents.Reply(ctx, "transcript-agent", novu.AgentReplyParams{
			ConversationID: "000000000000000000000000", IntegrationIdentifier: integration, Reply: &novu.AgentContent{Markdown: "hello"},
		})
	}},
	{name: "Agents.UnlinkIntegration", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Agents.UnlinkIntegration(ctx, "transcript-agent", integration)
	}},
	{name: "Agents.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Agents.Delete(ctx, "transcript-agent")
	}},
}

var deletions = []call{
	{name: "Workflows.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Workflows.Delete(ctx, workflowID)
	}},
	{name: "ChannelEndpoints.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.ChannelEndpoints.Delete(ctx, endpoint)
	}},
	{name: "ChannelConnections.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.ChannelConnections.Delete(ctx, connection)
	}},
	{name: "Contexts.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Contexts.Delete(ctx, "tenant", "Acme")
	}},
	{name: "Subscribers.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Subscribers.Delete(ctx, subscriberID)
	}},
	{name: "Integrations.Delete", do: func(ctx context.Context, j *journey) (any, error) {
		return nil, j.client.Integrations.Delete(ctx, j.integration.ID)
	}},
}
