package novu

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzMembers: an object's members are those that encoding/json finds.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, ` { "a" : "b\"}" , "c":{"d":[1,{"e":"]"}]},"f":null } `, `{"a":1,"a":2}`, `[1]`, `{"a":`, `{"a"`, `{`, `"x"`, `{"\u0061":"\ud800"}`, `{"a":1}}`, `{"a":1}x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(data, &want) == nil && want != nil
		got := map[string]json.RawMessage{}
		m := membersOf(data)
		for m.next() {
			var key, value string
			if valid {
				require.NoError(t, json.Unmarshal([]byte(`"`+string(m.key)+`"`), &key))
				got[key] = m.value
				var wantText string
				isText := json.Unmarshal(m.value, &wantText) == nil
				require.Equal(t, isText, text(m.value, &value), "%s", m.value)
				require.Equal(t, wantText, value)
			}
		}
		if valid {
			require.True(t, m.atEnd())
			require.Len(t, got, len(want))
			for key, value := range want {
				assert.JSONEq(t, string(value), string(got[key]))
			}
		}
	})
}
