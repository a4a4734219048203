package microsoft

import (
	"encoding/json"
	"strings"
)

// CardAction is a button of an Adaptive Card.
type CardAction struct {
	Type  string // Action.Submit, Action.Execute, Action.OpenUrl, …
	Title string
	ID    string // the actionId of its data
	URL   string

	data object
	verb string
}

// CardInput is a field of an Adaptive Card that a person fills in.
type CardInput struct {
	ID       string
	Type     string // Input.ChoiceSet, Input.Text, …
	Label    string
	Value    string // what stands there at first
	Required bool
	Choices  []CardChoice
}

// CardChoice is one choice of a choice set.
type CardChoice struct{ Title, Value string }

// ReadCard finds the buttons and the fields of a card, in the order in which they are shown.
func ReadCard(card json.RawMessage) (actions []CardAction, inputs []CardInput) {
	var read object
	if len(card) == 0 || json.Unmarshal(card, &read) != nil {
		return nil, nil
	}
	r := &cardReader{}
	for _, name := range []string{"body", "actions"} {
		r.walk(read[name])
	}
	return r.actions, r.inputs
}

type cardReader struct {
	actions []CardAction
	inputs  []CardInput
}

func (r *cardReader) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			r.walk(item)
		}
	case map[string]any:
		r.element(v)
	}
}

func (r *cardReader) element(e object) {
	kind := e.text("type")
	switch {
	case strings.HasPrefix(kind, "Action."):
		data, _ := e["data"].(map[string]any)
		r.actions = append(r.actions, CardAction{
			Type: kind, Title: e.text("title"), ID: object(data).text("actionId"), URL: e.text("url"), data: data, verb: e.text("verb"),
		})
	case strings.HasPrefix(kind, "Input."):
		r.inputs = append(r.inputs, readInput(kind, e))
	default:
		for _, name := range []string{"items", "columns", "rows", "cells", "actions"} {
			r.walk(e[name])
		}
	}
}

func readInput(kind string, e object) CardInput {
	in := CardInput{ID: e.text("id"), Type: kind, Label: e.text("label"), Value: e.text("value"), Required: e["isRequired"] == true}
	choices, _ := e["choices"].([]any)
	for _, item := range choices {
		choice, _ := item.(map[string]any)
		in.Choices = append(in.Choices, CardChoice{Title: object(choice).text("title"), Value: object(choice).text("value")})
	}
	return in
}

// CardText is what a card says to somebody who reads it from top to bottom, one line after another.
func CardText(card json.RawMessage) string {
	var read object
	if len(card) == 0 || json.Unmarshal(card, &read) != nil {
		return ""
	}
	return strings.Join(cardLines(read["body"]), "\n")
}

func cardLines(items any) []string {
	var lines []string
	list, _ := items.([]any)
	for _, item := range list {
		e, _ := item.(map[string]any)
		lines = append(lines, elementLines(e)...)
	}
	return lines
}

func elementLines(e object) []string {
	switch e.text("type") {
	case "TextBlock":
		return []string{e.text("text")}
	case "RichTextBlock":
		inlines, _ := e["inlines"].([]any)
		return []string{richText(inlines)}
	case "FactSet":
		return factLines(e)
	case "ColumnSet":
		return rowLine(e["columns"])
	case "TableRow":
		return rowLine(e["cells"])
	case "Input.ChoiceSet":
		return []string{e.text("label")}
	}
	return append(cardLines(e["items"]), cardLines(e["rows"])...)
}

func factLines(e object) []string {
	var lines []string
	facts, _ := e["facts"].([]any)
	for _, item := range facts {
		fact, _ := item.(map[string]any)
		lines = append(lines, object(fact).text("title")+": "+object(fact).text("value"))
	}
	return lines
}

// rowLine is a row of columns in one line.
func rowLine(columns any) []string {
	var cells []string
	list, _ := columns.([]any)
	for _, item := range list {
		column, _ := item.(map[string]any)
		cells = append(cells, strings.Join(cardLines(column["items"]), " "))
	}
	return []string{strings.Join(cells, " | ")}
}
