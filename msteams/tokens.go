package msteams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/novu-go/novu/internal/check"
	"github.com/novu-go/novu/internal/rest"
)

// Token is an access token. ExpiresAt is when it ceases to be valid, and zero if the issuer did not
// say.
type Token struct {
	AccessToken Secret
	ExpiresAt   time.Time
}

const (
	// renewEarly is how long before its end a token is replaced. A token that lives less than twice
	// that long is replaced half way.
	renewEarly = 5 * time.Minute
	// unknownLifetime is how long a token is kept if its issuer named no lifetime.
	unknownLifetime = time.Minute
	// longestLife bounds lifetimes that can't be right. Bot tokens of a day are on record.
	longestLife = 7 * 24 * time.Hour
	// fetchTimeout bounds a fetch, which may outlive who asked for it.
	fetchTimeout = 2 * time.Minute

	maxTokens = 20_000
)

// tokenKey names a token of one client, which fixes the cloud and the app.
type tokenKey struct {
	tenant, scope string
	bot           bool // of the connector's, not of Graph's
}

// op is what fetching the token is called.
func (k tokenKey) op() string {
	if k.bot {
		return "get bot token"
	}
	return "get Graph token"
}

type cachedToken struct {
	Token
	renewAt time.Time
}

// tokenCache holds the tokens of all tenants. Its fetch runs once for all callers that wait for the
// same token, under a context that outlives each of them.
type tokenCache struct {
	fetch func(context.Context, tokenKey) (Token, error)
	group singleflight.Group

	mu     sync.Mutex
	tokens map[tokenKey]cachedToken
}

func newTokenCache(fetch func(context.Context, tokenKey) (Token, error)) *tokenCache {
	return &tokenCache{fetch: fetch, tokens: map[tokenKey]cachedToken{}}
}

// get returns a token that is valid for a while.
func (c *tokenCache) get(ctx context.Context, key tokenKey) (Token, error) {
	if token, ok := c.cached(key); ok && ctx.Err() == nil {
		return token, nil
	}
	return c.join(ctx, key, "cached", func(ctx context.Context) (Token, error) {
		if token, ok := c.cached(key); ok { // whoever came before has just put it there
			return token, nil
		}
		return c.renew(ctx, key)
	})
}

// fresh returns a token that was issued after the call.
func (c *tokenCache) fresh(ctx context.Context, key tokenKey) (Token, error) {
	return c.join(ctx, key, strconv.FormatInt(time.Now().UnixNano(), 36), func(ctx context.Context) (Token, error) {
		return c.renew(ctx, key)
	})
}

// join waits for fetch, or for that of another caller of the same name, until ctx ends.
func (c *tokenCache) join(ctx context.Context, key tokenKey, name string, fetch func(context.Context) (Token, error)) (Token, error) {
	fail := func() (Token, error) {
		return Token{}, &Error{Op: key.op(), Tenant: key.tenant, cause: context.Cause(ctx), kinds: []error{ctx.Err()}}
	}
	if ctx.Err() != nil {
		return fail()
	}
	results := c.group.DoChan(key.tenant+"\x00"+key.scope+"\x00"+name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		return fetch(ctx)
	})
	select {
	case <-ctx.Done():
		return fail()
	case result := <-results:
		token, _ := result.Val.(Token) // the zero one beside an error
		return token, result.Err
	}
}

func (c *tokenCache) cached(key tokenKey) (Token, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.tokens[key]
	return entry.Token, ok && time.Now().Before(entry.renewAt)
}

func (c *tokenCache) renew(ctx context.Context, key tokenKey) (Token, error) {
	asked := time.Now()
	token, err := c.fetch(ctx, key)
	if err != nil {
		return Token{}, err
	}
	life := unknownLifetime
	if !token.ExpiresAt.IsZero() {
		life = token.ExpiresAt.Sub(asked)
		life -= min(renewEarly, life/2)
	}
	c.keep(key, cachedToken{Token: token, renewAt: asked.Add(life)})
	return token, nil
}

// keep stores a token. A full cache loses the tokens that have ended and, if they are too few, a
// quarter of the others: it costs one request to get one back.
func (c *tokenCache) keep(key tokenKey, entry cachedToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.tokens) >= maxTokens {
		now := time.Now()
		for k, e := range c.tokens {
			if !now.Before(e.renewAt) {
				delete(c.tokens, k)
			}
		}
		for k := range c.tokens {
			if len(c.tokens) <= maxTokens*3/4 {
				break
			}
			delete(c.tokens, k)
		}
	}
	c.tokens[key] = entry
}

// drop forgets a token that was refused, unless it has been replaced already.
func (c *tokenCache) drop(key tokenKey, refused Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens[key].AccessToken == refused.AccessToken {
		delete(c.tokens, key)
	}
}

// forget drops the token, whichever it is.
func (c *tokenCache) forget(key tokenKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tokens, key)
}

// borrowToken makes a fetch of the caller's function.
func borrowToken(f TokenFunc) func(context.Context, tokenKey) (Token, error) {
	return func(ctx context.Context, key tokenKey) (Token, error) {
		token, err := f(ctx, key.tenant, key.scope)
		if err == nil {
			err = checkToken(token.AccessToken.Reveal())
		}
		if err != nil {
			return Token{}, &Error{Op: key.op(), Tenant: key.tenant, Message: "the token function failed", cause: err}
		}
		return token, nil
	}
}

// fetchToken asks Microsoft, with the client secret.
func (c *Client) fetchToken(ctx context.Context, key tokenKey) (Token, error) {
	login := c.login
	if key.bot {
		login = c.botLogin
	}
	asked := time.Now()
	var token Token
	_, failure := c.rest.Do(ctx, &rest.Request{
		Base: login, Secrets: []Secret{c.secret()}, Op: key.op(), Kind: rest.Read, Method: http.MethodPost, Route: "/{tenant}/oauth2/v2.0/token", Args: []string{key.tenant},
		Form: url.Values{
			"client_id": {c.clientID}, "client_secret": {c.secret().Reveal()},
			"grant_type": {"client_credentials"}, "scope": {key.scope},
		},
		Transient: isTransientLogin,
		Decode: func(body []byte) (err error) {
			token, err = decodeToken(body, asked)
			return err
		},
	})
	if failure != nil {
		return Token{}, c.loginError(failure, key)
	}
	return token, nil
}

// decodeToken reads the answer of the token endpoint.
func decodeToken(body []byte, asked time.Time) (Token, error) {
	var wire tokenAnswer
	if err := decode(&wire, func(w *tokenAnswer) string {
		if w.AccessToken == "" {
			return "there is no access token in it"
		}
		return ""
	})(body); err != nil {
		return Token{}, err
	}
	if err := checkToken(wire.AccessToken); err != nil {
		return Token{}, err
	}
	return Token{AccessToken: Secret(wire.AccessToken), ExpiresAt: expiry(wire.ExpiresIn, asked)}, nil
}

type tokenAnswer struct {
	AccessToken string          `json:"access_token"`
	ExpiresIn   json.RawMessage `json:"expires_in"`
}

func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("there is no access token in it")
	case strings.ContainsFunc(token, func(r rune) bool { return r == ' ' || check.Unprintable(r) }):
		return errors.New("the access token holds characters that a header can't carry")
	}
	return nil
}

// expiry reads expires_in, seconds as a number or a string. The result is zero if it says nothing,
// and the time of the request if it says that the token is not valid any more.
func expiry(raw json.RawMessage, asked time.Time) time.Time {
	text := strings.Trim(string(raw), `" `)
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(seconds) {
		return time.Time{}
	}
	seconds = min(max(seconds, 0), longestLife.Seconds())
	return asked.Add(time.Duration(seconds * float64(time.Second)))
}

// atOperation returns err as the failure of a step of the operation op. It copies err, which may be
// shared with other callers.
func atOperation(op string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("msteams: %s: %w", op, err)
	}
	own := *e
	own.Op = op + ": " + e.Op
	return &own
}
