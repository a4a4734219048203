package novu

import (
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

func (s *Server) getEnvironment(_ *call) *reply {
	shown := map[string]any{
		"_id": s.environmentID, "name": "Development", "_organizationId": s.organizationID, "identifier": s.environmentID[:12], "type": "dev",
		"createdAt": stamp(s.createdAt), "updatedAt": stamp(s.createdAt),
	}
	if s.config.Production {
		shown["name"], shown["type"] = "Production", "prod"
	}
	if s.is319() {
		shown["widget"], shown["color"] = map[string]any{"notificationCenterEncryption": false}, "#ff8547"
		shown["id"], shown["__v"] = s.environmentID, 0
	} else {
		shown["_parentId"], shown["slug"] = nil, strings.ToLower(shown["name"].(string))+"_env_"+s.environmentID[:16]
	}
	return ok(shown)
}

// listTags lists the tags of an environment's workflows.
func (s *Server) listTags(c *call) *reply {
	if c.Params["environmentId"] != s.environmentID {
		return c.notFound("Environment " + c.Params["environmentId"] + " not found")
	}
	type tag struct {
		Name string `json:"name"`
	}
	tags, seen := []tag{}, map[string]bool{}
	for _, w := range s.workflows.rows {
		for _, v := range w.tags {
			if name := printed(v); !seen[name] {
				seen[name] = true
				tags = append(tags, tag{Name: name})
			}
		}
	}
	return ok(tags)
}

// compareEnvironments stands for diff and publish: there is one environment.
func (s *Server) compareEnvironments(c *call) *reply {
	source := c.Text("sourceEnvironmentId")
	if source == "" || source == c.Params["environmentId"] {
		return c.badRequest("Source and target environments cannot be the same")
	}
	return c.notFound("Environment " + source + " not found")
}

func (s *Server) listLayouts(_ *call) *reply {
	return ok(map[string]any{"layouts": []any{}, "totalCount": 0})
}

// listOlderWorkflows is /v1/workflows, which does not show those of /v2.
func (s *Server) listOlderWorkflows(c *call) *reply {
	page, limit, refused := c.pageOf(100)
	if refused != nil {
		return refused
	}
	return emulator.JSON(http.StatusOK, map[string]any{"page": page, "data": []any{}, "totalCount": 0, "pageSize": limit})
}

// dashboardOnly is a route that keys may not use. It is no sign of a wrong key.
func (s *Server) dashboardOnly(c *call) *reply {
	return c.named(http.StatusUnauthorized, "API endpoint not accessible")
}
