package novu

import "github.com/novu-go/novu/internal/emulator"

// tenantRecord is a tenant of v1, which contexts have replaced.
type tenantRecord struct {
	meta
	name string
	data any
}

func (s *Server) showTenant(t *tenantRecord) any {
	shown := map[string]any{
		"_id": t.ID, "identifier": t.Key, "name": t.name, "_environmentId": s.environmentID, "_organizationId": s.organizationID,
		"createdAt": stamp(t.CreatedAt), "updatedAt": stamp(t.UpdatedAt), "__v": 0, "id": t.ID,
	}
	if t.data != nil {
		shown["data"] = t.data
	}
	return shown
}

func (s *Server) createTenant(c *call) *reply {
	if refused := c.invalid(required("identifier", isString), required("name", isString), optional("data", isObject)); refused != nil {
		return refused
	}
	id := c.Text("identifier")
	if _, has := s.tenants.get(id); has {
		return c.conflict("Tenant with identifier: " + id + " already exists under environment " + s.environmentID)
	}
	t := &tenantRecord{
		meta: meta{ID: s.ids.Next(c.Now), Key: id, CreatedAt: c.Now, UpdatedAt: c.Now}, name: c.Text("name"), data: c.Object()["data"],
	}
	s.tenants.add(t)
	return created(s.showTenant(t))
}

func (s *Server) tenantOf(c *call) (*tenantRecord, *reply) {
	id := c.Params["identifier"]
	if t, has := s.tenants.get(id); has {
		return t, nil
	}
	return nil, c.notFound("Tenant with identifier: " + id + " is not exists under environment " + s.environmentID)
}

func (s *Server) getTenant(c *call) *reply {
	t, refused := s.tenantOf(c)
	if refused != nil {
		return refused
	}
	return ok(s.showTenant(t))
}

func (s *Server) updateTenant(c *call) *reply {
	if refused := c.invalid(optional("identifier", isString), optional("name", isString), optional("data", isObject)); refused != nil {
		return refused
	}
	t, refused := s.tenantOf(c)
	if refused != nil {
		return refused
	}
	if name, given := c.Object()["name"].(string); given {
		t.name = name
	}
	if data := c.Object()["data"]; data != nil {
		t.data = data
	}
	t.UpdatedAt = c.Now
	return ok(s.showTenant(t))
}

func (s *Server) deleteTenant(c *call) *reply {
	t, refused := s.tenantOf(c)
	if refused != nil {
		return refused
	}
	s.tenants.remove(t.Key)
	return emulator.NoContent()
}

func (s *Server) listTenants(c *call) *reply {
	page, limit, refused := c.pageOf(100)
	if refused != nil {
		return refused
	}
	data := []any{}
	for i := len(s.tenants.rows) - 1; i >= 0; i-- {
		data = append(data, s.showTenant(s.tenants.rows[i]))
	}
	from := min(page*limit, len(data))
	to := min(from+limit, len(data))
	return emulator.JSON(200, map[string]any{"page": page, "hasMore": to < len(data), "pageSize": limit, "data": data[from:to]})
}

// hasTenant tells whether a trigger's tenant exists.
func (s *Server) hasTenant(v any) bool {
	id, _ := v.(string)
	if object, isObject := v.(map[string]any); isObject {
		id, _ = object["identifier"].(string)
	}
	_, has := s.tenants.get(id)
	return has
}
