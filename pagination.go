package novu

import (
	"bytes"
	"context"
	"iter"
	"net/http"

	"github.com/google/go-querystring/query"

	"github.com/novu-go/novu/internal/rest"
)

// Page is one page of a list. Next and Previous are cursors for the After and Before of another
// request, empty if there is no such page.
type Page[T any] struct {
	Data             []T
	Next             string
	Previous         string
	TotalCount       int  // of all that match, up to 50,000
	TotalCountCapped bool // whether there are more than TotalCount says
}

func (p *Page[T]) missing() string {
	if p.Data == nil {
		return "data"
	}
	return ""
}

// UnmarshalJSON reads a page with its cursors, or a bare array.
func (p *Page[T]) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		*p = Page[T]{}
		return lenient(data, &p.Data)
	}
	var wire struct {
		Data             []T    `json:"data"`
		Next             string `json:"next"`
		Previous         string `json:"previous"`
		TotalCount       int    `json:"totalCount"`
		TotalCountCapped bool   `json:"totalCountCapped"`
	}
	if err := lenient(data, &wire); err != nil {
		return err
	}
	*p = Page[T](wire)
	return nil
}

// OrderDirection is the direction of a list.
type OrderDirection string

// The directions of a list; the server's default is descending by creation.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// list fetches one page. The params are a struct with url tags.
func list[T any](ctx context.Context, c *Client, op, route string, params any, opts []RequestOption) (*Page[T], error) {
	page := new(Page[T])
	if err := c.list(ctx, op, route, params, decode(page), opts); err != nil {
		return nil, err
	}
	return page, nil
}

func (c *Client) list(ctx context.Context, op, route string, params any, decode func([]byte) error, opts []RequestOption) error {
	values, err := query.Values(params)
	if err != nil {
		return checkParams(op, opts...).add("params", err.Error()).err()
	}
	return c.send(ctx, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: route, Query: values, Decode: decode,
	}, opts)
}

// all walks the pages that fetch returns for a cursor. The cursor is the last item of a page, so
// the page after it is fetched before that item is yielded: whoever deletes what is yielded does
// not cut off the rest. It goes forward only.
func all[T any](op, after, before string, fetch func(after string) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if before != "" {
			yield(none, checkParams(op).add("Before", "must be empty: All goes forward, use List to go back").err())
			return
		}
		page, err := fetch(after)
		for walk := (cycle{}); err == nil; {
			next := page.Next
			last := len(page.Data) - 1
			for i, item := range page.Data {
				if i == last && next != "" {
					break
				}
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			held := page.Data
			if err = walk.step(op, next); err == nil {
				page, err = fetch(next)
			}
			if err == nil && page.TotalCount == 0 && len(page.Data) == 0 && page.Next == "" {
				err = &Error{
					Op: op, Message: "the item that the list was to continue after was deleted", kind: ErrCursorLost, Remedy: remedies[ErrCursorLost],
				}
			}
			if last >= 0 && !yield(held[last], nil) {
				return
			}
		}
		yield(none, err)
	}
}

// cycle notices a list that comes back to a cursor, however long the way round (Brent's algorithm).
type cycle struct {
	seen         string
	steps, limit int
}

func (c *cycle) step(op, cursor string) error {
	if cursor == c.seen {
		return &Error{Op: op, Message: "the list comes back to a page that it has been at", kind: ErrBadAnswer}
	}
	if c.steps++; c.steps > c.limit {
		c.seen, c.steps, c.limit = cursor, 0, max(1, 2*c.limit)
	}
	return nil
}
