import { drawCard } from "/_page/card.js";
import { byId, clock, element, raw, watch } from "/_page/dom.js";
import { drawMarkdown } from "/_page/markdown.js";

const kinds = { personal: "direct message", channel: "channel", groupChat: "group chat" };
const reactions = { like: "👍", heart: "❤️", laugh: "😆", surprised: "😮", sad: "🙁", angry: "😠" };
const offered = ["like", "heart", "laugh"];

const state = { agents: [], people: [], chats: [], deliveries: [], replies: [] };

// open is the conversation that is shown: who talks with which agent, and where. Its id is known once
// something was said.
let open;

// act has the person do something. The answer comes once the bridge has it, or has not.
async function act(what) {
  byId("problem").textContent = "";
  try {
    const answer = await fetch("/_emulator/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ agent: open.agent, person: open.person, kind: open.kind, noWait: true, ...what }),
    });
    const result = await answer.json();
    byId("problem").textContent = result.problem || result.error || "";
    if (result.chat) open.id = result.chat;
    return result;
  } catch {
    byId("problem").textContent = "The emulator does not answer. Is it still running?";
    return {};
  }
}

// Messages

const drawn = new Map(); // id of a message to how it was drawn, so that what is filled in on a card stays

function drawMessage(m) {
  const text = JSON.stringify([m, open.person.name]);
  const had = drawn.get(m.id);
  if (had?.text === text) return had.node;
  const node = element("li", m.bot ? "bot" : "person",
    element("div", "where", element("span", "kind", m.from), m.edited && !m.deleted ? element("span", "meta", "edited") : "", clock(m.at)),
    ...body(m));
  drawn.set(m.id, { text, node });
  return node;
}

function body(m) {
  if (m.deleted) return [element("p", "subtle", "This message was deleted.")];
  const parts = [];
  if (m.card) parts.push(drawCard(m.card, m.bot ? (action, inputs) => press(m, action, inputs) : undefined), raw("The card as posted", m.card));
  else parts.push(m.markdown ? drawMarkdown(m.text) : element("p", "text", m.text));
  for (const file of m.files) parts.push(element("p", "other", `File: ${file.name || "without a name"} (${file.contentType})`));
  if (m.bot) parts.push(drawReactions(m));
  return parts;
}

function drawReactions(m) {
  const shown = [...new Set([...offered, ...m.reactions.map((r) => r.type)])];
  return element("div", "reactions", ...shown.map((type) => {
    const from = m.reactions.filter((r) => r.type === type).map((r) => r.from);
    const mine = from.includes(open.person.name);
    const picture = element("span", "", reactions[type] ?? type);
    picture.setAttribute("aria-hidden", "true");
    const button = element("button", "reaction", picture, element("span", "hidden", `React with ${type}`), from.length ? ` ${from.length}` : "");
    button.type = "button";
    button.title = `React with ${type}`;
    button.setAttribute("aria-pressed", String(mine));
    button.addEventListener("click", () => act({ do: mine ? "unreact" : "react", message: m.id, reaction: type, thread: m.thread }));
    return button;
  }));
}

async function press(m, action, inputs) {
  await act({ do: "press", message: m.id, action, inputs, thread: m.thread });
  if (document.activeElement === document.body) byId("text").focus(); // the button went with its card
}

function drawLog(chat) {
  const messages = chat?.messages ?? [];
  const nodes = [];
  let thread = "";
  for (const m of inThreads(messages)) {
    if (m.thread && m.thread !== thread) nodes.push(element("li", "thread", element("span", "meta", "Thread")));
    thread = m.thread;
    nodes.push(drawMessage(m));
  }
  const log = byId("log");
  const same = nodes.length === log.children.length && nodes.every((node, i) => node === log.children[i]);
  if (!same) {
    log.replaceChildren(...nodes);
    if (document.activeElement === byId("text")) byId("write").scrollIntoView({ block: "nearest" });
  }
  byId("scroll").hidden = nodes.length === 0;
  byId("e-log").hidden = nodes.length > 0;
  byId("typing").textContent = chat?.typing ? `${open?.agent} is typing…` : "";
}

// inThreads puts the messages of a channel together by thread.
function inThreads(messages) {
  const threads = new Map();
  for (const m of messages) threads.set(m.thread ?? "", [...(threads.get(m.thread ?? "") ?? []), m]);
  return [...threads.values()].flat();
}

// Conversations

function same(chat) {
  if (!open) return false;
  if (open.id) return chat.id === open.id;
  return chat.agent === open.agent && chat.kind === open.kind && (chat.kind !== "personal" || chat.with === open.person.name);
}

function drawConversations() {
  byId("conversations").replaceChildren(...state.chats.map((chat) => {
    const last = chat.messages.at(-1);
    const button = element("button", "conversation", element("span", "kind", chat.with || kinds[chat.kind]), element("span", "meta", `${chat.agent} · ${kinds[chat.kind]}`),
      element("span", "last", last.deleted ? "deleted" : last.text));
    button.type = "button";
    if (same(chat)) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => select(chat));
    return element("li", "", button);
  }));
  byId("e-conversations").hidden = state.chats.length > 0;
}

// select shows a conversation that has begun. In a channel somebody who has written there goes on.
function select(chat) {
  const writer = chat.messages.find((m) => !m.bot)?.from;
  const name = chat.with || writer || open?.person.name || state.people[0]?.name || "Ada";
  open = { id: chat.id, agent: chat.agent, kind: chat.kind, person: { name } };
  draw();
  byId("text").focus();
}

function drawChoices() {
  const agent = byId("agent").value;
  byId("agent").replaceChildren(...state.agents.map((a) => {
    const option = element("option", "", a.identifier);
    option.value = a.identifier;
    return option;
  }));
  if (agent) byId("agent").value = agent;
  byId("people").replaceChildren(...state.people.map((p) => {
    const option = element("option", "");
    option.value = p.name;
    return option;
  }));
  if (!byId("person").value) byId("person").value = state.people[0]?.name ?? "Ada";
}

function drawComposer(chat) {
  const agent = state.agents.find((a) => a.identifier === open?.agent);
  const title = open ? `${open.person.name} with ${open.agent}` : "Chat";
  byId("title").textContent = title;
  byId("about").textContent = !agent
    ? "No agent can be written to yet. Start with: novu-teams emulator -bridge http://127.0.0.1:8080/api/novu"
    : [kinds[open.kind], agent.active ? "" : "the agent is inactive", agent.restricted ? "restricted to people whom Novu knows" : "open to everybody",
      agent.bridgeUrl ? `bridge ${agent.bridgeUrl}` : "without a bridge"].filter(Boolean).join(" · ");
  byId("write").hidden = !open;
  byId("threads").hidden = open?.kind !== "channel";
  byId("mentions").hidden = !open || open.kind === "personal";
  const roots = (chat?.messages ?? []).filter((m) => m.thread === m.id);
  const chosen = byId("thread").value;
  const options = [["", "A new one"], ...roots.map((m) => [m.id, m.text.slice(0, 60)])].map(([value, text]) => {
    const option = element("option", "", text);
    option.value = value;
    return option;
  });
  byId("thread").replaceChildren(...options);
  byId("thread").value = options.some((o) => o.value === chosen) ? chosen : "";
}

// What happened

const outcomes = { acknowledged: "good", "in progress": "" };
const names = { onMessage: "Message", onAction: "Click", onReaction: "Reaction", onResolve: "Resolve" };

function drawDelivery(d) {
  const badge = element("span", "status " + (outcomes[d.outcome] ?? "attention"), d.outcome);
  const node = element("li", "", element("div", "where", element("span", "kind", names[d.event] ?? d.event), badge, clock(d.at)),
    d.text ? element("p", "quoted", d.text) : "", element("p", "", d.explanation));
  for (const [i, a] of d.attempts.entries()) {
    node.append(element("div", "meta", `attempt ${i + 1}: ${a.error || a.status} after ${a.tookMs} ms`));
  }
  if (d.body) node.append(raw("What the bridge gets", pretty(d.body)));
  return node;
}

function drawReply(r) {
  const good = r.status > 0 && r.status < 400;
  return element("li", "", element("div", "where", element("span", "kind", "Reply"), element("span", "status " + (good ? "good" : "attention"), r.status || "cut"), clock(r.at)),
    element("p", "", r.explanation), raw("What the bridge sent", pretty(r.body)));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

let eventsDrawn = "";

function drawEvents() {
  const here = (chat) => open?.id && chat.split(";")[0] === open.id;
  const all = [
    ...state.deliveries.filter((d) => here(d.chat)).map((d) => ({ at: d.at, draw: () => drawDelivery(d), d })),
    ...state.replies.filter((r) => here(r.chat)).map((r) => ({ at: r.at, draw: () => drawReply(r), r })),
  ].sort((a, b) => (a.at < b.at ? 1 : -1));
  const text = JSON.stringify([open?.id, all]);
  if (text === eventsDrawn) return; // what is open stays open
  eventsDrawn = text;
  byId("events").replaceChildren(...all.map((one) => one.draw()));
  byId("e-events").hidden = all.length > 0;
}

function draw() {
  const chat = state.chats.find(same);
  if (chat) open.id = chat.id;
  drawConversations();
  drawComposer(chat);
  drawLog(chat);
  drawEvents();
}

const read = {}; // name to what was read last

async function refresh() {
  const changed = await Promise.all(Object.keys(state).map(async (name) => {
    const text = await (await fetch(`/_emulator/${name}`)).text();
    if (text === read[name]) return false;
    read[name] = text;
    state[name] = JSON.parse(text);
    return true;
  }));
  if (state.chats.some((chat) => chat.typing)) setTimeout(refresh, 2000); // nobody tells when that ends
  if (!changed.some(Boolean)) return;
  drawChoices();
  if (!open && state.agents.length) {
    if (state.chats.length) select(state.chats[0]);
    else begin();
  }
  draw();
}

// begin opens the conversation that the form says.
function begin() {
  open = { agent: byId("agent").value, kind: byId("kind").value, person: { name: byId("person").value.trim() } };
}

byId("open").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("agent").value || !byId("person").value.trim()) return;
  begin();
  draw();
  byId("new").open = false;
  byId("text").focus();
});

byId("write").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text || !open) return;
  byId("text").value = "";
  const mention = open.kind !== "personal" && byId("mention").checked;
  const result = await act({ do: mention ? "mention" : "say", text, thread: open.kind === "channel" ? byId("thread").value : "" });
  await refresh();
  draw();
  if (result.thread) byId("thread").value = result.thread;
});

byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("write").requestSubmit();
  }
});

watch(refresh);
