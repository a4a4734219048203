package agent

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// Adaptive returns the Adaptive Card that Novu 3.19 makes of the card. Three things can differ. Novu
// replaces "{{emoji:name}}" with the emoji and long ids of buttons with short ones, and newer servers
// convert other elements. What Novu drops is missing; [Card.Check] says what and why.
func (card Card) Adaptive() json.RawMessage {
	data, err := json.Marshal(card)
	if err != nil {
		return nil // a RawElement that is no JSON, which Reply refuses
	}
	data, _ = json.Marshal(adaptiveCard(parseObject(data))) // made of maps, lists and texts only
	return data
}

// block is an object of an Adaptive Card.
type block map[string]any

// converted is what became of an element: what stands in the card's body, and its buttons.
type converted struct {
	body    []block
	actions []block
}

func (c *converted) add(more converted) {
	c.body = append(c.body, more.body...)
	c.actions = append(c.actions, more.actions...)
}

func adaptiveCard(card object) block {
	var all converted
	if title := card.text("title"); title != "" {
		all.body = append(all.body, textBlock(title, block{"size": "Large", "weight": "Bolder"}))
	}
	if subtitle := card.text("subtitle"); subtitle != "" {
		all.body = append(all.body, textBlock(subtitle, block{"isSubtle": true}))
	}
	if image := card.text("imageUrl"); image != "" {
		all.body = append(all.body, imageBlock(image, "Stretch", ""))
	}
	card.each("children", func(child object) { all.add(convert(child)) })
	out := block{
		"type": "AdaptiveCard", "requires": block{}, "isSortKey": false, "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"version": "1.4", "body": list(all.body),
	}
	if len(all.actions) > 0 {
		out["actions"] = all.actions
	}
	return out
}

func convert(e object) converted {
	switch e.text("type") {
	case "text":
		style := block{}
		switch TextStyle(e.text("style")) {
		case Bold:
			style["weight"] = "Bolder"
		case Muted:
			style["isSubtle"] = true
		}
		return converted{body: []block{textBlock(e.text("content"), style)}}
	case "image":
		return converted{body: []block{imageBlock(e.text("url"), "Auto", cmp.Or(e.text("alt"), "Image"))}}
	case "divider":
		divider := container(nil)
		divider["separator"] = true
		return converted{body: []block{divider}}
	case "fields":
		return converted{body: []block{factSet(e)}}
	case "table":
		return converted{body: []block{table(e)}}
	case "link":
		return converted{body: []block{textBlock(fmt.Sprintf("[%s](%s)", e.text("label"), e.text("url")), nil)}}
	case "section":
		return section(e)
	case "actions":
		return actions(e)
	}
	return converted{}
}

// shown returns what the elements of a body have in common, and more.
func shown(kind string, more ...block) block {
	b := block{
		"type": kind, "requires": block{}, "isVisible": true, "separator": false, "height": "auto", "spacing": "Default", "isSortKey": false,
	}
	for _, m := range more {
		for key, value := range m {
			b[key] = value
		}
	}
	return b
}

func textBlock(text string, more block) block {
	return shown("TextBlock", block{"text": text, "wrap": true}, more)
}

func imageBlock(url, size, alt string) block {
	b := shown("Image", block{
		"url": url, "style": "Default", "size": size, "width": "auto", "allowExpand": false, "fitMode": "Fill",
		"horizontalContentAlignment": "Left", "verticalContentAlignment": "Top",
	})
	if alt != "" {
		b["altText"] = alt
	}
	return b
}

var borderless = block{"showBorder": false, "roundedCorners": false, "bleed": false}

func container(items []block) block {
	return shown("Container", borderless, block{"items": list(items)})
}

func factSet(e object) block {
	facts := []block{}
	e.each("children", func(f object) {
		facts = append(facts, block{"title": f.text("label"), "value": f.text("value")})
	})
	return shown("FactSet", block{"facts": facts})
}

// table is a container of rows, since a card of version 1.4 has no tables.
func table(e object) block {
	var rows []block
	if headers := read[[]string](e, "headers"); len(headers) > 0 {
		rows = append(rows, row(headers, block{"weight": "Bolder"}))
	}
	for _, cells := range read[[][]string](e, "rows") {
		rows = append(rows, row(cells, nil))
	}
	return container(rows)
}

func row(cells []string, style block) block {
	columns := make([]block, len(cells))
	for i, cell := range cells {
		columns[i] = shown("Column", borderless, block{"width": "stretch", "items": []block{textBlock(cell, style)}})
	}
	return shown("ColumnSet", borderless, block{"columns": columns})
}

func section(e object) converted {
	var inner converted
	e.each("children", func(child object) { inner.add(convert(child)) })
	if len(inner.body) == 0 {
		return converted{actions: inner.actions}
	}
	return converted{body: []block{container(inner.body)}, actions: inner.actions}
}

// autoSubmit is the id of the button that Novu adds to choices without one. A click on it arrives as
// a click on each choice.
const autoSubmit = "__auto_submit"

func actions(e object) converted {
	var out converted
	hasButton := false
	e.each("children", func(child object) {
		switch child.text("type") {
		case "button":
			hasButton = true
			out.actions = append(out.actions, submit(child))
		case "link-button":
			out.actions = append(out.actions, action("Action.OpenUrl", child, block{"url": child.text("url")}))
		case "select":
			out.body = append(out.body, choiceSet(child, "compact"))
		case "radio_select":
			out.body = append(out.body, choiceSet(child, "expanded"))
		}
	})
	if len(out.body) > 0 && !hasButton {
		out.actions = append(out.actions, action("Action.Submit", object{"label": json.RawMessage(`"Submit"`)}, block{
			"data": block{"actionId": autoSubmit}, "conditionallyEnabled": false,
		}))
	}
	return out
}

func submit(button object) block {
	data := block{"actionId": button.text("id")}
	if value := button.raw("value"); value != nil {
		data["value"] = value
	}
	if button.text("actionType") == "modal" {
		data["msteams"] = block{"type": "task/fetch"}
	}
	return action("Action.Submit", button, block{"data": data, "conditionallyEnabled": false})
}

func action(kind string, button object, more block) block {
	style := "default"
	switch ButtonStyle(button.text("style")) {
	case Primary:
		style = "positive"
	case Danger:
		style = "destructive"
	}
	b := block{
		"type": kind, "requires": block{}, "title": button.text("label"), "style": style, "mode": "primary", "isEnabled": true,
	}
	for key, value := range more {
		b[key] = value
	}
	return b
}

func choiceSet(e object, style string) block {
	choices := []block{}
	e.each("options", func(o object) {
		choices = append(choices, block{"title": o.text("label"), "value": o.text("value")})
	})
	b := shown("Input.ChoiceSet", block{
		"id": e.text("id"), "label": e.text("label"), "isRequired": !read[bool](e, "optional"), "choices": choices, "style": style,
		"isMultiSelect": false, "wrap": true, "useMultipleColumns": false,
	})
	if initial := e.text("initialOption"); initial != "" {
		b["value"] = initial
	}
	if placeholder := e.text("placeholder"); placeholder != "" && style == "compact" {
		b["placeholder"] = placeholder
	}
	return b
}
