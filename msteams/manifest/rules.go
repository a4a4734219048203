package manifest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novu-go/novu/internal/check"
)

// A textRule returns the rule that a string breaks and the rest of a sentence about it, or two
// empty strings.
type textRule func(s string) (Rule, string)

var (
	colorPattern   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	semverPattern  = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$`)
	versionPattern = regexp.MustCompile(`^1\.(0|[1-9][0-9]{0,3})$`)
)

const maxPath = 2048 // characters in a URL, a domain or a file name

func guid(s string) (Rule, string) {
	if !check.IsGUID(s) {
		return RuleGUID, fmt.Sprintf("is %s; want a GUID such as 11111111-2222-3333-4444-555555555555", quote(s))
	}
	return "", ""
}

func hexColor(s string) (Rule, string) {
	if !colorPattern.MatchString(s) {
		return RuleColor, fmt.Sprintf("is %s; want # and six hexadecimal digits", quote(s))
	}
	return "", ""
}

func semver(s string) (Rule, string) {
	if rule, message := atMost(256)(s); rule != "" {
		return rule, message
	}
	if !semverPattern.MatchString(s) {
		return RuleSemver, fmt.Sprintf("is %s; want three numbers such as 1.0.0, without leading zeros or a suffix", quote(s))
	}
	return "", ""
}

func atMost(n int) textRule {
	return func(s string) (Rule, string) {
		if got := utf8.RuneCountInString(s); got > n {
			return RuleLength, fmt.Sprintf("is %d characters long, %d are allowed", got, n)
		}
		return "", ""
	}
}

func httpsURL(s string) (Rule, string) {
	if rule, message := atMost(maxPath)(s); rule != "" {
		return rule, message
	}
	if u, err := url.Parse(s); err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" {
		return RuleURL, fmt.Sprintf("is %s; want an address that begins with https://", quote(s))
	}
	return "", ""
}

func domain(s string) (Rule, string) {
	if rule, message := atMost(maxPath)(s); rule != "" {
		return rule, message
	}
	if s == "" || strings.ContainsAny(s, `/\?#@`) || strings.ContainsFunc(s, unicode.IsSpace) {
		return RuleDomain, fmt.Sprintf("is %s; want only a host such as app.example.com or *.example.com", quote(s))
	}
	return "", ""
}

// atRoot reports whether name is one file at the root of the zip on every system.
func atRoot(name string) bool {
	return name != "" && name != "." && name != ".." && utf8.ValidString(name) &&
		!strings.ContainsAny(name, `/\:`) && !strings.ContainsFunc(name, unicode.IsControl)
}

func oneOf(allowed ...string) textRule {
	return func(s string) (Rule, string) {
		if slices.Contains(allowed, s) {
			return "", ""
		}
		return RuleEnum, fmt.Sprintf("is %s; want %s", quote(s), strings.Join(allowed, ", "))
	}
}

// minorVersion returns the number after "1." in a manifestVersion.
func minorVersion(value any) (minor int, ok bool) {
	s, isString := value.(string)
	if !isString || !versionPattern.MatchString(s) {
		return 0, false
	}
	minor, err := strconv.Atoi(s[len("1."):])
	return minor, err == nil
}

func jsonType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}

// quote shows the beginning of a value: a manifest may come from anyone, and a message should stay
// readable.
func quote(s string) string {
	const shown = 60
	if r := []rune(s); len(r) > shown {
		s = string(r[:shown]) + "…"
	}
	return strconv.Quote(s)
}
