package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// script is a client whose requests meet these answers in turn, the last one
// for ever.
func script(t *testing.T, answers ...func() (*http.Response, error)) (*novu.Client, *[]time.Time) {
	t.Helper()
	var asked []time.Time
	c, err := novu.NewClient("key", novu.WithRetryPolicy(novu.RetryPolicy{MaxAttempts: 1}),
		novu.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			asked = append(asked, time.Now())
			return answers[min(len(asked), len(answers))-1]()
		})}))
	require.NoError(t, err)
	return c, &asked
}

func answer(status int, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body), nil }
}

func TestWait(t *testing.T) {
	t.Parallel()
	absent := answer(404, `{"message":"not found"}`)
	broken := func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	t.Run("until it is there, through errors that pass", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, asked := script(t, absent, answer(500, ""), broken, answer(429, ""), absent, absent, absent, absent, answer(200, connectionJSON))
			got, err := c.ChannelConnections.Wait(t.Context(), "c1")
			require.NoError(t, err)
			assert.Equal(t, "c1", got.Identifier)
			for i := 1; i < len(*asked); i++ {
				pause := (*asked)[i].Sub((*asked)[i-1])
				assert.GreaterOrEqual(t, pause, time.Second)
				assert.Less(t, pause, 6300*time.Millisecond)
			}
		})
	})
	t.Run("not through errors that stay", func(t *testing.T) {
		t.Parallel()
		for status, body := range map[int]string{401: `{"message":"API Key not found"}`, 404: `{"message":"Feature not enabled"}`} {
			synctest.Test(t, func(t *testing.T) {
				c, asked := script(t, answer(status, body))
				_, err := c.ChannelConnections.Wait(t.Context(), "c1")
				require.Error(t, err)
				assert.Len(t, *asked, 1)
			})
		}
	})
	t.Run("until the context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _ := script(t, absent)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, err := c.ChannelConnections.Wait(ctx, "c1")
			assert.Equal(t, 10*time.Second, time.Since(start))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, novu.ErrNotFound, "the last answer")
		})
	})
	t.Run("until it is cancelled", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _ := script(t, absent)
			ctx, cancel := context.WithCancelCause(t.Context())
			why := errors.New("the user left")
			time.AfterFunc(5*time.Second, func() { cancel(why) })
			_, err := c.ChannelConnections.Wait(ctx, "c1")
			require.ErrorIs(t, err, context.Canceled)
		})
	})
}
