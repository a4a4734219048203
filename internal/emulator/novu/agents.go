package novu

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// planLimit is the number of agents that a self-hosted server allows.
const planLimit = 9999

// agent is a stored agent. What a client never set is absent, and what it set to null is null.
type agent struct {
	meta
	name   string
	active bool
	set    map[string]any // description, bridgeUrl and devBridgeUrl, as far as they were given

	behavior        map[string]any
	devBridgeActive bool
}

// addAgentRoutes are the routes by which agents are managed. 3.15 has no agents.
func (s *Server) addAgentRoutes() {
	for _, pattern := range []string{
		"GET /v1/agents/emoji", "GET /v1/agents/usage", "GET /v1/agents/{identifier}/runtime/config",
	} {
		method, path, _ := strings.Cut(pattern, " ")
		s.route(method, path, configuration, s.dashboardOnly)
	}
	s.route("POST", eventsPattern, global, s.ingestEvents).unlocked = true
	s.route("POST", "/v1/agents/generate", configuration, s.generateAgent)
	s.route("GET", "/v1/agents", configuration, s.listAgents)
	s.route("POST", "/v1/agents", configuration, s.createAgent)
	s.route("GET", "/v1/agents/{identifier}", configuration, s.getAgent)
	s.route("PATCH", "/v1/agents/{identifier}", configuration, s.updateAgent)
	s.route("DELETE", "/v1/agents/{identifier}", configuration, s.deleteAgent)
	s.route("PUT", "/v1/agents/{identifier}/bridge", configuration, s.setBridge)
	s.route("GET", "/v1/agents/{identifier}/integrations", configuration, s.listLinks)
	s.route("POST", "/v1/agents/{identifier}/integrations", configuration, s.createLink)
	s.route("PATCH", "/v1/agents/{identifier}/integrations/{link}", configuration, s.updateLink)
	s.route("DELETE", "/v1/agents/{identifier}/integrations/{link}", configuration, s.deleteLink)
	s.addConversationRoutes()
	s.route("*", "/v1/agents/{rest...}", configuration, func(c *call) *reply { return c.notImplemented() })
}

func (s *Server) showAgent(a *agent) map[string]any {
	shown := map[string]any{
		"_id": a.ID, "name": a.name, "identifier": a.Key, "active": a.active, "behavior": a.behavior,
		"devBridgeActive": a.devBridgeActive, "runtime": "self-hosted", "visibility": "public",
		"_environmentId": s.environmentID, "_organizationId": s.organizationID, "createdBy": s.userID,
		"createdAt": stamp(a.CreatedAt), "updatedAt": stamp(a.UpdatedAt),
	}
	for name, value := range a.set {
		shown[name] = value
	}
	return shown
}

var slug = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[-_.][a-zA-Z0-9]+)*$`)

const slugMessage = "%s must be a valid slug format (letters, numbers, hyphens, dot and underscores only)"

func agentName(v any) string {
	if name, isText := v.(string); isText && len([]rune(name)) > 60 {
		return "Agent name must be 60 characters or fewer."
	}
	return ""
}

// createAgent ignores the bridge and the behavior of the body. A taken identifier gets an ending.
func (s *Server) createAgent(c *call) *reply {
	if refused := c.invalid(
		optional("name", agentName, isString), optional("identifier", matches(slug, slugMessage), isString),
		optional("description", isString), optional("active", isBoolean), optional("runtime", isIn("self-hosted", "managed")),
	); refused != nil {
		return refused
	}
	body := c.Object()
	if refused := c.invalidCommand("CreateAgentCommand", body,
		always("name", notBlank, isString), always("identifier", notBlank, isString),
	); refused != nil {
		return refused
	}
	if c.Text("runtime") == "managed" {
		return c.notImplemented()
	}
	identifier := c.Text("identifier")
	if _, taken := s.agents.get(identifier); taken {
		identifier += "-" + emulator.RandomID(8, emulator.Base36)
	}
	a := &agent{
		meta: meta{ID: s.ids.Next(c.Now), Key: identifier, CreatedAt: c.Now, UpdatedAt: c.Now},
		name: c.Text("name"), active: true, set: map[string]any{}, behavior: map[string]any{"subscriberAccess": "restricted"},
	}
	if description, given := body["description"].(string); given {
		a.set["description"] = description
	}
	if active, given := body["active"].(bool); given {
		a.active = active
	}
	s.agents.add(a)
	return created(s.showAgent(a))
}

// generateAgent would ask a language model, which is not here.
func (s *Server) generateAgent(c *call) *reply {
	const shortest, longest = 8, 2000
	if refused := c.invalid(always("prompt", maxLength(longest), minLength(shortest), isString)); refused != nil {
		return refused
	}
	return c.notImplemented()
}

func (s *Server) listAgents(c *call) *reply {
	if refused := c.listQueryOfCommand("ListAgentsCommand", optional("identifier", isString)); refused != nil {
		return refused
	}
	part := strings.ToLower(c.Query.Get("identifier"))
	answer := listPage(c, &s.agents, func(a *agent) bool { return strings.Contains(strings.ToLower(a.Key), part) },
		func(a *agent) any {
			shown, linked := s.showAgent(a), []any{}
			for _, l := range s.links.rows {
				if i := s.integrationOf(l.integrationID); l.agentID == a.ID && !l.removed && i != nil {
					linked = append(linked, showLinked(i))
				}
			}
			shown["integrations"] = linked
			return shown
		})
	active := 0
	for _, a := range s.agents.rows {
		if a.active {
			active++
		}
	}
	return withPlanUsage(answer, map[string]any{
		"used": active, "limit": planLimit, "totalCreated": len(s.agents.rows), "creationLimit": planLimit, "limitSource": "system",
	})
}

// agent is the agent of the path, or the refusal.
func (s *Server) agent(c *call) (*agent, *reply) {
	a, has := s.agents.get(c.Params["identifier"])
	if !has {
		return nil, c.notFound(`Agent with identifier "` + c.Params["identifier"] + `" was not found.`)
	}
	return a, nil
}

func (s *Server) getAgent(c *call) *reply {
	a, refused := s.agent(c)
	if refused != nil {
		return refused
	}
	return ok(s.showAgent(a))
}

func (s *Server) deleteAgent(c *call) *reply {
	a, refused := s.agent(c)
	if refused != nil {
		return refused
	}
	s.agents.remove(a.Key)
	for _, l := range slices.Clone(s.links.rows) {
		if l.agentID == a.ID {
			s.links.remove(l.Key)
		}
	}
	return emulator.NoContent()
}

func (s *Server) updateAgent(c *call) *reply {
	return s.changeAgent(c, []property{
		optional("name", agentName, isString), optional("description", isString), optional("active", isBoolean),
		optional("behavior").object(
			optional("acknowledgeOnReceived", isBoolean), optional("reactionOnResolved", isEmoji),
			optional("subscriberAccess", isIn("open", "restricted")),
		),
	})
}

func (s *Server) setBridge(c *call) *reply { return s.changeAgent(c, nil) }

// changeAgent changes what the body names of the given properties and of the bridge. The bridge's
// addresses are checked before the agent is looked up.
func (s *Server) changeAgent(c *call, properties []property) *reply {
	properties = append(slices.Clone(properties),
		optional("bridgeUrl", isURLAddress), optional("devBridgeUrl", isURLAddress), optional("devBridgeActive", isBoolean))
	if refused := c.invalid(properties...); refused != nil {
		return refused
	}
	body := c.Object()
	if !slices.ContainsFunc(properties, func(p property) bool { return changes(p.name, body) }) {
		return c.badRequest("At least one field must be provided.")
	}
	for _, name := range []string{"bridgeUrl", "devBridgeUrl"} {
		if address, given := body[name].(string); given {
			if wrong := bridgeFault(address); wrong != "" {
				return c.badRequest(name + ": " + wrong)
			}
		}
	}
	if s.config.Production && (body["devBridgeUrl"] != nil || body["devBridgeActive"] != nil) {
		return c.named(http.StatusForbidden, "Dev bridge settings cannot be modified in production environments.")
	}
	a, refused := s.agent(c)
	if refused != nil {
		return refused
	}
	for _, p := range properties {
		if value, given := body[p.name]; given {
			a.change(p.name, value)
		}
	}
	a.UpdatedAt = c.Now
	return ok(s.showAgent(a))
}

var behaviorFields = []string{"subscriberAccess", "acknowledgeOnReceived", "reactionOnResolved"}

// changes tells whether a body names a property, and of the behavior at least one field.
func changes(name string, body map[string]any) bool {
	value, given := body[name]
	if name != "behavior" {
		return given
	}
	behavior, _ := value.(map[string]any)
	return slices.ContainsFunc(behaviorFields, func(field string) bool { _, has := behavior[field]; return has })
}

func (a *agent) change(name string, value any) {
	switch name {
	case "name":
		if text, given := value.(string); given {
			a.name = text
		}
	case "active":
		if on, given := value.(bool); given {
			a.active = on
		}
	case "devBridgeActive":
		if on, given := value.(bool); given {
			a.devBridgeActive = on
		}
	case "behavior":
		given, _ := value.(map[string]any)
		for _, key := range behaviorFields {
			if v, has := given[key]; has {
				a.behavior[key] = v
			}
		}
	default:
		a.set[name] = value
	}
}
