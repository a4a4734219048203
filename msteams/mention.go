package msteams

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// Mention is a person that a message notifies by name. Write it into the text, or into a text of
// the card, where the name is to stand, and list it in Message.Mentions:
//
//	anna := member.Mention()
//	text := anna.String() + ", the build failed"
//	m := msteams.Message{Text: text, Mentions: []msteams.Mention{anna}}
type Mention struct {
	ID   string // the bot's id of the person ("29:…"), the object id or the user principal name
	Name string // what is shown; distinct within a message
}

// Mention returns the mention of a member.
func (m Member) Mention() Mention {
	return Mention{ID: m.key(), Name: cmp.Or(m.Name, strings.TrimSpace(m.GivenName+" "+m.Surname), m.UserPrincipalName, m.Email)}
}

// String returns what stands for the person in a text: "<at>Anna</at>".
func (m Mention) String() string { return "<at>" + html.EscapeString(m.Name) + "</at>" }

// entity is how the connector is told of a mention.
type entity struct {
	Type      string    `json:"type"`
	Text      string    `json:"text"`
	Mentioned mentioned `json:"mentioned"`
}

type mentioned struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// entities returns the mentions for which in holds true.
func entities(mentions []Mention, in func(tag string) bool) []entity {
	var found []entity
	for _, m := range mentions {
		if in(m.String()) {
			found = append(found, entity{Type: "mention", Text: m.String(), Mentioned: mentioned(m)})
		}
	}
	return found
}

// inText are the mentions in the message's text.
func (m Message) inText() []entity {
	return entities(m.Mentions, func(tag string) bool { return strings.Contains(m.Text, tag) })
}

// inCard are the mentions in any string of the card.
func (m Message) inCard() []entity {
	var card any
	if len(m.Mentions) == 0 || json.Unmarshal(m.Card, &card) != nil {
		return nil
	}
	return entities(m.Mentions, func(tag string) bool { return holds(card, tag) })
}

func holds(value any, part string) bool {
	switch value := value.(type) {
	case string:
		return strings.Contains(value, part)
	case []any:
		for _, item := range value {
			if holds(item, part) {
				return true
			}
		}
	case map[string]any:
		for _, member := range value {
			if holds(member, part) {
				return true
			}
		}
	}
	return false
}

// cardWithMentions returns the card with the mentions in it beside those that it has of its own.
func (m Message) cardWithMentions() (json.RawMessage, error) {
	found := m.inCard()
	if len(found) == 0 {
		return m.Card, nil
	}
	var card, teams map[string]any
	var own []any
	if err := json.Unmarshal(m.Card, &card); err != nil {
		return nil, err
	}
	if teams, _ = card["msteams"].(map[string]any); teams == nil {
		teams = map[string]any{}
	}
	own, _ = teams["entities"].([]any)
	for _, e := range found {
		own = append(own, e)
	}
	teams["entities"] = own
	card["msteams"] = teams
	return json.Marshal(card)
}

func (c *checks) mentions(m Message) {
	names := map[string]bool{}
	seen := map[string]bool{}
	for _, e := range append(m.inText(), m.inCard()...) {
		seen[e.Text] = true
	}
	for i, mention := range m.Mentions {
		field := fmt.Sprintf("Message.Mentions[%d]", i)
		c.member(field+".ID", mention.ID)
		switch tag := mention.String(); {
		case strings.TrimSpace(mention.Name) == "":
			c.add(field+".Name", "must not be empty")
		case names[tag]:
			c.add(field+".Name", "is that of another mention: Teams tells them apart by name")
		case !seen[tag]:
			c.add(field, "is neither in the text nor in the card: write "+tag+" where the name is to stand")
		}
		names[mention.String()] = true
	}
}

// markdown are the characters that Teams may read as Markdown or HTML anywhere in a line.
var markdown = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "{", "&#123;", "}", "&#125;",
	"[", "&#91;", "]", "&#93;", "#", "&#35;", "~", "&#126;", "|", "&#124;", "\t", "&nbsp;&nbsp;&nbsp;&nbsp;",
)

// EscapeText returns text as a Message.Text that Teams shows as it was typed, for text of strangers
// and for logs: every line stays a line, and no character is read as Markdown or HTML.
func EscapeText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = escapeLine(line)
	}
	return strings.Join(lines, "<br>")
}

// escapeLine also hides what has a meaning only at the start of a line: indentation, lists, rules.
func escapeLine(line string) string {
	rest := strings.TrimLeft(line, " ")
	indent := strings.Repeat("&nbsp;", len(line)-len(rest))
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	start := ""
	if marker := rest[digits:min(digits+1, len(rest))]; digits == 0 && strings.ContainsAny(marker, "-+=") || digits > 0 && strings.ContainsAny(marker, ".)") {
		start = rest[:digits] + fmt.Sprintf("&#%d;", marker[0])
		rest = rest[digits+1:]
	}
	return indent + start + markdown.Replace(rest)
}
