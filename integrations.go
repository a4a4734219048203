package novu

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	integrationsRoute = "/v1/integrations"
	integrationRoute  = integrationsRoute + "/{integrationId}"
)

// IntegrationsService manages integrations, each a provider with its credentials, and makes the
// URLs with which customers connect their tenants.
type IntegrationsService struct{ client *Client }

// IntegrationKind says what an integration is for. There may be other kinds.
type IntegrationKind string

// The kinds of integrations. Servers before mid-2026 do not tell.
const (
	IntegrationDelivery IntegrationKind = "delivery" // delivers notifications
	IntegrationAgent    IntegrationKind = "agent"    // connects an agent with the people it talks with
)

// Integration is a provider as an environment uses it.
type Integration struct {
	ID             string             `json:"_id"` // what Update, Delete and SetPrimary take
	EnvironmentID  string             `json:"_environmentId"`
	OrganizationID string             `json:"_organizationId"`
	Identifier     string             `json:"identifier"` // what connections and endpoints refer to
	Name           string             `json:"name"`
	ProviderID     ProviderID         `json:"providerId"`
	Channel        ChannelType        `json:"channel"`
	Kind           IntegrationKind    `json:"kind"`
	Active         bool               `json:"active"`
	Primary        bool               `json:"primary"`
	Priority       int                `json:"priority"`
	Credentials    MSTeamsCredentials `json:"credentials"` // empty means unknown: servers since mid-2026 withhold them
	CreatedAt      time.Time          `json:"createdAt"`
	UpdatedAt      time.Time          `json:"updatedAt"`
}

func (i *Integration) missing() string  { return missing("identifier", i.Identifier) }
func (i *Integration) identity() string { return i.Identifier }

// CreateIntegrationParams describes an integration.
type CreateIntegrationParams struct {
	Name        string      // shown in Novu's dashboard; the provider's if empty
	Identifier  string      // made here if empty
	ProviderID  ProviderID  // ProviderMSTeams if empty
	Channel     ChannelType // ChannelChat if empty
	Active      bool        // an inactive integration delivers nothing
	Credentials MSTeamsCredentials
	Check       bool // have the server try the credentials, for providers where it can
}

type createIntegrationBody struct {
	Name        string         `json:"name,omitempty"`
	Identifier  string         `json:"identifier"`
	ProviderID  ProviderID     `json:"providerId"`
	Channel     ChannelType    `json:"channel"`
	Active      bool           `json:"active"`
	Credentials map[string]any `json:"credentials,omitempty"`
	Check       bool           `json:"check"`
}

// Create makes an integration. Credentials may be left out if only webhook endpoints are to be
// used. If any is given, client id, secret and tenant id must all be. A taken identifier is
// ErrConflict. Retries never make two.
//
// API: POST /v1/integrations
func (s *IntegrationsService) Create(ctx context.Context, params CreateIntegrationParams, opts ...RequestOption) (*Integration, error) {
	const op = "create integration"
	body := createIntegrationBody{
		Name: params.Name, Identifier: params.Identifier, ProviderID: cmp.Or(params.ProviderID, ProviderMSTeams),
		Channel: cmp.Or(params.Channel, ChannelChat), Active: params.Active, Credentials: params.Credentials.wire(), Check: params.Check,
	}
	checks := checkParams(op, opts...).optionalID("Identifier", params.Identifier)
	if body.ProviderID == ProviderMSTeams && body.Credentials != nil {
		checks.credentials(params.Credentials)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	is := checks.identify(body.Identifier, string(body.ProviderID)+"-", body)
	body.Identifier = is.id
	return create(ctx, s.client, &rest.Request{
		Op: op, Method: http.MethodPost, Route: integrationsRoute, Body: body, Secrets: params.Credentials.secrets(),
	}, is, func(ctx context.Context, opts []RequestOption) (*Integration, bool, error) {
		found, err := s.find(ctx, body.Identifier, opts)
		return found, err == nil && body.matches(found), err
	}, opts)
}

// find returns the integration of this environment with that identifier. The server has no route
// for one, and older servers list those of every environment.
func (s *IntegrationsService) find(ctx context.Context, identifier string, opts []RequestOption) (*Integration, error) {
	env, err := s.client.environment(ctx, "read back integration", opts)
	if err != nil {
		return nil, err
	}
	integrations, err := s.List(ctx, opts...)
	if err != nil {
		return nil, err
	}
	for _, found := range integrations {
		if found.Identifier == identifier && found.EnvironmentID == env.ID {
			return &found, nil
		}
	}
	return nil, errors.New("the list of integrations does not hold it")
}

// matches reports whether found is what b would have created. Servers since mid-2026 withhold the
// credentials, so nothing can be said of them.
func (b *createIntegrationBody) matches(found *Integration) bool {
	credentials := found.Credentials.wire()
	return found.Identifier == b.Identifier && found.ProviderID == b.ProviderID && found.Channel == b.Channel &&
		found.Active == b.Active && (b.Name == "" || found.Name == b.Name) &&
		(len(credentials) == 0 || sameJSON(credentials, b.Credentials))
}

// List returns the integrations of the key's own environment, without their credentials. Servers
// before mid-2026 return those of every environment of the organization, with their secrets
// decrypted: mind where they go.
//
// API: GET /v1/integrations
func (s *IntegrationsService) List(ctx context.Context, opts ...RequestOption) ([]Integration, error) {
	return s.list(ctx, "list integrations", integrationsRoute, opts)
}

// ListActive returns what List does of the integrations that are active.
//
// API: GET /v1/integrations/active
func (s *IntegrationsService) ListActive(ctx context.Context, opts ...RequestOption) ([]Integration, error) {
	return s.list(ctx, "list active integrations", integrationsRoute+"/active", opts)
}

func (s *IntegrationsService) list(ctx context.Context, op, route string, opts []RequestOption) ([]Integration, error) {
	out, err := do[[]Integration](ctx, s.client, &rest.Request{Op: op, Kind: rest.Read, Method: http.MethodGet, Route: route}, opts)
	if err != nil {
		return nil, err
	}
	return *out, nil
}

// UpdateIntegrationParams changes an integration; what is not set stays.
type UpdateIntegrationParams struct {
	Name       string
	Identifier string
	Active     *bool
	// Credentials replaces the stored ones as a whole: to change one, send them all. Of a Teams
	// integration client id, secret and tenant id are required. RedirectURL is lost if it is not
	// repeated.
	Credentials MSTeamsCredentials
	Check       bool // have the server try the credentials, for providers where it can
}

type updateIntegrationBody struct {
	Name        string         `json:"name,omitempty"`
	Identifier  string         `json:"identifier,omitempty"`
	Active      *bool          `json:"active,omitempty"`
	Credentials map[string]any `json:"credentials,omitempty"`
	Check       bool           `json:"check"`
}

// Update changes the integration with this internal id (Integration.ID, not its identifier).
// Nothing to change is ErrInvalidParams.
//
// API: PUT /v1/integrations/{integrationId}
func (s *IntegrationsService) Update(ctx context.Context, id string, params UpdateIntegrationParams, opts ...RequestOption) (*Integration, error) {
	const op = "update integration"
	checks := checkParams(op, opts...).objectID(id).optionalID("Identifier", params.Identifier)
	credentials := params.Credentials.wire()
	if credentials != nil && len(params.Credentials.Extra) == 0 {
		checks.credentials(params.Credentials)
	}
	if params.Name == "" && params.Identifier == "" && params.Active == nil && credentials == nil {
		checks.add("params", "must change something")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	return do[Integration](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPut, Route: integrationRoute, Args: []string{id},
		Body: updateIntegrationBody{
			Name: params.Name, Identifier: params.Identifier, Active: params.Active, Credentials: credentials, Check: params.Check,
		},
		Secrets: params.Credentials.secrets(),
	}, opts)
}

// Delete removes the integration with this internal id. Its connections and endpoints stay, and
// fail from then on. The server's answer, the remaining integrations, is not returned.
//
// API: DELETE /v1/integrations/{integrationId}
func (s *IntegrationsService) Delete(ctx context.Context, id string, opts ...RequestOption) error {
	const op = "delete integration"
	if err := checkParams(op, opts...).objectID(id).err(); err != nil {
		return err
	}
	return s.client.delete(ctx, op, integrationRoute, id, opts)
}

// SetPrimary makes the integration with this internal id its channel's primary one. Chat has no
// primary: for a Teams integration the server answers 400.
//
// API: POST /v1/integrations/{integrationId}/set-primary
func (s *IntegrationsService) SetPrimary(ctx context.Context, id string, opts ...RequestOption) (*Integration, error) {
	const op = "set primary integration"
	if err := checkParams(op, opts...).objectID(id).err(); err != nil {
		return nil, err
	}
	return do[Integration](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: integrationRoute + "/set-primary", Args: []string{id},
	}, opts)
}
