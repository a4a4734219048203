package msteams_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// Another app's tokens are asked for with its own credentials, at its own home
// tenant, and cached apart.
func TestWithCredentials(t *testing.T) {
	f := newFake(t)
	first := f.client(t, msteams.WithBotTenant(msteams.BotFrameworkTenant))
	const otherSecret = "another~secret"
	second, err := first.WithCredentials(msteams.Credentials{ClientID: appID, ClientSecret: otherSecret, TenantID: customer})
	require.NoError(t, err)
	for _, client := range []*msteams.Client{first, second} {
		_, err := client.BotToken(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, f.seen, 2)
	for i, want := range []struct{ tenant, id, secret string }{
		{tenant: "botframework.com", id: clientID, secret: secret}, {tenant: customer, id: appID, secret: otherSecret},
	} {
		form, err := url.ParseQuery(f.seen[i].body)
		require.NoError(t, err)
		assert.Contains(t, f.seen[i].uri, "/"+want.tenant+"/oauth2/v2.0/token")
		assert.Equal(t, want.id, form.Get("client_id"))
		assert.Equal(t, want.secret, form.Get("client_secret"))
	}
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", second, second, *second), otherSecret)

	_, err = first.WithCredentials(msteams.Credentials{ClientID: appID, ClientSecret: " "})
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
}

// A service that echoes the other app's secret does not get it into an error.
func TestWithCredentialsScrubs(t *testing.T) {
	f := newFake(t)
	const otherSecret = "another~secret"
	f.on("POST /login/"+customer+"/oauth2/v2.0/token", status(http.StatusUnauthorized,
		`{"error":"invalid_client","error_description":"AADSTS7000215: not `+otherSecret+`"}`))
	other, err := f.client(t).WithCredentials(msteams.Credentials{ClientID: appID, ClientSecret: otherSecret, TenantID: customer})
	require.NoError(t, err)
	_, err = other.BotToken(t.Context())
	require.ErrorIs(t, err, msteams.ErrInvalidSecret)
	assert.NotContains(t, err.Error(), otherSecret)
	assert.Contains(t, err.Error(), "[redacted]")
}
