package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

// attemptsOf sends a PATCH and returns what the hook was told.
func attemptsOf(ctx context.Context, c *client) []rest.Attempt {
	var all []rest.Attempt
	c.OnAttempt = func(_ context.Context, a rest.Attempt) { all = append(all, a) }
	_, _ = c.do(ctx, request(rest.IdempotentWrite, http.MethodPatch))
	return all
}

func TestHookHearsOfEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			status(422, "{}")(w, r)
		}
		s := newServer(t, status(503, "", "Retry-After", "2"), status(429, "", "Retry-After", "1"), cut, slow)
		all := attemptsOf(t.Context(), newClient(t, s.transport(t), rest.RetryPolicy{}))
		require.Len(t, all, 4)
		assert.Equal(t, rest.Attempt{
			Operation: "do it", Method: http.MethodPatch, Route: "/v1/things/{id}", Number: 1, Status: 503, Outcome: "server error",
			Again: true, Wait: 2 * time.Second,
		}, all[0])
		assert.Equal(t, "rate limited", all[1].Outcome)
		assert.Equal(t, time.Second, all[1].Wait)
		assert.Equal(t, "broken", all[2].Outcome)
		assert.Zero(t, all[2].Status)
		require.Error(t, all[2].Err)
		assert.Equal(t, rest.Attempt{
			Operation: "do it", Method: http.MethodPatch, Route: "/v1/things/{id}", Number: 4, Status: 422, Outcome: "refused", Duration: time.Second,
		}, all[3])
	})
}

func TestHookHearsOfAttemptsThatCameToNothing(t *testing.T) {
	t.Parallel()
	t.Run("the context ends in one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			all := attemptsOf(ctx, newClient(t, newServer(t, hang).transport(t), rest.RetryPolicy{}))
			require.Len(t, all, 1)
			assert.False(t, all[0].Again)
			assert.Equal(t, time.Second, all[0].Duration)
			assert.Error(t, all[0].Err)
		})
	})
	t.Run("the context ended before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		all := attemptsOf(ctx, newClient(t, http.DefaultTransport, rest.RetryPolicy{}))
		require.Len(t, all, 1)
		require.ErrorIs(t, all[0].Err, context.Canceled)
		all[0].Err = nil
		assert.Equal(t, rest.Attempt{
			Operation: "do it", Method: http.MethodPatch, Route: "/v1/things/{id}", Number: 1, Outcome: "canceled",
		}, all[0])
	})
	t.Run("the context ends in the wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			all := attemptsOf(ctx, newClient(t, newServer(t, status(503, "", "Retry-After", "5")).transport(t), rest.RetryPolicy{}))
			require.Len(t, all, 2)
			assert.True(t, all[0].Again)
			assert.Equal(t, 2, all[1].Number)
			assert.Equal(t, "canceled", all[1].Outcome)
			assert.False(t, all[1].Again)
			assert.Zero(t, all[1].Status)
		})
	})
	t.Run("the attempt takes too long", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			all := attemptsOf(t.Context(), newClient(t, newServer(t, hang).transport(t), rest.RetryPolicy{MaxAttempts: 1}))
			require.Len(t, all, 1)
			assert.Equal(t, "timed out", all[0].Outcome)
		})
	})
	t.Run("no connection", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			s.dial = func() error { return &net.OpError{Op: "dial", Err: errors.New("refused")} }
			all := attemptsOf(t.Context(), newClient(t, s.transport(t), rest.RetryPolicy{}))
			require.Len(t, all, 4)
			assert.Equal(t, "not sent", all[3].Outcome)
		})
	})
}

func TestHookHearsHowLongThePaceHeldAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		paced := func(ctx context.Context) []rest.Attempt {
			var all []rest.Attempt
			c := newClient(t, newServer(t).transport(t), rest.RetryPolicy{})
			c.OnAttempt = func(_ context.Context, a rest.Attempt) { all = append(all, a) }
			r := request(rest.IdempotentWrite, http.MethodPatch)
			r.Pace = func(ctx context.Context) {
				select {
				case <-time.After(3 * time.Second):
				case <-ctx.Done():
				}
			}
			_, _ = c.do(ctx, r)
			return all
		}
		all := paced(t.Context())
		require.Len(t, all, 1)
		assert.Equal(t, "succeeded", all[0].Outcome)
		assert.Equal(t, 3*time.Second, all[0].Held)
		assert.Zero(t, all[0].Duration)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		all = paced(ctx)
		require.Len(t, all, 1)
		assert.Equal(t, "canceled", all[0].Outcome)
		assert.Equal(t, time.Second, all[0].Held)
		assert.Equal(t, 1, all[0].Number)
	})
}

// A hook runs in the call. Its panic is the caller's, and the client works after it.
func TestPanicOfAHookReachesTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, newServer(t).transport(t), rest.RetryPolicy{})
		c.OnAttempt = func(context.Context, rest.Attempt) { panic("the hook's") }
		assert.PanicsWithValue(t, "the hook's", func() { _, _ = c.do(t.Context(), request(rest.Read, http.MethodGet)) })
		c.OnAttempt = nil
		_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
		require.NoError(t, err)
	})
}

func TestLogSaysWhatHappensNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "", "Retry-After", "2"), cut)
		var log bytes.Buffer
		c := newClient(t, s.transport(t), rest.RetryPolicy{})
		c.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, err := c.do(t.Context(), request(rest.IdempotentWrite, http.MethodPatch))
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		require.Len(t, lines, 3)
		var first, second, third map[string]any
		for i, into := range []*map[string]any{&first, &second, &third} {
			require.NoError(t, json.Unmarshal([]byte(lines[i]), into))
		}
		assert.Equal(t, "WARN", first["level"])
		assert.EqualValues(t, 503, first["status"])
		assert.EqualValues(t, 2*time.Second, first["wait"])
		assert.Equal(t, "WARN", second["level"])
		assert.NotContains(t, second, "status")
		assert.Contains(t, second, "error")
		assert.Equal(t, "DEBUG", third["level"])
		assert.EqualValues(t, 3, third["attempt"])
		assert.Equal(t, "do it", third["operation"])
	})
}
