package novu

import (
	"regexp"
	"strings"
)

var encryptedCredentials = []string{"apiKey", "apiToken", "secretKey", "token", "password", "serviceAccount"}

// credentialProperties are the credentials that Novu knows, in its order; it
// drops others without a word.
var credentialProperties = func() []property {
	var p []property
	for _, name := range strings.Fields(`apiKey user secretKey domain password host port secure:b region accountSid
		messageProfileId token from senderName contentType applicationId clientId projectName serviceAccount baseUrl webhookUrl
		requireTls:b ignoreTls:b tlsOptions:o redirectUrl hmac:b ipPoolName apiKeyRequestHeader secretKeyRequestHeader idPath datePath
		apiToken authenticateByToken:b authenticationTokenKey accessKey instanceId alertUid title imageUrl state externalLink
		channelId phoneNumberIdentification appSid senderId tenantId AppIOBaseUrl`) {
		name, kind, _ := strings.Cut(name, ":")
		p = append(p, optional(name, map[string]rule{"": isString, "b": isBoolean, "o": isObject}[kind]))
	}
	return p
}()

func knownCredentials(v any) map[string]any {
	given, _ := v.(map[string]any)
	known := map[string]any{}
	for _, p := range credentialProperties {
		if value, has := given[p.name]; has {
			known[p.name] = value
		}
	}
	return known
}

// displayNames are the names of providers that differ from their capitalized id.
var displayNames = map[string]string{
	"msteams": "MSTeams", "sendgrid": "SendGrid", "whatsapp-business": "WhatsApp Business", "mailgun": "Mailgun",
	"aws-sns": "SNS", "sns": "SNS", "ses": "SES", "fcm": "Firebase Cloud Messaging", "apns": "APNs", "novu": "Novu Inbox",
	"telegram": "Telegram", "webex-messaging": "Webex Messaging",
}

func displayName(provider string) string {
	if name, known := displayNames[provider]; known {
		return name
	}
	return strings.ToUpper(provider[:min(1, len(provider))]) + provider[min(1, len(provider)):]
}

var (
	lowerUpper = regexp.MustCompile(`([a-z\d])([A-Z])`)
	upperWord  = regexp.MustCompile(`([A-Z]+)([A-Z][a-z\d]+)`)
	notSlug    = regexp.MustCompile(`[^a-z\d]+`)
)

func slugify(name string) string {
	name = upperWord.ReplaceAllString(lowerUpper.ReplaceAllString(name, "$1-$2"), "$1-$2")
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
}
