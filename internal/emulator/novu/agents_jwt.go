package novu

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// tokenSkew is how far clocks may differ.
const tokenSkew = 5 * time.Minute

// botKeys are the keys by which the Bot Framework signs, as far as they were fetched.
type botKeys struct {
	mu   sync.Mutex
	byID map[string]*rsa.PublicKey
}

// botClaims are the claims of a token of the Bot Framework.
type botClaims struct {
	Issuer     string          `json:"iss"`
	Audience   json.RawMessage `json:"aud"`
	ServiceURL string          `json:"serviceurl"`
	Expires    float64         `json:"exp"`
	NotBefore  float64         `json:"nbf"`
}

// checkBotToken checks that the Bot Framework signed the token for the app and the service URL. The error
// says what is wrong, which the real server doesn't.
func (s *Server) checkBotToken(ctx context.Context, token, clientID, serviceURL string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("it is no JWT")
	}
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	var claims botClaims
	if !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return errors.New("it is no JWT")
	}
	if header.Algorithm != "RS256" {
		return fmt.Errorf("it is signed by %q instead of RS256", header.Algorithm)
	}
	key, err := s.botKey(ctx, header.KeyID)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return errors.New("the signature is wrong")
	}
	return claims.check(s.host.Clock.Now(), clientID, serviceURL)
}

func (c botClaims) check(now time.Time, clientID, serviceURL string) error {
	var audiences []string
	if json.Unmarshal(c.Audience, &audiences) != nil {
		var one string
		_ = json.Unmarshal(c.Audience, &one) // an odd audience is none
		audiences = []string{one}
	}
	trimmed := func(address string) string { return strings.ToLower(strings.TrimRight(address, "/")) }
	switch {
	case c.Issuer != microsoft.BotFrameworkIssuer:
		return fmt.Errorf("the issuer is %q", c.Issuer)
	case !slices.Contains(audiences, clientID) && !slices.Contains(audiences, "api://botid-"+clientID):
		return fmt.Errorf("it is for %s, and the integration's clientId is %s", strings.Join(audiences, ", "), clientID)
	case c.Expires == 0 || now.Add(-tokenSkew).After(time.Unix(int64(c.Expires), 0)):
		return errors.New("it has expired")
	case now.Add(tokenSkew).Before(time.Unix(int64(c.NotBefore), 0)):
		return errors.New("it is not valid yet")
	case serviceURL != "" && trimmed(c.ServiceURL) != trimmed(serviceURL):
		return fmt.Errorf("its serviceurl is %q, and the activity's serviceUrl is %q", c.ServiceURL, serviceURL)
	}
	return nil
}

func decodePart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// botKey is the key with this id. Keys are fetched where it is not among those that are known.
func (s *Server) botKey(ctx context.Context, id string) (*rsa.PublicKey, error) {
	s.botKeys.mu.Lock()
	defer s.botKeys.mu.Unlock()
	if key := s.botKeys.byID[id]; key != nil {
		return key, nil
	}
	var metadata struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := s.getJSON(ctx, s.microsoft.BotFrameworkURL()+"/v1/.well-known/openidconfiguration", &metadata); err != nil {
		return nil, err
	}
	var published struct {
		Keys []struct {
			KeyID    string `json:"kid"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
		} `json:"keys"`
	}
	if err := s.getJSON(ctx, metadata.KeysURL, &published); err != nil {
		return nil, err
	}
	s.botKeys.byID = map[string]*rsa.PublicKey{}
	for _, k := range published.Keys {
		n, errN := base64.RawURLEncoding.DecodeString(k.Modulus)
		e, errE := base64.RawURLEncoding.DecodeString(k.Exponent)
		if errN == nil && errE == nil {
			s.botKeys.byID[k.KeyID] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		}
	}
	if key := s.botKeys.byID[id]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("no key of the Bot Framework has the id %q", id)
}

func (s *Server) getJSON(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("the keys of the Bot Framework: %w", err)
	}
	resp, err := s.outbound.Do(req)
	if err != nil {
		return fmt.Errorf("the keys of the Bot Framework: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(into) != nil {
		return fmt.Errorf("the keys of the Bot Framework were answered by status %d", resp.StatusCode)
	}
	return nil
}
