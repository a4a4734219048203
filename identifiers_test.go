package novu_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

// What the caller leaves unnamed gets an identifier here: random, or the same again under the same
// idempotency key.
func TestIdentifiersAreMade(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		create func(ctx context.Context, c *novu.Client, opts ...novu.RequestOption) error
		answer string
		form   string
	}{
		"connection": {
			create: func(ctx context.Context, c *novu.Client, opts ...novu.RequestOption) error {
				_, err := c.ChannelConnections.Create(ctx, newConnection, opts...)
				return err
			},
			answer: connectionJSON, form: `^chconn_[a-z0-9]{20}$`,
		},
		"endpoint": {
			create: func(ctx context.Context, c *novu.Client, opts ...novu.RequestOption) error {
				_, err := c.ChannelEndpoints.Create(ctx, newEndpoint, opts...)
				return err
			},
			answer: endpointJSON, form: `^chendp_[a-z0-9]{20}$`,
		},
		"integration": {
			create: func(ctx context.Context, c *novu.Client, opts ...novu.RequestOption) error {
				_, err := c.Integrations.Create(ctx, novu.CreateIntegrationParams{Credentials: credentials}, opts...)
				return err
			},
			answer: integrationJSON, form: `^msteams-[a-z0-9]{20}$`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := func(opts ...novu.RequestOption) string {
				var sent struct{ Identifier string }
				mock := roundTripper(func(r *http.Request) (*http.Response, error) {
					require.NoError(t, json.NewDecoder(r.Body).Decode(&sent))
					var answer map[string]any
					require.NoError(t, json.Unmarshal([]byte(tt.answer), &answer))
					answer["identifier"] = sent.Identifier
					return httpmock.NewJsonResponse(http.StatusCreated, map[string]any{"data": answer})
				})
				require.NoError(t, tt.create(t.Context(), mocked(t, mock), opts...))
				return sent.Identifier
			}
			assert.Regexp(t, tt.form, made())
			assert.NotEqual(t, made(), made())
			key, other := novu.WithIdempotencyKey("order-7"), novu.WithIdempotencyKey("order-8")
			assert.Regexp(t, tt.form, made(key))
			assert.Equal(t, made(key), made(key))
			assert.NotEqual(t, made(key), made(other))
		})
	}
}

// An identifier is refused, or arrives as it is under the route's path and nowhere else.
func FuzzIdentifiers(f *testing.F) {
	for _, id := range []string{"a", "..", ".", "a/b", "a/../../v1/x", "ü?#", "%2e%2e", "a b", "\\..\\", "a\x00", "x?y=z", ";v", "//evil.example"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		var asked *http.Request
		c := mocked(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r
			return httpmock.NewStringResponse(http.StatusNoContent, ""), nil
		}))
		if err := c.ChannelEndpoints.Delete(t.Context(), id); err != nil {
			if !errors.Is(err, novu.ErrInvalidParams) || asked != nil {
				t.Fatalf("%q: %v", id, err)
			}
			return
		}
		const prefix = "/api/v1/channel-endpoints/"
		if asked.URL.Host != "novu.example" || asked.URL.Path != prefix+id || asked.URL.RawQuery != "" || asked.URL.Fragment != "" {
			t.Fatalf("%q became %s", id, asked.URL)
		}
		if rest := strings.TrimPrefix(asked.URL.EscapedPath(), prefix); strings.Contains(rest, "/") || rest == ".." || !utf8.ValidString(id) {
			t.Fatalf("%q became %s", id, asked.URL)
		}
	})
}
