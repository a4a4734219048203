package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/novu-go/novu"
)

// recipient is the subscriber with its endpoints.
type recipient struct {
	x    *examination
	self *scope

	endpoints []*endpoint // those with exactly the question's contexts
}

func newRecipient(x *examination) *recipient {
	r := &recipient{x: x}
	r.self = x.add(&scope{
		rank: rankSubscriber, subject: title("Subscriber", x.question.SubscriberID), uses: x.upstream, links: []link{
			{check: CheckSubscriber, needs: []Check{CheckKey}, run: r.exists},
			{
				check: CheckEndpoints, needs: []Check{CheckFeature}, after: []Check{CheckIntegrations},
				run: r.match, then: r.follow,
			},
		},
	})
	return r
}

// exists warns only: a trigger makes the subscriber, and endpoints outlive it.
func (r *recipient) exists(ctx context.Context) Finding {
	found, err := r.x.doctor.novu.Subscribers.Get(ctx, r.x.question.SubscriberID)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return warning("there is no such subscriber; a trigger would create it, and reach the endpoints that are left under its id, if any",
			"Check the id's spelling, upper and lower case included, and that the key is of the environment where the subscriber was created.")
	case err != nil:
		return r.x.inconclusive(err)
	}
	return ok("it exists").with("_id", found.ID)
}

func (r *recipient) match(ctx context.Context) Finding {
	var others []novu.ChannelEndpoint
	for e, err := range r.x.doctor.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{SubscriberID: r.x.question.SubscriberID}) {
		switch {
		case err != nil:
			r.endpoints = nil
			return r.x.inconclusive(err)
		case e.SubscriberID != r.x.question.SubscriberID: // a server that ignores the filter
		case r.x.isAsked(e.ContextKeys):
			r.endpoints = append(r.endpoints, newEndpoint(r.x, e))
		default:
			others = append(others, e)
		}
	}
	slices.SortFunc(r.endpoints, func(a, b *endpoint) int { return strings.Compare(a.Identifier, b.Identifier) })
	if len(r.endpoints) > 0 {
		f := ok("%s with exactly %s", count(len(r.endpoints), "endpoint", "endpoints"), contextsOf(r.x.contexts))
		if len(others) > 0 {
			f = f.with("otherContexts", list(others, func(e novu.ChannelEndpoint) string { return e.Identifier + ": " + contextsOf(e.ContextKeys) }))
		}
		return f
	}
	return r.nothing(ctx, others)
}

func (x *examination) isAsked(keys []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(keys)), x.contexts)
}

// nothing explains why no endpoint matches, by what is closest.
func (r *recipient) nothing(ctx context.Context, others []novu.ChannelEndpoint) Finding {
	asked := contextsOf(r.x.contexts)
	if len(others) > 0 {
		return broken(
			fmt.Sprintf("no endpoint has exactly %s, so that a trigger is accepted and nothing is sent; %s other contexts",
				asked, count(len(others), "endpoint has", "endpoints have")),
			"Trigger with exactly the contexts of the endpoint, or create the endpoint (and its connection) with those of the trigger: sets are compared as a whole.",
		).with("otherContexts", list(others, func(e novu.ChannelEndpoint) string { return e.Identifier + ": " + contextsOf(e.ContextKeys) }))
	}
	f := broken(
		"the subscriber has no endpoint at all, so that a trigger is accepted and nothing is sent",
		"Create a channel endpoint for the subscriber with "+asked+", or let the person link their account (GenerateLinkUserOAuthURL).",
	)
	page, err := r.x.doctor.novu.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{ContextKeys: r.x.contexts, Limit: 100})
	if err != nil {
		return f // the near misses are a help, not the finding
	}
	if near := r.near(page.Data); len(near) > 0 {
		f.Message += "; other subscribers have some with " + asked
		f.Remedy = "Check the subscriber's id. " + f.Remedy
		f = f.with("otherSubscribers", list(near, func(e novu.ChannelEndpoint) string { return e.Identifier + ": " + e.SubscriberID }))
	}
	return f
}

// near are the endpoints of others in the same contexts, those first whose
// subscriber's id reads like the one asked for.
func (r *recipient) near(all []novu.ChannelEndpoint) []novu.ChannelEndpoint {
	near := slices.DeleteFunc(slices.Clone(all), func(e novu.ChannelEndpoint) bool { return !r.x.isAsked(e.ContextKeys) })
	asked := bare(r.x.question.SubscriberID)
	distance := func(e novu.ChannelEndpoint) int {
		if bare(e.SubscriberID) == asked {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(near, func(a, b novu.ChannelEndpoint) int { return distance(a) - distance(b) })
	return near
}

// bare drops what is easily mistaken in an id.
func bare(id string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "", ".", "").Replace(strings.ToLower(id))
}

func contextsOf(keys []string) string {
	switch len(keys) {
	case 0:
		return "no context"
	case 1:
		return "the context " + keys[0]
	}
	return "the contexts " + strings.Join(keys, ", ")
}

// mostListed keeps evidence readable.
const mostListed = 5

func list[T any](items []T, text func(T) string) string {
	var parts []string
	for _, item := range items[:min(len(items), mostListed)] {
		parts = append(parts, text(item))
	}
	if more := len(items) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// follow examines the endpoints, and what they lead through: their connections
// and integrations, each once.
func (r *recipient) follow(ctx context.Context) {
	integrations, connections := map[string]*integration{}, map[string]*connection{}
	use := func(identifier string, bot bool) *integration {
		i := integrations[identifier]
		if i == nil {
			i = newIntegration(r.x, identifier)
			integrations[identifier] = i
		}
		i.used, i.bot = true, i.bot || bot
		return i
	}
	for _, e := range r.endpoints {
		e.integration = use(e.IntegrationIdentifier, e.bot())
		if e.ConnectionIdentifier == "" || !e.bot() {
			continue
		}
		c := connections[e.ConnectionIdentifier]
		if c == nil {
			c = newConnection(r.x, e.ConnectionIdentifier)
			connections[e.ConnectionIdentifier] = c
		}
		c.users = append(c.users, e)
		e.connection = c
	}
	for _, identifier := range r.asked(len(integrations)) {
		if integrations[identifier] == nil {
			i := newIntegration(r.x, identifier)
			i.bot = true
			integrations[identifier] = i
		}
	}
	var scopes []*scope
	for _, i := range integrations {
		scopes = append(scopes, i.scope())
	}
	for _, c := range connections {
		scopes = append(scopes, c.scope())
	}
	for _, e := range r.endpoints {
		scopes = append(scopes, e.scope())
	}
	for _, s := range scopes {
		s.start(ctx)
	}
}

// asked are the integrations to examine besides those of endpoints. Where nobody
// names one they are all of Teams, or "" to say that there is none.
func (r *recipient) asked(used int) []string {
	switch {
	case r.x.question.IntegrationIdentifier != "":
		return []string{r.x.question.IntegrationIdentifier}
	case used > 0:
		return nil
	}
	var all []string
	for _, i := range r.x.server.integrations {
		if r.x.server.here(i) && i.ProviderID == novu.ProviderMSTeams {
			all = append(all, i.Identifier)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}
