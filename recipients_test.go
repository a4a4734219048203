package novu_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// One recipient goes as itself, several as an array.
func TestRecipientsOnTheWire(t *testing.T) {
	t.Parallel()
	for want, to := range map[string]novu.Recipients{
		`{"subscriberId":"a"}`:                        novu.ToSubscriber("a"),
		`[{"subscriberId":"a"},{"subscriberId":"b"}]`: novu.ToSubscriber("a", "b"),
		`{"type":"Topic","topicKey":"t"}`:             novu.ToTopic("t"),
		`[{"subscriberId":"a","email":"a@x.example"},{"type":"Topic","topicKey":"t"}]`: append(
			novu.ToSubscriberProfile(novu.SubscriberProfile{SubscriberID: "a", Email: "a@x.example"}), novu.ToTopic("t")...),
	} {
		got, err := json.Marshal(to)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
}
