package msteams

// WithCredentials returns a client for another app registration, at the same services and under the
// same limits. It has tokens of its own: those of a client secret, and for the bot those of the
// home tenant. It is for checking credentials that are stored elsewhere. It sends nothing. The
// error is ErrInvalidParams.
func (c *Client) WithCredentials(credentials Credentials) (*Client, error) {
	checks := checkParams("create client")
	checks.credentials(credentials, false)
	if err := checks.err(); err != nil {
		return nil, err
	}
	other := *c
	other.identify(credentials)
	other.tokens = newTokenCache(other.fetchToken)
	return &other, nil
}
