package agent

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Platform is where a card is shown.
type Platform string

// Teams is Microsoft Teams, as Novu 3.19 serves it.
const Teams Platform = "teams"

// Problem is a part of a card that the platform drops, changes or refuses.
type Problem struct {
	Path string // "Body[2]", "Body[2].children[0]", or "Card" for the whole
	Text string
}

// String returns path and text.
func (p Problem) String() string { return p.Path + ": " + p.Text }

// maxTeamsCard is about what Teams takes of a message, in bytes.
const maxTeamsCard = 28 << 10

// Check names what the platform will drop, lose or refuse of the card. Only Teams is known: for
// another platform it returns nil. To Novu none of this is an error: Reply sends the card all the same.
func (card Card) Check(platform Platform) []Problem {
	if platform != Teams {
		return nil
	}
	data, err := json.Marshal(card)
	if err != nil {
		return []Problem{{Path: "Card", Text: err.Error()}}
	}
	var r cardReview
	root := parseObject(data)
	for i, child := range root.list("children") {
		r.element(fmt.Sprintf("Body[%d]", i), parseObject(child))
	}
	adaptive := card.Adaptive()
	if parsed := parseObject(adaptive); len(parsed.list("body"))+len(parsed.list("actions")) == 0 {
		r.add("Card", "shows nothing")
	}
	if len(adaptive) > maxTeamsCard {
		r.add("Card", "is %d bytes long as an Adaptive Card, Teams takes about %d", len(adaptive), maxTeamsCard)
	}
	return r.problems
}

type cardReview struct{ problems []Problem }

func (r *cardReview) add(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

var (
	elementTypes = []string{"text", "image", "divider", "fields", "table", "link", "section", "actions"}
	controlTypes = []string{"button", "link-button", "select", "radio_select"}
)

func (r *cardReview) element(path string, e object) {
	kind := e.text("type")
	switch {
	case slices.Contains(controlTypes, kind):
		r.add(path, "a %s is shown only inside Actions", kind)
	case !slices.Contains(elementTypes, kind):
		r.add(path, "an element of type %q is not shown", kind)
	case kind == "table" && e.raw("align") != nil:
		r.add(path, "the alignment of a table is lost")
	case kind == "section":
		for i, child := range e.list("children") {
			r.element(fmt.Sprintf("%s.children[%d]", path, i), parseObject(child))
		}
	case kind == "actions":
		r.actions(path, e)
	}
	if e.raw("width") != nil {
		r.add(path, "a width has no effect")
	}
}

func (r *cardReview) actions(path string, e object) {
	var buttons, choices bool
	for i, raw := range e.list("children") {
		at, control := fmt.Sprintf("%s.children[%d]", path, i), parseObject(raw)
		kind := control.text("type")
		switch kind {
		case "button":
			buttons = true
		case "select", "radio_select":
			choices = true
		case "link-button":
		default:
			r.add(at, "a control of type %q is not shown", kind)
		}
		if read[bool](control, "disabled") {
			r.add(at, "Teams shows it enabled")
		}
		if control.text("actionType") == "modal" {
			r.add(at, "it opens nothing: Novu has no dialogs for Teams")
		}
	}
	if buttons && choices {
		r.add(path, "a choice beside a button is lost: put them into separate Actions, or leave the button out")
	}
}
