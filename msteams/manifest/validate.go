package manifest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/check"
)

// Validate returns nil, or a [*ValidationError] with every rule that the manifest and the icons it
// carries break. It checks what Microsoft's schema says about the properties that a notification
// app uses, what the upload adds to that, and that there is one bot. It lets pass what it does not
// know: other properties, and what versions after 1.29 may have changed.
func (m *Manifest) Validate() error {
	_, problems := m.check()
	return asError(problems)
}

// check returns the decoded fields too, nil where they cannot be JSON at all.
func (m *Manifest) check() (map[string]any, []Problem) {
	doc, err := m.tree()
	if err != nil {
		return nil, []Problem{{Path: "$", Rule: RuleType, Message: "cannot be written as JSON: " + err.Error()}}
	}
	c := &checker{doc: doc, minor: oldestBuilt}
	c.checkVersions()
	c.checkTexts()
	c.checkIconNames()
	c.checkFileNames()
	files := m.files()
	c.checkLanguages(files)
	c.checkBots()
	c.checkIdentity()
	c.checkDomains()
	c.checkChannelFeatures()
	c.checkInstallDefaults()
	c.checkIcons(m.ColorIcon, m.OutlineIcon)
	if color, _ := iconNames(doc); color != "" && len(m.ColorIcon) > 0 {
		files[color] = m.ColorIcon
	}
	c.checkSmallIcon(files)
	return doc, c.problems
}

type checker struct {
	doc      map[string]any
	minor    int // of manifestVersion
	problems []Problem
}

func (c *checker) add(path string, rule Rule, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// text checks a required string.
func (c *checker) text(parent map[string]any, path, key string, check textRule) {
	s, isString := parent[key].(string)
	if parent[key] == nil || isString && strings.TrimSpace(s) == "" {
		c.add(path+"."+key, RuleRequired, "is missing")
		return
	}
	c.optionalText(parent, path, key, check)
}

func (c *checker) optionalText(parent map[string]any, path, key string, check textRule) {
	if value, present := parent[key]; present {
		c.item(value, path+"."+key, check)
	}
}

func (c *checker) item(value any, path string, check textRule) {
	s, isString := value.(string)
	if !isString {
		c.add(path, RuleType, "is %s, want a string", jsonType(value))
	} else if rule, message := check(s); rule != "" {
		c.add(path, rule, "%s", message)
	}
}

// object returns the members of a required object, nil where it is missing or something else: that
// is reported once, not again for each member.
func (c *checker) object(key string) map[string]any {
	if c.doc[key] == nil {
		c.add("$."+key, RuleRequired, "is missing")
		return nil
	}
	return c.optionalObject(key)
}

func (c *checker) optionalObject(key string) map[string]any {
	value, present := c.doc[key]
	members, isObject := value.(map[string]any)
	if present && !isObject {
		c.add("$."+key, RuleType, "is %s, want an object", jsonType(value))
	}
	return members
}

func (c *checker) array(parent map[string]any, path, key string) []any {
	value, present := parent[key]
	items, isArray := value.([]any)
	if present && !isArray {
		c.add(path+"."+key, RuleType, "is %s, want an array", jsonType(value))
	}
	return items
}

func (c *checker) checkVersions() {
	c.text(c.doc, "$", "manifestVersion", func(s string) (Rule, string) {
		minor, ok := minorVersion(s)
		if !ok {
			return RuleVersion, fmt.Sprintf("is %s; want a released version such as %s", quote(s), defaultSchemaVersion)
		}
		c.minor = minor
		return "", ""
	})
	c.text(c.doc, "$", "version", semver)
	schema, _ := c.doc["$schema"].(string)
	_, released := minorVersion(c.doc["manifestVersion"])
	if named := schemaVersion.FindStringSubmatch(schema); released && named != nil && c.doc["manifestVersion"] != any(named[1]) {
		c.add("$.$schema", RuleVersion, "is that of version %s, manifestVersion is %v", named[1], c.doc["manifestVersion"])
	}
}

// schemaVersion finds the version in the address of Microsoft's schema.
var schemaVersion = regexp.MustCompile(`/v([0-9]+\.[0-9]+)/MicrosoftTeams\.schema\.json$`)

func (c *checker) checkTexts() {
	c.text(c.doc, "$", "id", guid)
	if name := c.object("name"); name != nil {
		c.text(name, "$.name", "short", atMost(30))
		c.optionalText(name, "$.name", "full", atMost(100))
	}
	if description := c.object("description"); description != nil {
		c.text(description, "$.description", "short", atMost(80))
		c.text(description, "$.description", "full", atMost(4000))
	}
	if developer := c.object("developer"); developer != nil {
		c.text(developer, "$.developer", "name", atMost(32))
		c.text(developer, "$.developer", "websiteUrl", httpsURL)
		c.text(developer, "$.developer", "privacyUrl", httpsURL)
		c.text(developer, "$.developer", "termsOfUseUrl", httpsURL)
	}
	c.text(c.doc, "$", "accentColor", hexColor)
	if info := c.optionalObject("webApplicationInfo"); info != nil {
		c.text(info, "$.webApplicationInfo", "id", guid)
	}
}

func (c *checker) checkIconNames() {
	icons := c.object("icons")
	if icons == nil {
		return
	}
	c.text(icons, "$.icons", "color", packageFile)
	c.text(icons, "$.icons", "outline", packageFile)
	color, outline := iconNames(c.doc)
	if color != "" && strings.EqualFold(color, outline) {
		c.add("$.icons.outline", RuleFile, "is %s, which is the color icon", quote(outline))
	}
}

// iconNames returns the names of the two icons as they stand in the zip, empty where the manifest
// does not give them.
func iconNames(doc map[string]any) (color, outline string) {
	icons, _ := doc["icons"].(map[string]any)
	color, _ = icons["color"].(string)
	outline, _ = icons["outline"].(string)
	color, _ = cleanName(color)
	outline, _ = cleanName(outline)
	return color, outline
}

// checkSmallIcon looks at the color icon of 32×32 pixels, which is optional.
func (c *checker) checkSmallIcon(files map[string][]byte) {
	for _, ref := range references(c.doc, []string{"icons.color32x32"}) {
		if name, ok := cleanName(ref.name); ok && len(files[name]) > 0 {
			c.checkIcon(ref.path, files[name], outlineIconSize)
		}
	}
}

func (c *checker) checkBots() {
	if c.doc["bots"] == nil {
		c.add("$.bots", RuleRequired, "is missing; without a bot nothing posts the notifications")
		return
	}
	bots := c.array(c.doc, "$", "bots")
	if _, isArray := c.doc["bots"].([]any); isArray && len(bots) != 1 {
		c.add("$.bots", RuleCount, "has %d bots, want one", len(bots))
	}
	for i, value := range bots {
		path := fmt.Sprintf("$.bots[%d]", i)
		bot, isObject := value.(map[string]any)
		if !isObject {
			c.add(path, RuleType, "is %s, want an object", jsonType(value))
			continue
		}
		c.text(bot, path, "botId", guid)
		c.checkBotScopes(bot, path)
		for _, key := range []string{"isNotificationOnly", "supportsFiles"} {
			value, present := bot[key]
			if _, isBool := value.(bool); present && !isBool {
				c.add(path+"."+key, RuleType, "is %s, want true or false", jsonType(value))
			}
		}
	}
}

// checkIdentity wants one registration for the bot and for what Graph and the owners of teams grant
// the app.
func (c *checker) checkIdentity() {
	const path = "$.webApplicationInfo"
	info, _ := c.doc["webApplicationInfo"].(map[string]any)
	bot := botID(c.doc)
	id, _ := info["id"].(string)
	if check.IsGUID(id) && check.IsGUID(bot) && !strings.EqualFold(id, bot) {
		c.add(path+".id", RuleSameApp, "is %s, the bot's id is %s: the bot could not act with what is granted to the app", quote(id), quote(bot))
	}
	authorization, _ := c.doc["authorization"].(map[string]any)
	permissions, _ := authorization["permissions"].(map[string]any)
	if granted, _ := permissions["resourceSpecific"].([]any); len(granted) > 0 && info == nil {
		c.add(path, RuleRequired, "is missing; resource-specific permissions are granted to the app that it names")
	}
}

// botID returns the id of the first bot, "" where there is none.
func botID(doc map[string]any) string {
	bots, _ := doc["bots"].([]any)
	if len(bots) == 0 {
		return ""
	}
	bot, _ := bots[0].(map[string]any)
	id, _ := bot["botId"].(string)
	return id
}

// Warnings returns what Microsoft accepts and people may stumble over, in a stable order; nil where
// there is nothing. What [Manifest.Validate] reports is not among it.
func (m *Manifest) Warnings() []Problem {
	doc, err := m.tree()
	if err != nil {
		return nil
	}
	c := &checker{doc: doc}
	for _, text := range []string{"name", "description"} {
		members, _ := doc[text].(map[string]any)
		short, _ := members["short"].(string)
		if full, _ := members["full"].(string); short != "" && strings.TrimSpace(full) == strings.TrimSpace(short) {
			c.add("$."+text+".full", RuleRepeated, "repeats the short %s; Microsoft's store does not accept that", text)
		}
	}
	if id, _ := doc["id"].(string); id != "" && botID(doc) != "" && !strings.EqualFold(id, botID(doc)) {
		c.add("$.id", RuleAppID, "is not the bot's id, by which Novu looks for the app in the organization's catalog")
	}
	return c.problems
}

func (c *checker) checkBotScopes(bot map[string]any, path string) {
	const most = 4
	if bot["scopes"] == nil {
		c.add(path+".scopes", RuleRequired, "is missing")
		return
	}
	scopes := c.array(bot, path, "scopes")
	if _, isArray := bot["scopes"].([]any); isArray && (len(scopes) == 0 || len(scopes) > most) {
		c.add(path+".scopes", RuleCount, "has %d scopes, want one to %d", len(scopes), most)
	}
	for i, scope := range scopes {
		c.item(scope, fmt.Sprintf("%s.scopes[%d]", path, i), oneOf(c.scopes("copilot")...))
	}
}

// scopes lists the scopes that this version knows. Old schemas were published with either spelling
// of groupChat.
func (c *checker) scopes(more ...string) []string {
	scopes := append([]string{string(ScopeTeam), string(ScopePersonal), string(ScopeGroupChat)}, more...)
	if c.minor < oldestBuilt {
		scopes = append(scopes, "groupchat")
	}
	return scopes
}

func (c *checker) checkDomains() {
	most := 100
	if c.minor < 28 {
		most = 16
	}
	domains := c.array(c.doc, "$", "validDomains")
	if len(domains) > most {
		c.add("$.validDomains", RuleCount, "has %d domains, manifest version 1.%d allows %d", len(domains), c.minor, most)
	}
	for i, value := range domains {
		c.item(value, fmt.Sprintf("$.validDomains[%d]", i), domain)
	}
}

func (c *checker) checkChannelFeatures() {
	const property, predecessor = "supportsChannelFeatures", "supportedChannelTypes"
	value, present := c.doc[property]
	switch {
	case c.minor < oldestBuilt:
		if present {
			c.add("$."+property, RuleChannelFeatures, "needs manifest version 1.%d or later", oldestBuilt)
		}
		return
	case present && value != nil:
		c.optionalText(c.doc, "$", property, oneOf("tier1"))
	case c.hasTeamScope():
		c.add("$."+property, RuleChannelFeatures, `is missing; the upload wants "tier1" where the team scope is used`)
	case present:
		c.add("$."+property, RuleType, "is null, want a string")
	}
	if _, present := c.doc[predecessor]; present {
		c.add("$."+predecessor, RuleChannelFeatures, "is not accepted from manifest version 1.%d; use %s", oldestBuilt, property)
	}
}

// hasTeamScope looks at every capability that has scopes, since the upload does.
func (c *checker) hasTeamScope() bool {
	for _, capability := range []string{"bots", "staticTabs", "configurableTabs", "connectors"} {
		items, _ := c.doc[capability].([]any)
		for _, item := range items {
			members, _ := item.(map[string]any)
			scopes, _ := members["scopes"].([]any)
			if slices.Contains(scopes, any(string(ScopeTeam))) {
				return true
			}
		}
	}
	return false
}

// checkInstallDefaults is here for a trap: the scope is groupChat, the key of
// defaultGroupCapability is groupchat.
func (c *checker) checkInstallDefaults() {
	const key, path = "defaultGroupCapability", "$.defaultGroupCapability"
	c.optionalText(c.doc, "$", "defaultInstallScope", oneOf(c.scopes("meetings", "copilot")...))
	groups := c.optionalObject(key)
	for _, group := range []string{"team", "groupchat", "meetings"} {
		c.optionalText(groups, path, group, oneOf("tab", "bot", "connector"))
	}
	if _, present := groups[string(ScopeGroupChat)]; present {
		c.add(path+"."+string(ScopeGroupChat), RuleEnum, "is spelled groupchat here, in every version")
	}
}
