package rest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/rest"
)

// closing notes that it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// What transports of test code return: no body, no response at all, a response beside an error.
func TestOddRoundTrippers(t *testing.T) {
	t.Parallel()
	beside := &closing{Reader: strings.NewReader("{}")}
	tests := map[string]struct {
		resp  *http.Response
		err   error
		fails string // "" for a success
	}{
		"no body":                    {resp: &http.Response{StatusCode: http.StatusOK}},
		"no header":                  {resp: &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}},
		"neither answer nor error":   {fails: "neither an answer nor an error"},
		"an answer beside an error":  {resp: &http.Response{StatusCode: http.StatusOK, Body: beside}, err: io.ErrUnexpectedEOF, fails: "unexpected EOF"},
		"no body, beside an error":   {resp: &http.Response{StatusCode: http.StatusOK}, err: io.ErrUnexpectedEOF, fails: "unexpected EOF"},
		"an error without a body":    {resp: &http.Response{StatusCode: http.StatusConflict}, fails: "Conflict"},
		"a redirect without a body":  {resp: &http.Response{StatusCode: http.StatusFound}, fails: "Found"},
		"a status that is no status": {resp: &http.Response{StatusCode: 0}, fails: "do it"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) { return tt.resp, tt.err }), rest.RetryPolicy{MaxAttempts: 2, MinWait: 1, MaxWait: 1})
			_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
			if tt.fails == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.fails)
			if tt.resp != nil && tt.resp.Body == beside {
				assert.True(t, beside.closed)
			}
		})
	}
}

// An attempt's limit is not the caller's deadline.
func TestAnAttemptsLimitIsNotTheCallersDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, hang, hang)
		c := newClient(t, s.transport(t), rest.RetryPolicy{MaxAttempts: 1})
		_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "no answer within 30s")
		var timeout interface{ Timeout() bool }
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = c.do(ctx, request(rest.Read, http.MethodGet))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// The user's transport is never changed, and its connections are checked for health on a clone.
func TestAUsersTransportStaysAsItIs(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	users := srv.Client().Transport.(*http.Transport) //nolint:forcetypeassert // httptest's
	c := newClient(t, users, rest.RetryPolicy{MaxAttempts: 1})
	var err error
	c.Base, err = rest.ParseBase(srv.URL, false)
	require.NoError(t, err)
	proto := ""
	r := request(rest.Read, http.MethodGet)
	r.Decode = func(b []byte) error { proto = string(b); return nil }
	_, err = c.do(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2.0", proto)
	assert.Nil(t, users.HTTP2)
}

// What middleware sends for itself is not a repeat of the request.
func TestRequestsOfMiddlewareAreNotReplays(t *testing.T) {
	t.Parallel()
	tokens := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer tokens.Close()
	requests := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests == 1 {
			status(429, "")(w, r)
		}
	}))
	defer api.Close()
	c := newClient(t, nil, rest.RetryPolicy{MinWait: 1, MaxWait: 1})
	c.Transport = rest.NewTransport(nil, time.Minute, []rest.Middleware{func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			for range 3 {
				token, err := http.NewRequestWithContext(r.Context(), http.MethodGet, tokens.URL, http.NoBody)
				if err != nil {
					return nil, err
				}
				resp, err := http.DefaultClient.Do(token)
				if err != nil {
					return nil, err
				}
				_ = resp.Body.Close()
			}
			return next.RoundTrip(r)
		})
	}})
	var err error
	c.Base, err = rest.ParseBase(api.URL, false)
	require.NoError(t, err)
	a, err := c.do(t.Context(), request(rest.Post, http.MethodPost))
	require.NoError(t, err)
	assert.Equal(t, 2, a.Attempts, "a 429 of a post is repeated")
}
