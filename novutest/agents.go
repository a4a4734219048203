package novutest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// BridgeURL is the address of a bridge that runs elsewhere on this machine, in whatever language, for
// [Server.ServeAgent].
type BridgeURL string

// ServeHTTP passes a request on to the bridge. The server itself has no need of it: Novu's side asks the
// address.
func (u BridgeURL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, err := url.Parse(string(u))
	if err != nil {
		http.Error(w, "the bridge's address can't be read", http.StatusBadGateway)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL, p.Out.Host = target.JoinPath(), target.Host
		p.Out.URL.RawQuery = p.In.URL.RawQuery
	}}
	proxy.ServeHTTP(w, r)
}

// ServeAgent makes an agent that people can write to, and lets bridge answer them: an *agent.Handler, any
// other handler that speaks Novu's protocol, or a [BridgeURL]. The agent is open to everybody, linked with
// an integration, and has a bot in Teams of its own, or that of [WithApp].
//
// An agent that is there already is mended: it gets the bridge, becomes open, and keeps its first linked
// integration. [Server.Client] changes it further. What can't be made makes ServeAgent panic, which in a
// test is a failure where the mistake is.
func (s *Server) ServeAgent(identifier string, bridge http.Handler) *novu.Agent {
	made, err := s.serveAgent(identifier, bridge)
	if err != nil {
		panic("novutest: ServeAgent: " + err.Error())
	}
	return made
}

const agentTimeout = 30 * time.Second

func (s *Server) serveAgent(identifier string, bridge http.Handler) (*novu.Agent, error) {
	ctx, cancel := context.WithTimeout(context.Background(), agentTimeout)
	defer cancel()
	client := s.Client()
	if bridge == nil {
		return nil, errors.New("the bridge is nil")
	}
	integration, bot, err := s.agentIntegration(ctx, client, identifier)
	if err != nil {
		return nil, err
	}
	address, elsewhere := bridge.(BridgeURL)
	if !elsewhere {
		address = BridgeURL(s.host.ServeBridge(identifier, bridge))
	}
	made, err := client.Agents.Ensure(ctx, novu.EnsureAgentParams{
		Identifier: identifier, BridgeURL: string(address), IntegrationIdentifier: integration,
		Behavior: novu.AgentBehavior{SubscriberAccess: novu.AccessOpen},
	})
	if err != nil {
		return nil, err
	}
	bot.Name = made.Name
	if bot.Endpoint, err = client.AgentWebhookURL(made, integration); err != nil {
		return nil, err
	}
	s.chats.AddAgent(identifier, bot)
	return made, nil
}

// agentIntegration is the integration that an agent talks through, and the bot of its credentials: the first
// that it is linked with, or a new one.
func (s *Server) agentIntegration(ctx context.Context, client *novu.Client, agent string) (identifier string, bot microsoft.Bot, err error) {
	links, err := client.Agents.Integrations(ctx, agent)
	if err != nil && !errors.Is(err, novu.ErrNotFound) {
		return "", bot, err
	}
	for _, link := range links {
		if link.Integration.ProviderID == novu.ProviderMSTeams {
			clientID, tenantID := s.novu.IntegrationBot(link.Integration.Identifier)
			return link.Integration.Identifier, microsoft.Bot{ClientID: clientID, TenantID: tenantID}, nil
		}
	}
	credentials := novu.MSTeamsCredentials{
		ClientID: emulator.UUIDOf("agent", agent), ClientSecret: "any-secret", TenantID: s.config.microsoft.TenantID,
	}
	if app := s.config.microsoft.App; app != nil {
		credentials.ClientID, credentials.ClientSecret = app.ClientID, novu.Secret(app.ClientSecret)
		credentials.TenantID = cmp.Or(app.TenantID, credentials.TenantID)
	}
	made, err := client.Integrations.Create(ctx, novu.CreateIntegrationParams{
		Identifier: agent + "-teams", Name: agent, Active: true, Credentials: credentials,
	})
	if err != nil {
		return "", bot, fmt.Errorf("making its integration: %w", err)
	}
	return made.Identifier, microsoft.Bot{ClientID: credentials.ClientID, TenantID: credentials.TenantID}, nil
}
