package manifest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// filePlaces are the places at which Microsoft's schema takes the name of a file in the package.
var filePlaces = []string{
	"icons.color",
	"icons.outline",
	"icons.color32x32",
	"localizationInfo.defaultLanguageFile",
	"localizationInfo.additionalLanguages[].file",
	"configurableTabs[].sharePointPreviewImage",
	"composeExtensions[].apiSpecificationFile",
	"composeExtensions[].commands[].apiResponseRenderingTemplateFile",
	"activities.activityIcons[].iconFile",
	"meetingExtensionDefinition.scenes[].file",
	"meetingExtensionDefinition.scenes[].preview",
	"copilotAgents.declarativeAgents[].file",
	"agenticUserTemplates[].file",
	"agentConnectors[].toolSource.remoteMcpServer.mcpToolDescription.file",
}

// folderPlaces are those at which it takes the name of a folder.
var folderPlaces = []string{"agentSkills[].folder"}

// A reference is the name of a file or folder, and the place in manifest.json that gives it.
type reference struct {
	path string // "$.icons.color"
	name string
}

// references returns what the places name, in the order of the places. What is not a string is left
// out.
func references(doc map[string]any, places []string) []reference {
	var found []reference
	var walk func(value any, path string, steps []string)
	walk = func(value any, path string, steps []string) {
		if len(steps) == 0 {
			if name, isString := value.(string); isString {
				found = append(found, reference{path: path, name: name})
			}
			return
		}
		key, isArray := strings.CutSuffix(steps[0], "[]")
		members, _ := value.(map[string]any)
		member, path := members[key], path+"."+key
		if !isArray {
			walk(member, path, steps[1:])
			return
		}
		items, _ := member.([]any)
		for i, item := range items {
			walk(item, fmt.Sprintf("%s[%d]", path, i), steps[1:])
		}
	}
	for _, place := range places {
		walk(doc, "$", strings.Split(place, "."))
	}
	return found
}

// cleanName returns the name of a file as it stands in the zip: "./color.png" is color.png. It is
// false for a name that leads out of the package, or that systems read differently.
func cleanName(name string) (string, bool) {
	if !utf8.ValidString(name) || strings.ContainsAny(name, `\:`) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", false
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case ".":
		case "", "..":
			return "", false
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/"), len(parts) > 0
}

// packageFile accepts the name of a file in the package, other than the manifest's own.
func packageFile(s string) (Rule, string) {
	if rule, message := atMost(maxPath)(s); rule != "" {
		return rule, message
	}
	if name, ok := cleanName(s); !ok || strings.EqualFold(name, manifestName) {
		return RuleFile, fmt.Sprintf("is %s; want the name of another file in the package, such as color.png or icons/color.png", quote(s))
	}
	return "", ""
}

// checkFileNames looks at the names other than those of the two icons and the languages, which have
// checks of their own.
func (c *checker) checkFileNames() {
	for _, ref := range references(c.doc, slices.Concat(filePlaces[2:], folderPlaces)) {
		if strings.HasPrefix(ref.path, "$."+localization) {
			continue
		}
		if rule, message := packageFile(strings.TrimSuffix(ref.name, "/")); rule != "" {
			c.add(ref.path, rule, "%s", message)
		}
	}
}

// fileNames returns the names, as they stand in the zip, of the files that the manifest names.
func fileNames(doc map[string]any) []string {
	var names []string
	for _, ref := range references(doc, filePlaces) {
		if name, ok := cleanName(ref.name); ok {
			names = append(names, name)
		}
	}
	return names
}

// missingFiles reports the files that the manifest names and the package does not hold; the two
// icons are not among them.
func missingFiles(doc map[string]any, held func(name string) bool, rule Rule, where string) []Problem {
	var problems []Problem
	for _, ref := range references(doc, filePlaces[2:]) {
		if name, ok := cleanName(ref.name); ok && !held(name) {
			problems = append(problems, Problem{
				Path: ref.path, Rule: rule, Message: fmt.Sprintf("is %s, which is not in %s", quote(ref.name), where),
			})
		}
	}
	return problems
}

// unnamedFiles returns those of all files that nothing names. A file is named by the manifest, by
// being in a folder that the manifest names, or by a string in a JSON file that is itself named, as
// an agent's declaration names its plugins. The function read returns a file's content, nil where
// it can't be read.
func unnamedFiles(doc map[string]any, all []string, read func(name string) []byte) []string {
	named := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if named[name] || name == manifestName || !slices.Contains(all, name) {
			return
		}
		named[name] = true
		if !strings.HasSuffix(strings.ToLower(name), ".json") {
			return
		}
		var content any
		if json.Unmarshal(read(name), &content) != nil {
			return
		}
		eachString(content, func(s string) {
			if inner, ok := cleanName(s); ok {
				follow(inner)
			}
		})
	}
	for _, name := range fileNames(doc) {
		follow(name)
	}
	for _, ref := range references(doc, folderPlaces) {
		folder, ok := cleanName(strings.TrimSuffix(ref.name, "/"))
		for _, name := range all {
			if ok && strings.HasPrefix(name, folder+"/") {
				follow(name)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return named[name] })
}

func eachString(value any, visit func(string)) {
	switch value := value.(type) {
	case string:
		visit(value)
	case []any:
		for _, item := range value {
			eachString(item, visit)
		}
	case map[string]any:
		for _, member := range value {
			eachString(member, visit)
		}
	}
}
