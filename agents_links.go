package novu

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// AgentIntegration is the link of an agent with the integration that it talks through.
type AgentIntegration struct {
	ID          string            `json:"_id"`
	AgentID     string            `json:"_agentId"`
	Integration LinkedIntegration `json:"integration"`
	ConnectedAt time.Time         `json:"connectedAt"` // of the first message from Teams; zero before it
	CreatedAt   time.Time         `json:"createdAt"`
	UpdatedAt   time.Time         `json:"updatedAt"`
}

func (a *AgentIntegration) missing() string  { return missing("_id", a.ID) }
func (a *AgentIntegration) identity() string { return a.Integration.Identifier }

// LinkedIntegration is what a link tells of its integration.
type LinkedIntegration struct {
	ID         string      `json:"_id"`
	Identifier string      `json:"identifier"`
	Name       string      `json:"name"`
	ProviderID ProviderID  `json:"providerId"`
	Channel    ChannelType `json:"channel"`
	Active     bool        `json:"active"` // messages arrive through an inactive integration too
}

func linkChecks(op, agentIdentifier, integrationIdentifier string, opts []RequestOption) error {
	return checkParams(op, opts...).id("agentIdentifier", agentIdentifier).id("integrationIdentifier", integrationIdentifier).err()
}

// LinkIntegration lets an agent talk through an integration, which must hold client id, secret and
// tenant id. A link that is there already is ErrConflict. In a production environment it is
// ErrForbidden: there, the first message from Teams makes the link.
//
// API: POST /v1/agents/{identifier}/integrations
func (s *AgentsService) LinkIntegration(ctx context.Context, agentIdentifier, integrationIdentifier string, opts ...RequestOption) (*AgentIntegration, error) {
	const op = "link agent integration"
	if err := linkChecks(op, agentIdentifier, integrationIdentifier, opts); err != nil {
		return nil, err
	}
	return create(ctx, s.client, &rest.Request{
		Op: op, Method: http.MethodPost, Route: agentIntegrationsRoute, Args: []string{agentIdentifier},
		Body: map[string]string{"integrationIdentifier": integrationIdentifier},
	}, identity{id: integrationIdentifier, guard: rest.IdentifierChosen}, func(ctx context.Context, opts []RequestOption) (*AgentIntegration, bool, error) {
		link, err := s.link(ctx, op, agentIdentifier, integrationIdentifier, opts)
		return link, link != nil, err
	}, opts)
}

// Integrations returns all integrations that an agent is linked with.
//
// API: GET /v1/agents/{identifier}/integrations
func (s *AgentsService) Integrations(ctx context.Context, agentIdentifier string, opts ...RequestOption) ([]AgentIntegration, error) {
	const op = "list agent integrations"
	if err := checkParams(op, opts...).id("agentIdentifier", agentIdentifier).err(); err != nil {
		return nil, err
	}
	var links []AgentIntegration
	for link, err := range all(op, "", "", func(after string) (*Page[AgentIntegration], error) {
		query := url.Values{"limit": {strconv.Itoa(maxLimit)}}
		if after != "" {
			query.Set("after", after)
		}
		return s.links(ctx, op, agentIdentifier, query, opts)
	}) {
		if err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

func (s *AgentsService) links(ctx context.Context, op, agent string, query url.Values, opts []RequestOption) (*Page[AgentIntegration], error) {
	page := new(Page[AgentIntegration])
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: agentIntegrationsRoute, Args: []string{agent}, Query: query, Decode: decode(page),
	}, opts)
	if err != nil {
		return nil, err
	}
	return page, nil
}

// link returns the link with the integration of that identifier, or nil.
func (s *AgentsService) link(ctx context.Context, op, agent, integration string, opts []RequestOption) (*AgentIntegration, error) {
	page, err := s.links(ctx, op, agent, url.Values{"integrationIdentifier": {integration}}, opts)
	if err != nil {
		return nil, err
	}
	for _, link := range page.Data {
		if link.Integration.Identifier == integration {
			return &link, nil
		}
	}
	return nil, nil
}

// UnlinkIntegration removes the link with the integration of this identifier. A link that is not
// there is ErrNotFound.
//
// API: GET /v1/agents/{identifier}/integrations
//
// API: DELETE /v1/agents/{identifier}/integrations/{linkId}
func (s *AgentsService) UnlinkIntegration(ctx context.Context, agentIdentifier, integrationIdentifier string, opts ...RequestOption) error {
	const op = "unlink agent integration"
	if err := linkChecks(op, agentIdentifier, integrationIdentifier, opts); err != nil {
		return err
	}
	link, err := s.link(ctx, op, agentIdentifier, integrationIdentifier, opts)
	if err != nil {
		return err
	}
	if link == nil {
		return &Error{
			Op: op, Message: fmt.Sprintf("the agent %q is not linked with the integration %q", agentIdentifier, integrationIdentifier),
			kind: ErrNotFound,
		}
	}
	return s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodDelete, Route: agentIntegrationRoute,
		Args: []string{agentIdentifier, link.ID}, Gone: isGone,
	}, opts)
}

// EnsureAgentParams describes an agent that is to be there, ready to be written to.
type EnsureAgentParams struct {
	Identifier            string // required; letters, digits, dots, hyphens and underscores
	Name                  string // up to 60 characters; a new agent without one is named after its identifier
	BridgeURL             string // where Novu delivers messages; see CreateAgentParams
	Behavior              AgentBehavior
	IntegrationIdentifier string // the integration to link; empty: none, as in production, where the first message links
}

// Ensure makes an agent, or mends one that differs: its name, bridge, behavior and the link with
// the integration. What is not set stays as it is, an inactive agent stays inactive. Ensure is safe
// to repeat, and a repeat finishes what an earlier call left undone.
//
// API: GET /v1/agents/{identifier}
//
// API: POST /v1/agents
//
// API: PATCH /v1/agents/{identifier}
//
// API: POST /v1/agents/{identifier}/integrations
func (s *AgentsService) Ensure(ctx context.Context, params EnsureAgentParams, opts ...RequestOption) (*Agent, error) {
	err := checkParams("ensure agent", opts...).agentIdentifier(params.Identifier).agentName(params.Name).bridgeURL(params.BridgeURL).
		optionalID("IntegrationIdentifier", params.IntegrationIdentifier).err()
	if err != nil {
		return nil, err
	}
	agent, err := s.Get(ctx, params.Identifier, opts...)
	switch {
	case errors.Is(err, ErrNotFound):
		agent, err = s.createOrMend(ctx, params, opts)
	case err == nil:
		agent, err = s.mend(ctx, agent, params, opts)
	}
	if err != nil || params.IntegrationIdentifier == "" {
		return agent, err
	}
	link, err := s.link(ctx, "ensure agent", params.Identifier, params.IntegrationIdentifier, opts)
	if err != nil {
		return nil, err
	}
	if link == nil {
		_, err = s.LinkIntegration(ctx, params.Identifier, params.IntegrationIdentifier, opts...)
		if err != nil && !errors.Is(err, ErrConflict) {
			return nil, err
		}
	}
	return agent, nil
}

// createOrMend meets an agent that somebody else made in the meantime.
func (s *AgentsService) createOrMend(ctx context.Context, params EnsureAgentParams, opts []RequestOption) (*Agent, error) {
	create := CreateAgentParams{
		Identifier: params.Identifier, Name: params.Name, BridgeURL: params.BridgeURL, Behavior: params.Behavior,
	}
	if create.Name == "" {
		create.Name = string([]rune(params.Identifier)[:min(len(params.Identifier), maxAgentName)])
	}
	agent, err := s.Create(ctx, create, opts...)
	if !errors.Is(err, ErrConflict) {
		return agent, err
	}
	agent, err = s.Get(ctx, params.Identifier, opts...)
	if err != nil {
		return nil, err
	}
	return s.mend(ctx, agent, params, opts)
}

func (s *AgentsService) mend(ctx context.Context, agent *Agent, params EnsureAgentParams, opts []RequestOption) (*Agent, error) {
	var change UpdateAgentParams
	if params.Name != "" && agent.Name != params.Name {
		change.Name = params.Name
	}
	if params.BridgeURL != "" && agent.BridgeURL != params.BridgeURL {
		change.BridgeURL = &params.BridgeURL
	}
	if !agent.Behavior.has(params.Behavior) {
		change.Behavior = params.Behavior
	}
	if change == (UpdateAgentParams{}) {
		return agent, nil
	}
	return s.Update(ctx, agent.Identifier, change, opts...)
}
