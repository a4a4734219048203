package microsoft

import (
	"net/http"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

type timeNow = time.Time

const somebody = "b5561ec9-8cab-4aa3-8aa2-d8d7172e4311"

// prepare brings about the state in which the answer is the recorded one. What
// a report leaves out of a request is filled in.
func (c *replaying) prepare() {
	if strings.HasPrefix(c.path, "/subscriptions/") || strings.HasPrefix(c.path, "/providers/") {
		c.prepareAzure()
		return
	}
	if strings.Contains(c.path, "/appCatalogs/") || strings.HasSuffix(c.path, "/installedApps") {
		c.prepareCatalog()
		return
	}
	if c.answers("Authorization_RequestDenied") {
		c.operator = Operator{Roles: []string{}}
		if c.says("backing application") {
			c.operator = Operator{AppOnly: true, Scopes: []string{"Application.ReadWrite.OwnedBy"}}
		}
	}
	c.prepareDirectory()
}

func (c *replaying) prepareDirectory() {
	d := c.s.directory("tenant")
	missing := c.x.Response.Status == http.StatusNotFound
	set := strings.Split(strings.TrimPrefix(c.path, "/v1.0/"), "/")[0]
	set, key, keyed := strings.Cut(strings.TrimSuffix(set, "')"), "('")
	if m := entityKey.FindStringSubmatch(strings.Split(strings.TrimPrefix(c.path, "/v1.0/"), "/")[0]); m != nil {
		set, key, keyed = m[1], m[3], true
	}
	creates := c.x.Response.Status == http.StatusCreated
	switch {
	case set == "applications" && keyed:
		if !missing && !creates {
			c.app(object{"uniqueName": key, "appId": key, "displayName": "there"})
		}
	case set == "applications" && c.segment("applications") != "":
		if !missing {
			c.app(object{"id": c.segment("applications"), "displayName": "there", "passwordCredentials": []any{
				map[string]any{"keyId": c.body.text("keyId"), "displayName": "old"},
			}})
		}
	case set == "applications":
		if c.says("uniqueName already exists") {
			c.app(object{"uniqueName": "taken", "displayName": "there"})
			c.body = object{"uniqueName": "taken", "displayName": "another"}
			return
		}
		c.app(object{"displayName": "there"})
	case set == "directory":
		if id := c.segment("deletedItems"); id != "" && !missing {
			d.deleted = append(d.deleted, newApplication(c.now, object{"id": orID(id), "displayName": "gone", "uniqueName": "gone"}))
		}
	case set == "servicePrincipals":
		c.preparePrincipals(d, key, keyed)
	case set == "oauth2PermissionGrants":
		c.prepareGrants(d)
	}
}

// orID is an id as it stands in the path, where it may be a placeholder.
func orID(id string) string {
	if strings.HasPrefix(id, "microsoft.graph") {
		return emulator.RandomUUID()
	}
	return id
}

func (c *replaying) app(fields object) {
	d := c.s.directory("tenant")
	d.applications = append(d.applications, newApplication(c.now, fields))
}

func (c *replaying) principal(id, appID string) {
	p := newPrincipal(object{"id": id, "appId": appID, "displayName": "there"}, "tenant").clone()
	d := c.s.directory("tenant")
	d.principals = append(d.principals, p)
}

func (c *replaying) preparePrincipals(d *directory, key string, keyed bool) {
	creates, id := c.x.Response.Status == http.StatusCreated, c.segment("servicePrincipals")
	switch {
	case keyed || id == "":
		appID := key
		if !keyed {
			appID = c.body.text("appId")
		}
		if appID == "" && c.x.Request.Method == http.MethodPost {
			appID = somebody
			c.body = object{"appId": appID}
		}
		if creates || c.x.Response.Status/100 == 2 || c.x.Response.Status == http.StatusConflict {
			c.app(object{"appId": appID, "displayName": "there"})
		}
		if !creates && c.x.Response.Status/100 == 2 || c.x.Response.Status == http.StatusConflict {
			c.principal(emulator.RandomUUID(), appID)
		}
		return
	case c.body.text("principalId") == "" && c.x.Request.Method == http.MethodPost:
		c.body = object{"principalId": somebody, "resourceId": id, "appRoleId": graphRoles[0].id}
	}
	if c.x.Response.Status == http.StatusNotFound {
		return
	}
	for _, one := range []string{id, c.body.text("principalId"), c.body.text("resourceId")} {
		if one != "" && find(d.principals, "id", one) == nil {
			c.principal(one, emulator.RandomUUID())
		}
	}
	principal, resource := c.body.text("principalId"), c.body.text("resourceId")
	switch {
	case c.says("already exists"):
		d.assign(c.now, find(d.principals, "id", principal), find(d.principals, "id", resource), c.body.text("appRoleId"))
	case c.x.Request.Method == http.MethodGet:
		d.assign(c.now, find(d.principals, "id", id), find(d.principals, "appId", graphAppID), graphRoles[0].id)
	case c.x.Request.Method == http.MethodDelete:
		made := d.assign(c.now, find(d.principals, "id", id), find(d.principals, "id", id), graphRoles[0].id)
		made["id"] = c.path[strings.LastIndex(c.path, "/")+1:]
	}
}

func (c *replaying) prepareGrants(d *directory) {
	if c.x.Request.Method == http.MethodPost {
		if c.body.text("clientId") == "" {
			c.body = object{"clientId": somebody, "consentType": "AllPrincipals", "resourceId": graphAppID, "scope": "User.Read"}
		}
		for _, one := range []string{c.body.text("clientId"), c.body.text("resourceId")} {
			if find(d.principals, "id", one) == nil {
				c.principal(one, emulator.RandomUUID())
			}
		}
		if c.x.Response.Status == http.StatusConflict {
			d.grant(c.body)
		}
		return
	}
	made := d.grant(object{"clientId": somebody, "consentType": "AllPrincipals", "resourceId": graphAppID, "scope": "User.Read", "principalId": nil})
	if id := c.segment("oauth2PermissionGrants"); id != "" {
		made["id"] = id
	}
}

func (c *replaying) prepareCatalog() {
	c.operator = Operator{}
	if c.answers("AccessDenied") || c.x.Response.Status == http.StatusForbidden {
		c.operator = Operator{AppOnly: true}
	}
	c.raw = pack(somebody, "2.0.0")
	if c.x.Response.Status == http.StatusBadRequest || c.says("UnableToParse") || c.says("SchemaError") {
		c.raw = pack("", "")
	}
	if c.x.Request.Method == http.MethodGet || c.x.Request.Method == http.MethodDelete || c.x.Request.Method == http.MethodPatch {
		c.raw = nil
	}
	creates := strings.HasSuffix(c.path, "/appCatalogs/teamsApps") && c.x.Request.Method == http.MethodPost
	if creates && c.x.Response.Status != http.StatusConflict {
		return
	}
	app := &publishedApp{id: c.segment("teamsApps"), externalID: somebody, name: "Test App"}
	if app.id == "" {
		app.id = newID()
	}
	d := app.add(&packedManifest{Version: "1.0.0"}, c.x.Request.Method == http.MethodPatch)
	if c.x.Response.Status == http.StatusConflict {
		d.version = "2.0.0"
	}
	if id := c.segment("appDefinitions"); id != "" {
		d.id, d.etag = id, c.x.Request.Headers["If-Match"]
	}
	if filter := c.x.query().Get("$filter"); filter != "" {
		if m := byExternalID.FindStringSubmatch(filter); m != nil {
			app.externalID = m[1]
		}
		if m := byCatalogID.FindStringSubmatch(filter); m != nil {
			app.id = m[1]
		}
	}
	if strings.HasSuffix(c.path, "/installedApps") {
		c.raw = nil
		c.prepareInstall(app)
	}
	c.s.published["tenant"] = append(c.s.published["tenant"], app)
}

func (c *replaying) prepareInstall(app *publishedApp) {
	t := Tenant{ID: "tenant", Teams: []Team{{ID: c.segment("teams"), Channels: []Channel{{ID: "19:general@thread.tacv2"}}}}, Users: []User{{ID: c.segment("users")}}}
	c.s.tenants["tenant"] = newTenant(t)
	c.operator.Scopes = append([]string{"TeamsAppInstallation.ReadWriteSelfForUser.All"}, operatorScopes...)
	if _, id, bound := strings.Cut(c.body.text("teamsApp@odata.bind"), "/appCatalogs/teamsApps/"); bound {
		app.id = id
	}
	if c.x.Response.Status == http.StatusConflict {
		c.s.installs[c.segment("teams")+"##"+app.id] = true
	}
}

func (c *replaying) prepareAzure() {
	subscription, group, name := c.segment("subscriptions"), c.segment("resourceGroups"), c.segment("botServices")
	if c.answers("AuthorizationFailed") {
		c.operator = Operator{Roles: []string{}}
	}
	if !c.answers("MissingSubscriptionRegistration") {
		c.s.azure.registered[subscription+"/"+strings.ToLower(botNamespace)] = c.now
	}
	if namespace := c.segment("providers"); c.x.Request.Method == http.MethodGet && name == "" {
		c.s.azure.registered[subscription+"/"+strings.ToLower(namespace)] = c.now
	}
	ofGroup := group != "" && !strings.Contains(c.path, "/providers/")
	if !c.answers("ResourceGroupNotFound") && (!ofGroup || c.x.Response.Status != http.StatusCreated) {
		location := c.body.text("location")
		if location == "" {
			location = "westeurope"
		}
		c.s.azure.groups[strings.ToLower(subscription+"/"+group)] = object{"id": "/subscriptions/" + subscription + "/resourceGroups/" + group, "name": group, "location": location}
	}
	if name != "" || strings.HasSuffix(c.path, "/botServices") {
		c.prepareBot(subscription, group, name)
	}
}

func (c *replaying) prepareBot(subscription, group, name string) {
	channel := c.segment("channels")
	appID := properties(c.body).text("msaAppId")
	if appID == "" {
		appID = somebody
	}
	if c.x.Request.Body == nil && c.x.Request.Method == http.MethodPut {
		c.body = object{"location": "global", "kind": "azurebot", "properties": map[string]any{
			"displayName": "x", "endpoint": "", "msaAppType": "SingleTenant", "msaAppId": appID, "msaAppTenantId": "tenant",
		}}
		if c.answers("InvalidBotCreationData") {
			properties(c.body)["msaAppType"] = "MultiTenant"
		}
		if channel != "" {
			c.body = object{"location": "global", "properties": map[string]any{"channelName": channel, "properties": map[string]any{"isEnabled": true}}}
		}
	}
	there := func(group, name, appID string) {
		if group == "" {
			group = "group"
		}
		c.s.azure.bots[strings.ToLower(subscription+"/"+group+"/"+name)] = &azureBot{
			channels: map[string]object{}, resource: object{
				"id":   "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/" + botNamespace + "/botServices/" + name,
				"name": name, "type": botNamespace + "/botServices", "location": "global", "etag": "etag1", "kind": "azurebot",
				"tags":       map[string]any{"tag1": "value1", "tag2": "value2"},
				"properties": documentedBot(appID),
			},
		}
	}
	onBot := channel == "" && !strings.HasSuffix(c.path, "/channels")
	switch status, code := c.x.Response.Status, errorCode(c.x.Response.Body); {
	case c.says("already registered"):
		there("another", name, "another")
	case c.says("already in use"):
		there("another", "another", appID)
	case code != "" && onBot:
	case onBot && (status == http.StatusNotFound || status == http.StatusNoContent || status == http.StatusCreated && c.x.Request.Method == http.MethodPut):
	default:
		if name == "" {
			name = "samplebotname"
		}
		there(group, name, appID)
		if b := c.s.azure.bots[strings.ToLower(subscription+"/"+group+"/"+name)]; b != nil && channel != "" && status == http.StatusOK || strings.HasSuffix(c.path, "/channels") {
			b.channels[strings.ToLower(cutEmpty(channel, "EmailChannel"))] = object{"location": "global", "properties": map[string]any{
				"channelName": cutEmpty(channel, "EmailChannel"), "properties": map[string]any{"isEnabled": true, "emailAddress": "a@b.com", "password": "x"},
			}}
		}
	}
}

func cutEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// documentedBot are the properties that Azure's examples show.
func documentedBot(appID string) map[string]any {
	return map[string]any{
		"description": "The description of the bot", "cmekKeyVaultUrl": "https://myCmekKey", "developerAppInsightKey": "appinsightskey",
		"developerAppInsightsApplicationId": "appinsightsappid", "disableLocalAuth": true, "displayName": "The Name of the bot",
		"endpoint": "http://mybot.coffee", "iconUrl": "http://myicon", "isCmekEnabled": true, "luisAppIds": []any{"luisappid1"},
		"msaAppId": appID, "msaAppMSIResourceId": "/subscriptions/foo", "msaAppTenantId": "tenant", "msaAppType": "SingleTenant",
		"publicNetworkAccess": "Enabled", "schemaTransformationVersion": "1.0", "privateEndpointConnections": []any{},
	}
}
