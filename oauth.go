package novu

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// OAuthURL is an address to send somebody's browser to. It carries signed state, so it is a Secret:
// hand out URL.Reveal, and don't log it.
type OAuthURL struct {
	URL       Secret
	ExpiresAt time.Time // five minutes after it was asked for; the server then refuses to finish
}

const oauthLifetime = 5 * time.Minute

// ConnectOAuthURLParams says what an administrator's consent is to create.
type ConnectOAuthURLParams struct {
	IntegrationIdentifier string // required
	SubscriberID          string // this or Context is required; it must exist
	ConnectionIdentifier  string // of the connection to be; give one to Wait for it
	Context               ContextPayload
	ContextHash           string         // proof of Context, where it comes from a browser
	Scope                 []string       // instead of the default; Teams uses https://graph.microsoft.com/.default
	ConnectionMode        ConnectionMode // shared needs a Context
	AutoLinkUser          bool           // go on to link the subscriber's own Teams user
}

type oauthBody struct {
	IntegrationIdentifier string         `json:"integrationIdentifier"`
	SubscriberID          string         `json:"subscriberId,omitempty"`
	ConnectionIdentifier  string         `json:"connectionIdentifier,omitempty"`
	Context               ContextPayload `json:"context,omitempty"`
	ContextHash           string         `json:"contextHash,omitempty"`
	Scope                 []string       `json:"scope,omitempty"`
	UserScope             []string       `json:"userScope,omitempty"`
	ConnectionMode        ConnectionMode `json:"connectionMode,omitempty"`
	AutoLinkUser          *bool          `json:"autoLinkUser,omitempty"`
	Mode                  OAuthMode      `json:"mode,omitempty"`
}

// GenerateConnectOAuthURL returns the address where a customer's administrator consents to the bot.
// The server then stores a channel connection with the tenant's id. Make a fresh one for each
// click; WithIdempotencyKey has no effect here. An unknown integration or subscriber, or one
// without credentials, is ErrNotFound. A server without this route is ErrRouteNotFound: see
// GenerateChatOAuthURL.
//
// API: POST /v1/integrations/channel-connections/oauth
func (s *IntegrationsService) GenerateConnectOAuthURL(ctx context.Context, params ConnectOAuthURLParams, opts ...RequestOption) (*OAuthURL, error) {
	checks := checkParams("generate connect URL", opts...).subscriberOrContext(params.SubscriberID, params.Context).
		optionalID("ConnectionIdentifier", params.ConnectionIdentifier).
		connectionMode(params.ConnectionMode, params.SubscriberID, params.Context)
	if params.AutoLinkUser && params.SubscriberID == "" {
		checks.add("SubscriberID", "must be given with AutoLinkUser, which links that subscriber")
	}
	return s.oauthURL(ctx, checks, "/v1/integrations/channel-connections/oauth", oauthBody{
		IntegrationIdentifier: params.IntegrationIdentifier, SubscriberID: params.SubscriberID,
		ConnectionIdentifier: params.ConnectionIdentifier, Context: params.Context, ContextHash: params.ContextHash,
		Scope: params.Scope, ConnectionMode: params.ConnectionMode, AutoLinkUser: &params.AutoLinkUser,
	}, opts)
}

// LinkUserOAuthURLParams says which subscriber a Teams user is to be linked to.
type LinkUserOAuthURLParams struct {
	IntegrationIdentifier string // required
	SubscriberID          string // required; it must exist
	ConnectionIdentifier  string // of the tenant's connection, which the endpoint will use
	Context               ContextPayload
	ContextHash           string   // proof of Context, where it comes from a browser
	UserScope             []string // instead of the default: openid profile User.Read
}

// GenerateLinkUserOAuthURL returns the address where a person signs in with Microsoft. The server
// then stores an ms_teams_user endpoint for the subscriber. Errors are those of
// GenerateConnectOAuthURL.
//
// API: POST /v1/integrations/channel-endpoints/oauth
func (s *IntegrationsService) GenerateLinkUserOAuthURL(ctx context.Context, params LinkUserOAuthURLParams, opts ...RequestOption) (*OAuthURL, error) {
	checks := checkParams("generate link-user URL", opts...).id("SubscriberID", params.SubscriberID).context(params.Context).
		optionalID("ConnectionIdentifier", params.ConnectionIdentifier)
	return s.oauthURL(ctx, checks, "/v1/integrations/channel-endpoints/oauth", oauthBody{
		IntegrationIdentifier: params.IntegrationIdentifier, SubscriberID: params.SubscriberID,
		ConnectionIdentifier: params.ConnectionIdentifier, Context: params.Context, ContextHash: params.ContextHash,
		UserScope: params.UserScope,
	}, opts)
}

// LinkParams says which subscriber is to be linked, with any provider.
type LinkParams struct {
	IntegrationIdentifier string // required
	SubscriberID          string // required
	Context               ContextPayload
	ContextHash           string // proof of Context, where it comes from a browser
}

// Link is where a subscriber links its own account with a provider.
type Link struct {
	URL              Secret
	ProviderMetadata any // whatever the provider adds; may be nil
}

// GenerateLink never works for Teams, for which the server refuses it (ErrValidation): use
// GenerateLinkUserOAuthURL. For other providers it returns where a subscriber links its account.
//
// API: POST /v1/integrations/channel-endpoints/link
func (s *IntegrationsService) GenerateLink(ctx context.Context, params LinkParams, opts ...RequestOption) (*Link, error) {
	checks := checkParams("generate link", opts...).id("IntegrationIdentifier", params.IntegrationIdentifier).
		id("SubscriberID", params.SubscriberID).context(params.Context)
	if err := checks.err(); err != nil {
		return nil, err
	}
	out, err := do[linkAnswer](ctx, s.client, &rest.Request{
		Op: checks.Op, Kind: rest.Read, Method: http.MethodPost, Route: "/v1/integrations/channel-endpoints/link",
		Body: oauthBody{
			IntegrationIdentifier: params.IntegrationIdentifier, SubscriberID: params.SubscriberID,
			Context: params.Context, ContextHash: params.ContextHash,
		},
	}, opts)
	if err != nil {
		return nil, remedyFor(err, "does not support subscriber chat linking", "use GenerateLinkUserOAuthURL for Teams")
	}
	return &Link{URL: out.URL, ProviderMetadata: out.ProviderMetadata}, nil
}

// OAuthMode says which of the two URLs the older route makes.
type OAuthMode string

// The modes of the older route.
const (
	OAuthModeConnect  OAuthMode = "connect"
	OAuthModeLinkUser OAuthMode = "link_user"
)

// ChatOAuthURLParams are those of the older route, for both URLs.
type ChatOAuthURLParams struct {
	IntegrationIdentifier string // required
	SubscriberID          string // this or Context is required
	ConnectionIdentifier  string
	Context               ContextPayload
	Scope                 []string
	ConnectionMode        ConnectionMode
	AutoLinkUser          bool      // ignored by servers that don't know it
	Mode                  OAuthMode // OAuthModeConnect if empty
}

// GenerateChatOAuthURL makes either URL through the older route, the only one that servers before
// mid-2026 have. They ignore Mode and always make a connect URL. Following that one instead of a
// link-user URL would store a stray connection, so it is ErrRouteNotFound. Prefer the other two.
//
// API: POST /v1/integrations/chat/oauth
func (s *IntegrationsService) GenerateChatOAuthURL(ctx context.Context, params ChatOAuthURLParams, opts ...RequestOption) (*OAuthURL, error) {
	checks := checkParams("generate chat OAuth URL", opts...).subscriberOrContext(params.SubscriberID, params.Context).
		optionalID("ConnectionIdentifier", params.ConnectionIdentifier)
	return s.oauthURL(ctx, checks, "/v1/integrations/chat/oauth", oauthBody{
		IntegrationIdentifier: params.IntegrationIdentifier, SubscriberID: params.SubscriberID,
		ConnectionIdentifier: params.ConnectionIdentifier, Context: params.Context, Scope: params.Scope,
		ConnectionMode: params.ConnectionMode, AutoLinkUser: &params.AutoLinkUser, Mode: params.Mode,
	}, opts)
}

// linkAnswer is of no use without its URL.
type linkAnswer struct {
	URL              Secret `json:"url"`
	ProviderMetadata any    `json:"providerMetadata"`
}

func (a *linkAnswer) missing() string { return missing("url", a.URL.Reveal()) }

// asksForConsent reports whether an address is Microsoft's page for an administrator's consent.
func asksForConsent(address Secret) bool {
	u, err := url.Parse(address.Reveal())
	return err == nil && strings.HasSuffix(u.Path, "/adminconsent")
}

// oauthURL is a read for the retry policy: the server signs a URL and keeps nothing.
func (s *IntegrationsService) oauthURL(ctx context.Context, checks *checks, route string, body oauthBody, opts []RequestOption) (*OAuthURL, error) {
	if err := checks.id("IntegrationIdentifier", body.IntegrationIdentifier).err(); err != nil {
		return nil, err
	}
	asked := time.Now()
	out, err := do[linkAnswer](ctx, s.client, &rest.Request{
		Op: checks.Op, Kind: rest.Read, Method: http.MethodPost, Route: route, Body: body,
	}, opts)
	if err != nil {
		return nil, err
	}
	if body.Mode == OAuthModeLinkUser && asksForConsent(out.URL) {
		return nil, &Error{
			Op: checks.Op, Message: "the server returned an address for an administrator's consent instead of a person's sign-in", Path: route, Attempts: 1,
			method: http.MethodPost, kind: ErrRouteNotFound, Remedy: "the server is too old to link users: create an MSTeamsUserEndpoint instead",
		}
	}
	return &OAuthURL{URL: out.URL, ExpiresAt: asked.Add(oauthLifetime)}, nil
}
