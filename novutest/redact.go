package novutest

import (
	"net/url"
	"regexp"
)

const hidden = "[redacted]"

var (
	secretJSON = regexp.MustCompile(
		`("(?i:secretKey|clientSecret|client_secret|accessToken|access_token|refreshToken|refresh_token|id_token|apiKey|apiToken|token|password|serviceAccount|routingKey|authToken)"\s*:\s*)"(?:[^"\\]|\\.)*"`,
	)
	secretQuery = regexp.MustCompile(
		`([?&]|^|\\u0026)((?i:sig|state|code|client_secret|client_assertion|access_token|refresh_token))=[^&"\s\\]+`,
	)
	bearer = regexp.MustCompile(`(?i)\b(bearer|apikey) +[^\s"]+`)
)

// redact hides what grants access in a text that is going to be printed.
func redact(text string) string {
	text = secretJSON.ReplaceAllString(text, `$1"`+hidden+`"`)
	text = secretQuery.ReplaceAllString(text, "$1$2="+hidden)
	return bearer.ReplaceAllString(text, "$1 "+hidden)
}

// redactURL keeps only the host: of a Workflows webhook the query is the
// credential, of others the path.
func redactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return hidden
	}
	return u.Scheme + "://" + u.Host + "/" + hidden
}
