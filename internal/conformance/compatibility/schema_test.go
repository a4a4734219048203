package compatibility_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

// directory names the environment variable with the folder of MicrosoftTeams-1.25.schema.json and MicrosoftTeams-1.29.schema.json.
const directory = "NOVU_TEAMS_SCHEMAS"

var versions = []string{"1.25", "1.29"}

func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	dir := os.Getenv(directory)
	if dir == "" {
		t.Skipf("%s is not set: it names the directory with Microsoft's manifest schemas", directory)
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, version := range versions {
		name := "MicrosoftTeams-" + version + ".schema.json"
		file, err := os.Open(filepath.Join(dir, name))
		require.NoError(t, err)
		doc, err := jsonschema.UnmarshalJSON(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		// The schemas declare draft 4 but pin manifestVersion by const, a word that came with draft 6.
		doc.(map[string]any)["$schema"] = "http://json-schema.org/draft-07/schema#"
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		compiler.UseRegexpEngine(ecmaRegexp)
		require.NoError(t, compiler.AddResource(name, doc))
		compiled[version], err = compiler.Compile(name)
		require.NoError(t, err)
	}
	return compiled
}

// ecma reads the patterns of JSON Schema, which are JavaScript's: one in the schemas looks ahead, which package regexp cannot.
type ecma struct{ *regexp2.Regexp }

func ecmaRegexp(pattern string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(pattern, regexp2.ECMAScript)
	return ecma{re}, err
}

// MatchString reports no match where matching takes too long.
func (e ecma) MatchString(s string) bool {
	matched, err := e.Regexp.MatchString(s)
	return matched && err == nil
}

func acme() manifest.App {
	return manifest.App{
		ClientID:    "11111111-2222-3333-4444-555555555555",
		Name:        "Acme alerts",
		Description: "Alerts from Acme",
		Developer: manifest.Developer{
			Name:          "Acme",
			WebsiteURL:    "https://acme.example",
			PrivacyURL:    "https://acme.example/privacy",
			TermsOfUseURL: "https://acme.example/terms",
		},
	}
}

// combinations are all apps that can be made by giving or leaving out each option.
func combinations() []manifest.App {
	apps := []manifest.App{acme()}
	for _, option := range []func(*manifest.App){
		func(a *manifest.App) { a.Scopes = append(slices.Clip(a.Scopes), manifest.ScopeTeam) },
		func(a *manifest.App) { a.Scopes = append(slices.Clip(a.Scopes), manifest.ScopePersonal) },
		func(a *manifest.App) { a.Scopes = append(slices.Clip(a.Scopes), manifest.ScopeGroupChat) },
		func(a *manifest.App) { a.FullName = "Acme alerts and reports" },
		func(a *manifest.App) { a.FullDescription = "All that Acme has to say" },
		func(a *manifest.App) { a.Version = "12.0.3" },
		func(a *manifest.App) { a.AccentColor = "#aBcDeF" },
		func(a *manifest.App) { a.GraphInstall = true },
		func(a *manifest.App) { a.Conversational = true },
		func(a *manifest.App) {
			a.Languages = []manifest.Language{{Tag: "de", Name: "Acme", Description: "Meldungen"}}
		},
		func(a *manifest.App) { a.ValidDomains = []string{"*.acme.example", "localhost:3978"} },
	} {
		for _, app := range apps {
			option(&app)
			apps = append(apps, app)
		}
	}
	return apps
}

func plain(t *testing.T, m *manifest.Manifest) map[string]any {
	t.Helper()
	data, err := json.Marshal(m)
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(data, &doc))
	return doc
}

func TestEveryCombinationOfOptionsIsValid(t *testing.T) {
	compiled := schemas(t)
	for _, version := range versions {
		apps := combinations()
		require.Len(t, apps, 2048)
		for _, app := range apps {
			app.SchemaVersion = version
			m, err := manifest.New(app)
			require.NoError(t, err)
			require.NoError(t, compiled[version].Validate(plain(t, m)), "%+v", app)
		}
	}
}

// TestRulesAgree takes the fixtures of package manifest and asks the schema too. Where it accepts what Validate refuses, the rule is
// one of the upload's; it must never be the other way round.
func TestRulesAgree(t *testing.T) {
	compiled := schemas(t)
	data, err := os.ReadFile("../../../msteams/manifest/testdata/rules.json")
	require.NoError(t, err)
	var fixtures []struct {
		Name   string
		Patch  map[string]any
		Want   []string
		Schema string
	}
	require.NoError(t, json.Unmarshal(data, &fixtures))
	require.NotEmpty(t, fixtures)
	for _, f := range fixtures {
		t.Run(f.Name, func(t *testing.T) {
			m, err := manifest.New(acme())
			require.NoError(t, err)
			doc := plain(t, m)
			merge(doc, f.Patch)
			schema := compiled["1.25"]
			if doc["manifestVersion"] == "1.29" {
				schema = compiled["1.29"]
			}
			err = schema.Validate(doc)
			switch f.Schema {
			case "accepts":
				assert.NoError(t, err)
			case "rejects":
				assert.Error(t, err)
				assert.NotEmpty(t, f.Want, "Validate would let pass what the schema refuses")
			default:
				t.Fatalf("the fixture says neither accepts nor rejects but %q", f.Schema)
			}
		})
	}
}

// merge applies a JSON merge patch.
func merge(target, patch map[string]any) {
	for key, value := range patch {
		inner, isObject := value.(map[string]any)
		old, wasObject := target[key].(map[string]any)
		switch {
		case value == nil:
			delete(target, key)
		case isObject && wasObject:
			merge(old, inner)
		default:
			target[key] = value
		}
	}
}
