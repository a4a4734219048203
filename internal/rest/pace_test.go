package rest_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

func TestPaceComesBeforeEachAttemptAndIsNotItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "", "Retry-After", "1"))
		r := request(rest.Read, http.MethodGet)
		paced := 0
		r.Pace = func(context.Context) { paced++; time.Sleep(time.Hour) }
		start := time.Now()
		_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
		require.NoError(t, err)
		assert.Equal(t, 2, paced)
		assert.Equal(t, time.Hour, s.seen()[0].at.Sub(start))
		assert.Equal(t, 2*time.Hour+time.Second, s.seen()[1].at.Sub(start))
	})
}

func TestNothingIsSentWhereTheContextEndsInPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := request(rest.Read, http.MethodGet)
		r.Pace = func(ctx context.Context) { <-ctx.Done() }
		_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(ctx, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "the client's own rate limit")
		var f *failure
		require.ErrorAs(t, err, &f)
		assert.Zero(t, f.Attempts)
		assert.Empty(t, s.seen())
	})
}

func TestAnAnswerThatSaysItIsTransient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(400, "busy"), status(400, "wrong"))
		r := request(rest.Read, http.MethodGet)
		r.Transient = func(a *rest.Answer) bool { return string(a.Body) == "busy" }
		_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
		require.Error(t, err)
		assert.Len(t, s.seen(), 2, "the first is repeated, the second is not")
	})
}

func TestIdsAndQueriesArePercentEncoded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		r := request(rest.Read, http.MethodGet)
		r.Args, r.Query = []string{"19:a@thread.tacv2;messageid=1"}, map[string][]string{"f": {"a b+c"}}
		_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
		require.NoError(t, err)
		assert.Equal(t, "/prefix/v1/things/19%3Aa%40thread.tacv2%3Bmessageid%3D1?f=a%20b%2Bc", s.seen()[0].path)
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	p := rest.RetryPolicy{MaxAttempts: 3}.WithDefaults()
	wait, ok := rest.Backoff(p, 1, 5*time.Second)
	assert.True(t, ok)
	assert.Equal(t, 5*time.Second, wait)
	_, ok = rest.Backoff(p, 3, 0)
	assert.False(t, ok, "the attempts are used up")
	_, ok = rest.Backoff(p, 1, time.Hour)
	assert.False(t, ok, "longer than the policy obeys")
}
