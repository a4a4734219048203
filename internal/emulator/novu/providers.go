package novu

import (
	"regexp"
	"slices"
	"strings"
)

// encryptedCredentials are those that Novu stores encrypted.
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

// providersByChannel are the providers of 3.19, in its order.
//
//nolint:misspell // one of them is called africas-talking
var providersByChannel = []struct {
	channel   string
	providers []string
}{
	{channel: "email", providers: strings.Fields(`anypost emailjs mailgun mailjet mandrill nodemailer postmark sendgrid sendinblue ses
		netcore infobip-email resend plunk mailersend mailtrap clickatell outlook365 novu-email sparkpost email-webhook braze
		novu-email-agent`)},
	{channel: "sms", providers: strings.Fields(`nexmo plivo sms77 sms-central sns telnyx twilio gupshup firetext infobip-sms burst-sms
		bulk-sms isend-sms forty-six-elks kannel maqsam termii africas-talking novu-sms sendchamp generic-sms clicksend bandwidth
		messagebird simpletexting azure-sms ring-central brevo-sms eazy-sms mobishastra afro-message unifonic smsmode imedia sinch
		isendpro-sms cm-telecom ruach-sms`)},
	{channel: "push", providers: strings.Fields("fcm apns expo one-signal pushpad push-webhook pusher-beams appio")},
	{channel: "in_app", providers: strings.Fields("novu")},
	{channel: "chat", providers: strings.Fields(`slack discord msteams webex-messaging mattermost ryver zulip grafana-on-call getstream
		rocket-chat whatsapp-business line chat-webhook novu-slack telegram sendblue novu-web-chat`)},
	{channel: "", providers: strings.Fields("anthropic novu-anthropic anthropic-aws")}, // models that agents think with
	{channel: "tool", providers: strings.Fields("pagerduty opsgenie grafana tool-webhook")},
}

var allProviders = func() []string {
	var all []string
	for _, c := range providersByChannel {
		all = append(all, c.providers...)
	}
	return all
}()

// channelOf is the channel of a provider, "" for one that is not known.
func channelOf(provider string) string {
	for _, c := range providersByChannel {
		if slices.Contains(c.providers, provider) {
			return c.channel
		}
	}
	return ""
}

// displayNames are the names of providers that differ from their capitalized id.
var displayNames = map[string]string{
	"msteams": "MSTeams", "sendgrid": "SendGrid", "whatsapp-business": "WhatsApp Business", "mailgun": "Mailgun",
	"aws-sns": "SNS", "sns": "SNS", "ses": "SES", "fcm": "Firebase Cloud Messaging", "apns": "APNs",
	"telegram": "Telegram", "webex-messaging": "Webex Messaging", "pagerduty": "PagerDuty", "tool-webhook": "Tool webhook",
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
