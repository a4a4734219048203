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
	*subject
	x         *examination
	endpoints []*endpoint // those with exactly the question's contexts, set by CheckEndpoints
}

func examineRecipient(ctx context.Context, x *examination) {
	r := &recipient{x: x, subject: &subject{
		rank: rankSubscriber, title: subjectTitle("Subscriber", x.question.SubscriberID), uses: []*subject{x.server.subject},
	}}
	x.recipient = r
	x.add(ctx, r.subject,
		link{name: CheckSubscriber, needs: []Check{CheckKey}, run: r.checkExists},
		link{
			name: CheckEndpoints, needs: []Check{CheckFeature}, after: []Check{CheckIntegrations},
			run: r.checkEndpoints, then: r.examineWhatIsUsed,
		},
	)
}

// checkExists only warns, because a trigger creates the subscriber and endpoints outlive it.
func (r *recipient) checkExists(ctx context.Context, _ findings) Finding {
	found, err := r.x.doctor.novu.Subscribers.Get(ctx, r.x.question.SubscriberID)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return warning("there is no such subscriber. A trigger would create it, and reach the endpoints that are left under its id, if any",
			"Check the spelling of the id, including upper and lower case. Check too that the key belongs to the environment where the subscriber was created.")
	case err != nil:
		return r.x.inconclusive(ctx, err)
	}
	return ok("Novu knows it").with("_id", found.ID)
}

func (r *recipient) checkEndpoints(ctx context.Context, _ findings) Finding {
	var others []novu.ChannelEndpoint
	for e, err := range r.x.doctor.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{SubscriberID: r.x.question.SubscriberID}) {
		switch {
		case err != nil:
			r.endpoints = nil
			return r.x.inconclusive(ctx, err)
		case e.SubscriberID != r.x.question.SubscriberID: // the server ignored the filter
		case r.x.hasContexts(e.ContextKeys):
			r.endpoints = append(r.endpoints, &endpoint{ChannelEndpoint: e, x: r.x})
		default:
			others = append(others, e)
		}
	}
	slices.SortFunc(r.endpoints, func(a, b *endpoint) int { return strings.Compare(a.Identifier, b.Identifier) })
	if len(r.endpoints) == 0 {
		return r.explainNoMatch(ctx, others)
	}
	return ok("%s exactly %s", count(len(r.endpoints), "endpoint has", "endpoints have"), contextsOf(r.x.contexts)).
		with("otherContexts", list(others, identifierAndContexts))
}

// hasContexts tells whether keys are exactly the question's contexts.
func (x *examination) hasContexts(keys []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(keys)), x.contexts)
}

func identifierAndContexts(e novu.ChannelEndpoint) string {
	return e.Identifier + ": " + contextsOf(e.ContextKeys)
}

// explainNoMatch says why no endpoint matches, by naming what comes closest.
func (r *recipient) explainNoMatch(ctx context.Context, others []novu.ChannelEndpoint) Finding {
	asked := contextsOf(r.x.contexts)
	if len(others) > 0 {
		return broken(
			fmt.Sprintf("no endpoint has exactly %s, so Novu accepts a trigger and sends nothing; %s other contexts",
				asked, count(len(others), "endpoint has", "endpoints have")),
			"Trigger with exactly the contexts of the endpoint, or create the endpoint and its connection with those of the trigger. Novu compares the whole set.",
		).with("otherContexts", list(others, identifierAndContexts))
	}
	f := broken(
		"the subscriber has no endpoint at all, so Novu accepts a trigger and sends nothing",
		"Create a channel endpoint for the subscriber with "+asked+", or let the person link their account (GenerateLinkUserOAuthURL).",
	)
	var contexts []string // nil: the server can't list what has no context, so that all are looked at
	if len(r.x.contexts) > 0 {
		contexts = r.x.contexts
	}
	page, err := r.x.doctor.novu.ChannelEndpoints.List(ctx, novu.ListChannelEndpointsParams{ContextKeys: contexts, Limit: 100})
	if err != nil {
		return f // near misses would only have helped
	}
	if near := r.nearMisses(page.Data); len(near) > 0 {
		f.Message += "; other subscribers have some with " + asked
		f.Remedy = "Check the subscriber's id. " + f.Remedy
		f = f.with("otherSubscribers", list(near, func(e novu.ChannelEndpoint) string { return e.Identifier + ": " + e.SubscriberID }))
	}
	return f
}

// nearMisses are the endpoints of other subscribers in the same contexts. Those come first whose
// subscriber's id reads like the one asked for.
func (r *recipient) nearMisses(all []novu.ChannelEndpoint) []novu.ChannelEndpoint {
	near := slices.DeleteFunc(slices.Clone(all), func(e novu.ChannelEndpoint) bool { return !r.x.hasContexts(e.ContextKeys) })
	asked := lettersOf(r.x.question.SubscriberID)
	distance := func(e novu.ChannelEndpoint) int {
		if lettersOf(e.SubscriberID) == asked {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(near, func(a, b novu.ChannelEndpoint) int { return distance(a) - distance(b) })
	return near
}

// lettersOf drops from an id what is easily mistaken.
func lettersOf(id string) string {
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

// examineWhatIsUsed examines the endpoints, and the integrations and connections that they use.
func (r *recipient) examineWhatIsUsed(ctx context.Context) {
	route := newRoute(r.x)
	for _, e := range r.endpoints {
		route.use(e)
	}
	for _, identifier := range r.otherIntegrations(len(route.integrations) > 0) {
		route.require(route.integration(identifier), true)
	}
	route.examine(ctx)
}

// otherIntegrations are those to examine besides the ones of the endpoints. If neither an endpoint
// nor the question names one, they are the active ones for Teams. A single "" says that there is
// none.
func (r *recipient) otherIntegrations(used bool) []string {
	switch {
	case r.x.question.IntegrationIdentifier != "":
		return []string{r.x.question.IntegrationIdentifier}
	case used:
		return nil
	}
	teams := r.x.server.teamsIntegrations()
	if len(teams) == 0 {
		return []string{""}
	}
	var active []string
	for _, i := range teams {
		if i.Active {
			active = append(active, i.Identifier)
		}
	}
	return active
}
