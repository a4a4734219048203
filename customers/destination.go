package customers

import (
	"context"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// Kind is what a destination is.
type Kind string

// The kinds of destinations. KindOther is an endpoint in Novu that this package does not make.
const (
	KindChannel Kind = "channel"
	KindPerson  Kind = "person"
	KindWebhook Kind = "webhook"
	KindOther   Kind = "other"
)

// Destination is where a subscriber's notifications land. In Novu it is a channel endpoint.
type Destination struct {
	Identifier   string // the endpoint's, for RemoveDestination
	Kind         Kind
	Name         string // "Engineering / Builds", "Ada Lovelace"; "channel, name unknown" where NameKnown is false
	NameKnown    bool
	SubscriberID string // whose notifications land here
	TeamID       string // of a channel
	ChannelID    string // of a channel
	UserID       string // of a person: the Entra object id, or the bot's id of them, "29:…"
	Host         string // of a webhook; the rest of its URL is a credential
	CreatedAt    time.Time

	connection string // the identifier of the endpoint's
	tenant     string // that the endpoint names by itself
	// The webhook's URL is in a closure, since fmt looks into unexported fields without asking for
	// a Format method.
	webhook func() novu.Secret
}

// Destinations lists the destinations of all of the customer's subscribers, the oldest first. Names
// that are not known yet are asked of Microsoft and remembered for an hour; where that
// is not allowed, they are unknown and nothing else is the worse for it.
//
// API: GET /v1/channel-endpoints
//
// API: GET /v1/channel-connections
//
// API: POST /v1.0/$batch
func (c *Customer) Destinations(ctx context.Context) iter.Seq2[Destination, error] {
	const op = "list destinations"
	return func(yield func(Destination, error) bool) {
		if err := c.check(ctx, op).err(); err != nil {
			yield(Destination{}, err)
			return
		}
		all, err := c.list(ctx, "")
		if err != nil {
			yield(Destination{}, c.wrap(op, err))
			return
		}
		c.nameFromNovu(ctx, all)
		for _, d := range all {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// list returns the destinations of a subscriber as Novu stores it, of all where that is empty.
// Names are those remembered.
func (c *Customer) list(ctx context.Context, novuSubscriber string) ([]Destination, error) {
	var all []Destination
	for e, err := range c.client.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{
		SubscriberID: novuSubscriber, ContextKeys: c.context().Keys(), IntegrationIdentifier: c.client.config.IntegrationIdentifier,
		OrderDirection: novu.Ascending,
	}) {
		if err != nil {
			return nil, err
		}
		if c.owns(e.IntegrationIdentifier, e.ContextKeys) && (novuSubscriber == "" || e.SubscriberID == novuSubscriber) {
			all = append(all, destination(e))
		}
	}
	return all, nil
}

func destination(e novu.ChannelEndpoint) Destination {
	d := Destination{
		Identifier: e.Identifier, Kind: KindOther, SubscriberID: strings.TrimSuffix(e.SubscriberID, webhookSuffix), CreatedAt: e.CreatedAt,
		connection: e.ConnectionIdentifier,
	}
	switch to := e.Endpoint.(type) {
	case novu.MSTeamsChannelEndpoint:
		d.Kind, d.TeamID, d.ChannelID = KindChannel, to.TeamID, to.ChannelID
	case novu.MSTeamsUserEndpoint:
		d.Kind, d.UserID, d.tenant = KindPerson, to.UserID, to.TenantID
	case novu.WebhookEndpoint:
		d.Kind, d.webhook = KindWebhook, func() novu.Secret { return to.URL }
		if to.Channel != "" {
			d.Name, d.NameKnown = to.Channel, true
		}
		if u, err := webhook.ParseURL(to.URL.Reveal(), webhook.WithAllowedHosts(hostOf(to.URL))); err == nil {
			d.Host = u.Host()
		}
	}
	if !d.NameKnown {
		d.Name = string(d.Kind) + ", name unknown"
	}
	return d
}

// isBots reports whether the bot writes there, rather than a workflow of the customer's.
func (d *Destination) isBots() bool { return d.Kind == KindChannel || d.Kind == KindPerson }

// rename takes the destination's name out of what is remembered.
func (d *Destination) rename(n *names, tenantID string) {
	switch d.Kind {
	case KindChannel:
		team, channel := n.get(tenantID, d.TeamID), n.get(tenantID, d.ChannelID)
		d.NameKnown = team != "" && channel != ""
		if d.NameKnown {
			d.Name = team + " / " + channel
		}
	case KindPerson:
		if person := n.get(tenantID, d.UserID); person != "" {
			d.Name, d.NameKnown = person, true
		}
	}
}

// nameFromNovu names what it can, after asking Novu for the tenant.
func (c *Customer) nameFromNovu(ctx context.Context, all []Destination) {
	if c.client.ms == nil {
		return
	}
	unnamed := false
	for _, d := range all {
		unnamed = unnamed || d.isBots()
	}
	if !unnamed {
		return
	}
	if found, err := c.connected(ctx, "name destinations"); err == nil {
		c.name(ctx, c.client.ms.Tenant(found.Workspace.ID), all, maxNaming)
	}
}

const (
	maxNaming     = 100 // requests that one list may make for names
	teamsInLookup = 10  // a request
)

// name asks Microsoft for the names that are not known, with so many requests at most. What can't
// be had stays unknown.
func (c *Customer) name(ctx context.Context, tenant *msteams.Tenant, all []Destination, budget int) {
	teams, people := c.unnamed(tenant.ID(), all)
	if most := budget * teamsInLookup; len(teams) > most {
		teams = teams[:most]
	}
	var work sync.WaitGroup
	for start := 0; start < len(teams); start += teamsInLookup {
		part := teams[start:min(start+teamsInLookup, len(teams))]
		budget--
		work.Go(func() {
			found, _ := tenant.LookupTeams(ctx, part...) // without names the rest is still right
			for _, team := range found {
				c.rememberTeam(tenant.ID(), team)
			}
		})
	}
	work.Wait()
	slots := make(chan struct{}, inParallel)
	for _, id := range people[:max(0, min(len(people), budget/2))] { // two requests each
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			c.namePerson(ctx, tenant, id)
		})
	}
	work.Wait()
	for i := range all {
		all[i].rename(&c.client.names, tenant.ID())
	}
}

// unnamed returns the ids of teams and people without a name, each once.
func (c *Customer) unnamed(tenantID string, all []Destination) (teams, people []string) {
	seen := map[string]bool{}
	for i := range all {
		d := &all[i]
		d.rename(&c.client.names, tenantID)
		switch {
		case d.NameKnown || seen[d.TeamID+d.UserID]:
			continue
		case d.Kind == KindChannel && isTeamID(d.TeamID):
			teams = append(teams, d.TeamID)
		case d.Kind == KindPerson && isUserID(d.UserID):
			people = append(people, d.UserID)
		}
		seen[d.TeamID+d.UserID] = true
	}
	return teams, people
}

func (c *Customer) rememberTeam(tenantID string, team msteams.TeamChannels) {
	c.client.names.set(tenantID, team.ID, team.DisplayName)
	for _, channel := range team.Channels {
		c.client.names.set(tenantID, channel.ID, channel.DisplayName)
	}
}

// namePerson finds a person in the bot's chat with them, which needs no permission of Graph's.
func (c *Customer) namePerson(ctx context.Context, tenant *msteams.Tenant, userID string) {
	chat, err := tenant.OpenChat(ctx, userID)
	if err != nil {
		return
	}
	for member, err := range tenant.Roster(ctx, chat) {
		if err != nil {
			return
		}
		if strings.EqualFold(member.ID, userID) || strings.EqualFold(member.ObjectID, userID) {
			c.client.names.person(tenant.ID(), &member)
			return
		}
	}
}

// RemoveDestination removes a destination by its identifier. One that is not this customer's, or
// not there, is novu.ErrNotFound, and nothing is removed.
//
// API: GET /v1/channel-endpoints/{identifier}
//
// API: DELETE /v1/channel-endpoints/{identifier}
func (c *Customer) RemoveDestination(ctx context.Context, identifier string) error {
	const op = "remove destination"
	checks := c.check(ctx, op)
	checks.required("identifier", identifier)
	checks.text("identifier", identifier)
	if err := checks.err(); err != nil {
		return err
	}
	found, err := c.client.novu.ChannelEndpoints.Get(ctx, identifier)
	switch {
	case isGone(err), err == nil && !c.owns(found.IntegrationIdentifier, found.ContextKeys):
		return c.fail(op, novu.ErrNotFound, "it has no destination "+identifier, "take the identifier from Destinations")
	case err != nil:
		return c.wrap(op, err)
	}
	return c.wrap(op, c.deleteEndpoint(ctx, identifier))
}

// deleteEndpoint removes an endpoint; one that is gone is no error.
func (c *Customer) deleteEndpoint(ctx context.Context, identifier string) error {
	if err := c.client.novu.ChannelEndpoints.Delete(ctx, identifier); !isGone(err) {
		return err
	}
	return nil
}

// RestoreDestination adds a destination again as Destinations yielded it, such as to undo its
// removal. It fails as AddChannel, AddPerson and AddWebhook do; a destination of KindOther is
// ErrInvalidParams.
//
// API: POST /v1/channel-endpoints
func (c *Customer) RestoreDestination(ctx context.Context, d Destination) (*Destination, error) {
	subscriber := d.SubscriberID
	if subscriber == c.id {
		subscriber = ""
	}
	switch {
	case d.Kind == KindChannel:
		return c.AddChannel(ctx, AddChannelParams{TeamID: d.TeamID, ChannelID: d.ChannelID, SubscriberID: subscriber})
	case d.Kind == KindPerson:
		return c.AddPerson(ctx, AddPersonParams{UserID: d.UserID, SubscriberID: subscriber})
	case d.Kind == KindWebhook && d.webhook != nil:
		params := AddWebhookParams{URL: d.webhook(), SubscriberID: subscriber}
		if d.NameKnown {
			params.Name = d.Name
		}
		return c.AddWebhook(ctx, params)
	}
	return nil, c.fail("restore destination", ErrInvalidParams, "it is not a destination that Destinations yielded", "")
}
