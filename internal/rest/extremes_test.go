package rest_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

// Figures that nobody means, and that must not overflow.
func TestExtremeFigures(t *testing.T) {
	t.Parallel()
	t.Run("waits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			for _, policy := range []rest.RetryPolicy{
				{MaxAttempts: 2, MinWait: math.MaxInt64}, {MaxAttempts: 2, MinWait: math.MaxInt64, MaxWait: math.MaxInt64, MaxRetryAfter: math.MaxInt64},
			} {
				s := newServer(t, status(500, ""), status(500, ""))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				_, err := newClient(t, s.transport(t), policy).do(ctx, request(rest.Trigger, http.MethodPost))
				require.Error(t, err)
				cancel()
			}
		})
	})
	t.Run("the cap on answers", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, status(200, `{"a":1}`))
			c := newClient(t, s.transport(t), rest.RetryPolicy{})
			c.MaxBody = math.MaxInt64
			a, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
			require.NoError(t, err)
			assert.JSONEq(t, `{"a":1}`, string(a.Body))
		})
	})
}

// A create whose answer is too large has created something.
func TestACreateWithTooLargeAnAnswerIsReadBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(201, `{"a":"`+strings.Repeat("x", 100)+`"}`))
		c := newClient(t, s.transport(t), rest.RetryPolicy{})
		c.MaxBody = 50
		_, err := c.do(t.Context(), request(guardedCreate, http.MethodPost))
		require.NoError(t, err)
		assert.Len(t, s.seen(), 1)
	})
}

// An error keeps little of a large answer, and no start of a secret that was cut.
func TestErrorsKeepLittle(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{"error": 500, "unreadable success": 200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for shift := range len(apiKey) + 2 {
				synctest.Test(t, func(t *testing.T) {
					body := strings.Repeat("x", 64<<10-shift) + apiKey + strings.Repeat("y", 1<<20-100<<10)
					s := newServer(t, status(code, body))
					c := newClient(t, s.transport(t), rest.RetryPolicy{MaxAttempts: 1})
					r := request(rest.Read, http.MethodGet)
					r.Decode = func([]byte) error { return errors.New("it is no JSON") }
					_, err := c.do(t.Context(), r)
					var f *failure
					require.ErrorAs(t, err, &f)
					assert.LessOrEqual(t, cap(f.Answer.Body), 128<<10)
					assert.LessOrEqual(t, cap(f.Answer.Excerpt()), 8<<10)
					assert.NotContains(t, string(f.Answer.Body), apiKey[:5])
				})
			}
		})
	}
}

func TestParseBaseDropsSlashes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://h": "https://h", "https://h/": "https://h", "https://h//": "https://h", "https://h/a%2Fb//": "https://h/a%2Fb",
	} {
		u, err := rest.ParseBase(raw, false)
		require.NoError(t, err)
		assert.Equal(t, want, u.String())
	}
}
