package customers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// webhookSuffix makes the subscriber that a subscriber's webhooks belong to: see the package's
// documentation.
const webhookSuffix = ".webhooks"

func isGone(err error) bool {
	return errors.Is(err, novu.ErrNotFound) && !errors.Is(err, novu.ErrRouteNotFound)
}

func isTeamID(s string) bool    { return check.IsGUID(s) }
func isChannelID(s string) bool { return strings.HasPrefix(s, "19:") && strings.Contains(s, "@") }
func isUserID(s string) bool    { return check.IsGUID(s) || strings.HasPrefix(s, "29:") }

func hostOf(secret novu.Secret) string {
	u, err := url.Parse(secret.Reveal())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// AddChannelParams name a channel: by its ids, as Teams and Channels list them, or by its link.
type AddChannelParams struct {
	TeamID    string // a GUID
	ChannelID string // "19:…@thread.tacv2"
	// Link is what "Copy link" beside the channel in Teams yields, instead of both ids.
	Link string
	// SubscriberID is whose notifications land there; empty is the customer's own.
	SubscriberID string
}

// AddChannel makes a channel of the customer's tenant a destination. The bot is installed in the
// team where that is permitted. A channel where it can't write is ErrUnreachable, with what
// somebody has to do in Teams, and is not stored; one of another tenant is ErrWrongTenant or
// ErrUnreachable. The same channel added twice is one destination, and the second call returns the
// first one's.
//
// API: GET /v1/channel-connections
//
// API: GET /v1/channel-endpoints
//
// API: GET /v2/subscribers/{subscriberId}
//
// API: POST /v2/subscribers
//
// API: POST /v1/channel-endpoints
func (c *Customer) AddChannel(ctx context.Context, params AddChannelParams) (*Destination, error) {
	const op = "add channel"
	params, linked, err := c.checkChannel(ctx, op, params)
	if err != nil {
		return nil, err
	}
	tenant, connection, err := c.tenant(ctx, op)
	if err != nil {
		return nil, err
	}
	if linked != "" && !strings.EqualFold(linked, tenant.ID()) {
		return nil, c.fail(op, ErrWrongTenant, "the link leads to the tenant "+linked+", the customer is connected to "+tenant.ID(),
			"copy the link of a channel in the connected organization")
	}
	if err := c.reachChannel(ctx, op, tenant, params); err != nil {
		return nil, err
	}
	added, err := c.add(ctx, op, params.SubscriberID, connection.Identifier, novu.MSTeamsChannelEndpoint{TeamID: params.TeamID, ChannelID: params.ChannelID})
	return c.named(added, tenant.ID()), err
}

// checkChannel returns the ids of the channel, and the tenant that a link names.
func (c *Customer) checkChannel(ctx context.Context, op string, params AddChannelParams) (AddChannelParams, string, error) {
	checks := c.check(ctx, op)
	checks.text("SubscriberID", params.SubscriberID)
	tenant := ""
	switch {
	case params.Link != "" && (params.TeamID != "" || params.ChannelID != ""):
		checks.Add("Link", "excludes TeamID and ChannelID")
	case params.Link != "":
		link, err := msteams.ParseTeamsLink(params.Link)
		if err != nil {
			if checks.err() == nil {
				return params, "", c.refused(op, "Link", err)
			}
			break
		}
		params.TeamID, params.ChannelID, tenant = link.TeamID, link.ChannelID, link.TenantID
	case isChannelID(params.TeamID) && isTeamID(params.ChannelID):
		checks.Add("TeamID", "and ChannelID are swapped: the team's id is the GUID")
	default:
		if !isTeamID(params.TeamID) {
			checks.Add("TeamID", fmt.Sprintf("%q is not a GUID: take Team.ID, or paste the channel's link into Link", params.TeamID))
		}
		if !isChannelID(params.ChannelID) {
			checks.Add("ChannelID", fmt.Sprintf("%q is not a thread id, 19:…@thread.tacv2: take Channel.ID, or paste the channel's link into Link", params.ChannelID))
		}
	}
	return params, tenant, checks.err()
}

// refused is the error of another package's parameter check, under the name that the parameter has
// here.
func (c *Customer) refused(op, field string, err error) error {
	var fromTeams *msteams.Error
	var fromWebhook *webhook.Error
	problem := err.Error()
	var fields map[string][]string
	switch {
	case errors.As(err, &fromTeams):
		fields = fromTeams.Fields
	case errors.As(err, &fromWebhook):
		fields = fromWebhook.Fields
	}
	for _, problems := range fields {
		problem = strings.Join(problems, "; ")
	}
	return &Error{
		Op: op, Customer: c.id, Message: field + " " + problem, Fields: map[string][]string{field: {problem}}, kinds: []error{ErrInvalidParams},
	}
}

// AddPersonParams name a person: by an address or by an id.
type AddPersonParams struct {
	SubscriberID string // whose notifications land there; empty is the customer's own
	Email        string // an e-mail address or user principal name
	UserID       string // instead: the Entra object id, or the bot's id of them, "29:…"
}

// AddPerson makes a person of the customer's tenant a destination: the bot writes to them in a
// chat. The app is installed for the person where that is permitted; where the bot can't write, the
// error is ErrUnreachable and nothing is stored. The same person added twice is one destination.
//
// API: GET /v1/channel-connections
//
// API: GET /v1/channel-endpoints
//
// API: GET /v2/subscribers/{subscriberId}
//
// API: POST /v2/subscribers
//
// API: POST /v1/channel-endpoints
func (c *Customer) AddPerson(ctx context.Context, params AddPersonParams) (*Destination, error) {
	const op = "add person"
	checks := c.check(ctx, op)
	checks.text("SubscriberID", params.SubscriberID)
	checks.oneOf(map[string]string{"Email": params.Email, "UserID": params.UserID})
	if params.UserID != "" && !isUserID(params.UserID) {
		checks.Add("UserID", fmt.Sprintf("%q is neither an Entra object id, a GUID, nor the bot's id of a person, 29:…", params.UserID))
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	tenant, connection, err := c.tenant(ctx, op)
	if err != nil {
		return nil, err
	}
	userID := params.UserID
	if params.Email != "" {
		if userID, err = c.userID(ctx, op, tenant, params.Email); err != nil {
			return nil, err
		}
	}
	if err := c.reachPerson(ctx, op, tenant, userID); err != nil {
		return nil, err
	}
	if c.client.names.get(tenant.ID(), userID) == "" {
		c.namePerson(ctx, tenant, userID)
	}
	added, err := c.add(ctx, op, params.SubscriberID, connection.Identifier, novu.MSTeamsUserEndpoint{UserID: userID})
	return c.named(added, tenant.ID()), err
}

// userID finds a person by address. The object id comes first: it is what signing in stores too.
func (c *Customer) userID(ctx context.Context, op string, tenant *msteams.Tenant, address string) (string, error) {
	member, err := tenant.FindPerson(ctx, strings.TrimSpace(address))
	if errors.Is(err, ErrInvalidParams) {
		return "", c.refused(op, "Email", err)
	}
	if err != nil {
		return "", c.wrap(op, err)
	}
	c.client.names.person(tenant.ID(), member)
	if member.ObjectID != "" {
		return member.ObjectID, nil
	}
	return member.ID, nil
}

// AddWebhookParams name the webhook of a Workflow in Teams.
type AddWebhookParams struct {
	URL          novu.Secret // as the Workflow shows it
	Name         string      // for people: "Operations"; Novu keeps it in the endpoint's channel, which Teams ignores
	SubscriberID string      // whose notifications land there; empty is the customer's own
}

// Format prints the params without the URL, whatever the verb.
func (p AddWebhookParams) Format(f fmt.State, verb rune) {
	type plain AddWebhookParams
	redact.Format(f, verb, plain(p))
}

// AddWebhook makes the webhook of a Workflow a destination. It needs no connection. A URL that is
// not one of Microsoft's is ErrInvalidParams; whether it works is seen only when something is sent.
// The same URL added twice is one destination, with the name given last.
//
// API: GET /v1/channel-endpoints
//
// API: GET /v2/subscribers/{subscriberId}
//
// API: POST /v2/subscribers
//
// API: POST /v1/channel-endpoints
//
// API: PATCH /v1/channel-endpoints/{identifier}
func (c *Customer) AddWebhook(ctx context.Context, params AddWebhookParams) (*Destination, error) {
	const op = "add webhook"
	checks := c.check(ctx, op)
	checks.text("SubscriberID", params.SubscriberID)
	checks.text("Name", params.Name)
	if err := checks.err(); err != nil {
		return nil, err
	}
	to, err := webhook.ParseURL(params.URL.Reveal(), c.client.webhookOptions...)
	if err != nil {
		return nil, c.refused(op, "URL", err)
	}
	added, err := c.add(ctx, op, params.SubscriberID, "", novu.WebhookEndpoint{URL: to.Secret(), Channel: params.Name})
	return c.named(added, ""), err
}

// named fills in what is remembered.
func (c *Customer) named(e *novu.ChannelEndpoint, tenantID string) *Destination {
	if e == nil {
		return nil
	}
	d := destination(*e)
	d.rename(&c.client.names, tenantID)
	return &d
}

// add stores an endpoint of a subscriber, or finds the one that leads to the same place.
func (c *Customer) add(ctx context.Context, op, subscriberID, connection string, to novu.Endpoint) (*novu.ChannelEndpoint, error) {
	if err := c.ensureSubscriber(ctx, op, subscriberID); err != nil {
		return nil, err
	}
	owner := c.subscriber(subscriberID)
	if to.Type() == novu.EndpointWebhook {
		owner += webhookSuffix
		if err := c.makeSubscriber(ctx, owner); err != nil {
			return nil, c.wrap(op, err)
		}
	}
	params := novu.CreateChannelEndpointParams{
		Identifier: "teams_" + c.digest("endpoint", owner, place(to)), IntegrationIdentifier: c.client.config.IntegrationIdentifier,
		ConnectionIdentifier: connection, SubscriberID: owner, Context: c.context(), Endpoint: to,
	}
	found, err := c.find(ctx, &params)
	if err != nil || found != nil {
		return found, c.wrap(op, err)
	}
	made, err := c.client.novu.ChannelEndpoints.Create(ctx, params)
	if errors.Is(err, novu.ErrConflict) { // somebody added it at the same moment
		if found, findErr := c.find(ctx, &params); found != nil || findErr != nil {
			return found, c.wrap(op, findErr)
		}
	}
	return made, c.wrap(op, err)
}

// find returns the endpoint that leads where params do. One that an earlier connection left behind
// is removed.
func (c *Customer) find(ctx context.Context, params *novu.CreateChannelEndpointParams) (*novu.ChannelEndpoint, error) {
	endpoints := c.client.novu.ChannelEndpoints
	for e, err := range endpoints.All(ctx, novu.ListChannelEndpointsParams{
		SubscriberID: params.SubscriberID, ContextKeys: params.Context.Keys(), IntegrationIdentifier: params.IntegrationIdentifier,
	}) {
		switch {
		case err != nil:
			return nil, err
		case !c.owns(e.IntegrationIdentifier, e.ContextKeys) || e.SubscriberID != params.SubscriberID || place(e.Endpoint) != place(params.Endpoint):
			continue
		case !isUsable(&e, params.ConnectionIdentifier):
			if err := c.deleteEndpoint(ctx, e.Identifier); err != nil {
				return nil, err
			}
			continue
		}
		wanted, isWebhook := params.Endpoint.(novu.WebhookEndpoint)
		if stored, _ := e.Endpoint.(novu.WebhookEndpoint); isWebhook && wanted.Channel != "" && wanted.Channel != stored.Channel {
			return endpoints.Update(ctx, e.Identifier, novu.UpdateChannelEndpointParams{Endpoint: wanted})
		}
		return &e, nil
	}
	return nil, nil
}

// isUsable reports whether an endpoint goes through the connection. A person who signed in has a
// tenant instead.
func isUsable(e *novu.ChannelEndpoint, connection string) bool {
	to, isPerson := e.Endpoint.(novu.MSTeamsUserEndpoint)
	return e.ConnectionIdentifier == connection || e.ConnectionIdentifier == "" && isPerson && to.TenantID != ""
}

// place is equal for endpoints that lead to the same place.
func place(e novu.Endpoint) string {
	switch to := e.(type) {
	case novu.MSTeamsChannelEndpoint:
		return "channel " + strings.ToLower(to.TeamID) + " " + to.ChannelID
	case novu.MSTeamsUserEndpoint:
		if check.IsGUID(to.UserID) {
			return "person " + strings.ToLower(to.UserID)
		}
		return "person " + to.UserID
	case novu.WebhookEndpoint:
		return "webhook " + to.URL.Reveal()
	}
	return ""
}

// ensureSubscriber makes the customer's own subscriber where there is none. A subscriber of yours
// has to exist.
func (c *Customer) ensureSubscriber(ctx context.Context, op, given string) error {
	if given == "" {
		return c.wrap(op, c.makeSubscriber(ctx, c.id))
	}
	_, err := c.client.novu.Subscribers.Get(ctx, given)
	if isGone(err) {
		return &Error{
			Op: op, Customer: c.id, Message: "there is no subscriber " + given, cause: err,
			Remedy: "create it with Subscribers.Create, or leave SubscriberID empty for the customer's own",
		}
	}
	return c.wrap(op, err)
}

// makeSubscriber leaves one that exists as it is: creating it again would drop its data.
func (c *Customer) makeSubscriber(ctx context.Context, id string) error {
	for attempt := 0; ; attempt++ {
		_, err := c.client.novu.Subscribers.Get(ctx, id)
		if !isGone(err) {
			return err
		}
		_, err = c.client.novu.Subscribers.Create(ctx, novu.CreateSubscriberParams{SubscriberID: id, FailIfExists: true})
		again := errors.Is(err, novu.ErrConflict) || errors.Is(err, check.ErrOutcomeUnknown)
		if !again || attempt == 2 || !sleep(ctx, 100*time.Millisecond) {
			return err
		}
	}
}
