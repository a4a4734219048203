package msteams_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

const canary = "canary-4711-token"

// answered makes a client whose server says what the fuzzer wants on one route
// and gives out the canary as token elsewhere.
func answered(f *testing.F, route string) (tenant *msteams.Tenant, say func(code int, body []byte)) {
	var code int
	var body []byte
	served := newHandler()
	served.mux.HandleFunc("POST /login/", tokenAnswer(canary, 3599))
	served.mux.HandleFunc("/graph/v1.0/teams", ok(page("", team(0), team(1))))
	served.mux.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write(body)
	})
	// One attempt: a fuzzer has no time for waits.
	c := served.inMemory(f, msteams.WithRetryPolicy(msteams.RetryPolicy{MaxAttempts: 1}))
	return c.Tenant(customer), func(c int, b []byte) { code, body = 200+c%400, b }
}

func sane(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	printed := fmt.Sprintf("%v %+v %#v", err, err, err)
	require.NotContains(t, printed, secret)
	if !strings.Contains(err.Error(), "get Graph token") { // where the canary was no token yet
		require.NotContains(t, printed, canary)
	}
	var e *msteams.Error
	require.ErrorAs(t, err, &e)
}

func seeds(f *testing.F, bodies ...string) {
	for _, body := range append(bodies, "", "null", "[]", "{}", "<html>", `{"error":"`+canary+` `+secret+`"}`, `{"error":{"code":7,"message":[1]}}`, "\xff") {
		f.Add(200, []byte(body))
		f.Add(3, []byte(body))
		f.Add(0, []byte(body))
	}
}

func FuzzGraphPage(f *testing.F) {
	seeds(f, `{"value":[{"id":"x"}],"@odata.nextLink":"https://evil.example/"}`, graphBody("Forbidden", "API requires one of 'A, B'. Roles on the request ''."))
	tenant, say := answered(f, "/graph/v1.0/teams/"+teamID+"/channels")
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		say(code&0xffff, body)
		_, err := collect(tenant.Channels(t.Context(), teamID))
		sane(t, err)
	})
}

func FuzzBatch(f *testing.F) {
	seeds(f, `{"responses":[{"id":"1","status":200,"body":{"value":[]}},{"id":"2","status":429,"headers":{"Retry-After":"9"}}]}`)
	tenant, say := answered(f, "/graph/v1.0/$batch")
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		say(code&0xffff, body)
		directory, err := collect(tenant.Directory(t.Context()))
		sane(t, err)
		if err == nil {
			require.Len(t, directory, 2)
		}
		for _, one := range directory {
			sane(t, one.Err)
		}
	})
}

func FuzzConnector(f *testing.F) {
	seeds(f, `{"members":[{"id":"29:1"}],"continuationToken":"x"}`, `{"errorCode":209,"message":"m"}`, `{"message":"Authorization has been denied for this request."}`)
	tenant, say := answered(f, "/connector/")
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		say(code&0xffff, body)
		_, err := collect(tenant.Roster(t.Context(), channelID))
		sane(t, err)
		sent, err := tenant.SendToUser(t.Context(), userID, msteams.Message{Text: "hi"})
		sane(t, err)
		require.True(t, err != nil || sent.ConversationID != "")
	})
}

func FuzzTokenAnswer(f *testing.F) {
	seeds(f, `{"access_token":"t","expires_in":3599}`, `{"access_token":"a.e30.c","expires_in":"1e400"}`, `{"error":"invalid_client","error_codes":[7000215],"error_description":"AADSTS7000215: No."}`)
	tenant, say := answered(f, "POST /login/"+customer+"/")
	f.Fuzz(func(t *testing.T, code int, body []byte) {
		say(code&0xffff, body)
		consent, err := tenant.Consent(t.Context()) // which asks for a fresh token
		sane(t, err)
		if err == nil {
			sane(t, consent.Refusal)
		}
	})
}

func FuzzTokenPayload(f *testing.F) {
	for _, payload := range []string{`{}`, `{"roles":["A"]}`, `{"roles":"A"}`, `null`, `[`, ``} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		served := newHandler()
		served.mux.HandleFunc("POST /login/", tokenAnswer("h."+base64.RawURLEncoding.EncodeToString(payload)+".s", 3599))
		consent, err := served.inMemory(t).Tenant(customer).Consent(t.Context())
		require.NoError(t, err)
		require.True(t, consent.Known || consent.Granted == nil && consent.MissingRequired == nil)
	})
}

func FuzzParseConsentCallback(f *testing.F) {
	for _, query := range []string{"", "admin_consent=True&tenant=" + customer, "error=x&error_description=AADSTS65004", "error_description=AADSTS999999999999"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		got, err := msteams.ParseConsentCallback(values)
		require.NotNil(t, got)
		require.Equal(t, err == nil, got.TenantID != "")
		if values.Get("error") != "" {
			require.Error(t, err)
		}
		sane(t, err)
	})
}

func FuzzIDs(f *testing.F) {
	for _, id := range []string{"", "..", teamID, channelID, "29:x", "$a@b", "a/b@c", "a?b@c", "x#@y"} {
		f.Add(id)
	}
	var paths []string
	served := newHandler()
	served.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.EscapedPath())
		ok(object{})(w, r)
	})
	served.mux.HandleFunc("POST /login/", tokenAnswer("t", 3599))
	c := served.inMemory(f)
	f.Fuzz(func(t *testing.T, id string) {
		paths = nil
		tenant := c.Tenant(customer)
		_, _ = tenant.User(t.Context(), id)
		_, _ = tenant.Member(t.Context(), channelID, id)
		_, _ = tenant.PrimaryChannel(t.Context(), id)
		_, _ = tenant.TeamDetails(t.Context(), id)
		_ = tenant.UninstallFromTeam(t.Context(), teamID, id)
		for _, path := range paths {
			// An id is one segment of the path, whatever is in it.
			parts := strings.Split(path, "/")
			require.NotContains(t, parts, "..")
			require.NotContains(t, parts[1:], "")
			switch {
			case strings.Contains(path, "/members/"):
				require.Len(t, parts, 8, path)
			case strings.Contains(path, "/installedApps/"):
				require.Len(t, parts, 7, path)
			case strings.Contains(path, "primaryChannel"):
				require.Len(t, parts, 6, path)
			}
		}
	})
}
