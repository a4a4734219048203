package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu"
)

const goroutines = 64

// counted is how much of something both sides need. Exact figures are the same
// each time, on this side always.
type counted struct {
	name, peer   string
	ours, theirs int64
	budget       int64
	exact        bool // theirs too
}

func counts(t *testing.T) []counted {
	t.Helper()
	ours, theirs := connections(t)
	first, firstTheirs := requests(t, 1)
	cold, coldTheirs := requests(t, goroutines)
	return []counted{
		{"Connections that 64 goroutines open for 1,280 requests", "http.DefaultTransport", ours, theirs, goroutines, false},
		{"Requests for a first token", msal, first, firstTheirs, 1, true},
		{"Requests when 64 goroutines want it at once", msal, cold, coldTheirs, 1, false},
	}
}

func TestCounts(t *testing.T) {
	for _, c := range counts(t) {
		t.Logf("%s: %d, %s %d", c.name, c.ours, c.peer, c.theirs)
		assert.LessOrEqual(t, c.ours, c.budget, c.name)
	}
}

// connections counts those that a server on loopback sees.
func connections(t *testing.T) (ours, theirs int64) {
	t.Helper()
	var opened atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"data":`+endpointJSON+`}`)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := must(novu.NewClient("key", novu.WithBaseURL(srv.URL)))
	together(t, 20, func(ctx context.Context) error { return second(c.ChannelEndpoints.Get(ctx, "x")) })
	ours = opened.Swap(0)

	hc := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()} //nolint:forcetypeassert // it is one
	defer hc.CloseIdleConnections()
	together(t, 20, func(ctx context.Context) error {
		return bare[endpointAnswer](ctx, hc, http.MethodGet, srv.URL+"/v1/channel-endpoints/x", nil)
	})
	return ours, opened.Load()
}

// requests counts those for a token that nobody has asked for before.
func requests(t *testing.T, callers int) (ours, theirs int64) {
	t.Helper()
	var sent atomic.Int64
	hc := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		sent.Add(1)
		return novuAnswers.RoundTrip(r)
	})}
	tenant := newTenant(hc)
	ask(t, callers, func(ctx context.Context) error { return second(tenant.GraphToken(ctx)) })
	ours = sent.Swap(0)

	c := must(confidential.New("https://login.microsoftonline.com/"+tenantID, clientID, must(confidential.NewCredFromSecret(secret)),
		confidential.WithHTTPClient(hc), confidential.WithInstanceDiscovery(false)))
	ask(t, callers, func(ctx context.Context) error {
		return second(c.AcquireTokenByCredential(ctx, []string{graphScope}))
	})
	return ours, sent.Load()
}

func together(t *testing.T, each int, f func(context.Context) error) {
	t.Helper()
	ask(t, goroutines, func(ctx context.Context) error {
		for range each {
			if err := f(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func ask(t *testing.T, callers int, f func(context.Context) error) {
	t.Helper()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			if err := f(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
