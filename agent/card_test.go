package agent_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

// cardOf reads a card as Novu takes it. What has no Go type becomes a RawElement.
func cardOf(t *testing.T, raw json.RawMessage) agent.Card {
	var wire struct {
		Title    string            `json:"title"`
		Subtitle string            `json:"subtitle"`
		ImageURL string            `json:"imageUrl"`
		Children []json.RawMessage `json:"children"`
	}
	require.NoError(t, json.Unmarshal(raw, &wire))
	return agent.Card{Title: wire.Title, Subtitle: wire.Subtitle, ImageURL: wire.ImageURL, Body: elementsOf(t, wire.Children)}
}

type wireElement struct {
	Type          string            `json:"type"`
	Content       string            `json:"content"`
	Style         string            `json:"style"`
	URL           string            `json:"url"`
	Alt           string            `json:"alt"`
	Label         string            `json:"label"`
	ID            string            `json:"id"`
	Value         string            `json:"value"`
	Headers       []string          `json:"headers"`
	Rows          [][]string        `json:"rows"`
	Children      []json.RawMessage `json:"children"`
	Options       []agent.Choice    `json:"options"`
	Placeholder   string            `json:"placeholder"`
	InitialOption string            `json:"initialOption"`
	Optional      bool              `json:"optional"`
}

func elementsOf(t *testing.T, children []json.RawMessage) []agent.Element {
	var elements []agent.Element
	for _, raw := range children {
		var e wireElement
		require.NoError(t, json.Unmarshal(raw, &e))
		var element agent.Element = agent.RawElement(raw)
		switch {
		case e.Type == "text" && e.Style != "plain":
			element = agent.Text{Content: e.Content, Style: agent.TextStyle(e.Style)}
		case e.Type == "image":
			element = agent.Image{URL: e.URL, Alt: e.Alt}
		case e.Type == "divider":
			element = agent.Divider{}
		case e.Type == "table" && !strings.Contains(string(raw), `"align"`):
			element = agent.Table{Headers: e.Headers, Rows: e.Rows}
		case e.Type == "link":
			element = agent.Link{URL: e.URL, Label: e.Label}
		case e.Type == "section":
			element = agent.Section(elementsOf(t, e.Children))
		case e.Type == "fields":
			var fields agent.Fields
			for _, child := range e.Children {
				var f agent.Field
				require.NoError(t, json.Unmarshal(child, &f))
				fields = append(fields, f)
			}
			element = fields
		case e.Type == "actions":
			element = controlsOf(t, e.Children)
		}
		elements = append(elements, element)
	}
	return elements
}

func controlsOf(t *testing.T, children []json.RawMessage) agent.Actions {
	var controls agent.Actions
	for _, raw := range children {
		var e wireElement
		require.NoError(t, json.Unmarshal(raw, &e))
		var control agent.Control = agent.RawElement(raw)
		odd := strings.Contains(string(raw), `"disabled"`) || strings.Contains(string(raw), `"actionType"`)
		switch {
		case odd:
		case e.Type == "button":
			control = agent.Button{ID: e.ID, Label: e.Label, Value: e.Value, Style: agent.ButtonStyle(e.Style)}
		case e.Type == "link-button":
			control = agent.LinkButton{URL: e.URL, Label: e.Label, Style: agent.ButtonStyle(e.Style)}
		case e.Type == "select" || e.Type == "radio_select":
			control = agent.Select{
				ID: e.ID, Label: e.Label, Options: e.Options, Placeholder: e.Placeholder, InitialOption: e.InitialOption,
				Optional: e.Optional, Radio: e.Type == "radio_select",
			}
		}
		controls = append(controls, control)
	}
	return controls
}

// What Novu 3.19 made of these cards was recorded where Teams would have received it.
func TestAdaptiveIsWhatNovuSends(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "cards.json"))
	require.NoError(t, err)
	var recorded []struct {
		Name     string          `json:"name"`
		Card     json.RawMessage `json:"card"`
		Adaptive json.RawMessage `json:"adaptive"`
	}
	require.NoError(t, json.Unmarshal(data, &recorded))
	require.Len(t, recorded, 9)
	for _, r := range recorded {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			card := cardOf(t, r.Card)
			assert.JSONEq(t, string(r.Adaptive), string(card.Adaptive()))
			wire, err := json.Marshal(card)
			require.NoError(t, err)
			assert.JSONEq(t, strings.Replace(string(r.Card), `"width": "full",`, "", 1), string(wire))
		})
	}
}

// The adapter's version 4.41 is newer than the one in Novu 3.19: it writes version 1.5, other tables,
// a width, and emoji.
func TestAdaptiveOfTheAdapter(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(casesDir(), "cards-more.json"))
	if err != nil {
		t.Skip("this directory has no cards-more.json")
	}
	var recorded []struct {
		Name         string          `json:"name"`
		Element      json.RawMessage `json:"element"`
		AdaptiveCard map[string]any  `json:"adaptiveCard"`
	}
	require.NoError(t, json.Unmarshal(data, &recorded))
	for _, r := range recorded {
		if strings.Contains(r.Name, "table") || strings.Contains(r.Name, "emoji") {
			continue
		}
		r.AdaptiveCard["version"] = "1.4"
		delete(r.AdaptiveCard, "msteams")
		want, err := json.Marshal(r.AdaptiveCard)
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(cardOf(t, r.Element).Adaptive()), r.Name)
	}
}

func TestCardCheck(t *testing.T) {
	t.Parallel()
	raw := func(text string) agent.RawElement { return agent.RawElement(text) }
	for name, test := range map[string]struct {
		body []agent.Element
		want []string // path and part of the text
	}{
		"good": {body: []agent.Element{
			agent.Text{Content: "x"}, agent.Section{agent.Text{Content: "y"}, agent.Actions{agent.Button{ID: "a", Label: "A"}}},
			agent.Actions{agent.Select{ID: "s", Options: []agent.Choice{{Label: "A", Value: "a"}}}, agent.LinkButton{URL: "https://x.example", Label: "L"}},
		}},
		"unknown element":     {body: []agent.Element{raw(`{"type":"video"}`)}, want: []string{`Body[0]`, `"video" is not shown`}},
		"unknown in section":  {body: []agent.Element{agent.Section{raw(`{"type":"video"}`)}}, want: []string{`Body[0].children[0]`, "not shown"}},
		"button outside":      {body: []agent.Element{raw(`{"type":"button","id":"x","label":"X"}`)}, want: []string{`Body[0]`, "only inside Actions"}},
		"text input":          {body: []agent.Element{agent.Actions{raw(`{"type":"text_input","id":"n"}`)}}, want: []string{`Body[0].children[0]`, `"text_input" is not shown`}},
		"disabled":            {body: []agent.Element{agent.Actions{raw(`{"type":"button","id":"x","label":"X","disabled":true}`)}}, want: []string{`Body[0].children[0]`, "enabled"}},
		"modal":               {body: []agent.Element{agent.Actions{raw(`{"type":"button","id":"x","label":"X","actionType":"modal"}`)}}, want: []string{`Body[0].children[0]`, "opens nothing"}},
		"width":               {body: []agent.Element{raw(`{"type":"text","content":"x","width":"full"}`)}, want: []string{`Body[0]`, "width"}},
		"aligned table":       {body: []agent.Element{raw(`{"type":"table","headers":["a"],"rows":[],"align":["left"]}`)}, want: []string{`Body[0]`, "alignment"}},
		"select with button":  {body: []agent.Element{agent.Actions{agent.Select{ID: "s"}, agent.Button{ID: "b"}}}, want: []string{`Body[0]`, "choice beside a button is lost"}},
		"nothing to be shown": {want: []string{"Card", "shows nothing"}},
		"too large":           {body: []agent.Element{agent.Text{Content: strings.Repeat("x", 28<<10)}}, want: []string{"Card", "28672"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := agent.Card{Body: test.body}.Check(agent.Teams)
			if test.want == nil {
				assert.Empty(t, problems)
				return
			}
			require.NotEmpty(t, problems)
			assert.Equal(t, test.want[0], problems[0].Path)
			assert.Contains(t, problems[0].String(), test.want[1])
		})
	}
	assert.Nil(t, agent.Card{}.Check("slack"))
}

func TestCardsThatNovuCanNotTake(t *testing.T) {
	t.Parallel()
	_, turn := openTurn(t)
	for field, e := range map[string]agent.Element{
		"Body[0]":            nil,
		"Body[0][0]":         agent.Section{nil},
		"Body[0][0].ID":      agent.Actions{agent.Button{Label: "no id"}},
		"Body[0][0].Label":   agent.Actions{agent.Button{ID: "x"}},
		"Body[0][0].URL":     agent.Actions{agent.LinkButton{Label: "l", URL: "nowhere"}},
		"Body[0][0].Options": agent.Actions{agent.Select{ID: "s"}},
		"Body[0]  ":          agent.RawElement(`{"no":"type"}`),
		"Body[0] ":           agent.RawElement(`broken`),
	} {
		_, err := turn.Reply(t.Context(), agent.Card{Body: []agent.Element{e}})
		require.ErrorIs(t, err, agent.ErrInvalidParams, fmt.Sprint(e))
		assert.ErrorContains(t, err, strings.TrimSpace(field))
	}
}
