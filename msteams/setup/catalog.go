package setup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/msteams/manifest"
)

const catalogRoute = "/v1.0/appCatalogs/teamsApps"

// canReadCatalog are the permissions that let a token read the catalog.
var canReadCatalog = []string{"AppCatalog.Read.All", "AppCatalog.ReadWrite.All", "AppCatalog.Submit"}

// catalogReader is the door through which the catalog can be read: its own, or
// the directory's where that may.
func (r *run) catalogReader() *door {
	for _, name := range []doorName{catalogDoor, directoryDoor} {
		if r.usable(name) && !r.claims[name].lacks(canReadCatalog...) {
			return r.doors[name]
		}
	}
	return nil
}

func (r *run) readCatalog(ctx context.Context) {
	r.catalog = found[catalogApp]{err: r.closed[catalogDoor]}
	if r.appID() == "" {
		r.catalog.known = r.app.missing()
		return
	}
	reader := r.catalogReader()
	if reader == nil {
		return
	}
	items, err := list[catalogApp](ctx, reader, "find app in catalog", catalogRoute, nil, url.Values{
		"$filter": {"externalId eq " + literal(r.appID()) + " and distributionMethod eq 'organization'"},
		"$expand": {"appDefinitions"},
	})
	if err != nil {
		r.catalog = found[catalogApp]{err: err}
		return
	}
	r.catalog = found[catalogApp]{known: true}
	for i := range *items {
		if strings.EqualFold((*items)[i].ExternalID, r.appID()) {
			r.catalog.value = &(*items)[i]
		}
	}
}

// current is the definition that people get, and the newest of all that were not rejected.
func (a *catalogApp) current() (published, newest *appDefinition) {
	for i := range a.Definitions {
		d := &a.Definitions[i]
		if d.State == "rejected" {
			continue
		}
		if newest == nil || compareVersions(d.Version, newest.Version) >= 0 {
			newest = d
		}
		if (d.State == "published" || d.State == "") && (published == nil || compareVersions(d.Version, published.Version) >= 0) {
			published = d
		}
	}
	return published, newest
}

// latest is the newest definition, or else the newest that was rejected: a
// package with its version is not taken again.
func (a *catalogApp) latest() *appDefinition {
	if a == nil {
		return nil
	}
	if _, newest := a.current(); newest != nil {
		return newest
	}
	var latest *appDefinition
	for i := range a.Definitions {
		if d := &a.Definitions[i]; latest == nil || compareVersions(d.Version, latest.Version) > 0 {
			latest = d
		}
	}
	return latest
}

// compareVersions compares MAJOR.MINOR.PATCH by number.
func compareVersions(a, b string) int { return slices.Compare(numbers(a), numbers(b)) }

func numbers(version string) []int {
	out := make([]int, 3)
	for i, part := range strings.SplitN(version, ".", 3) {
		n, _ := strconv.Atoi(part) // what is no number counts as zero
		out[i] = n
	}
	return out
}

func version(n []int) string { return fmt.Sprintf("%d.%d.%d", n[0], n[1], n[2]) }

// manifest is the app's, with a client id and a version.
func (s *Setup) manifest(clientID, version string) (*manifest.Manifest, error) {
	app := s.config.App
	app.ClientID, app.Version = clientID, version
	app.GraphInstall = app.GraphInstall || s.config.DirectMessages
	app.Conversational = app.Conversational || s.config.AgentIdentifier != "" || s.config.MessagingEndpoint != ""
	m, err := manifest.New(app)
	if err != nil {
		return nil, err
	}
	if s.config.Customize != nil {
		if err := s.config.Customize(m); err != nil {
			return nil, fmt.Errorf("customize the manifest: %w", err)
		}
		if err := m.Validate(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// digest is a number below 100,000 that stands for the content of a package,
// its version left out.
func digest(m *manifest.Manifest) (int, error) {
	fields := maps.Clone(m.Fields)
	delete(fields, "version")
	text, err := json.Marshal(fields)
	if err != nil {
		return 0, err
	}
	sum := sha256.New()
	for _, part := range [][]byte{text, m.ColorIcon, m.OutlineIcon} {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		sum.Write(part)
	}
	return int(binary.BigEndian.Uint64(sum.Sum(nil)) % 100_000), nil
}

// wantedVersion is the version that the package is to have, and whether the
// catalog has that package already.
//
// Where the configuration names no version, the patch number stands for the
// package's content: the catalog does not give packages back, so this is how a
// change is noticed. The minor number then goes up with each change.
func (s *Setup) wantedVersion(clientID string, in *appDefinition) (wanted string, there bool, err error) {
	m, err := s.manifest(clientID, "1.0.0")
	if err != nil {
		return "", false, err
	}
	own := s.config.App.Version
	if own == "" {
		patch, err := digest(m)
		if err != nil || in == nil {
			return version([]int{1, 0, patch}), false, err
		}
		has := numbers(in.Version)
		if has[2] == patch && in.State != "rejected" {
			return in.Version, true, nil
		}
		return version([]int{max(1, has[0]), has[1] + 1, patch}), false, nil
	}
	if in == nil || compareVersions(own, in.Version) > 0 {
		return own, false, nil
	}
	if in.State != "rejected" && sameTexts(m, in) {
		return in.Version, true, nil
	}
	has := numbers(in.Version)
	return version([]int{has[0], has[1], has[2] + 1}), false, nil
}

// looksLike compares what the catalog tells of a package with the configured one.
func (r *run) looksLike(in *appDefinition) bool {
	m, err := r.manifest(cmp.Or(r.appID(), placeholderID), "1.0.0")
	return err == nil && sameTexts(m, in)
}

func sameTexts(m *manifest.Manifest, in *appDefinition) bool {
	text := func(field string) string {
		values, _ := m.Fields[field].(map[string]any)
		short, _ := values["short"].(string)
		return short
	}
	return in.DisplayName == text("name") && (in.ShortDescription == "" || in.ShortDescription == text("description"))
}

const (
	manageApps = "https://admin.teams.microsoft.com/policies/manage-apps"
	roleTeams  = "Teams Administrator"
)

func (r *run) stepCatalog() Step {
	step := Step{Kind: KindCatalogApp, Key: r.keyOr(r.appID()), Needs: []Kind{KindApplication}}
	switch {
	case r.appID() == "" && !r.app.missing():
		return r.later(step)
	case r.catalog.err != nil:
		return unreadable(step, r.catalog.err)
	case !r.catalog.known:
		return r.askCatalog(step, "no identity may read the catalog")
	}
	var published *appDefinition
	newest := r.catalog.value.latest()
	if r.catalog.value != nil {
		published, _ = r.catalog.value.current()
	}
	wanted, there, err := r.wantedVersion(cmp.Or(r.appID(), placeholderID), newest)
	if err != nil {
		return unreadable(step, err)
	}
	refusal := r.catalogRefusal()
	if refusal != "" && newest != nil && newest.State != "rejected" && r.looksLike(newest) {
		wanted, there = newest.Version, true // a person uploaded it
	}
	switch {
	case there && (published == nil || compareVersions(published.Version, newest.Version) < 0):
		step.Action, step.Role, step.Link = ActionAsk, roleTeams, manageApps
		step.Reason, step.Remedy = "version "+newest.Version+" was submitted and waits for approval", "approve it in the Teams admin center"
		return step
	case there:
		step.Action, step.Reason = ActionKeep, "version "+wanted
		return step
	case newest == nil:
		step.Action, step.Changes = ActionCreate, []Change{{Field: "displayName", New: r.config.App.Name}, {Field: "version", New: wanted}}
		if r.appID() == "" {
			step.Changes = step.Changes[:1] // the version depends on the client id
		}
	default:
		step.Action, step.Changes = ActionUpdate, []Change{{Field: "version", Old: newest.Version, New: wanted}}
	}
	switch err := r.closed[catalogDoor]; {
	case err != nil:
		return unreadable(step, err)
	case refusal != "":
		return r.askCatalog(step, refusal)
	case r.claims[catalogDoor].lacks("AppCatalog.ReadWrite.All"):
		step.Reason = "the token has AppCatalog.Submit only: the package is submitted for review"
	}
	return step
}

// catalogRefusal is why the catalog's identity can't upload a package, "" where it may.
func (r *run) catalogRefusal() string {
	switch c := r.claims[catalogDoor]; {
	case !r.doors[catalogDoor].open():
		return "no identity is configured for the catalog"
	case !r.ms.Services().CatalogUpload:
		return "this cloud does not let apps be uploaded through Graph"
	case c.appOnly:
		return "the catalog accepts uploads from a person only, and this is the token of an application"
	case c.lacks("AppCatalog.ReadWrite.All", "AppCatalog.Submit"):
		return "the token has " + listed(c.granted) + " and lacks AppCatalog.ReadWrite.All"
	}
	return ""
}

func (r *run) askCatalog(step Step, reason string) Step {
	step.Action, step.Role, step.Link, step.Reason = ActionAsk, roleTeams, manageApps, reason
	step.Remedy = "upload the app package in the Teams admin center (novu-teams package writes it), or sign in with a device code as a person with this role"
	return step
}

// writeCatalog publishes or updates the package, and looks into the catalog
// before it believes a failure.
func (r *run) writeCatalog(ctx context.Context) error {
	wanted, there, err := r.wantedVersion(r.appID(), r.catalog.value.latest())
	if err != nil || there {
		return err
	}
	m, err := r.manifest(r.appID(), wanted)
	if err != nil {
		return err
	}
	var zip bytes.Buffer
	if err := m.WritePackage(&zip); err != nil {
		return err
	}
	review := r.claims[catalogDoor].lacks("AppCatalog.ReadWrite.All")
	err = r.upload(ctx, zip.Bytes(), wanted, review)
	if hasStatus(err, http.StatusForbidden) && !review {
		// The scope is there and the role is not: whoever may not publish may submit.
		review = true
		if submitErr := r.upload(ctx, zip.Bytes(), wanted, review); submitErr == nil {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	r.say("waiting until the catalog shows version " + wanted)
	return waitUntil(ctx, "wait for the catalog", 3*time.Minute, 1, func(ctx context.Context) error {
		r.readCatalog(ctx)
		if r.hasVersion(wanted) {
			return nil
		}
		return again(r.catalog.err)
	})
}

func (r *run) hasVersion(wanted string) bool {
	if r.catalog.value == nil {
		return false
	}
	_, newest := r.catalog.value.current()
	return newest != nil && compareVersions(newest.Version, wanted) >= 0
}

// upload sends the package. Graph has been seen to answer with an error although
// the package was taken, so every failure is checked against the catalog.
func (r *run) upload(ctx context.Context, zip []byte, wanted string, review bool) error {
	req := request{
		op: "publish app package", kind: rest.Post, method: http.MethodPost, route: catalogRoute,
		header: http.Header{"Content-Type": {"application/zip"}}, body: json.RawMessage(zip), timeout: 2 * time.Minute,
	}
	if r.catalog.value != nil {
		req.op, req.route, req.args = "update app package", catalogRoute+"/{id}/appDefinitions", []string{r.catalog.value.ID}
	}
	if review {
		req.query = url.Values{"requiresReview": {"true"}}
	}
	return r.unlessDone(ctx, func(ctx context.Context) error {
		_, err := r.doors[catalogDoor].send(ctx, req)
		return explainManifest(err)
	}, func(ctx context.Context) (bool, error) {
		r.readCatalog(ctx)
		return r.hasVersion(wanted), r.catalog.err
	}, func(err error) bool {
		return mayHaveHappened(err) || hasStatus(err, http.StatusBadRequest) || hasStatus(err, http.StatusConflict)
	})
}

// explainManifest adds a remedy to a package that Microsoft did not accept.
func explainManifest(err error) error {
	var e *Error
	if errors.As(err, &e) && says(err, "UnableToParseTeamsAppManifest", "SchemaError") {
		_ = e.is("correct App, or what Customize changed, at the places that Microsoft names", ErrInvalidParams)
	}
	return err
}
