package novutest_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const endpointsRoute = "/v1/channel-endpoints"

// warm makes the client keep a connection alive, so that a cut meets a reused one.
func (a *api) warm() {
	a.t.Helper()
	require.Equal(a.t, http.StatusOK, a.do(http.MethodGet, "/v1/environments/me", nil).status)
}

func TestCuts(t *testing.T) {
	for name, row := range map[string]struct {
		cut     novutest.Cut
		carried bool
	}{
		"before": {novutest.CutBefore, false}, "during": {novutest.CutDuring, true}, "after": {novutest.CutAfter, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, furnished())
			a.warm()
			a.server.Inject(novutest.Fault{Method: http.MethodPost, Route: endpointsRoute, Count: 1, Cut: row.cut})
			// A body that cannot be rewound, so that net/http does not send it
			// a second time by itself.
			req, err := http.NewRequestWithContext(
				t.Context(),
				http.MethodPost,
				a.server.URL()+endpointsRoute,
				io.NopCloser(newReader(channelEndpoint("e", "19:c@thread.tacv2"))),
			)
			require.NoError(t, err)
			req.Header.Set("Authorization", "ApiKey "+a.server.SecretKey())
			req.Header.Set("Content-Type", "application/json")
			resp, err := a.http.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			require.Error(t, err)

			if row.carried {
				require.Eventually(
					t,
					func() bool { return a.do(http.MethodGet, endpointsRoute+"/e", nil).status == http.StatusOK },
					5*time.Second,
					time.Millisecond,
				)
			} else {
				assert.Equal(t, http.StatusNotFound, a.do(http.MethodGet, endpointsRoute+"/e", nil).status)
			}
		})
	}
}

func TestAnsweredFaults(t *testing.T) {
	get := func(f novutest.Fault) func(*testing.T) (answer, error) {
		return func(t *testing.T) (answer, error) {
			a := start(t)
			a.warm()
			a.server.Inject(f)
			return a.try(http.MethodGet, "/v1/environments/me", nil)
		}
	}
	t.Run("a proxy's page", func(t *testing.T) {
		got, err := get(novutest.HTMLFault(http.StatusBadGateway))(t)
		require.NoError(t, err)
		assert.Equal(t, http.StatusBadGateway, got.status)
		assert.Contains(t, got.text, "502 Bad Gateway")
		assert.Equal(t, "text/html", got.header.Get("Content-Type"))
	})
	t.Run("a redirect", func(t *testing.T) {
		got, err := get(
			novutest.Fault{
				Status: http.StatusMovedPermanently,
				Header: http.Header{"Location": {"https://elsewhere.example.com"}},
			},
		)(
			t,
		)
		require.NoError(t, err)
		assert.Equal(t, "https://elsewhere.example.com", got.header.Get("Location"))
	})
	t.Run("a storm", func(t *testing.T) {
		got, err := get(novutest.StormFault(34 * time.Second))(t)
		require.NoError(t, err)
		assert.Equal(t, http.StatusTooManyRequests, got.status)
		assert.Equal(t, "34", got.header.Get("Retry-After"))
	})
	t.Run("in progress", func(t *testing.T) {
		got, err := get(novutest.InProgressFault())(t)
		require.NoError(t, err)
		assert.Equal(t, http.StatusConflict, got.status)
		assert.Equal(t, "1", got.header.Get("Retry-After"))
	})
	t.Run("half a body", func(t *testing.T) {
		got, err := get(novutest.Fault{HalfBody: true})(t)
		require.Error(t, err)
		assert.Equal(t, http.StatusOK, got.status)
		assert.NotEmpty(t, got.text)
	})
	t.Run("wrong length", func(t *testing.T) {
		_, err := get(novutest.Fault{WrongLength: true})(t)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	t.Run("malformed gzip", func(t *testing.T) {
		_, err := get(novutest.Fault{BadGzip: true})(t)
		require.ErrorContains(t, err, "gzip")
	})
	t.Run("slow", func(t *testing.T) {
		begin := time.Now()
		_, err := get(
			novutest.Fault{
				Delay:       10 * time.Millisecond,
				SlowHeaders: 10 * time.Millisecond,
				SlowBody:    10 * time.Millisecond,
			},
		)(
			t,
		)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(begin), 30*time.Millisecond)
	})
}

func TestScopeOfFaults(t *testing.T) {
	a := start(t, furnished())
	a.create(endpointsRoute, channelEndpoint("e", "19:c@thread.tacv2"))
	status := func(method, path string) int { return a.do(method, path, nil).status }

	a.server.Inject(
		novutest.Fault{
			Method: http.MethodGet,
			Route:  endpointsRoute + "/{identifier}",
			Skip:   1,
			Count:  2,
			Status: 503,
		},
	)
	assert.Equal(t, 200, status(http.MethodGet, endpointsRoute), "another route")
	var got []int
	for range 5 {
		got = append(got, status(http.MethodGet, endpointsRoute+"/e"))
	}
	assert.Equal(t, []int{200, 503, 503, 200, 200}, got)

	a.server.Inject(novutest.Fault{Status: 500})
	assert.Equal(t, 500, status(http.MethodGet, "/v1/environments/me"))
	a.server.ClearFaults()
	assert.Equal(t, 200, status(http.MethodGet, "/v1/environments/me"))

	chance := func() (failed int) {
		a.server.ClearFaults()
		a.server.Inject(novutest.Fault{Status: 500, Probability: 0.5, Seed: 7})
		for i := range 64 {
			if status(http.MethodGet, "/v1/environments/me") == 500 {
				failed += 1 << (i % 8)
			}
		}
		return failed
	}
	first := chance()
	assert.Equal(t, first, chance(), "the same seed decides alike")
	assert.NotZero(t, first)
	assert.Less(t, first, 8*255)
}

func TestErrorOfTheAPIIsKeptUnderItsKeyAndAProxysIsNot(t *testing.T) {
	a := start(t, furnished())
	for name, row := range map[string]struct {
		fault novutest.Fault
		then  int
	}{
		"proxy": {novutest.Fault{Status: 502, Count: 1}, http.StatusCreated},
		"api":   {novutest.Fault{Status: 500, Count: 1, FromAPI: true}, http.StatusServiceUnavailable},
		"storm": {func() novutest.Fault { f := novutest.StormFault(0); f.Count = 1; return f }(), http.StatusCreated},
	} {
		a.server.Inject(row.fault)
		body := channelEndpoint(name, "19:c@thread.tacv2")
		assert.Equal(t, row.fault.Status, a.do(http.MethodPost, endpointsRoute, body, "Idempotency-Key", name).status)
		assert.Equal(t, row.then, a.do(http.MethodPost, endpointsRoute, body, "Idempotency-Key", name).status, name)
	}
}

// Two hundred clients at once, with every kind of fault: what was acknowledged
// is there, once, and nothing else is.
func TestManyClientsAmongFaultsLeaveItConsistent(t *testing.T) {
	a := start(t, furnished())
	for i, f := range []novutest.Fault{
		{Cut: novutest.CutBefore}, {Cut: novutest.CutDuring}, {Cut: novutest.CutAfter}, {Status: 503}, {HalfBody: true}, {Delay: time.Millisecond},
	} {
		f.Method, f.Route, f.Probability, f.Seed = http.MethodPost, endpointsRoute, 0.1, uint64(i)
		a.server.Inject(f)
	}
	a.http.Transport = &http.Transport{MaxConnsPerHost: 32}
	const clients = 200
	var created sync.Map
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			name := fmt.Sprintf("e-%03d", i)
			for range 50 { // a create that may have been carried out is repeated until the server says that it is there
				got, err := a.try(http.MethodPost, endpointsRoute, channelEndpoint(name, "19:c@thread.tacv2"))
				if err == nil && (got.status == http.StatusCreated || got.status == http.StatusConflict) {
					created.Store(name, true)
					return
				}
			}
		})
	}
	wg.Wait()
	a.server.ClearFaults()

	seen := map[string]int{}
	path := endpointsRoute + "?limit=100"
	for next := ""; ; {
		page := a.do(http.MethodGet, path+next, nil)
		for _, e := range page.body["data"].([]any) {
			seen[e.(obj)["identifier"].(string)]++
		}
		if page.body["next"] == nil {
			assert.EqualValues(t, clients, page.body["totalCount"])
			break
		}
		next = "&after=" + page.body["next"].(string)
	}
	require.Len(t, seen, clients)
	for name, n := range seen {
		_, acknowledged := created.Load(name)
		assert.True(t, acknowledged && n == 1, name)
	}
}
