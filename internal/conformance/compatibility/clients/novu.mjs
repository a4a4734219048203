// The journey of Novu's own TypeScript client: connect, endpoints, notify, and
// what became of it. The client refuses answers that lack a field.
import { Novu } from "@novu/api";
import { expect, step } from "./steps.mjs";

const novu = new Novu({ secretKey: process.env.NOVU_SECRET_KEY, serverURL: process.env.NOVU_BASE_URL, retryConfig: { strategy: "none" } });
const unique = Date.now().toString(36);
const integration = `teams-${unique}`;
const subscriberId = `ada-${unique}`;
const workflowId = `alert-${unique}`;
const topicKey = `topic-${unique}`;
const connection = `connection-${unique}`;

const made = (await step("integrations.create", () => novu.integrations.create({
  name: "Teams", identifier: integration, providerId: "msteams", channel: "chat", active: true,
  credentials: { clientId: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", secretKey: "s", tenantId: "0e7c4b92-5d6f-4a81-8c2b-9f0a1b2c3d4e" },
}))).result;
await step("integrations.list", () => novu.integrations.list());
await step("integrations.listActive", () => novu.integrations.listActive());
await step("integrations.update", () => novu.integrations.update({ name: "Teams bot" }, made.id));

await step("subscribers.create", () => novu.subscribers.create({ subscriberId, firstName: "Ada", email: "ada@example.com" }));
await step("subscribers.retrieve", () => novu.subscribers.retrieve(subscriberId));
await step("subscribers.patch", () => novu.subscribers.patch({ lastName: "Lovelace" }, subscriberId));
await step("subscribers.search", () => novu.subscribers.search({ subscriberId }));
await step("subscribers.createBulk", () => novu.subscribers.createBulk({ subscribers: [{ subscriberId: `bob-${unique}` }] }));
await step("subscribers.preferences.list", () => novu.subscribers.preferences.list({ subscriberId }));

await step("contexts.create", () => novu.contexts.create({ type: "tenant", id: unique, data: { plan: "pro" } }));
await step("contexts.retrieve", () => novu.contexts.retrieve(unique, "tenant"));
await step("contexts.list", () => novu.contexts.list({ limit: 10 }));

const { url } = (await step("integrations.generateConnectOAuthUrl", () => novu.integrations.generateConnectOAuthUrl({
  integrationIdentifier: integration, subscriberId, connectionIdentifier: connection,
}))).result;
await step("an administrator consents", () => fetch(url).then((r) => expect(r.status === 200, `the callback answered ${r.status}`)));
await step("channelConnections.retrieve", () => novu.channelConnections.retrieve(connection));
await step("channelConnections.list", () => novu.channelConnections.list({ subscriberId }));
await step("channelConnections.update", () => novu.channelConnections.update({ workspace: { id: "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01", name: "Acme" }, auth: { accessToken: "app-only" } }, connection));

const link = (await step("integrations.generateLinkUserOAuthUrl", () => novu.integrations.generateLinkUserOAuthUrl({
  integrationIdentifier: integration, subscriberId, connectionIdentifier: connection,
}))).result;
await step("a person signs in", () => fetch(link.url).then((r) => expect(r.status === 200, `the callback answered ${r.status}`)));
await step("channelEndpoints.create", () => novu.channelEndpoints.create({
  identifier: `channel-${unique}`, integrationIdentifier: integration, connectionIdentifier: connection, subscriberId, type: "ms_teams_channel",
  endpoint: { teamId: "19:t@thread.tacv2", channelId: "19:c@thread.tacv2" },
}));
await step("channelEndpoints.retrieve", () => novu.channelEndpoints.retrieve(`channel-${unique}`));
const endpoints = (await step("channelEndpoints.list", () => novu.channelEndpoints.list({ subscriberId }))).result;
expect(endpoints.data.length === 2, `${endpoints.data.length} endpoints`);

await step("workflows.create", () => novu.workflows.create({
  name: "Alert", workflowId, active: true, steps: [{ name: "Chat", type: "chat", controlValues: { body: "Hello {{payload.name}}" } }],
}));
const workflow = (await step("workflows.get", () => novu.workflows.get(workflowId))).result;
await step("workflows.list", () => novu.workflows.list({ query: unique }));
await step("workflows.patch", () => novu.workflows.patch({ tags: ["journey"] }, workflowId));
await step("workflows.update", () => novu.workflows.update({
  name: "Alert 2", origin: "novu-cloud", active: true, preferences: { user: null, workflow: { all: { enabled: true, readOnly: false }, channels: {} } },
  steps: [{ id: workflow.steps[0].id, name: "Chat", type: "chat", controlValues: { body: "Hello {{payload.name}}" } }],
}, workflowId));

await step("topics.create", () => novu.topics.create({ key: topicKey, name: "T" }));
await step("topics.subscriptions.create", () => novu.topics.subscriptions.create({ subscriberIds: [subscriberId] }, topicKey));
await step("topics.list", () => novu.topics.list({ key: topicKey }));
await step("topics.subscriptions.list", () => novu.topics.subscriptions.list({ topicKey }));

const { transactionId } = (await step("trigger", () => novu.trigger({ workflowId, to: subscriberId, payload: { name: "world" } }))).result;
await step("triggerBulk", () => novu.triggerBulk({ events: [{ workflowId, to: { type: "Topic", topicKey }, payload: { name: "topic" } }] }));
await step("the worker is done", () => fetch(`${process.env.NOVU_BASE_URL}/_emulator/settle`, { method: "POST" }));
const notifications = (await step("notifications.list", () => novu.notifications.list({ transactionId }))).result;
expect(notifications.data.length === 1 && notifications.data[0].jobs[0].status === "completed", "the notification is not completed");
await step("notifications.retrieve", () => novu.notifications.retrieve(notifications.data[0].id));
const messages = (await step("messages.retrieve", () => novu.messages.retrieve({ transactionId: [transactionId] }))).result;
expect(messages.data.length === 1 && messages.data[0].content === "Hello world", "the message is missing");
await step("messages.deleteByTransactionId", () => novu.messages.deleteByTransactionId(transactionId));
await step("cancel", () => novu.cancel(transactionId));

await step("channelEndpoints.delete", () => novu.channelEndpoints.delete(`channel-${unique}`));
await step("channelConnections.delete", () => novu.channelConnections.delete(connection));
await step("topics.delete", () => novu.topics.delete(topicKey));
await step("workflows.delete", () => novu.workflows.delete(workflowId));
await step("contexts.delete", () => novu.contexts.delete(unique, "tenant"));
await step("subscribers.delete", () => novu.subscribers.delete(subscriberId));
await step("integrations.delete", () => novu.integrations.delete(made.id));
