package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// route is what the endpoints of an examination go through: integrations, connections and tenants,
// each of them once.
type route struct {
	x            *examination
	endpoints    []*endpoint
	integrations map[string]*integration
	connections  map[string]*connection

	// examined, if it is set, returns integrations that were examined already.
	examined func(identifier string) *integration
}

func newRoute(x *examination) *route {
	return &route{x: x, integrations: map[string]*integration{}, connections: map[string]*connection{}}
}

func (r *route) integration(identifier string) *integration {
	i := r.integrations[identifier]
	if i == nil {
		if r.examined != nil {
			i = r.examined(identifier)
		} else {
			i = newIntegration(r.x, identifier)
		}
		r.integrations[identifier] = i
	}
	return i
}

// require notes what an integration is used for, unless it was examined already.
func (r *route) require(i *integration, bot bool) {
	if r.examined == nil {
		i.needed, i.bot = true, i.bot || bot
	}
}

// useConnection adds a connection that may have no endpoint.
func (r *route) useConnection(found *novu.ChannelConnection) {
	c := newConnection(r.x, found.Identifier)
	c.found = found
	r.connections[found.Identifier] = c
	c.tenantOf(r.integration(found.IntegrationIdentifier))
}

// use adds an endpoint with what it goes through.
func (r *route) use(e *endpoint) {
	r.endpoints = append(r.endpoints, e)
	e.integration = r.integration(e.IntegrationIdentifier)
	if e.Endpoint.Type() == novu.EndpointWebhook {
		r.require(e.integration, false)
	}
	if !e.usesBot() {
		return
	}
	r.require(e.integration, true)
	if e.ConnectionIdentifier == "" {
		if id := e.ownTenantID(); id != "" {
			e.tenant = &tenant{x: r.x, integration: e.integration, subject: &subject{rank: rankTenant}}
			e.tenant.name(id)
			e.tenant.users = append(e.tenant.users, e)
		}
		return
	}
	c := r.connections[e.ConnectionIdentifier]
	if c == nil {
		c = newConnection(r.x, e.ConnectionIdentifier)
		r.connections[e.ConnectionIdentifier] = c
	}
	c.lead(e)
}

// examine examines all of it, in the order in which one depends on the other.
func (r *route) examine(ctx context.Context) {
	for _, key := range slices.Sorted(maps.Keys(r.integrations)) {
		if r.examined != nil {
			r.x.add(ctx, r.integrations[key].subject) // for the report
			continue
		}
		r.integrations[key].examine(ctx)
	}
	for _, key := range slices.Sorted(maps.Keys(r.connections)) {
		r.connections[key].examine(ctx)
	}
	for _, key := range slices.Sorted(maps.Keys(r.connections)) {
		for _, t := range r.connections[key].tenants {
			t.examine(ctx)
		}
	}
	for _, e := range r.endpoints {
		if e.tenant != nil {
			e.tenant.examine(ctx)
		}
	}
	for _, e := range r.endpoints {
		e.examine(ctx)
	}
}

// directory returns what is remembered about a tenant as the app of an integration sees it.
func (x *examination) directory(tenantID string, i *integration) *directory {
	key := strings.ToLower(tenantID) + "\x00" + i.identifier
	x.mu.Lock()
	defer x.mu.Unlock()
	d := x.directories[key]
	if d == nil {
		d = &directory{tenantID: tenantID, app: i.app}
		x.directories[key] = d
	}
	return d
}
