package novu

import (
	"context"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	integrationsRoute = "/v1/integrations"
	integrationRoute  = integrationsRoute + "/{integrationId}"
)

// IntegrationsService manages integrations, a provider with its credentials,
// and makes the URLs with which customers connect their tenants.
type IntegrationsService struct{ client *Client }

// Integration is a provider as an environment uses it.
type Integration struct {
	ID             string             `json:"_id"` // what Update, Delete and SetPrimary take
	EnvironmentID  string             `json:"_environmentId"`
	OrganizationID string             `json:"_organizationId"`
	Identifier     string             `json:"identifier"` // what connections and endpoints refer to
	Name           string             `json:"name"`
	ProviderID     ProviderID         `json:"providerId"`
	Channel        ChannelType        `json:"channel"`
	Kind           IntegrationKind    `json:"kind"` // empty on servers before 3.19
	Active         bool               `json:"active"`
	Primary        bool               `json:"primary"`
	Priority       int                `json:"priority"`
	Credentials    MSTeamsCredentials `json:"credentials"`
	CreatedAt      time.Time          `json:"createdAt"`
	UpdatedAt      time.Time          `json:"updatedAt"`
}

// IntegrationKind says what an integration is for. There may be other kinds.
type IntegrationKind string

// The kinds of integrations.
const (
	IntegrationDelivery IntegrationKind = "delivery" // delivers notifications
	IntegrationAgent    IntegrationKind = "agent"    // connects an agent with the people it talks with
)

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

// Create makes an integration. Credentials may be left out where only webhook
// endpoints are to be used; if any is given, client id, secret and tenant id
// must all be. A taken identifier is ErrConflict. It is safe to retry: with the
// identifier made here, an attempt that had succeeded unseen is recognised.
func (s *IntegrationsService) Create(ctx context.Context, params CreateIntegrationParams, opts ...RequestOption) (*Integration, error) {
	const op = "create integration"
	if params.ProviderID == "" {
		params.ProviderID = ProviderMSTeams
	}
	if params.Channel == "" {
		params.Channel = ChannelChat
	}
	checks := checkParams(op).optionalID("Identifier", params.Identifier)
	if params.ProviderID == ProviderMSTeams && params.Credentials.wire() != nil {
		checks.credentials(params.Credentials)
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	if params.Identifier == "" {
		params.Identifier = makeID(string(params.ProviderID)+"-", opts)
	}
	out := new(Integration)
	err := s.client.send(ctx, &rest.Request{
		Op: op, Kind: rest.GuardedCreate, Method: http.MethodPost, Route: integrationsRoute,
		Body: struct {
			Name        string         `json:"name,omitempty"`
			Identifier  string         `json:"identifier"`
			ProviderID  ProviderID     `json:"providerId"`
			Channel     ChannelType    `json:"channel"`
			Active      bool           `json:"active"`
			Credentials map[string]any `json:"credentials,omitempty"`
			Check       bool           `json:"check"`
		}{
			params.Name, params.Identifier, params.ProviderID, params.Channel,
			params.Active, params.Credentials.wire(), params.Check,
		},
		Secrets: params.Credentials.secrets(),
		Decode:  decodeData(out),
		ReadBack: func(ctx context.Context) (bool, error) {
			found, err := s.find(ctx, params.Identifier)
			if found == nil {
				return false, err
			}
			*out = *found
			return params.matches(found), nil
		},
	}, opts)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// find returns the integration of this environment with that identifier, or
// nil. The server has no route for one, and its list spans environments.
func (s *IntegrationsService) find(ctx context.Context, identifier string) (*Integration, error) {
	env, err := s.client.environment(ctx, "read back integration", nil)
	if err != nil {
		return nil, err
	}
	integrations, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, found := range integrations {
		if found.Identifier == identifier && found.EnvironmentID == env.ID {
			return &found, nil
		}
	}
	return nil, nil
}

// matches reports whether found is what p would have created.
func (p *CreateIntegrationParams) matches(found *Integration) bool {
	withheld := found.Credentials.wire() == nil // as Novu 3.19 does from API keys: unknown, not missing
	return found.ProviderID == p.ProviderID && found.Channel == p.Channel && found.Active == p.Active &&
		(p.Name == "" || found.Name == p.Name) && (withheld || found.Credentials.ClientID == p.Credentials.ClientID &&
		found.Credentials.ClientSecret == p.Credentials.ClientSecret)
}

// List returns the integrations of every environment of the organization, not
// only of the key's own, with their secrets decrypted: mind where they go.
func (s *IntegrationsService) List(ctx context.Context, opts ...RequestOption) ([]Integration, error) {
	return s.list(ctx, "list integrations", integrationsRoute, opts)
}

// ListActive returns what List does of the integrations that are active.
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
	// Credentials replaces the stored ones as a whole, on the server: whoever
	// changes one must send them all, and of a Teams integration client id,
	// secret and tenant id are required here. RedirectURL is lost too if it is
	// not repeated.
	Credentials MSTeamsCredentials
	Check       bool // have the server try the credentials, for providers where it can
}

// Update changes the integration with this internal id (Integration.ID, not its
// identifier). Nothing to change is ErrInvalidParams.
func (s *IntegrationsService) Update(ctx context.Context, id string, params UpdateIntegrationParams, opts ...RequestOption) (*Integration, error) {
	const op = "update integration"
	checks := checkParams(op).objectID(id).optionalID("Identifier", params.Identifier)
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
		Body: struct {
			Name        string         `json:"name,omitempty"`
			Identifier  string         `json:"identifier,omitempty"`
			Active      *bool          `json:"active,omitempty"`
			Credentials map[string]any `json:"credentials,omitempty"`
			Check       bool           `json:"check"`
		}{params.Name, params.Identifier, params.Active, credentials, params.Check},
		Secrets: params.Credentials.secrets(),
	}, opts)
}

// Delete removes the integration with this internal id. Its connections and
// endpoints stay and fail from then on. (The server's answer, the remaining
// integrations with encrypted secrets, is not returned.)
func (s *IntegrationsService) Delete(ctx context.Context, id string, opts ...RequestOption) error {
	const op = "delete integration"
	if err := checkParams(op).objectID(id).err(); err != nil {
		return err
	}
	return s.client.delete(ctx, op, integrationRoute, id, opts)
}

// SetPrimary makes the integration with this internal id its channel's primary
// one. Chat has no primary: for a Teams integration the server answers 400.
func (s *IntegrationsService) SetPrimary(ctx context.Context, id string, opts ...RequestOption) (*Integration, error) {
	const op = "set primary integration"
	if err := checkParams(op).objectID(id).err(); err != nil {
		return nil, err
	}
	return do[Integration](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.IdempotentWrite, Method: http.MethodPost, Route: integrationRoute + "/set-primary", Args: []string{id},
	}, opts)
}
