package novutest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var (
	byExternalID  = regexp.MustCompile(`^externalId eq '([^']*)'(?: and distributionMethod eq 'organization')?$`)
	byInstalledID = regexp.MustCompile(`^teamsApp/externalId eq '([^']*)'$`)
)

// app finds an app by its manifest's id. An open catalogue holds what is asked
// for.
func (t *tenant) app(externalID string) (CatalogApp, bool) {
	for _, app := range t.catalog {
		if strings.EqualFold(app.ExternalID, externalID) {
			return app, true
		}
	}
	if t.Catalog != nil {
		return CatalogApp{}, false
	}
	app := CatalogApp{ID: uuidOf(t.ID, "app", strings.ToLower(externalID)), ExternalID: externalID, Name: "App"}
	t.catalog = append(t.catalog, app)
	return app, true
}

func wireApp(app CatalogApp) map[string]any {
	return map[string]any{
		"id": app.ID, "externalId": app.ExternalID, "displayName": app.Name, "distributionMethod": "organization",
	}
}

func (s *Server) listCatalog(c *call) *reply {
	t, refused := s.graph(c, "AppCatalog.Read.All")
	if refused != nil {
		return refused
	}
	var found []any
	filter := c.query.Get("$filter")
	switch m := byExternalID.FindStringSubmatch(filter); {
	case m != nil:
		if app, has := t.app(m[1]); has {
			found = append(found, wireApp(app))
		}
	case filter == "":
		for _, app := range t.catalog {
			found = append(found, wireApp(app))
		}
	default:
		return c.unknownFilter()
	}
	return s.graphList(c, found)
}

// appPlace finds the team or user of the path, and the id under which its
// installation is noted.
func (s *Server) appPlace(c *call) (*tenant, string, *reply) {
	if _, isTeam := c.params["team"]; isTeam {
		t, team, refused := s.teamOf(c, "TeamsAppInstallation.ReadWriteSelfForTeam.All")
		if refused != nil {
			return nil, "", refused
		}
		return t, team.ID, nil
	}
	t, refused := s.graph(c, "TeamsAppInstallation.ReadWriteSelfForUser.All")
	if refused != nil {
		return nil, "", refused
	}
	u := t.user(c.params["user"])
	if u == nil {
		return nil, "", c.graphError(http.StatusNotFound, "NotFound", "User not found.")
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
	if filter := c.query.Get("$filter"); filter != "" {
		m := byInstalledID.FindStringSubmatch(filter)
		if m == nil {
			return c.unknownFilter()
		}
		apps = nil
		if app, has := t.app(m[1]); has {
			apps = []CatalogApp{app}
		}
	}
	var found []any
	for _, app := range apps {
		if s.state.microsoft.notInstalled[place] {
			break
		}
		item := map[string]any{"id": installationID(place, app)}
		if strings.Contains(c.query.Get("$expand"), "teamsApp") {
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
	_ = json.Unmarshal(c.raw, &body) // what is missing is refused below
	_, id, bound := strings.Cut(body.Bind, "/appCatalogs/teamsApps/")
	if !bound || !strings.HasPrefix(body.Bind, "https://") {
		return c.graphError(http.StatusBadRequest, "BadRequest", "Bad bind of teamsApp.")
	}
	m := &s.state.microsoft
	switch {
	case !slices.ContainsFunc(t.catalog, func(app CatalogApp) bool { return strings.EqualFold(app.ID, id) }):
		return c.graphError(http.StatusNotFound, "NotFound", "The app '"+id+"' does not exist in the catalog.")
	case !m.notInstalled[place]:
		return c.graphError(http.StatusConflict, "Conflict", "App already installed.")
	}
	m.install(place)
	return &reply{status: http.StatusCreated}
}

func (s *Server) uninstallApp(c *call) *reply {
	t, place, refused := s.appPlace(c)
	if refused != nil {
		return refused
	}
	m := &s.state.microsoft
	for _, app := range t.catalog {
		if installationID(place, app) == c.params["app"] && !m.notInstalled[place] {
			m.notInstalled[place] = true
			return noContent()
		}
	}
	return c.graphError(http.StatusNotFound, "NotFound", "The installation does not exist.")
}
