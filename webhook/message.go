package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	adaptiveCard   = "application/vnd.microsoft.card.adaptive"
	cardSchema     = "http://adaptivecards.io/schemas/adaptive-card.json"
	maxCardVersion = "1.4"
)

// Message is what [Text], [Markdown], [Card] and [Raw] make. It marshals to the body that is
// posted.
type Message struct {
	body json.RawMessage
	raw  bool // for a flow that reads other JSON than an envelope
	err  error
}

// Text is a message that shows text as it is: its lines stay lines, and characters that Markdown
// reads, such as those in snake_case, stay characters. It is an Adaptive Card, because a Workflow
// posts nothing for bare text. Line breaks at the end are dropped. An empty text is refused when it
// is sent. See [Markdown] for formatted text.
func Text(text string) Message {
	if strings.TrimSpace(text) == "" {
		return Message{err: errors.New("the text is empty")}
	}
	type run struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type line struct {
		Type    string `json:"type"`
		Spacing string `json:"spacing,omitempty"`
		Inlines []run  `json:"inlines"`
	}
	text = strings.TrimRight(lineBreaks.Replace(text), "\n")
	var body []line
	for text := range strings.SplitSeq(text, "\n") {
		block := line{Type: "RichTextBlock"}
		if len(body) > 0 {
			block.Spacing = "None"
		}
		for _, part := range textRuns(text) {
			block.Inlines = append(block.Inlines, run{Type: "TextRun", Text: part})
		}
		body = append(body, block)
	}
	return cardOf(body)
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// textRuns cuts a line inside each Liquid delimiter, so that Novu finds none in it (see [ForNovu]).
// Teams shows neighboring runs without a gap. An empty line needs a character, or Teams would drop
// it.
func textRuns(line string) []string {
	if line == "" {
		return []string{"\u00a0"}
	}
	return cutDelimiters(line)
}

// Markdown is a message of one text in the part of Markdown that Teams reads: **bold**, _italic_,
// lists and [links](https://example.com). An empty line starts a new paragraph; a single line break
// is shown as a space. Don't put text from strangers into it. An empty text is refused when it is
// sent.
func Markdown(text string) Message {
	if strings.TrimSpace(text) == "" {
		return Message{err: errors.New("the text is empty")}
	}
	type block struct {
		Type string `json:"type"`
		Text string `json:"text"`
		Wrap bool   `json:"wrap"`
	}
	return cardOf([]block{{Type: "TextBlock", Text: text, Wrap: true}})
}

func cardOf(body any) Message {
	card, err := marshal(struct {
		Schema  string `json:"$schema"`
		Type    string `json:"type"`
		Version string `json:"version"`
		Body    any    `json:"body"`
	}{Schema: cardSchema, Type: "AdaptiveCard", Version: maxCardVersion, Body: body})
	if err != nil {
		return Message{err: err}
	}
	return Card(card)
}

// Card is a message of one Adaptive Card, given as its JSON: an object with type "AdaptiveCard" and
// a version of at most 1.4.
func Card(card json.RawMessage) Message {
	if len(card) == 0 {
		return Message{err: errors.New("the card is empty")}
	}
	type attachment struct {
		ContentType string          `json:"contentType"`
		ContentURL  *string         `json:"contentUrl"`
		Content     json.RawMessage `json:"content"`
	}
	body, err := marshal(struct {
		Type        string       `json:"type"`
		Attachments []attachment `json:"attachments"`
	}{Type: "message", Attachments: []attachment{{ContentType: adaptiveCard, Content: card}}})
	return Message{body: body, err: err}
}

// Raw is a message for a flow that reads other JSON than the templates in Teams do, such as a bare
// Adaptive Card. Only its size is checked: whether the flow posts anything for it, only its maker
// knows.
func Raw(body json.RawMessage) Message {
	compact, err := marshal(body)
	if len(body) == 0 {
		err = errors.New("the body is empty")
	}
	return Message{body: compact, raw: true, err: err}
}

// MarshalJSON returns the body that is posted.
func (m Message) MarshalJSON() ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	if len(m.body) == 0 {
		return nil, errors.New("it is empty: use Text, Markdown, Card or Raw")
	}
	return m.body, nil
}

// isRaw reports whether message was made by Raw.
func isRaw(message any) bool {
	switch m := message.(type) {
	case Message:
		return m.raw
	case *Message:
		return m != nil && m.raw
	}
	return false
}

// marshal is json.Marshal without the escapes that only HTML needs: they would count towards the
// size.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		var marshaler *json.MarshalerError
		if errors.As(err, &marshaler) {
			return nil, marshaler.Unwrap()
		}
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// encode returns the message's JSON, or what keeps it from being posted.
func encode(op string, message any, limit int) ([]byte, error) {
	checks := checkParams(op)
	data, err := marshal(message)
	if err != nil {
		return nil, checks.add("message", "can't be encoded: "+err.Error()).err()
	}
	if isRaw(message) {
		err = nil
	} else {
		err = checkEnvelope(data)
	}
	if err != nil {
		return nil, checks.add("message", err.Error()).err()
	}
	if len(data) > limit {
		problem := fmt.Sprintf("is %d bytes of JSON, at most %d are accepted: shorten it, or link to the rest", len(data), limit)
		return nil, checks.add("message", problem, ErrPayloadTooLarge).err()
	}
	return data, nil
}

// object holds an object's members. Keys are matched exactly; a struct would match them
// case-insensitively, and the workflow does not.
type object map[string]json.RawMessage

func (o object) text(name string) string {
	var s string
	_ = json.Unmarshal(o[name], &s) // anything but a string is as good as none
	return s
}

// checkEnvelope looks for what the workflow template reads. The server accepts anything else too,
// and then the run fails where the sender can't see it.
func checkEnvelope(data []byte) error {
	var message object
	var attachments []object
	if json.Unmarshal(data, &message) != nil || message == nil {
		return fmt.Errorf("is not a JSON object but %.40s: wrap text with webhook.Text", data)
	}
	switch {
	case message["@type"] != nil:
		return errors.New("is a MessageCard, which only the retired Office 365 connectors read: make an Adaptive Card of it")
	case message.text("type") == "AdaptiveCard":
		return errors.New("is a card without an envelope: wrap it with webhook.Card")
	case message.text("type") != "message":
		return errors.New(`has no "type": "message", so that a Workflow would accept it and post nothing: use webhook.Text or webhook.Card`)
	case json.Unmarshal(message["attachments"], &attachments) != nil || len(attachments) == 0:
		return errors.New(`has no "attachments", of which a Workflow makes its posts: use webhook.Text or webhook.Card`)
	}
	for i, a := range attachments {
		if err := checkAttachment(a); err != nil {
			return fmt.Errorf("has an attachment (%d) that a Workflow would not post: %w", i, err)
		}
	}
	return nil
}

func checkAttachment(a object) error {
	if got := a.text("contentType"); got != adaptiveCard {
		return fmt.Errorf("its contentType is %q, not %q", got, adaptiveCard)
	}
	var card object
	if json.Unmarshal(a["content"], &card) != nil || card.text("type") != "AdaptiveCard" {
		return errors.New(`its content is not an object with "type": "AdaptiveCard"`)
	}
	version := card.text("version")
	major, minor, ok := parseVersion(version)
	switch {
	case !ok:
		return fmt.Errorf(`its card has no version such as "%s"`, maxCardVersion)
	case major > 1 || major == 1 && minor > 4:
		return fmt.Errorf("its card's version is %q, a Workflow takes at most %s", version, maxCardVersion)
	}
	return nil
}

func parseVersion(s string) (major, minor uint64, ok bool) {
	before, after, _ := strings.Cut(s, ".")
	major, err1 := strconv.ParseUint(before, 10, 16)
	minor, err2 := strconv.ParseUint(after, 10, 16)
	return major, minor, err1 == nil && err2 == nil
}
