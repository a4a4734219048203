// Package webhook posts to Microsoft Teams through the webhook of a Workflow
// (Power Automate), without a bot and without Novu, or prepares what Novu is to
// post there.
//
// A customer creates a Workflow in Teams that posts webhook alerts, copies its
// URL and pastes it into a form. [ParseURL] checks it, [Client.Send] posts to it:
//
//	to, err := webhook.ParseURL(pasted)
//	client, err := webhook.New()
//	receipt, err := client.Send(ctx, to, webhook.Text("Build 17 failed"))
//
// To let Novu do the posting, give the URL's [URL.Secret] to a
// novu.WebhookEndpoint and write the chat step with [ForNovu].
//
// # Accepted is not delivered
//
// The server answers 202 as soon as it has queued a run of the workflow. Whether
// that run then posts anything is not told to the sender: a run whose body is not
// what the workflow reads fails unseen, and so does one whose channel is gone.
// That is why this package refuses a message that the workflow's template would
// not post, and why a [Receipt] says no more than that the message was accepted.
//
// # The URL is a credential
//
// Whoever has the URL can post, and its sig parameter is what gives that right.
// A [URL] prints as https://host/[redacted], and neither errors nor logs hold
// more. It is also an address that somebody else chose: see [ParseURL] and
// [WithAllowedHosts] for what keeps it from leading into your own network.
package webhook
