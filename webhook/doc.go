// Package webhook posts to Microsoft Teams through the webhook of a Workflow (Power Automate),
// without a bot and without Novu. It also prepares what Novu is to post there.
//
// A customer creates a Workflow in Teams that posts webhook alerts, copies its URL and pastes it
// into a form. [Client.ParseURL] checks it, [Client.Send] posts to it:
//
//	client, err := webhook.NewClient()
//	to, err := client.ParseURL(pasted)
//	receipt, err := client.Send(ctx, to, webhook.Text("Build 17 failed"))
//
// To let Novu do the posting, give the URL's [URL.Secret] to a novu.WebhookEndpoint and make the
// message with [ForNovu].
//
// # Accepted is not delivered
//
// The server answers 202 as soon as it has queued a run of the workflow. It does not tell the
// sender whether that run posts anything. A run fails unseen if its body is not what the workflow
// reads, if it is too large, or if the channel is gone. So this package refuses a message that the
// workflow's template would not post, and a [Receipt] says no more than that the message was
// accepted.
//
// # The URL is a credential
//
// Whoever has the URL can post: its sig parameter gives that right. A [URL] prints as
// https://host/[redacted], and errors and logs hold no more. It is also an address that somebody
// else chose: see [ParseURL] and [WithAllowedHosts] for what keeps it from leading into your own
// network.
package webhook
