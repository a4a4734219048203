package microsoft

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/internal/emulator"
)

// served is a Microsoft on a listener of its own.
func served(t *testing.T) *Server {
	t.Helper()
	host, err := emulator.Listen(emulator.Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(host.Close)
	s := New(host, Config{TenantID: "tenant"})
	host.Serve()
	return s
}

func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
}

func unpart(t *testing.T, part string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	require.NoError(t, err)
	return raw
}

// A token for a bot is signed by the key that the metadata leads to, and holds what Novu asks for.
func TestBotTokenIsSignedByThePublishedKey(t *testing.T) {
	s := served(t)
	var metadata struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	getJSON(t, s.BotFrameworkURL()+"/v1/.well-known/openidconfiguration", &metadata)
	assert.Equal(t, "https://api.botframework.com", metadata.Issuer)
	var published struct {
		Keys []struct {
			Kid, X5t, N, E string
			Endorsements   []string
		} `json:"keys"`
	}
	getJSON(t, metadata.JWKSURI, &published)
	require.Len(t, published.Keys, 1)
	key := published.Keys[0]
	assert.Equal(t, []string{"msteams"}, key.Endorsements)

	token := s.botToken("client", "https://service.example/")
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	var header, claims map[string]any
	require.NoError(t, json.Unmarshal(unpart(t, parts[0]), &header))
	require.NoError(t, json.Unmarshal(unpart(t, parts[1]), &claims))
	assert.Equal(t, "RS256", header["alg"])
	assert.Equal(t, key.Kid, header["kid"])
	assert.Equal(t, "client", claims["aud"])
	assert.Equal(t, "https://api.botframework.com", claims["iss"])
	assert.Equal(t, "https://service.example/", claims["serviceurl"])
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(unpart(t, key.N)), E: int(new(big.Int).SetBytes(unpart(t, key.E)).Int64())}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	assert.NoError(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], unpart(t, parts[2])))
}

// A token is kept for a bot and a service URL until it is about to expire on the emulator's clock.
func TestBotTokenIsKeptUntilItIsAboutToExpire(t *testing.T) {
	s := served(t)
	first := s.botToken("client", "https://service.example/")
	assert.Equal(t, first, s.botToken("client", "https://service.example/"))
	assert.NotEqual(t, first, s.botToken("other", "https://service.example/"))
	assert.NotEqual(t, first, s.botToken("client", "https://elsewhere.example/"))
	s.host.Clock.Advance(botTokenAge)
	assert.NotEqual(t, first, s.botToken("client", "https://service.example/"))
	claims := s.BotClaims("client", "x")
	assert.Greater(t, claims["exp"], s.host.Clock.Now().Add(botTokenAge-time.Minute).Unix())
}
