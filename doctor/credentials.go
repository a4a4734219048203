package doctor

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

const storeCredentials = "Store client id, secret and tenant id together, because an update replaces the credentials as a whole. Find them in Azure portal > App registrations > (the bot's app) > Overview and > Certificates & secrets."

// checkCredentials looks at what the integration holds, and chooses the app that asks Microsoft.
// Novu's update replaces credentials as a whole, so some get lost that way.
func (i *integration) checkCredentials(ctx context.Context, found findings) Finding {
	if !i.bot {
		return notNeeded("only webhooks use it, and they need no credentials")
	}
	c := i.found.Credentials
	var missing []string
	if strings.TrimSpace(c.ClientID) == "" {
		missing = append(missing, "clientId")
	}
	if strings.TrimSpace(c.ClientSecret.Reveal()) == "" {
		missing = append(missing, "secretKey")
	}
	if strings.TrimSpace(c.TenantID) == "" {
		missing = append(missing, "tenantId")
	}
	// Servers with only the older OAuth route show credentials, so what is empty there is missing.
	showsCredentials := found[CheckRoutes].Verdict == Warning
	switch {
	case len(missing) == 3 && !showsCredentials:
		return i.endOfSecret(i.withWebhooksWord(ctx, i.checkWithheldCredentials(ctx)))
	case len(missing) == 0:
		return i.endOfSecret(i.adopt(c))
	}
	return broken("it lacks "+strings.Join(missing, ", "), storeCredentials).with("clientId", c.ClientID).with("tenantId", c.TenantID)
}

// adopt has Microsoft asked with the integration's own credentials.
func (i *integration) adopt(c novu.MSTeamsCredentials) Finding {
	f := ok("client id, secret and tenant id are there").with("clientId", c.ClientID).with("tenantId", c.TenantID)
	if len(i.x.doctor.apps) == 0 {
		return f
	}
	ms, err := i.x.doctor.apps[0].WithCredentials(msteams.Credentials{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, TenantID: c.TenantID,
	})
	if err != nil {
		return broken("they can't be right: "+answerOf(err), "Copy them again from Azure portal > App registrations > (the bot's app).")
	}
	i.app = &app{ms: ms, clientID: c.ClientID, tenantID: c.TenantID}
	return f
}

// checkWithheldCredentials is for servers that keep credentials back. They still put the client id
// into consent URLs, and refuse to make one if there are no credentials.
func (i *integration) checkWithheldCredentials(ctx context.Context) Finding {
	clientID, err := i.clientIDOfConsent(ctx)
	if isMissingCredentials(err) {
		return broken("it lacks credentials", storeCredentials).with("novu", err.Error())
	}
	app := i.x.doctor.appOf(clientID)
	switch {
	case clientID == "" && len(i.x.doctor.apps) == 0:
		return notNeeded("the server keeps the credentials back")
	case clientID == "" && app == nil:
		return notChecked("the server keeps the credentials back, and none of the clients of WithMSTeams is known to be the integration's app")
	case len(i.x.doctor.apps) == 0:
		return ok("it has credentials, which the server keeps back").with("clientId", clientID)
	case app == nil:
		f := notChecked("the integration sends as the app %s, and WithMSTeams was given another one", clientID)
		f.Remedy = "Give WithMSTeams a client with the credentials of that app, so that Microsoft can be asked."
		return f
	}
	i.app = app
	if at := i.refusedLately(ctx); !at.IsZero() {
		return broken("Microsoft did not accept what Novu holds when it last sent something to the subscriber (MSTEAMS_INVALID_CREDENTIALS)", storeCredentials).
			with("clientId", app.clientID).with("at", at.UTC().Format(time.RFC3339))
	}
	return ok("the server keeps the credentials back, so Microsoft is asked with those of WithMSTeams").
		with("clientId", app.clientID).with("tenantId", app.tenantID)
}

// appOf returns the app with this client id, or the only one there is if the id is not known.
func (d *Doctor) appOf(clientID string) *app {
	for _, ms := range d.apps {
		if strings.EqualFold(ms.ClientID(), clientID) || clientID == "" && len(d.apps) == 1 {
			return &app{ms: ms, clientID: ms.ClientID(), tenantID: ms.BotTenant(), withheld: true}
		}
	}
	return nil
}

var missingCredentials = regexp.MustCompile(`missing (.* )?credentials`)

// isMissingCredentials tells apart what is 404 for the OAuth routes: no integration, no subscriber,
// or no credentials.
func isMissingCredentials(err error) bool {
	var e *novu.Error
	return errors.Is(err, novu.ErrNotFound) && errors.As(err, &e) && missingCredentials.MatchString(e.Message)
}

// refusedLately looks for the last notification to the subscriber that Novu sent with the integration as
// it is now. It returns its time if Microsoft refused Novu's credentials, which the server does not show.
func (i *integration) refusedLately(ctx context.Context) time.Time {
	if i.x.recipient == nil {
		return time.Time{} // in a sweep, one subscriber says little
	}
	latest, err := i.x.doctor.novu.Notifications.List(ctx, novu.ListNotificationsParams{
		SubscriberIDs: []string{i.x.question.SubscriberID}, Limit: 10,
	})
	if err != nil {
		return time.Time{} // it would only have helped
	}
	for _, n := range latest.Data {
		if !n.CreatedAt.After(i.found.UpdatedAt) {
			break
		}
		switch sent, refused := outcomeThrough(i.identifier, n); {
		case refused:
			return n.CreatedAt
		case sent:
			return time.Time{}
		}
	}
	return time.Time{}
}

// clientIDOfConsent reads the client id out of a consent URL. Making one stores nothing. It needs a
// subscriber that exists; the id is "" if it can't be found out.
func (i *integration) clientIDOfConsent(ctx context.Context) (string, error) {
	subscriber := i.x.question.SubscriberID
	if subscriber == "" {
		return "", nil
	}
	made, err := i.x.doctor.novu.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: i.identifier, SubscriberID: subscriber,
	})
	if errors.Is(err, novu.ErrRouteNotFound) {
		made, err = i.x.doctor.novu.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{
			IntegrationIdentifier: i.identifier, SubscriberID: subscriber, Mode: novu.OAuthModeConnect,
		})
	}
	if err != nil {
		return "", err
	}
	_, query, _ := strings.Cut(made.URL.Reveal(), "?")
	values, err := url.ParseQuery(query)
	return values.Get("client_id"), err
}
