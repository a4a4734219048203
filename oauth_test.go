package novu_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

const (
	urlJSON = `{"data":{"url":"https://login.example/consent?state=canary"}}`
	address = novu.Secret("https://login.example/consent?state=canary")
)

// urlOf leaves out when the address expires, which depends on the clock.
func urlOf(link *novu.OAuthURL, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return link.URL, nil
}

func TestOAuthURLs(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"connect a subscriber": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return urlOf(c.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
					IntegrationIdentifier: "teams", SubscriberID: "acme",
				}))
			},
			method: http.MethodPost, path: "/v1/integrations/channel-connections/oauth",
			body:   `{"integrationIdentifier":"teams","subscriberId":"acme","autoLinkUser":false}`,
			status: http.StatusCreated, answer: urlJSON, want: address,
		},
		"connect with everything": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return urlOf(c.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{
					IntegrationIdentifier: "teams", SubscriberID: "acme", ConnectionIdentifier: "teams-acme", Context: acme, ContextHash: "proof",
					Scope: []string{"https://graph.microsoft.com/.default"}, ConnectionMode: novu.ConnectionModeShared, AutoLinkUser: true,
				}))
			},
			method: http.MethodPost, path: "/v1/integrations/channel-connections/oauth",
			body: `{"integrationIdentifier":"teams","subscriberId":"acme","connectionIdentifier":"teams-acme","context":{"tenant":"acme"},
				"contextHash":"proof","scope":["https://graph.microsoft.com/.default"],"connectionMode":"shared","autoLinkUser":true}`,
			status: http.StatusCreated, answer: urlJSON, want: address,
		},
		"link a user": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return urlOf(c.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{
					IntegrationIdentifier: "teams", SubscriberID: "ada", ConnectionIdentifier: "teams-acme", Context: acme, ContextHash: "proof",
					UserScope: []string{"openid", "User.Read"},
				}))
			},
			method: http.MethodPost, path: "/v1/integrations/channel-endpoints/oauth",
			body: `{"integrationIdentifier":"teams","subscriberId":"ada","connectionIdentifier":"teams-acme","context":{"tenant":"acme"},
				"contextHash":"proof","userScope":["openid","User.Read"]}`,
			status: http.StatusCreated, answer: urlJSON, want: address,
		},
		"link with any provider": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Integrations.GenerateLink(ctx, novu.LinkParams{
					IntegrationIdentifier: "telegram", SubscriberID: "ada", Context: acme, ContextHash: "proof",
				})
			},
			method: http.MethodPost, path: "/v1/integrations/channel-endpoints/link",
			body:   `{"integrationIdentifier":"telegram","subscriberId":"ada","context":{"tenant":"acme"},"contextHash":"proof"}`,
			status: http.StatusCreated, answer: `{"data":{"url":"https://login.example/consent?state=canary","providerMetadata":{"bot":"acme"}}}`,
			want: &novu.Link{URL: address, ProviderMetadata: map[string]any{"bot": "acme"}},
		},
		"the older route": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return urlOf(c.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{
					IntegrationIdentifier: "teams", SubscriberID: "ada", ConnectionIdentifier: "teams-acme", Context: acme, Mode: novu.OAuthModeLinkUser,
				}))
			},
			method: http.MethodPost, path: "/v1/integrations/chat/oauth",
			body: `{"integrationIdentifier":"teams","subscriberId":"ada","connectionIdentifier":"teams-acme","context":{"tenant":"acme"},
				"autoLinkUser":false,"mode":"link_user"}`,
			status: http.StatusCreated, answer: urlJSON, want: address,
		},
	})
}

// The server accepts its own signature for five minutes, counted from when it was asked.
func TestOAuthURLExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := time.Now()
		mock := roundTripper(func(*http.Request) (*http.Response, error) {
			time.Sleep(20 * time.Second)
			return httpmock.NewStringResponse(http.StatusCreated, urlJSON), nil
		})
		link, err := mocked(t, mock).Integrations.GenerateConnectOAuthURL(t.Context(), novu.ConnectOAuthURLParams{
			IntegrationIdentifier: "teams", SubscriberID: "acme",
		})
		require.NoError(t, err)
		assert.Equal(t, asked.Add(5*time.Minute), link.ExpiresAt)
	})
}

func oauthCalls() map[string]call {
	return map[string]call{
		"generate connect URL": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateConnectOAuthURL(ctx, novu.ConnectOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "acme"})
		},
		"generate link-user URL": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateLinkUserOAuthURL(ctx, novu.LinkUserOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "ada"})
		},
		"generate link": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateLink(ctx, novu.LinkParams{IntegrationIdentifier: "teams", SubscriberID: "ada"})
		},
		"generate chat OAuth URL": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateChatOAuthURL(ctx, novu.ChatOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "acme"})
		},
	}
}

func TestOAuthURLErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, oauthCalls())
}

// A success without the URL is of no use.
func TestOAuthAnswerWithoutURL(t *testing.T) {
	t.Parallel()
	for op, call := range oauthCalls() {
		for _, answer := range []string{`{"data":{}}`, `{"data":{"url":""}}`, `{"data":null}`, `<html>`} {
			t.Run(op+"/"+answer, func(t *testing.T) {
				t.Parallel()
				mock := httpmock.NewMockTransport()
				mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusCreated, answer))
				got, err := call(t.Context(), mocked(t, mock))
				assert.Empty(t, got)
				var e *novu.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, http.StatusCreated, e.StatusCode)
			})
		}
	}
}

func TestOAuthURLBadInput(t *testing.T) {
	t.Parallel()
	connect := func(params novu.ConnectOAuthURLParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateConnectOAuthURL(ctx, params)
		}
	}
	linkUser := func(params novu.LinkUserOAuthURLParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateLinkUserOAuthURL(ctx, params)
		}
	}
	chat := func(params novu.ChatOAuthURLParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateChatOAuthURL(ctx, params)
		}
	}
	link := func(params novu.LinkParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Integrations.GenerateLink(ctx, params)
		}
	}
	valid := novu.ConnectOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "acme"}
	testBadInput(t, map[string]badInput{
		"connect: neither subscriber nor context": {
			call:  connect(with(valid, func(p *novu.ConnectOAuthURLParams) { p.SubscriberID = "" })),
			field: "SubscriberID",
		},
		"connect: no integration": {
			call:  connect(with(valid, func(p *novu.ConnectOAuthURLParams) { p.IntegrationIdentifier = "" })),
			field: "IntegrationIdentifier",
		},
		"connect: a connection that a path can't carry": {
			call:  connect(with(valid, func(p *novu.ConnectOAuthURLParams) { p.ConnectionIdentifier = ".." })),
			field: "ConnectionIdentifier",
		},
		"connect: shared without a context": {
			call:  connect(with(valid, func(p *novu.ConnectOAuthURLParams) { p.ConnectionMode = novu.ConnectionModeShared })),
			field: "Context",
		},
		"connect: six contexts": {
			call:  connect(with(valid, func(p *novu.ConnectOAuthURLParams) { p.Context = tooMany })),
			field: "Context",
		},
		"connect: link a user without a subscriber": {
			call:  connect(novu.ConnectOAuthURLParams{IntegrationIdentifier: "teams", Context: acme, AutoLinkUser: true}),
			field: "SubscriberID",
		},
		"link user: no subscriber": {call: linkUser(novu.LinkUserOAuthURLParams{IntegrationIdentifier: "teams"}), field: "SubscriberID"},
		"link user: no integration": {
			call:  linkUser(novu.LinkUserOAuthURLParams{SubscriberID: "ada"}),
			field: "IntegrationIdentifier",
		},
		"link: no subscriber":  {call: link(novu.LinkParams{IntegrationIdentifier: "teams"}), field: "SubscriberID"},
		"link: no integration": {call: link(novu.LinkParams{SubscriberID: "ada"}), field: "IntegrationIdentifier"},
		"chat: neither subscriber nor context": {
			call:  chat(novu.ChatOAuthURLParams{IntegrationIdentifier: "teams"}),
			field: "SubscriberID",
		},
	})
}

func TestGenerateLinkOnTheEmulator(t *testing.T) {
	t.Parallel()
	_, c := emulator(t)
	link, err := c.Integrations.GenerateLinkUserOAuthURL(t.Context(), novu.LinkUserOAuthURLParams{IntegrationIdentifier: teams, SubscriberID: someone})
	require.NoError(t, err)
	assert.Contains(t, link.URL.Reveal(), "/oauth2/v2.0/authorize?")
	_, err = c.Integrations.GenerateLinkUserOAuthURL(t.Context(), novu.LinkUserOAuthURLParams{IntegrationIdentifier: teams, SubscriberID: "ghost"})
	require.ErrorIs(t, err, novu.ErrNotFound)
}

// A server of before mid-2026 answers with an administrator's consent, whatever it is asked for.
func TestALinkUserURLThatAsksForConsentIsRefused(t *testing.T) {
	t.Parallel()
	client := novutest.NewServer(t, novutest.WithVersion(novutest.Version315), novutest.WithFixture(novutest.Fixture{
		Integrations: []any{map[string]any{
			"identifier": "teams", "providerId": "msteams", "channel": "chat", "active": true,
			"credentials": map[string]any{"clientId": "c", "secretKey": "s", "tenantId": "t"},
		}},
		Subscribers: []any{map[string]any{"subscriberId": "ada"}},
	})).Client()
	params := novu.ChatOAuthURLParams{IntegrationIdentifier: "teams", SubscriberID: "ada", Mode: novu.OAuthModeLinkUser}
	_, err := client.Integrations.GenerateChatOAuthURL(t.Context(), params)
	require.ErrorIs(t, err, novu.ErrRouteNotFound)
	require.ErrorContains(t, err, "administrator's consent")
	params.Mode = novu.OAuthModeConnect
	_, err = client.Integrations.GenerateChatOAuthURL(t.Context(), params)
	require.NoError(t, err)
}

func TestGenerateLinkSaysWhatTeamsNeeds(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, baseURL+"/v1/integrations/channel-endpoints/link", httpmock.NewStringResponder(http.StatusBadRequest,
		`{"statusCode":400,"message":"Provider \"msteams\" does not support subscriber chat linking via this endpoint."}`))
	client, err := novu.NewClient("key", novu.WithBaseURL(baseURL), novu.WithHTTPClient(&http.Client{Transport: mock}))
	require.NoError(t, err)
	_, err = client.Integrations.GenerateLink(t.Context(), novu.LinkParams{IntegrationIdentifier: "teams", SubscriberID: "ada"})
	require.ErrorIs(t, err, novu.ErrValidation)
	require.ErrorContains(t, err, "GenerateLinkUserOAuthURL")
}

// The key is right; the route is not for keys.
func TestARouteOfTheDashboardIsForbidden(t *testing.T) {
	t.Parallel()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewStringResponder(http.StatusUnauthorized, `{"statusCode":401,"message":"API endpoint not accessible"}`))
	client, err := novu.NewClient("key", novu.WithBaseURL(baseURL), novu.WithHTTPClient(&http.Client{Transport: mock}))
	require.NoError(t, err)
	_, err = client.Workflows.Get(t.Context(), "w")
	require.ErrorIs(t, err, novu.ErrForbidden)
	require.NotErrorIs(t, err, novu.ErrUnauthorized)
	require.ErrorContains(t, err, "no key may use it")
}
