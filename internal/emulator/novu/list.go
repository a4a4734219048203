package novu

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
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

// listQuery checks what all cursor lists share: the query of most is checked
// for the largest limit, and their command for the smallest. own are the list's
// own parameters.
func (c *call) listQuery(command string, own ...property) *reply {
	values := c.queryValues()
	if refused := c.invalidValues(values, append(own, optional("limit", atMost(mostLimit)))...); refused != nil {
		return refused
	}
	return c.invalidCommand(command, values, optional("limit", atLeastOrZero(1)))
}

// listQueryOfCommand is listQuery of a list whose command checks both limits.
func (c *call) listQueryOfCommand(command string, own ...property) *reply {
	values := c.queryValues()
	if refused := c.invalidValues(values, own...); refused != nil {
		return refused
	}
	return c.invalidCommand(command, values, optional("limit", atMost(mostLimit), atLeastOrZero(1)))
}

// queryValues are the query's parameters. A limit and a page are numbers, as the API
// transforms them.
func (c *call) queryValues() map[string]any {
	values := map[string]any{}
	for name := range c.Query {
		values[name] = c.Query.Get(name)
	}
	for _, name := range []string{"limit", "page", "offset"} {
		if n, has := c.number(name); has {
			values[name] = n
		}
	}
	return values
}

// atMost compares as JavaScript does: what is not a number is not less.
func atMost(most float64) rule {
	return func(v any) string {
		if n, isNumber := v.(number); isNumber && float64(n) <= most {
			return ""
		}
		return fmt.Sprintf("%%s must not be greater than %v", most)
	}
}

func atLeast(least float64) rule {
	return func(v any) string {
		if n, isNumber := v.(number); isNumber && float64(n) >= least {
			return ""
		}
		return fmt.Sprintf("%%s must not be less than %v", least)
	}
}

// atLeastOrZero is atLeast where zero stands for the default, and where what is
// not a number was refused before.
func atLeastOrZero(least float64) rule {
	return func(v any) string {
		if n, _ := v.(number); n == 0 || math.IsNaN(float64(n)) {
			return ""
		}
		return atLeast(least)(v)
	}
}

// number is a JavaScript number of the query. JSON has no NaN: it becomes null.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'f', -1, 64), nil
}

// number is a parameter of the query as a JavaScript number.
func (c *call) number(name string) (number, bool) {
	if !c.Query.Has(name) {
		return 0, false
	}
	text := strings.TrimSpace(c.Query.Get(name))
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return number(math.NaN()), true
	}
	return number(n), true
}

// pageOf is the page that a list by numbers asks for.
func (c *call) pageOf(most float64) (page, limit int, refused *reply) {
	if refused := c.invalidValues(c.queryValues(),
		optional("page", atLeast(0), isInteger), optional("limit", atMost(most), atLeast(1), isInteger),
	); refused != nil {
		return 0, 0, refused
	}
	limit = defaultLimit
	if n, given := c.number("page"); given {
		page = int(n)
	}
	if n, given := c.number("limit"); given {
		limit = int(n)
	}
	return page, limit, nil
}

// listPage answers with the page that the query asks for, of the rows that match.
func listPage[R record](c *call, t *table[R], match func(R) bool, show func(R) any) *reply {
	before, after := c.Query.Get("before"), c.Query.Get("after")
	if before != "" && after != "" {
		return c.badRequest(`Cannot specify both "before" and "after" cursors at the same time.`)
	}
	cursor := cmp.Or(before, after)
	empty := page{Data: []any{}}
	if cursor != "" && !hex24.MatchString(cursor) {
		if c.cursorMayBeMalformed {
			return emulator.JSON(http.StatusOK, empty)
		}
		return c.internalError()
	}
	compare := order[R](c.Query)
	var at R
	if cursor != "" {
		var found bool
		if at, found = t.find(func(r R) bool { return strings.EqualFold(r.header().ID, cursor) }); !found {
			return emulator.JSON(http.StatusOK, empty)
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
	return emulator.JSON(http.StatusOK, p)
}

// slice is which of n sorted rows the query asks for. compare says where a row
// stands to the cursor.
func (c *call) slice(n int, compare func(int) int) (from, to int) {
	limit := defaultLimit
	if asked, _ := c.number("limit"); asked >= 1 {
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
