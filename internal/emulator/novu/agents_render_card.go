package novu

// cardWriter converts a card. Novu takes cards as they are, and what is missing in one makes the
// conversion fail with JavaScript's own words.
type cardWriter struct {
	fault   string // the first
	actions []any
}

// convertCard is a card as an Adaptive Card, or why there is none.
func convertCard(card map[string]any) (shown map[string]any, fault string) {
	w := &cardWriter{}
	body := []any{}
	if title := card["title"]; truthy(title) {
		body = append(body, textBlock(w.text(title), "size", "Large", "weight", "Bolder"))
	}
	if subtitle := card["subtitle"]; truthy(subtitle) {
		body = append(body, textBlock(w.text(subtitle), "isSubtle", true))
	}
	if address := card["imageUrl"]; truthy(address) {
		body = append(body, image(address, "Stretch"))
	}
	for _, child := range w.items(card["children"], "card.children") {
		body = append(body, w.element(child)...)
	}
	shown = map[string]any{
		"type": "AdaptiveCard", "requires": map[string]any{}, "isSortKey": false,
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.4", "body": body,
	}
	if len(w.actions) > 0 {
		shown["actions"] = w.actions
	}
	return shown, w.fault
}

func truthy(v any) bool { return v != nil && v != "" && v != false }

// fail notes the first fault.
func (w *cardWriter) fail(fault string) {
	if w.fault == "" {
		w.fault = fault
	}
}

// items are the items of a list that is iterated over. A string counts as one, of elements that are
// none.
func (w *cardWriter) items(v any, name string) []map[string]any {
	list, isList := v.([]any)
	if _, isText := v.(string); !isList && !isText {
		w.fail(name + " is not iterable")
	}
	return w.objects(list)
}

// mapped are the items of a list whose method map is called.
func (w *cardWriter) mapped(v any, present bool, name string) []any {
	list, isList := v.([]any)
	switch {
	case isList:
	case v == nil:
		w.fail("Cannot read properties of " + nothing(present) + " (reading 'map')")
	default:
		w.fail(name + ".map is not a function")
	}
	return list
}

func (w *cardWriter) objects(list []any) []map[string]any {
	objects := make([]map[string]any, 0, len(list))
	for _, item := range list {
		object, isObject := item.(map[string]any)
		if !isObject && item == nil {
			w.fail("Cannot read properties of null (reading 'type')")
		}
		objects = append(objects, object)
	}
	return objects
}

func nothing(present bool) string {
	if present {
		return "null"
	}
	return "undefined"
}

// text is a text whose emoji are converted.
func (w *cardWriter) text(v any) string {
	text, isText := v.(string)
	if !isText {
		w.fail("text.replace is not a function")
	}
	return convertEmoji(text)
}

// textOf is a property that must be a text.
func (w *cardWriter) textOf(object map[string]any, name string) string {
	v, present := object[name]
	if v == nil {
		w.fail("Cannot read properties of " + nothing(present) + " (reading 'replace')")
		return ""
	}
	return w.text(v)
}

// element is what one child becomes. Unknown elements are dropped, as are buttons outside actions.
func (w *cardWriter) element(e map[string]any) []any {
	switch e["type"] {
	case "text":
		block := textBlock(w.textOf(e, "content"))
		switch e["style"] {
		case "bold":
			block["weight"] = "Bolder"
		case "muted":
			block["isSubtle"] = true
		}
		return []any{block}
	case "image":
		shown := image(e["url"], "Auto")
		shown["altText"] = "Image"
		if truthy(e["alt"]) {
			shown["altText"] = e["alt"]
		}
		return []any{shown}
	case "divider":
		shown := container(nil)
		shown["separator"] = true
		return []any{shown}
	case "actions":
		return w.controls(e)
	case "section":
		var inside []any
		for _, child := range w.items(e["children"], "element.children") {
			inside = append(inside, w.element(child)...)
		}
		if len(inside) == 0 {
			return nil
		}
		return []any{container(inside)}
	case "fields":
		return []any{w.facts(e)}
	case "link":
		address, _ := e["url"].(string)
		return []any{textBlock("[" + w.textOf(e, "label") + "](" + address + ")")}
	case "table":
		return []any{w.table(e)}
	}
	return nil
}

// controls are inputs, which stay where they are, and buttons, which go to the end of the card.
// Inputs without a button get one.
func (w *cardWriter) controls(e map[string]any) (inputs []any) {
	buttons := false
	for _, child := range w.items(e["children"], "element.children") {
		switch child["type"] {
		case "button":
			buttons = true
			w.actions = append(w.actions, w.button(child))
		case "link-button":
			w.actions = append(w.actions, defined(map[string]any{
				"type": "Action.OpenUrl", "requires": map[string]any{}, "title": w.textOf(child, "label"), "style": buttonStyle(child),
				"mode": "primary", "isEnabled": true, "url": child["url"],
			}))
		case "select":
			input := w.choices(child, "compact")
			if placeholder := child["placeholder"]; placeholder != nil {
				input["placeholder"] = placeholder
			}
			inputs = append(inputs, input)
		case "radio_select":
			inputs = append(inputs, w.choices(child, "expanded"))
		}
	}
	if len(inputs) > 0 && !buttons {
		w.actions = append(w.actions, submit("Submit", "default", map[string]any{"actionId": "__auto_submit"}))
	}
	return inputs
}

func (w *cardWriter) button(e map[string]any) map[string]any {
	data := map[string]any{"actionId": e["id"], "value": e["value"]}
	if e["actionType"] == "modal" {
		data["msteams"] = map[string]any{"type": "task/fetch"}
	}
	return submit(w.textOf(e, "label"), buttonStyle(e), defined(data))
}

func submit(title, style string, data map[string]any) map[string]any {
	return map[string]any{
		"type": "Action.Submit", "requires": map[string]any{}, "title": title, "style": style, "mode": "primary", "isEnabled": true,
		"data": data, "conditionallyEnabled": false,
	}
}

func buttonStyle(e map[string]any) string {
	switch e["style"] {
	case "primary":
		return "positive"
	case "danger":
		return "destructive"
	}
	return "default"
}

func (w *cardWriter) choices(e map[string]any, style string) map[string]any {
	options, present := e["options"]
	choices := []any{}
	for _, option := range w.objects(w.mapped(options, present, "select.options")) {
		choices = append(choices, defined(map[string]any{"title": w.textOf(option, "label"), "value": option["value"]}))
	}
	input := base("Input.ChoiceSet")
	input["id"], input["label"], input["value"] = e["id"], w.textOf(e, "label"), e["initialOption"]
	input["isRequired"], input["choices"], input["style"] = !truthy(e["optional"]), choices, style
	input["isMultiSelect"], input["wrap"], input["useMultipleColumns"] = false, true, false
	return defined(input)
}

func (w *cardWriter) facts(e map[string]any) map[string]any {
	children, present := e["children"]
	facts := []any{}
	for _, field := range w.objects(w.mapped(children, present, "element.children")) {
		facts = append(facts, map[string]any{"title": w.textOf(field, "label"), "value": w.textOf(field, "value")})
	}
	set := base("FactSet")
	set["facts"] = facts
	return set
}

// table is a table without its alignment: columns of texts.
func (w *cardWriter) table(e map[string]any) map[string]any {
	headers, present := e["headers"]
	rows := []any{w.row(w.mapped(headers, present, "element.headers"), "weight", "Bolder")}
	given, present := e["rows"]
	for _, cells := range w.mapped(given, present, "element.rows") {
		rows = append(rows, w.row(w.mapped(cells, true, "row")))
	}
	return container(rows)
}

func (w *cardWriter) row(cells []any, style ...any) map[string]any {
	columns := []any{}
	for _, cell := range cells {
		if cell == nil {
			w.fail("Cannot read properties of null (reading 'replace')")
			continue
		}
		column := container([]any{textBlock(w.text(cell), style...)})
		column["type"], column["width"] = "Column", "stretch"
		columns = append(columns, column)
	}
	set := container(nil)
	delete(set, "items")
	set["type"], set["columns"] = "ColumnSet", columns
	return set
}

// base are the properties that every element has.
func base(kind string) map[string]any {
	return map[string]any{
		"type": kind, "requires": map[string]any{}, "isVisible": true, "separator": false, "height": "auto", "spacing": "Default",
		"isSortKey": false,
	}
}

// textBlock is a text and further properties, each a name and a value.
func textBlock(text string, properties ...any) map[string]any {
	block := base("TextBlock")
	block["text"], block["wrap"] = text, true
	for i := 0; i < len(properties); i += 2 {
		block[properties[i].(string)] = properties[i+1]
	}
	return block
}

func image(address any, size string) map[string]any {
	shown := base("Image")
	shown["url"], shown["style"], shown["size"], shown["width"] = address, "Default", size, "auto"
	shown["allowExpand"], shown["fitMode"] = false, "Fill"
	shown["horizontalContentAlignment"], shown["verticalContentAlignment"] = "Left", "Top"
	return defined(shown)
}

func container(items []any) map[string]any {
	shown := base("Container")
	if items == nil {
		items = []any{}
	}
	shown["showBorder"], shown["roundedCorners"], shown["bleed"], shown["items"] = false, false, false, items
	return shown
}

// defined leaves out what has no value.
func defined(object map[string]any) map[string]any {
	for name, value := range object {
		if value == nil {
			delete(object, name)
		}
	}
	return object
}
