package customers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// Reachability says whether notifications arrive at a destination.
type Reachability string

// What can be known about a destination without sending anything. A webhook is never more than
// NotChecked: only a message tells.
const (
	Reachable   Reachability = "reachable"
	Unreachable Reachability = "unreachable"
	NotChecked  Reachability = "not checked"
)

// DestinationStatus is a destination and whether notifications arrive there.
type DestinationStatus struct {
	Destination

	Reachability Reachability
	Err          error // why it is Unreachable or NotChecked; nil for a webhook whose URL looks right
}

// Status is how a customer stands.
type Status struct {
	Connected    bool
	Connection   *novu.ChannelConnection // nil where there is none
	TenantID     string                  // of the connection
	Organization string                  // the tenant's name, else the domain that its people share; "" if neither is known
	Consent      *msteams.Consent        // what the administrator granted; nil where Microsoft was not asked or did not answer
	Err          error                   // what is wrong with the connection, such as ErrNotConnected or ErrWrongTenant; nil if nothing is
	Destinations []DestinationStatus     // the oldest first
}

// Format prints how the customer stands in one line, whatever the verb.
func (s Status) Format(f fmt.State, _ rune) {
	state := "not connected"
	if s.Connected {
		state = "connected to " + s.TenantID
	}
	_, _ = fmt.Fprintf(f, "customers.Status(%s, destinations: %d)", state, len(s.Destinations))
}

const (
	maxStatusRequests = 25
	maxProbes         = 50
)

// Status tells whether the customer is connected, what was consented to, and which destinations can
// be reached, and if not, why. It only reads, and is meant for a page: it asks everything at once,
// one request a destination and four for the rest. Names that are not known are asked for as long
// as there are fewer than 25 requests; the next call knows more. More than 50 destinations of the
// bot are not checked. The error is Novu's: what Microsoft does not tell is in the Status.
//
// API: GET /v1/channel-connections
//
// API: GET /v1/channel-endpoints
func (c *Customer) Status(ctx context.Context) (*Status, error) {
	const op = "get status"
	if err := c.check(ctx, op).err(); err != nil {
		return nil, err
	}
	s := new(Status)
	var destinations []Destination
	var connectionErr, destinationsErr error
	var work sync.WaitGroup
	work.Go(func() { s.Connection, connectionErr = c.connection(ctx) })
	work.Go(func() { destinations, destinationsErr = c.list(ctx, "") })
	work.Wait()
	if err := cmp.Or(connectionErr, destinationsErr); err != nil {
		return nil, c.wrap(op, err)
	}
	if s.Connection == nil {
		s.Err = c.fail(op, ErrNotConnected, "Microsoft Teams is not connected", "send an administrator of the customer to ConnectURL")
	} else {
		s.TenantID, s.Organization = s.Connection.Workspace.ID, s.Connection.Workspace.Name
		s.Err = c.checkTenant(op, s.Connection)
		s.Connected = s.Err == nil
	}
	c.examine(ctx, op, s, destinations)
	return s, nil
}

// examine fills in what Microsoft knows.
func (c *Customer) examine(ctx context.Context, op string, s *Status, destinations []Destination) {
	var tenant *msteams.Tenant
	s.Destinations = make([]DestinationStatus, len(destinations))
	var work sync.WaitGroup
	if s.Connected && c.client.ms != nil {
		tenant = c.client.ms.Tenant(s.TenantID)
		work.Go(func() {
			var err error
			s.Consent, err = tenant.Consent(ctx)
			s.Err = c.consentError(op, s.Consent, err)
			c.name(ctx, tenant, slices.Clone(destinations), max(1, maxStatusRequests-4-len(destinations)))
		})
	}
	slots := make(chan struct{}, inParallel)
	probes := 0
	for i := range destinations {
		d, result := &destinations[i], &s.Destinations[i]
		if tenant != nil && d.isBots() {
			probes++
		}
		tooMany := probes > maxProbes
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			result.Reachability, result.Err = c.reachability(ctx, op, s.Connection, tenant, d, tooMany)
		})
	}
	work.Wait()
	for i := range destinations {
		if tenant != nil {
			destinations[i].rename(&c.client.names, tenant.ID()) // the rosters have named people too
		}
		s.Destinations[i].Destination = destinations[i]
	}
	if tenant != nil && s.Organization == "" {
		s.Organization = c.client.names.get(s.TenantID, organization)
	}
}

// consentError says what is missing for notifications to arrive.
func (c *Customer) consentError(op string, consent *msteams.Consent, err error) error {
	switch {
	case err != nil:
		return c.wrap(op, err)
	case consent.Refusal != nil:
		return c.wrap(op, consent.Refusal)
	}
	return nil
}

func (c *Customer) reachability(ctx context.Context, op string, connection *novu.ChannelConnection, tenant *msteams.Tenant, d *Destination, tooMany bool) (Reachability, error) {
	switch {
	case d.Kind == KindWebhook:
		if _, err := webhook.ParseURL(d.webhook().Reveal(), c.client.webhookOptions...); err != nil {
			return Unreachable, c.refused(op, "URL", err)
		}
		return NotChecked, nil
	case d.Kind == KindOther:
		return NotChecked, c.fail(op, ErrInvalidParams, "this package does not know such destinations", "")
	case connection == nil:
		return Unreachable, c.fail(op, ErrNotConnected, "Microsoft Teams is not connected", "send an administrator of the customer to ConnectURL")
	}
	if err := c.checkTenant(op, connection); err != nil {
		return Unreachable, err
	}
	if err := c.connectionOf(op, d, connection); err != nil {
		return Unreachable, err
	}
	switch {
	case tenant == nil:
		return NotChecked, c.microsoft(op)
	case tooMany:
		return NotChecked, c.fail(op, ErrInvalidParams, "there are more destinations than a page can ask about", "")
	}
	err := c.probe(ctx, tenant, d)
	if err == nil {
		return Reachable, nil
	}
	remedy := "have an owner of the team add the app in Teams; to a private channel it has to be added too"
	if d.Kind == KindPerson {
		remedy = "have the person add the app in Teams (Apps)"
	}
	err = c.outOfReach(op, err, nil, string(d.Kind), remedy)
	if errors.Is(err, ErrUnreachable) {
		return Unreachable, err
	}
	return NotChecked, err
}
