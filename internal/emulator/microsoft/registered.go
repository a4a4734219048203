package microsoft

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// homeOf is the home tenant of an application that was registered in a
// directory here. It is remembered after the application is deleted.
func (s *Server) homeOf(clientID string) (tenantID string, registered bool) {
	tenantID, registered = s.registered[strings.ToLower(clientID)]
	return tenantID, registered
}

func (s *Server) isRegistered(clientID string) bool {
	_, registered := s.homeOf(clientID)
	return registered
}

// checkRegistered is how the sign-in service looks at a registered application:
// its secret, its service principal, and the tenant that it signs in to.
func (s *Server) checkRegistered(c *call, form url.Values, tenant, scope string) *reply {
	id := form.Get("client_id")
	home, _ := s.homeOf(id)
	d := s.directory(home)
	app := find(d.applications, "appId", id)
	if app == nil {
		return s.tokenError(c, http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '"+id+"' was not found in the directory '"+tenant+"'.")
	}
	if number, message := s.checkSecret(c, app, form.Get("client_secret")); number != 0 {
		return s.tokenError(c, http.StatusUnauthorized, "invalid_client", number, message)
	}
	switch isHome := strings.EqualFold(tenant, home); {
	case isHome && find(d.principals, "appId", id) == nil:
		return s.tokenError(c, http.StatusUnauthorized, "invalid_client", 7000229,
			"The client application '"+id+"' is missing service principal in the tenant '"+tenant+"'.")
	case !isHome && (scope == BotScope || app.text("signInAudience") == "AzureADMyOrg"):
		return s.tokenError(c, http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '"+id+"' was not found in the directory '"+tenant+"'.")
	}
	return nil
}

// checkSecret compares with the secrets of the application that the sign-in
// service knows by now.
func (s *Server) checkSecret(c *call, app object, given string) (number int, message string) {
	keys, _ := app["passwordCredentials"].([]any)
	for _, secret := range s.secrets {
		if secret.appID != strings.ToLower(app.text("appId")) || subtle.ConstantTimeCompare([]byte(secret.value), []byte(given)) != 1 {
			continue
		}
		there := slices.ContainsFunc(keys, func(key any) bool {
			one, _ := key.(map[string]any)
			return object(one).text("keyId") == secret.keyID
		})
		switch {
		case !there || c.Now.Before(secret.usable):
		case !c.Now.Before(secret.ends):
			return 7000222, "The provided client secret keys for app '" + app.text("appId") + "' are expired."
		default:
			return 0, ""
		}
	}
	return 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID."
}

// rolesOfRegistered are the application permissions that a tenant has granted a
// registered application: at home its assignments, elsewhere what a consent
// covers or what the tenant was seeded with.
func (s *Server) rolesOfRegistered(clientID, tenant string) []string {
	home, _ := s.homeOf(clientID)
	d := s.directory(home)
	if !strings.EqualFold(tenant, home) {
		if t, seeded := s.tenant(tenant); s.consented[tenant] || seeded && !t.Unconsented {
			return s.rolesOf(tenant)
		}
		return nil
	}
	principal := find(d.principals, "appId", clientID)
	var granted []string
	for _, assignment := range d.assignments {
		if principal == nil || assignment.text("principalId") != principal.text("id") {
			continue
		}
		for _, role := range graphRoles {
			if strings.EqualFold(role.id, assignment.text("appRoleId")) {
				granted = append(granted, role.value)
			}
		}
	}
	return granted
}

// consentAtHome is what an administrator's consent does in the home tenant: it
// makes the service principal and grants all that the application asks for.
func (s *Server) consentAtHome(c *call, clientID string) {
	home, _ := s.homeOf(clientID)
	d := s.directory(home)
	app := find(d.applications, "appId", clientID)
	if app == nil {
		return
	}
	s.change(d, c.Now)
	principal := find(d.principals, "appId", clientID)
	if principal == nil {
		principal = newPrincipal(object{"appId": app["appId"], "displayName": app["displayName"]}, home).clone()
		d.principals = append(d.principals, principal)
	}
	graph := find(d.principals, "appId", graphAppID)
	var scopes []string
	for _, access := range accessOf(app) {
		if access.text("type") == "Role" {
			if !slices.ContainsFunc(d.assignments, func(o object) bool {
				return o.text("principalId") == principal.text("id") && strings.EqualFold(o.text("appRoleId"), access.text("id"))
			}) {
				d.assign(c.Now, principal, graph, access.text("id"))
			}
			continue
		}
		for _, scope := range graphScopes {
			if strings.EqualFold(scope.id, access.text("id")) {
				scopes = append(scopes, scope.value)
			}
		}
	}
	d.grants = slices.DeleteFunc(d.grants, func(o object) bool {
		return o.text("clientId") == principal.text("id") && o.text("consentType") == "AllPrincipals"
	})
	d.grant(object{
		"clientId": principal["id"], "consentType": "AllPrincipals", "principalId": nil, "resourceId": graph["id"], "scope": strings.Join(scopes, " "),
	})
}

// accessOf is what the application asks for of Graph.
func accessOf(app object) []object {
	var all []object
	resources, _ := app["requiredResourceAccess"].([]any)
	for _, resource := range resources {
		one, _ := resource.(map[string]any)
		if object(one).text("resourceAppId") != graphAppID {
			continue
		}
		items, _ := one["resourceAccess"].([]any)
		for _, item := range items {
			if access, isObject := item.(map[string]any); isObject {
				all = append(all, access)
			}
		}
	}
	return all
}

// canBeBot reports whether the connector takes the application's token: it wants
// an Azure Bot with an open Teams channel.
func (s *Server) canBeBot(clientID string) bool {
	if !s.isRegistered(clientID) {
		return true
	}
	for _, b := range s.azure.bots {
		properties, _ := b.resource["properties"].(map[string]any)
		if strings.EqualFold(object(properties).text("msaAppId"), clientID) {
			return b.teamsChannelOpen()
		}
	}
	return false
}

// Leftovers lists what is there of registered applications, their consent, Azure
// resources and published catalog apps, in words. A tenant that was cleared has none.
func (s *Server) Leftovers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []string
	for _, d := range s.directories {
		for _, list := range []struct {
			what    string
			objects []object
		}{
			{"application", d.applications},
			{"deleted application", d.deleted},
			{"service principal", slices.DeleteFunc(slices.Clone(d.principals), func(o object) bool { return o.text("appId") == graphAppID })},
			{"app role assignment", d.assignments},
			{"delegated grant", d.grants},
		} {
			for _, o := range list.objects {
				left = append(left, list.what+" "+o.text("id"))
			}
		}
	}
	for _, g := range s.azure.groups {
		left = append(left, "resource group "+g.text("name"))
	}
	for _, b := range s.azure.bots {
		left = append(left, "bot "+b.resource.text("name"))
	}
	for _, apps := range s.published {
		for _, app := range apps {
			left = append(left, "catalog app "+app.id)
		}
	}
	slices.Sort(left)
	return left
}

func newID() string { return emulator.RandomUUID() }
