package novu

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	contextsRoute = "/v2/contexts"
	contextRoute  = contextsRoute + "/{type}/{id}"
)

// ContextsService manages contexts: the customers, apps or regions that connections, endpoints and
// events can belong to. Novu creates one when it is first mentioned, so few programs need this.
type ContextsService struct{ client *Client }

// Context is a context with its data.
type Context struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	Data      any       `json:"data"` // usually a map[string]any
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func (c *Context) missing() string  { return missing("type", c.Type, "id", c.ID) }
func (c *Context) identity() string { return c.Type + ":" + c.ID }

// CreateContextParams describes a context. Type and ID are letters of either case, digits, - and _,
// up to 100 of them. The server tells "acme" from "ACME".
type CreateContextParams struct {
	Type string         `json:"type"`           // required: "tenant"
	ID   string         `json:"id"`             // required: "acme"
	Data map[string]any `json:"data,omitempty"` // up to 64 KB
}

// Create makes a context. One that exists is ErrConflict.
//
// API: POST /v2/contexts
func (s *ContextsService) Create(ctx context.Context, params CreateContextParams, opts ...RequestOption) (*Context, error) {
	const op = "create context"
	if err := checkParams(op, opts...).context(ContextPayload{params.Type: {ID: params.ID}}).err(); err != nil {
		return nil, err
	}
	return create(ctx, s.client, &rest.Request{
		Op: op, Method: http.MethodPost, Route: contextsRoute, Body: params,
	}, identity{id: params.Type + ":" + params.ID, guard: rest.IdentifierChosen}, func(ctx context.Context, opts []RequestOption) (*Context, bool, error) {
		found, err := s.Get(ctx, params.Type, params.ID, opts...)
		return found, err == nil && sameData(found.Data, params.Data), err
	}, opts)
}

// Get returns a context by its type and id. One that is not there is ErrNotFound.
//
// API: GET /v2/contexts/{type}/{id}
func (s *ContextsService) Get(ctx context.Context, contextType, id string, opts ...RequestOption) (*Context, error) {
	const op = "get context"
	if err := checkParams(op, opts...).id("type", contextType).id("id", id).err(); err != nil {
		return nil, err
	}
	return do[Context](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: contextRoute, Args: []string{contextType, id},
	}, opts)
}

// ListContextsParams filters and orders a list of contexts.
type ListContextsParams struct {
	Type           string         `url:"type,omitempty"`
	ID             string         `url:"id,omitempty"`
	Search         string         `url:"search,omitempty"`         // in type and id
	Limit          int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After          string         `url:"after,omitempty"`          // a page's Next
	Before         string         `url:"before,omitempty"`         // a page's Previous; not for All
	OrderBy        string         `url:"orderBy,omitempty"`        // createdAt (default) or updatedAt
	OrderDirection OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of contexts.
//
// API: GET /v2/contexts
func (s *ContextsService) List(ctx context.Context, params ListContextsParams, opts ...RequestOption) (*Page[Context], error) {
	const op = "list contexts"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, nil).err(); err != nil {
		return nil, err
	}
	return list[Context](ctx, s.client, op, contextsRoute, params, opts)
}

// All yields every context that matches, page by page as it is consumed. It stops at the first
// error. What has been yielded may be deleted at once.
//
// API: GET /v2/contexts
func (s *ContextsService) All(ctx context.Context, params ListContextsParams, opts ...RequestOption) iter.Seq2[Context, error] {
	params.Limit = cmp.Or(params.Limit, maxLimit)
	return all("list contexts", params.After, params.Before, func(after string) (*Page[Context], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateContextParams replaces a context's data.
type UpdateContextParams struct {
	Data map[string]any // required; an empty map removes all of it
}

type updateContextBody struct {
	Data map[string]any `json:"data"`
}

// Update replaces the data of a context. One that is not there is ErrNotFound.
//
// API: PATCH /v2/contexts/{type}/{id}
func (s *ContextsService) Update(ctx context.Context, contextType, id string, params UpdateContextParams, opts ...RequestOption) (*Context, error) {
	const op = "update context"
	checks := checkParams(op, opts...).id("type", contextType).id("id", id)
	if params.Data == nil {
		checks.add("Data", "must not be nil")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return do[Context](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: contextRoute, Args: []string{contextType, id},
		Body: updateContextBody(params),
	}, opts)
}

// Delete removes a context. One that is not there is ErrNotFound.
//
// API: DELETE /v2/contexts/{type}/{id}
func (s *ContextsService) Delete(ctx context.Context, contextType, id string, opts ...RequestOption) error {
	const op = "delete context"
	if err := checkParams(op, opts...).id("type", contextType).id("id", id).err(); err != nil {
		return err
	}
	return s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: contextRoute, Args: []string{contextType, id}, Gone: isGone,
	}, opts)
}
