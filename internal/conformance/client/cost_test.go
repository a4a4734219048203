//go:build !race

package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/rest"
)

const createdJSON = `{"data":{"identifier":"chendp_dqyuo04ejyks","channel":"chat","providerId":"msteams","integrationIdentifier":"teams",` +
	`"connectionIdentifier":"conn","subscriberId":"sub-1","contextKeys":["tenant:acme"],"type":"ms_teams_channel",` +
	`"endpoint":{"teamId":"t","channelId":"c"},"createdAt":"2026-11-23T16:36:47.508Z","updatedAt":"2026-11-23T16:36:47.508Z"}}`

// canned answers every request in memory.
type canned struct{}

func (canned) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return reply(http.StatusCreated, createdJSON), nil
}

var createParams = novu.CreateChannelEndpointParams{
	Identifier: "chendp_dqyuo04ejyks", IntegrationIdentifier: "teams", ConnectionIdentifier: "conn", SubscriberID: "sub-1",
	Context: novu.ContextPayload{"tenant": {ID: "acme"}}, Endpoint: novu.MSTeamsChannelEndpoint{TeamID: "b1946ac9-2f4e-4b1a-9d3c-7c5b2d1e0f11", ChannelID: "19:c@thread.tacv2"},
}

// bare does the same exchange with nothing but net/http and encoding/json.
func bare(ctx context.Context, hc *http.Client, base string) error {
	body, err := json.Marshal(map[string]any{
		"identifier": "chendp_dqyuo04ejyks", "integrationIdentifier": "teams", "connectionIdentifier": "conn", "subscriberId": "sub-1",
		"context": map[string]any{"tenant": "acme"}, "type": "ms_teams_channel", "endpoint": map[string]any{"teamId": "t", "channelId": "c"},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/channel-endpoints", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "ApiKey key")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s", resp.Status)
	}
	var out struct {
		Data struct {
			Identifier, Channel, ProviderID, IntegrationIdentifier, ConnectionIdentifier, SubscriberID, Type string
			ContextKeys                                                                                      []string
			Endpoint                                                                                         struct{ TeamID, ChannelID string }
			CreatedAt, UpdatedAt                                                                             time.Time
		}
	}
	return json.Unmarshal(data, &out)
}

func cannedClients(tb testing.TB) (*novu.Client, *http.Client) {
	tb.Helper()
	hc := &http.Client{Transport: canned{}, Timeout: 30 * time.Second}
	c, err := novu.NewClient("key", novu.WithHTTPClient(hc))
	require.NoError(tb, err)
	return c, hc
}

func TestAllocations(t *testing.T) {
	c, hc := cannedClients(t)
	ours := testing.AllocsPerRun(500, func() {
		if _, err := c.ChannelEndpoints.Create(context.Background(), createParams); err != nil {
			t.Fatal(err)
		}
	})
	theirs := testing.AllocsPerRun(500, func() {
		if err := bare(context.Background(), hc, "https://api.novu.co"); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("allocations of a create: %.0f, bare %.0f, ratio %.2f", ours, theirs, ours/theirs)
	assert.LessOrEqual(t, ours, 2*theirs)
}

func BenchmarkCreate(b *testing.B) {
	c, hc := cannedClients(b)
	b.Run("novu", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.ChannelEndpoints.Create(context.Background(), createParams); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := bare(context.Background(), hc, "https://api.novu.co"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ratio", func(b *testing.B) {
		var ratios []float64
		for range 11 { // interleaved pairs, since the machine's speed drifts
			ours, theirs := timed(200, func() error { return second(c.ChannelEndpoints.Create(context.Background(), createParams)) }),
				timed(200, func() error { return bare(context.Background(), hc, "https://api.novu.co") })
			ratios = append(ratios, float64(ours)/float64(theirs))
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "novu/bare")
		b.ReportMetric(0, "ns/op")
	})
}

func timed(n int, f func() error) time.Duration {
	start := time.Now()
	for range n {
		if err := f(); err != nil {
			panic(err)
		}
	}
	return time.Since(start)
}

// slow skips what takes long or wants a quiet machine, unless it is asked for.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("NOVU_SLOW_TESTS") == "" {
		t.Skip("set NOVU_SLOW_TESTS=1 to run it")
	}
}

// Over loopback TLS with 64 goroutines, against a tuned bare client that gives each request the same
// deadline. The figures are reported; a shared machine's timings are too noisy to gate.
func TestThroughput(t *testing.T) {
	slow(t)
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, createdJSON)
			}))
			srv.EnableHTTP2 = http2
			srv.StartTLS()
			defer srv.Close()
			roots := srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs //nolint:forcetypeassert // httptest's
			var open, most atomic.Int64
			transport := func() *http.Transport {
				own := rest.NewHTTPTransport(rest.AttemptTimeout) // what a client without WithHTTPClient has
				own.TLSClientConfig = &tls.Config{RootCAs: roots}
				own.ForceAttemptHTTP2 = http2
				own.DialContext = counting(own.DialContext, &open, &most)
				return own
			}
			hc := &http.Client{Transport: transport()}
			c, err := novu.NewClient("key", novu.WithBaseURL(srv.URL), novu.WithHTTPClient(&http.Client{Transport: transport()}))
			require.NoError(t, err)
			theirs := func() time.Duration {
				return storm(t, func() error {
					ctx, cancel := context.WithTimeout(t.Context(), rest.AttemptTimeout)
					defer cancel()
					return bare(ctx, hc, srv.URL)
				})
			}
			ours := func() time.Duration {
				return storm(t, func() error { return second(c.ChannelEndpoints.Create(t.Context(), createParams)) })
			}
			theirs() // and ours: the connections are made
			ours()
			var ratios []float64
			for range 21 {
				a, b := theirs(), ours()
				b, a = b+ours(), a+theirs() // in both orders
				ratios = append(ratios, float64(a)/float64(b))
			}
			slices.Sort(ratios)
			t.Logf("throughput against bare: median %.2f of %.2f", ratios[len(ratios)/2], ratios)
			assert.LessOrEqual(t, most.Load(), int64(128), "connections of both clients, open at once")
		})
	}
}

// counting keeps count of the connections that are open, and of the most that
// ever were.
func counting(dial func(context.Context, string, string) (net.Conn, error), open, most *atomic.Int64) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		for n := open.Add(1); n > most.Load(); {
			most.Store(n)
		}
		return &counted{Conn: conn, closed: func() { open.Add(-1) }}, nil
	}
}

type counted struct {
	net.Conn
	once   sync.Once
	closed func()
}

func (c *counted) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

func storm(t *testing.T, f func() error) time.Duration {
	t.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 25 {
				if err := f(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// What users inherit from the packages that they build into their programs. The emulator and the
// commands need more. How much a program grows by is gated in bench.
func TestModules(t *testing.T) {
	slow(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}",
		".", "./agent", "./customers", "./doctor", "./msteams/...", "./webhook")
	cmd.Dir = "../../.."
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	output, err := cmd.Output()
	require.NoError(t, err)
	modules := map[string]bool{}
	for _, path := range strings.Fields(string(output)) {
		if path != "github.com/novu-go/novu" {
			modules[path] = true
		}
	}
	t.Logf("modules in users' builds: %v", modules)
	assert.LessOrEqual(t, len(modules), 5)
}
