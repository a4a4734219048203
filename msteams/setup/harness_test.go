package setup_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

const (
	home = novutest.DefaultTenantID
)

// bench is an emulator in a bubble, with what a Setup needs.
type bench struct {
	t      *testing.T
	srv    *novutest.Server
	client *novu.Client
	wire   *wire
}

// inBubble runs f with an emulator on a fake clock: waiting takes no time.
func inBubble(t *testing.T, f func(t *testing.T, b *bench), opts ...novutest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv, err := novutest.Start(append([]novutest.Option{novutest.WithInMemory()}, opts...)...)
		require.NoError(t, err)
		defer srv.Close()
		w := &wire{}
		b := &bench{t: t, srv: srv, wire: w, client: srv.Client(novu.WithMiddleware(w.middleware))}
		f(t, b)
		synctest.Wait()
	})
}

func config() setup.Config {
	return setup.Config{
		UniqueName: "novu-teams-acme", TenantID: home, IntegrationIdentifier: "msteams-acme",
		App: manifest.App{
			Name: "Acme alerts", Description: "Alerts from Acme",
			Developer: manifest.Developer{
				Name: "Acme", WebsiteURL: "https://acme.example", PrivacyURL: "https://acme.example/privacy", TermsOfUseURL: "https://acme.example/terms",
			},
		},
		Azure: &setup.Azure{SubscriptionID: novutest.DefaultSubscriptionID, ResourceGroup: "teams"},
	}
}

func (b *bench) everybody() setup.Identities {
	all := b.srv.Operator(novutest.Operator{})
	return setup.Identities{Directory: all, Catalog: all, Azure: all}
}

func (b *bench) setup(c setup.Config, who setup.Identities, opts ...setup.Option) *setup.Setup {
	b.t.Helper()
	ms := append(b.srv.MSTeamsOptions(), msteams.WithMiddleware(b.wire.middleware))
	s, err := setup.New(b.client, c, who, append([]setup.Option{setup.WithMSTeams(ms...)}, opts...)...)
	require.NoError(b.t, err)
	return s
}

// plan plans, and expects to be able to.
func (b *bench) plan(s *setup.Setup) *setup.Plan {
	b.t.Helper()
	plan, err := s.Plan(b.t.Context())
	require.NoError(b.t, err)
	return plan
}

// apply plans and applies, and expects that nothing is left to do.
func (b *bench) apply(s *setup.Setup) *setup.Result {
	b.t.Helper()
	result, err := s.Apply(b.t.Context(), b.plan(s))
	require.NoError(b.t, err)
	require.Empty(b.t, result.Pending)
	return result
}

func yes(context.Context, setup.Step) (bool, error) { return true, nil }

// wire sees and can spoil every request of both sides, tokens included.
type wire struct {
	mu    sync.Mutex
	sent  []string // method and path
	spoil func(n int, r *http.Request) spoiling
	see   func(r *http.Request, body []byte)

	rewrite *strings.Replacer // of answers
}

type spoiling int

const (
	pass        spoiling = iota
	loseReq              // never sent
	loseAnswer           // carried out, and the answer lost
	halveAnswer          // carried out, and the answer broken off
	throttle             // 429 by a gateway, as are the next three
	fail                 // 500 with a page
	conflict             // 409 that says nothing
	maintain             // 200 with a body of somebody else
)

// gateway answers instead of the service, which never sees the request.
func (how spoiling) gateway(r *http.Request) *http.Response {
	status, body, header := 0, "", http.Header{"Content-Type": {"application/json"}}
	switch how {
	case throttle:
		status, body = http.StatusTooManyRequests, `{"error":{"code":"TooManyRequests","message":"slow down"}}`
		header.Set("Retry-After", "2")
	case fail:
		status, body = http.StatusInternalServerError, "<html><body>Internal error</body></html>"
		header.Set("Content-Type", "text/html")
	case conflict:
		status, body = http.StatusConflict, `{"error":{"code":"Conflict","message":"try again"}}`
	case maintain:
		status, body = http.StatusOK, `{"status":"maintenance"}`
	default:
		return nil
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func (w *wire) middleware(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		w.mu.Lock()
		n := len(w.sent)
		w.sent = append(w.sent, r.Method+" "+r.URL.Path)
		spoil, see := w.spoil, w.see
		w.mu.Unlock()
		if see != nil {
			var body []byte
			if r.Body != nil {
				body, _ = io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			see(r, body)
		}
		how := pass
		if spoil != nil {
			how = spoil(n, r)
		}
		if how == loseReq {
			return nil, errLost
		}
		if answer := how.gateway(r); answer != nil {
			return answer, nil
		}
		if how == loseAnswer || how == halveAnswer { // it is carried out, whatever becomes of who asked
			r = r.WithContext(context.WithoutCancel(r.Context()))
		}
		resp, err := next.RoundTrip(r)
		if how == loseAnswer && err == nil {
			_ = resp.Body.Close()
			return nil, errLost
		}
		if how == halveAnswer && err == nil {
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body[:len(body)/2])), -1
		}
		if w.rewrite != nil && err == nil {
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(w.rewrite.Replace(string(body)))), -1
		}
		return resp, err
	})
}

// take returns what was sent since the last call, without tokens.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var sent []string
	for _, line := range w.sent {
		if !strings.HasSuffix(line, "/oauth2/v2.0/token") {
			sent = append(sent, line)
		}
	}
	w.sent = nil
	return sent
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type lostError struct{}

func (lostError) Error() string { return "connection lost" }

var errLost = lostError{}
