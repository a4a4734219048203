package agent

import (
	"encoding/json"
	"fmt"

	"github.com/novu-go/novu/internal/check"
)

// Card is a message with elements and buttons. Teams shows it as an Adaptive Card, at most 28 KB of
// it; see [Card.Check] and [Card.Adaptive].
type Card struct {
	Title    string
	Subtitle string
	ImageURL string
	Body     []Element
}

// Element is a part of a card: [Text], [Image], [Divider], [Fields], [Table], [Link], [Section],
// [Actions] or [RawElement].
type Element interface {
	json.Marshaler
	element()
}

// Control is a part of [Actions]: [Button], [LinkButton], [Select] or [RawElement].
type Control interface {
	json.Marshaler
	control()
}

// TextStyle is how a text looks.
type TextStyle string

// The styles of a text; without one it is plain.
const (
	Bold  TextStyle = "bold"
	Muted TextStyle = "muted"
)

// Text is a paragraph. Content is Markdown, as far as Adaptive Cards know it: no headings, tables, code.
type Text struct {
	Content string
	Style   TextStyle
}

// Image is a picture at an address that Teams can reach.
type Image struct {
	URL string
	Alt string
}

// Divider is a line.
type Divider struct{}

// Fields is a list of facts.
type Fields []Field

// Field is one fact.
type Field struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Table is a table of texts.
type Table struct {
	Headers []string
	Rows    [][]string
}

// Link is a line of text that leads to an address.
type Link struct {
	URL   string
	Label string
}

// Section is a group of elements. Its buttons stand at the end of the card.
type Section []Element

// Actions is a group of buttons and choices. All buttons of a card stand at its end, in order.
type Actions []Control

// ButtonStyle is how a button looks.
type ButtonStyle string

// The styles of a button; without one it is neutral.
const (
	Primary ButtonStyle = "primary"
	Danger  ButtonStyle = "danger"
)

// Button calls [Bot].OnAction with its ID and Value when it is clicked, each time.
type Button struct {
	ID    string // required
	Label string // required
	Value string
	Style ButtonStyle
}

// LinkButton opens an address. The bot is not told of the click.
type LinkButton struct {
	URL   string // required
	Label string // required
	Style ButtonStyle
}

// Select lets a person choose. In Actions without a [Button], Teams shows a button "Submit", and each
// Select there becomes a call of [Bot].OnAction of its own, in no order, with the ID of the Select and the
// chosen Value. Beside a Button the choice is lost.
type Select struct {
	ID            string // required
	Label         string
	Options       []Choice // required
	Placeholder   string
	InitialOption string // the Value of an option
	Optional      bool   // Submit works without a choice
	Radio         bool   // shows all options at once
}

// Choice is one option of a [Select].
type Choice struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// RawElement is any other element, as a JSON object with a "type". Teams shows nothing of a type that
// Novu does not know; [Card.Check] says so.
type RawElement json.RawMessage

func (Text) element()       {}
func (Image) element()      {}
func (Divider) element()    {}
func (Fields) element()     {}
func (Table) element()      {}
func (Link) element()       {}
func (Section) element()    {}
func (Actions) element()    {}
func (RawElement) element() {}
func (Button) control()     {}
func (LinkButton) control() {}
func (Select) control()     {}
func (RawElement) control() {}

// MarshalJSON writes the card as Novu takes it.
func (card Card) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type     string    `json:"type"`
		Title    string    `json:"title,omitempty"`
		Subtitle string    `json:"subtitle,omitempty"`
		ImageURL string    `json:"imageUrl,omitempty"`
		Children []Element `json:"children"`
	}{Type: "card", Title: card.Title, Subtitle: card.Subtitle, ImageURL: card.ImageURL, Children: list(card.Body)})
}

// list returns items, never nil: Novu fails on a card without children.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// MarshalJSON writes the element as Novu takes it.
func (e Text) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string    `json:"type"`
		Content string    `json:"content"`
		Style   TextStyle `json:"style,omitempty"`
	}{Type: "text", Content: e.Content, Style: e.Style})
}

// MarshalJSON writes the element as Novu takes it.
func (e Image) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		URL  string `json:"url"`
		Alt  string `json:"alt,omitempty"`
	}{Type: "image", URL: e.URL, Alt: e.Alt})
}

// MarshalJSON writes the element as Novu takes it.
func (e Divider) MarshalJSON() ([]byte, error) { return []byte(`{"type":"divider"}`), nil }

// MarshalJSON writes the element as Novu takes it.
func (e Fields) MarshalJSON() ([]byte, error) {
	type wireField struct {
		Type string `json:"type"`
		Field
	}
	children := make([]wireField, len(e))
	for i, f := range e {
		children[i] = wireField{Type: "field", Field: f}
	}
	return group("fields", children)
}

// MarshalJSON writes the element as Novu takes it.
func (e Table) MarshalJSON() ([]byte, error) {
	rows := make([][]string, len(e.Rows))
	for i, row := range e.Rows {
		rows[i] = list(row)
	}
	return json.Marshal(struct {
		Type    string     `json:"type"`
		Headers []string   `json:"headers"`
		Rows    [][]string `json:"rows"`
	}{Type: "table", Headers: list(e.Headers), Rows: rows})
}

// MarshalJSON writes the element as Novu takes it.
func (e Link) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type  string `json:"type"`
		URL   string `json:"url"`
		Label string `json:"label"`
	}{Type: "link", URL: e.URL, Label: e.Label})
}

// MarshalJSON writes the element as Novu takes it.
func (e Section) MarshalJSON() ([]byte, error) { return group("section", list(e)) }

// MarshalJSON writes the element as Novu takes it.
func (e Actions) MarshalJSON() ([]byte, error) { return group("actions", list(e)) }

func group(kind string, children any) ([]byte, error) {
	return json.Marshal(struct {
		Type     string `json:"type"`
		Children any    `json:"children"`
	}{Type: kind, Children: children})
}

// MarshalJSON writes the control as Novu takes it.
func (b Button) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type  string      `json:"type"`
		ID    string      `json:"id"`
		Label string      `json:"label"`
		Value string      `json:"value,omitempty"`
		Style ButtonStyle `json:"style,omitempty"`
	}{Type: "button", ID: b.ID, Label: b.Label, Value: b.Value, Style: b.Style})
}

// MarshalJSON writes the control as Novu takes it.
func (b LinkButton) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type  string      `json:"type"`
		URL   string      `json:"url"`
		Label string      `json:"label"`
		Style ButtonStyle `json:"style,omitempty"`
	}{Type: "link-button", URL: b.URL, Label: b.Label, Style: b.Style})
}

// MarshalJSON writes the control as Novu takes it.
func (s Select) MarshalJSON() ([]byte, error) {
	kind := "select"
	if s.Radio {
		kind = "radio_select"
	}
	return json.Marshal(struct {
		Type          string   `json:"type"`
		ID            string   `json:"id"`
		Label         string   `json:"label"`
		Options       []Choice `json:"options"`
		Placeholder   string   `json:"placeholder,omitempty"`
		InitialOption string   `json:"initialOption,omitempty"`
		Optional      bool     `json:"optional,omitempty"`
	}{
		Type: kind, ID: s.ID, Label: s.Label, Options: list(s.Options), Placeholder: s.Placeholder,
		InitialOption: s.InitialOption, Optional: s.Optional,
	})
}

// MarshalJSON writes the element as it stands.
func (e RawElement) MarshalJSON() ([]byte, error) {
	if e == nil {
		return []byte("null"), nil
	}
	return e, nil
}

// validate adds what Novu can't make a card of.
func (card Card) validate(c *check.Checks) { validateElements(c, "Body", card.Body) }

func validateElements(c *check.Checks, at string, elements []Element) {
	for i, e := range elements {
		at := fmt.Sprintf("%s[%d]", at, i)
		switch e := e.(type) {
		case nil:
			c.Add(at, "must not be nil")
		case Section:
			validateElements(c, at, e)
		case Actions:
			for j, control := range e {
				validateControl(c, fmt.Sprintf("%s[%d]", at, j), control)
			}
		case RawElement:
			validateRaw(c, at, e)
		}
	}
}

func validateControl(c *check.Checks, at string, control Control) {
	switch control := control.(type) {
	case nil:
		c.Add(at, "must not be nil")
	case Button:
		required(c, at+".ID", control.ID)
		required(c, at+".Label", control.Label)
	case LinkButton:
		required(c, at+".Label", control.Label)
		if !isWebAddress(control.URL) {
			c.Add(at+".URL", "must be an absolute URL with http or https")
		}
	case Select:
		required(c, at+".ID", control.ID)
		if len(control.Options) == 0 {
			c.Add(at+".Options", "must not be empty")
		}
	case RawElement:
		validateRaw(c, at, control)
	}
}

func validateRaw(c *check.Checks, at string, e RawElement) {
	var typed struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(e, &typed); err != nil || typed.Type == "" {
		c.Add(at, `must be a JSON object with a "type"`)
	}
}

func required(c *check.Checks, field, value string) {
	if value == "" {
		c.Add(field, "must not be empty")
	}
}
