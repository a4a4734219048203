package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// writer is who writes to an agent: the question's subscriber, or anybody.
type writer struct {
	*subject
	x     *examination
	agent *agent
}

func examineWriter(ctx context.Context, a *agent) {
	id := a.x.question.SubscriberID
	w := &writer{x: a.x, agent: a, subject: &subject{
		rank: rankSubscriber, title: subjectTitle("Subscriber", id), uses: []*subject{a.x.server.subject},
	}}
	linked := link{name: CheckLinked, needs: []Check{CheckKey}, run: w.checkLinked}
	if id == "" {
		w.title = "Everybody who writes"
		a.x.add(ctx, w.subject, linked)
		return
	}
	linked.needs = append(linked.needs, CheckSubscriber)
	a.x.add(ctx, w.subject, link{name: CheckSubscriber, needs: []Check{CheckKey}, run: w.checkExists}, linked)
}

func (w *writer) checkExists(ctx context.Context, _ findings) Finding {
	found, err := w.x.doctor.novu.Subscribers.Get(ctx, w.x.question.SubscriberID)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		f := broken("there is no such subscriber, so Novu recognizes nobody as them",
			"Check the spelling of the id, including upper and lower case. Check too that the key belongs to the environment where the subscriber was created.")
		if !w.agent.restricted() {
			f.Verdict = Warning // an open agent answers them all the same
		}
		return f
	case err != nil:
		return w.x.inconclusive(ctx, err)
	}
	return ok("Novu knows it").with("_id", found.ID)
}

// linksOfPeople are endpoints that say who somebody in Teams is, sorted by what they are good for.
type linksOfPeople struct {
	good, byObjectID, elsewhere []novu.ChannelEndpoint
}

func (l *linksOfPeople) add(e novu.ChannelEndpoint, integrations []string) {
	to, isUser := e.Endpoint.(novu.MSTeamsUserEndpoint)
	switch {
	case !isUser:
	case !slices.Contains(integrations, e.IntegrationIdentifier):
		l.elsewhere = append(l.elsewhere, e)
	case botsUserID.MatchString(to.UserID):
		l.good = append(l.good, e)
	case check.IsGUID(to.UserID):
		l.byObjectID = append(l.byObjectID, e)
	}
}

// mostPeopleSearched is how many endpoints of an integration are read to find anybody.
const mostPeopleSearched = 500

// checkLinked looks for what Novu recognizes a writer by: an endpoint of the agent's integration with
// the bot's id for them, 29:…
func (w *writer) checkLinked(ctx context.Context, _ findings) Finding {
	integrations := w.agent.integrations()
	switch {
	case len(integrations) == 0:
		return notChecked("the agent has no integration that people could be recognized by")
	case w.x.question.SubscriberID == "" && !w.agent.restricted():
		return notNeeded("the agent is open to everybody, and the question names nobody")
	case w.x.question.SubscriberID == "":
		return w.checkAnybody(ctx, integrations)
	}
	var links linksOfPeople
	for e, err := range w.x.doctor.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{SubscriberID: w.x.question.SubscriberID}) {
		if err != nil {
			return w.x.inconclusive(ctx, err)
		}
		if e.SubscriberID == w.x.question.SubscriberID {
			links.add(e, integrations)
		}
	}
	return w.judge(links)
}

// checkAnybody is for a restricted agent, which answers nobody as long as nobody is linked.
func (w *writer) checkAnybody(ctx context.Context, integrations []string) Finding {
	var links linksOfPeople
	for _, identifier := range integrations {
		read := 0
		for e, err := range w.x.doctor.novu.ChannelEndpoints.All(ctx, novu.ListChannelEndpointsParams{IntegrationIdentifier: identifier}) {
			if err != nil {
				return w.x.inconclusive(ctx, err)
			}
			if links.add(e, integrations); len(links.good) > 0 {
				return ok("Novu recognizes people by the bot's id for them; name a subscriber to check one")
			}
			if read++; read == mostPeopleSearched {
				return notNeeded("among the first endpoints is nobody whom Novu would recognize; name a subscriber to check one")
			}
		}
	}
	return w.judge(links)
}

const linkPerson = "Create an endpoint for the agent's integration with the bot's id for the person: ChannelEndpoints.Create with MSTeamsUserEndpoint{UserID: \"29:…\"}. " +
	"Turn.LinkSubscriber does it for somebody who writes to an open agent; otherwise take Member.ID from Tenant.Roster or TeamRoster of package msteams."

func (w *writer) judge(links linksOfPeople) Finding {
	if len(links.good) > 0 {
		return ok("Novu recognizes them by the bot's id for them").with("endpoint", links.good[0].Identifier)
	}
	who, message, remedy := "the subscriber", "", linkPerson
	if w.x.question.SubscriberID == "" {
		who = "anybody"
	}
	switch {
	case len(links.byObjectID) > 0:
		message = "Novu does not recognize " + who + ": the endpoint holds the Entra object id, as a link by OAuth stores it, and messages come from the bot's id for a person, 29:…"
	case len(links.elsewhere) > 0:
		message = "Novu does not recognize " + who + ": the endpoint is for another integration, and each counts for its own"
	default:
		message = "Novu does not recognize " + who + ": no endpoint says who they are in Teams"
	}
	f := warning(message+". The agent is open, so they are answered without a subscriber", remedy)
	if w.agent.restricted() {
		f = broken(message+". The agent is restricted, so Novu refuses them", remedy+" Or open the agent: Agents.Update with Behavior.SubscriberAccess.")
	}
	identifier := func(e novu.ChannelEndpoint) string { return e.Identifier + " (" + e.IntegrationIdentifier + ")" }
	return f.with("byObjectId", list(links.byObjectID, identifier)).with("otherIntegrations", list(links.elsewhere, identifier))
}
