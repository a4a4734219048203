package customers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/msteams"
)

// ConnectParams say what the administrator's consent may lead to.
type ConnectParams struct {
	// TenantID is the customer's Microsoft 365 tenant, a GUID, where you know it. Microsoft then
	// accepts no other, and a connection to another is ErrWrongTenant from then on.
	TenantID string
	// RedirectURL is a page of yours that Microsoft sends the administrator to instead of Novu's,
	// so that a declined consent can end there. Register it as a redirect URI of the app. The page
	// gives the query to [Client.FinishConnect].
	RedirectURL string
}

// ConnectURL returns the address where an administrator of the customer consents to the bot. It is
// valid for five minutes; make a fresh one for each click. Novu then stores a connection, which
// [Customer.WaitConnected] waits for. A customer that is connected to another tenant than
// params.TenantID is ErrWrongTenant: it has to disconnect first.
//
// API: GET /v1/channel-connections
//
// API: POST /v1/integrations/channel-connections/oauth
//
// API: POST /v1/integrations/chat/oauth
func (c *Customer) ConnectURL(ctx context.Context, params ConnectParams) (*novu.OAuthURL, error) {
	const op = "make connect URL"
	checks := c.check(ctx, op)
	if params.TenantID != "" && !check.IsGUID(params.TenantID) {
		checks.Add("TenantID", "must be the tenant's GUID, not its domain")
	}
	if u, err := url.Parse(params.RedirectURL); params.RedirectURL != "" && (err != nil || u.Host == "") {
		checks.Add("RedirectURL", "is not an absolute URL")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	if params.TenantID != "" {
		found, err := c.connection(ctx)
		if err != nil {
			return nil, c.wrap(op, err)
		}
		if found != nil && !strings.EqualFold(found.Workspace.ID, params.TenantID) {
			return nil, c.fail(op, ErrWrongTenant, "it is connected to the tenant "+found.Workspace.ID+", not to "+params.TenantID,
				"call Disconnect, then connect the other tenant")
		}
	}
	link, err := c.connectURL(ctx, c.connectionIdentifier(params.TenantID))
	if err != nil {
		return nil, c.wrap(op, err)
	}
	link.URL, err = adjusted(link.URL, params)
	return link, c.wrap(op, err)
}

// connectURL asks for a connection that is shared: it belongs to the customer and to no single
// subscriber.
func (c *Customer) connectURL(ctx context.Context, identifier string) (*novu.OAuthURL, error) {
	integrations := c.client.novu.Integrations
	link, err := integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: c.client.config.IntegrationIdentifier, ConnectionIdentifier: identifier,
		Context: c.context(), ConnectionMode: novu.ConnectionModeShared,
	})
	if errors.Is(err, novu.ErrRouteNotFound) {
		link, err = integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{
			IntegrationIdentifier: c.client.config.IntegrationIdentifier, ConnectionIdentifier: identifier,
			Context: c.context(), ConnectionMode: novu.ConnectionModeShared,
		})
	}
	return link, err
}

// adjusted narrows the consent page to one tenant and sends its answer to another address. Novu
// signs neither.
func adjusted(link novu.Secret, params ConnectParams) (novu.Secret, error) {
	u, err := url.Parse(link.Reveal())
	if err != nil {
		return "", errors.New("the connect URL that Novu made is not a URL")
	}
	if params.TenantID != "" {
		u.Path = strings.Replace(u.Path, "/organizations/", "/"+params.TenantID+"/", 1)
	}
	if params.RedirectURL != "" {
		query := u.Query()
		query.Set("redirect_uri", params.RedirectURL)
		u.RawQuery = query.Encode()
	}
	return novu.Secret(u.String()), nil
}

// FinishConnect takes the query that Microsoft sent an administrator's browser to
// ConnectParams.RedirectURL with, and returns where to redirect that browser next: to Novu, which
// stores the connection and sends the browser on to the integration's redirect URL. Where the
// administrator declined, the error is msteams.ErrConsentDeclined: show a page of yours. It sends
// nothing. The address carries signed state, so don't log it.
func (c *Client) FinishConnect(query url.Values) (novu.Secret, error) {
	if _, err := msteams.ParseConsentCallback(query); err != nil {
		return "", &Error{Op: "finish connect", cause: err}
	}
	return novu.Secret(c.novu.CallbackURL() + "?" + query.Encode()), nil
}

// WaitConnected returns the customer's connection as soon as there is one. It asks every one to
// five seconds, through errors that may pass, until ctx ends; give it a deadline. The error then is
// ErrNotConnected as well as the context's: Novu does not tell whether the administrator declined
// or never came. A connection to another tenant than ConnectURL asked for is ErrWrongTenant.
//
// API: GET /v1/channel-connections
func (c *Customer) WaitConnected(ctx context.Context) (*novu.ChannelConnection, error) {
	const op = "wait for connection"
	if err := c.check(ctx, op).err(); err != nil {
		return nil, err
	}
	for pause := time.Second; ; pause = min(pause*3/2, 5*time.Second) {
		found, err := c.connected(ctx, op)
		if err == nil || !mayPass(err) {
			return found, err
		}
		if !sleep(ctx, pause) {
			return nil, &Error{
				Op: op, Customer: c.id, Message: "no administrator has consented yet", kinds: []error{ErrNotConnected, ctx.Err()}, cause: err,
				Remedy: "the link is valid for five minutes: make a new one with ConnectURL",
			}
		}
	}
}

// mayPass reports whether it is worth asking again.
func mayPass(err error) bool {
	return errors.Is(err, ErrNotConnected) || isOutage(err)
}

// isOutage reports whether a service was not to be reached, or too busy.
func isOutage(err error) bool {
	var fromNovu *novu.Error
	var fromMicrosoft *msteams.Error
	switch {
	case errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &fromNovu):
		return fromNovu.StatusCode == 0 && !errors.Is(err, ErrInvalidParams) || errors.Is(err, novu.ErrServer) || errors.Is(err, novu.ErrRateLimited)
	case errors.As(err, &fromMicrosoft):
		return fromMicrosoft.StatusCode == 0 && len(fromMicrosoft.Fields) == 0 || errors.Is(err, msteams.ErrServer) || errors.Is(err, msteams.ErrThrottled)
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Tenant returns what the bot may do in the customer's own tenant. It is there for what this
// package does not offer. Without a connection the error is ErrNotConnected.
//
// API: GET /v1/channel-connections
func (c *Customer) Tenant(ctx context.Context) (*msteams.Tenant, error) {
	const op = "get tenant"
	tenant, _, err := c.tenant(ctx, op)
	return tenant, err
}

func (c *Customer) tenant(ctx context.Context, op string) (*msteams.Tenant, *novu.ChannelConnection, error) {
	if err := c.check(ctx, op).err(); err != nil {
		return nil, nil, err
	}
	if err := c.microsoft(op); err != nil {
		return nil, nil, err
	}
	found, err := c.connected(ctx, op)
	if err != nil {
		return nil, nil, err
	}
	return c.client.ms.Tenant(found.Workspace.ID), found, nil
}

// connected is the customer's connection, to the tenant that was expected.
func (c *Customer) connected(ctx context.Context, op string) (*novu.ChannelConnection, error) {
	found, err := c.connection(ctx)
	if err != nil {
		return nil, c.wrap(op, err)
	}
	if found == nil {
		return nil, c.fail(op, ErrNotConnected, "Microsoft Teams is not connected", "send an administrator of the customer to ConnectURL")
	}
	return found, c.checkTenant(op, found)
}

// checkTenant compares the connection's tenant with the one that ConnectURL asked for.
func (c *Customer) checkTenant(op string, found *novu.ChannelConnection) error {
	expected := c.expectedTenant(found.Identifier)
	if expected == "" || strings.EqualFold(expected, found.Workspace.ID) {
		return nil
	}
	return c.fail(op, ErrWrongTenant, "an administrator of the tenant "+found.Workspace.ID+" consented, but "+expected+" was expected",
		"call Disconnect, then send an administrator of the right tenant to ConnectURL")
}

// connection is the customer's connection, nil where there is none. Novu keeps one for a context; a
// subscriber's own may stand beside it.
func (c *Customer) connection(ctx context.Context) (*novu.ChannelConnection, error) {
	var first *novu.ChannelConnection
	for found, err := range c.connections(ctx) {
		if err != nil {
			return nil, err
		}
		if found.SubscriberID == "" {
			return &found, nil
		}
		if first == nil {
			first = &found
		}
	}
	return first, nil
}

// connections yields every connection of the customer. What a server lets through its filters is
// dropped.
func (c *Customer) connections(ctx context.Context) func(func(novu.ChannelConnection, error) bool) {
	all := c.client.novu.ChannelConnections.All(ctx, novu.ListChannelConnectionsParams{
		ContextKeys: c.context().Keys(), IntegrationIdentifier: c.client.config.IntegrationIdentifier,
	})
	return func(yield func(novu.ChannelConnection, error) bool) {
		for found, err := range all {
			if err == nil && !c.owns(found.IntegrationIdentifier, found.ContextKeys) {
				continue
			}
			if !yield(found, err) {
				return
			}
		}
	}
}

// owns reports whether something in Novu is this customer's.
func (c *Customer) owns(integration string, contextKeys []string) bool {
	return integration == c.client.config.IntegrationIdentifier && slices.Equal(contextKeys, c.context().Keys())
}

// connectionIdentifier names the connection to be. The tenant that is expected is a part of the
// name, so that it is known to whoever finds the connection.
func (c *Customer) connectionIdentifier(tenantID string) string {
	name := "teams_" + c.digest("connection")
	if tenantID != "" {
		name += "_" + strings.ToLower(tenantID)
	}
	return name
}

func (c *Customer) expectedTenant(identifier string) string {
	expected, ours := strings.CutPrefix(identifier, c.connectionIdentifier("")+"_")
	if !ours || !check.IsGUID(expected) {
		return ""
	}
	return expected
}

// digest is the same for the same things of the same customer, so that a repetition meets what it
// made before.
func (c *Customer) digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range append([]string{c.client.config.IntegrationIdentifier, c.client.config.ContextType, c.id}, parts...) {
		sum.Write([]byte(part + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil))[:24]
}

// LinkURL returns the address where a person signs in with Microsoft and becomes a destination of
// the subscriber; an empty subscriberID is the customer's own. It is valid for five minutes. On a
// Novu server that can't do it the error is novu.ErrRouteNotFound: use AddPerson there.
//
// API: GET /v1/channel-connections
//
// API: GET /v2/subscribers/{subscriberId}
//
// API: POST /v2/subscribers
//
// API: POST /v1/integrations/channel-endpoints/oauth
func (c *Customer) LinkURL(ctx context.Context, subscriberID string) (*novu.OAuthURL, error) {
	const op = "make link URL"
	checks := c.check(ctx, op)
	checks.text("subscriberID", subscriberID)
	if err := checks.err(); err != nil {
		return nil, err
	}
	found, err := c.connected(ctx, op)
	if err != nil {
		return nil, err
	}
	if err := c.ensureSubscriber(ctx, op, subscriberID); err != nil {
		return nil, err
	}
	link, err := c.client.novu.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{
		IntegrationIdentifier: c.client.config.IntegrationIdentifier, SubscriberID: c.subscriber(subscriberID),
		ConnectionIdentifier: found.Identifier, Context: c.context(),
	})
	if errors.Is(err, novu.ErrRouteNotFound) {
		return nil, &Error{
			Op: op, Customer: c.id, Message: "this Novu server can't link people by signing in", cause: err,
			Remedy: "add the person by e-mail with AddPerson, or update Novu",
		}
	}
	return link, c.wrap(op, err)
}
