package microsoft

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// BotFrameworkIssuer signs what Teams posts to a bot.
const BotFrameworkIssuer = "https://api.botframework.com"

const (
	botFrameworkRoot = "/_botframework/v1/.well-known"
	botTokenAge      = time.Hour
	clockSkew        = 5 * time.Minute
)

// signingKey is made when the first token is signed or the keys are asked for, and once a process:
// making it takes longer than starting a server.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("emulator: " + err.Error()) // only where the system has no random numbers
	}
	return key
})

// signingKeyID names the key, as a thumbprint does.
var signingKeyID = sync.OnceValue(func() string {
	sum := sha1.Sum(signingKey().N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:])
})

func (s *Server) addBotFrameworkRoutes() {
	s.host.Router.Add(http.MethodGet, botFrameworkRoot+"/openidconfiguration", s.botFrameworkMetadata)
	s.host.Router.Add(http.MethodGet, botFrameworkRoot+"/keys", s.botFrameworkKeys)
	s.route("*", "/_botframework/{rest...}", s.missing)
}

// BotFrameworkURL stands for https://login.botframework.com.
func (s *Server) BotFrameworkURL() string { return s.host.URL + "/_botframework" }

func (s *Server) botFrameworkMetadata(c *call, fault *emulator.Fault) *reply {
	fault.Wait(s.host.Context())
	return emulator.JSON(http.StatusOK, map[string]any{
		"issuer":                                BotFrameworkIssuer,
		"authorization_endpoint":                "https://invalid.botframework.com",
		"jwks_uri":                              c.Origin() + botFrameworkRoot + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
	})
}

func (s *Server) botFrameworkKeys(_ *call, fault *emulator.Fault) *reply {
	fault.Wait(s.host.Context())
	public := signingKey().PublicKey
	encode := base64.RawURLEncoding.EncodeToString
	return emulator.JSON(http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": signingKeyID(), "x5t": signingKeyID(),
		"n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
		"endorsements": []string{"msteams"},
	}}})
}

// SignBotToken signs any claims with the Bot Framework's key, for tests of what must be refused too.
func (s *Server) SignBotToken(claims map[string]any) string {
	encodePart := func(v any) string { return base64.RawURLEncoding.EncodeToString(emulator.Encode(v)) }
	unsigned := encodePart(map[string]any{"typ": "JWT", "alg": "RS256", "kid": signingKeyID(), "x5t": signingKeyID()}) + "." + encodePart(claims)
	digest := sha256.Sum256([]byte(unsigned))
	signature, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, digest[:])
	if err != nil {
		panic("emulator: " + err.Error()) // the key is large enough for the digest
	}
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// BotClaims are the claims of a token with which Teams posts to the bot's messaging endpoint.
func (s *Server) BotClaims(clientID, serviceURL string) map[string]any {
	now := s.host.Clock.Now()
	return map[string]any{
		"iss": BotFrameworkIssuer, "aud": clientID, "serviceurl": serviceURL,
		"nbf": now.Add(-clockSkew).Unix(), "exp": now.Add(botTokenAge).Unix(),
	}
}

// botTokens are the signed tokens that are still good. Signing takes a millisecond, so that a chat
// signs once.
type botTokens struct {
	mu   sync.Mutex
	kept map[string]botToken
}

type botToken struct {
	signed string
	renew  time.Time
}

// botToken is a token for a bot.
func (s *Server) botToken(clientID, serviceURL string) string {
	s.botTokens.mu.Lock()
	defer s.botTokens.mu.Unlock()
	key, now := clientID+"\x00"+serviceURL, s.host.Clock.Now()
	if t, has := s.botTokens.kept[key]; has && now.Before(t.renew) {
		return t.signed
	}
	signed := s.SignBotToken(s.BotClaims(clientID, serviceURL))
	if s.botTokens.kept == nil {
		s.botTokens.kept = map[string]botToken{}
	}
	s.botTokens.kept[key] = botToken{signed: signed, renew: now.Add(botTokenAge - clockSkew)}
	return signed
}
