package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// server is Novu itself.
type server struct {
	x    *examination
	self *scope

	environment  *novu.Environment // nil where it is not known
	feature      error             // why the routes of the Teams feature can't be used
	integrations []novu.Integration
}

func newServer(x *examination) *server {
	s := &server{x: x}
	s.self = x.add(&scope{rank: rankNovu, subject: "Novu", links: []link{
		{check: CheckKey, run: s.key},
		{check: CheckFeature, needs: []Check{CheckKey}, run: s.hasFeature},
		{check: CheckRoutes, needs: []Check{CheckFeature}, run: s.routes},
		{check: CheckCallback, run: s.callback},
		{check: CheckIntegrations, needs: []Check{CheckKey}, run: s.list},
	}})
	return s
}

// url is the root of the API.
func (s *server) url() string {
	root, _, _ := strings.Cut(s.x.doctor.novu.CallbackURL(), "/v1/integrations/chat/oauth/callback")
	return root
}

// key asks what guards everything else. The second half of a ping is about the
// feature; when that fails, the key was accepted.
func (s *server) key(ctx context.Context) Finding {
	environment, err := s.x.doctor.novu.Ping(ctx)
	var e *novu.Error
	switch {
	case err == nil:
		s.environment = environment
		return ok("the secret key is that of environment %q", environment.Name).
			with("server", s.url()).with("environment", environment.ID).with("organization", environment.OrganizationID)
	case errors.As(err, &e) && strings.Contains(e.Path, "/channel-connections"):
		s.feature = err
		return ok("the server knows the secret key").with("server", s.url())
	case errors.Is(err, novu.ErrUnauthorized):
		return broken("the server does not know the secret key",
			"Take the key from Novu dashboard > Developer > API Keys, of the environment that is meant, and check the region: EU keys need https://eu.api.novu.co.").
			with("server", s.url())
	case errors.Is(err, novu.ErrRouteNotFound):
		return broken("what answers is no Novu API: "+err.Error(),
			"Check the base URL: it is the API's root, not the dashboard's.").with("server", s.url())
	case errors.Is(err, context.Canceled):
		return s.x.inconclusive(err)
	}
	// A server that can't be used is what is wrong, not an open question.
	return broken("the server can't be used: "+err.Error(), "Check that the base URL is right and that the server is up.").with("server", s.url())
}

func (s *server) hasFeature(context.Context) Finding {
	switch {
	case s.feature == nil:
		return ok("the organization has the Teams feature")
	case errors.Is(s.feature, novu.ErrFeatureNotEnabled):
		return broken("the Teams feature is off for the organization",
			"In Novu's cloud ask Novu's support to enable Slack and Teams for the organization; on a server of your own set IS_SLACK_TEAMS_ENABLED=true.")
	case errors.Is(s.feature, novu.ErrRouteNotFound):
		return broken("the server is too old to know channel connections", "Update the Novu server.")
	}
	return s.x.inconclusive(s.feature)
}

// probe names nothing that exists, so that the route can only refuse it.
const probe = "novu-doctor-probe"

// routes asks a newer route for a URL that it can't make. A server without the
// route says so; any other refusal comes from the route.
func (s *server) routes(ctx context.Context) Finding {
	_, err := s.x.doctor.novu.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
		IntegrationIdentifier: probe, SubscriberID: probe,
	})
	switch {
	case errors.Is(err, novu.ErrRouteNotFound):
		return warning("the server has only the older OAuth route",
			"Make connect and link URLs with GenerateChatOAuthURL, or update the Novu server.")
	case err == nil, errors.Is(err, novu.ErrNotFound), errors.Is(err, novu.ErrValidation):
		return ok("the server has the newer OAuth routes")
	}
	return s.x.inconclusive(err)
}

// callback can't be checked: Microsoft tells nobody which addresses are registered.
func (s *server) callback(context.Context) Finding {
	address := s.x.doctor.novu.CallbackURL()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && !check.IsLoopback(u.Hostname()) {
		return warning("Azure refuses redirect URIs that are not https, and consent would end at "+address,
			"Serve Novu's API over https, and configure its API_ROOT_URL and this client's base URL accordingly.").with("redirectUri", address)
	}
	return Finding{
		Verdict: NotChecked, Message: "Microsoft does not tell which redirect URIs are registered; consent needs this one",
		Remedy: "Azure portal > App registrations > (the bot's app) > Authentication > Platform Web: " + address +
			" must be among the redirect URIs.",
	}.with("redirectUri", address)
}

func (s *server) list(ctx context.Context) Finding {
	all, err := s.x.doctor.novu.Integrations.List(ctx)
	if err != nil {
		return s.x.inconclusive(err)
	}
	s.integrations = all
	teams := 0
	for _, i := range all {
		s.x.hide(i.Credentials.ClientSecret)
		if s.here(i) && i.ProviderID == novu.ProviderMSTeams {
			teams++
		}
	}
	return ok("the environment has %s for Microsoft Teams", count(teams, "integration", "integrations"))
}

// here tells whether an integration is of the key's environment: the list is the
// whole organization's.
func (s *server) here(i novu.Integration) bool {
	return s.environment == nil || i.EnvironmentID == "" || i.EnvironmentID == s.environment.ID
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
