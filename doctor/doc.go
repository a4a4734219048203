// Package doctor finds out why a notification does not arrive. It walks the
// chain from Novu's secret key to the channel in Microsoft Teams, and for every
// link says whether it holds, what was seen, and what to do about it.
//
//	report, err := doctor.New(client, doctor.WithMSTeams(ms)).Examine(ctx, doctor.Question{
//		SubscriberID: "acme", WorkflowID: "build-failed",
//		Context: novu.ContextPayload{"tenant": {ID: "acme"}},
//	})
//	if err != nil { … }
//	fmt.Print(report)
//
// It only reads, and posts nothing unless [Question.SendTest] says so. Two of
// its reads are sent as POST: tokens are asked for, and whether a server has the
// newer OAuth routes is found out by asking one of them for an integration that
// does not exist.
//
// The report holds ids and what servers said, never a credential.
package doctor
