package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(203, `{"x":2}`))
		r := request(guardedCreate, http.MethodPost)
		r.Header = http.Header{"X-Mine": {"1"}}
		var got string
		r.Decode = func(b []byte) error { got = string(b); return nil }
		a, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
		require.NoError(t, err)
		assert.Equal(t, `{"x":2}`, got)
		assert.Equal(t, 203, a.StatusCode)
		seen := s.seen()[0]
		assert.Equal(t, "/prefix/v1/things/a%2Fb%20c?q=x%26y", seen.path)
		assert.Equal(t, `{"a":1}`, seen.body)
		assert.Equal(t, "ApiKey "+apiKey, seen.header.Get("Authorization"))
		assert.Equal(t, "application/json", seen.header.Get("Content-Type"))
		assert.Equal(t, "1", seen.header.Get("X-Mine"))
	})
}

func TestOtherShapesOfARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(412, ""))
		c := newClient(t, s.transport(t), rest.RetryPolicy{})
		c.Authorize, c.Scrub = nil, nil
		form := &rest.Request{
			Op: "get token", Kind: rest.Read, Method: http.MethodPost, Route: "/token", Form: url.Values{"a": {"b&c"}},
			Transient: func(a *rest.Answer) bool { return a.StatusCode == 412 },
		}
		verbatim := &rest.Request{
			Op: "post", Kind: rest.Post, Method: http.MethodPost, Route: "hook",
			URL: "http://127.0.0.1/a%2Fb?sp=%2Fx&sig=A%2b&empty", Body: json.RawMessage(`{ "a" : "<&>" }`),
		}
		for _, r := range []*rest.Request{form, verbatim} {
			_, err := c.do(t.Context(), &operation{Request: r})
			require.NoError(t, err)
		}
		seen := s.seen()
		require.Len(t, seen, 3, "the form is sent again")
		assert.Equal(t, "a=b%26c", seen[1].body)
		assert.Equal(t, "application/x-www-form-urlencoded", seen[1].header.Get("Content-Type"))
		assert.Equal(t, "/a%2Fb?sp=%2Fx&sig=A%2b&empty", seen[2].path)
		assert.Equal(t, `{ "a" : "<&>" }`, seen[2].body)
		assert.Empty(t, seen[2].header.Get("Authorization"))
	})
}

func TestMaxAttempts(t *testing.T) {
	t.Parallel()
	for attempts := 1; attempts <= 3; attempts++ {
		t.Run(fmt.Sprint(attempts), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(500, "1"), status(500, "2"), status(500, "3"), status(500, "4"))
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{MaxAttempts: attempts}).
					do(t.Context(), request(rest.Read, http.MethodGet))
				var f *failure
				require.ErrorAs(t, err, &f)
				assert.Len(t, s.seen(), attempts)
				assert.Equal(t, attempts, f.Attempts)
				assert.Equal(t, fmt.Sprint(attempts), string(f.Answer.Body), "the last answer is kept")
			})
		})
	}
}

// Where later attempts came to nothing the answer is the last one that came,
// and the count that of all.
func TestTheLastAnswerCountsAllAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(503, "busy"), cut, cut, cut)
		a, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), request(guardedCreate, http.MethodPost))
		var f *failure
		require.ErrorAs(t, err, &f)
		assert.Equal(t, 503, a.StatusCode)
		assert.Equal(t, 4, a.Attempts)
		assert.Equal(t, 4, f.Attempts)
	})
}

func TestWaitsGrowAndAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		policy := rest.RetryPolicy{MaxAttempts: 12, MinWait: time.Second, MaxWait: 4 * time.Second}
		ceilings := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second}
		script := make([]answer, 12)
		for i := range script {
			script[i] = status(500, "")
		}
		longest := map[int]time.Duration{}
		for range 40 {
			s := newServer(t, script...)
			_, err := newClient(t, s.transport(t), policy).do(t.Context(), request(rest.Read, http.MethodGet))
			require.Error(t, err)
			seen := s.seen()
			require.Len(t, seen, 12)
			for i := 1; i < len(seen); i++ {
				wait := seen[i].at.Sub(seen[i-1].at)
				assert.LessOrEqual(t, wait, ceilings[min(i-1, 3)])
				longest[i] = max(longest[i], wait)
			}
		}
		assert.Greater(t, longest[3], 2*time.Second, "jitter is full: it reaches the upper half")
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := func(d time.Duration) string {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat) // a bubble's epoch
	}
	tests := []struct {
		header   string
		min, max time.Duration // before the second request
		fails    string        // or what the error says
	}{
		{header: "5", min: 5 * time.Second, max: 5 * time.Second, fails: ""},
		{header: date(7 * time.Second), min: 7 * time.Second, max: 7 * time.Second, fails: ""},
		{header: "60", min: time.Minute, max: time.Minute, fails: ""},
		{header: "61", min: 0, max: 0, fails: "asked to wait 1m1s, the retry policy allows 1m0s"},
		{header: date(time.Hour), min: 0, max: 0, fails: "asked to wait 1h0m0s, the retry policy allows 1m0s"},
		{header: "99999999999999999999", min: 0, max: 0, fails: "the retry policy allows 1m0s"},
		{header: "9223372036854775807", min: 0, max: 0, fails: "the retry policy allows 1m0s"},
		{header: "0", min: 0, max: 500 * time.Millisecond, fails: ""},
		{header: "-5", min: 0, max: 500 * time.Millisecond, fails: ""},
		{header: date(-time.Hour), min: 0, max: 500 * time.Millisecond, fails: ""},
		{header: "soon", min: 0, max: 500 * time.Millisecond, fails: ""},
		{header: "", min: 0, max: 500 * time.Millisecond, fails: ""},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, status(429, "", "Retry-After", tt.header))
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), request(rest.Read, http.MethodGet))
				if tt.fails != "" {
					require.ErrorContains(t, err, tt.fails)
					assert.Len(t, s.seen(), 1)
					return
				}
				require.NoError(t, err)
				wait := s.seen()[1].at.Sub(s.seen()[0].at)
				assert.GreaterOrEqual(t, wait, tt.min)
				assert.LessOrEqual(t, wait, tt.max)
			})
		})
	}
}

func TestDeadlineShorterThanTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(429, "slow down", "Retry-After", "30"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(ctx, request(rest.Read, http.MethodGet))
		require.ErrorContains(t, err, "would wait 30s, the deadline leaves 10s")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var f *failure
		require.ErrorAs(t, err, &f)
		assert.Equal(t, 429, f.Answer.StatusCode)
		assert.Zero(t, time.Since(start), "it fails at once")
	})
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	stopped := errors.New("the program stops")
	tests := []struct {
		name     string
		after    time.Duration
		script   []answer
		requests int
		status   int // of the answer that is kept, 0 for none
	}{
		{name: "before", after: 0, script: nil, requests: 0, status: 0},
		{name: "during the first attempt", after: time.Second, script: []answer{hang}, requests: 1, status: 0},
		{
			name: "during the wait", after: time.Second, script: []answer{status(429, "", "Retry-After", "20")},
			requests: 1, status: 429,
		},
		{
			name: "during a later attempt", after: 10 * time.Second, script: []answer{status(500, "boom"), hang},
			requests: 2, status: 500,
		},
		{name: "during the body", after: time.Second, script: []answer{func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"a":`)
			_ = http.NewResponseController(w).Flush()
			hang(w, r)
		}}, requests: 1, status: 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, tt.script...)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(tt.after, func() { cancel(stopped) })
				synctest.Wait()
				start := time.Now()
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(ctx, request(guardedCreate, http.MethodPost))
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, stopped)
				assert.LessOrEqual(t, time.Since(start), tt.after, "it returns at once")
				assert.Len(t, s.seen(), tt.requests)
				var f *failure
				require.ErrorAs(t, err, &f)
				if tt.status == 0 {
					assert.Nil(t, f.Answer)
				} else {
					assert.Equal(t, tt.status, f.Answer.StatusCode)
				}
			})
		})
	}
}

func TestOversizedAnswers(t *testing.T) {
	t.Parallel()
	endless := func(code int) answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			chunk := bytes.Repeat([]byte("x"), 1<<16)
			for range 1 << 14 { // 1 GiB, unless the client hangs up
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
	}
	bomb := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		chunk := make([]byte, 1<<20)
		for range 1 << 10 {
			if _, err := z.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, a := range map[string]answer{"plain": endless(200), "gzip": bomb} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, a)
				_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), request(rest.Read, http.MethodGet))
				require.ErrorContains(t, err, "larger than 1048576 bytes")
				assert.Len(t, s.seen(), 1, "asking again would not make it smaller")
			})
		})
	}
	t.Run("an error keeps its status", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, endless(404))
			_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), request(rest.Read, http.MethodGet))
			var f *failure
			require.ErrorAs(t, err, &f)
			assert.Equal(t, 404, f.Answer.StatusCode)
			assert.LessOrEqual(t, len(f.Answer.Body), 64<<10)
		})
	})
}

func TestOneFailureLeavesTheConnectionsOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, status(200, ""), status(400, ""), status(200, ""))
		c := newClient(t, s.transport(t), rest.RetryPolicy{})
		for range 3 {
			_, _ = c.do(t.Context(), request(rest.Read, http.MethodGet))
		}
		assert.Equal(t, 1, s.dials)
	})
}

func TestSecretsStayOutOfErrorsAndLogs(t *testing.T) {
	t.Parallel()
	const hook = "https://prod.example/workflows/1?sp=%2Ftriggers&sig=sig-canary&x=<y>"
	echo, err := json.Marshal(map[string]string{"message": "no: ApiKey " + apiKey, "value": hook})
	require.NoError(t, err)
	for name, a := range map[string]answer{
		"error answer":        status(422, string(echo)),
		"slashes escaped":     status(422, strings.ReplaceAll(string(echo), "/", `\/`)),
		"unreadable success":  status(200, `{"data":[{"secretKey":"canary-of-another","n":5,"url":"https://canary.exa`),
		"status and location": status(302, apiKey, "Location", "https://elsewhere.example/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, a)
				var log bytes.Buffer
				c := newClient(t, s.transport(t), rest.RetryPolicy{})
				c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				var attempts []rest.Attempt
				c.OnAttempt = func(_ context.Context, a rest.Attempt) { attempts = append(attempts, a) }
				r := request(guardedCreate, http.MethodPost)
				r.Secrets = []redact.Secret{hook}
				r.Decode = func(b []byte) error { return json.Unmarshal(b, new(any)) }
				r.readBack = func(context.Context) (bool, error) { return false, nil }
				_, err := c.do(t.Context(), r)
				var f *failure
				require.ErrorAs(t, err, &f)
				all := fmt.Sprintf("%v %s %s %+v %+v", err, f.Answer.Body, log.String(), c, attempts)
				assert.NotContains(t, all, "canary")
				assert.Contains(t, string(f.Answer.Body), redact.Redacted)
				assert.Contains(t, log.String(), "route=/v1/things/{id}")
			})
		})
	}
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("refused %s: %w", r.Header.Get("Authorization"), io.ErrUnexpectedEOF)
		}), rest.RetryPolicy{MaxAttempts: 1})
		var told error
		c.OnAttempt = func(_ context.Context, a rest.Attempt) { told = a.Err }
		_, err := c.do(t.Context(), request(rest.Read, http.MethodGet))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorIs(t, told, io.ErrUnexpectedEOF)
		for _, e := range []error{err, told} {
			for ; e != nil; e = errors.Unwrap(e) {
				assert.NotContains(t, fmt.Sprintf("%v %+v", e, e), "canary")
			}
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestParseBase(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"https://api.novu.co": true, "https://host/path/": true, "http://localhost:3000": true, "http://127.0.0.1": true,
		"http://[::1]:80": true, "http://127.9.9.9": true, "http://host": false, "http://127.0.0.1.evil.example": false,
		"http://localhost.evil.example": false, "api.novu.co": false, "": false, "https://": false, "ftp://host": false,
		"https://user:canary@host": false, "https://user@host": false, "https://host?q": false, "https://host#f": false,
		"https://host/%zz": false, "//host": false, "https://:8080": false,
	} {
		_, err := rest.ParseBase(raw, false)
		assert.Equal(t, ok, err == nil, "%s: %v", raw, err)
		if err != nil {
			assert.NotContains(t, err.Error(), "canary")
		}
	}
	_, err := rest.ParseBase("http://host", true)
	assert.NoError(t, err)
}
