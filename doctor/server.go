package doctor

import (
	"context"
	"errors"
	"net/url"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// server is Novu itself.
type server struct {
	*subject
	x *examination

	environment  *novu.Environment  // set by CheckKey
	integrations []novu.Integration // set by CheckIntegrations
}

func examineServer(ctx context.Context, x *examination) {
	s := &server{x: x, subject: &subject{rank: rankNovu, title: "Novu"}}
	x.server = s
	if x.question.AgentIdentifier != "" {
		x.add(ctx, s.subject,
			link{name: CheckKey, run: s.checkKey},
			link{name: CheckIntegrations, needs: []Check{CheckKey}, run: s.listIntegrations},
		)
		return
	}
	x.add(ctx, s.subject,
		link{name: CheckKey, run: s.checkKey},
		link{name: CheckFeature, needs: []Check{CheckKey}, run: s.checkFeature},
		link{name: CheckRoutes, needs: []Check{CheckFeature}, run: s.checkRoutes},
		link{name: CheckCallback, run: s.checkCallback},
		link{name: CheckIntegrations, needs: []Check{CheckKey}, run: s.listIntegrations},
	)
}

func (s *server) checkKey(ctx context.Context, _ findings) Finding {
	environment, err := s.x.doctor.novu.Environment(ctx)
	at := s.x.doctor.novu.BaseURL()
	switch {
	case err == nil:
		s.environment = environment
		return ok("the secret key belongs to the environment %q", environment.Name).
			with("server", at).with("environment", environment.ID).with("organization", environment.OrganizationID)
	case errors.Is(err, novu.ErrUnauthorized):
		return broken("the server does not know the secret key",
			"Copy the key of the right environment from Novu dashboard > Developer > API Keys. Check the region too: EU keys need https://eu.api.novu.co.").
			with("server", at)
	case errors.Is(err, novu.ErrRouteNotFound):
		return broken("the server that answers is not a Novu API: "+err.Error(),
			"Check the base URL. It is the API's root, not the dashboard's.").with("server", at)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(context.Cause(ctx), new(*limitError)):
		return s.x.inconclusive(ctx, err)
	}
	// A server that can't be used is itself what is wrong.
	return broken("the server can't be used: "+err.Error(), "Check that the base URL is right and that the server is up.").with("server", at)
}

// checkFeature asks for one connection, because the feature guards every route of the connections.
func (s *server) checkFeature(ctx context.Context, _ findings) Finding {
	_, err := s.x.doctor.novu.ChannelConnections.List(ctx, novu.ListChannelConnectionsParams{Limit: 1})
	switch {
	case err == nil:
		return ok("the organization has the Teams feature")
	case errors.Is(err, novu.ErrFeatureNotEnabled):
		return broken("the Teams feature is off for the organization",
			"On your own server, set IS_SLACK_TEAMS_ENABLED=true. In Novu's cloud, ask Novu's support to enable Slack and Teams.")
	case errors.Is(err, novu.ErrRouteNotFound):
		return broken("the server is too old to know channel connections", "Update the Novu server.")
	}
	return s.x.inconclusive(ctx, err)
}

// nobody is the identifier of an integration, and of a subscriber, that does not exist.
const nobody = "novu-doctor-probe"

// checkRoutes asks a newer route for a URL that it can't make. If the server lacks the route, it
// says so. Any other refusal comes from the route.
func (s *server) checkRoutes(ctx context.Context, _ findings) Finding {
	_, err := s.x.doctor.novu.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: nobody, SubscriberID: nobody,
	})
	switch {
	case errors.Is(err, novu.ErrRouteNotFound):
		return warning("the server has only the older OAuth route",
			"Make connect and link URLs with GenerateChatOAuthURL, or update the Novu server.")
	case err == nil, errors.Is(err, novu.ErrNotFound), errors.Is(err, novu.ErrValidation):
		return ok("the server has the newer OAuth routes")
	}
	return s.x.inconclusive(ctx, err)
}

// checkCallback can't find out more than the address, because Microsoft tells nobody which ones are
// registered.
func (s *server) checkCallback(context.Context, findings) Finding {
	address := s.x.doctor.novu.CallbackURL()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && !check.IsLoopback(u.Hostname()) {
		return warning("Azure accepts only https redirect URIs, and consent would end at "+address,
			"Serve Novu's API over https. Set its API_ROOT_URL and this client's base URL accordingly.").with("redirectUri", address)
	}
	f := notNeeded("Microsoft does not tell which redirect URIs are registered; consent needs this one")
	f.Remedy = "Look in Azure portal > App registrations > (the bot's app) > Authentication > Platform Web. The redirect URIs must include " + address +
		", and the address of each page of yours to which an administrator returns after consent. setup.Config.RedirectURIs registers those"
	return f.with("redirectUri", address)
}

func (s *server) listIntegrations(ctx context.Context, _ findings) Finding {
	all, err := s.x.doctor.novu.Integrations.List(ctx)
	if err != nil {
		return s.x.inconclusive(ctx, err)
	}
	s.integrations = all
	for _, i := range all {
		s.x.hide(i.Credentials.ClientSecret)
	}
	return ok("the environment has %s for Microsoft Teams", count(len(s.teamsIntegrations()), "integration", "integrations"))
}

// teamsIntegrations are those of the environment that notify people in Teams. Agents have
// integrations of their own, which deliver no notifications.
func (s *server) teamsIntegrations() []novu.Integration {
	var teams []novu.Integration
	for _, i := range s.integrations {
		if s.isHere(i) && i.ProviderID == novu.ProviderMSTeams && i.Kind != novu.IntegrationAgent {
			teams = append(teams, i)
		}
	}
	return teams
}

// provider returns the provider of an integration of this environment, "" if it is not known.
func (s *server) provider(identifier string) novu.ProviderID {
	for _, i := range s.integrations {
		if i.Identifier == identifier && s.isHere(i) {
			return i.ProviderID
		}
	}
	return ""
}

// isHere tells whether an integration belongs to the key's environment. Older servers list those of
// the whole organization.
func (s *server) isHere(i novu.Integration) bool {
	return s.environment == nil || i.EnvironmentID == "" || i.EnvironmentID == s.environment.ID
}
