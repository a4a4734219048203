package novutest

func (s *Server) getEnvironment(_ *call) *reply {
	return ok(map[string]any{
		"_id": s.state.environmentID, "name": "Development", "_organizationId": s.state.organizationID,
		"_parentId": nil, "identifier": s.state.environmentID[:12], "type": "dev", "slug": "development_env_" + s.state.environmentID[:16],
		"createdAt": stamp(s.state.createdAt), "updatedAt": stamp(s.state.createdAt),
	})
}
