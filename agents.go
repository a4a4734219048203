package novu

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/novu-go/novu/internal/rest"
)

const (
	agentsRoute            = "/v1/agents"
	agentRoute             = agentsRoute + "/{identifier}"
	agentBridgeRoute       = agentRoute + "/bridge"
	agentIntegrationsRoute = agentRoute + "/integrations"
	agentIntegrationRoute  = agentIntegrationsRoute + "/{linkId}"
)

// AgentsService manages agents: bots that people write to. Package agent answers them.
type AgentsService struct{ client *Client }

// Agent is a bot that people write to.
type Agent struct {
	ID              string        `json:"_id"` // part of AgentWebhookURL; everything else takes Identifier
	Identifier      string        `json:"identifier"`
	Name            string        `json:"name"`
	Description     string        `json:"description"`
	Active          bool          `json:"active"` // an inactive agent drops messages without a word
	Behavior        AgentBehavior `json:"behavior"`
	BridgeURL       string        `json:"bridgeUrl"`
	DevBridgeURL    string        `json:"devBridgeUrl"`
	DevBridgeActive bool          `json:"devBridgeActive"` // messages go to DevBridgeURL instead
	Runtime         string        `json:"runtime"`         // "self-hosted" or "managed"
	EnvironmentID   string        `json:"_environmentId"`
	OrganizationID  string        `json:"_organizationId"`
	CreatedAt       time.Time     `json:"createdAt"`
	UpdatedAt       time.Time     `json:"updatedAt"`
}

// SubscriberAccess says who may write to an agent.
type SubscriberAccess string

// What an agent's access can be.
const (
	// AccessOpen lets everybody write.
	AccessOpen SubscriberAccess = "open"
	// AccessRestricted lets only people write whom Novu recognizes as subscribers. It is what a new
	// agent has.
	AccessRestricted SubscriberAccess = "restricted"
)

// AgentBehavior is how an agent treats people. Fields that are not set stay as they are on the
// server.
type AgentBehavior struct {
	SubscriberAccess SubscriberAccess `json:"subscriberAccess,omitempty"`
	// AcknowledgeOnReceived shows "typing" when a message arrives. The server's default is true.
	AcknowledgeOnReceived *bool `json:"acknowledgeOnReceived,omitempty"`
}

// has reports whether b is what want asks for.
func (b AgentBehavior) has(want AgentBehavior) bool {
	return (want.SubscriberAccess == "" || b.SubscriberAccess == want.SubscriberAccess) &&
		(want.AcknowledgeOnReceived == nil || b.AcknowledgeOnReceived != nil && *b.AcknowledgeOnReceived == *want.AcknowledgeOnReceived)
}

// CreateAgentParams describes an agent.
type CreateAgentParams struct {
	Identifier  string // required; letters, digits, dots, hyphens and underscores
	Name        string // required; up to 60 characters
	Description string
	// BridgeURL is where Novu delivers messages. The server resolves its host at once and refuses
	// one with a private address.
	BridgeURL string
	Behavior  AgentBehavior
}

const maxAgentName = 60

var agentIdentifier = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[-._][a-zA-Z0-9]+)*$`)

func (c *checks) agentName(name string) *checks {
	if n := utf8.RuneCountInString(name); n > maxAgentName {
		c.add("Name", fmt.Sprintf("is %d characters long, the server takes %d", n, maxAgentName))
	}
	return c
}

func (c *checks) agentIdentifier(identifier string) *checks {
	if identifier != "" && !agentIdentifier.MatchString(identifier) {
		c.add("Identifier", fmt.Sprintf("%q must consist of letters and digits, with single dots, hyphens or underscores between them", identifier))
	}
	return c.required("Identifier", identifier)
}

func (c *checks) bridgeURL(bridge string) *checks {
	if bridge == "" {
		return c
	}
	u, err := url.Parse(bridge)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		c.add("BridgeURL", "must be an absolute URL with http or https")
	case u.User != nil:
		c.add("BridgeURL", "must not contain a user or password")
	}
	return c
}

// Create makes an agent with the bridge and the behavior that are asked for.
//
// A taken identifier is ErrConflict. The server then makes an agent under another identifier, which
// is removed again. The server takes bridge and behavior only in a second request. If that fails,
// the agent is removed too, and the error is the second request's. If the removal fails, the error
// says which agent is left.
//
// A first request that may have been carried out is not repeated. Create looks for the agent
// instead, and takes one that equals what was asked for as its own.
//
// API: POST /v1/agents
//
// API: PATCH /v1/agents/{identifier}
func (s *AgentsService) Create(ctx context.Context, params CreateAgentParams, opts ...RequestOption) (*Agent, error) {
	const op = "create agent"
	err := checkParams(op, opts...).agentIdentifier(params.Identifier).required("Name", params.Name).agentName(params.Name).
		bridgeURL(params.BridgeURL).err()
	if err != nil {
		return nil, err
	}
	made, err := s.make(ctx, op, params, opts)
	if err != nil {
		return nil, err
	}
	change := UpdateAgentParams{Behavior: params.Behavior}
	if params.BridgeURL != "" {
		change.BridgeURL = &params.BridgeURL
	}
	if change == (UpdateAgentParams{}) {
		return made, nil
	}
	agent, err := s.Update(ctx, made.Identifier, change, opts...)
	if err != nil {
		return nil, s.undo(ctx, made.Identifier, err)
	}
	return agent, nil
}

// make creates the agent without bridge and behavior.
func (s *AgentsService) make(ctx context.Context, op string, params CreateAgentParams, opts []RequestOption) (*Agent, error) {
	agent, err := do[Agent](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Post, Method: http.MethodPost, Route: agentsRoute,
		Body: struct {
			Name        string `json:"name"`
			Identifier  string `json:"identifier"`
			Description string `json:"description,omitempty"`
		}{Name: params.Name, Identifier: params.Identifier, Description: params.Description},
	}, opts)
	if err != nil {
		if found := s.madeAfterAll(ctx, params, err, opts); found != nil {
			return found, nil
		}
		return nil, err
	}
	if agent.Identifier != params.Identifier {
		taken := &Error{
			Op: op, StatusCode: http.StatusConflict, Message: fmt.Sprintf("the identifier %q is taken", params.Identifier),
			Path: agentsRoute, kind: ErrConflict, method: http.MethodPost, Attempts: 1,
		}
		return nil, s.undo(ctx, agent.Identifier, taken)
	}
	return agent, nil
}

// madeAfterAll returns the agent that a failed request has made, or nil.
func (s *AgentsService) madeAfterAll(ctx context.Context, params CreateAgentParams, failure error, opts []RequestOption) *Agent {
	if !errors.Is(failure, ErrOutcomeUnknown) {
		return nil
	}
	found, err := s.Get(ctx, params.Identifier, opts...)
	if err != nil || found.Name != params.Name || found.Description != params.Description {
		return nil
	}
	return found
}

const undoTimeout = 10 * time.Second

// undo removes an agent that is not to be left behind. It returns why, and what is left if the
// agent can't be removed.
func (s *AgentsService) undo(ctx context.Context, identifier string, why error) error {
	if identifier == "" {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if err := s.Delete(ctx, identifier); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w; the agent %q was made and could not be removed: %w", why, identifier, err)
	}
	return why
}

// Get returns an agent by its identifier. One that is not there is ErrNotFound.
//
// API: GET /v1/agents/{identifier}
func (s *AgentsService) Get(ctx context.Context, identifier string, opts ...RequestOption) (*Agent, error) {
	const op = "get agent"
	if err := checkParams(op, opts...).id("identifier", identifier).err(); err != nil {
		return nil, err
	}
	return do[Agent](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: agentRoute, Args: []string{identifier},
	}, opts)
}

// ListAgentsParams filters and orders a list of agents.
type ListAgentsParams struct {
	IdentifierContains string         `url:"identifier,omitempty"`     // part of the identifier; Get finds exactly one
	Limit              int            `url:"limit,omitempty"`          // per page, 1 to 100; 0 is 10 for List and 100 for All
	After              string         `url:"after,omitempty"`          // a page's Next
	Before             string         `url:"before,omitempty"`         // a page's Previous
	OrderDirection     OrderDirection `url:"orderDirection,omitempty"` // default Descending
}

// List returns one page of agents.
//
// API: GET /v1/agents
func (s *AgentsService) List(ctx context.Context, params ListAgentsParams, opts ...RequestOption) (*Page[Agent], error) {
	const op = "list agents"
	if err := checkParams(op, opts...).page(params.Limit, params.After, params.Before, nil).err(); err != nil {
		return nil, err
	}
	return list[Agent](ctx, s.client, op, agentsRoute, params, opts)
}

// All yields every agent that matches, page by page as it is consumed. It stops at the first error
// and survives the deletion of what it has yielded.
//
// API: GET /v1/agents
func (s *AgentsService) All(ctx context.Context, params ListAgentsParams, opts ...RequestOption) iter.Seq2[Agent, error] {
	if params.Limit == 0 {
		params.Limit = maxLimit
	}
	return all("list agents", params.After, params.Before, func(after string) (*Page[Agent], error) {
		params.After = after
		return s.List(ctx, params, opts...)
	})
}

// UpdateAgentParams changes an agent. What is not set stays.
type UpdateAgentParams struct {
	Name            string        `json:"name,omitempty"` // up to 60 characters
	Description     *string       `json:"description,omitempty"`
	Active          *bool         `json:"active,omitempty"`
	Behavior        AgentBehavior `json:"behavior,omitzero"`
	BridgeURL       *string       `json:"bridgeUrl,omitempty"`       // SetBridge can remove it
	DevBridgeURL    *string       `json:"devBridgeUrl,omitempty"`    // ErrForbidden in a production environment
	DevBridgeActive *bool         `json:"devBridgeActive,omitempty"` // ErrForbidden in a production environment
}

// Update changes an agent. An agent that is not there is ErrNotFound. Nothing to change is
// ErrInvalidParams.
//
// API: PATCH /v1/agents/{identifier}
func (s *AgentsService) Update(ctx context.Context, identifier string, params UpdateAgentParams, opts ...RequestOption) (*Agent, error) {
	const op = "update agent"
	checks := checkParams(op, opts...).id("identifier", identifier).agentName(params.Name)
	if params == (UpdateAgentParams{}) {
		checks.add("params", "must change something")
	}
	if params.BridgeURL != nil {
		checks.required("BridgeURL", *params.BridgeURL).bridgeURL(*params.BridgeURL)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return do[Agent](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPatch, Route: agentRoute, Args: []string{identifier}, Body: params,
	}, opts)
}

// SetBridge sets where Novu delivers an agent's messages. An empty URL removes the bridge: Novu
// then answers people itself. The server resolves the host and refuses one with a private address
// (ErrValidation), unless a self-hosted server allows it in NOVU_SAFE_OUTBOUND_ALLOW.
//
// API: PUT /v1/agents/{identifier}/bridge
func (s *AgentsService) SetBridge(ctx context.Context, identifier, bridgeURL string, opts ...RequestOption) (*Agent, error) {
	const op = "set agent bridge"
	if err := checkParams(op, opts...).id("identifier", identifier).bridgeURL(bridgeURL).err(); err != nil {
		return nil, err
	}
	body := map[string]any{"bridgeUrl": nil}
	if bridgeURL != "" {
		body["bridgeUrl"] = bridgeURL
	}
	return do[Agent](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPut, Route: agentBridgeRoute, Args: []string{identifier}, Body: body,
	}, opts)
}

// Delete removes an agent. One that is not there is ErrNotFound.
//
// API: DELETE /v1/agents/{identifier}
func (s *AgentsService) Delete(ctx context.Context, identifier string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete agent", agentRoute, identifier, opts)
}

// AgentWebhookURL returns the address that Teams sends a bot's messages to: the messaging endpoint
// of the bot in Azure. It holds the agent's ID, so it takes the agent itself, as Get or Ensure
// return it.
func (c *Client) AgentWebhookURL(agent *Agent, integrationIdentifier string) (string, error) {
	checks := checkParams("make agent webhook URL").id("integrationIdentifier", integrationIdentifier)
	if agent == nil {
		return "", checks.add("agent", "must not be nil").err()
	}
	if err := checks.objectID(agent.ID).err(); err != nil {
		return "", err
	}
	return c.BaseURL() + agentsRoute + "/" + agent.ID + "/webhook/" + url.PathEscape(integrationIdentifier), nil
}
