// A bridge that is written with Novu's own framework: it answers, shows a card, takes clicks, keeps
// metadata and resolves. It prints its address once it listens.
import { createServer } from "node:http";
import { Actions, agent, Button, Card, CardText, Client, serve } from "@novu/framework/remix";

const support = agent("support", {
  onMessage: async (message, ctx) => {
    if (message.text === "order") {
      await ctx.reply(Card({ title: "Order 42", children: [CardText("It was shipped."), Actions([Button({ id: "cancel", label: "Cancel it", value: "42" })])] }));
      return;
    }
    if (message.text === "thanks") {
      ctx.resolve("answered");
      return;
    }
    const count = (ctx.metadata.get("count") ?? 0) + 1;
    ctx.metadata.set("count", count);
    const sent = await ctx.reply("…");
    await sent.edit(`You said ${message.text}, and it was message ${count}.`);
  },
  onAction: async (action, ctx) => { await ctx.reply(`${action.id} ${action.value}`); },
  onReaction: async (reaction, ctx) => { await ctx.reply(`Thank you for the ${reaction.emoji.name}.`); },
  onResolve: async (ctx) => { await ctx.reply("Closed."); },
});

const handle = serve({
  agents: [support],
  client: new Client({ secretKey: process.env.NOVU_SECRET_KEY, apiUrl: process.env.NOVU_BASE_URL, strictAuthentication: true }),
});

const server = createServer(async (req, res) => {
  const parts = [];
  for await (const part of req) parts.push(part);
  const body = ["GET", "HEAD"].includes(req.method) ? undefined : Buffer.concat(parts);
  const answer = await handle({ request: new Request(`http://${req.headers.host}${req.url}`, { method: req.method, headers: req.headers, body }) });
  res.writeHead(answer.status, Object.fromEntries(answer.headers));
  res.end(Buffer.from(await answer.arrayBuffer()));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/api/novu`));
