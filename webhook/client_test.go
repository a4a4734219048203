package webhook_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

const throttled = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0"

func TestSendOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHook(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		assert.Regexp(t, `^mine/1 novu-go-webhook/\S+$`, r.Header.Get("User-Agent"))
		assert.Empty(t, r.Header.Get("Authorization"))
		assert.Equal(t, "yes", r.Header.Get("X-Middleware"))
		answer(202, "", "x-ms-workflow-run-id", "0858")(w, r)
	})
	c := h.client(webhook.WithUserAgent("mine/1"), webhook.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
		return memory(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("X-Middleware", "yes")
			return next.RoundTrip(r)
		})
	}))
	receipt, err := c.Send(t.Context(), h.url(), webhook.Text(`<b>"hi" & bye</b>`))
	require.NoError(t, err)
	assert.Equal(t, &webhook.Receipt{StatusCode: 202, Attempts: 1, RunID: "0858", Size: len(h.seen()[0])}, receipt)
	assert.Equal(t, path+query, h.uris[0], "the query is kept to the letter")
	assert.Equal(t, `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,`+
		`"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4",`+
		`"body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"<b>\"hi\" & bye</b>"}]}]}}]}`, h.seen()[0])
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script []http.HandlerFunc
		posts  int
		kind   error  // nil where the message counts as accepted
		says   string // the error
	}{
		"202":                                {posts: 1},
		"200 with HTML":                      {script: []http.HandlerFunc{answer(200, "<html>ok")}, posts: 1},
		"200 1":                              {script: []http.HandlerFunc{answer(200, "1")}, posts: 1},
		"204":                                {script: []http.HandlerFunc{answer(204, "")}, posts: 1},
		"200 with a throttle":                {script: []http.HandlerFunc{answer(200, throttled)}, posts: 2},
		"202 with a throttle":                {script: []http.HandlerFunc{answer(202, throttled)}, posts: 2},
		"throttles":                          {script: repeat(answer(200, throttled), 4), posts: 4, kind: webhook.ErrRateLimited, says: "returned HTTP error 429"},
		"429":                                {script: []http.HandlerFunc{answer(429, "")}, posts: 2},
		"429s":                               {script: repeat(answer(429, ""), 4), posts: 4, kind: webhook.ErrRateLimited, says: "4 attempts"},
		"429, longer than the policy allows": {script: []http.HandlerFunc{answer(429, "", "Retry-After", "90")}, posts: 1, kind: webhook.ErrRateLimited, says: "asked to wait 1m30s"},
		"503 with Retry-After":               {script: []http.HandlerFunc{answer(503, "", "Retry-After", "0")}, posts: 2},
		"503":                                {script: []http.HandlerFunc{answer(503, "")}, posts: 1, kind: webhook.ErrServer, says: "503 Service Unavailable"},
		"500":                                {script: []http.HandlerFunc{answer(500, "")}, posts: 1, kind: webhook.ErrServer, says: "500"},
		"502":                                {script: []http.HandlerFunc{answer(502, "<html>Bad")}, posts: 1, kind: webhook.ErrServer, says: `"<html>Bad"`},
		"504":                                {script: []http.HandlerFunc{answer(504, "")}, posts: 1, kind: webhook.ErrServer, says: "504"},
		"408":                                {script: []http.HandlerFunc{answer(408, "")}, posts: 1, says: "408"},
		"413":                                {script: []http.HandlerFunc{answer(413, "")}, posts: 1, kind: webhook.ErrPayloadTooLarge, says: "413"},
		"401":                                {script: []http.HandlerFunc{answer(401, `{"error":{"code":"C","message":"M."}}`)}, posts: 1, kind: webhook.ErrUnauthorized, says: "C: M; copy the whole URL"},
		"403":                                {script: []http.HandlerFunc{answer(403, "")}, posts: 1, kind: webhook.ErrForbidden, says: "403"},
		"404":                                {script: []http.HandlerFunc{answer(404, "")}, posts: 1, kind: webhook.ErrNotFound, says: "may have been deleted"},
		"400":                                {script: []http.HandlerFunc{answer(400, `{"error":{"code":"MissingApiVersionParameter"}}`)}, posts: 1, kind: webhook.ErrValidation, says: "MissingApiVersionParameter"},
		"cut after commit":                   {script: []http.HandlerFunc{cut}, posts: 1, says: "send message: "},
		"202 that breaks off":                {script: []http.HandlerFunc{brokenOff(202)}, posts: 1},
		"500 that breaks off":                {script: []http.HandlerFunc{brokenOff(500)}, posts: 1, kind: webhook.ErrServer, says: "500"},
	}
	for name, tt := range tests {
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprintf("%s/HTTP %d", name, version), func(t *testing.T) {
				t.Parallel()
				// The first message warms the connection that a later one may find broken.
				h := newHookSpeaking(t, version, append([]http.HandlerFunc{answer(202, "")}, tt.script...)...)
				c := h.client()
				_, err := c.Send(t.Context(), h.url(), webhook.Text("warm"))
				require.NoError(t, err)
				receipt, err := c.Send(t.Context(), h.url(), webhook.Text("hi"))
				posts := h.seen()[1:]
				assert.Len(t, posts, tt.posts)
				for _, p := range posts {
					assert.Equal(t, posts[0], p)
				}
				if tt.says == "" {
					require.NoError(t, err)
					assert.Equal(t, tt.posts, receipt.Attempts)
					return
				}
				assert.Nil(t, receipt)
				checkError(t, err, tt.kind, tt.says, tt.posts)
			})
		}
	}
}

func checkError(t *testing.T, err, kind error, says string, attempts int) {
	t.Helper()
	require.ErrorContains(t, err, says)
	if kind != nil {
		require.ErrorIs(t, err, kind)
	}
	assert.NotErrorIs(t, err, webhook.ErrInvalidParams)
	var e *webhook.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, attempts, e.Attempts)
	assert.NotContains(t, fmt.Sprintf("%v %+v", err, e), "canary")
}

func repeat(h http.HandlerFunc, n int) []http.HandlerFunc {
	script := make([]http.HandlerFunc, n)
	for i := range script {
		script[i] = h
	}
	return script
}

func brokenOff(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer(code, "half of it", "Content-Length", "500")(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	for code, kind := range map[int]error{202: nil, 500: webhook.ErrServer} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			var written atomic.Int64
			h := newHook(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(code)
				chunk := bytes.Repeat([]byte("x"), 1<<20)
				for range 1 << 10 {
					n, err := w.Write(chunk)
					written.Add(int64(n))
					if err != nil {
						return
					}
				}
			})
			_, err := h.client().Send(t.Context(), h.url(), webhook.Text("hi"))
			require.ErrorIs(t, err, kind)
			h.Close()
			assert.Less(t, written.Load(), int64(32<<20), "of a gigabyte")
			assert.Len(t, h.seen(), 1)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newHook(t)
	for _, code := range []int{301, 302, 303, 307, 308} {
		h := newHook(t, answer(code, "", "Location", elsewhere.URL+path+query))
		hc := h.Client()
		hc.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
		for _, c := range []*webhook.Client{h.client(), h.client(webhook.WithHTTPClient(hc))} {
			h.script, h.posts = []http.HandlerFunc{answer(code, "", "Location", elsewhere.URL+path+query)}, nil
			_, err := c.Send(t.Context(), h.url(), webhook.Text("hi"))
			require.ErrorContains(t, err, "a Workflow does not redirect")
			assert.NotContains(t, err.Error(), "canary")
			assert.Len(t, h.seen(), 1)
		}
	}
	assert.Empty(t, elsewhere.seen())
}

func TestErrorsAndLogsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "a/b+c=canary%" // escaped in the URL
	raw := "https://prod-1.logic.azure.com" + path + "?api-version=1&sp=%2ft&sv=1.0&sig=a%2fb%2Bc%3Dcanary%25"
	to, err := webhook.ParseURL(raw)
	require.NoError(t, err)
	echo := func(text string) memory {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
		}
	}
	failing := func(err error) memory {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	for name, transport := range map[string]memory{
		"echo of the URL":         echo("no flow at " + raw),
		"echo of the URI":         echo("no flow at " + strings.TrimPrefix(raw, "https://prod-1.logic.azure.com")),
		"echo of the path":        echo("no flow at " + path),
		"echo of the signature":   echo(`{"error":{"code":"C","message":"bad signature ` + secret + `"}}`),
		"echo as it was sent":     echo("bad sig=a%2fb%2Bc%3Dcanary%25"),
		"echo in other escapes":   echo("bad sig=" + url.QueryEscape(secret)),
		"url.Error":               failing(&url.Error{Op: "Post", URL: raw, Err: io.ErrUnexpectedEOF}),
		"url.Error in another":    failing(fmt.Errorf("proxy: %w", &url.Error{Op: "Post", URL: raw, Err: io.ErrUnexpectedEOF})),
		"two url.Errors":          failing(&url.Error{Op: "Post", URL: raw, Err: &url.Error{Op: "Post", URL: raw, Err: io.EOF}}),
		"DNS":                     failing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: raw, IsNotFound: true}}),
		"TLS":                     failing(&tls.CertificateVerificationError{Err: errors.New("not for " + raw)}),
		"an error of the proxy's": failing(errors.New("CONNECT " + raw)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			var told []webhook.Attempt
			c := newClient(t, throughMemory(transport),
				webhook.WithAttemptHook(func(_ context.Context, a webhook.Attempt) { told = append(told, a) }),
				webhook.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
				webhook.WithRetryPolicy(webhook.RetryPolicy{MaxAttempts: 2, MinWait: 1, MaxWait: 1}))
			_, err := c.Send(t.Context(), to, webhook.Text("hi"))
			require.Error(t, err)
			var e *webhook.Error
			require.ErrorAs(t, err, &e)
			all := fmt.Sprintf("%v %+v %#v %s %+v", err, e, e, e.Body, told) + log.String()
			require.NotEmpty(t, told)
			assert.Equal(t, "{url}", told[0].Route)
			for next := err; next != nil; next = errors.Unwrap(next) {
				all += fmt.Sprintf("%v %+v %#v", next, next, next)
			}
			for _, cause := range e.Unwrap() {
				all += fmt.Sprintf("%v %+v", cause, cause)
			}
			assert.NotContains(t, all, "canary")
			assert.NotContains(t, all, "workflows/5f9a")
			assert.Contains(t, log.String(), `"route":"https://prod-1.logic.azure.com/[redacted]"`)
		})
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		h := newHook(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := h.client().Send(ctx, h.url(), webhook.Text("hi"))
		require.ErrorIs(t, err, context.Canceled)
		assert.ErrorContains(t, err, "nothing was sent")
		assert.Empty(t, h.seen())
	})
	t.Run("during the request", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		h := newHook(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := h.client().Send(ctx, h.url(), webhook.Text("hi"))
		require.ErrorIs(t, err, context.Canceled)
		assert.Len(t, h.seen(), 1)
	})
	t.Run("once it is accepted", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		h := newHook(t, func(w http.ResponseWriter, r *http.Request) {
			answer(202, "the rest never comes")(w, r)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		c := h.client(webhook.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return memory(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				cancel()
				return resp, err
			})
		}))
		receipt, err := c.Send(ctx, h.url(), webhook.Text("hi"))
		require.NoError(t, err, "sending it again would double it")
		assert.Equal(t, 202, receipt.StatusCode)
	})
	t.Run("during the wait for another attempt", func(t *testing.T) {
		t.Parallel()
		h := newHook(t, answer(429, "", "Retry-After", "30"))
		ctx, cancel := context.WithCancel(t.Context())
		logger := slog.New(slog.NewTextHandler(writer(func(p []byte) {
			if bytes.Contains(p, []byte("wait=30s")) {
				cancel()
			}
		}), nil))
		_, err := h.client(webhook.WithLogger(logger)).Send(ctx, h.url(), webhook.Text("hi"))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, webhook.ErrRateLimited, "the last answer is kept")
		assert.Len(t, h.seen(), 1)
	})
	t.Run("an attempt takes too long", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			c := newClient(t, webhook.WithAttemptTimeout(time.Second), throughMemory(func(r *http.Request) (*http.Response, error) {
				sent++
				<-r.Context().Done()
				return nil, r.Context().Err()
			}))
			to, _ := webhook.ParseURL(logicURL)
			start := time.Now()
			_, err := c.Send(t.Context(), to, webhook.Text("hi"))
			require.ErrorContains(t, err, "no answer within 1s; it may have been posted")
			require.NotErrorIs(t, err, context.DeadlineExceeded, "that is the caller's own")
			assert.Equal(t, time.Second, time.Since(start))
			assert.Equal(t, 1, sent, "it may have been posted")
		})
	})
}

type writer func([]byte)

func (f writer) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	h := newHook(t)
	var none context.Context
	for says, send := range map[string]func() (*webhook.Receipt, error){
		"ctx must not be nil": func() (*webhook.Receipt, error) { return h.client().Send(none, h.url(), webhook.Text("hi")) },
		"url must not be empty: make it with ParseURL": func() (*webhook.Receipt, error) {
			return h.client().Send(t.Context(), webhook.URL{}, webhook.Text("hi"))
		},
		"message is not a JSON object": func() (*webhook.Receipt, error) { return h.client().Send(t.Context(), h.url(), "hi") },
	} {
		_, err := send()
		require.ErrorIs(t, err, webhook.ErrInvalidParams)
		var e *webhook.Error
		require.ErrorAs(t, err, &e)
		assert.ErrorContains(t, err, says)
		assert.Contains(t, e.Fields, strings.Fields(says)[0])
	}
	_, err := newClient(t, webhook.WithHTTPClient(h.Client())).Send(t.Context(), h.url(), webhook.Text("hi"))
	require.ErrorIs(t, err, webhook.ErrInvalidParams)
	assert.ErrorContains(t, err, `leads to "127.0.0.1", which this client may not send to: give NewClient the options that ParseURL got`)
	assert.Empty(t, h.seen())
}

func TestOptionsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	for field, opt := range map[string]webhook.Option{
		"HTTPClient": webhook.WithHTTPClient(nil), "Middleware": webhook.WithMiddleware(nil), "AttemptHook": webhook.WithAttemptHook(nil), "UserAgent": webhook.WithUserAgent("a\nb"),
		"AttemptTimeout": webhook.WithAttemptTimeout(0), "MaxMessageSize": webhook.WithMaxMessageSize(0), "RateLimit": webhook.WithRateLimit(0),
		"RetryPolicy": webhook.WithRetryPolicy(webhook.RetryPolicy{MaxAttempts: -1}), "AllowedHosts": webhook.WithAllowedHosts(""),
	} {
		_, err := webhook.NewClient(opt)
		require.ErrorIs(t, err, webhook.ErrInvalidParams, field)
		var e *webhook.Error
		require.ErrorAs(t, err, &e)
		assert.Contains(t, e.Fields, field)
	}
	newClient(t, nil, webhook.WithLogger(nil))
}
