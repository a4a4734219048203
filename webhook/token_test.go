package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

const tokenCanary = "eyJ.token-canary-0123"

func TestTokenForTriggersOfTheTenant(t *testing.T) {
	t.Parallel()
	var asked []string
	tokens := webhook.WithTokenFunc(func(_ context.Context, to webhook.URL) (webhook.Secret, error) {
		asked = append(asked, to.Host())
		return tokenCanary, nil
	})
	var sent []string
	c := newClient(t, tokens, webhook.WithAllowedHosts("hooks.example.com"), throughMemory(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Authorization"))
		return accepted(), nil
	}))
	unsigned := strings.Split(powerURL, "&sp=")[0]
	for _, raw := range []string{unsigned, powerURL, "https://hooks.example.com/in"} {
		to, err := c.ParseURL(raw)
		require.NoError(t, err)
		_, err = c.Send(t.Context(), to, webhook.Text("hi"))
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"Bearer " + tokenCanary, "", ""}, sent, "neither beside a signature nor to a foreign host")
	assert.Equal(t, []string{"default0a.1b.environment.api.powerplatform.com"}, asked)

	_, err := c.ParseURL(strings.Split(unsigned, "?")[0])
	assert.ErrorContains(t, err, "lacks the parameter api-version")
}

func TestTokenStaysOutOfErrors(t *testing.T) {
	t.Parallel()
	unsigned := strings.Split(powerURL, "&sp=")[0]
	send := func(token webhook.Secret, failure error) error {
		c := newClient(t, webhook.WithTokenFunc(func(context.Context, webhook.URL) (webhook.Secret, error) { return token, failure }),
			throughMemory(func(r *http.Request) (*http.Response, error) {
				resp := accepted()
				resp.StatusCode = http.StatusUnauthorized
				resp.Body = http.NoBody
				return resp, errors.New("proxy refused " + r.Header.Get("Authorization"))
			}))
		to, err := c.ParseURL(unsigned)
		require.NoError(t, err)
		_, err = c.Send(t.Context(), to, webhook.Text("hi"))
		require.Error(t, err)
		return err
	}
	for _, err := range []error{send(tokenCanary, nil), send(tokenCanary, errors.New("no "+tokenCanary)), send(tokenCanary+"\n", nil)} {
		var e *webhook.Error
		require.ErrorAs(t, err, &e)
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v %v", err, e, e, e.Unwrap()), "canary")
	}
	assert.ErrorContains(t, send("", errors.New("no identity")), "no identity: the token function failed")
	assert.ErrorContains(t, send(tokenCanary+"\n", nil), "can't carry")
}
