package novu

func (s *Server) getEnvironment(_ *call) *reply {
	return ok(map[string]any{
		"_id": s.environmentID, "name": "Development", "_organizationId": s.organizationID,
		"_parentId": nil, "identifier": s.environmentID[:12], "type": "dev", "slug": "development_env_" + s.environmentID[:16],
		"createdAt": stamp(s.createdAt), "updatedAt": stamp(s.createdAt),
	})
}
