package msteams

import (
	"github.com/novu-go/novu/internal/redact"
	"github.com/novu-go/novu/internal/rest"
)

// WithCredentials returns a client for another app registration, at the same
// services and under the same limits, with tokens of its own: those of a client
// secret, and for the bot issued by the home tenant. It is for checking
// credentials that are stored elsewhere. It sends nothing; the error is
// ErrInvalidParams.
func (c *Client) WithCredentials(credentials Credentials) (*Client, error) {
	checks := checkParams("create client")
	checks.credentials(credentials, false)
	if err := checks.err(); err != nil {
		return nil, err
	}
	other := *c
	other.identify(credentials)
	secret := credentials.ClientSecret
	for _, service := range []**rest.Client{&other.login, &other.botLogin, &other.graph, &other.connector} {
		one := **service
		one.Scrub = func(text string) string { return redact.Scrub(text, secret) }
		*service = &one
	}
	other.tokens = newTokenCache(other.fetchToken)
	return &other, nil
}
