// Package agent lets people write to a bot in Microsoft Teams, and Go code answer them.
//
// Novu takes what people write to the bot and delivers it to a bridge: an address of yours, served by
// a [Handler]. A [Bot] says what happens then:
//
//	client, err := novu.NewClientFromEnv()
//	…
//	bot := agent.Bot{Identifier: "support", OnMessage: func(ctx context.Context, t *agent.Turn, m *agent.Message) error {
//		_, err := t.Reply(ctx, agent.Markdown("You said: "+m.Text))
//		return err
//	}}
//	h, err := agent.NewHandler(client, []agent.Bot{bot})
//	…
//	http.Handle("/api/novu", h)
//
// First, the agent must exist, with its bridge and its integration: [novu.AgentsService.Ensure] sees to
// that. [novu.Client.AgentWebhookURL] is the messaging endpoint of the bot in Azure. docs/agents.md goes
// through all steps, and says what to do if no answer comes.
//
// # Turns
//
// Each message, click or reaction is a [Turn]. Turns of one conversation run one after another, in the
// order in which Novu delivers them; different conversations run side by side. A delivery that Novu
// repeats runs once. A turn ends when the function returns. If the function returns an error or panics,
// the person is told that something went wrong: in Novu's words, or in those of [Bot].OnError.
//
// Methods that take a context send at once: [Sender.Reply], [Sender.Edit], [Sender.Delete],
// [Sender.Typing], [Sender.RequestApproval]. Methods that take none only queue: [Turn.SetMetadata],
// [Turn.DeleteMetadata], [Turn.ClearMetadata], [Turn.Trigger], [Turn.Resolve]. What they queue goes with
// the next reply, or at the end of the turn. Metadata is kept with the conversation, and [Turn.Metadata]
// reads it.
//
// After the turn, [Resume] makes a [Sender] from the [Ref] of the conversation, in any process:
//
//	ref := t.Ref()
//	go func() {
//		s, err := agent.Resume(client, ref)
//		…
//		_, err = s.Reply(ctx, agent.Markdown("Your export is ready."))
//	}()
//
// # Cards
//
// A [Card] has elements and buttons. A click on a [Button] comes to [Bot].OnAction with the button's
// ID and Value:
//
//	t.Reply(ctx, agent.Card{Title: "Order 42", Body: []agent.Element{
//		agent.Fields{{Label: "Status", Value: "shipped"}},
//		agent.Actions{agent.Button{ID: "refund", Label: "Refund", Value: "42"}},
//	}})
//
// [Card.Check] names what Teams will not show, and [Card.Adaptive] returns what it gets.
//
// # Approvals
//
// [Sender.RequestApproval] asks a person before the bot does something:
//
//	t.RequestApproval(ctx, agent.ToolCall{Name: "refund", Input: map[string]any{"order": "42"}, Title: "Refund € 25?"})
//
// The decision comes to [Bot].OnApproval, and what that returns is kept as the tool's result:
//
//	OnApproval: func(ctx context.Context, t *agent.Turn, d *agent.Approval) (any, error) {
//		if !d.Approved {
//			return nil, t.Edit(ctx, d.MessageID, agent.Markdown("No refund."))
//		}
//		id, err := refund(ctx, d.Call.Input)
//		return id, err
//	}
//
// # People
//
// [Turn].Subscriber is who wrote, if Novu recognizes them. A new agent is restricted: Novu refuses
// everybody else itself. An open agent gets the messages of others too, with a nil Subscriber, and
// [Bot].SignInURL can send them to a page of yours. Once you know which subscriber somebody is,
// [Turn.LinkSubscriber] makes Novu recognize them from then on. Linking by Novu's OAuth does not: it
// stores an id that messages do not match.
//
// # Safety
//
// Every request is verified with the client's secret key, over its raw bytes. An old request is refused,
// and a repeated one runs nothing. No option turns that off. Replies carry the key, so they go to the
// client's own API root only, whatever a request says.
//
// A reply that may have been posted is never sent again: the function gets ErrOutcomeUnknown.
// ErrDelivery says that Teams did not take it. ErrUnauthorized and ErrForbidden of package novu are
// always about your own key or agent.
//
// # More than one machine
//
// Several instances behind a load balancer share a store of seen deliveries with [WithDeduper]; the
// order of a conversation then holds per instance. To lose nothing when an instance dies, put
// deliveries into a queue: [WithDispatcher] hands them over before Novu is answered, and
// [Handler.Process] runs them, in any process. [WithSynchronousTurns] is for platforms that stop a
// program once it has answered.
//
// # What Novu drops
//
// Some things no bridge can repair. Novu hands over one message of a thread at a time, which took 100 to
// 250 ms where it was recorded, and drops what the person writes meanwhile. Setting
// [novu.AgentBehavior].AcknowledgeOnReceived to false makes that shorter. Texts arrive without Markdown,
// and links without their targets. Reactions of the bot do nothing on Teams, and are not offered. If
// three attempts to reach the bridge fail, the last of them after 1.5 s, the person reads that the agent
// is offline.
package agent
