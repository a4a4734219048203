package main

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

type peoplePage struct {
	Query   string
	Team    string // the id of the chosen one
	Teams   []msteams.TeamChannels
	People  []msteams.Member
	More    bool     // than are shown
	Problem *problem // why the team's members are not there
}

// people lists the members of one team of the customer's tenant.
func (a *app) people(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	tenant, _, err := a.tenant(ctx, s.customer)
	if err != nil {
		return err
	}
	page := &peoplePage{Query: strings.TrimSpace(r.FormValue("q")), Team: r.FormValue("team")}
	if page.Teams, err = a.directories.read(ctx, tenant, a.now()); err != nil {
		return err
	}
	if page.Team == "" && len(page.Teams) > 0 {
		page.Team = page.Teams[0].ID
	}
	if page.Team != "" {
		err = page.fill(tenant.TeamRoster(ctx, page.Team))
	}
	if err != nil {
		page.Problem = explain(err)
		a.log.Error("a roster can't be read", "error", err)
	}
	a.show(w, http.StatusOK, "people", s, page)
	return nil
}

// fill reads the roster only as far as the page shows it.
func (page *peoplePage) fill(roster func(func(msteams.Member, error) bool)) error {
	for member, err := range roster {
		if err != nil {
			return err
		}
		if !contains(page.Query, member.Name, member.Email, member.UserPrincipalName) {
			continue
		}
		if page.More = len(page.People) == shown; page.More {
			return nil
		}
		page.People = append(page.People, member)
	}
	return nil
}

// addPerson registers a member of a team. The team is looked up in Graph, whose
// token is the customer's: the bot's own is good for every tenant, and with it
// alone a customer could reach another's people.
func (a *app) addPerson(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	tenant, connection, err := a.tenant(ctx, s.customer)
	if err != nil {
		return err
	}
	general, err := tenant.PrimaryChannel(ctx, r.PostFormValue("team"))
	if err != nil {
		return err
	}
	member, err := tenant.Member(ctx, general.ID, r.PostFormValue("person"))
	if err != nil {
		return err
	}
	err = a.add(ctx, s, novu.CreateChannelEndpointParams{
		SubscriberID: s.subscriber(), ConnectionIdentifier: connection.Identifier,
		Endpoint: novu.MSTeamsUserEndpoint{UserID: cmp.Or(member.ID, member.ObjectID)},
	}, cmp.Or(member.Name, member.UserPrincipalName))
	if err != nil {
		return err
	}
	return back(w, r, "/")
}

// linkPerson sends a new tab to Microsoft's sign-in; Novu then stores who it
// was as a destination.
func (a *app) linkPerson(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	_, connection, err := a.tenant(ctx, s.customer)
	if err != nil {
		return err
	}
	if err := a.links.take(s.customer, a.now()); err != nil {
		return err
	}
	link, err := a.novu.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{
		IntegrationIdentifier: a.integration, SubscriberID: s.subscriber(),
		ConnectionIdentifier: connection.Identifier, Context: s.context(),
	})
	if errors.Is(err, novu.ErrRouteNotFound) {
		return &problem{Status: http.StatusBadGateway, Text: "This Novu server is older than the sign-in of people.", Remedy: "Choose a person from the list instead."}
	}
	if err != nil {
		return err
	}
	destinations, err := a.destinations(ctx, s.customer)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.signIn = wait{until: link.ExpiresAt, before: people(destinations)}
	s.mu.Unlock()
	return a.leave(w, s, link)
}
