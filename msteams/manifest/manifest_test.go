package manifest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

const clientID = "11111111-2222-3333-4444-555555555555"

func acme() manifest.App {
	return manifest.App{
		ClientID:    clientID,
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

func newManifest(t testing.TB, app manifest.App) *manifest.Manifest {
	t.Helper()
	m, err := manifest.New(app)
	require.NoError(t, err)
	return m
}

// broken returns each problem of a validation error as "path rule".
func broken(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return []string{}
	}
	var invalid *manifest.ValidationError
	require.ErrorAs(t, err, &invalid)
	found := []string{}
	for _, p := range invalid.Problems {
		assert.NotEmpty(t, p.Message)
		found = append(found, p.Path+" "+string(p.Rule))
	}
	return found
}

func TestNewFillsInWhatABotNeeds(t *testing.T) {
	data, err := json.Marshal(newManifest(t, acme()))
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"$schema": "https://developer.microsoft.com/json-schemas/teams/v1.25/MicrosoftTeams.schema.json",
		"manifestVersion": "1.25",
		"version": "1.0.0",
		"id": "11111111-2222-3333-4444-555555555555",
		"name": {"short": "Acme alerts"},
		"description": {"short": "Alerts from Acme", "full": "Alerts from Acme"},
		"developer": {"name": "Acme", "websiteUrl": "https://acme.example",
			"privacyUrl": "https://acme.example/privacy", "termsOfUseUrl": "https://acme.example/terms"},
		"icons": {"color": "color.png", "outline": "outline.png"},
		"accentColor": "#3B5BDB",
		"bots": [{"botId": "11111111-2222-3333-4444-555555555555", "scopes": ["team", "personal"], "isNotificationOnly": true}],
		"supportsChannelFeatures": "tier1"
	}`, string(data))
}

func TestConversationalApp(t *testing.T) {
	app := acme()
	app.Conversational = true
	m := newManifest(t, app)
	require.NoError(t, m.WritePackage(io.Discard))
	data, err := json.Marshal(map[string]any{
		"bots": m.Fields["bots"], "authorization": m.Fields["authorization"], "webApplicationInfo": m.Fields["webApplicationInfo"],
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"bots": [{"botId": "`+clientID+`", "scopes": ["team", "personal", "groupChat"], "isNotificationOnly": false, "supportsFiles": true}],
		"authorization": {"permissions": {"resourceSpecific": [
			{"name": "ChannelMessage.Read.Group", "type": "Application"}, {"name": "ChatMessage.Read.Chat", "type": "Application"}]}},
		"webApplicationInfo": {"id": "`+clientID+`", "resource": "https://notapplicable"}
	}`, string(data))

	app.Scopes = []manifest.Scope{manifest.ScopePersonal}
	m = newManifest(t, app)
	assert.NotContains(t, m.Fields, "authorization", "a personal chat has no messages without the bot")
	assert.NotContains(t, m.Fields, "webApplicationInfo")
}

func TestNewTakesEveryOption(t *testing.T) {
	app := acme()
	app.FullName = "Acme alerts and reports"
	app.FullDescription = "All that Acme has to say"
	app.Version = "2.3.4"
	app.AccentColor = "#102030"
	app.Scopes = []manifest.Scope{manifest.ScopePersonal, manifest.ScopeGroupChat}
	app.GraphInstall = true
	app.ValidDomains = []string{"*.acme.example"}
	app.SchemaVersion = "1.29"

	fields := newManifest(t, app).Fields
	assert.Equal(t, "1.29", fields["manifestVersion"])
	assert.Equal(t, "https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json", fields["$schema"])
	assert.Equal(t, map[string]any{"short": "Acme alerts", "full": "Acme alerts and reports"}, fields["name"])
	assert.Equal(t, map[string]any{"short": "Alerts from Acme", "full": "All that Acme has to say"}, fields["description"])
	assert.Equal(t, "2.3.4", fields["version"])
	assert.Equal(t, "#102030", fields["accentColor"])
	assert.Equal(t, []any{map[string]any{"botId": clientID, "scopes": []any{"personal", "groupChat"}, "isNotificationOnly": true}}, fields["bots"])
	assert.Equal(t, map[string]any{"id": clientID}, fields["webApplicationInfo"])
	assert.Equal(t, []any{"*.acme.example"}, fields["validDomains"])
	assert.NotContains(t, fields, "supportsChannelFeatures", "only the team scope needs it")
}

func TestNewBuildsEverySchemaVersionFrom25To29(t *testing.T) {
	for minor := 20; minor <= 32; minor++ {
		app := acme()
		app.SchemaVersion = fmt.Sprintf("1.%d", minor)
		m, err := manifest.New(app)
		if minor >= 25 && minor <= 29 {
			require.NoError(t, err, app.SchemaVersion)
			continue
		}
		assert.Nil(t, m)
		assert.Contains(t, broken(t, err), "$.manifestVersion version", app.SchemaVersion)
		assert.ErrorContains(t, err, "1.25 to 1.29")
	}
}

func TestNewNamesAllThatIsMissing(t *testing.T) {
	_, err := manifest.New(manifest.App{})
	assert.Equal(t, []string{
		"$.id required", "$.name.short required", "$.description.short required", "$.description.full required",
		"$.developer.name required", "$.developer.websiteUrl required", "$.developer.privacyUrl required",
		"$.developer.termsOfUseUrl required", "$.bots[0].botId required",
	}, broken(t, err))
}

func TestErrorsAreSentences(t *testing.T) {
	app := acme()
	app.Name = strings.Repeat("n", 31)
	app.Version = "one" + strings.Repeat("!", 200)
	_, err := manifest.New(app)
	assert.EqualError(t, err, `manifest: not valid (2): $.version is "one`+strings.Repeat("!", 57)+`…"; want three numbers such as 1.0.0, without leading zeros or a suffix; `+
		`$.name.short is 31 characters long, 30 are allowed`)
}

// A fixture is a JSON merge patch of a valid manifest, and what is wrong with the outcome.
type fixture struct {
	Name  string
	Patch map[string]any
	Want  []string
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	data, err := os.ReadFile("testdata/rules.json")
	require.NoError(t, err)
	var all []fixture
	require.NoError(t, json.Unmarshal(data, &all))
	return all
}

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

func TestValidateFindsEveryBrokenRule(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			m := newManifest(t, acme())
			merge(m.Fields, f.Patch)
			assert.ElementsMatch(t, f.Want, broken(t, m.Validate()))

			data, err := json.Marshal(m)
			require.NoError(t, err)
			read, err := manifest.Parse(data)
			require.NoError(t, err)
			assert.ElementsMatch(t, f.Want, broken(t, read.Validate()), "after writing and reading")
		})
	}
}

func TestValidateTellsNullFromAbsent(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["version"] = nil
	m.Fields["validDomains"] = nil
	m.Fields["webApplicationInfo"] = nil
	assert.Equal(t, []string{"$.version required", "$.webApplicationInfo type", "$.validDomains type"}, broken(t, m.Validate()))

	m = newManifest(t, acme())
	m.Fields["supportsChannelFeatures"] = nil
	assert.Equal(t, []string{"$.supportsChannelFeatures channel-features"}, broken(t, m.Validate()))
	m.Fields["bots"].([]any)[0].(map[string]any)["scopes"] = []any{"personal"}
	assert.Equal(t, []string{"$.supportsChannelFeatures type"}, broken(t, m.Validate()))
}

func TestValidateKnowsOlderVersions(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["manifestVersion"] = "1.16"
	delete(m.Fields, "$schema")
	assert.Equal(t, []string{"$.supportsChannelFeatures channel-features"}, broken(t, m.Validate()), "the property came with 1.25")

	delete(m.Fields, "supportsChannelFeatures")
	m.Fields["supportedChannelTypes"] = []any{"privateChannels"}
	m.Fields["defaultInstallScope"] = "groupchat"
	m.Fields["bots"].([]any)[0].(map[string]any)["scopes"] = []any{"team", "groupchat", "groupChat"}
	assert.NoError(t, m.Validate(), "old schemas were published with either spelling")
}

func TestMoreDomainsAreAllowedFrom28(t *testing.T) {
	app := acme()
	app.ValidDomains = make([]string, 17)
	for i := range app.ValidDomains {
		app.ValidDomains[i] = fmt.Sprintf("host%d.example", i)
	}
	app.SchemaVersion = "1.27"
	_, err := manifest.New(app)
	assert.Equal(t, []string{"$.validDomains count"}, broken(t, err))
	app.SchemaVersion = "1.28"
	_, err = manifest.New(app)
	assert.NoError(t, err)
}

func TestValidateAcceptsVersionsNewerThanIt(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["manifestVersion"] = "1.40"
	delete(m.Fields, "$schema")
	m.Fields["newProperty"] = "of a later schema"
	assert.NoError(t, m.Validate())
}

func TestZeroManifestIsAnEmptyOne(t *testing.T) {
	var m manifest.Manifest
	assert.Contains(t, broken(t, m.Validate()), "$.manifestVersion required")
	data, err := json.Marshal(&m)
	require.NoError(t, err)
	assert.Equal(t, "{}", string(data))
}

func TestFieldsTakeGoValues(t *testing.T) {
	m := newManifest(t, acme())
	m.Fields["validDomains"] = []string{"a.example", "https://b.example"}
	assert.Equal(t, []string{"$.validDomains[1] domain"}, broken(t, m.Validate()))

	m.Fields["validDomains"] = func() {}
	assert.Equal(t, []string{"$ type"}, broken(t, m.Validate()), "not JSON at all")
	assert.Equal(t, []string{"$ type"}, broken(t, m.WritePackage(&bytes.Buffer{})))
}

func TestUnknownFieldsSurvive(t *testing.T) {
	text := `{"future":{"list":[1.50,1e400,12345678901234567890,null,true],"html":"<a&b>"},"developer":{"name":"Acme","mpnId":"7"},
		"bots":[{"botId":"x","registrationInfo":{"source":"standard"}}]}`
	m, err := manifest.Parse([]byte(text))
	require.NoError(t, err)
	data, err := json.Marshal(m)
	require.NoError(t, err)
	assert.Contains(t, string(data), "[1.50,1e400,12345678901234567890,null,true]", "numbers keep their digits")
	again, err := manifest.Parse(data)
	require.NoError(t, err)
	assert.Equal(t, m.Fields, again.Fields)
	assert.Equal(t, "<a&b>", again.Fields["future"].(map[string]any)["html"])
	assert.Equal(t, "7", again.Fields["developer"].(map[string]any)["mpnId"])
}

func TestParse(t *testing.T) {
	m, err := manifest.Parse([]byte("\ufeff{\"id\":\"x\"}\r\n"))
	require.NoError(t, err, "editors on Windows write a byte order mark")
	assert.Equal(t, map[string]any{"id": "x"}, m.Fields)

	for _, text := range []string{"", "null", "[]", `"x"`, "{", `{"a":1} {}`, `{"a":1}]`, "\ufeff\ufeff{}"} {
		_, err := manifest.Parse([]byte(text))
		require.Error(t, err, text)
		var invalid *manifest.ValidationError
		assert.False(t, errors.As(err, &invalid), text)
	}
}

func TestUnmarshalKeepsTheIcons(t *testing.T) {
	m := manifest.Manifest{ColorIcon: []byte("icon")}
	require.NoError(t, json.Unmarshal([]byte(`{"id":"x"}`), &m))
	assert.Equal(t, map[string]any{"id": "x"}, m.Fields)
	assert.Equal(t, "icon", string(m.ColorIcon))
	assert.Error(t, json.Unmarshal([]byte(`[]`), &m))
}
