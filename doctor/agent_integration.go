package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
)

// withWebhooksWord adds to what is known of credentials that the server keeps back. The agent's webhook
// tells whether all three are there: without them Novu can't make the bot, and says so before it looks
// at who asks.
func (i *integration) withWebhooksWord(ctx context.Context, known Finding) Finding {
	if i.agent == nil || i.agent.link(i.identifier) == nil || !i.agent.found.Active || known.Verdict == Broken {
		return known
	}
	address, err := i.x.doctor.novu.AgentWebhookURL(i.agent.found, i.identifier)
	if err != nil {
		return known
	}
	answer, err := i.x.doctor.get(ctx, address, http.Header{})
	if err != nil {
		return known
	}
	var said struct {
		Message string `json:"message"`
		Error   string `json:"error"`
	}
	_ = json.Unmarshal(answer.body, &said) // a text is no error
	switch {
	case answer.status == http.StatusBadRequest && strings.Contains(said.Message, "requires appId, appPassword"):
		return broken("it lacks client id, secret or tenant id, so Novu takes no message from Teams", storeCredentials).with("novu", said.Message)
	case known.exempt && answer.status == http.StatusBadRequest && strings.TrimSpace(string(answer.body)) == "Invalid JSON",
		known.exempt && answer.status == http.StatusUnauthorized && said.Error == "Missing authorization header":
		return ok("client id, secret and tenant id are there, and the server keeps them back")
	}
	return known
}

// checkMessagingEndpoint compares where Azure hands the bot's messages to. Only Azure knows for
// certain; the link tells whether a message has ever come.
func (i *integration) checkMessagingEndpoint(context.Context, findings) Finding {
	want, err := i.x.doctor.novu.AgentWebhookURL(i.agent.found, i.identifier)
	if err != nil {
		return notChecked("%v", err)
	}
	if u, err := url.Parse(want); err != nil || u.Scheme != "https" && !check.IsLoopback(u.Hostname()) {
		return warning("Azure accepts only https messaging endpoints, and the agent's would be "+want,
			"Serve Novu's API over https, and give this client its base URL.").with("expected", want)
	}
	compare := "Open Azure portal > Azure Bot > (the bot) > Settings > Configuration. The messaging endpoint must be " + want
	if given, told := i.x.doctor.endpoints[i.identifier]; told {
		return compareEndpoints(given, want, compare)
	}
	l := i.agent.link(i.identifier)
	if l != nil && !l.ConnectedAt.IsZero() {
		f := notNeeded("Azure was not asked where it hands the bot's messages to; the first one came on " + l.ConnectedAt.UTC().Format(time.RFC3339))
		f.Remedy = "If none comes any more: " + compare
		return f
	}
	f := notChecked("no message from Teams has come yet, and Azure was not asked where it hands the bot's messages to; see WithMessagingEndpoint")
	f.Remedy = compare
	return f
}

// compareEndpoints forgives another host: Novu's may have a name inside of a network, and another outside.
func compareEndpoints(given, want, compare string) Finding {
	has, err := url.Parse(strings.TrimSpace(given))
	wanted, wantErr := url.Parse(want)
	switch {
	case strings.TrimSpace(given) == "":
		return broken("the bot has no messaging endpoint, so no message leaves Teams", compare).with("expected", want)
	case err != nil || wantErr != nil:
		return broken("the bot's messaging endpoint is no URL", compare).with("expected", want)
	case has.Path != wanted.Path || has.RawQuery != "":
		return broken("the bot's messaging endpoint is not the agent's webhook, so its messages go elsewhere", compare).
			with("messagingEndpoint", withoutQuery(has)).with("expected", want)
	case !strings.EqualFold(has.Scheme+"://"+has.Host, wanted.Scheme+"://"+wanted.Host):
		return warning("the bot's messaging endpoint is the agent's webhook at another host than this client's base URL",
			"It is right if Novu's API is to be reached there from outside. Otherwise: "+compare).
			with("messagingEndpoint", withoutQuery(has)).with("expected", want)
	}
	return ok("Azure hands the bot's messages to the agent's webhook").with("messagingEndpoint", withoutQuery(has))
}

const (
	makeConversational = "Build the package with manifest.App.Conversational, or set Config.AgentIdentifier in package setup, and upload it with a higher version: Teams admin center > Teams apps > Manage apps."

	tellNewPackage = "Our app in your Microsoft 365 tenant only takes messages from us, so nobody can write to it. Please upload the new app package that we send you: Teams admin center > Teams apps > Manage apps."
)

// checkManifest reads the manifest that the caller gave. Graph tells that the app is there, and in which
// version, but not whether people may write to its bot.
func (i *integration) checkManifest(ctx context.Context, found findings) Finding {
	var inCatalog string
	var state msteams.PublishingState
	if i.app != nil && i.app.tenantID != "" && found[CheckGraph].Verdict == OK {
		if app, err := i.x.directory(i.app.tenantID, i).catalogApp(ctx); err == nil {
			inCatalog, state = app.Version, app.PublishingState
		}
	}
	m := i.x.doctor.manifests[i.identifier]
	if m == nil {
		f := notChecked("Microsoft Graph does not tell whether people may write to the bot; see WithManifest")
		if inCatalog != "" {
			f.Message += ". The catalog has the app in version " + inCatalog
		}
		f.Remedy = "In the app's manifest.json, bots[].isNotificationOnly must be false or absent, and scopes must contain personal."
		return f
	}
	f := i.judgeManifest(m)
	switch version, _ := m.Fields["version"].(string); {
	case f.Verdict != OK || inCatalog == "":
	case inCatalog != version:
		f = warning("people may write to the bot with this manifest, but it has the version "+version+" and the tenant's catalog "+inCatalog,
			"Upload the package of this manifest: Teams admin center > Teams apps > Manage apps.").telling(tellNewPackage)
	case state == msteams.PublishingSubmitted, state == msteams.PublishingRejected:
		f = warning("people may write to the bot with this version of the app, which is "+string(state)+" in the tenant's catalog, so they do not have it",
			"Have a Teams administrator publish it: Teams admin center > Teams apps > Manage apps.")
	}
	return f.with("catalogVersion", inCatalog)
}

func (i *integration) judgeManifest(m *manifest.Manifest) Finding {
	clientID := i.found.Credentials.ClientID
	if i.app != nil {
		clientID = i.app.clientID
	}
	bots, _ := m.Fields["bots"].([]any)
	var bot map[string]any
	var ids []string
	for _, one := range bots {
		fields, _ := one.(map[string]any)
		id, _ := fields["botId"].(string)
		ids = append(ids, id)
		if bot == nil && (clientID == "" || strings.EqualFold(id, clientID)) {
			bot = fields
		}
	}
	notificationOnly, _ := bot["isNotificationOnly"].(bool)
	scopes, _ := bot["scopes"].([]any)
	personal := slices.ContainsFunc(scopes, func(scope any) bool {
		name, _ := scope.(string)
		return strings.EqualFold(name, string(manifest.ScopePersonal))
	})
	switch {
	case len(bots) == 0:
		return broken("the manifest has no bot", makeConversational).telling(tellNewPackage)
	case bot == nil:
		return broken("the manifest is another bot's: none of its bots has the integration's client id", "Build the package with this client id.").
			with("clientId", clientID).with("botIds", list(ids, func(s string) string { return s }))
	case notificationOnly:
		return broken("the manifest says isNotificationOnly, so Teams lets nobody write to the bot", makeConversational).telling(tellNewPackage)
	case !personal:
		return warning("the manifest lacks the scope personal, so nobody can write to the bot directly", makeConversational).telling(tellNewPackage)
	}
	return ok("people may write to the bot")
}
