package novu

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// agentLink links an integration to an agent. A removed one stays, so that linking again revives
// it.
type agentLink struct {
	meta
	agentID, integrationID string
	removed                bool
	connectedAt            time.Time // when Teams posted first; zero until then
}

func (s *Server) integrationOf(id string) *integration {
	if n := slices.IndexFunc(s.integrations, func(i *integration) bool { return i.ID == id }); n >= 0 {
		return s.integrations[n]
	}
	return nil
}

func showLinked(i *integration) map[string]any {
	return map[string]any{
		"_id": i.ID, "identifier": i.Identifier, "name": i.Name, "providerId": i.ProviderID, "channel": i.Channel, "active": i.Active,
	}
}

func (s *Server) showLink(l *agentLink) map[string]any {
	var connectedAt *stamp
	if !l.connectedAt.IsZero() {
		at := stamp(l.connectedAt)
		connectedAt = &at
	}
	return map[string]any{
		"_id": l.ID, "_agentId": l.agentID, "integration": showLinked(s.integrationOf(l.integrationID)),
		"_environmentId": s.environmentID, "_organizationId": s.organizationID, "connectedAt": connectedAt,
		"createdAt": stamp(l.CreatedAt), "updatedAt": stamp(l.UpdatedAt),
	}
}

// withPlanUsage adds what the plan allows to a page.
func withPlanUsage(answer *reply, usage map[string]any) *reply {
	var shown map[string]any
	if answer.Status != http.StatusOK || emulator.Decode(answer.Body, &shown) != nil {
		return answer
	}
	shown["planUsage"] = usage
	return emulator.JSON(http.StatusOK, shown)
}

func (s *Server) listLinks(c *call) *reply {
	if refused := c.listQueryOfCommand("ListAgentIntegrationsCommand", optional("integrationIdentifier", isString)); refused != nil {
		return refused
	}
	a, refused := s.agent(c)
	if refused != nil {
		return refused
	}
	match := func(l *agentLink) bool {
		i := s.integrationOf(l.integrationID)
		return l.agentID == a.ID && !l.removed && i != nil && c.equals("integrationIdentifier", i.Identifier)
	}
	return withPlanUsage(listPage(c, &s.links, match, func(l *agentLink) any { return s.showLink(l) }),
		map[string]any{"used": 1, "limit": planLimit})
}

// linked is the link of an agent with an integration, also a removed one, or nil.
func (s *Server) linked(a *agent, i *integration) *agentLink {
	l, _ := s.links.find(func(l *agentLink) bool { return l.agentID == a.ID && l.integrationID == i.ID })
	return l
}

// linkTarget is the integration that the body names, which no link of the agent has yet.
func (s *Server) linkTarget(c *call, a *agent) (*integration, *reply) {
	identifier := c.Text("integrationIdentifier")
	i := s.integrationByIdentifier(identifier)
	if i == nil {
		return nil, c.notFound(`Integration with identifier "` + identifier + `" was not found.`)
	}
	if l := s.linked(a, i); l != nil && !l.removed {
		return nil, c.conflict("This integration is already linked to the agent.")
	}
	return i, nil
}

func (s *Server) createLink(c *call) *reply {
	integration, provider := property{name: "integrationIdentifier"}, property{name: "providerId"}
	rules := []rule{notBlank, isString}
	body := c.Object()
	integration.rules, provider.rules = rules, rules
	integration.always, provider.always = body["providerId"] == nil, body["integrationIdentifier"] == nil
	if refused := c.invalid(integration, provider); refused != nil {
		return refused
	}
	switch {
	case body["providerId"] != nil && body["integrationIdentifier"] != nil:
		return c.badRequest("Provide exactly one of integrationIdentifier or providerId, not both.")
	case body["providerId"] != nil:
		return c.badRequest("integrationIdentifier is required when providerId is not NovuAgent.")
	}
	if s.config.Production {
		return c.named(http.StatusForbidden, "Agent integrations cannot be added in production environments.")
	}
	a, refused := s.agent(c)
	if refused != nil {
		return refused
	}
	i, refused := s.linkTarget(c, a)
	if refused != nil {
		return refused
	}
	if l := s.linked(a, i); l != nil {
		l.removed, l.UpdatedAt = false, c.Now
		return created(s.showLink(l))
	}
	id := s.ids.Next(c.Now)
	l := &agentLink{meta: meta{ID: id, Key: id, CreatedAt: c.Now, UpdatedAt: c.Now}, agentID: a.ID, integrationID: i.ID}
	s.links.add(l)
	return created(s.showLink(l))
}

// link is the agent and the link of the path, or the refusal.
func (s *Server) link(c *call) (*agent, *agentLink, *reply) {
	a, refused := s.agent(c)
	if refused != nil {
		return nil, nil, refused
	}
	id := c.Params["link"]
	if !hex24.MatchString(id) {
		return nil, nil, c.internalError()
	}
	l, has := s.links.get(strings.ToLower(id))
	if !has || l.agentID != a.ID || l.removed {
		return nil, nil, c.notFound(`Agent-integration link "` + id + `" was not found for this agent.`)
	}
	return a, l, nil
}

func (s *Server) updateLink(c *call) *reply {
	if refused := c.invalid(always("integrationIdentifier", notBlank, isString)); refused != nil {
		return refused
	}
	a, l, refused := s.link(c)
	if refused != nil {
		return refused
	}
	if i := s.integrationByIdentifier(c.Text("integrationIdentifier")); i != nil && i.ID == l.integrationID {
		return ok(s.showLink(l))
	}
	i, refused := s.linkTarget(c, a)
	if refused != nil {
		return refused
	}
	l.integrationID, l.UpdatedAt = i.ID, c.Now
	return ok(s.showLink(l))
}

func (s *Server) deleteLink(c *call) *reply {
	_, l, refused := s.link(c)
	if refused != nil {
		return refused
	}
	l.removed, l.connectedAt, l.UpdatedAt = true, time.Time{}, c.Now
	return emulator.NoContent()
}
