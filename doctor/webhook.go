package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/webhook"
)

func (e *endpoint) webhookLinks(to novu.WebhookEndpoint) []link {
	e.x.hide(to.URL)
	if u, err := url.Parse(to.URL.Reveal()); err == nil {
		e.x.hide(novu.Secret(u.Query().Get("sig")), novu.Secret(u.Path))
	}
	links := []link{
		{check: CheckWebhookURL, run: func(context.Context) Finding { return e.live(to) }},
		{check: CheckWebhookContent, needs: []Check{CheckWebhookURL, CheckChatStep}, run: func(context.Context) Finding { return e.content(to) }},
	}
	if e.x.question.SendTest {
		links = append(links, link{
			check: CheckTestMessage, needs: []Check{CheckWebhookURL},
			run: func(ctx context.Context) Finding { return e.testWebhook(ctx, to) },
		})
	}
	return links
}

const createWorkflow = "Have the customer create a Workflow in Teams (the channel > Workflows > a template that posts webhook alerts) and store its URL: ChannelEndpoints.Update."

func (e *endpoint) live(to novu.WebhookEndpoint) Finding {
	parsed, err := webhook.ParseURL(to.URL.Reveal(), e.x.doctor.webhook...)
	if err == nil {
		return ok("it is a Workflow's").with("url", parsed.String())
	}
	host := hostOf(to.URL)
	problem := problemOf(err)
	if host != "" && isForeign(host, problem) {
		return warning("it is not a Workflow's, and whether it leads to Teams can't be told: it "+problem,
			"Where it is a gateway or of a national cloud, allow its host (WithWebhook(webhook.WithAllowedHosts)). Else: "+createWorkflow).with("host", host)
	}
	return broken("it can't be posted to: it "+problem, createWorkflow).with("host", host)
}

// problemOf is what is wrong with a URL, without what was attempted.
func problemOf(err error) string {
	var e *webhook.Error
	if errors.As(err, &e) && len(e.Fields["url"]) > 0 {
		return strings.Join(e.Fields["url"], "; ")
	}
	return err.Error()
}

// isForeign tells a URL that is sound but of nobody who is known here.
func isForeign(host, problem string) bool {
	return strings.Contains(problem, fmt.Sprintf("leads to %q", host))
}

func hostOf(address novu.Secret) string {
	u, err := url.Parse(strings.TrimSpace(address.Reveal()))
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

const useForNovu = "Let the chat step's content be what webhook.ForNovu returns, or {{payload.card}} with that in the payload. Bot endpoints show text as it is: reach them with another workflow."

// content judges what Novu posts. A Workflow accepts anything, and shows only a
// message with Adaptive Cards.
func (e *endpoint) content(to novu.WebhookEndpoint) Finding {
	for _, step := range e.x.workflow.steps {
		body, _ := step.ControlValues["body"].(string)
		if f := e.shows(body); f.Verdict != OK {
			return f.with("step", step.Name)
		}
	}
	return ok("the content is a message that a Workflow shows").with("host", hostOf(to.URL))
}

var (
	oneValue    = regexp.MustCompile(`^\{\{-?\s*payload\.([A-Za-z0-9_.-]+?)\s*-?\}\}$`)
	placeholder = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}`)
)

func (e *endpoint) shows(body string) Finding {
	body = strings.TrimSpace(body)
	if match := oneValue.FindStringSubmatch(body); match != nil {
		value, given := lookUp(e.x.question.Payload, match[1])
		if !given {
			return notChecked("the content is the payload's %s, which the question does not hold", match[1])
		}
		text, isText := value.(string)
		if !isText {
			encoded, _ := json.Marshal(value)
			text = string(encoded)
		}
		return showsText(text)
	}
	switch starts := placeholder.FindStringIndex(body); {
	case starts == nil, json.Valid([]byte(body)):
		return showsText(body)
	case starts[0] == 0, strings.HasPrefix(body, "{"):
		return notChecked("what the content comes to depends on values that are not known here")
	}
	return broken("the content is text, which Novu posts as {\"text\": …} and a Workflow accepts without showing it", useForNovu)
}

// showsText judges content that is known to the letter.
func showsText(text string) Finding {
	if !json.Valid([]byte(text)) {
		return broken("the content is text, which Novu posts as {\"text\": …} and a Workflow accepts without showing it", useForNovu)
	}
	if _, err := webhook.ForNovu(json.RawMessage(text)); err != nil {
		var e *webhook.Error
		problem := err.Error()
		if errors.As(err, &e) && len(e.Fields["message"]) > 0 {
			problem = strings.Join(e.Fields["message"], "; ")
		}
		return broken("a Workflow accepts the content without showing it: it "+problem, useForNovu)
	}
	return ok("")
}

func lookUp(payload map[string]any, path string) (any, bool) {
	var value any = payload
	for name := range strings.SplitSeq(path, ".") {
		object, isObject := value.(map[string]any)
		if !isObject {
			return nil, false
		}
		found, has := object[name]
		if !has {
			return nil, false
		}
		value = found
	}
	return value, true
}
