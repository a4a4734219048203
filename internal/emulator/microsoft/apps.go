package microsoft

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

var (
	byCatalogID   = regexp.MustCompile(`^id eq '([^']*)'$`)
	byExternalID  = regexp.MustCompile(`^externalId eq '([^']*)'(?: and distributionMethod eq 'organization')?$`)
	byInstalledID = regexp.MustCompile(`^teamsApp/externalId eq '([^']*)'$`)
)

// app finds an app by its manifest's id. An open catalogue holds what is asked
// for, but for the app of a registered application, which has to be published.
func (t *tenant) app(externalID string, registered bool) (CatalogApp, bool) {
	for _, app := range t.catalog {
		if strings.EqualFold(app.ExternalID, externalID) {
			return app, true
		}
	}
	if t.Catalog != nil || registered {
		return CatalogApp{}, false
	}
	app := CatalogApp{ID: emulator.UUIDOf(t.ID, "app", strings.ToLower(externalID)), ExternalID: externalID, Name: "App"}
	t.catalog = append(t.catalog, app)
	return app, true
}

func wireApp(app CatalogApp) map[string]any {
	return map[string]any{
		"id": app.ID, "externalId": app.ExternalID, "displayName": app.Name, "distributionMethod": "organization",
	}
}

func (s *Server) listCatalog(c *call) *reply {
	t, refused := s.authorizeGraph(c, "AppCatalog.Read.All", "AppCatalog.ReadWrite.All", "AppCatalog.Submit")
	if refused != nil {
		return refused
	}
	var found []any
	filter, expanded := c.Query.Get("$filter"), strings.Contains(c.Query.Get("$expand"), "appDefinitions")
	for _, app := range s.publishedIn(t.ID) {
		byExternal, byID := byExternalID.FindStringSubmatch(filter), byCatalogID.FindStringSubmatch(filter)
		if filter == "" || byExternal != nil && strings.EqualFold(byExternal[1], app.externalID) || byID != nil && byID[1] == app.id {
			found = append(found, app.wire(expanded))
		}
	}
	switch m := byExternalID.FindStringSubmatch(filter); {
	case len(found) > 0 && filter != "", byCatalogID.MatchString(filter):
	case m != nil:
		if app, has := t.app(m[1], s.isRegistered(m[1])); has {
			found = append(found, wireApp(app))
		}
	case filter == "":
		for _, app := range t.catalog {
			found = append(found, wireApp(app))
		}
	default:
		return unknownFilter(c)
	}
	return s.graphList(c, found)
}

// appPlace finds the team or user of the path, and the id under which its
// installation is noted.
func (s *Server) appPlace(c *call) (*tenant, string, *reply) {
	if _, isTeam := c.Params["team"]; isTeam {
		t, team, refused := s.teamOf(c, "TeamsAppInstallation.ReadWriteSelfForTeam.All",
			"TeamsAppInstallation.ReadWriteForTeam", "TeamsAppInstallation.ReadWriteAndConsentForTeam", "Group.ReadWrite.All")
		if refused != nil {
			return nil, "", refused
		}
		return t, team.ID, nil
	}
	t, refused := s.authorizeGraph(c, "TeamsAppInstallation.ReadWriteSelfForUser.All")
	if refused != nil {
		return nil, "", refused
	}
	u := t.user(c.Params["user"])
	if u == nil {
		return nil, "", graphError(c, http.StatusNotFound, "NotFound", "User not found.")
	}
	return t, u.ID, nil
}

// installationID is opaque to clients.
func installationID(place string, app CatalogApp) string {
	return base64.StdEncoding.EncodeToString([]byte(place + "##" + app.ID + "#"))
}

// listInstalled lists the apps of a team or user. There is one bot: where it is
// installed, so is every app of the catalogue.
func (s *Server) listInstalled(c *call) *reply {
	t, place, refused := s.appPlace(c)
	if refused != nil {
		return refused
	}
	apps := t.catalog
	var found []any
	for _, app := range s.publishedIn(t.ID) {
		if m := byInstalledID.FindStringSubmatch(c.Query.Get("$filter")); s.installs[place+"##"+app.id] && (m == nil || strings.EqualFold(m[1], app.externalID)) {
			found = append(found, object{"id": installationID(place, CatalogApp{ID: app.id}), "teamsApp": app.wire(false)})
		}
	}
	if filter := c.Query.Get("$filter"); filter != "" {
		m := byInstalledID.FindStringSubmatch(filter)
		if m == nil {
			return unknownFilter(c)
		}
		apps = nil
		if app, has := t.app(m[1], s.isRegistered(m[1])); has {
			apps = []CatalogApp{app}
		}
	}
	for _, app := range apps {
		if s.notInstalled[place] {
			break
		}
		item := map[string]any{"id": installationID(place, app)}
		if strings.Contains(c.Query.Get("$expand"), "teamsApp") {
			item["teamsApp"] = wireApp(app)
		}
		found = append(found, item)
	}
	return s.graphList(c, found)
}

func (s *Server) installApp(c *call) *reply {
	t, place, refused := s.appPlace(c)
	if refused != nil {
		return refused
	}
	var body struct {
		Bind string `json:"teamsApp@odata.bind"`
	}
	_ = json.Unmarshal(c.Raw, &body) // what is missing is refused below
	_, id, bound := strings.Cut(body.Bind, "/appCatalogs/teamsApps/")
	if !bound || !strings.HasPrefix(body.Bind, "https://") {
		return graphError(c, http.StatusBadRequest, "BadRequest", "Bad bind of teamsApp.")
	}
	for _, app := range s.publishedIn(t.ID) {
		if strings.EqualFold(app.id, id) && app.isLive() {
			return s.installPublished(c, place, app)
		}
	}
	switch {
	case !slices.ContainsFunc(t.catalog, func(app CatalogApp) bool { return strings.EqualFold(app.ID, id) }):
		return graphError(c, http.StatusNotFound, "NotFound", "The app '"+id+"' does not exist in the catalog.")
	case !s.notInstalled[place]:
		return graphError(c, http.StatusConflict, "Conflict", "App already installed.")
	}
	s.install(place)
	return &reply{Status: http.StatusCreated}
}

func (s *Server) installPublished(c *call, place string, app *publishedApp) *reply {
	if s.installs[place+"##"+app.id] {
		return graphError(c, http.StatusConflict, "Conflict", "App already installed.")
	}
	s.installs[place+"##"+app.id] = true
	s.install(place)
	return &reply{Status: http.StatusCreated}
}

func (s *Server) uninstallApp(c *call) *reply {
	t, place, refused := s.appPlace(c)
	if refused != nil {
		return refused
	}
	for _, app := range s.publishedIn(t.ID) {
		if key := place + "##" + app.id; s.installs[key] && installationID(place, CatalogApp{ID: app.id}) == c.Params["app"] {
			delete(s.installs, key)
			s.notInstalled[place] = true
			return emulator.NoContent()
		}
	}
	for _, app := range t.catalog {
		if installationID(place, app) == c.Params["app"] && !s.notInstalled[place] {
			s.notInstalled[place] = true
			return emulator.NoContent()
		}
	}
	return graphError(c, http.StatusNotFound, "NotFound", "The installation does not exist.")
}
