package msteams_test

import (
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

func TestConsent(t *testing.T) {
	t.Parallel()
	all := []string{
		msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallInTeam, msteams.PermissionInstallForUser,
	}
	tests := []struct {
		name            string
		token           string
		known           bool
		granted         int
		missing         []string
		missingOptional []string
		channels, chats bool
	}{
		{name: "everything", token: jwt(customer, all...), known: true, granted: 5, channels: true, chats: true},
		{name: "without direct messages", token: jwt(customer, all[:4]...), known: true, granted: 4, missing: all[4:], channels: true},
		{name: "without the optional", token: jwt(customer, all[0], all[1], all[2], all[4]), known: true, granted: 4, missingOptional: all[3:4], channels: true, chats: true},
		{name: "only direct messages", token: jwt(customer, all[2], all[4]), known: true, granted: 2, missing: []string{all[1], all[0]}, missingOptional: all[3:4], chats: true},
		{name: "another permission", token: jwt(customer, append([]string{"User.Read.All"}, all...)...), known: true, granted: 6, channels: true, chats: true},
		{name: "nothing", token: jwt(customer), known: true, missing: []string{all[2], all[1], all[0], all[4]}, missingOptional: all[3:4]},
		{name: "opaque", token: "opaque"},
		{name: "encrypted", token: "a.b.c.d.e"},
		{name: "no base64", token: "a.*.c"},
		{name: "no JSON", token: "a.aGk.c"},
		{name: "null", token: "a.bnVsbA.c"},
		{name: "roles of another shape", token: "a.eyJyb2xlcyI6N30.c"},
		{name: "padded", token: "a.e30=.c", known: true, missing: []string{all[2], all[1], all[0], all[4]}, missingOptional: all[3:4]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /login/", tokenAnswer("stale", 3599), tokenAnswer(tt.token, 3599))
			tenant := f.tenant(t)
			_, err := tenant.GraphToken(t.Context())
			require.NoError(t, err)
			got, err := tenant.Consent(t.Context())
			require.NoError(t, err)
			assert.Len(t, f.requests("/token"), 2, "a fresh token, not the cached one")
			assert.Equal(t, tt.known, got.Known)
			assert.Len(t, got.Granted, tt.granted)
			assert.Equal(t, tt.missing, got.MissingRequired)
			assert.Equal(t, tt.missingOptional, got.MissingOptional)
			assert.Equal(t, tt.channels, got.Channels.OK())
			assert.Equal(t, tt.chats, got.DirectMessages.OK())
			assert.Equal(t, []string{"User.Read"}, got.Unseen)
			require.NoError(t, got.Refusal)
			now, err := tenant.GraphToken(t.Context())
			require.NoError(t, err)
			assert.Equal(t, tt.token, now.AccessToken.Reveal(), "the fresh token replaces the old one")
		})
	}
}

// A token that is already on its way was asked for before.
func TestConsentDoesNotJoinAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		f.latency = time.Second
		tenant := f.inMemory(t).Tenant(customer)
		var early sync.WaitGroup
		early.Go(func() { assert.NoError(t, second(tenant.GraphToken(t.Context()))) })
		synctest.Wait()
		time.Sleep(time.Second / 2)
		require.NoError(t, second(tenant.Consent(t.Context())))
		early.Wait()
		assert.Len(t, f.requests("/token"), 2)
	})
}

func TestConsentOfATenantThatIssuesNoToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("POST /login/"+customer+"/", status(400, `{"error":"invalid_client","error_codes":[7000229],"error_description":"AADSTS7000229: no principal"}`))
	f.on("POST /login/"+home+"/", status(401, `{"error":"invalid_client","error_codes":[7000215]}`))
	c := f.client(t, msteams.WithConsentRedirectURL("https://api.novu.co/v1/cb?x"))
	got, err := c.Tenant(customer).Consent(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, got.Refusal, msteams.ErrNotConsented)
	assert.Len(t, got.MissingRequired, 4)
	assert.Equal(t, f.url+"/login/"+customer+"/v2.0/adminconsent?client_id="+clientID+
		"&redirect_uri=https%3A%2F%2Fapi.novu.co%2Fv1%2Fcb%3Fx&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default", got.URL)
	_, err = c.Tenant(home).Consent(t.Context())
	require.ErrorIs(t, err, msteams.ErrInvalidSecret)
}

func TestParseConsentCallback(t *testing.T) {
	t.Parallel()
	good := "admin_consent=True&tenant=" + customer + "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&state=s"
	got, err := msteams.ParseConsentCallback(parse(t, good))
	require.NoError(t, err)
	assert.Equal(t, &msteams.ConsentCallback{TenantID: customer, Scope: "https://graph.microsoft.com/.default", State: "s"}, got)

	for query, kind := range map[string]error{
		good + "&error=consent_required&error_description=AADSTS65004%3A+User+declined.": msteams.ErrConsentDeclined,
		good + "&error=consent_required&error_description=AADSTS90094%3A+Admin+needed.":  msteams.ErrNotConsented,
		good + "&error=access_denied":                                 msteams.ErrConsentDeclined,
		good + "&error=server_error":                                  msteams.ErrServer,
		good + "&error=invalid_client&error_description=AADSTS650052": msteams.ErrNotConsented,
		good + "&error=brand_new":                                     msteams.ErrNotConsented,
		good + "&error=&error_description=AADSTS650056":               msteams.ErrNotConsented,
		"admin_consent=False&tenant=" + customer:                      msteams.ErrBadAnswer,
		"admin_consent=True":                                          msteams.ErrBadAnswer,
		"admin_consent=True&tenant=organizations":                     msteams.ErrBadAnswer,
		"admin_consent=True&tenant=..":                                msteams.ErrBadAnswer,
		"tenant=" + customer:                                          msteams.ErrBadAnswer,
		"":                                                            msteams.ErrBadAnswer,
	} {
		got, err := msteams.ParseConsentCallback(parse(t, query))
		require.ErrorIs(t, err, kind, query)
		assert.Empty(t, got.TenantID)
	}
	got, err = msteams.ParseConsentCallback(parse(t, good+"&error=access_denied"))
	require.Error(t, err)
	assert.Equal(t, "s", got.State, "which tells whose refusal it is")
}

func parse(t *testing.T, query string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	return values
}
