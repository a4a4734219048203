package novu

// The routes here make no sense for Teams: they say so, as Novu does.

func (s *Server) autoConfigure(c *call) *reply {
	i, refused := s.integrationByID(c, "AutoConfigureIntegrationCommand", "Integration not found, id: %s")
	if refused != nil {
		return refused
	}
	_ = i
	return created(map[string]any{
		"success": false,
		"message": "A support of auto-configuration of inbound webhook is not implemented by provider, manual configuration is required",
	})
}

// armTemplate is for Azure's portal, which carries a signature.
func (s *Server) armTemplate(c *call) *reply {
	return c.badRequest("Missing required parameters: sig, exp")
}

// integrationOfPath finds an integration by its identifier.
func (s *Server) integrationOfPath(c *call) (*integration, *reply) {
	identifier := c.Params["integrationId"]
	if i := s.integrationByIdentifier(identifier); i != nil {
		return i, nil
	}
	return nil, c.notFound("Integration not found: " + identifier + " in environment " + s.environmentID)
}

func (s *Server) configureWebhook(c *call) *reply {
	i, refused := s.integrationOfPath(c)
	if refused != nil {
		return refused
	}
	return c.badRequest(`Provider "` + i.ProviderID + `" does not support webhook configuration via this endpoint.`)
}

func (s *Server) mobileLink(c *call) *reply {
	i, refused := s.integrationOfPath(c)
	if refused != nil {
		return refused
	}
	return c.badRequest(`Provider "` + i.ProviderID + `" does not support mobile setup links via this endpoint.`)
}

func (s *Server) slackQuickSetup(c *call) *reply {
	if refused := c.invalid(required("configToken", isString), required("agentId", isMongoID)); refused != nil {
		return refused
	}
	return c.notImplemented()
}

// webhookSupport tells whether Novu takes a provider's webhooks: of chat none.
func (s *Server) webhookSupport(c *call) *reply {
	provider := c.Params["provider"]
	for _, i := range s.integrations {
		if s.ours(i) && (i.ProviderID == provider && len(i.Credentials) > 0 || i.ID == provider) {
			if len(i.Credentials) == 0 {
				return c.badRequest("Integration " + i.ID + " doesn't have credentials set up")
			}
			if i.Channel != "email" && i.Channel != "sms" {
				return c.badRequest("Webhook for " + i.ProviderID + "-" + i.Channel + " is not supported yet")
			}
			return ok(true)
		}
	}
	return c.notFound("Integration for " + provider + " was not found")
}
