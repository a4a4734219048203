package novu

import (
	"cmp"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	defaultLimit = 10
	mostLimit    = 100
	countCap     = 50000
)

// page is one page of a cursor list.
type page struct {
	Data             []any   `json:"data"`
	Next             *string `json:"next"`
	Previous         *string `json:"previous"`
	TotalCount       int     `json:"totalCount"`
	TotalCountCapped bool    `json:"totalCountCapped"`
}

// listQuery checks what all cursor lists share. own are the list's own parameters.
func (c *call) listQuery(command string, own ...property) *reply {
	values := map[string]any{}
	for name := range c.Query {
		values[name] = c.Query.Get(name)
	}
	limit, hasLimit := c.limit()
	if hasLimit {
		values["limit"] = json.Number(strconv.FormatFloat(limit, 'f', -1, 64))
	}
	atMost := func(any) string {
		if hasLimit && !(limit <= mostLimit) { // NaN is not
			return "%s must not be greater than 100"
		}
		return ""
	}
	if refused := c.invalidValues(values, append(own, optional("limit", atMost))...); refused != nil {
		return refused
	}
	atLeast := func(any) string {
		if hasLimit && limit < 1 && limit != 0 {
			return "%s must not be less than 1"
		}
		return ""
	}
	return c.invalidCommand(command, values, optional("limit", atLeast))
}

// limit is the query's limit as a JavaScript number.
func (c *call) limit() (float64, bool) {
	if !c.Query.Has("limit") {
		return 0, false
	}
	text := strings.TrimSpace(c.Query.Get("limit"))
	if text == "" {
		return 0, true
	}
	limit, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN(), true
	}
	return limit, true
}

// listPage answers with the page that the query asks for, of the rows that match.
func listPage[R record](c *call, t *table[R], match func(R) bool, show func(R) any) *reply {
	before, after := c.Query.Get("before"), c.Query.Get("after")
	if before != "" && after != "" {
		return c.badRequest(`Cannot specify both "before" and "after" cursors at the same time.`)
	}
	cursor := cmp.Or(before, after)
	if cursor != "" && !hex24.MatchString(cursor) {
		return c.internalError()
	}
	empty := page{Data: []any{}}
	compare := order[R](c.Query)
	var at R
	if cursor != "" {
		var found bool
		if at, found = t.find(func(r R) bool { return strings.EqualFold(r.header().ID, cursor) }); !found {
			return emulator.JSON(200, empty)
		}
	}
	var rows []R
	for _, r := range t.rows {
		if match(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, compare)
	from, to := c.slice(len(rows), func(i int) int { return compare(rows[i], at) })
	p := empty
	p.TotalCount, p.TotalCountCapped = min(len(rows), countCap), len(rows) > countCap
	for _, r := range rows[from:to] {
		p.Data = append(p.Data, show(r))
	}
	if to > from && to < len(rows) {
		p.Next = &rows[to-1].header().ID
	}
	if to > from && from > 0 {
		p.Previous = &rows[from].header().ID
	}
	return emulator.JSON(200, p)
}

// slice is which of n sorted rows the query asks for. compare says where a row
// stands to the cursor.
func (c *call) slice(n int, compare func(int) int) (from, to int) {
	limit := defaultLimit
	if asked, _ := c.limit(); asked >= 1 {
		limit = int(asked)
	}
	inclusive := c.Query.Get("includeCursor") == "true"
	firstFrom := func(least int) int { return sort.Search(n, func(i int) bool { return compare(i) >= least }) }
	switch {
	case c.Query.Get("after") != "" && inclusive:
		from = firstFrom(0)
	case c.Query.Get("after") != "":
		from = firstFrom(1)
	case c.Query.Get("before") != "" && inclusive:
		to = firstFrom(1)
		return max(to-limit, 0), to
	case c.Query.Get("before") != "":
		to = firstFrom(0)
		return max(to-limit, 0), to
	}
	return from, min(from+limit, n)
}

// order is the query's order. An unknown orderBy leaves the order of the ids.
func order[R record](q url.Values) func(a, b R) int {
	direction := -1
	if strings.EqualFold(q.Get("orderDirection"), "ASC") {
		direction = 1
	}
	by := cmp.Or(q.Get("orderBy"), "createdAt")
	return func(a, b R) int {
		x, y := a.header(), b.header()
		d := 0
		switch by {
		case "createdAt":
			d = x.CreatedAt.Compare(y.CreatedAt)
		case "updatedAt":
			d = x.UpdatedAt.Compare(y.UpdatedAt)
		}
		return direction * cmp.Or(d, strings.Compare(x.ID, y.ID))
	}
}

// contextFilter is the query's contextKeys: an exact set, in any order. An
// empty one asks for rows without context.
func (c *call) contextFilter() func(keys []string) bool {
	if !c.Query.Has("contextKeys") {
		return func([]string) bool { return true }
	}
	want := slices.DeleteFunc(slices.Clone(c.Query["contextKeys"]), func(s string) bool { return s == "" })
	slices.Sort(want)
	want = slices.Compact(want)
	return func(keys []string) bool { return slices.Equal(want, keys) }
}

// equals is a query parameter that must equal a field; an empty one filters
// nothing.
func (c *call) equals(name, field string) bool {
	want := c.Query.Get(name)
	return want == "" || want == field
}
