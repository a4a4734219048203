package msteams_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

// item answers one request of a batch.
type item func(path string) object

// tenantOf makes f a tenant of so many teams, each with channels, which Graph
// lists 100 a page.
func tenantOf(f *fake, teams, channels int, items item) {
	f.on("GET /graph/v1.0/teams", func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		list := page("")
		for n := from; n < min(from+100, teams); n++ {
			list["value"] = append(list["value"].([]any), team(n))
		}
		if from+100 < teams {
			list["@odata.nextLink"] = fmt.Sprint(f.url, "/graph/v1.0/teams?from=", from+100)
		}
		ok(list)(w, r)
	})
	of := channelList(channels)
	f.on("GET /graph/v1.0/teams/{id}/channels", func(w http.ResponseWriter, r *http.Request) { ok(of)(w, r) })
	f.on("POST /graph/v1.0/$batch", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Requests []struct{ ID, Method, URL string }
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		if len(body.Requests) > 20 {
			status(400, graphBody("BadRequest", "too many"))(w, r)
			return
		}
		var responses []object
		for _, one := range slices.Backward(body.Requests) { // in any order
			answer := object{"status": 200, "body": of}
			if items != nil {
				if special := items(one.URL); special != nil {
					answer = special
				}
			}
			answer["id"] = one.ID
			responses = append(responses, answer)
		}
		ok(object{"responses": responses})(w, r)
	})
}

func channelList(n int) object {
	list := page("")
	for i := range n {
		list["value"] = append(list["value"].([]any), object{"id": fmt.Sprintf("19:%d@thread.tacv2", i), "displayName": "c"})
	}
	return list
}

func isTeam(path string, n int) bool {
	return strings.HasPrefix(path, "/teams/"+teamNo(n)+"/channels?")
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	tenantOf(f, 45, 2, nil)
	directory, err := collect(f.tenant(t).Directory(t.Context()))
	require.NoError(t, err)
	require.Len(t, directory, 45)
	for n, one := range directory {
		assert.Equal(t, teamNo(n), one.ID, "in the order of the teams")
		require.NoError(t, one.Err)
		assert.Equal(t, []msteams.Channel{
			{ID: "19:0@thread.tacv2", TeamID: teamNo(n), DisplayName: "c"}, {ID: "19:1@thread.tacv2", TeamID: teamNo(n), DisplayName: "c"},
		}, one.Channels)
	}
	sent := f.requests("$batch")
	require.Len(t, sent, 3)
	var body struct {
		Requests []struct {
			ID, Method, URL string
			Headers         map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(sent[0].body), &body))
	assert.Equal(t, "GET", body.Requests[0].Method)
	assert.Contains(t, body.Requests[0].URL, "/channels?%24select=id%2CdisplayName%2Cdescription%2CmembershipType")
	assert.Equal(t, map[string]string{"Prefer": "include-unknown-enum-members"}, body.Requests[0].Headers)
}

func TestDirectoryReportsATeamAndGoesOn(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	more := f.url + "/graph/v1.0/teams/" + teamNo(5) + "/channels?more"
	tenantOf(f, 10, 1, func(path string) object {
		switch {
		case isTeam(path, 1):
			return object{"status": 404, "body": json.RawMessage(graphBody("NotFound", "gone"))}
		case isTeam(path, 2):
			return object{"status": 403, "body": json.RawMessage(graphBody("", "Missing role permissions on the request. API requires one of 'Channel.ReadBasic.All'. Roles on the request ''."))}
		case isTeam(path, 3):
			return object{"status": 200, "body": "PGh0bWw+"}
		case isTeam(path, 4):
			return object{"status": 503}
		case isTeam(path, 5):
			return object{"status": 200, "body": page(more, object{"id": "19:first@thread.tacv2"})}
		case isTeam(path, 6):
			return object{"status": 200, "body": page("https://evil.example/more", object{"id": "19:first@thread.tacv2"})}
		}
		return nil
	})
	directory, err := collect(f.tenant(t).Directory(t.Context()))
	require.NoError(t, err)
	require.Len(t, directory, 10)
	require.ErrorIs(t, directory[1].Err, msteams.ErrNotFound)
	e := asError(t, directory[1].Err)
	assert.Equal(t, "NotFound", e.Code)
	assert.Equal(t, "the-request", e.RequestID)
	require.ErrorIs(t, directory[2].Err, msteams.ErrNotConsented)
	var missing *msteams.MissingPermissionError
	require.ErrorAs(t, directory[2].Err, &missing)
	require.ErrorContains(t, directory[3].Err, "can't be read")
	require.ErrorIs(t, directory[4].Err, msteams.ErrServer)
	assert.Equal(t, 4, asError(t, directory[4].Err).Attempts)
	require.NoError(t, directory[5].Err)
	require.Len(t, directory[5].Channels, 2, "the pages after the batch are followed")
	assert.Equal(t, teamNo(5), directory[5].Channels[1].TeamID)
	require.ErrorIs(t, directory[6].Err, msteams.ErrBadAnswer)
	assert.Len(t, directory[6].Channels, 1)
	for _, n := range []int{0, 7, 8, 9} {
		require.NoError(t, directory[n].Err)
		assert.Len(t, directory[n].Channels, 1)
	}
}

func TestDirectoryRepeatsOnlyWhatWasThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		var mu sync.Mutex
		throttled := map[string]bool{}
		tenantOf(f, 100, 3, func(path string) object {
			mu.Lock()
			defer mu.Unlock()
			for n := 0; n < 100; n += 10 {
				if isTeam(path, n) && !throttled[path] {
					throttled[path] = true
					return object{"status": 429, "headers": object{"Retry-After": "3"}, "body": object{"error": object{"code": "TooManyRequests"}}}
				}
			}
			return nil
		})
		start := time.Now()
		directory, err := collect(f.inMemory(t).Tenant(customer).Directory(t.Context()))
		require.NoError(t, err)
		require.Len(t, directory, 100)
		for _, one := range directory {
			require.NoError(t, one.Err)
			assert.Len(t, one.Channels, 3)
		}
		assert.GreaterOrEqual(t, time.Since(start), 3*time.Second, "Retry-After is obeyed")
		asked := 0
		for _, r := range f.requests("$batch") {
			asked += strings.Count(r.body, `"GET"`)
		}
		assert.Equal(t, 110, asked)
	})
}

func TestDirectoryDoesNotWaitLongerThanThereIsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		tenantOf(f, 3, 1, func(path string) object {
			if isTeam(path, 1) {
				return object{"status": 429, "headers": object{"Retry-After": "30"}}
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		directory, err := collect(f.inMemory(t).Tenant(customer).Directory(ctx))
		require.NoError(t, err)
		require.Len(t, directory, 3)
		require.ErrorIs(t, directory[1].Err, msteams.ErrThrottled)
		assert.Equal(t, 30*time.Second, asError(t, directory[1].Err).RetryAfter)
		assert.Less(t, time.Since(start), time.Second)
	})
}

func TestDirectoryEndsWithAnErrorOfTheWhole(t *testing.T) {
	t.Parallel()
	t.Run("of the list of teams", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		tenantOf(f, 0, 0, nil)
		broken := newFake(t)
		tenantOf(broken, 1, 1, nil)
		broken.mux = http.NewServeMux()
		broken.on("GET /graph/v1.0/teams", ok(page(broken.url+"/graph/v1.0/teams?2", team(0))), status(403, ""))
		broken.on("POST /graph/v1.0/$batch", ok(object{"responses": []object{{"id": "1", "status": 200, "body": channelList(1)}}}))
		directory, err := collect(broken.tenant(t).Directory(t.Context()))
		require.ErrorIs(t, err, msteams.ErrForbidden)
		require.Len(t, directory, 1, "what was read before is not lost")
		assert.Len(t, directory[0].Channels, 1)
		directory, err = collect(f.tenant(t).Directory(t.Context()))
		require.NoError(t, err)
		assert.Empty(t, directory)
	})
	t.Run("of a batch", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		f.on("GET /graph/v1.0/teams", ok(page("", team(0))))
		f.on("POST /graph/v1.0/$batch", status(403, graphBody("Forbidden", "no")))
		_, err := collect(f.tenant(t).Directory(t.Context()))
		require.ErrorIs(t, err, msteams.ErrForbidden)
	})
	t.Run("of the context", func(t *testing.T) {
		t.Parallel()
		f := newFake(t)
		tenantOf(f, 1000, 1, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var last error
		n := 0
		for _, err := range f.tenant(t).Directory(ctx) {
			if n++; n == 25 {
				cancel(errors.New("had enough"))
			}
			last = err
		}
		require.ErrorIs(t, last, context.Canceled)
		assert.Less(t, n, 1000)
	})
}

func TestLeavingADirectoryEndsItsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which fails where a goroutine stays behind
		f := newHandler()
		f.latency = time.Second
		tenantOf(f, 2000, 1, nil)
		for _, err := range f.inMemory(t).Tenant(customer).Directory(t.Context()) {
			require.NoError(t, err)
			break
		}
		synctest.Wait()
		assert.Less(t, len(f.requests("$batch")), 20)
	})
}

const latency = 50 * time.Millisecond

// timed runs work against a tenant of 1000 teams with 10 channels, on a fake
// clock and with latency.
func timed(t *testing.T, limits msteams.RateLimits, items item, work func(*testing.T, *msteams.Tenant)) (took time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		f := newHandler()
		f.latency = latency
		tenantOf(f, 1000, 10, items)
		tenant := f.inMemory(t, msteams.WithRateLimits(limits)).Tenant(customer)
		start := time.Now()
		work(t, tenant)
		took = time.Since(start)
	})
	return took
}

func readDirectory(t *testing.T, tenant *msteams.Tenant) {
	directory, err := collect(tenant.Directory(t.Context()))
	require.NoError(t, err)
	require.Len(t, directory, 1000)
	for n, one := range directory {
		require.NoError(t, one.Err)
		require.Equal(t, teamNo(n), one.ID)
		require.Len(t, one.Channels, 10)
	}
}

func TestDirectoryIsTwentyTimesFasterThanOneByOne(t *testing.T) {
	t.Parallel()
	one := timed(t, msteams.RateLimits{}, nil, func(t *testing.T, tenant *msteams.Tenant) {
		for found, err := range tenant.Teams(t.Context(), msteams.ListTeamsParams{}) {
			require.NoError(t, err)
			channels, err := collect(tenant.Channels(t.Context(), found.ID))
			require.NoError(t, err)
			require.Len(t, channels, 10)
		}
	})
	all := timed(t, msteams.RateLimits{}, nil, readDirectory)
	t.Logf("one by one %s, Directory %s: %.0f times faster", one, all, float64(one)/float64(all))
	assert.Greater(t, float64(one)/float64(all), 20.0)
}

// The rate counts the requests inside the batches, repeated ones too.
func TestDirectoryKeepsTheDocumentedRate(t *testing.T) {
	t.Parallel()
	for _, throttle := range []bool{false, true} {
		t.Run(fmt.Sprint("throttled: ", throttle), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var sent []time.Time
			refused := map[string]bool{}
			took := timed(t, msteams.DefaultRateLimits(), func(path string) object {
				mu.Lock()
				defer mu.Unlock()
				sent = append(sent, time.Now())
				if n, _ := strconv.Atoi(path[len("/teams/"):][:8]); throttle && n%10 == 0 && !refused[path] {
					refused[path] = true
					return object{"status": 429, "headers": object{"Retry-After": "1"}}
				}
				return nil
			}, readDirectory)
			rate := float64(len(sent)) / took.Seconds()
			t.Logf("%d requests in %s: %.1f a second", len(sent), took, rate)
			if !throttle { // else it waits as it is told to
				assert.Greater(t, rate, 54.0)
			}
			assert.LessOrEqual(t, rate, 60.0)
			for i := range sent {
				if i >= 60 {
					require.GreaterOrEqual(t, sent[i].Sub(sent[i-60]), time.Second, "more than 60 in a second")
				}
			}
		})
	}
}

func TestDirectoryHoldsAFewBatches(t *testing.T) {
	f := newHandler()
	tenantOf(f, 20_000, 10, nil)
	tenant := f.inMemory(t).Tenant(customer)
	before, most, n := heap(), int64(0), 0
	for _, err := range tenant.Directory(t.Context()) {
		require.NoError(t, err)
		if n++; n%5000 == 0 {
			f.mu.Lock()
			f.seen = nil
			f.mu.Unlock()
			most = max(most, heap()-before)
		}
	}
	assert.Equal(t, 20_000, n)
	assert.Less(t, most, int64(16<<20))
	runtime.KeepAlive(tenant)
}
