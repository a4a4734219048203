package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Language is an app's texts in another language.
type Language struct {
	Tag                          string // "de", "pt-br"
	Name, FullName               string // as in App: at most 30 and 100 characters; FullName defaults to Name
	Description, FullDescription string // as in App: at most 80 and 4000 characters; FullDescription defaults to Description
}

const (
	defaultLanguage = "en-us"
	localization    = "localizationInfo"
)

var languageTag = regexp.MustCompile(`^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,2}$`)

func tag(s string) (Rule, string) {
	if !languageTag.MatchString(s) {
		return RuleLanguage, fmt.Sprintf("is %s; want a language tag such as de or pt-br", quote(s))
	}
	return "", ""
}

// localize adds the app's languages to the fields, and returns the files with their texts.
func (app App) localize(fields map[string]any) (map[string][]byte, error) {
	if len(app.Languages) == 0 {
		return nil, nil
	}
	schema := or(app.SchemaVersion, defaultSchemaVersion)
	files := map[string][]byte{}
	var languages []any
	for _, l := range app.Languages {
		name := l.Tag + ".json"
		content, err := json.MarshalIndent(map[string]string{
			"$schema":           "https://developer.microsoft.com/json-schemas/teams/v" + schema + "/MicrosoftTeams.Localization.schema.json",
			"name.short":        l.Name,
			"name.full":         or(l.FullName, l.Name),
			"description.short": l.Description,
			"description.full":  or(l.FullDescription, l.Description),
		}, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("manifest: write %s: %w", name, err)
		}
		files[name] = content
		languages = append(languages, map[string]any{"languageTag": l.Tag, "file": name})
	}
	fields[localization] = map[string]any{
		"defaultLanguageTag":  or(app.Language, defaultLanguage),
		"additionalLanguages": languages,
	}
	return files, nil
}

// checkLanguages looks at the languages, and into those of their files that are there.
func (c *checker) checkLanguages(files map[string][]byte) {
	info := c.optionalObject(localization)
	if info == nil {
		return
	}
	const path = "$." + localization
	c.text(info, path, "defaultLanguageTag", tag)
	c.optionalText(info, path, "defaultLanguageFile", packageFile)
	first, _ := info["defaultLanguageTag"].(string)
	seen := []string{strings.ToLower(first)}
	for i, value := range c.array(info, path, "additionalLanguages") {
		path := fmt.Sprintf("%s.additionalLanguages[%d]", path, i)
		language, isObject := value.(map[string]any)
		if !isObject {
			c.add(path, RuleType, "is %s, want an object", jsonType(value))
			continue
		}
		c.text(language, path, "languageTag", tag)
		c.text(language, path, "file", packageFile)
		name, _ := language["languageTag"].(string)
		if slices.Contains(seen, strings.ToLower(name)) && name != "" {
			c.add(path+".languageTag", RuleLanguage, "is %s, which another language has already", quote(name))
		}
		seen = append(seen, strings.ToLower(name))
	}
	for _, ref := range references(c.doc, []string{localization + ".defaultLanguageFile", localization + ".additionalLanguages[].file"}) {
		if name, ok := cleanName(ref.name); ok && files[name] != nil {
			c.checkLanguageFile(name, files[name])
		}
	}
}

// textLimits are the lengths of the texts that every app has, in a language file under their place
// in the manifest.
var textLimits = []struct {
	key  string
	most int
}{
	{key: "name.short", most: 30},
	{key: "name.full", most: 100},
	{key: "description.short", most: 80},
	{key: "description.full", most: 4000},
}

func (c *checker) checkLanguageFile(name string, content []byte) {
	path := quoteName(name)
	m, err := Parse(content)
	if err != nil {
		c.add(path, RuleType, "is not a JSON object with texts")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m.Fields)) {
		if _, isString := m.Fields[key].(string); !isString {
			c.add(path+" "+quote(key), RuleType, "is %s, want a string", jsonType(m.Fields[key]))
		}
	}
	for _, limit := range textLimits {
		text, isString := m.Fields[limit.key].(string)
		if !isString {
			continue
		}
		if strings.TrimSpace(text) == "" {
			c.add(path+" "+limit.key, RuleRequired, "is empty")
		} else if rule, message := atMost(limit.most)(text); rule != "" {
			c.add(path+" "+limit.key, rule, "%s", message)
		}
	}
}
