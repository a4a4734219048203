package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// connection is what endpoints lead through into a tenant.
type connection struct {
	x          *examination
	self       *scope
	identifier string
	users      []*endpoint

	found *novu.ChannelConnection
}

func newConnection(x *examination, identifier string) *connection {
	return &connection{x: x, identifier: identifier}
}

func (c *connection) scope() *scope {
	c.self = c.x.add(&scope{rank: rankConnection, subject: title("Connection", c.identifier), uses: c.x.upstream, links: []link{
		{check: CheckConnection, needs: []Check{CheckFeature}, run: c.exists},
		{check: CheckConnectionIntegration, needs: []Check{CheckConnection}, run: c.sameIntegration},
		{check: CheckConnectionContext, needs: []Check{CheckConnection}, run: c.sameContext},
		{check: CheckConnectionTenant, needs: []Check{CheckConnection}, run: c.names, then: c.follow},
	}})
	return c.self
}

const reconnect = "Send an administrator of the customer's tenant through a new connect URL (GenerateConnectOAuthURL), with exactly the endpoint's contexts, and create the endpoint with that connection."

func (c *connection) exists(ctx context.Context) Finding {
	found, err := c.x.doctor.novu.ChannelConnections.Get(ctx, c.identifier)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return broken("it does not exist, or not any more: endpoints stay when their connection is deleted. Nothing is sent to any endpoint of the subscriber", reconnect).
			with("usedBy", list(c.users, func(e *endpoint) string { return e.Identifier }))
	case err != nil:
		return c.x.inconclusive(err)
	}
	c.found = found
	return ok("it exists").with("subscriber", found.SubscriberID).with("tenantName", found.Workspace.Name)
}

// sameIntegration warns: Novu sends with the endpoint's integration into the
// connection's tenant, which works where both apps are known there.
func (c *connection) sameIntegration(context.Context) Finding {
	others := slices.DeleteFunc(slices.Clone(c.users), func(e *endpoint) bool { return e.IntegrationIdentifier == c.found.IntegrationIdentifier })
	if len(others) == 0 {
		return ok("it is of the endpoint's integration, %s", c.found.IntegrationIdentifier)
	}
	return warning("it was made for the integration "+c.found.IntegrationIdentifier+", the endpoint is of "+others[0].IntegrationIdentifier+
		": the tenant's consent was to another app than the one that sends",
		"Create the endpoint with the connection's integration, or connect the tenant for the endpoint's.").
		with("endpoints", list(others, func(e *endpoint) string { return e.Identifier }))
}

func (c *connection) sameContext(context.Context) Finding {
	if c.x.isAsked(c.found.ContextKeys) {
		return ok("it has exactly %s", contextsOf(c.x.contexts))
	}
	return broken("it has "+contextsOf(c.found.ContextKeys)+" and the endpoint "+contextsOf(c.x.contexts)+
		": Novu's job fails without a word, and nothing is sent to any endpoint of the subscriber", reconnect)
}

func (c *connection) names(context.Context) Finding {
	id := c.found.Workspace.ID
	if id == "" {
		return broken("it names no tenant (its workspace has no id), so that Microsoft can't be told where the message goes", reconnect)
	}
	for _, e := range c.users {
		if user, isUser := e.Endpoint.(novu.MSTeamsUserEndpoint); isUser && user.TenantID != "" && !strings.EqualFold(user.TenantID, id) {
			return warning("it leads to another tenant than the one that the user of the endpoint "+e.Identifier+" is of",
				"Create the endpoint with the connection of the user's tenant.").with("tenantId", id).with("usersTenantId", user.TenantID)
		}
	}
	return ok("it leads to the tenant %s", id).with("tenantId", id)
}

// follow examines the tenant, once for each app that acts in it.
func (c *connection) follow(ctx context.Context) {
	if c.found == nil || c.found.Workspace.ID == "" {
		return
	}
	for _, e := range c.users {
		t, isNew := c.x.tenant(c.found.Workspace.ID, e.integration)
		e.leadsTo(t)
		if isNew {
			t.self.start(ctx)
		}
	}
}
