package customers

import (
	"cmp"
	"context"
	"fmt"
	"sync"
)

// Disconnected is what Disconnect removed, and what it can't.
type Disconnected struct {
	Destinations int      // removed
	Connections  int      // removed
	TenantID     string   // that the customer was connected to; "" if it was not
	Left         []string // what only people of the customer can do, in sentences for them
}

// Disconnect removes everything that Novu has of the customer: the destinations of every
// subscriber, webhooks included, and then the connection. The subscribers stay: they are yours. It
// is idempotent: where it failed half-way, call it again; where nothing is left, it removes
// nothing.
//
// API: GET /v1/channel-endpoints
//
// API: DELETE /v1/channel-endpoints/{identifier}
//
// API: GET /v1/channel-connections
//
// API: DELETE /v1/channel-connections/{identifier}
func (c *Customer) Disconnect(ctx context.Context) (*Disconnected, error) {
	const op = "disconnect"
	if err := c.check(ctx, op).err(); err != nil {
		return nil, err
	}
	done := new(Disconnected)
	all, err := c.list(ctx, "")
	if err != nil {
		return nil, c.wrap(op, err)
	}
	channels, webhooks, err := c.removeAll(ctx, all)
	if err != nil {
		return nil, c.wrap(op, err)
	}
	done.Destinations = len(all)
	for found, err := range c.connections(ctx) {
		if err == nil {
			done.TenantID = found.Workspace.ID
			err = c.client.novu.ChannelConnections.Delete(ctx, found.Identifier)
		}
		if err != nil && !isGone(err) {
			return nil, c.wrap(op, err)
		}
		done.Connections++
	}
	done.Left = leftToPeople(done, channels, webhooks)
	return done, nil
}

// removeAll removes the destinations, several at once, and counts the channels and webhooks.
func (c *Customer) removeAll(ctx context.Context, all []Destination) (channels, webhooks int, err error) {
	errs := make([]error, len(all))
	slots := make(chan struct{}, inParallel/4)
	var work sync.WaitGroup
	for i, d := range all {
		switch d.Kind {
		case KindChannel:
			channels++
		case KindWebhook:
			webhooks++
		}
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = c.deleteEndpoint(ctx, d.Identifier)
		})
	}
	work.Wait()
	return channels, webhooks, cmp.Or(errs...)
}

func leftToPeople(done *Disconnected, channels, webhooks int) []string {
	var left []string
	if done.Connections > 0 {
		left = append(left, fmt.Sprintf("An administrator of the tenant %s can withdraw the consent: Entra admin center > Enterprise applications > (the app) > Properties > Delete.", done.TenantID))
	}
	if channels > 0 {
		left = append(left, "Owners can remove the app from their teams: (the team) > Manage team > Apps.")
	}
	if webhooks > 0 {
		left = append(left, "Whoever made the Workflows can delete them: Power Automate > My flows. Their URLs stay valid until then.")
	}
	return left
}
