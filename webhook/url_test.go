package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

const (
	canary   = "canary-0123456789_-"
	path     = "/workflows/5f9a/triggers/manual/paths/invoke"
	query    = "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + canary
	logicURL = "https://prod-12.westeurope.logic.azure.com:443" + path + query
	powerURL = "https://default0a.1b.environment.api.powerplatform.com:443/powerautomate/automations/direct" + path +
		"?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + canary
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	const q = path + query
	tests := map[string]string{ // what the error says; "" where the URL is accepted
		logicURL: "", powerURL: "",
		"https://prod-12.westeurope.logic.azure.com" + q:                                 "",
		"HTTPS://PROD-12.WestEurope.LOGIC.azure.com" + q:                                 "",
		"https://prod.logic.azure.com/invoke/?api-version=1&sig=a%2Fb%2bc%3D&sp=%2f&x&=": "",
		"https://xn--80ak6aa92e.logic.azure.com" + q:                                     "", // Microsoft's, whatever it is called
		"https://evil.example/?x=logic.azure.com":                                        `leads to "evil.example"`,
		"https://evil.example/logic.azure.com" + q:                                       `leads to "evil.example"`,
		"https://logic.azure.com.evil.example/" + query:                                  `leads to "logic.azure.com.evil.example"`,
		"https://prod.logic.azure.com.evil.example" + q:                                  `leads to "prod.logic.azure.com.evil.example"`,
		"https://evil-logic.azure.com" + q:                                               `leads to "evil-logic.azure.com"`,
		"https://logic.azure.com" + q:                                                    "no host of Workflows",
		"https://.logic.azure.com" + q:                                                   "no valid host",
		"https://a..logic.azure.com" + q:                                                 "no valid host",
		"https://prod.logic.azure.com." + q:                                              "no valid host",
		"https://api.powerplatform.com" + q:                                              "no host of Workflows",
		"https://logic.azure.com@evil.example/" + query:                                  "user or password",
		"https://@prod.logic.azure.com" + q:                                              "user or password",
		"https://u:p@prod.logic.azure.com" + q:                                           "user or password",
		"https://evil.example#.logic.azure.com":                                          "fragment",
		logicURL + "#":                                                                   "fragment",
		"https://prod.lоgic.azure.com" + q:                                               "can't hold", // a Cyrillic o
		"https://prod.logic。azure.com" + q:                                               "can't hold", // an ideographic full stop
		"https://prod.xn--lgic-qqc.azure.com" + q:                                        "no host of Workflows",
		"https://evil.example%2elogic.azure.com" + q:                                     "is not a URL",
		"https://evil.example%00.logic.azure.com" + q:                                    "is not a URL",
		"https://evil.example%2f.logic.azure.com" + q:                                    "is not a URL",
		`https://evil.example\.logic.azure.com` + q:                                      "backslash",
		`https:\\prod.logic.azure.com` + q:                                               "backslash",
		"https://prod.logic.azure.com" + path + "?sig=a b&api-version=1":                 "white space",
		"https://prod.logic.azure.com" + path + "?sig=a\nb&api-version=1":                "white space",
		"https://prod.logic.azure.com" + path + "?sig=a\x00b&api-version=1":              "white space",
		"https://prod.logic.azure.com" + path + "?sig=a\x7fb&api-version=1":              "can't hold",
		"\u00a0 " + logicURL + "\r\n":                                                    "", // dropped
		"https://127.0.0.1" + q:                                                          "no host of Workflows",
		"https://[::1]" + q:                                                              "no host of Workflows",
		"https://[fe80::1%25eth0]" + q:                                                   "no valid host",
		"https://2130706433" + q:                                                         "no host of Workflows",
		"https://0177.0.0.1" + q:                                                         "no host of Workflows",
		"https://0x7f.0.0.1" + q:                                                         "no host of Workflows",
		"https://prod.logic.azure.com:8443" + q:                                          "a port other than 443",
		"https://prod.logic.azure.com:0443" + q:                                          "a port other than 443",
		"https://prod.logic.azure.com:0" + q:                                             "no valid host",
		"https://prod.logic.azure.com:" + q:                                              "no valid host",
		"https://prod.logic.azure.com:443:80" + q:                                        "no valid host",
		"https://prod_1.logic.azure.com" + q:                                             "no valid host",
		"https://prod.logic.azure.com" + path + "?api-version=1":                         "lacks the parameter sig",
		"https://prod.logic.azure.com" + path + "?api-version=1&sig=":                    "lacks the parameter sig",
		"https://prod.logic.azure.com" + path + "?sig=" + canary:                         "lacks the parameter api-version",
		strings.Split(logicURL, "&sp=")[0]:                                               "let Anyone trigger it",
		logicURL + "&sig=" + canary:                                                      "has the parameter sig twice",
		logicURL + "&sig=":                                                               "has the parameter sig twice",
		logicURL + "&api-version=1":                                                      "has the parameter api-version twice",
		"https://prod.logic.azure.com/" + query:                                          "has no path",
		"https://prod.logic.azure.com" + query:                                           "has no path",
		"https://prod.logic.azure.com" + path + "?api-version=1&sig=%zz":                 "query that can't be read",
		"https://prod.logic.azure.com" + path + "?api-version=1;sig=" + canary:           "query that can't be read",
		logicURL + strings.Repeat("a", 4<<10):                                            "bytes long, at most 4096",
		"http://prod.logic.azure.com" + q:                                                "must start with https://",
		"//prod.logic.azure.com" + q:                                                     "must start with https://",
		"prod.logic.azure.com" + q:                                                       "must start with https://",
		"https:prod.logic.azure.com" + q:                                                 "no valid host",
		"https:///prod.logic.azure.com" + q:                                              "no valid host",
		"javascript:alert(1)//prod.logic.azure.com" + q:                                  "must start with https://",
		"": "must not be empty",
		"https://contoso.webhook.office.com/webhookb2/" + canary: "create a Workflow",
		"https://outlook.office.com/webhook/" + canary:           "create a Workflow",
		"https://outlook.office365.com/webhook/" + canary:        "create a Workflow",
	}
	for raw, want := range tests {
		u, err := webhook.ParseURL(raw)
		if want == "" {
			require.NoError(t, err, raw)
			assert.Equal(t, strings.Trim(raw, "\u00a0 \r\n"), u.Reveal(), "kept to the letter")
			assert.Equal(t, u.Reveal(), u.Secret().Reveal())
			continue
		}
		require.ErrorIs(t, err, webhook.ErrInvalidParams, raw)
		assert.ErrorContains(t, err, want, raw)
		assert.NotContains(t, err.Error(), "canary", raw)
		var e *webhook.Error
		require.ErrorAs(t, err, &e)
		assert.Contains(t, e.Fields, "url")
		assert.Empty(t, u.Reveal(), raw)
	}
}

func TestParseURLMendsHTMLEscapes(t *testing.T) {
	t.Parallel()
	for _, and := range []string{"&amp;", "&amp;amp;"} {
		u, err := webhook.ParseURL(strings.ReplaceAll(logicURL, "&", and))
		require.NoError(t, err)
		assert.Equal(t, logicURL, u.Reveal())
	}
}

func TestUnknownHost(t *testing.T) {
	t.Parallel()
	_, err := webhook.ParseURL("https://hooks.example.com" + path + query)
	require.ErrorIs(t, err, webhook.ErrUnknownHost)
	require.ErrorIs(t, err, webhook.ErrInvalidParams)
	_, err = webhook.ParseURL("http://hooks.example.com" + path + query)
	require.NotErrorIs(t, err, webhook.ErrUnknownHost, "it is not well formed")
	_, err = webhook.ParseURL(strings.Split(logicURL, "&sp=")[0])
	require.NotErrorIs(t, err, webhook.ErrUnknownHost)
}

func TestNationalClouds(t *testing.T) {
	t.Parallel()
	hosts := map[string][]webhook.Cloud{
		"prod-1.logic.azure.com":                                       {webhook.CloudPublic, webhook.CloudGCC},
		"a.1b.environment.api.powerplatform.com":                       {webhook.CloudPublic},
		"prod-1.usgovtexas.logic.azure.us":                             {webhook.CloudGCC, webhook.CloudGCCHigh, webhook.CloudDoD},
		"a.1.environment.api.gov.powerplatform.microsoft.us":           {webhook.CloudGCC},
		"a.1.environment.api.high.powerplatform.microsoft.us":          {webhook.CloudGCCHigh},
		"a.1.environment.api.appsplatform.us":                          {webhook.CloudDoD},
		"prod-1.chinanorth.logic.azure.cn":                             {webhook.CloudChina},
		"a.1.environment.api.powerplatform.partner.microsoftonline.cn": {webhook.CloudChina},
	}
	for host, clouds := range hosts {
		raw := "https://" + host + path + query
		for _, cloud := range []webhook.Cloud{webhook.CloudPublic, webhook.CloudGCC, webhook.CloudGCCHigh, webhook.CloudDoD, webhook.CloudChina} {
			_, err := webhook.ParseURL(raw, webhook.WithCloud(cloud))
			if slices.Contains(clouds, cloud) {
				assert.NoError(t, err, "%s in %s", host, cloud)
				continue
			}
			require.ErrorIs(t, err, webhook.ErrUnknownHost, "%s in %s", host, cloud)
			assert.ErrorContains(t, err, fmt.Sprintf("accept it with WithCloud(%q)", string(clouds[0])))
		}
		client := newClient(t, webhook.WithCloud(webhook.CloudPublic, webhook.CloudGCC, webhook.CloudGCCHigh, webhook.CloudDoD, webhook.CloudChina))
		_, err := client.ParseURL(raw)
		assert.NoError(t, err)
	}
	for _, opt := range []webhook.Option{webhook.WithCloud(), webhook.WithCloud("moon")} {
		_, err := webhook.NewClient(opt)
		assert.ErrorIs(t, err, webhook.ErrInvalidParams)
	}
}

func TestParseURLOfWhiteSpace(t *testing.T) {
	t.Parallel()
	_, err := webhook.ParseURL(" \n")
	assert.ErrorContains(t, err, "must not be empty")
}

func TestAllowedHosts(t *testing.T) {
	t.Parallel()
	allowed := webhook.WithAllowedHosts("Hooks.example.com", ".logic.azure.us", ".environment.api.powerplatform.com", "127.0.0.1", "::1")
	for raw, ok := range map[string]bool{
		"https://hooks.example.com/in":                     true,
		"https://hooks.example.com:8443/in?code=" + canary: true,
		"https://hooks.example.com" + path + query:         true,
		"https://hooks.example.com" + path:                 false, // a Workflow's path with nothing behind it
		"https://hooks.example.com":                        false,
		"https://hooks.example.com/in?sig=a&sig=b":         false,
		"https://prod.usgov.logic.azure.us" + path + query: true,
		"https://prod.usgov.logic.azure.us" + path:         false, // Microsoft's hosts stay under all checks
		strings.Split(powerURL, "&sp=")[0]:                 false,
		strings.Replace(powerURL, ":443", ":8443", 1):      false,
		"https://127.0.0.1:8443/":                          true,
		"https://[::1]:8443/":                              true,
		logicURL:                                           true,
		"https://x.hooks.example.com/in":                   false,
		"https://logic.azure.us" + path:                    false,
		"https://127.0.0.2/":                               false,
		"https://[::ffff:127.0.0.1]/":                      false,
		"http://hooks.example.com/in":                      false,
		"https://user@hooks.example.com/in":                false,
	} {
		_, err := webhook.ParseURL(raw, allowed)
		assert.Equal(t, ok, err == nil, "%s: %v", raw, err)
	}
	_, err := webhook.ParseURL("https://a.webhook.office.com/x", webhook.WithAllowedHosts(".webhook.office.com"))
	assert.ErrorContains(t, err, "retired")
	for _, bad := range []string{"", ".", "*.example.com", "https://example.com", "example.com:443", "example.com/x", "exämple.com", "a..b", "fe80::1%eth0"} {
		_, err := webhook.NewClient(webhook.WithAllowedHosts(bad))
		assert.ErrorIs(t, err, webhook.ErrInvalidParams, bad)
		_, err = webhook.ParseURL(logicURL, webhook.WithAllowedHosts(bad))
		assert.ErrorIs(t, err, webhook.ErrInvalidParams, bad)
	}
}

// printed is every way in which a value is likely to be shown.
func printed(t *testing.T, v any) string {
	t.Helper()
	type inside struct {
		Exported   any
		unexported any
		list       []any
		byName     map[string]any
	}
	in := inside{Exported: v, unexported: v, list: []any{v}, byName: map[string]any{"k": v}}
	var all bytes.Buffer
	for _, x := range []any{v, &v, in, &in} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "%w", "%!"} {
			fmt.Fprintf(&all, verb+"\n", x)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&all, nil), slog.NewJSONHandler(&all, nil)} {
		slog.New(h).Info("m", "u", v, "in", in, "list", []any{v})
	}
	data, err := json.Marshal(map[string]any{"u": v, "in": inside{Exported: v}})
	require.NoError(t, err)
	all.Write(data)
	return all.String()
}

func TestURLIsNeverPrinted(t *testing.T) {
	t.Parallel()
	u, err := webhook.ParseURL(logicURL)
	require.NoError(t, err)
	const want = "https://prod-12.westeurope.logic.azure.com/[redacted]"
	assert.Equal(t, want, u.String())
	assert.Equal(t, "prod-12.westeurope.logic.azure.com", u.Host())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.Equal(t, want, fmt.Sprintf(verb, u))
		assert.Equal(t, want, fmt.Sprintf(verb, &u))
	}
	data, err := json.Marshal(u)
	require.NoError(t, err)
	assert.JSONEq(t, `"`+want+`"`, string(data))

	type hidden struct{ u webhook.URL } // fmt asks no method of an unexported field
	client, err := webhook.NewClient()
	require.NoError(t, err)
	for _, v := range []any{u, &u, hidden{u}, &hidden{u}, []webhook.URL{u}, webhook.URL{}, client, *client} {
		all := printed(t, v)
		for _, hexed := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%X", "canary"), "workflows/5f9a"} {
			assert.NotContains(t, all, hexed, "%T", v)
		}
	}
	assert.Empty(t, webhook.URL{}.String())
}

// A URL that ParseURL accepts is one that a client with the same options sends to, and no other.
func TestClientSendsOnlyWhereParseURLLeads(t *testing.T) {
	t.Parallel()
	unsigned := strings.Split(logicURL, "&sp=")[0]
	to, err := webhook.ParseURL(unsigned, webhook.WithTokenFunc(func(context.Context, webhook.URL) (webhook.Secret, error) { return "", nil }))
	require.NoError(t, err)
	_, err = newClient(t).Send(t.Context(), to, webhook.Text("hi"))
	require.ErrorIs(t, err, webhook.ErrInvalidParams)
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		logicURL, powerURL, "https://evil.example/?x=logic.azure.com", "https://logic.azure.com@evil.example/", "https://hooks.example:8443/a?sig=abcdefgh",
		"https://[::1]/", `https://a\.logic.azure.com/?sig=x&api-version=1`, "https://a.logic.azure.com?sig=%2b&api-version=1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := webhook.ParseURL(raw, webhook.WithAllowedHosts("hooks.example"))
		if err != nil {
			if u.Reveal() != "" {
				t.Error("a refused URL is returned")
			}
			return
		}
		again, err := url.Parse(u.Reveal())
		if err != nil {
			t.Fatalf("an accepted URL can't be parsed: %v", err)
		}
		host := strings.ToLower(again.Hostname())
		if host != u.Host() || again.Scheme != "https" || again.User != nil {
			t.Errorf("%q reads as %q", u.Host(), host)
		}
		if !slices.ContainsFunc([]string{".logic.azure.com", ".environment.api.powerplatform.com"}, func(s string) bool {
			return strings.HasSuffix(host, s)
		}) && host != "hooks.example" {
			t.Errorf("%q is accepted", host)
		}
		shown := fmt.Sprintf("%v %#v", u, struct{ u webhook.URL }{u})
		if sig := again.Query().Get("sig"); len(sig) > 3 && !strings.Contains(u.String(), sig) && strings.Contains(shown, sig) {
			t.Errorf("%q shows the signature", shown)
		}
		if want := "https://" + strings.TrimSuffix(strings.ToLower(again.Host), ":443") + "/[redacted]"; u.String() != want {
			t.Errorf("prints as %q", u.String())
		}
	})
}
