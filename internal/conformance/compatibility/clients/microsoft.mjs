// The journeys of Microsoft's own clients: sign-in with discovery, Graph with
// pages, and the bot connector. They speak https only, so a proxy with a
// certificate of its own stands before the emulator.
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { ConnectorClient } from "botframework-connector";
import { tlsProxy } from "./proxy.mjs";
import { expect, step } from "./steps.mjs";

const tenant = "7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01";
const proxy = await tlsProxy(process.env.NOVU_BASE_URL);
const host = new URL(proxy.url).host;

const app = new ConfidentialClientApplication({
  auth: { clientId: "6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c", clientSecret: "s", authority: `${proxy.url}/_login/${tenant}`, knownAuthorities: [host] },
});
const token = (scope) => app.acquireTokenByClientCredential({ scopes: [scope] }).then((r) => r.accessToken);
const graphToken = await step("msal-node: a token for Graph, by discovery", () => token("https://graph.microsoft.com/.default"));
const botToken = await step("msal-node: a token for the connector", () => token("https://api.botframework.com/.default"));

const graph = Client.init({
  baseUrl: `${proxy.url}/_graph/`, defaultVersion: "v1.0", customHosts: new Set([new URL(proxy.url).hostname]), authProvider: (done) => done(null, graphToken),
});
const teams = [];
await step("graph: teams, page by page", async () => {
  const first = await graph.api("/teams").top(1).get();
  await new PageIterator(graph, first, (team) => teams.push(team) > 0).iterate();
});
expect(teams.length > 1, `${teams.length} teams`);
const channels = await step("graph: channels with $select", () => graph.api(`/teams/${teams[0].id}/channels`).select("id,displayName").get());
expect(Object.keys(channels.value[0]).length === 2, "more was selected");
await step("graph: $select of a property that is not there is refused", async () => {
  const refused = await graph.api("/teams").select("nothing").get().catch((e) => e);
  expect(refused.statusCode === 400, `answered ${refused.statusCode}`);
});
await step("graph: the catalogue", () => graph.api("/appCatalogs/teamsApps").filter("externalId eq '6f2d8a10-1c3b-4e5f-9a7b-0d1e2f3a4b5c'").get());

const credentials = { signRequest: async (request) => { request.headers.set("authorization", `Bearer ${botToken}`); return request; } };
const connector = new ConnectorClient(credentials, { baseUri: `${proxy.url}/_connector/teams` });
const channel = channels.value[0].id;
const message = (text) => ({ type: "message", text, channelData: { tenant: { id: tenant } } });
const thread = await step("connector: a thread in a channel", () => connector.conversations.createConversation({
  isGroup: true, bot: { id: "28:bot" }, channelData: { channel: { id: channel }, tenant: { id: tenant } }, activity: { type: "message", text: "first" }, tenantId: tenant,
}));
expect(thread.id.startsWith(channel), thread.id);
const reply = await step("connector: a reply", () => connector.conversations.replyToActivity(thread.id, thread.activityId, message("reply")));
await step("connector: typing", () => connector.conversations.sendToConversation(thread.id, { type: "typing", channelData: { tenant: { id: tenant } } }));
await step("connector: update", () => connector.conversations.updateActivity(thread.id, reply.id, message("changed")));
const second = await step("connector: one more", () => connector.conversations.sendToConversation(thread.id, message("second")));
await step("connector: delete", () => connector.conversations.deleteActivity(thread.id, second.id));
await step("connector: members", () => connector.conversations.getConversationPagedMembers(channel));
await step("what was seen in Teams", async () => {
  const seen = await fetch(`${process.env.NOVU_BASE_URL}/_emulator/messages`).then((r) => r.json());
  expect(JSON.stringify(seen.map((m) => m.text)) === '["first","changed"]', JSON.stringify(seen));
});
proxy.close();
