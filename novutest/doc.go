// Package novutest is Novu and Microsoft Teams on loopback, for the tests of
// programs that notify people in Teams through Novu.
//
// [NewServer] starts a server that answers like a Novu API of version 3.19, or
// of 3.15 with [WithVersion], follows a notification through an emulated
// Microsoft, and shows what landed:
//
//	srv := novutest.NewServer(t)
//	client := srv.Client()
//	// … set up, trigger …
//	srv.Settle(ctx)
//	srv.Messages()
//
// It is one listener on a free port of 127.0.0.1 and closes itself when the
// test ends. Servers share nothing, so tests can run in parallel. Nothing
// leaves the machine: Microsoft's hosts are prefixes on the same listener
// ([Server.LoginURL], [Server.GraphURL], [Server.ConnectorURL]), Workflows
// webhooks are delivered inside, and a webhook on any other host is a
// [Failure].
//
// # What is there
//
// Novu's integrations, subscribers with their preferences and older credentials,
// topics, contexts, channel connections and endpoints, workflows, events, the
// key check, what became of a trigger (notifications, execution details and
// messages), and both generations of OAuth URLs with the callback behind them.
// Microsoft's administrator consent, sign-in and token endpoint; of Graph teams,
// channels, $batch, the app catalogue, installations and users; the bot
// connector's conversations, activities and rosters; and Workflows webhooks
// ([Server.WorkflowsURL]). A route that Novu or Microsoft has and this server has
// not answers 400, which no client repeats, and says so. A route that Novu has
// not answers 404 as there.
//
// # Consent and sign-in
//
// The URLs that the API makes lead to the server itself. [WithConsent] says
// what their pages do: by default they ask a browser and send any other client
// on as if the person had approved. _consent=approve or _consent=decline in the
// query says it for one request, and _tenant and _user say who it is.
//
// # Delivery
//
// A trigger is acknowledged at once and processed [WithProcessingDelay] later,
// in order, by the server's clock, or when [Server.Settle] is called. Endpoints
// are chosen and messages sent as Novu's worker does, and the API tells of it as
// Novu does: jobs, execution details, messages. [Server.Failures] is the
// emulator's own truth. It holds what Novu does not say, such as why a job
// failed, or that a Workflows flow showed nothing.
//
// A repeated transaction id is suppressed only if the first was processed before
// the repeat was accepted, so a client that repeats too soon is caught sending
// twice. A chat step's body is a Liquid template. 3.15 runs Liquid over the whole
// text; 3.19 parses a body that is JSON first and runs Liquid in each string.
// Objects print as JSON with single quotes, as in Novu.
//
// A delay step ({"amount": 1, "unit": "hours"}) holds back what comes behind it
// until the clock is there, and can be cancelled meanwhile; Settle does not
// wait for it.
//
// The bot is installed everywhere until [Server.UninstallBot] says otherwise,
// and every conversation exists until [Server.RemoveConversation]. Any client
// id and secret will do until [WithApp].
//
// [WithTenant] seeds a customer's tenant with teams, channels and people, and
// says what is granted and whether the bot is installed there. Installing it
// through Graph takes effect.
//
// # Agents
//
// [Server.ServeAgent] serves an agent whose bridge is a handler, or runs elsewhere, and [Server.Chat] is
// somebody in Teams who talks to it:
//
//	srv.ServeAgent("support", h) // an *agent.Handler that replies through srv.Client()
//	chat := srv.Chat(novutest.User{Name: "Alice"})
//	messages, err := chat.Say(ctx, "Where is my order?")
//	messages, err = chat.Click(ctx, "Cancel it")
//
// What Novu and Teams do in between is emulated: tokens of the Bot Framework, restricted agents, dropped
// messages, three attempts, history, cards as Teams gets them.
//
// # Time and faults
//
// [Server.Advance] moves the server's clock: OAuth state, tokens and
// idempotency keys expire, rate limits refill, waiting triggers come due.
// [Server.Inject] breaks connections and answers, on either side; [SignInFault],
// [GraphFault] and [ConnectorFault] are Microsoft's own errors, and [ReplyFault], [BridgeFault],
// [RepeatedDeliveryFault] and [LostAcknowledgementFault] those of agents.
// [WithInMemory] takes the network away, for tests in a testing/synctest bubble.
//
// # From outside
//
// "go run ./cmd/novu-teams emulator" is the same server as a program, with a page to watch. Any
// client can ask it, without a key, for what is redacted here:
//
//	GET /_emulator/messages      what landed, as a JSON array of [Message]
//	GET /_emulator/failures      what did not, as a JSON array of [Failure]
//	GET /_emulator/requests      the request log
//	GET /_emulator/connections   channel connections
//	GET /_emulator/endpoints     channel endpoints
//	GET /_emulator/agents        agents that have a bot
//	GET /_emulator/people        people of the seeded tenants
//	GET /_emulator/chats         conversations with bots
//	GET /_emulator/deliveries    what Novu did with what people wrote, with the reason where it did not arrive
//	GET /_emulator/replies       what agents replied, and what came of it
//	GET /_emulator/events        server-sent events, one whenever any of it has changed
//	POST /_emulator/settle       [Server.Settle]; 204 when it is done
//	POST /_emulator/chat         somebody does something in Teams; answered when the agent's turn is over
//
//	POST /_emulator/uninstall-bot          [Server.UninstallBot] of {"id": "…"}
//	POST /_emulator/install-bot            [Server.InstallBot]
//	POST /_emulator/remove-conversation    [Server.RemoveConversation]
//
// Lists take ?last=100 for their last hundred. What is posted is JSON. A chat answers with what the bot
// posted, and takes:
//
//	{"agent": "support", "person": {"name": "Alice"}, "do": "say", "text": "Where is my order?"}
//	{"agent": "support", "person": {"name": "Alice"}, "do": "press", "message": "1795640000013", "action": 0, "inputs": {"who": "bob"}}
//
// do is say, mention, press, react or unreact; kind is personal, channel or groupChat; reaction is Teams'
// name, such as like; thread continues a thread of a channel.
//
// # How faithful it is
//
// The package's tests play the requests that were made of real servers, 365 of
// 3.15.0 and 885 of 3.19.0, and compare 210 and 578 recorded answers: every
// status agrees, and all but seven bodies, apart from ids, times and addresses.
// They play 38 recorded deliveries too. docs/compatibility.md lists what differs
// and why. Also:
//
//   - Concurrent creates under one identifier, or of one connection: one is 201 and the others 409. The real server
//     can answer 500 to the former and create both of the latter.
//   - Steps other than chat and delay are stored and skipped.
//   - No name is resolved: a webhook that is neither on loopback nor of Workflows can't be reached.
//   - Slack's OAuth URLs are made, its callback answers 400.
//   - The body of a 413, and the rate limiter's treatment of bulk requests, are modelled on what is known, not recorded.
package novutest
