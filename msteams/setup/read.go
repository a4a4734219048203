package setup

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// get reads one resource through the door.
func get[T any](ctx context.Context, d *door, op, route string, args []string, query url.Values) (*T, answer, error) {
	out := new(T)
	got, err := d.send(ctx, request{op: op, kind: rest.Read, method: http.MethodGet, route: route, args: args, query: query, into: out})
	return out, got, err
}

// mustHave refuses a success that does not tell what was asked for, such as a
// page of somebody who stands before the service.
func mustHave(err error, has bool, op, what string) error {
	if err == nil && !has {
		return (&Error{Op: op, Message: "the answer names no " + what}).is("", ErrBadAnswer)
	}
	return err
}

// list reads all pages of a list. A next page elsewhere is refused, since the
// token would go along.
func list[T any](ctx context.Context, d *door, op, route string, args []string, query url.Values) (*[]T, error) {
	const mostPages = 100
	items := []T{}
	for range mostPages {
		got, _, err := get[page[T]](ctx, d, op, route, args, query)
		if err != nil {
			return nil, err
		}
		if err := mustHave(nil, got.Value != nil, op, "list"); err != nil {
			return nil, err
		}
		items = append(items, got.Value...)
		next := got.Next + got.NextLink
		if next == "" {
			return &items, nil
		}
		u, err := url.Parse(next)
		base := d.service.Base
		if err != nil || u.Scheme != base.Scheme || u.Host != base.Host {
			return nil, (&Error{Op: op, Message: "the next page is said to be on another host: it was not followed"}).is("", ErrBadAnswer)
		}
		route, args, query = strings.TrimPrefix(u.EscapedPath(), strings.TrimSuffix(base.Path, "/")), nil, u.Query()
	}
	return nil, (&Error{Op: op, Message: fmt.Sprintf("the list has more than %d pages", mostPages)}).is("", ErrBadAnswer)
}

// literal quotes s for an OData filter.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (r *run) directory() *door { return r.doors[directoryDoor] }

// readApp finds the application by its key and, where there is none, one that
// was deleted and still holds the name.
func (r *run) readApp(ctx context.Context) {
	if !r.usable(directoryDoor) {
		r.app = found[application]{err: r.closed[directoryDoor]}
		return
	}
	r.app = answered(r.fetchApp(ctx))
	r.deleted = found[application]{}
	if !r.app.missing() || r.config.ClientID != "" {
		return
	}
	r.deleted = r.fetchDeleted(ctx)
}

// fetchDeleted finds a deleted application that still holds the unique name.
func (r *run) fetchDeleted(ctx context.Context) found[application] {
	items, err := list[application](ctx, r.directory(), "find deleted application",
		"/v1.0/directory/deletedItems/microsoft.graph.application", nil,
		url.Values{"$filter": {"uniqueName eq " + literal(r.config.UniqueName)}, "$select": {selectApplication}})
	if err != nil {
		return found[application]{err: err}
	}
	deleted := found[application]{known: true}
	for i := range *items {
		if (*items)[i].UniqueName == r.config.UniqueName {
			deleted.value = &(*items)[i]
		}
	}
	return deleted
}

func (r *run) fetchApp(ctx context.Context) (*application, error) {
	const op = "find application"
	query := url.Values{"$select": {selectApplication}}
	route, key := "/v1.0/applications(uniqueName='{uniqueName}')", r.config.UniqueName
	if r.config.ClientID != "" {
		route, key = "/v1.0/applications(appId='{appId}')", r.config.ClientID
	}
	app, got, err := get[application](ctx, r.directory(), op, route, []string{key}, query)
	if hasStatus(err, http.StatusBadRequest) && r.config.ClientID == "" {
		// Reading by this key is not documented: the list understands it.
		query.Set("$filter", "uniqueName eq "+literal(key))
		items, err := list[application](ctx, r.directory(), op, "/v1.0/applications", nil, query)
		if err != nil || len(*items) == 0 {
			return nil, err
		}
		app = &(*items)[0]
	} else if err != nil {
		return nil, err
	}
	return app, app.complete(op, got)
}

func (r *run) fetchAppByID(ctx context.Context, id string) (*application, error) {
	const op = "read application"
	app, got, err := get[application](ctx, r.directory(), op, "/v1.0/applications/{id}", []string{id}, url.Values{"$select": {selectApplication}})
	if err != nil {
		return nil, err
	}
	return app, app.complete(op, got)
}

// complete checks what was read, and notes when.
func (a *application) complete(op string, got answer) error {
	if err := mustHave(nil, a.ID != "" && a.AppID != "", op, "application"); err != nil {
		return err
	}
	a.readAt = got.date()
	return nil
}

func (r *run) readGraph(ctx context.Context) {
	if !r.usable(directoryDoor) {
		r.graph = found[servicePrincipal]{err: r.closed[directoryDoor]}
		return
	}
	r.graph = answered(r.fetchPrincipal(ctx, "read Microsoft Graph's permissions", graphAppID, selectGraphPrincipal))
}

func (r *run) readPrincipal(ctx context.Context) {
	r.principal = found[servicePrincipal]{}
	switch {
	case !r.usable(directoryDoor):
		r.principal.err = r.closed[directoryDoor]
	case r.app.missing():
		r.principal.known = true
	case r.appID() != "":
		r.principal = answered(r.fetchPrincipal(ctx, "find service principal", r.appID(), selectServicePrincipal))
	}
}

func (r *run) fetchPrincipal(ctx context.Context, op, appID, fields string) (*servicePrincipal, error) {
	principal, _, err := get[servicePrincipal](ctx, r.directory(), op,
		"/v1.0/servicePrincipals(appId='{appId}')", []string{appID}, url.Values{"$select": {fields}})
	return principal, mustHave(err, principal.ID != "", op, "service principal")
}

func (r *run) readAssignments(ctx context.Context) {
	r.assignments = found[[]roleAssignment]{known: r.principal.missing(), err: r.principal.err}
	if r.principal.value != nil {
		r.assignments = answered(list[roleAssignment](ctx, r.directory(), "list consented permissions",
			"/v1.0/servicePrincipals/{id}/appRoleAssignments", []string{r.principal.value.ID}, nil))
	}
}

func (r *run) readGrant(ctx context.Context) {
	r.grant = found[permissionGrant]{known: r.principal.missing(), err: r.principal.err}
	if r.principal.value == nil || r.graph.value == nil {
		return
	}
	items, err := list[permissionGrant](ctx, r.directory(), "list delegated permissions", "/v1.0/oauth2PermissionGrants", nil,
		url.Values{"$filter": {"clientId eq " + literal(r.principal.value.ID)}})
	if err != nil {
		r.grant = answered[permissionGrant](nil, err)
		return
	}
	r.grant.known = true
	for i, g := range *items {
		if g.ConsentType == allPrincipals && strings.EqualFold(g.ResourceID, r.graph.value.ID) &&
			strings.EqualFold(g.ClientID, r.principal.value.ID) {
			r.grant.value = &(*items)[i]
		}
	}
}
