package msteams_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	c := f.client(t)
	graph, err := c.Tenant(customer).GraphToken(t.Context())
	require.NoError(t, err)
	assert.Equal(t, jwt(customer, "Team.ReadBasic.All"), graph.AccessToken.Reveal())
	assert.WithinDuration(t, time.Now().Add(3599*time.Second), graph.ExpiresAt, time.Minute)
	_, err = c.BotToken(t.Context())
	require.NoError(t, err)

	require.Len(t, f.seen, 2)
	assert.Equal(t, "/login/"+customer+"/oauth2/v2.0/token", f.seen[0].uri)
	assert.Equal(t, "/login/"+home+"/oauth2/v2.0/token", f.seen[1].uri)
	assert.Equal(t, "application/x-www-form-urlencoded", f.seen[0].header.Get("Content-Type"))
	for i, scope := range []string{"https://graph.microsoft.com/.default", "https://api.botframework.com/.default"} {
		form, err := url.ParseQuery(f.seen[i].body)
		require.NoError(t, err)
		assert.Equal(t, url.Values{
			"client_id": {clientID}, "client_secret": {secret}, "grant_type": {"client_credentials"}, "scope": {scope},
		}, form)
	}
}

func TestBotTenant(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, err := f.client(t, msteams.WithBotTenant(msteams.BotFrameworkTenant)).BotToken(t.Context())
	require.NoError(t, err)
	assert.Len(t, f.requests("/login/botframework.com/"), 1)

	c, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: secret}, f.options()...)
	require.NoError(t, err)
	_, err = c.BotToken(t.Context())
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
	require.ErrorContains(t, err, `WithBotTenant("botframework.com")`)
	_, err = collect(c.Tenant(customer).Roster(t.Context(), channelID))
	require.ErrorIs(t, err, msteams.ErrInvalidParams)
	assert.Len(t, f.seen, 1, "nothing else was sent")
}

func TestTwoHundredColdCallersCauseOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		f.latency = time.Second
		tenant := f.inMemory(t).Tenant(customer)
		var callers sync.WaitGroup
		for range 200 {
			callers.Go(func() {
				_, err := tenant.GraphToken(t.Context())
				assert.NoError(t, err)
			})
		}
		callers.Wait()
		assert.Len(t, f.requests("/token"), 1)
	})
}

func TestOneCancelledCallerDoesNotFailTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		f.latency = time.Minute / 4
		tenant := f.inMemory(t).Tenant(customer)
		first, cancel := context.WithCancelCause(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			_, err := tenant.GraphToken(first)
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorContains(t, err, "somebody left")
		})
		synctest.Wait() // it is the one that fetches
		callers.Go(func() {
			_, err := tenant.GraphToken(t.Context())
			assert.NoError(t, err)
		})
		synctest.Wait()
		cancel(errors.New("somebody left"))
		callers.Wait()
		assert.Len(t, f.requests("/token"), 1)
	})
}

func TestTokenLifetimes(t *testing.T) {
	t.Parallel()
	const second = time.Second
	tests := []struct {
		expiresIn any
		cached    time.Duration // still the same token then
		renewed   time.Duration // and a new one then; 0: not looked at
		unknown   bool          // ExpiresAt is zero
	}{
		{expiresIn: 3599, cached: 3298 * second, renewed: 3300 * second},
		{expiresIn: "3599", cached: 3298 * second, renewed: 3300 * second},
		{expiresIn: 3599.7, cached: 3298 * second, renewed: 3300 * second},
		{expiresIn: 86400, cached: 23 * time.Hour, renewed: 86101 * second},
		{expiresIn: 60, cached: 29 * second, renewed: 31 * second},
		{cached: 59 * second, renewed: 61 * second, unknown: true},
		{expiresIn: "soon", cached: 59 * second, renewed: 61 * second, unknown: true},
		{expiresIn: object{}, cached: 59 * second, renewed: 61 * second, unknown: true},
		{expiresIn: "NaN", cached: 59 * second, renewed: 61 * second, unknown: true},
		{expiresIn: 0, cached: -1},
		{expiresIn: -5, cached: -1},
		{expiresIn: 1e18, cached: 6 * 24 * time.Hour, renewed: 7 * 24 * time.Hour},
		{expiresIn: "1e999", cached: 6 * 24 * time.Hour, renewed: 7 * 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.expiresIn), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newHandler()
				f.on("POST /login/", tokenAnswer("first", tt.expiresIn), tokenAnswer("second", tt.expiresIn))
				tenant := f.inMemory(t).Tenant(customer)
				get := func() string {
					token, err := tenant.GraphToken(t.Context())
					require.NoError(t, err)
					assert.Equal(t, tt.unknown, token.ExpiresAt.IsZero())
					return token.AccessToken.Reveal()
				}
				start := time.Now()
				assert.Equal(t, "first", get())
				if tt.cached < 0 {
					assert.Equal(t, "second", get(), "it is not kept")
					return
				}
				time.Sleep(tt.cached)
				assert.Equal(t, "first", get())
				time.Sleep(tt.renewed - time.Since(start))
				assert.Equal(t, "second", get())
			})
		})
	}
}

func TestAnswersWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no token": `{"expires_in":3599}`, "empty": ``, "HTML": `<html>welcome</html>`, "null": `null`, "array": `[]`,
		"another type": `{"access_token":7}`, "a line break in it": "{\"access_token\":\"leaky-value\\nX: y\"}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /login/", status(200, body))
			_, err := f.tenant(t).GraphToken(t.Context())
			e := asError(t, err)
			assert.Equal(t, 200, e.StatusCode)
			assert.Equal(t, customer, e.Tenant)
			assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "leaky-value")
		})
	}
}

func TestATokenThatIsRefusedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	refuse := status(401, `{"error":{"code":"InvalidAuthenticationToken","message":"expired"}}`)
	for _, tt := range []struct {
		name   string
		script []answer
		fails  bool
	}{
		{name: "the second is accepted", script: []answer{refuse, ok(page(""))}},
		{name: "the second is refused too", script: []answer{refuse}, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("POST /login/", tokenAnswer("first", 3599), tokenAnswer("second", 3599))
			f.on("GET /graph/v1.0/teams", tt.script...)
			_, err := collect(f.tenant(t).Teams(t.Context(), msteams.ListTeamsParams{}))
			assert.Equal(t, tt.fails, errors.Is(err, msteams.ErrUnauthorized))
			sent := f.requests("/teams")
			require.Len(t, sent, 2)
			assert.Equal(t, "first", sent[0].token)
			assert.Equal(t, "second", sent[1].token)
		})
	}
}

func TestConnectorRefusesTheBotToken(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /connector/teams/v3/teams/{id}", status(401, `{"message":"Authorization has been denied for this request."}`))
	_, err := f.tenant(t).TeamDetails(t.Context(), channelID)
	require.ErrorIs(t, err, msteams.ErrUnauthorized)
	assert.Contains(t, asError(t, err).Remedy, "issued by tenant "+home)
	assert.Len(t, f.requests("/v3/teams"), 2)
	assert.Len(t, f.requests("/token"), 2)
}

func TestTokenFunc(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams", ok(page("")))
	calls := 0
	c, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, TenantID: home}, f.options(
		msteams.WithTokenFunc(func(_ context.Context, tenant, scope string) (msteams.Token, error) {
			calls++
			if scope != "https://graph.microsoft.com/.default" {
				return msteams.Token{}, errors.New("no key for it")
			}
			return msteams.Token{AccessToken: msteams.Secret("mine-" + tenant), ExpiresAt: time.Now().Add(time.Hour)}, nil
		}))...)
	require.NoError(t, err)
	for range 2 {
		_, err = collect(c.Tenant(customer).Teams(t.Context(), msteams.ListTeamsParams{}))
		require.NoError(t, err)
	}
	assert.Equal(t, 1, calls)
	assert.Equal(t, "mine-"+customer, f.requests("/teams")[1].token)
	_, err = c.BotToken(t.Context())
	require.ErrorContains(t, err, "no key for it")
	assert.Equal(t, home, asError(t, err).Tenant)
}

func TestTransientSignInFailuresAreRepeated(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("POST /login/",
		status(400, `{"error":"invalid_request","error_codes":[90033],"error_description":"AADSTS90033: busy"}`),
		status(503, ``), tokenAnswer("at-last", 3599))
	token, err := f.tenant(t).GraphToken(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "at-last", token.AccessToken.Reveal())
}

func TestTenThousandTokensFitInFortyMegabytes(t *testing.T) {
	f := newHandler()
	c := f.client(t, msteams.WithTokenFunc(func(_ context.Context, tenant, _ string) (msteams.Token, error) {
		text := strings.Repeat("x", 2048-len(tenant)) + tenant
		return msteams.Token{AccessToken: msteams.Secret(text), ExpiresAt: time.Now().Add(time.Hour)}, nil
	}))
	before := heap()
	for n := range 10_000 {
		_, err := c.Tenant(teamNo(n)).GraphToken(t.Context())
		require.NoError(t, err)
	}
	grown := heap() - before
	t.Logf("10,000 tokens of 2 KB: %.1f MB", float64(grown)/(1<<20))
	assert.Less(t, grown, int64(40<<20))
	runtime.KeepAlive(c)
}

func TestTheCacheIsBounded(t *testing.T) {
	f := newHandler()
	fetched := 0
	c := f.client(t, msteams.WithTokenFunc(func(context.Context, string, string) (msteams.Token, error) {
		fetched++
		return msteams.Token{AccessToken: msteams.Secret(strings.Repeat("x", 2048)), ExpiresAt: time.Now().Add(time.Hour)}, nil
	}))
	before := heap()
	for n := range 60_000 {
		_, err := c.Tenant(teamNo(n)).GraphToken(t.Context())
		require.NoError(t, err)
	}
	assert.Equal(t, 60_000, fetched)
	assert.Less(t, heap()-before, int64(80<<20))
	runtime.KeepAlive(c)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestTwoHundredGoroutinesOverFiftyTenants(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.on("GET /graph/v1.0/teams/{id}/channels", func(w http.ResponseWriter, r *http.Request) {
		ok(page("", object{"id": channelID, "displayName": r.Header.Get("Authorization")}))(w, r)
	})
	c := f.client(t)
	var all sync.WaitGroup
	for n := range 200 {
		tenant := teamNo(n % 50)
		all.Go(func() {
			channels, err := collect(c.Tenant(tenant).Channels(t.Context(), teamID))
			if assert.NoError(t, err) && assert.Len(t, channels, 1) {
				assert.Equal(t, "Bearer "+jwt(tenant, "Team.ReadBasic.All"), channels[0].DisplayName, "the tenant's own token")
			}
		})
	}
	all.Wait()
	assert.Len(t, f.requests("/token"), 50)
}
