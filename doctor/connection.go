package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// connection leads endpoints into a tenant.
type connection struct {
	*subject
	x          *examination
	identifier string
	users      []*endpoint
	tenants    []*tenant // one for each integration among the users

	found *novu.ChannelConnection // set by CheckConnection
}

func newConnection(x *examination, identifier string) *connection {
	return &connection{x: x, identifier: identifier, subject: &subject{
		rank: rankConnection, title: subjectTitle("Connection", identifier), uses: []*subject{x.server.subject},
	}}
}

// lead adds an endpoint that uses the connection.
func (c *connection) lead(e *endpoint) {
	c.users = append(c.users, e)
	e.connection = c
	e.tenant = c.tenantOf(e.integration)
	e.tenant.users = append(e.tenant.users, e)
}

// tenantOf is the tenant that the connection leads to, as the app of an integration sees it.
func (c *connection) tenantOf(i *integration) *tenant {
	for _, t := range c.tenants {
		if t.integration == i {
			return t
		}
	}
	t := &tenant{x: c.x, integration: i, connection: c, subject: &subject{rank: rankTenant}}
	c.tenants = append(c.tenants, t)
	return t
}

func (c *connection) examine(ctx context.Context) {
	c.x.add(ctx, c.subject,
		link{name: CheckConnection, needs: []Check{CheckFeature}, run: c.checkExists},
		link{name: CheckConnectionIntegration, needs: []Check{CheckConnection}, run: c.checkIntegration},
		link{name: CheckConnectionContext, needs: []Check{CheckConnection}, run: c.checkContext},
		link{name: CheckConnectionTenant, needs: []Check{CheckConnection}, run: c.checkTenant},
	)
}

const (
	reconnect = "Send an administrator of the customer's tenant through a new connect URL (GenerateConnectOAuthURL) with exactly the contexts of the endpoint. Then create the endpoint with that connection."

	tellReconnect = "Our app is not connected with your Microsoft 365 tenant any more. Please have an administrator open the link that we send you, and approve the app."
)

func (c *connection) checkExists(ctx context.Context, _ findings) Finding {
	if c.found != nil { // a sweep lists them
		return ok("Novu knows it").with("subscriber", c.found.SubscriberID).with("tenantName", c.found.Workspace.Name)
	}
	found, err := c.x.doctor.novu.ChannelConnections.Get(ctx, c.identifier)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return broken("it does not exist. Endpoints stay when their connection is deleted, and then Novu sends nothing to any endpoint of the subscriber", reconnect).
			with("usedBy", list(c.users, (*endpoint).identifier)).telling(tellReconnect)
	case err != nil:
		return c.x.inconclusive(ctx, err)
	}
	c.found = found
	return ok("Novu knows it").with("subscriber", found.SubscriberID).with("tenantName", found.Workspace.Name)
}

// checkIntegration warns. Novu sends with the endpoint's integration into the connection's tenant,
// and that works if both apps are known there.
func (c *connection) checkIntegration(context.Context, findings) Finding {
	others := slices.DeleteFunc(slices.Clone(c.users), func(e *endpoint) bool { return e.IntegrationIdentifier == c.found.IntegrationIdentifier })
	if len(others) == 0 {
		return ok("it uses the endpoint's integration, %s", c.found.IntegrationIdentifier)
	}
	return warning("connection uses integration "+c.found.IntegrationIdentifier+" but endpoint uses "+others[0].IntegrationIdentifier+
		", so the tenant consented to a different app",
		"Create the endpoint with the connection's integration, or connect the tenant for the endpoint's integration.").
		with("endpoints", list(others, (*endpoint).identifier))
}

func (c *connection) checkContext(context.Context, findings) Finding {
	others := slices.DeleteFunc(slices.Clone(c.users), func(e *endpoint) bool { return sameKeys(e.ContextKeys, c.found.ContextKeys) })
	if len(others) == 0 {
		return ok("it has exactly %s", contextsOf(c.found.ContextKeys))
	}
	return broken("it has "+contextsOf(c.found.ContextKeys)+" and the endpoint "+contextsOf(others[0].ContextKeys)+
		". Novu's job fails without saying why, and nothing is sent to any endpoint of the subscriber", reconnect).
		with("endpoints", list(others, (*endpoint).identifier))
}

func sameKeys(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (c *connection) checkTenant(context.Context, findings) Finding {
	id := c.found.Workspace.ID
	if id == "" {
		return broken("it names no tenant: its workspace has no id", reconnect).telling(tellReconnect)
	}
	for _, t := range c.tenants {
		t.name(id)
	}
	for _, e := range c.users {
		if own := e.ownTenantID(); own != "" && !strings.EqualFold(own, id) {
			return warning("it leads to another tenant than the one that the endpoint "+e.Identifier+" names; the connection's tenant is used",
				"Create the endpoint with the connection of the user's tenant.").with("tenantId", id).with("usersTenantId", own)
		}
	}
	return ok("it leads to the tenant %s", id).with("tenantId", id)
}
