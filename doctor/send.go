package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

const testText = "Test message: notifications reach this place."

// withTest adds the test message where it is asked for. It waits for everything
// that is known about the endpoint, and is not sent where it could not arrive.
func (e *endpoint) withTest(links []link, send func(context.Context, msteams.Message) (*msteams.Sent, error)) []link {
	if !e.x.question.SendTest {
		return links
	}
	known := slices.Clone(noBot)
	for _, l := range links {
		known = append(known, l.check)
	}
	return append(links, link{
		check: CheckTestMessage, needs: leadsThere, unless: known, microsoft: true,
		run: func(ctx context.Context) Finding {
			sent, err := send(ctx, msteams.Message{Text: testText})
			switch {
			case errors.Is(err, msteams.ErrInvalidParams):
				return notChecked("no test message can be sent: %s", said(err))
			case err != nil:
				return broken("the test message was not posted: "+said(err), remedyOf(err))
			}
			return ok("the test message was posted").with("conversationId", sent.ConversationID).with("activityId", sent.ActivityID)
		},
	})
}

func (e *endpoint) testWebhook(ctx context.Context, to novu.WebhookEndpoint) Finding {
	address, err := webhook.ParseURL(to.URL.Reveal(), e.x.doctor.webhook...)
	if err != nil {
		return notChecked("it %s", problemOf(err))
	}
	client, err := webhook.NewClient(e.x.doctor.webhook...)
	if err != nil {
		return notChecked("%v", err)
	}
	receipt, err := client.Send(ctx, address, webhook.Text(testText))
	if err != nil {
		return broken("the test message was not accepted: "+err.Error(), createWorkflow)
	}
	return ok("the test message was accepted; whether it is shown only the channel tells").with("runId", receipt.RunID)
}
