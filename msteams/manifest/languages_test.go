package manifest_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/manifest"
)

func multilingual() manifest.App {
	app := acme()
	app.Languages = []manifest.Language{
		{Tag: "de", Name: "Acme-Meldungen", Description: "Meldungen von Acme", FullDescription: "Alles, was Acme zu melden hat"},
		{Tag: "pt-br", Name: "Alertas da Acme", FullName: "Alertas e relatórios da Acme", Description: "Alertas da Acme"},
	}
	return app
}

func TestPackageWithLanguages(t *testing.T) {
	m := newManifest(t, multilingual())
	archive := write(t, m)
	names, files := unzip(t, archive)
	assert.Equal(t, []string{"manifest.json", "color.png", "outline.png", "de.json", "pt-br.json"}, names)
	assert.JSONEq(t, `{
		"$schema": "https://developer.microsoft.com/json-schemas/teams/v1.25/MicrosoftTeams.Localization.schema.json",
		"name.short": "Alertas da Acme", "name.full": "Alertas e relatórios da Acme",
		"description.short": "Alertas da Acme", "description.full": "Alertas da Acme"
	}`, string(files["pt-br.json"]))
	var doc map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(files["manifest.json"], &doc))
	assert.JSONEq(t, `{"defaultLanguageTag": "en-us", "additionalLanguages": [
		{"languageTag": "de", "file": "de.json"}, {"languageTag": "pt-br", "file": "pt-br.json"}]}`, string(doc["localizationInfo"]))

	read, err := read(archive)
	require.NoError(t, err)
	assert.Equal(t, m.Files, read.Files)
	assert.Equal(t, archive, write(t, read))
}

func TestLanguagesThatCannotBeRight(t *testing.T) {
	app := multilingual()
	app.Language = "DE"
	app.Languages[1] = manifest.Language{Tag: "../x", Name: strings.Repeat("n", 31)}
	_, err := manifest.New(app)
	assert.Equal(t, []string{
		"$.localizationInfo.additionalLanguages[0].languageTag language",
		"$.localizationInfo.additionalLanguages[1].languageTag language",
		"$.localizationInfo.additionalLanguages[1].file file",
	}, broken(t, err))

	app = multilingual()
	app.Languages[0] = manifest.Language{Tag: "de", Name: strings.Repeat("n", 31)}
	_, err = manifest.New(app)
	assert.Equal(t, []string{
		"de.json name.short length", "de.json description.short required", "de.json description.full required",
	}, broken(t, err))
}

func TestLanguageFilesAreTexts(t *testing.T) {
	m := newManifest(t, multilingual())
	m.Files["de.json"] = []byte(`[]`)
	m.Files["pt-br.json"] = []byte(`{"name.short":"ok","name.full":1,"staticTabs[0].name":null}`)
	assert.Equal(t, []string{"de.json type", `pt-br.json "name.full" type`, `pt-br.json "staticTabs[0].name" type`}, broken(t, m.Validate()))
}

func TestFilesAndNamesBelongTogether(t *testing.T) {
	m := newManifest(t, multilingual())
	delete(m.Files, "de.json")
	m.Files["DE.json"] = []byte(`{}`)
	m.Files["Color.png"] = []byte(`x`)
	m.Files["../x"] = nil
	m.Files["./readme.txt"] = []byte(`x`)
	assert.NoError(t, m.Validate(), "it is the package that lacks them")
	assert.Equal(t, []string{
		"$.localizationInfo.additionalLanguages[0].file file", `"../x" file`, "Color.png file",
		"Color.png unexpected", "DE.json unexpected", "readme.txt unexpected",
	}, broken(t, m.WritePackage(io.Discard)))
}

func TestReadPackageWithLanguages(t *testing.T) {
	archive := write(t, newManifest(t, multilingual()))
	names, files := unzip(t, archive)
	without := func(left string, more ...entry) []byte {
		var entries []entry
		for _, name := range names {
			if name != left {
				entries = append(entries, stored(name, files[name]))
			}
		}
		return archiveOf(t, append(entries, more...)...)
	}
	_, err := read(without("de.json"))
	assert.Equal(t, []string{"$.localizationInfo.additionalLanguages[0].file required"}, broken(t, err))
	_, err = read(without("", stored("fr.json", []byte(`{}`))))
	assert.Equal(t, []string{"fr.json unexpected"}, broken(t, err))
	_, err = read(without("de.json", deflated(t, "de.json", make([]byte, 4<<20), 4<<20)))
	assert.Equal(t, []string{"de.json size", "$.localizationInfo.additionalLanguages[0].file required"}, broken(t, err))
}

// repack makes a package of a manifest's other form: fields replaced, files under other names.
func repack(t *testing.T, change func(fields map[string]any), files map[string]string, rename map[string]string) []byte {
	t.Helper()
	m := newManifest(t, acme())
	names, contents := unzip(t, write(t, m))
	change(m.Fields)
	data, err := json.Marshal(m)
	require.NoError(t, err)
	contents["manifest.json"] = data
	var entries []entry
	for _, name := range names {
		as := name
		if rename[name] != "" {
			as = rename[name]
		}
		entries = append(entries, stored(as, contents[name]))
	}
	for name, content := range files {
		entries = append(entries, stored(name, []byte(content)))
	}
	return archiveOf(t, entries...)
}

func TestReadPackageFollowsWhatTheManifestNames(t *testing.T) {
	small := string(picture(t, 32, 32, red, white))
	for name, c := range map[string]struct {
		change func(map[string]any)
		files  map[string]string
		rename map[string]string
		want   []string
	}{
		"icons in a folder": {
			change: func(m map[string]any) {
				m["icons"] = map[string]any{"color": "resources/color.png", "outline": "./resources/outline.png"}
			},
			rename: map[string]string{"color.png": "resources/color.png", "outline.png": "resources/outline.png"},
			files:  map[string]string{"resources/": ""},
		},
		"dot in front": {
			change: func(m map[string]any) {
				m["icons"] = map[string]any{"color": "./color.png", "outline": "./outline.png"}
			},
		},
		"a third icon": {
			change: func(m map[string]any) { m["icons"].(map[string]any)["color32x32"] = "color32.png" },
			files:  map[string]string{"color32.png": small},
		},
		"a third icon that is missing": {
			change: func(m map[string]any) { m["icons"].(map[string]any)["color32x32"] = "color32.png" },
			want:   []string{"$.icons.color32x32 required"},
		},
		"a third icon that is too large": {
			change: func(m map[string]any) { m["icons"].(map[string]any)["color32x32"] = "color.png" },
			want:   []string{"$.icons.color32x32 icon-size"},
		},
		"an agent's declaration and what it names": {
			change: func(m map[string]any) {
				m["copilotAgents"] = map[string]any{"declarativeAgents": []any{map[string]any{"id": "a", "file": "agent.json"}}}
			},
			files: map[string]string{
				"agent.json": `{"actions":[{"id":"x","file":"plugin.json"}]}`, "plugin.json": `{"spec":{"url":"api/openapi.yaml"}}`, "api/openapi.yaml": "",
			},
		},
		"a folder with a skill": {
			change: func(m map[string]any) { m["agentSkills"] = []any{map[string]any{"folder": "skills/one/"}} },
			files:  map[string]string{"skills/one/SKILL.md": "", "skills/two/SKILL.md": ""},
			want:   []string{`"skills/two/SKILL.md" entry`},
		},
		"a search command's files": {
			change: func(m map[string]any) {
				m["composeExtensions"] = []any{map[string]any{"apiSpecificationFile": "api.yaml", "commands": []any{map[string]any{"apiResponseRenderingTemplateFile": "card.json"}}}}
			},
			files: map[string]string{"api.yaml": ""},
			want:  []string{"$.composeExtensions[0].commands[0].apiResponseRenderingTemplateFile required"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want == nil {
				c.want = []string{}
			}
			m, err := read(repack(t, c.change, c.files, c.rename))
			assert.Equal(t, c.want, broken(t, err))
			if err == nil {
				again, err := read(write(t, m))
				require.NoError(t, err)
				assert.Equal(t, m, again)
			}
		})
	}
}

func TestPackageOfAFolder(t *testing.T) {
	m, err := read(archiveOf(t, stored("app/", nil), stored("app/manifest.json", []byte("{}"))))
	assert.Nil(t, m)
	assert.ErrorContains(t, err, "zip the files, not the folder")
}

func TestWarnings(t *testing.T) {
	app := acme()
	m := newManifest(t, app)
	warnings := func() []string {
		return broken(t, &manifest.ValidationError{Problems: m.Warnings()})
	}
	assert.Equal(t, []string{"$.description.full repeated"}, warnings())

	app.FullDescription, app.FullName = "All that Acme has to say", "Acme alerts"
	m = newManifest(t, app)
	m.Fields["id"] = "99999999-2222-3333-4444-555555555555"
	assert.NoError(t, m.Validate())
	assert.Equal(t, []string{"$.name.full repeated", "$.id app-id"}, warnings())

	assert.Nil(t, new(manifest.Manifest).Warnings())
	assert.Nil(t, (&manifest.Manifest{Fields: map[string]any{"x": func() {}}}).Warnings())
}
