package microsoft

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// publishedApp is an app that was uploaded to a tenant's catalog.
type publishedApp struct {
	id, externalID, name string
	definitions          []*definition
}

type definition struct {
	id, etag, version, state string
	name, short, full        string
	appID                    any
}

func (a *publishedApp) wire(expanded bool) object {
	o := object{"id": a.id, "externalId": a.externalID, "displayName": a.name, "distributionMethod": "organization"}
	if expanded {
		definitions := []any{}
		for _, d := range a.definitions {
			definitions = append(definitions, d.wire(a.id))
		}
		o["appDefinitions"] = definitions
	}
	return o
}

func (d *definition) wire(appID string) object {
	return object{
		"@odata.etag": d.etag, "id": d.id, "teamsAppId": appID, "azureADAppId": d.appID, "displayName": d.name, "version": d.version,
		"requiredResourceSpecificApplicationPermissions": []any{}, "publishingState": d.state, "shortDescription": d.short,
		"description": d.full, "lastModifiedDateTime": nil, "createdBy": nil,
		"authorization": object{"requiredPermissionSet": object{"resourceSpecificPermissions": []any{}}},
	}
}

// isLive reports whether people get the app.
func (a *publishedApp) isLive() bool {
	return slices.ContainsFunc(a.definitions, func(d *definition) bool { return d.state == "published" })
}

func (s *Server) addCatalogRoutes() {
	apps := graphRoot + "/appCatalogs/teamsApps"
	s.route("POST", apps, s.publishApp)
	s.route("DELETE", apps+"/{app}", s.deletePublished)
	s.route("POST", apps+"/{app}/appDefinitions", s.updateApp)
	s.route("PATCH", apps+"/{app}/appDefinitions/{definition}", s.approveApp)
	s.route("DELETE", apps+"/{app}/appDefinitions/{definition}", s.deleteDefinition)
}

// publishedIn are the apps that were uploaded in the tenant.
func (s *Server) publishedIn(tenantID string) []*publishedApp {
	return s.published[strings.ToLower(tenantID)]
}

// writesCatalog checks who may write to the catalog: a person with the scope and,
// unless it is for review, the role.
func (s *Server) writesCatalog(c *call, review bool) (token, *reply) {
	t, refused := s.graphToken(c)
	if refused != nil {
		return token{}, refused
	}
	permissions := []string{"AppCatalog.ReadWrite.All"}
	if review {
		permissions = append(permissions, "AppCatalog.Submit")
	}
	switch {
	case t.appOnly || !t.operator:
		return token{}, graphError(c, http.StatusForbidden, "AccessDenied", "User not authorized")
	case !t.may(permissions...):
		return token{}, graphError(c, http.StatusForbidden, "Forbidden", fmt.Sprintf(
			"Missing scope permissions on the request. API requires one of '%s'. Scopes on the request '%s'",
			strings.Join(permissions, ", "), strings.Join(t.roles, ", ")))
	case !review && !t.holds("Teams Administrator"):
		return token{}, graphError(c, http.StatusForbidden, "AccessDenied", "User not authorized")
	}
	return t, nil
}

func forReview(c *call) bool { return strings.EqualFold(c.Query.Get("requiresReview"), "true") }

func (s *Server) publishApp(c *call) *reply {
	t, refused := s.writesCatalog(c, forReview(c))
	if refused != nil {
		return refused
	}
	pack, refused := readPackage(c)
	if refused != nil {
		return refused
	}
	key := strings.ToLower(t.tenantID)
	for _, has := range s.published[key] {
		if strings.EqualFold(has.externalID, pack.ID) {
			return catalogConflict(c)
		}
	}
	app := &publishedApp{id: newID(), externalID: pack.ID, name: pack.Name.Short}
	app.add(pack, forReview(c))
	s.published[key] = append(s.published[key], app)
	return emulator.JSON(http.StatusCreated, object{
		"@odata.context": s.GraphURL() + "/v1.0/$metadata#appCatalogs/teamsApps/$entity",
		"id":             app.id, "externalId": app.externalID, "displayName": app.name, "distributionMethod": "organization",
	}).With("Location", s.GraphURL()+"/v1.0/appCatalogs/teamsApps/"+app.id)
}

func catalogConflict(c *call) *reply {
	return emulator.JSON(http.StatusConflict, object{"error": object{
		"code": "Conflict", "message": "App with same id already exists in the tenant.",
		"innerError": object{"code": "AppDefinitionAlreadyExists", "date": c.Now.Format("2006-01-02T15:04:05"), "request-id": newID(), "client-request-id": newID()},
	}})
}

// add makes a definition of the package. A new published one replaces the old.
func (a *publishedApp) add(pack *packedManifest, review bool) *definition {
	d := &definition{
		version: pack.Version, state: "published", name: pack.Name.Short, short: pack.Description.Short, full: pack.Description.Full, etag: newID(),
	}
	if pack.WebApplication.ID != "" {
		d.appID = pack.WebApplication.ID
	}
	if review {
		d.state = "submitted"
	}
	d.id = base64.StdEncoding.EncodeToString([]byte(a.id + "##" + d.version + "##" + d.state))
	a.definitions = slices.DeleteFunc(a.definitions, func(has *definition) bool { return has.state == d.state })
	a.definitions = append(a.definitions, d)
	if !review {
		a.name = d.name
	}
	return d
}

// publishedOf finds the app of the path.
func (s *Server) publishedOf(c *call, review bool) (*publishedApp, *reply) {
	t, refused := s.writesCatalog(c, review)
	if refused != nil {
		return nil, refused
	}
	for _, app := range s.publishedIn(t.tenantID) {
		if strings.EqualFold(app.id, c.Params["app"]) {
			return app, nil
		}
	}
	return nil, graphError(c, http.StatusNotFound, "NotFound", "No app found with id "+c.Params["app"])
}

func (s *Server) updateApp(c *call) *reply {
	app, refused := s.publishedOf(c, forReview(c))
	if refused != nil {
		return refused
	}
	pack, refused := readPackage(c)
	switch {
	case refused != nil:
		return refused
	case !strings.EqualFold(pack.ID, app.externalID):
		return graphError(c, http.StatusBadRequest, "BadRequest", "The app id in the manifest does not match the app.")
	}
	for _, has := range app.definitions {
		if compareVersions(pack.Version, has.version) <= 0 {
			return catalogConflict(c)
		}
	}
	d := app.add(pack, forReview(c))
	if forReview(c) {
		return emulator.JSON(http.StatusCreated, d.wire(app.id))
	}
	return emulator.NoContent()
}

func compareVersions(a, b string) int {
	numbers := func(version string) []int {
		var out []int
		for part := range strings.SplitSeq(version, ".") {
			n, _ := strconv.Atoi(part) // the package was checked
			out = append(out, n)
		}
		return out
	}
	return slices.Compare(numbers(a), numbers(b))
}

func (s *Server) definitionOf(c *call) (*publishedApp, *definition, *reply) {
	app, refused := s.publishedOf(c, c.Method == http.MethodDelete)
	if refused != nil {
		return nil, nil, refused
	}
	for _, d := range app.definitions {
		if d.id == c.Params["definition"] {
			return app, d, nil
		}
	}
	return nil, nil, graphError(c, http.StatusNotFound, "NotFound", "No app definition found.")
}

// approveApp is what a Teams administrator does with a submission.
func (s *Server) approveApp(c *call) *reply {
	app, d, refused := s.definitionOf(c)
	if refused != nil {
		return refused
	}
	if match := c.Header.Get("If-Match"); match != d.etag {
		return graphError(c, http.StatusPreconditionFailed, "PreconditionFailed", "The etag does not match.")
	}
	state := bodyObject(c).text("publishingState")
	if state != "published" && state != "rejected" {
		return graphError(c, http.StatusBadRequest, "BadRequest", "Invalid publishingState.")
	}
	app.definitions = slices.DeleteFunc(app.definitions, func(has *definition) bool { return has != d && has.state == state })
	d.state, d.etag = state, newID()
	d.id = base64.StdEncoding.EncodeToString([]byte(app.id + "##" + d.version + "##" + d.state))
	answer := d.wire(app.id)
	answer["@odata.context"] = s.GraphURL() + "/v1.0/$metadata#appCatalogs/teamsApps('" + app.id + "')/appDefinitions/$entity"
	return emulator.JSON(http.StatusOK, answer)
}

func (s *Server) deleteDefinition(c *call) *reply {
	app, d, refused := s.definitionOf(c)
	if refused != nil {
		return refused
	}
	app.definitions = slices.DeleteFunc(app.definitions, func(has *definition) bool { return has == d })
	if len(app.definitions) == 0 {
		s.forget(app)
	}
	return emulator.NoContent()
}

func (s *Server) deletePublished(c *call) *reply {
	app, refused := s.publishedOf(c, false)
	if refused != nil {
		return refused
	}
	s.forget(app)
	return emulator.NoContent()
}

// forget takes the app out of the catalog, and its installations with it.
func (s *Server) forget(app *publishedApp) {
	for tenant, apps := range s.published {
		s.published[tenant] = slices.DeleteFunc(apps, func(has *publishedApp) bool { return has == app })
	}
	for installed := range s.installs {
		if strings.HasSuffix(installed, "##"+app.id) {
			delete(s.installs, installed)
		}
	}
}

// packedManifest is what the catalog reads of an app package, with a reader of
// its own.
type packedManifest struct {
	ID          string `json:"id"`
	Version     string `json:"version"`
	Manifest    string `json:"manifestVersion"`
	Name        struct{ Short string }
	Description struct{ Short, Full string }
	Developer   struct{ Name, WebsiteURL, PrivacyURL, TermsOfUseURL string }
	AccentColor string
	Icons       struct{ Color, Outline string }
	Features    string `json:"supportsChannelFeatures"`
	Bots        []struct {
		BotID  string `json:"botId"`
		Scopes []string
	}
	WebApplication struct{ ID string } `json:"webApplicationInfo"`
}

var (
	guidPattern    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	versionPattern = regexp.MustCompile(`^\d{1,9}\.\d{1,9}\.\d{1,9}$`)
	colorPattern   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// detail is a problem of the manifest as Graph tells it.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

// readPackage reads the uploaded zip and answers what the schema finds wrong.
func readPackage(c *call) (*packedManifest, *reply) {
	bad := func(message string, details []detail) *reply {
		return emulator.JSON(http.StatusBadRequest, object{"error": object{
			"code": "BadRequest", "message": message, "details": nonNil(details),
			"innerError": object{"code": "UnableToParseTeamsAppManifest", "date": c.Now.Format("2006-01-02T15:04:05"), "request-id": newID(), "client-request-id": newID()},
		}})
	}
	if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/zip") {
		return nil, bad("The content type must be application/zip.", nil)
	}
	archive, err := zip.NewReader(bytes.NewReader(c.Raw), int64(len(c.Raw)))
	if err != nil {
		return nil, bad("The package is not a zip archive.", nil)
	}
	files := map[string][]byte{}
	for _, entry := range archive.File {
		if r, err := entry.Open(); err == nil {
			files[entry.Name], _ = io.ReadAll(io.LimitReader(r, 1<<20)) // what can't be read is missing below
			_ = r.Close()
		}
	}
	pack := &packedManifest{}
	if err := json.Unmarshal(files["manifest.json"], pack); err != nil {
		return nil, bad("Unable to parse the manifest.", nil)
	}
	details := pack.problems()
	for _, icon := range []string{pack.Icons.Color, pack.Icons.Outline} {
		if !bytes.HasPrefix(files[icon], []byte("\x89PNG")) {
			details = append(details, detail{Code: "IconMissing", Message: "The icon is not in the package.", Target: "icons"})
		}
	}
	if len(details) > 0 {
		return nil, bad("The app manifest is not valid.", details)
	}
	return pack, nil
}

func (p *packedManifest) problems() []detail {
	var found []detail
	required := func(target, value string) {
		if strings.TrimSpace(value) == "" {
			found = append(found, detail{
				Code:    "SchemaError_Required",
				Message: "Required properties are missing from object: " + target + ".", Target: target,
			})
		}
	}
	pattern := func(target, value string, want *regexp.Regexp) {
		if required(target, value); value != "" && !want.MatchString(value) {
			found = append(found, detail{
				Code: "SchemaError_Pattern", Message: "String '" + value + "' does not match regex pattern.",
				Target: target,
			})
		}
	}
	pattern("id", p.ID, guidPattern)
	pattern("version", p.Version, versionPattern)
	pattern("accentColor", p.AccentColor, colorPattern)
	for target, value := range map[string]string{
		"name.short": p.Name.Short, "description.short": p.Description.Short, "description.full": p.Description.Full,
		"developer.name": p.Developer.Name, "developer.websiteUrl": p.Developer.WebsiteURL,
		"developer.privacyUrl": p.Developer.PrivacyURL, "developer.termsOfUseUrl": p.Developer.TermsOfUseURL,
	} {
		required(target, value)
	}
	for _, bot := range p.Bots {
		pattern("bots.botId", bot.BotID, guidPattern)
		if slices.Contains(bot.Scopes, "team") && p.Features == "" && p.minor() >= 25 {
			found = append(found, detail{
				Code:    "SchemaError_Required",
				Message: "Applications with manifest version 1.25 or higher that support the 'team' scope must include the 'supportsChannelFeatures' property.",
				Target:  "supportsChannelFeatures",
			})
		}
	}
	slices.SortFunc(found, func(a, b detail) int { return strings.Compare(a.Target+a.Code, b.Target+b.Code) })
	return found
}

func (p *packedManifest) minor() int {
	_, minor, _ := strings.Cut(p.Manifest, ".")
	n, _ := strconv.Atoi(minor) // "devPreview" counts as old
	return n
}
