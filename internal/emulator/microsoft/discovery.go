package microsoft

import (
	"net/http"

	"github.com/novu-go/novu/internal/emulator"
)

// openIDConfiguration tells Microsoft's own libraries where a tenant's endpoints
// are, at the address by which they came.
func (s *Server) openIDConfiguration(c *call) *reply {
	tenant := c.Params["tenant"]
	root := c.Origin() + loginRoot + "/" + tenant
	return emulator.JSON(http.StatusOK, map[string]any{
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  root + "/oauth2/v2.0/logout",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"issuer":                                root + "/v2.0",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code", "id_token"},
		"subject_types_supported":               []string{"pairwise"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   c.Host,
	})
}

// instanceDiscovery says that the host that was asked is its own cloud.
func (s *Server) instanceDiscovery(c *call) *reply {
	return emulator.JSON(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": c.Origin() + loginRoot + "/" + c.Params["tenant"] + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []any{map[string]any{
			"preferred_network": c.Host, "preferred_cache": c.Host, "aliases": []string{c.Host},
		}},
	})
}
