package bench

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func client() *http.Client { return &http.Client{Transport: novuAnswers} }

// Allocations are the same on every machine: the budget is strict.
func TestAllocations(t *testing.T) {
	for _, w := range works(client()) {
		ours, theirs := allocations(t, w.ours), allocations(t, w.theirs)
		t.Logf("%-40s %5.0f, %s %5.0f, ratio %.2f", w.name, ours, w.peer, theirs, ours/theirs)
		assert.LessOrEqual(t, ours, w.allocations*theirs, w.name)
	}
}

func allocations(t *testing.T, f func() error) float64 {
	t.Helper()
	require.NoError(t, f())
	return testing.AllocsPerRun(300, func() {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	})
}

// slack is what a shared machine's noise is allowed beyond a target.
const slack = 1.5

// Times are medians of interleaved pairs, since the machine's speed drifts.
func TestTimes(t *testing.T) {
	for _, w := range works(client()) {
		m := measure(t, w)
		t.Logf("%-40s %8s, %s %8s, ratio %.2f", w.name, m.ours, w.peer, m.theirs, m.ratio)
		assert.LessOrEqual(t, m.ratio, slack*w.time, w.name)
	}
}

type times struct {
	ours, theirs time.Duration
	ratio        float64
}

const pairs = 11

func measure(t *testing.T, w work) times {
	t.Helper()
	var ours, theirs []time.Duration
	var ratios []float64
	n := runs(t, w.theirs)
	for i := range pairs {
		first, other := w.ours, w.theirs
		if i%2 == 1 { // in both orders
			first, other = other, first
		}
		a, b := timed(t, n, first), timed(t, n, other)
		if i%2 == 1 {
			a, b = b, a
		}
		ours, theirs, ratios = append(ours, a), append(theirs, b), append(ratios, float64(a)/float64(b))
	}
	return times{median(ours), median(theirs), median(ratios)}
}

// runs is how often f runs in about ten milliseconds.
func runs(t *testing.T, f func() error) int {
	t.Helper()
	n := 1
	for timed(t, n, f)*time.Duration(n) < 10*time.Millisecond && n < 1<<20 {
		n *= 2
	}
	return n
}

func timed(t *testing.T, n int, f func() error) time.Duration {
	t.Helper()
	start := time.Now()
	for range n {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(start) / time.Duration(n)
}

func median[T time.Duration | float64](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

func BenchmarkWork(b *testing.B) {
	for _, w := range works(client()) {
		for _, side := range []struct {
			name string
			f    func() error
		}{{"ours", w.ours}, {"theirs", w.theirs}} {
			b.Run(strings.ReplaceAll(w.name, " ", "-")+"/"+side.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := side.f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
