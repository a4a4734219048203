package novutest

import (
	"context"
	"fmt"
	"time"

	"github.com/novu-go/novu/internal/emulator/microsoft"
	"github.com/novu-go/novu/msteams"
)

// DefaultSubscriptionID is the Azure subscription that operators see.
const DefaultSubscriptionID = microsoft.SubscriptionID

// Operator is who administers a tenant: a person, or with AppOnly an
// application. Its zero value may do everything.
type Operator struct {
	// TenantID is the tenant of its tokens; empty means the one that is asked for.
	TenantID string
	// Scopes are the delegated permissions of its tokens, or the application
	// permissions with AppOnly. Nil means all.
	Scopes []string
	// Roles are a person's roles in Entra and Azure, such as "Teams
	// Administrator" or "Contributor". Nil means all. With AppOnly, and without
	// Scopes, they are the application permissions.
	Roles   []string
	AppOnly bool
}

// Operator returns an identity for package setup. What it may do decides what
// the emulated Graph and Azure Resource Manager refuse.
func (s *Server) Operator(who Operator) msteams.TokenFunc {
	return func(ctx context.Context, tenantID, scope string) (msteams.Token, error) {
		if err := ctx.Err(); err != nil {
			return msteams.Token{}, err
		}
		given, expires := s.microsoft.OperatorToken(microsoft.Operator(who), tenantID, scope)
		return msteams.Token{AccessToken: msteams.Secret(given), ExpiresAt: expires}, nil
	}
}

// ResourceManagerURL stands for https://management.azure.com.
func (s *Server) ResourceManagerURL() string { return s.microsoft.ResourceManagerURL() }

// MSTeamsOptions are what a client of the emulated Microsoft needs: its
// addresses, and no rate limits.
func (s *Server) MSTeamsOptions() []msteams.Option {
	opts := []msteams.Option{
		msteams.WithEndpoints(msteams.Endpoints{
			Login: s.LoginURL(), Graph: s.GraphURL(), Connector: s.ConnectorURL(), ResourceManager: s.ResourceManagerURL(),
		}),
		msteams.WithRateLimits(msteams.RateLimits{}),
	}
	if s.host.InMemory() {
		opts = append(opts, msteams.WithHTTPClient(s.HTTPClient()))
	}
	return opts
}

// WithReplicationDelay makes changes of a directory (applications, service
// principals, consent) show late, on the server's clock: for the first half of d
// reads show the state before, for the second they take turns.
func WithReplicationDelay(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("novutest: WithReplicationDelay: %s is negative", d)
		}
		c.microsoft.ReplicationDelay = d
		return nil
	}
}

// Leftovers lists, in words, what was made in the emulated directory, Azure and
// catalog and is still there: nothing, where all of it was removed.
func (s *Server) Leftovers() []string { return s.microsoft.Leftovers() }
