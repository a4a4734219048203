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

// withTestMessage adds the test message if the question asks for it. It waits for everything that
// is known about the endpoint, and is not sent if it could not arrive.
func (e *endpoint) withTestMessage(links []link, send func(context.Context, msteams.Message) (*msteams.Sent, error)) []link {
	if !e.x.question.SendTest {
		return links
	}
	known := slices.Clone(unlessBot)
	for _, l := range links {
		known = append(known, l.name)
	}
	return append(links, link{
		name: CheckTestMessage, needs: e.needsOfMicrosoft(), unless: known, microsoft: true,
		run: func(ctx context.Context, _ findings) Finding {
			sent, err := send(ctx, msteams.Message{Text: testText})
			switch {
			case errors.Is(err, msteams.ErrInvalidParams):
				return notChecked("no test message can be sent: %s", answerOf(err))
			case err != nil:
				return broken("the test message was not posted: "+answerOf(err), remedyOf(err))
			}
			return ok("the test message was posted").with("conversationId", sent.ConversationID).with("activityId", sent.ActivityID)
		},
	})
}

func (e *endpoint) sendTestToWebhook(ctx context.Context, to novu.WebhookEndpoint) Finding {
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
		return broken("the test message was not accepted: "+err.Error(), createWorkflow).telling(tellCreateWorkflow)
	}
	return ok("the test message was accepted; only the channel tells whether it is shown").with("runId", receipt.RunID)
}
