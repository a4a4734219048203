import { drawCard } from "/_page/card.js";
import { byId, clock, element, raw, watch } from "/_page/dom.js";

const code = (text) => element("code", "", text);

function pairs(...all) {
  const said = all.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  return said.length ? element("div", "meta", said.join(" · ")) : "";
}

const kinds = { ms_teams_channel: "Channel", ms_teams_user: "Person", webhook: "Webhook" };

function drawMessage(m) {
  const where = element("div", "where", element("span", "kind", kinds[m.type] ?? m.type), code(m.channelId || m.userId || m.webhookUrl || ""), clock(m.at));
  const from = pairs(["workflow", m.workflowId], ["subscriber", m.subscriberId], ["endpoint", m.endpointIdentifier], ["tenant", m.tenantId], ["team", m.teamId], ["transaction", m.transactionId]);
  const content = m.card ? drawCard(m.card) : element("p", "text", m.text);
  return element("li", "", where, content, from, m.card ? raw("the card as posted", m.card) : "");
}

const drawFailure = (f) =>
  element("li", "", element("div", "where", element("span", "reason", f.reason || "No reason was given."), clock(f.at)),
    pairs(["workflow", f.workflowId], ["subscriber", f.subscriberId], ["endpoint", f.endpointIdentifier], ["transaction", f.transactionId]));

const drawConnection = (c) =>
  element("li", "", element("div", "where", code(c.identifier), clock(c.createdAt)),
    pairs(["tenant", c.workspace?.id], ["name", c.workspace?.name], ["integration", c.integrationIdentifier], ["subscriber", c.subscriberId], ["context", c.contextKeys.join(", ")]));

const drawEndpoint = (e) =>
  element("li", "", element("div", "where", element("span", "kind", kinds[e.type] ?? e.type), code(e.identifier), clock(e.createdAt)),
    pairs(["subscriber", e.subscriberId], ["connection", e.connectionIdentifier], ["context", e.contextKeys.join(", ")]),
    element("div", "meta", Object.entries(e.endpoint).map(([name, value]) => `${name} ${value}`).join(" · ")));

function drawRequest(r) {
  const status = element("span", "status " + (r.status === 0 || r.status >= 400 ? "attention" : "good"), r.status || "cut");
  const row = element("summary", "", element("span", "kind", r.method), status, code(r.path), clock(r.at));
  const details = element("details", "", row);
  if (r.body) details.append(element("pre", "", r.body));
  details.append(element("div", "meta", [r.route || "no route", r.fault ? "with a fault" : ""].filter(Boolean).join(" · ")));
  return element("li", "", details);
}

const shown = 200; // of each list: the newest

const lists = { messages: drawMessage, failures: drawFailure, connections: drawConnection, endpoints: drawEndpoint, requests: drawRequest };
const drawn = {}; // name to what was drawn last, so that an open detail stays open while nothing changes

async function refresh() {
  await Promise.all(Object.entries(lists).map(async ([name, draw]) => {
    const answer = await fetch(`/_emulator/${name}?last=${shown}`);
    const text = await answer.text();
    if (text === drawn[name]) return;
    drawn[name] = text;
    const items = JSON.parse(text);
    byId(name).replaceChildren(...items.slice(-shown).reverse().map(draw));
    byId("n-" + name).textContent = items.length ? answer.headers.get("X-Total-Count") ?? items.length : "";
    byId("e-" + name).hidden = items.length > 0;
  }));
}

function addresses() {
  const prefixes = { Novu: "", Login: "/_login", Graph: "/_graph", Connector: "/_connector/teams" };
  byId("addresses").append(...Object.entries(prefixes).map(([name, prefix]) =>
    element("div", "", element("dt", "", name), element("dd", "", location.origin + prefix))));
}

addresses();
watch(refresh);
