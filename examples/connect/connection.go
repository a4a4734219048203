package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// connection is the customer's, found by its context, nil if there is none.
func (a *app) connection(ctx context.Context, c *customer) (*novu.ChannelConnection, error) {
	page, err := a.novu.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{
		ContextKeys: c.context().Keys(), IntegrationIdentifier: a.integration, Limit: 1,
	})
	if err != nil || len(page.Data) == 0 {
		return nil, err
	}
	return &page.Data[0], nil
}

// tenant is what the bot may do in the customer's own tenant.
func (a *app) tenant(ctx context.Context, c *customer) (*msteams.Tenant, *novu.ChannelConnection, error) {
	connection, err := a.connection(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if connection == nil {
		return nil, nil, errNotConnected
	}
	return a.teams.Tenant(connection.Workspace.ID), connection, nil
}

// connect sends a new tab to Microsoft, where an administrator consents. Each
// click makes a URL of its own, good for five minutes.
func (a *app) connect(w http.ResponseWriter, r *http.Request, s *session) error {
	if err := a.links.take(s.customer, a.now()); err != nil {
		return err
	}
	// Shared: it belongs to the customer's context and to no single subscriber.
	link, err := a.novu.Integrations.GenerateConnectOAuthURL(r.Context(), novu.ConnectOAuthURLParams{
		IntegrationIdentifier: a.integration, Context: s.context(), ConnectionMode: novu.ConnectionModeShared,
	})
	if errors.Is(err, novu.ErrRouteNotFound) {
		link, err = a.novu.Integrations.GenerateChatOAuthURL(r.Context(), novu.ChatOAuthURLParams{
			IntegrationIdentifier: a.integration, Context: s.context(), ConnectionMode: novu.ConnectionModeShared,
		})
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.consent = wait{until: link.ExpiresAt}
	s.mu.Unlock()
	return a.leave(w, s, link)
}

// leave is a page that goes on to Microsoft by itself. A redirect would do, but
// the policy that forms may only be sent here holds for redirects too.
func (a *app) leave(w http.ResponseWriter, s *session, link *novu.OAuthURL) error {
	to := link.URL.Reveal()
	if a.demo != nil {
		to = a.demo.as(s.customer, to)
	}
	w.Header().Set("Refresh", "0;url="+to)
	a.show(w, http.StatusOK, "leave", s, to)
	return nil
}

// connected is where Novu sends the tab when Microsoft is done with it. The
// overview, in the other tab, has noticed by itself.
func (a *app) connected(w http.ResponseWriter, r *http.Request) {
	a.show(w, http.StatusOK, "connected", a.current(r), nil)
}

// disconnect removes what was sent through the connection before it removes
// that: endpoints without one fail every notification of their subscriber.
func (a *app) disconnect(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	connection, err := a.connection(ctx, s.customer)
	if err != nil {
		return err
	}
	if connection == nil {
		return errNotConnected
	}
	used := novu.ListChannelEndpointsParams{
		ContextKeys: s.context().Keys(), IntegrationIdentifier: a.integration, ConnectionIdentifier: connection.Identifier,
	}
	for endpoint, err := range a.novu.ChannelEndpoints.All(ctx, used) {
		if err != nil {
			return err
		}
		if err := a.novu.ChannelEndpoints.Delete(ctx, endpoint.Identifier); err != nil {
			return err
		}
	}
	if err := a.novu.ChannelConnections.Delete(ctx, connection.Identifier); err != nil {
		return err
	}
	s.say("Microsoft Teams is disconnected. An administrator can also withdraw the consent, in Entra under Enterprise applications.")
	return back(w, r, "/")
}

// links limits how many URLs a customer can have made: five at once, then one
// every ten seconds.
type links struct {
	mu         sync.Mutex
	byCustomer map[string]*rate.Limiter
}

func (l *links) take(c *customer, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byCustomer == nil {
		l.byCustomer = map[string]*rate.Limiter{}
	}
	limiter := l.byCustomer[c.ID]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Every(10*time.Second), 5)
		l.byCustomer[c.ID] = limiter
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	seconds := math.Ceil((1 - limiter.TokensAt(now)) * 10)
	return &problem{
		Status: http.StatusTooManyRequests, Text: "Too many links were made.",
		Remedy: fmt.Sprintf("Try again in %.0f seconds.", seconds), retryAfter: time.Duration(seconds) * time.Second,
	}
}

// withQuery adds a parameter to a URL.
func withQuery(raw, name, value string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.RawQuery += "&" + url.Values{name: {value}}.Encode()
	return u.String()
}
