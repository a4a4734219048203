package webhook_test

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

// TestMain has the system trust httptest's certificate, so that the client's
// own transport can be tested over TLS. It is for 127.0.0.1 and example.com.
func TestMain(m *testing.M) {
	server := httptest.NewTLSServer(nil)
	dir, err := os.MkdirTemp("", "webhook")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(dir, "cert.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	server.Close()
	if err := os.WriteFile(file, cert, 0o600); err != nil {
		panic(err)
	}
	_ = os.Setenv("SSL_CERT_FILE", file)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// hook is a webhook on loopback. It answers with the script, then with 202.
type hook struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	script []http.HandlerFunc
	posts  []string
	uris   []string
}

func newHook(t *testing.T, script ...http.HandlerFunc) *hook {
	t.Helper()
	return newHookSpeaking(t, 2, script...)
}

func newHookSpeaking(t *testing.T, version int, script ...http.HandlerFunc) *hook {
	t.Helper()
	h := &hook{t: t, script: script}
	h.Server = httptest.NewUnstartedServer(h)
	h.EnableHTTP2 = version == 2
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	h.posts = append(h.posts, string(body))
	h.uris = append(h.uris, r.RequestURI)
	next := answer(http.StatusAccepted, "")
	if n := len(h.posts); n <= len(h.script) {
		next = h.script[n-1]
	}
	h.mu.Unlock()
	next(w, r)
}

func (h *hook) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.posts...)
}

// url is the hook's, with a signature that must not show up anywhere.
func (h *hook) url() webhook.URL {
	h.t.Helper()
	u, err := webhook.ParseURL(h.URL+path+query, webhook.WithAllowedHosts("127.0.0.1"))
	require.NoError(h.t, err)
	return u
}

// client goes through its own transport, waits hardly at all and knows no rate.
func (h *hook) client(opts ...webhook.Option) *webhook.Client {
	h.t.Helper()
	return newClient(h.t, append([]webhook.Option{
		webhook.WithAllowedHosts("127.0.0.1"), webhook.WithPrivateAddresses(), webhook.WithRateLimit(1e6),
		webhook.WithRetryPolicy(webhook.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}),
	}, opts...)...)
}

func newClient(t *testing.T, opts ...webhook.Option) *webhook.Client {
	t.Helper()
	c, err := webhook.NewClient(opts...)
	require.NoError(t, err)
	return c
}

func answer(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// cut breaks the connection, or resets the stream, after the request was read.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// memory is a transport that needs no network.
type memory func(*http.Request) (*http.Response, error)

func (f memory) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func accepted() *http.Response {
	return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}
}

func throughMemory(f memory) webhook.Option {
	return webhook.WithHTTPClient(&http.Client{Transport: f})
}
