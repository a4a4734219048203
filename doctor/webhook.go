package doctor

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/webhook"
)

func (e *endpoint) examineWebhook(ctx context.Context, to novu.WebhookEndpoint) {
	e.x.hide(to.URL)
	if u, err := url.Parse(to.URL.Reveal()); err == nil {
		e.x.hide(novu.Secret(u.Query().Get("sig")), novu.Secret(u.Path))
	}
	links := []link{{name: CheckWebhookURL, run: func(context.Context, findings) Finding { return e.checkWebhookURL(to) }}}
	if e.x.workflow != nil {
		links = append(links, link{
			name: CheckWebhookContent, needs: []Check{CheckWebhookURL, CheckChatStep},
			run: func(context.Context, findings) Finding { return e.checkContent(to) },
		})
	}
	if e.x.question.SendTest {
		links = append(links, link{
			name: CheckTestMessage, needs: []Check{CheckWebhookURL},
			run: func(ctx context.Context, _ findings) Finding { return e.sendTestToWebhook(ctx, to) },
		})
	}
	e.x.add(ctx, e.subject, links...)
}

const (
	createWorkflow = "Have the customer create a Workflow in Teams (the channel > Workflows > a template that posts webhook alerts), and store its URL with ChannelEndpoints.Update."

	tellCreateWorkflow = "The webhook that our messages go to does not work any more. Please create a Workflow in Teams (the channel > Workflows > a template that posts webhook alerts), and send us its URL."
)

// checkWebhookURL judges the URL by its form. Only a message would tell whether the Workflow still
// exists.
func (e *endpoint) checkWebhookURL(to novu.WebhookEndpoint) Finding {
	parsed, err := webhook.ParseURL(to.URL.Reveal(), e.x.doctor.webhook...)
	host := hostOf(to.URL)
	switch {
	case err == nil:
		return ok("it has the form of a Workflow's URL").with("url", parsed.String())
	case errors.Is(err, webhook.ErrUnknownHost):
		return warning("its host is none of Workflows', so whether it leads to Teams is not known",
			"If it is a gateway or belongs to a national cloud, allow its host: WithWebhook(webhook.WithAllowedHosts(…)). Otherwise: "+createWorkflow).
			with("host", host)
	}
	return broken("nothing can be posted to it: it "+problemOf(err), createWorkflow).with("host", host).telling(tellCreateWorkflow)
}

// problemOf is what is wrong with a URL or a message, without what was attempted.
func problemOf(err error) string {
	var e *webhook.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	for _, field := range []string{"url", "message"} {
		if problems := e.Fields[field]; len(problems) > 0 {
			return strings.Join(problems, "; ")
		}
	}
	return err.Error()
}

func hostOf(address novu.Secret) string {
	u, err := url.Parse(strings.TrimSpace(address.Reveal()))
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
