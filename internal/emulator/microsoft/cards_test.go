package microsoft

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCardText(t *testing.T) {
	for want, card := range map[string]string{
		"Order 42\nStatus: shipped": `{"body":[{"type":"TextBlock","text":"Order 42"},{"type":"FactSet","facts":[{"title":"Status","value":"shipped"}]}]}`,
		"Item | Price":              `{"body":[{"type":"ColumnSet","columns":[{"items":[{"type":"TextBlock","text":"Item"}]},{"items":[{"type":"TextBlock","text":"Price"}]}]}]}`,
		"a | b":                     `{"body":[{"type":"Table","rows":[{"type":"TableRow","cells":[{"items":[{"type":"TextBlock","text":"a"}]},{"items":[{"type":"TextBlock","text":"b"}]}]}]}]}`,
		"inside":                    `{"body":[{"type":"Container","items":[{"type":"RichTextBlock","inlines":["in",{"text":"side"}]}]}]}`,
		"":                          `null`,
	} {
		assert.Equal(t, want, CardText(json.RawMessage(card)))
	}
}

// No card, however odd, breaks what reads it.
func FuzzReadCard(f *testing.F) {
	f.Add([]byte(card))
	f.Add([]byte(`{"body":[{"type":"Input.ChoiceSet","choices":[1,{"title":2}]},{"type":"ColumnSet","columns":{}}],"actions":[null,{"type":"Action.Submit","data":"x"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		actions, inputs := ReadCard(raw)
		_ = CardText(raw)
		filled := map[string]string{}
		for _, in := range inputs {
			filled[in.ID] = in.Value
		}
		for _, a := range actions {
			if kind, fields := submission(a, filled); kind != "" && !json.Valid([]byte(mustEncode(fields))) {
				t.Fatal("a button sends no JSON")
			}
		}
	})
}

func mustEncode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
