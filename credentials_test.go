package novu_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestCredentialsFromJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		json string
		want novu.MSTeamsCredentials
	}{
		"of Teams": {
			json: `{"clientId":"app","secretKey":"canary","tenantId":"home","redirectUrl":"https://acme.example/done"}`,
			want: credentials,
		},
		"of another provider": {
			json: `{"apiKey":"canary","secure":true}`,
			want: novu.MSTeamsCredentials{Extra: novu.SecretMap{"apiKey": "canary", "secure": true}},
		},
		"withheld": {json: `{}`, want: novu.MSTeamsCredentials{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got novu.MSTeamsCredentials
			require.NoError(t, json.Unmarshal([]byte(tt.json), &got))
			assert.Equal(t, tt.want, got)
		})
	}
	var c novu.MSTeamsCredentials
	require.Error(t, json.Unmarshal([]byte(`"canary"`), &c))
}

// What is no secret stays readable in JSON.
func TestCredentialsAsJSON(t *testing.T) {
	t.Parallel()
	with := credentials
	with.Extra = novu.SecretMap{"token": "canary"}
	data, err := json.Marshal(with)
	require.NoError(t, err)
	assert.JSONEq(t, `{"clientId":"app","secretKey":"[redacted]","tenantId":"home","redirectUrl":"https://acme.example/done","token":"[redacted]"}`, string(data))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", with, with, with, with), "canary")
}
