package doctor_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/novutest"
)

// manyCustomers is how many a sweep is tried with.
func manyCustomers() int {
	if testing.Short() {
		return 1_000
	}
	return 10_000
}

// The emulator answers at once, so the fake clock shows what Microsoft's limits take.
func TestASweepTakesLittleMoreTimeThanTheLimitsDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(manyCustomers())
		f.options = append(f.options, novutest.WithInMemory())
		f.tenants[77].Unconsented = true
		srv := f.server(t)
		defer srv.Close()
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
			msteams.WithEndpoints(msteams.Endpoints{Login: srv.LoginURL(), BotLogin: srv.LoginURL(), Graph: srv.GraphURL(), Connector: srv.ConnectorURL()}),
			msteams.WithHTTPClient(srv.HTTPClient()))
		require.NoError(t, err)
		began, reports := time.Now(), 0
		for report, err := range mustNew(t, srv.Client(), doctor.WithMSTeams(ms)).Sweep(t.Context(), doctor.SweepParams{}) {
			require.NoError(t, err)
			reports++
			if report.TenantID == tenantID(77) {
				assert.Equal(t, doctor.CheckConsent, report.Broken()[0].Check)
			} else {
				assert.Equal(t, doctor.OK, report.Verdict, "%s", report)
			}
		}
		took := time.Since(began)
		assert.Equal(t, manyCustomers(), reports)
		var graph []time.Time // of requests that share the limit over all tenants
		for _, r := range srv.Requests() {
			if strings.HasPrefix(r.Path, "/_graph/") && !strings.Contains(r.Path, "allChannels") {
				graph = append(graph, r.At)
			}
		}
		least := time.Duration(len(graph)) * time.Second / 600
		t.Logf("%d customers in %v; the limits demand %v for %d requests", reports, took, least, len(graph))
		assert.Less(t, took, least*11/10+time.Second/2)
		for i := 600; i < len(graph); i++ {
			require.Greater(t, graph[i].Sub(graph[i-600]), time.Second, "more than 600 requests a second")
		}
		time.Sleep(time.Hour)
	})
}

// answers stands in for both servers. It holds nothing, so the heap that grows is the sweep's.
type answers struct{ customers int }

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	body := a.body(req.URL.Path, req.URL.Query().Get("after"))
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

func (a answers) body(path, after string) string {
	switch {
	case path == "/v1/environments/me":
		return `{"data":{"_id":"e1","name":"Production"}}`
	case path == "/v1/integrations":
		return fmt.Sprintf(`{"data":[{"_id":"i1","_environmentId":"e1","identifier":"teams","providerId":"msteams","channel":"chat","active":true,`+
			`"credentials":{"clientId":%q,"secretKey":%q,"tenantId":%q}}]}`, clientID, clientSecret, homeTenant)
	case path == "/v1/channel-connections":
		return a.page(after, func(n int) string {
			return fmt.Sprintf(`{"identifier":"connection-%d","integrationIdentifier":"teams","providerId":"msteams","subscriberId":"customer-%d",`+
				`"contextKeys":["tenant:customer-%d"],"workspace":{"id":%q},"auth":{"accessToken":"app-only"}}`, n, n, n, tenantID(n))
		})
	case path == "/v1/channel-endpoints":
		return a.page(after, func(n int) string {
			return fmt.Sprintf(`{"identifier":"endpoint-%d","integrationIdentifier":"teams","providerId":"msteams","connectionIdentifier":"connection-%d",`+
				`"subscriberId":"customer-%d","contextKeys":["tenant:customer-%d"],"type":"ms_teams_channel","endpoint":{"teamId":%q,"channelId":%q}}`,
				n, n, n, n, teamID, channelID)
		})
	case strings.HasSuffix(path, "/oauth2/v2.0/token"):
		claims, _ := json.Marshal(object{"tid": path, "roles": []string{
			msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog, msteams.PermissionInstallInTeam,
		}, "padding": strings.Repeat("x", 1500)}) // a real token is about that long
		return `{"token_type":"Bearer","expires_in":3599,"access_token":"e30.` + base64.RawURLEncoding.EncodeToString(claims) + `.sig"}`
	case strings.HasSuffix(path, "/allChannels"):
		return `{"value":[{"id":"` + channelID + `","displayName":"Alerts","membershipType":"standard"}]}`
	case strings.HasSuffix(path, "/pagedmembers"):
		return `{"members":[{"id":"29:1","objectId":"` + userID + `"}]}`
	case strings.Contains(path, "/members/"):
		return `{"id":"29:1","objectId":"` + userID + `"}`
	case strings.HasSuffix(path, "/teamsApps"), strings.HasSuffix(path, "/installedApps"):
		return `{"value":[{"id":"a1","externalId":"` + clientID + `","displayName":"Alerts","teamsApp":{"id":"a1","externalId":"` + clientID + `"}}]}`
	}
	return `{"data":{}}`
}

func (a answers) page(after string, item func(int) string) string {
	first, _ := strconv.Atoi(after)
	var items []string
	for n := first; n < min(first+100, a.customers); n++ {
		items = append(items, item(n))
	}
	next := "null"
	if first+100 < a.customers {
		next = strconv.Quote(strconv.Itoa(first + 100))
	}
	return fmt.Sprintf(`{"data":[%s],"next":%s,"previous":null,"totalCount":%d}`, strings.Join(items, ","), next, a.customers)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestASweepTakesLittleMemory(t *testing.T) {
	before := heap()
	most := func(customers int) (largest int64) {
		hc := &http.Client{Transport: answers{customers: customers}}
		client, err := novu.NewClient("key", novu.WithHTTPClient(hc))
		require.NoError(t, err)
		ms, err := msteams.NewClient(msteams.Credentials{ClientID: clientID, ClientSecret: clientSecret, TenantID: homeTenant},
			msteams.WithHTTPClient(hc), msteams.WithRateLimits(msteams.RateLimits{}))
		require.NoError(t, err)
		reports := 0
		for report, err := range mustNew(t, client, doctor.WithMSTeams(ms)).Sweep(t.Context(), doctor.SweepParams{}) {
			require.NoError(t, err)
			require.Equal(t, doctor.OK, report.Verdict, "%s", report)
			if reports++; reports%500 == 0 {
				largest = max(largest, heap()-before)
			}
		}
		require.Equal(t, customers, reports)
		// The clients are still there, and so would be the tokens.
		left := heap() - before
		t.Logf("%d customers: at most %.1f MB, %.1f MB at the end", customers, float64(largest)/1e6, float64(left)/1e6)
		assert.Less(t, left, int64(8e6), "tokens of swept tenants leave the cache")
		runtime.KeepAlive(ms)
		runtime.KeepAlive(client)
		return largest
	}
	assert.Less(t, most(manyCustomers()), int64(64e6))
	if os.Getenv("NOVU_LONG_TESTS") != "" {
		assert.Less(t, most(10*manyCustomers()), int64(64e6), "it does not grow with the environment")
	}
}
