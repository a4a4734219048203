package conformance_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/novutest"
)

// FuzzOAuthState: a callback makes a connection only with the state that the
// server signed, to the letter, and is answered whatever it carries.
func FuzzOAuthState(f *testing.F) {
	srv := novutest.NewServer(f, novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{
			"identifier": teams, "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": map[string]any{"clientId": "app", "secretKey": "s3cr3t", "tenantId": "home"},
		}},
		Subscribers: []any{map[string]any{"subscriberId": someone}},
	}))
	c := srv.Client()
	link, err := c.Integrations.GenerateConnectOAuthURL(f.Context(), novu.ConnectOAuthURLParams{IntegrationIdentifier: teams, SubscriberID: someone})
	require.NoError(f, err)
	parsed, err := url.Parse(link.URL.Reveal())
	require.NoError(f, err)
	genuine := parsed.Query().Get("state")
	payload, err := base64.RawURLEncoding.DecodeString(genuine)
	require.NoError(f, err)
	f.Add("", "admin_consent=True&tenant=t")
	f.Add(genuine[:len(genuine)-1], "admin_consent=True&tenant=t")
	f.Add(genuine+"=", "admin_consent=True&tenant=t")
	f.Add(base64.RawURLEncoding.EncodeToString(append(payload, '0')), "admin_consent=True&tenant=t")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"providerId":"msteams"}.`)), "admin_consent=True&tenant=t")
	f.Add(strings.ToUpper(genuine), "code=1&mode=link_user")
	f.Fuzz(func(t *testing.T, state, query string) {
		if decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(state, "=")); err == nil && string(decoded) == string(payload) {
			return // another spelling of the genuine one
		}
		values, _ := url.ParseQuery(query)
		values.Set("state", state)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/integrations/chat/oauth/callback?"+values.Encode(), nil)
		w := httptest.NewRecorder()
		srv.ServeHTTP(w, r)
		require.True(t, w.Code/100 == 4 || w.Code == http.StatusNotImplemented, "%d %s", w.Code, w.Body)
		page, err := c.ChannelConnections.List(t.Context(), novu.ListChannelConnectionsParams{})
		require.NoError(t, err)
		require.Empty(t, page.Data)
	})
}

// decoders are the types that read JSON in a way of their own.
var decoders = []any{
	novu.ChannelEndpoint{}, novu.ConnectionAuth{}, novu.ContextPayload{}, novu.MSTeamsCredentials{}, novu.Page[novu.ChannelConnection]{},
	novu.Workspace{}, novu.Integration{}, novu.ChannelConnection{}, novu.Notification{}, novu.Message{}, novu.Workflow{}, novu.TriggerResult{},
	novu.Secret(""), msteams.Member{}, manifest.Manifest{},
}

// FuzzDecoders: what can be read can be written, and read again as the same
// but for its secrets.
func FuzzDecoders(f *testing.F) {
	for n, zero := range decoders {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(v, "", 0)
		data, err := json.Marshal(v.Interface())
		require.NoError(f, err)
		f.Add(uint8(n), data)
	}
	for _, data := range []string{"null", "[]", `{"data":[null],"next":7}`, `{"id":"t","id":null,"x":{}}`, `{"accessToken":[]}`, `{"tenant":{"id":1}}`, `{"endpoint":[],"type":null}`} {
		for n := range decoders {
			f.Add(uint8(n), []byte(data))
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, data []byte) {
		typ := reflect.TypeOf(decoders[int(n)%len(decoders)])
		first := reflect.New(typ)
		if json.Unmarshal(data, first.Interface()) != nil {
			return
		}
		written, err := json.Marshal(first.Interface())
		require.NoError(t, err)
		second := reflect.New(typ)
		require.NoError(t, json.Unmarshal(written, second.Interface()), "%s", written)
		again, err := json.Marshal(second.Interface())
		require.NoError(t, err)
		require.JSONEq(t, string(written), string(again))
	})
}

// FuzzBaseURL: a base URL is refused without being repeated, or is where the
// key goes, over TLS or to this machine.
func FuzzBaseURL(f *testing.F) {
	for _, u := range []string{
		"https://novu.example/root/", "http://127.0.0.1:1", "http://[::1]", "http://localhost.evil.example", "https://a@b", "https://a\\@b", "//x",
		"https://x/?q", "https://x/#f", "https://x:99999", "HTTPS://X", "https://x/a%2fb", "http://127.1", "http://0x7f.1", "https://x/..", "file:///x",
	} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var asked *http.Request
		hc := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r
			return canned(http.StatusNoContent), nil
		})}
		c, err := novu.NewClient(canary, novu.WithBaseURL(raw), novu.WithHTTPClient(hc))
		if err != nil {
			require.ErrorIs(t, err, novu.ErrInvalidParams)
			return
		}
		require.NoError(t, c.ChannelEndpoints.Delete(t.Context(), "x"))
		base, err := url.Parse(strings.TrimSpace(raw))
		require.NoError(t, err)
		require.Equal(t, base.Hostname(), asked.URL.Hostname())
		require.Equal(t, base.Port(), asked.URL.Port())
		require.Nil(t, asked.URL.User)
		require.True(t, strings.HasSuffix(asked.URL.Path, "/v1/channel-endpoints/x") && strings.HasPrefix(asked.URL.Path, strings.TrimSuffix(base.Path, "/")), asked.URL.Path)
		host := asked.URL.Hostname()
		require.True(t, asked.URL.Scheme == "https" || strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback(), asked.URL.String())
	})
}

// FuzzRetryAfter: a header is no wait, or one that is not negative, and never
// keeps a call beyond the policy.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "5", "-5", "+5", "1e3", "9223372036854775808", "99999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT", "Wed, 21 Oct 1999 07:28:00 GMT", " 7 ", "7, 8", "0x10"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := http.Header{"Retry-After": {value}}
		after := rest.RetryAfter(h)
		require.GreaterOrEqual(t, after, time.Duration(0))
		if after == 0 {
			return
		}
		sent := 0
		c, err := novu.NewClient("key", novu.WithRetryPolicy(novu.RetryPolicy{MaxRetryAfter: time.Nanosecond}),
			novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				sent++
				resp := canned(http.StatusTooManyRequests)
				resp.Header = h
				resp.Body = io.NopCloser(strings.NewReader(""))
				return resp, nil
			})}))
		require.NoError(t, err)
		require.ErrorIs(t, c.ChannelEndpoints.Delete(t.Context(), "x"), novu.ErrRateLimited)
		require.Equal(t, 1, sent)
	})
}
