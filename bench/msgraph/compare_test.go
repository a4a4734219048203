// Package msgraph compares package msteams with Microsoft's own SDK on the same
// work. Compiling that SDK takes many minutes, so this module is built by hand
// and not by CI:
//
//	go test -run TestCompare -v -timeout 1h            # what it finds
//	go test -run TestCompare -timeout 1h -update       # and writes it to result.md
//	go test -run ^$ -bench . -count 10 -timeout 1h     # for benchstat
//
// TestJourney plays a journey of that SDK and of azidentity on the emulator:
//
//	go test -run TestJourney -timeout 1h
package msgraph

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/novu-go/novu/msteams"
)

var update = flag.Bool("update", false, "write result.md")

const (
	pages    = 10
	pageSize = 100
	host     = "https://graph.example"
)

// graph answers in memory: a thousand teams in ten pages, and a team's channels.
type graph struct {
	teams    [pages][]byte
	channels []byte
}

func newGraph() *graph {
	g := new(graph)
	for p := range pages {
		var b bytes.Buffer
		b.WriteString(`{"value":[`)
		for i := range pageSize {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"%08d-0000-4000-8000-000000000000","displayName":"Team %d","description":"A team of people"}`, p*pageSize+i, p*pageSize+i)
		}
		b.WriteByte(']')
		if p+1 < pages {
			fmt.Fprintf(&b, `,"@odata.nextLink":"%s/v1.0/teams?$skiptoken=%d"`, host, p+1)
		}
		b.WriteByte('}')
		g.teams[p] = b.Bytes()
	}
	var b bytes.Buffer
	b.WriteString(`{"value":[`)
	for i := range 50 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"19:%032x@thread.tacv2","displayName":"Channel %d","description":"A channel","membershipType":"standard"}`, i, i)
	}
	b.WriteString(`]}`)
	g.channels = b.Bytes()
	return g
}

func (g *graph) RoundTrip(r *http.Request) (*http.Response, error) {
	body := g.channels
	if strings.HasSuffix(r.URL.Path, "/teams") {
		page, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
		body = g.teams[page]
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

const teamID = "00000001-0000-4000-8000-000000000000"

// work is done by both; each returns how many items it saw.
type work struct {
	name         string
	items        int
	ours, theirs func() (int, error)
}

func works() ([]work, error) {
	ctx := context.Background()
	ms, err := msteams.NewClient(msteams.Credentials{ClientID: "c", TenantID: "home.example"},
		msteams.WithHTTPClient(&http.Client{Transport: newGraph()}), msteams.WithRateLimits(msteams.RateLimits{}),
		msteams.WithEndpoints(msteams.Endpoints{Graph: host}),
		msteams.WithTokenFunc(func(context.Context, string, string) (msteams.Token, error) {
			return msteams.Token{AccessToken: "t", ExpiresAt: time.Now().Add(time.Hour)}, nil
		}))
	if err != nil {
		return nil, err
	}
	tenant := ms.Tenant("7d1c1f0e-5a3b-4c7e-9a51-2f6c7d1e8a01")
	adapter, err := msgraphsdk.NewGraphRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, nil, nil, &http.Client{Transport: newGraph()})
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(host + "/v1.0")
	sdk := msgraphsdk.NewGraphServiceClient(adapter)
	return []work{
		{
			"List 1,000 teams in 10 pages", pages * pageSize,
			func() (int, error) { return count(tenant.Teams(ctx, msteams.ListTeamsParams{})) },
			func() (int, error) {
				first, err := sdk.Teams().Get(ctx, nil)
				if err != nil {
					return 0, err
				}
				iterator, err := msgraphcore.NewPageIterator[models.Teamable](first, adapter, models.CreateTeamCollectionResponseFromDiscriminatorValue)
				if err != nil {
					return 0, err
				}
				n := 0
				err = iterator.Iterate(ctx, func(models.Teamable) bool { n++; return true })
				return n, err
			},
		},
		{
			"List 50 channels of a team", 50,
			func() (int, error) { return count(tenant.Channels(ctx, teamID)) },
			func() (int, error) {
				page, err := sdk.Teams().ByTeamId(teamID).Channels().Get(ctx, nil)
				if err != nil {
					return 0, err
				}
				return len(page.GetValue()), nil
			},
		},
	}, nil
}

func count[T any](seq func(func(T, error) bool)) (n int, err error) {
	for _, err = range seq {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// TestCompare measures in interleaved pairs, since a shared machine's speed
// drifts, and takes medians.
func TestCompare(t *testing.T) {
	all, err := works()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString("| Work | ours | msgraph-sdk-go v1.89.0 | time, theirs/ours | allocations, ours | theirs |\n|---|---|---|---|---|---|\n")
	for _, w := range all {
		for _, do := range []func() (int, error){w.ours, w.theirs} {
			if n, err := do(); err != nil || n != w.items {
				t.Fatalf("%s: %d, %v", w.name, n, err)
			}
		}
		var ours, theirs, ratios []float64
		for range 15 {
			a, b := timed(w.ours), timed(w.theirs)
			ours, theirs, ratios = append(ours, a), append(theirs, b), append(ratios, b/a)
		}
		a, b := allocations(w.ours), allocations(w.theirs)
		if a > b {
			t.Errorf("%s: %.0f allocations, theirs %.0f", w.name, a, b)
		}
		if median(ratios) < 1/1.5 {
			t.Errorf("%s: takes %.2f times as long as theirs", w.name, 1/median(ratios))
		}
		fmt.Fprintf(&out, "| %s | ~%.2f ms | ~%.2f ms | ~%.1f | %.0f | %.0f |\n", w.name, median(ours)/1e6, median(theirs)/1e6, median(ratios), a, b)
	}
	fmt.Fprintf(&out, "\nMeasured with %s.\n", runtime.Version())
	t.Log("\n" + out.String())
	if *update {
		if err := os.WriteFile("result.md", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func timed(f func() (int, error)) float64 {
	start := time.Now()
	for range 10 {
		_, _ = f()
	}
	return float64(time.Since(start)) / 10
}

func allocations(f func() (int, error)) float64 {
	return testing.AllocsPerRun(20, func() { _, _ = f() })
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func BenchmarkGraph(b *testing.B) {
	all, err := works()
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range all {
		for name, f := range map[string]func() (int, error){"msteams": w.ours, "msgraph": w.theirs} {
			b.Run(strings.ReplaceAll(w.name, " ", "-")+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
