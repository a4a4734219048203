package msteams_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

const (
	clientID  = "11111111-aaaa-4bbb-8ccc-000000000001"
	secret    = "s3cret~canary/value+1"
	home      = "22222222-aaaa-4bbb-8ccc-000000000002"
	customer  = "33333333-aaaa-4bbb-8ccc-000000000003"
	teamID    = "44444444-aaaa-4bbb-8ccc-000000000004"
	appID     = "55555555-aaaa-4bbb-8ccc-000000000005"
	userID    = "66666666-aaaa-4bbb-8ccc-000000000006"
	channelID = "19:general@thread.tacv2"
)

// received is a request as the server saw it.
type received struct {
	method, uri, token, body string
	header                   http.Header
}

// answer plays one request.
type answer func(http.ResponseWriter, *http.Request)

// fake is a Microsoft of the test's making. Each route answers with its script,
// the last answer again and again.
type fake struct {
	mux *http.ServeMux
	url string // of the loopback server, or of the in-memory one

	mu      sync.Mutex
	seen    []received
	counts  map[string]int
	latency time.Duration // in memory only
}

// newFake serves over loopback.
func newFake(t testing.TB) *fake {
	f := newHandler()
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

// newHandler serves in memory, through [fake.RoundTrip].
func newHandler() *fake {
	return &fake{mux: http.NewServeMux(), counts: map[string]int{}, url: "http://127.0.0.1:1"}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.mu.Lock()
	f.seen = append(f.seen, received{
		method: r.Method, uri: r.URL.RequestURI(), token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		body: string(body), header: r.Header.Clone(),
	})
	f.mu.Unlock()
	if _, pattern := f.mux.Handler(r); pattern == "" && strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
		tenant := strings.Split(r.URL.Path, "/")[2]
		tokenAnswer(jwt(tenant, "Team.ReadBasic.All"), 3599)(w, r)
		return
	}
	f.mux.ServeHTTP(w, r)
}

// RoundTrip makes the handler a transport, so that it runs in a synctest bubble.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(f.latency):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	f.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// on sets the script of a route: "GET /graph/v1.0/teams".
func (f *fake) on(pattern string, script ...answer) {
	f.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		n := f.counts[pattern]
		f.counts[pattern]++
		f.mu.Unlock()
		script[min(n, len(script)-1)](w, r)
	})
}

// requests are those whose URI holds part.
func (f *fake) requests(part string) []received {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []received
	for _, r := range f.seen {
		if strings.Contains(r.uri, part) {
			found = append(found, r)
		}
	}
	return found
}

func (f *fake) options(opts ...msteams.Option) []msteams.Option {
	return append([]msteams.Option{
		msteams.WithEndpoints(msteams.Endpoints{Login: f.url + "/login", Graph: f.url + "/graph", Connector: f.url + "/connector/teams"}),
		msteams.WithRateLimits(msteams.RateLimits{}),
		msteams.WithRetryPolicy(msteams.RetryPolicy{MinWait: time.Microsecond, MaxWait: time.Millisecond}),
	}, opts...)
}

func (f *fake) client(t testing.TB, opts ...msteams.Option) *msteams.Client {
	t.Helper()
	c, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: secret, TenantID: home}, f.options(opts...)...)
	require.NoError(t, err)
	return c
}

func (f *fake) tenant(t testing.TB, opts ...msteams.Option) *msteams.Tenant {
	return f.client(t, opts...).Tenant(customer)
}

// inMemory is a client of a fake without a server.
func (f *fake) inMemory(t testing.TB, opts ...msteams.Option) *msteams.Client {
	return f.client(t, append([]msteams.Option{msteams.WithHTTPClient(&http.Client{Transport: f})}, opts...)...)
}

func status(code int, body string, header ...string) answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func ok(v any) answer {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return status(http.StatusOK, string(data), "Content-Type", "application/json")
}

func tokenAnswer(token string, expiresIn any) answer {
	return ok(map[string]any{"token_type": "Bearer", "expires_in": expiresIn, "access_token": token})
}

func jwt(tenant string, roles ...string) string {
	part := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	claims := map[string]any{"tid": tenant}
	if roles != nil {
		claims["roles"] = roles
	}
	return part(map[string]any{"alg": "none"}) + "." + part(claims) + ".signature-canary"
}

type object = map[string]any

func page(next string, items ...any) object {
	p := object{"value": append([]any{}, items...)}
	if next != "" {
		p["@odata.nextLink"] = next
	}
	return p
}

func team(n int) object {
	return object{"id": teamNo(n), "displayName": fmt.Sprintf("Team %d", n)}
}

func teamNo(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

// collect drains a list up to its first error.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for item, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}

func asError(t testing.TB, err error) *msteams.Error {
	t.Helper()
	var e *msteams.Error
	require.ErrorAs(t, err, &e)
	return e
}
