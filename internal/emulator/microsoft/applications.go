package microsoft

import (
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const graphAppID = "00000003-0000-0000-c000-000000000000"

var (
	readsApps  = []string{"Application.Read.All", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All", "Directory.AccessAsUser.All"}
	writesApps = []string{"Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.AccessAsUser.All"}
	appAdmins  = []string{"Application Administrator", "Cloud Application Administrator"}
)

// addDirectoryRoutes are Graph's routes of app registrations and what belongs to them.
func (s *Server) addDirectoryRoutes() {
	s.route("GET", graphRoot+"/applications", s.listApplications)
	s.route("POST", graphRoot+"/applications", s.createApplication)
	s.route("GET", graphRoot+"/applications/{id}", func(c *call) *reply { return s.getApplication(c, "id", c.Params["id"]) })
	s.route("PATCH", graphRoot+"/applications/{id}", s.patchApplication)
	s.route("DELETE", graphRoot+"/applications/{id}", s.deleteApplication)
	s.route("POST", graphRoot+"/applications/{id}/addPassword", s.addPassword)
	s.route("POST", graphRoot+"/applications/{id}/removePassword", s.removePassword)
	s.route("GET", graphRoot+"/directory/deletedItems/microsoft.graph.application", s.listDeleted)
	s.route("DELETE", graphRoot+"/directory/deletedItems/{id}", s.purgeDeleted)
	s.route("POST", graphRoot+"/directory/deletedItems/{id}/restore", s.restoreDeleted)

	s.route("GET", graphRoot+"/servicePrincipals", s.listPrincipals)
	s.route("POST", graphRoot+"/servicePrincipals", s.createPrincipal)
	s.route("GET", graphRoot+"/servicePrincipals/{id}", func(c *call) *reply { return s.getPrincipal(c, "id", c.Params["id"]) })
	s.route("DELETE", graphRoot+"/servicePrincipals/{id}", s.deletePrincipal)
	s.route("GET", graphRoot+"/servicePrincipals/{id}/appRoleAssignments", s.listAssignments)
	s.route("POST", graphRoot+"/servicePrincipals/{id}/appRoleAssignments", s.createAssignment)
	s.route("GET", graphRoot+"/servicePrincipals/{id}/appRoleAssignedTo", s.listAssignments)
	s.route("POST", graphRoot+"/servicePrincipals/{id}/appRoleAssignedTo", s.createAssignment)
	s.route("DELETE", graphRoot+"/servicePrincipals/{id}/{list}/{assignment}", s.deleteAssignment)
	s.route("GET", graphRoot+"/oauth2PermissionGrants", s.listGrants)
	s.route("POST", graphRoot+"/oauth2PermissionGrants", s.createGrant)
	s.route("PATCH", graphRoot+"/oauth2PermissionGrants/{id}", s.patchGrant)
	s.route("DELETE", graphRoot+"/oauth2PermissionGrants/{id}", s.deleteGrant)

	s.route("GET", graphRoot+"/{entity}", s.entity)
	s.route("PATCH", graphRoot+"/{entity}", s.entity)
}

func (s *Server) listApplications(c *call) *reply {
	d, refused := s.authorizeDirectory(c, readsApps, nil)
	if refused != nil {
		return refused
	}
	found, refused := filtered(c, d.view(c.Now).applications)
	if refused != nil {
		return refused
	}
	return s.directoryList(c, "applications", found)
}

func (s *Server) getApplication(c *call, property, value string) *reply {
	d, refused := s.authorizeDirectory(c, readsApps, nil)
	if refused != nil {
		return refused
	}
	app := find(d.view(c.Now).applications, property, value)
	if app == nil {
		return noSuchObject(c, value)
	}
	return s.directoryJSON(c, http.StatusOK, "applications", app)
}

// newApplication is an application as Graph answers it, with every property.
func newApplication(now time.Time, body object) object {
	id := emulator.RandomUUID()
	app := object{
		"id": id, "deletedDateTime": nil, "isFallbackPublicClient": nil, "appId": emulator.RandomUUID(),
		"applicationTemplateId": nil, "disabledByMicrosoftStatus": nil, "identifierUris": []any{},
		"createdDateTime": now.Format(time.RFC3339), "displayName": nil, "isDeviceOnlyAuthSupported": nil,
		"groupMembershipClaims": nil, "optionalClaims": nil, "addIns": []any{}, "publisherDomain": "contoso.onmicrosoft.com",
		"samlMetadataUrl": nil, "signInAudience": "AzureADandPersonalMicrosoftAccount", "tags": []any{}, "tokenEncryptionKeyId": nil,
		"uniqueName": nil,
		"api": object{
			"requestedAccessTokenVersion": 2, "acceptMappedClaims": nil, "knownClientApplications": []any{},
			"oauth2PermissionScopes": []any{}, "preAuthorizedApplications": []any{},
		},
		"appRoles": []any{}, "publicClient": object{"redirectUris": []any{}},
		"info": object{
			"termsOfServiceUrl": nil, "supportUrl": nil, "privacyStatementUrl": nil, "marketingUrl": nil, "logoUrl": nil,
		},
		"keyCredentials":          []any{},
		"parentalControlSettings": object{"countriesBlockedForMinors": []any{}, "legalAgeGroupRule": "Allow"},
		"passwordCredentials":     []any{}, "requiredResourceAccess": []any{}, "windows": nil,
		"web": object{
			"redirectUris": []any{}, "homePageUrl": nil, "logoutUrl": nil,
			"implicitGrantSettings": object{"enableIdTokenIssuance": false, "enableAccessTokenIssuance": false},
		},
	}
	merge(app, body)
	return app.clone()
}

// merge applies a PATCH: an object completes, a list replaces.
func merge(into, changes object) {
	for name, value := range changes {
		part, isObject := value.(map[string]any)
		has, hasObject := into[name].(map[string]any)
		if asObject, is := into[name].(object); is {
			has, hasObject = asObject, true
		}
		if isObject && hasObject {
			merge(has, part)
			continue
		}
		into[name] = value
	}
}

const nameTaken = "Another object with the same value for property uniqueName already exists."

// nameIsTaken looks among deleted applications too, which keep their names.
func (d *directory) nameIsTaken(name string) bool {
	return find(d.applications, "uniqueName", name) != nil || find(d.deleted, "uniqueName", name) != nil
}

func (s *Server) createApplication(c *call) *reply {
	d, refused := s.authorizeDirectory(c, writesApps, nil)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	if d.nameIsTaken(body.text("uniqueName")) {
		return badDirectoryRequest(c, nameTaken)
	}
	return s.addApplication(c, d, body)
}

func (s *Server) addApplication(c *call, d *directory, body object) *reply {
	if body.text("displayName") == "" {
		return badDirectoryRequest(c, "A value is required for property 'displayName' of resource 'Application'.")
	}
	if _, has := body["passwordCredentials"]; has {
		return badDirectoryRequest(c, "Updates to passwordCredentials are not allowed here.")
	}
	s.change(d, c.Now)
	app := newApplication(c.Now, body)
	d.applications = append(d.applications, app)
	s.registered[strings.ToLower(app.text("appId"))] = d.tenantID
	return s.directoryJSON(c, http.StatusCreated, "applications", app)
}

func (s *Server) upsertApplication(c *call, name string) *reply {
	d, refused := s.authorizeDirectory(c, writesApps, nil)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	if app := find(d.applications, "uniqueName", name); app != nil {
		s.change(d, c.Now)
		merge(app, body)
		return dated(c, emulator.NoContent())
	}
	switch {
	case !strings.Contains(c.Header.Get("Prefer"), "create-if-missing"):
		return noSuchObject(c, name)
	case d.nameIsTaken(name):
		return badDirectoryRequest(c, nameTaken)
	}
	body["uniqueName"] = name
	return s.addApplication(c, d, body)
}

// changing finds the application of the path, on a replica and then where it is written.
func (s *Server) changing(c *call) (*directory, object, *reply) {
	d, refused := s.authorizeDirectory(c, writesApps, nil)
	if refused != nil {
		return nil, nil, refused
	}
	id := c.Params["id"]
	app := find(d.applications, "id", id)
	if app == nil || find(d.view(c.Now).applications, "id", id) == nil {
		return nil, nil, noSuchObject(c, id)
	}
	return d, app, nil
}

func (s *Server) patchApplication(c *call) *reply {
	d, app, refused := s.changing(c)
	if refused != nil {
		return refused
	}
	body := bodyObject(c)
	if name := body.text("uniqueName"); name != "" && !strings.EqualFold(name, app.text("uniqueName")) {
		switch {
		case app.text("uniqueName") != "":
			return badDirectoryRequest(c, "Property 'uniqueName' is immutable once it has been set.")
		case d.nameIsTaken(name):
			return badDirectoryRequest(c, nameTaken)
		}
	}
	s.change(d, c.Now)
	merge(app, body)
	return dated(c, emulator.NoContent())
}

func (s *Server) deleteApplication(c *call) *reply {
	d, app, refused := s.changing(c)
	if refused != nil {
		return refused
	}
	s.change(d, c.Now)
	app["deletedDateTime"] = c.Now.Format(time.RFC3339)
	d.applications, d.deleted = without(d.applications, app.text("id")), append(d.deleted, app)
	if principal := find(d.principals, "appId", app.text("appId")); principal != nil {
		d.removePrincipal(principal.text("id"))
	}
	return dated(c, emulator.NoContent())
}

// secretOf is a secret as it is stored: with its value, which is told once.
type secretOf struct {
	appID, keyID, value string
	usable, ends        time.Time
}

func (s *Server) addPassword(c *call) *reply {
	d, app, refused := s.changing(c)
	if refused != nil {
		return refused
	}
	wanted, _ := bodyObject(c)["passwordCredential"].(map[string]any)
	named := object(wanted)
	ends := c.Now.AddDate(2, 0, 0)
	if at, err := time.Parse(time.RFC3339, named.text("endDateTime")); err == nil {
		ends = at
	}
	value := emulator.RandomID(3, emulator.Alphanumeric) + "8Q~" + emulator.RandomID(34, emulator.Alphanumeric)
	key := object{
		"customKeyIdentifier": nil, "displayName": wanted["displayName"], "endDateTime": ends.UTC().Format(time.RFC3339),
		"hint": value[:3], "keyId": emulator.RandomUUID(), "secretText": nil, "startDateTime": c.Now.Format(time.RFC3339Nano),
	}
	s.change(d, c.Now)
	keys, _ := app["passwordCredentials"].([]any)
	app["passwordCredentials"] = append(keys, map[string]any(key.clone()))
	s.secrets = append(s.secrets, secretOf{
		appID: strings.ToLower(app.text("appId")), keyID: key.text("keyId"), value: value,
		usable: c.Now.Add(max(secretDelay, s.config.ReplicationDelay)), ends: ends,
	})
	answer := key.clone()
	answer["secretText"] = value
	return s.directoryJSON(c, http.StatusOK, "microsoft.graph.passwordCredential", answer)
}

// secretDelay is how long the sign-in service does not know a new secret.
const secretDelay = 150 * time.Millisecond

func (s *Server) removePassword(c *call) *reply {
	d, app, refused := s.changing(c)
	if refused != nil {
		return refused
	}
	id := bodyObject(c).text("keyId")
	var left []any
	keys, _ := app["passwordCredentials"].([]any)
	for _, key := range keys {
		if one, _ := key.(map[string]any); !strings.EqualFold(object(one).text("keyId"), id) {
			left = append(left, key)
		}
	}
	if len(left) == len(keys) {
		return badDirectoryRequest(c, "No password credential found with keyId.")
	}
	s.change(d, c.Now)
	app["passwordCredentials"] = nonNil(left)
	return dated(c, emulator.NoContent())
}

func (s *Server) listDeleted(c *call) *reply {
	d, refused := s.authorizeDirectory(c, readsApps, nil)
	if refused != nil {
		return refused
	}
	found, refused := filtered(c, d.view(c.Now).deleted)
	if refused != nil {
		return refused
	}
	return s.directoryList(c, "applications", found)
}

// deletedItem finds the deleted application of the path.
func (s *Server) deletedItem(c *call) (*directory, object, *reply) {
	d, refused := s.authorizeDirectory(c, writesApps, appAdmins)
	if refused != nil {
		return nil, nil, refused
	}
	app := find(d.deleted, "id", c.Params["id"])
	if app == nil || find(d.view(c.Now).deleted, "id", c.Params["id"]) == nil {
		return nil, nil, noSuchObject(c, c.Params["id"])
	}
	return d, app, nil
}

func (s *Server) purgeDeleted(c *call) *reply {
	d, app, refused := s.deletedItem(c)
	if refused != nil {
		return refused
	}
	s.change(d, c.Now)
	d.deleted = without(d.deleted, app.text("id"))
	return dated(c, emulator.NoContent())
}

func (s *Server) restoreDeleted(c *call) *reply {
	d, app, refused := s.deletedItem(c)
	if refused != nil {
		return refused
	}
	s.change(d, c.Now)
	app["deletedDateTime"] = nil
	d.deleted, d.applications = without(d.deleted, app.text("id")), append(d.applications, app)
	answer := app.clone()
	answer["@odata.type"] = "#microsoft.graph.application"
	return s.directoryJSON(c, http.StatusOK, "directoryObjects", answer)
}
