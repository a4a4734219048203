package novu_test

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"testing"

	"github.com/novu-go/novu"
)

const contextJSON = `{"type":"tenant","id":"acme","data":{"plan":"gold"},` + times + `}`

var tenantContext = novu.Context{Type: "tenant", ID: "acme", Data: map[string]any{"plan": "gold"}, CreatedAt: created, UpdatedAt: created}

func TestContexts(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.Create(ctx, novu.CreateContextParams{Type: "tenant", ID: "acme", Data: map[string]any{"plan": "gold"}})
			},
			method: http.MethodPost, path: "/v2/contexts",
			body:   `{"type":"tenant","id":"acme","data":{"plan":"gold"}}`,
			status: http.StatusCreated, answer: `{"data":` + contextJSON + `}`,
			want: &tenantContext,
		},
		"create without data": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.Create(ctx, novu.CreateContextParams{Type: "tenant", ID: "acme"})
			},
			method: http.MethodPost, path: "/v2/contexts",
			body:   `{"type":"tenant","id":"acme"}`,
			status: http.StatusCreated, answer: `{"data":` + contextJSON + `}`,
			want: &tenantContext,
		},
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Get(ctx, "tenant", "acme") },
			method: http.MethodGet, path: "/v2/contexts/tenant/acme",
			answer: `{"data":` + contextJSON + `}`,
			want:   &tenantContext,
		},
		"get from a server without an envelope": { // a context has a field named data too
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Get(ctx, "tenant", "acme") },
			method: http.MethodGet, path: "/v2/contexts/tenant/acme",
			answer: contextJSON,
			want:   &tenantContext,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.List(ctx, novu.ListContextsParams{
					Type: "tenant", ID: "acme", Search: "ac", Limit: 5, After: "cursor", OrderBy: "updatedAt", OrderDirection: novu.Ascending,
				})
			},
			method: http.MethodGet, path: "/v2/contexts",
			query: url.Values{
				"type": {"tenant"}, "id": {"acme"}, "search": {"ac"}, "limit": {"5"}, "after": {"cursor"},
				"orderBy": {"updatedAt"}, "orderDirection": {"ASC"},
			},
			answer: `{"data":[` + contextJSON + `],"next":null,"previous":null,"totalCount":1}`,
			want:   &novu.Page[novu.Context]{Data: []novu.Context{tenantContext}, TotalCount: 1},
		},
		"update": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.Update(ctx, "tenant", "acme", novu.UpdateContextParams{Data: map[string]any{}})
			},
			method: http.MethodPatch, path: "/v2/contexts/tenant/acme",
			body:   `{"data":{}}`,
			answer: `{"data":` + contextJSON + `}`,
			want:   &tenantContext,
		},
		"delete": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.Contexts.Delete(ctx, "tenant", "acme")
			},
			method: http.MethodDelete, path: "/v2/contexts/tenant/acme",
			status: http.StatusNoContent,
		},
	})
}

func TestAllContexts(t *testing.T) {
	t.Parallel()
	testAll(t, "/v2/contexts", "id", func(ctx context.Context, c *novu.Client) iter.Seq2[novu.Context, error] {
		return c.Contexts.All(ctx, novu.ListContextsParams{})
	}, func(found novu.Context) string { return found.ID })
}

func TestContextErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create context": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Contexts.Create(ctx, novu.CreateContextParams{Type: "tenant", ID: "acme"})
		},
		"get context": func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Get(ctx, "tenant", "acme") },
		"list contexts": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Contexts.List(ctx, novu.ListContextsParams{})
		},
		"update context": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Contexts.Update(ctx, "tenant", "acme", novu.UpdateContextParams{Data: map[string]any{}})
		},
		"delete context": func(ctx context.Context, c *novu.Client) (any, error) {
			return nil, c.Contexts.Delete(ctx, "tenant", "acme")
		},
	})
}

func TestContextBadInput(t *testing.T) {
	t.Parallel()
	create := func(params novu.CreateContextParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Create(ctx, params) }
	}
	testBadInput(t, map[string]badInput{
		"create without a type":    {call: create(novu.CreateContextParams{ID: "acme"}), field: "Context"},
		"create without an id":     {call: create(novu.CreateContextParams{Type: "tenant"}), field: "Context"},
		"create an id with a dot":  {call: create(novu.CreateContextParams{Type: "tenant", ID: "acme.example"}), field: "Context"},
		"create an id with spaces": {call: create(novu.CreateContextParams{Type: "tenant", ID: "acme corp"}), field: "Context"},
		"get by an id that a path can't carry": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Contexts.Get(ctx, "tenant", "..") },
			field: "id",
		},
		"update without data": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.Update(ctx, "tenant", "acme", novu.UpdateContextParams{})
			},
			field: "Data",
		},
		"delete without a type": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Contexts.Delete(ctx, "", "acme") },
			field: "type",
		},
		"a limit that is high": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Contexts.List(ctx, novu.ListContextsParams{Limit: 101})
			},
			field: "Limit",
		},
	})
}
