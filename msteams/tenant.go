package msteams

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/novu-go/novu/internal/rest"
)

// Tenant is what a [Client] does in one customer's tenant. Make it with [Client.Tenant]. It is safe
// for concurrent use.
type Tenant struct {
	client *Client
	id     string
	wrong  error // why no call can succeed
	base   *url.URL
}

// ID returns the id that the tenant was made with.
func (t *Tenant) ID() string { return t.id }

// Format prints the tenant's id, whatever the verb.
func (t Tenant) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "msteams.Tenant("+t.id+")") }

// GraphToken returns a token of this tenant for Graph, from the cache or a new one. A tenant
// without consent may answer with ErrNotConsented or with a token that holds no roles: see
// [Tenant.Consent].
//
// API: POST /{tenant}/oauth2/v2.0/token
func (t *Tenant) GraphToken(ctx context.Context) (Token, error) {
	if err := t.ready(ctx, "get Graph token", nil); err != nil {
		return Token{}, err
	}
	return t.client.tokens.get(ctx, t.graphKey())
}

func (t *Tenant) graphKey() tokenKey {
	return tokenKey{tenant: strings.ToLower(t.id), scope: t.client.cloud.GraphScope}
}

// ready reports what makes a call fail before anything is sent.
func (t *Tenant) ready(ctx context.Context, op string, params *checks) error {
	if ctx == nil {
		return checkParams(op).add("ctx", "must not be nil").err()
	}
	if t.wrong != nil {
		return atOperation(op, t.wrong)
	}
	if params != nil {
		return params.err()
	}
	return nil
}

// callGraph sends r to Graph.
func (t *Tenant) callGraph(ctx context.Context, r *rest.Request) error {
	r.Base = t.client.graph
	return t.client.authorized(ctx, t.graphKey(), r, t.graphError)
}

// callConnector sends r to the bot connector.
func (t *Tenant) callConnector(ctx context.Context, r *rest.Request) error {
	if t.base == nil {
		return checkParams(r.Op).add("Endpoints.Connector", "is not known for this cloud: set it with WithEndpoints, or WithServiceURL for the tenant").err()
	}
	if err := t.client.checkBotTenant(r.Op); err != nil {
		return err
	}
	r.Base = t.base
	return t.client.authorized(ctx, t.client.botKey(), r, t.connectorError)
}

// ended is the error of an operation whose context is over, nil while it is not.
func (t *Tenant) ended(ctx context.Context, op string) error {
	if ctx.Err() == nil {
		return nil
	}
	return &Error{Op: op, Tenant: t.id, cause: context.Cause(ctx), kinds: []error{ctx.Err()}}
}

// ForgetToken drops the tenant's Graph token from the client's cache. A program that visits many
// tenants once calls it after each, so that tokens it does not need any more take no memory. The
// next request fetches a new one.
func (t *Tenant) ForgetToken() { t.client.tokens.forget(t.graphKey()) }
