// Package doctor finds out why a notification does not arrive in Microsoft Teams. It walks the
// chain from Novu's secret key to the channel in Teams. For every link it says whether it holds,
// what was seen, and what to do about it.
//
//	d, err := doctor.New(client, doctor.WithMSTeams(ms))
//	if err != nil { … }
//	report, err := d.Examine(ctx, doctor.Question{
//		SubscriberID: "acme", WorkflowID: "build-failed",
//		Context: novu.ContextPayload{"tenant": {ID: "acme"}},
//	})
//	if err != nil { … }
//	fmt.Print(report)
//
// With a transaction id alone, it starts with what became of that notification. [Doctor.Sweep]
// examines all customers of an environment. With [Question.AgentIdentifier] the question is why an
// agent does not answer: the doctor then walks from the bot in Azure to the bridge.
//
// The doctor only reads, and posts nothing unless [Question.SendTest] says so. Some of its reads
// are sent as POST: it asks for tokens, and it has the server make consent URLs, which stores
// nothing. One of those tells whether the server has the newer OAuth routes, the other which app an
// integration sends as. A bridge gets requests that Novu's own framework sends to one, GET and signed.
//
// The report holds ids and what servers said, and never a credential.
package doctor
