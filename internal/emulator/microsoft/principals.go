package microsoft

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// graphRoles and graphScopes are Graph's own permissions with their real ids. The
// same value has one id as an application permission and another as a delegated one.
var (
	graphRoles = []struct{ value, id string }{
		{"Team.ReadBasic.All", "2280dda6-0bfd-44ee-a2f4-cb867cfc4c1e"},
		{"Channel.ReadBasic.All", "59a6b24b-4225-4393-8165-ebaec5f55d7a"},
		{"AppCatalog.Read.All", "e12dae10-5a57-4817-b79d-dfbec5348930"},
		{"TeamsAppInstallation.ReadWriteSelfForTeam.All", "9f67436c-5415-4e7f-8ac1-3014a7132630"},
		{"TeamsAppInstallation.ReadWriteSelfForUser.All", "908de74d-f8b2-4d6b-a9ed-2a17b3b78179"},
	}
	graphScopes = []struct{ value, id string }{
		{"User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"},
		{"openid", "37f7f235-527c-4136-accd-4a02d197296e"},
		{"profile", "14dad69e-099b-42c9-810b-d002981feec1"},
		{"AppCatalog.ReadWrite.All", "1ca167d5-1655-44a1-8adf-1414072e1ef9"},
		{"AppCatalog.Submit", "3db89e36-7fa6-4012-b281-85f3d9d9fd2e"},
		{"Application.ReadWrite.All", "bdfbf15f-ee85-4955-8675-146e8e5296b5"},
	}
)

// graphPrincipal is Graph's own service principal, whose id differs in each tenant.
func graphPrincipal(tenantID string) object {
	p := newPrincipal(object{"appId": graphAppID, "displayName": "Microsoft Graph"}, tenantID)
	p["id"] = emulator.UUIDOf(tenantID, "service principal", graphAppID)
	roles, scopes := []any{}, []any{}
	for _, r := range graphRoles {
		roles = append(roles, map[string]any{
			"id": r.id, "value": r.value, "displayName": r.value, "allowedMemberTypes": []any{"Application"}, "isEnabled": true,
		})
	}
	for _, r := range graphScopes {
		scopes = append(scopes, map[string]any{"id": r.id, "value": r.value, "type": "User", "isEnabled": true})
	}
	p["appRoles"], p["oauth2PermissionScopes"] = roles, scopes
	return p.clone()
}

// newPrincipal is a service principal as Graph answers it.
func newPrincipal(body object, tenantID string) object {
	p := object{
		"id": emulator.RandomUUID(), "deletedDateTime": nil, "accountEnabled": true, "appDisplayName": body["displayName"], "appId": "",
		"applicationTemplateId": nil, "appOwnerOrganizationId": tenantID, "appRoleAssignmentRequired": false, "displayName": "",
		"errorUrl": nil, "homepage": nil, "loginUrl": nil, "logoutUrl": nil, "notificationEmailAddresses": []any{},
		"preferredSingleSignOnMode": nil, "preferredTokenSigningKeyEndDateTime": nil, "preferredTokenSigningKeyThumbprint": nil,
		"publisherName": "Contoso", "replyUrls": []any{}, "samlMetadataUrl": nil, "samlSingleSignOnSettings": nil,
		"servicePrincipalNames": []any{body["appId"]}, "servicePrincipalType": "Application",
		"signInAudience": "AzureADMultipleOrgs", "tags": []any{}, "addIns": []any{},
		"api": object{"resourceSpecificApplicationPermissions": []any{}}, "appRoles": []any{},
		"info": object{
			"termsOfServiceUrl": nil, "supportUrl": nil, "privacyStatementUrl": nil, "marketingUrl": nil, "logoUrl": nil,
		},
		"keyCredentials": []any{}, "publishedPermissionScopes": []any{}, "oauth2PermissionScopes": []any{}, "passwordCredentials": []any{},
	}
	merge(p, body)
	return p
}

func (s *Server) listPrincipals(c *call) *reply {
	d, refused := s.authorizeDirectory(c, readsApps, nil)
	if refused != nil {
		return refused
	}
	found, refused := filtered(c, d.view(c.Now).principals)
	if refused != nil {
		return refused
	}
	return s.directoryList(c, "servicePrincipals", found)
}

func (s *Server) getPrincipal(c *call, property, value string) *reply {
	d, refused := s.authorizeDirectory(c, readsApps, nil)
	if refused != nil {
		return refused
	}
	principal := find(d.view(c.Now).principals, property, value)
	if principal == nil {
		return noSuchObject(c, value)
	}
	return s.directoryJSON(c, http.StatusOK, "servicePrincipals", principal)
}

func (s *Server) createPrincipal(c *call) *reply {
	d, refused := s.authorizeDirectory(c, writesApps, appAdmins)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	if find(d.principals, "appId", body.text("appId")) != nil {
		return dated(c, graphError(c, http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue",
			"The service principal cannot be created because one exists already for this application."))
	}
	return s.addPrincipal(c, d, body)
}

func (s *Server) upsertPrincipal(c *call, appID string) *reply {
	d, refused := s.authorizeDirectory(c, writesApps, appAdmins)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	if principal := find(d.principals, "appId", appID); principal != nil {
		s.change(d, c.Now)
		merge(principal, body)
		return dated(c, emulator.NoContent())
	}
	if !strings.Contains(c.Header.Get("Prefer"), "create-if-missing") {
		return noSuchObject(c, appID)
	}
	body["appId"] = appID
	return s.addPrincipal(c, d, body)
}

func (s *Server) addPrincipal(c *call, d *directory, body object) *reply {
	app := find(d.view(c.Now).applications, "appId", body.text("appId"))
	if app == nil {
		return badDirectoryRequest(c, "The appId '"+body.text("appId")+"' of the service principal does not reference a valid application object.")
	}
	s.change(d, c.Now)
	if body.text("displayName") == "" {
		body["displayName"] = app["displayName"]
	}
	principal := newPrincipal(body, d.tenantID).clone()
	principal["appDisplayName"], principal["signInAudience"] = app["displayName"], app["signInAudience"]
	d.principals = append(d.principals, principal)
	return s.directoryJSON(c, http.StatusCreated, "servicePrincipals", principal)
}

// removePrincipal takes its consent along.
func (d *directory) removePrincipal(id string) {
	d.principals = without(d.principals, id)
	d.assignments = slices.DeleteFunc(slices.Clone(d.assignments), func(o object) bool { return o.text("principalId") == id })
	d.grants = slices.DeleteFunc(slices.Clone(d.grants), func(o object) bool { return o.text("clientId") == id })
}

func (s *Server) deletePrincipal(c *call) *reply {
	d, refused := s.authorizeDirectory(c, writesApps, appAdmins)
	if refused != nil {
		return refused
	}
	if find(d.principals, "id", c.Params["id"]) == nil {
		return noSuchObject(c, c.Params["id"])
	}
	s.change(d, c.Now)
	d.removePrincipal(c.Params["id"])
	return dated(c, emulator.NoContent())
}

// listAssignments lists those of a client, or those to a resource.
func (s *Server) listAssignments(c *call) *reply {
	d, refused := s.authorizeDirectory(c, append([]string{"AppRoleAssignment.ReadWrite.All"}, readsApps...), nil)
	if refused != nil {
		return refused
	}
	view, id := d.view(c.Now), c.Params["id"]
	if find(view.principals, "id", id) == nil {
		return noSuchObject(c, id)
	}
	property := "principalId"
	if strings.HasSuffix(c.Path, "/appRoleAssignedTo") {
		property = "resourceId"
	}
	found := slices.DeleteFunc(slices.Clone(view.assignments), func(o object) bool { return !strings.EqualFold(o.text(property), id) })
	return s.directoryList(c, "appRoleAssignments", found)
}

func (s *Server) createAssignment(c *call) *reply {
	d, refused := s.authorizeDirectory(c, []string{"AppRoleAssignment.ReadWrite.All", "Directory.AccessAsUser.All"},
		[]string{"Privileged Role Administrator"})
	if refused != nil {
		return refused
	}
	body, view := bodyObject(c), d.view(c.Now)
	principal, resource := find(view.principals, "id", body.text("principalId")), find(view.principals, "id", body.text("resourceId"))
	switch {
	case find(view.principals, "id", c.Params["id"]) == nil:
		return noSuchObject(c, c.Params["id"])
	case principal == nil || resource == nil:
		return badDirectoryRequest(c, "Not a valid reference update.")
	}
	for _, has := range d.assignments {
		if has.text("principalId") == body.text("principalId") && has.text("resourceId") == body.text("resourceId") && has.text("appRoleId") == body.text("appRoleId") {
			return badDirectoryRequest(c, "Permission being assigned already exists on the object")
		}
	}
	s.change(d, c.Now)
	made := d.assign(c.Now, principal, resource, body.text("appRoleId"))
	return s.directoryJSON(c, http.StatusCreated, "appRoleAssignments", made)
}

func (d *directory) assign(now time.Time, principal, resource object, roleID string) object {
	made := object{
		"id": emulator.RandomID(43, emulator.Alphanumeric), "createdDateTime": now.Format(time.RFC3339Nano), "appRoleId": roleID,
		"principalDisplayName": principal["displayName"], "principalId": principal["id"], "principalType": "ServicePrincipal",
		"resourceDisplayName": resource["displayName"], "resourceId": resource["id"],
	}
	d.assignments = append(d.assignments, made)
	return made
}

func (s *Server) deleteAssignment(c *call) *reply {
	d, refused := s.authorizeDirectory(c, []string{"AppRoleAssignment.ReadWrite.All", "Directory.AccessAsUser.All"}, []string{"Privileged Role Administrator"})
	if refused != nil {
		return refused
	}
	if find(d.assignments, "id", c.Params["assignment"]) == nil {
		return noSuchObject(c, c.Params["assignment"])
	}
	s.change(d, c.Now)
	d.assignments = without(d.assignments, c.Params["assignment"])
	return dated(c, emulator.NoContent())
}

var (
	writesGrants = []string{"DelegatedPermissionGrant.ReadWrite.All", "Directory.AccessAsUser.All"}
	grantAdmins  = []string{"Application Administrator", "Cloud Application Administrator", "Privileged Role Administrator"}
)

func (s *Server) listGrants(c *call) *reply {
	d, refused := s.authorizeDirectory(c, slices.Concat(writesGrants, readsApps, []string{"DelegatedPermissionGrant.Read.All"}), nil)
	if refused != nil {
		return refused
	}
	found, refused := filtered(c, d.view(c.Now).grants)
	if refused != nil {
		return refused
	}
	return s.directoryList(c, "oauth2PermissionGrants", found)
}

func (s *Server) createGrant(c *call) *reply {
	d, refused := s.authorizeDirectory(c, writesGrants, grantAdmins)
	if refused != nil {
		return refused
	}
	body, view := bodyObject(c), d.view(c.Now)
	if find(view.principals, "id", body.text("clientId")) == nil || find(view.principals, "id", body.text("resourceId")) == nil {
		return noSuchObject(c, body.text("clientId"))
	}
	for _, has := range d.grants {
		if has.text("clientId") == body.text("clientId") && has.text("resourceId") == body.text("resourceId") &&
			has.text("consentType") == body.text("consentType") && has.text("principalId") == body.text("principalId") {
			return dated(c, graphError(c, http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists."))
		}
	}
	s.change(d, c.Now)
	made := d.grant(body)
	return s.directoryJSON(c, http.StatusCreated, "oauth2PermissionGrants", made)
}

func (d *directory) grant(body object) object {
	made := object{
		"id": emulator.RandomID(43, emulator.Alphanumeric), "clientId": body["clientId"], "consentType": body["consentType"],
		"principalId": body["principalId"], "resourceId": body["resourceId"], "scope": body["scope"],
	}
	made["@odata.id"] = "https://graph.microsoft.com/v2/" + d.tenantID + "/oauth2PermissionGrants/" + made.text("id")
	d.grants = append(d.grants, made)
	return made
}

// grantOf finds the grant of the path.
func (s *Server) grantOf(c *call) (*directory, object, *reply) {
	d, refused := s.authorizeDirectory(c, writesGrants, grantAdmins)
	if refused != nil {
		return nil, nil, refused
	}
	one := find(d.grants, "id", c.Params["id"])
	if one == nil || find(d.view(c.Now).grants, "id", c.Params["id"]) == nil {
		return nil, nil, noSuchObject(c, c.Params["id"])
	}
	return d, one, nil
}

func (s *Server) patchGrant(c *call) *reply {
	d, one, refused := s.grantOf(c)
	if refused != nil {
		return refused
	}
	s.change(d, c.Now)
	one["scope"] = bodyObject(c)["scope"]
	return dated(c, emulator.NoContent())
}

func (s *Server) deleteGrant(c *call) *reply {
	d, one, refused := s.grantOf(c)
	if refused != nil {
		return refused
	}
	s.change(d, c.Now)
	d.grants = without(d.grants, one.text("id"))
	return dated(c, emulator.NoContent())
}
