package manifest

import (
	"fmt"
	"strings"
)

// Rule names what a manifest or a package breaks. Later versions may add rules.
type Rule string

// The rules that [Manifest.Validate] checks. Those marked "upload" are not in Microsoft's JSON
// schema: its upload or its documentation demands them, or a notification app cannot do without.
const (
	RuleRequired Rule = "required" // missing, null or blank
	RuleType     Rule = "type"     // another JSON type than the schema's
	RuleVersion  Rule = "version"  // manifestVersion: "1." and a number
	RuleSemver   Rule = "semver"   // version: MAJOR.MINOR.PATCH, digits only (upload)
	RuleGUID     Rule = "guid"     // 8-4-4-4-12 hexadecimal digits
	RuleLength   Rule = "length"   // more Unicode code points than allowed
	RuleURL      Rule = "url"      // an absolute URL; https for the developer's (upload)
	RuleColor    Rule = "color"    // "#RRGGBB"
	RuleEnum     Rule = "enum"     // a value outside the schema's list; case matters
	RuleCount    Rule = "count"    // too many items, or none where one is needed (upload)
	RuleDomain   Rule = "domain"   // validDomains: a host, with neither scheme nor path (upload)
	RuleFile     Rule = "file"     // a name that no file in the package can have, or of a file that is not there (upload)
	RuleLanguage Rule = "language" // a language tag that is none, or is there twice (upload)
	RuleSameApp  Rule = "same-app" // webApplicationInfo.id: the bot's own id, or the bot can't act with the app's permissions (upload)

	// RuleChannelFeatures is about channels: from 1.25 the team scope needs supportsChannelFeatures
	// and forbids its predecessor supportedChannelTypes; before 1.25 the property does not exist
	// (upload).
	RuleChannelFeatures Rule = "channel-features"

	RuleIconFormat       Rule = "icon-format"       // not a PNG file (upload)
	RuleIconSize         Rule = "icon-size"         // 192×192 the color icon, 32×32 the outline (upload)
	RuleIconTransparency Rule = "icon-transparency" // the outline: white on transparent, nothing else (upload)
)

// The rules that [ReadPackage] adds for the zip itself.
const (
	RuleEntry      Rule = "entry"      // an unsafe entry: in a folder that nothing names, a link, encrypted, listed twice
	RuleSize       Rule = "size"       // larger than read here, or not the size that the zip declares
	RuleUnexpected Rule = "unexpected" // a file that nothing in the package names
)

// The rules that [Manifest.Warnings] checks.
const (
	RuleRepeated Rule = "repeated" // a text that only repeats a shorter one
	RuleAppID    Rule = "app-id"   // the app's id is not the bot's
)

// Problem is one broken rule. The path is the place in manifest.json, such as $.bots[0].botId, or
// the name of an entry of the zip, "zip" for the whole; the message continues it to a sentence:
// "$.name.short is 34 characters long, 30 are allowed".
type Problem struct {
	Path    string
	Rule    Rule
	Message string
}

// String returns the problem as a sentence.
func (p Problem) String() string { return p.Path + " " + p.Message }

// ValidationError holds everything that is wrong with a manifest or a package, in a stable order.
type ValidationError struct {
	Problems []Problem
}

// Error lists the problems on one line.
func (e *ValidationError) Error() string {
	sentences := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		sentences[i] = p.String()
	}
	return fmt.Sprintf("manifest: not valid (%d): %s", len(e.Problems), strings.Join(sentences, "; "))
}

func asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ValidationError{Problems: problems}
}
