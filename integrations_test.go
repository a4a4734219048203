package novu_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/novu-go/novu"
)

const integrationJSON = `{"_id":"6b046b2fff9b0c916127df91","_environmentId":"env","_organizationId":"org","identifier":"teams","name":"Teams bot",
	"providerId":"msteams","channel":"chat","active":true,"primary":false,"priority":2,
	"credentials":{"clientId":"app","secretKey":"canary","tenantId":"home","redirectUrl":"https://acme.example/done"},` + times + `}`

var (
	credentials = novu.MSTeamsCredentials{ClientID: "app", ClientSecret: "canary", TenantID: "home", RedirectURL: "https://acme.example/done"}
	integration = novu.Integration{
		ID: hexID, EnvironmentID: "env", OrganizationID: "org", Identifier: "teams", Name: "Teams bot",
		ProviderID: novu.ProviderMSTeams, Channel: novu.ChannelChat, Active: true, Priority: 2,
		Credentials: credentials, CreatedAt: created, UpdatedAt: created,
	}
)

func TestIntegrations(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.Create(ctx, novu.CreateIntegrationParams{
					Name: "Teams bot", Identifier: "teams", Active: true, Credentials: credentials, Check: true,
				})
			},
			method: http.MethodPost, path: "/v1/integrations",
			body: `{"name":"Teams bot","identifier":"teams","providerId":"msteams","channel":"chat","active":true,"check":true,
				"credentials":{"clientId":"app","secretKey":"canary","tenantId":"home","redirectUrl":"https://acme.example/done"}}`,
			status: http.StatusCreated, answer: `{"data":` + integrationJSON + `}`,
			want: &integration,
		},
		"create another provider's": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.Create(ctx, novu.CreateIntegrationParams{
					Identifier: "mail", ProviderID: "sendgrid", Channel: novu.ChannelEmail,
					Credentials: novu.MSTeamsCredentials{Extra: novu.SecretMap{"apiKey": "canary"}},
				})
			},
			method: http.MethodPost, path: "/v1/integrations",
			body:   `{"identifier":"mail","providerId":"sendgrid","channel":"email","active":false,"check":false,"credentials":{"apiKey":"canary"}}`,
			status: http.StatusCreated, answer: `{"data":{"identifier":"mail"}}`,
			want: &novu.Integration{Identifier: "mail"},
		},
		"list": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.List(ctx) },
			method: http.MethodGet, path: "/v1/integrations",
			answer: `{"data":[` + integrationJSON + `]}`,
			want:   []novu.Integration{integration},
		},
		"list active": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.ListActive(ctx) },
			method: http.MethodGet, path: "/v1/integrations/active",
			answer: `{"data":[]}`,
			want:   []novu.Integration{},
		},
		"update the name": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{Name: "Teams bot"})
			},
			method: http.MethodPut, path: "/v1/integrations/" + hexID,
			body:   `{"name":"Teams bot","check":false}`,
			answer: `{"data":` + integrationJSON + `}`,
			want:   &integration,
		},
		"deactivate": { // false is sent, absent is not
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{Active: novu.Ptr(false)})
			},
			method: http.MethodPut, path: "/v1/integrations/" + hexID,
			body:   `{"active":false,"check":false}`,
			answer: `{"data":` + integrationJSON + `}`,
			want:   &integration,
		},
		"replace the credentials": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{Identifier: "teams", Credentials: credentials, Check: true})
			},
			method: http.MethodPut, path: "/v1/integrations/" + hexID,
			body: `{"identifier":"teams","check":true,
				"credentials":{"clientId":"app","secretKey":"canary","tenantId":"home","redirectUrl":"https://acme.example/done"}}`,
			answer: `{"data":` + integrationJSON + `}`,
			want:   &integration,
		},
		"delete": { // the answer lists what remains, with encrypted secrets
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Integrations.Delete(ctx, hexID) },
			method: http.MethodDelete, path: "/v1/integrations/" + hexID,
			answer: `{"data":[{"credentials":{"secretKey":"nvsk.canary"}}]}`,
		},
		"set primary": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.SetPrimary(ctx, hexID) },
			method: http.MethodPost, path: "/v1/integrations/" + hexID + "/set-primary",
			status: http.StatusCreated, answer: `{"data":` + integrationJSON + `}`,
			want: &integration,
		},
	})
}

func TestIntegrationErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create integration": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.Create(ctx, novu.CreateIntegrationParams{Credentials: credentials})
		},
		"list integrations":        func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.List(ctx) },
		"list active integrations": func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.ListActive(ctx) },
		"update integration": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.Update(ctx, hexID, novu.UpdateIntegrationParams{Name: "n"})
		},
		"delete integration":      func(ctx context.Context, c *novu.Client) (any, error) { return nil, c.Integrations.Delete(ctx, hexID) },
		"set primary integration": func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.SetPrimary(ctx, hexID) },
	})
}

func TestIntegrationBadInput(t *testing.T) {
	t.Parallel()
	create := func(params novu.CreateIntegrationParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.Create(ctx, params) }
	}
	update := func(id string, params novu.UpdateIntegrationParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.Update(ctx, id, params) }
	}
	testBadInput(t, map[string]badInput{
		"an identifier that a path can't carry": {call: create(novu.CreateIntegrationParams{Identifier: ".."}), field: "Identifier"},
		"a client id without its secret": {
			call:  create(novu.CreateIntegrationParams{Credentials: novu.MSTeamsCredentials{ClientID: "app"}}),
			field: "Credentials.ClientSecret",
		},
		"an identifier instead of the internal id": {call: update("teams", novu.UpdateIntegrationParams{Name: "n"}), field: "id"},
		"an update of nothing":                     {call: update(hexID, novu.UpdateIntegrationParams{}), field: "params"},
		"an update of the secret alone": {
			call:  update(hexID, novu.UpdateIntegrationParams{Credentials: novu.MSTeamsCredentials{ClientSecret: "canary"}}),
			field: "Credentials.ClientID",
		},
		"a delete by identifier": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.Integrations.Delete(ctx, "teams")
			},
			field: "id",
		},
		"a primary without an id": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Integrations.SetPrimary(ctx, "") },
			field: "id",
		},
	})
}
