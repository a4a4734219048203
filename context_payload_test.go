package novu_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestContextPayloadAsJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		payload novu.ContextPayload
		json    string
	}{
		"an id":              {payload: acme, json: `{"tenant":"acme"}`},
		"an id with data":    {payload: novu.ContextPayload{"tenant": {ID: "acme", Data: map[string]any{"plan": "gold"}}}, json: `{"tenant":{"id":"acme","data":{"plan":"gold"}}}`},
		"an id without data": {payload: novu.ContextPayload{"tenant": {ID: "acme", Data: map[string]any{}}}, json: `{"tenant":{"id":"acme","data":{}}}`},
		"several":            {payload: novu.ContextPayload{"tenant": {ID: "acme"}, "app": {ID: "one"}}, json: `{"app":"one","tenant":"acme"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(tt.payload)
			require.NoError(t, err)
			assert.JSONEq(t, tt.json, string(data))
			var back novu.ContextPayload
			require.NoError(t, json.Unmarshal(data, &back))
			assert.Equal(t, tt.payload, back)
		})
	}
	var payload novu.ContextPayload
	require.Error(t, json.Unmarshal([]byte(`{"tenant":7}`), &payload))
}

func TestContextKeysAreSorted(t *testing.T) {
	t.Parallel()
	payload := novu.ContextPayload{"tenant": {ID: "acme", Data: map[string]any{"plan": "gold"}}, "app": {ID: "one"}, "region": {ID: "eu"}}
	assert.Equal(t, []string{"app:one", "region:eu", "tenant:acme"}, payload.Keys())
	assert.Empty(t, novu.ContextPayload(nil).Keys())
}
