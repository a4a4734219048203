package emulator

import (
	"net/url"
	"regexp"
)

// Hidden stands where a secret was.
const Hidden = "[redacted]"

var (
	secretJSON = regexp.MustCompile(
		`("(?i:secretKey|clientSecret|client_secret|accessToken|access_token|refreshToken|refresh_token|id_token|apiKey|apiToken|token|password|serviceAccount|routingKey|authToken)"\s*:\s*)"(?:[^"\\]|\\.)*"`,
	)
	secretQuery = regexp.MustCompile(
		`([?&]|^|\\u0026)((?i:sig|state|code|client_secret|client_assertion|access_token|refresh_token))=[^&"\s\\]+`,
	)
	bearer = regexp.MustCompile(`(?i)\b(bearer|apikey) +[^\s"]+`)
)

// Redact hides what grants access in a text that is going to be printed.
func Redact(text string) string {
	text = secretJSON.ReplaceAllString(text, `$1"`+Hidden+`"`)
	text = secretQuery.ReplaceAllString(text, "$1$2="+Hidden)
	return bearer.ReplaceAllString(text, "$1 "+Hidden)
}

// RedactURL keeps only scheme and host. The credential of a Workflows webhook is
// in its query; that of other webhooks is in the path.
func RedactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return Hidden
	}
	return u.Scheme + "://" + u.Host + "/" + Hidden
}
