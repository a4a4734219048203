package doctor

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/webhook"
)

const (
	useForNovu = "Make the content of the chat step what webhook.ForNovu returns, or {{payload.card}} with that string in the payload. Bot endpoints show it as text, so reach them with another workflow."

	textIsNotShown = `the content is text. Novu posts it as {"text": …}, and a Workflow accepts that without showing it`
)

// checkContent judges what Novu posts. A Workflow accepts anything, and shows only a message with
// Adaptive Cards.
func (e *endpoint) checkContent(to novu.WebhookEndpoint) Finding {
	for _, step := range e.x.workflow.chatSteps {
		body, _ := step.ControlValues["body"].(string)
		if f := judgeContent(body, e.x.question.Payload); f.Verdict != OK {
			return f.with("step", step.Name)
		}
	}
	return ok("the content is a message that a Workflow shows").with("host", hostOf(to.URL))
}

var (
	oneValue    = regexp.MustCompile(`^\{\{-?\s*payload\.([A-Za-z0-9_.-]+?)\s*-?\}\}$`)
	placeholder = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}`)
)

func judgeContent(body string, payload map[string]any) Finding {
	body = strings.TrimSpace(body)
	if match := oneValue.FindStringSubmatch(body); match != nil {
		return judgeValue(match[1], payload)
	}
	switch starts := placeholder.FindStringIndex(body); {
	case starts == nil, json.Valid([]byte(body)):
		return judgeText(body)
	case starts[0] == 0, strings.HasPrefix(body, "{"):
		return notChecked("the content depends on values that are not known here")
	}
	return broken(textIsNotShown, useForNovu)
}

func judgeValue(path string, payload map[string]any) Finding {
	value, given := lookUp(payload, path)
	if !given {
		f := notChecked("the content is the payload's %s, and the question has no such value", path)
		f.Remedy = "Give the payload of the trigger (Question.Payload)."
		return f
	}
	switch value := value.(type) {
	case string:
		return judgeText(value)
	case map[string]any, []any:
		return broken("the payload's "+path+" is not a string. Novu renders an object with single quotes, which is no JSON, and a Workflow accepts that without showing it", useForNovu)
	}
	return broken(textIsNotShown, useForNovu)
}

// judgeText judges content that is known to the letter.
func judgeText(text string) Finding {
	if !json.Valid([]byte(text)) {
		return broken(textIsNotShown, useForNovu)
	}
	if _, err := webhook.ForNovu(json.RawMessage(text)); err != nil {
		return broken("a Workflow accepts the content without showing it: it "+problemOf(err), useForNovu)
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
