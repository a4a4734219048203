package microsoft

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// Operator is a person or an application that administers a tenant.
type Operator struct {
	TenantID string   // of the token; empty: the tenant that is asked for
	Scopes   []string // delegated, or the roles of an application; nil: all
	Roles    []string // in Entra and Azure; nil: all
	AppOnly  bool
}

// operatorScopes are all permissions that the emulated Microsoft knows.
var operatorScopes = []string{
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
	"AppCatalog.ReadWrite.All", "TeamsAppInstallation.ReadWriteForTeam", "user_impersonation",
}

const (
	globalAdmin = "Global Administrator"
	azureScope  = "user_impersonation"
)

// OperatorToken makes a token of the operator for the scope.
func (s *Server) OperatorToken(who Operator, tenantID, scope string) (given string, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.operatorToken(s.host.Clock.Now(), who, tenantID, scope)
}

func (s *Server) operatorToken(now time.Time, who Operator, tenantID, scope string) (given string, expires time.Time) {
	if who.TenantID != "" {
		tenantID = who.TenantID
	}
	permissions := who.Scopes
	if permissions == nil {
		permissions = operatorScopes
		if who.AppOnly && who.Roles != nil {
			permissions = who.Roles
		}
	}
	made := token{
		clientID: operatorClientID, tenantID: tenantID, scope: scope, expires: now.Add(tokenAge),
		operator: true, appOnly: who.AppOnly, roles: permissions, entraRoles: who.Roles, anyRole: who.Roles == nil,
	}
	claims := s.claims(&call{Now: now}, operatorClientID, tenantID)
	claims["aud"] = strings.TrimSuffix(scope, "/.default")
	if who.AppOnly {
		claims["idtyp"], claims["roles"] = "app", nonNil(permissions)
	} else {
		claims["idtyp"], claims["scp"] = "user", strings.Join(permissions, " ")
	}
	return s.issue(made, claims), made.expires
}

const operatorClientID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" // the Azure CLI's

// holds reports whether the token has one of the roles in Entra or Azure. An
// application needs none.
func (t token) holds(oneOf ...string) bool {
	return t.appOnly || t.anyRole || slices.Contains(t.entraRoles, globalAdmin) ||
		slices.ContainsFunc(oneOf, func(role string) bool { return slices.Contains(t.entraRoles, role) })
}

func (t token) may(oneOf ...string) bool {
	return slices.ContainsFunc(oneOf, func(p string) bool { return slices.Contains(t.roles, p) })
}

// graphToken is the token of a request to Graph.
func (s *Server) graphToken(c *call) (token, *reply) {
	given, isBearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	t, known := s.tokens[given]
	switch {
	case !isBearer || !known || t.scope == BotScope || !strings.HasSuffix(t.scope, "/.default") || strings.Contains(t.scope, "://management."):
		return token{}, graphError(c, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty or of another audience.")
	case c.Now.After(t.expires):
		return token{}, graphError(c, http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	}
	return t, nil
}

// authorizeDirectory checks the token of a request to Graph's directory part,
// and that its operator has one of the roles, where any are named.
func (s *Server) authorizeDirectory(c *call, permissions, roles []string) (*directory, *reply) {
	t, refused := s.graphToken(c)
	if refused != nil {
		return nil, refused
	}
	if !t.may(permissions...) || len(roles) > 0 && !t.holds(roles...) {
		return nil, dated(c, graphError(c, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	}
	return s.directory(t.tenantID), nil
}

// authorizeAzure checks the token of a request to Azure Resource Manager.
func (s *Server) authorizeAzure(c *call) *reply {
	given, isBearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	t, known := s.tokens[given]
	switch {
	case !isBearer || !known || !strings.Contains(t.scope, "://management.") || c.Now.After(t.expires):
		return azureError(http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is invalid.")
	case !t.appOnly && !t.may(azureScope), c.Method != http.MethodGet && !t.holds("Owner", "Contributor"):
		return azureError(http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf(
			"The client '%s' does not have authorization to perform action '%s' over scope '%s' or the scope is invalid.",
			t.clientID, c.Method, strings.TrimPrefix(c.Path, azureRoot)))
	}
	return nil
}

// azureError is an error as Azure Resource Manager writes it.
func azureError(status int, code, message string) *reply {
	return failure(status, code, message).With("X-Ms-Correlation-Request-Id", emulator.RandomUUID())
}
