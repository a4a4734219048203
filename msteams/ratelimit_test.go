package msteams_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// clocked notes when requests come, by what is counted together.
type clocked struct {
	mu sync.Mutex
	at map[string][]time.Time
}

func (c *clocked) note(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == nil {
		c.at = map[string][]time.Time{}
	}
	c.at[key] = append(c.at[key], time.Now())
}

// keeps asserts a limit for every stretch of time.
func (c *clocked) keeps(t *testing.T, key string, n int, per time.Duration) {
	t.Helper()
	at := c.at[key]
	require.Greater(t, len(at), n, "the limit was never reached: %s", key)
	for i := n; i < len(at); i++ {
		require.GreaterOrEqual(t, at[i].Sub(at[i-n]), per, "%s: more than %d in %s", key, n, per)
	}
}

// paced makes a client with the documented limits, whose every request is noted
// under what name returns.
func paced(t *testing.T, limits msteams.RateLimits, name func(*http.Request) string) (*msteams.Client, *clocked) {
	f, c := newHandler(), new(clocked)
	f.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.note(name(r))
		ok(object{"id": "a:1", "value": []any{}, "members": []any{}, "conversations": []any{}})(w, r)
	})
	f.mux.HandleFunc("POST /login/", tokenAnswer("t", 86400))
	return f.inMemory(t, msteams.WithRateLimits(limits)), c
}

func TestMessagesKeepEveryLimitOfAConversation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, clock := paced(t, msteams.DefaultRateLimits(), func(r *http.Request) string { return r.URL.Path })
		tenant := c.Tenant(customer)
		for n := range 130 {
			_, err := tenant.SendToChannel(t.Context(), teamID, channelID, msteams.Message{Text: fmt.Sprint(n)})
			require.NoError(t, err)
		}
		path := "/connector/teams/v3/conversations/" + channelID + "/activities"
		clock.keeps(t, path, 7, time.Second)
		clock.keeps(t, path, 8, 2*time.Second)
		clock.keeps(t, path, 60, 30*time.Second)
		assert.Less(t, clock.at[path][129].Sub(clock.at[path][0]), 80*time.Second, "and does not wait longer than they ask")
	})
}

func TestLimitsAreCountedPerTenantAndOverAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limits := msteams.RateLimits{
			Graph: []msteams.RateLimit{{Requests: 30, Per: time.Second}}, AllGraph: []msteams.RateLimit{{Requests: 100, Per: time.Second}},
		}
		c, clock := paced(t, limits, func(r *http.Request) string { return "graph" })
		start := time.Now()
		var all sync.WaitGroup
		for n := range 5 * 80 {
			all.Go(func() {
				_, err := c.Tenant(teamNo(n%5)).User(t.Context(), userID)
				assert.NoError(t, err)
			})
		}
		all.Wait()
		clock.keeps(t, "graph", 100, time.Second)
		assert.Less(t, time.Since(start), 6*time.Second, "and does not wait much longer than they ask")
	})
}

func TestLimitsPerTeam(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, clock := paced(t, msteams.DefaultRateLimits(), func(r *http.Request) string { return strings.ToLower(r.URL.Path) })
		tenant := c.Tenant(customer)
		team := func(n int) string { return "abcdef" + teamNo(n)[6:] }
		var all sync.WaitGroup
		for n := range 30 {
			id := team(n % 3)
			all.Go(func() { assert.NoError(t, drop(tenant.Channels(t.Context(), id))) })
			all.Go(func() { assert.NoError(t, second(tenant.PrimaryChannel(t.Context(), strings.ToUpper(id)))) })
		}
		all.Wait()
		for n := range 3 {
			base := "/graph/v1.0/teams/" + team(n)
			clock.keeps(t, base+"/channels", 1, time.Second)
			clock.at[base] = slices.SortedFunc(slices.Values(append(clock.at[base+"/channels"], clock.at[base+"/primarychannel"]...)), time.Time.Compare)
			clock.keeps(t, base, 4, time.Second)
		}
	})
}

// Repeated attempts count like first ones, and what a limit holds back is not
// the attempt's time.
func TestRetriesCountAndWaitingIsNotTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, clock := newHandler(), new(clocked)
		f.mux.HandleFunc("GET /graph/v1.0/users/{id}", func(w http.ResponseWriter, r *http.Request) {
			clock.note("user")
			status(503, "")(w, r)
		})
		c := f.inMemory(t, msteams.WithAttemptTimeout(time.Second),
			msteams.WithRateLimits(msteams.RateLimits{Graph: []msteams.RateLimit{{Requests: 1, Per: time.Minute}}}))
		_, err := c.Tenant(customer).User(t.Context(), userID)
		require.ErrorIs(t, err, msteams.ErrServer)
		require.Len(t, clock.at["user"], 4)
		clock.keeps(t, "user", 1, time.Minute)
	})
}

func TestAContextThatEndsWhileHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, clock := paced(t, msteams.RateLimits{Graph: []msteams.RateLimit{{Requests: 1, Per: time.Minute}}}, func(*http.Request) string { return "user" })
		tenant := c.Tenant(customer)
		start := time.Now()
		require.NoError(t, second(tenant.User(t.Context(), userID)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := tenant.User(ctx, userID)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				assert.ErrorContains(t, err, "own rate limit")
				assert.Zero(t, asError(t, err).Attempts)
			})
		}
		all.Wait()
		require.NoError(t, second(tenant.User(t.Context(), userID)))
		assert.Equal(t, 63*time.Second, time.Since(start), "who gave up is not counted")
		assert.Len(t, clock.at["user"], 2)
	})
}

// A batch is no larger than what may be sent at once.
func TestSmallLimitsMakeSmallBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, clock := newHandler(), new(clocked)
		tenantOf(f, 50, 1, func(string) object { clock.note("channels"); return nil })
		c := f.inMemory(t, msteams.WithRateLimits(msteams.RateLimits{Channels: []msteams.RateLimit{{Requests: 7, Per: time.Second}}}))
		directory, err := collect(c.Tenant(customer).Directory(t.Context()))
		require.NoError(t, err)
		assert.Len(t, directory, 50)
		clock.keeps(t, "channels", 7, time.Second)
	})
}

func TestLimitsOfManyTenantsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := paced(t, msteams.RateLimits{Team: []msteams.RateLimit{{Requests: 4, Per: time.Second}}}, func(*http.Request) string { return "" })
		tenant := c.Tenant(customer)
		before := heap()
		for n := range 30_000 {
			require.NoError(t, second(tenant.PrimaryChannel(t.Context(), teamNo(n))))
			if n%500 == 0 {
				time.Sleep(2 * time.Second)
			}
		}
		grown := heap() - before
		t.Logf("limits after 30,000 teams, noted requests included: %.1f MB", float64(grown)/(1<<20))
		assert.Less(t, grown, int64(40<<20))
	})
}
