package novu

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/emulator"
)

func TestAnActivityIsReadLeniently(t *testing.T) {
	a := parseActivity([]byte(`{"type":"message","id":5,"text":"hi","from":{"id":"29:x","name":7},"entities":{},"conversation":{"id":"19:a@thread.tacv2;messageid=9"}}`))
	assert.Equal(t, "hi", a.Text)
	assert.Empty(t, a.ID)
	assert.Equal(t, author{userID: "29:x", name: "unknown"}, a.author())
	assert.False(t, a.isDirect())
	assert.Equal(t, threadIDOf("19:a@thread.tacv2", ""), a.channelID())
}

// Whatever Teams posts, it is read, and what goes to a bridge is JSON.
func FuzzActivity(f *testing.F) {
	for _, seed := range []string{
		`{"type":"message","value":{"actionId":"__auto_submit","a":"b","c":1,"msteams":{}}}`,
		`{"type":"invoke","name":"task/fetch","value":{"data":{"value":"5"}}}`,
		`{"type":"invoke","name":"adaptiveCard/action","value":{"action":{"data":{"actionId":"x"}}}}`,
		`{"type":"messageReaction","reactionsAdded":[{"type":"like"},5],"conversation":{"id":"19:x;messageid="}}`, `[]`, `{"type":`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := parseActivity(raw)
		_, _ = a.pressed(), a.reactions()
		_, _ = a.hasFiles(), a.mentions("x")
		p := payload{PlatformContext: platformContext{ThreadID: a.threadID(), Message: a.raw}}
		if !json.Valid(p.encoded()) {
			t.Errorf("%q made no JSON", raw)
		}
		if kept := minimized(a.raw); kept != nil && !json.Valid(emulator.Encode(kept)) {
			t.Errorf("%q was kept as %q", raw, kept)
		}
	})
}
