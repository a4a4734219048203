package bench

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const document = "../docs/performance.md"

const head = `# What it costs

Written by ` + "`(cd bench && go test -run TestPerformanceDocument -update -timeout 1h)`" + `, with %s on %s/%s. Figures with
a ~ depend on the machine. The others are exact, and ` + "`(cd bench && go test ./...)`" + ` fails if they differ.

## Time and allocations

Both sides do the same work over a transport in memory that answers at once. Times are medians of %d interleaved pairs. The tests fail if
allocations exceed their budget, or times their target by half (` + "`TestAllocations`, `TestTimes`" + `).
For benchstat: ` + "`(cd bench && go test -run '^$' -bench . -count 10)`" + `.

| Work | Against | time, ours | theirs | ours/theirs | target | allocations, ours | theirs | budget, ours/theirs |
|---|---|---|---|---|---|---|---|---|
`

const profile = `
What the profile shows (` + "`(cd bench && go test -run '^$' -bench Work/List -memprofile mem.out -memprofilerate 512)`" + `): of a list's
allocations, 19 of 20 are encoding/json's. The type of an endpoint stands beside it, so each endpoint has a decoding method of its own,
which sets up one more decoder an item; the endpoint itself is read without one. Of a create's allocations (` + "`-bench Work/Create`" + `), a
fifth is decoding. The rest is spread over the request, its headers, the attempt's own context and deadline, and the retry loop. Nothing stands out that could be left out.

## Connections and requests

` + "`TestCounts`" + ` fails above the budget.

| | Against | ours | theirs | budget |
|---|---|---|---|---|
`

const foot = `
## Footprint

Programs of a few lines (` + "`bench/programs`" + `), built with ` + "`-trimpath -ldflags='-s -w'`" + `. A cold build compiles the standard library too.
` + "`TestFootprint`" + ` fails above the budgets for size and modules.

| Program | cold build | size | modules linked, besides its own | budget |
|---|---|---|---|---|
`

const graphHead = `
## Against Microsoft's Graph SDK

The comparison is a module of its own, because compiling the SDK takes many minutes: ` + "`(cd bench/msgraph && go test -run TestCompare -timeout 1h -update)`" + `.

`

// byHand marks where the measured part of the document ends. What stands behind it is written by
// people and kept as it is.
const byHand = "\n<!-- written by hand from here on -->\n"

// The first part of docs/performance.md is measured. Everything but the machine's figures is compared.
func TestPerformanceDocument(t *testing.T) {
	got, err := os.ReadFile(document)
	if !*update {
		require.NoError(t, err)
		if !strings.Contains(string(got), runtime.Version()+" on "+runtime.GOOS+"/"+runtime.GOARCH) {
			t.Skip("the document is of another Go or another machine")
		}
	}
	measured, written, _ := strings.Cut(string(got), byHand)
	want := performance(t)
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(want+byHand+written), 0o644))
		return
	}
	assert.Equal(t, masked(measured), masked(want), "measure again: go test -run TestPerformanceDocument -update -timeout 1h")
}

var machines = regexp.MustCompile(`~[^|]*\|`)

func masked(text string) string { return machines.ReplaceAllString(text, "~ |") }

func performance(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, head, runtime.Version(), runtime.GOOS, runtime.GOARCH, pairs)
	for _, w := range works(client()) {
		var m times
		if *update {
			m = measure(t, w)
		}
		ours, theirs := allocations(t, w.ours), allocations(t, w.theirs)
		fmt.Fprintf(&b, "| %s | %s | ~%s | ~%s | ~%.2f | %.1f | %s | %s | %.2f |\n", w.name, w.peer, short(m.ours), short(m.theirs), m.ratio, w.time, wholeNumber(ours), wholeNumber(theirs), w.allocations)
	}
	b.WriteString(profile)
	for _, c := range counts(t) {
		theirs := fmt.Sprint(c.theirs)
		if !c.exact {
			theirs = "~" + theirs
		}
		ours := fmt.Sprint(c.ours)
		if c.budget > 1 { // how many of the goroutines meet depends on the machine
			ours = "~" + ours
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d |\n", c.name, c.peer, ours, theirs, c.budget)
	}
	b.WriteString(foot)
	for _, p := range programs {
		f := build(t, p.name, *update)
		budget := ""
		if p.peer != "" {
			budget = fmt.Sprintf("%.1f MB more than %s, %d modules", float64(p.more)/megabyte, p.peer, p.modules)
		}
		fmt.Fprintf(&b, "| `%s` %s | ~%.0f s | ~%.1f MB | %d | %s |\n", p.name, p.does, f.cold.Seconds(), float64(f.size)/megabyte, len(f.modules), budget)
	}
	if result, err := os.ReadFile("msgraph/result.md"); err == nil {
		b.WriteString(graphHead + string(result))
	}
	return b.String()
}

// wholeNumber writes a number of allocations. Above a thousand, it depends by one or two on what the
// standard library's pools hold at that moment.
func wholeNumber(n float64) string {
	if n > 1000 {
		return fmt.Sprintf("~%.0f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

func short(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%.2f ms", float64(d)/1e6)
}
