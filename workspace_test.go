package novu_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestWorkspaceKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		json string
		want novu.Workspace
	}{
		"id and name":        {json: `{"id":"tenant","name":"Acme"}`, want: novu.Workspace{ID: "tenant", Name: "Acme"}},
		"an unknown key":     {json: `{"id":"tenant","region":"eu"}`, want: novu.Workspace{ID: "tenant", Extra: map[string]any{"region": "eu"}}},
		"a name of null":     {json: `{"id":"tenant","name":null}`, want: novu.Workspace{ID: "tenant", Extra: map[string]any{"name": nil}}},
		"an id of no string": {json: `{"id":7}`, want: novu.Workspace{Extra: map[string]any{"id": 7.0}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got novu.Workspace
			require.NoError(t, json.Unmarshal([]byte(tt.json), &got))
			assert.Equal(t, tt.want, got)
			if got.ID != "" {
				data, err := json.Marshal(got)
				require.NoError(t, err)
				assert.JSONEq(t, tt.json, string(data))
			}
		})
	}
	var w novu.Workspace
	require.Error(t, json.Unmarshal([]byte(`[]`), &w))
}

func TestConnectionAuthIsRedacted(t *testing.T) {
	t.Parallel()
	var got novu.ConnectionAuth
	require.NoError(t, json.Unmarshal([]byte(`{"accessToken":"canary-1","refreshToken":"canary-2","expires":5}`), &got))
	assert.Equal(t, novu.ConnectionAuth{AccessToken: "canary-1", RefreshToken: "canary-2", Extra: novu.SecretMap{"expires": 5.0}}, got)
	data, err := json.Marshal(got)
	require.NoError(t, err)
	assert.JSONEq(t, `{"accessToken":"[redacted]","refreshToken":"[redacted]","expires":"[redacted]"}`, string(data))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", got, got, got, got), "canary")
}

func TestSecretMapShowsItsKeys(t *testing.T) {
	t.Parallel()
	secrets := novu.SecretMap{"token": "canary", "key": 7}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.Equal(t, "[key token][redacted]", fmt.Sprintf(verb, secrets))
	}
	assert.Equal(t, "[key token][redacted]", secrets.LogValue().String())
	data, err := json.Marshal(secrets)
	require.NoError(t, err)
	assert.JSONEq(t, `{"key":"[redacted]","token":"[redacted]"}`, string(data))
}
