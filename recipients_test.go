package novu_test

import (
	"encoding/json"
	"io"
	"net/http"
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

// False is said, absent is not: an update must be able to tell them apart.
func TestDeactivate(t *testing.T) {
	t.Parallel()
	var sent []byte
	c, err := novu.NewClient("key", novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		sent, _ = io.ReadAll(r.Body)
		return reply(200, `{"data":{}}`), nil
	})}))
	require.NoError(t, err)
	_, err = c.Integrations.Update(t.Context(), hexID, novu.UpdateIntegrationParams{Active: novu.Ptr(false)})
	require.NoError(t, err)
	assert.JSONEq(t, `{"active":false,"check":false}`, string(sent))
	_, err = c.Integrations.Update(t.Context(), hexID, novu.UpdateIntegrationParams{Name: "n"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"n","check":false}`, string(sent))
}
