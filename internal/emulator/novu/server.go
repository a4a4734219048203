// Package novu is the emulated Novu: its API, the worker behind it, and what it
// says of notifications.
package novu

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/microsoft"
)

// errClosed is what waits get when the server is closed meanwhile.
var errClosed = errors.New("novutest: the server is closed")

// RateLimit is how many requests a bucket takes in a window.
type RateLimit struct {
	Window        time.Duration
	Global        int
	Trigger       int
	Configuration int
}

// Config is how a Novu is set up.
type Config struct {
	SecretKey       string
	Idempotency     bool       // the Idempotency-Key header has an effect
	RateLimit       *RateLimit // nil: none; zero fields: this version's
	Version         Version
	Feature         bool // the organization has the Slack and Teams feature; 3.19 does not ask
	Production      bool // the key's environment is the production one
	AgentEvents     bool // agents may answer in events, too
	Branding        bool // replies in Markdown become cards with "Powered by Novu", as without a paid plan
	UserTenants     bool // 3.15 too accepts a tenantId in an ms_teams_user endpoint
	ProcessingDelay time.Duration
}

// Server is the emulated Novu.
type Server struct {
	host      *emulator.Host
	microsoft *microsoft.Server
	config    Config
	ids       *emulator.ObjectIDs
	worker    *worker
	routes    []*route
	outbound  *http.Client // of agents: to Microsoft and to bridges

	actionTokens actionTokens
	agentLog     agentLog
	agentTokens  agentTokens
	botKeys      botKeys
	handOvers    handOvers

	organizationID string
	environmentID  string
	productionID   string
	userID         string // of the dashboard's one user
	createdAt      time.Time

	mu                   sync.Mutex // guards what follows; Microsoft's lock and the inbox's come after it
	integrations         []*integration
	subscribers          table[*subscriber]
	contexts             table[*contextRecord]
	connections          table[*connection]
	endpoints            table[*endpoint]
	workflows            table[*workflow]
	topics               table[*topic]
	tenants              table[*tenantRecord]
	notifications        table[*notification]
	messages             table[*chatMessage]
	agents               table[*agent]
	links                table[*agentLink]
	conversations        table[*conversation]
	threads              map[threadKey]*thread
	seen                 map[seenKey]time.Time // until when
	conversationByThread map[threadKey]*conversation
	idempotency          map[string]*idempotentRequest
	buckets              map[string]*bucket
}

// New makes a Novu, adds its routes to the host, and starts its worker.
func New(host *emulator.Host, ms *microsoft.Server, config Config) *Server {
	s := &Server{
		host: host, microsoft: ms, config: config, ids: emulator.NewObjectIDs(),
		idempotency: map[string]*idempotentRequest{}, buckets: map[string]*bucket{},
		threads: map[threadKey]*thread{}, seen: map[seenKey]time.Time{}, conversationByThread: map[threadKey]*conversation{},
		agentTokens: agentTokens{kept: map[string]keptToken{}}, handOvers: handOvers{running: map[chan struct{}]bool{}},
		outbound: &http.Client{
			Transport:     host.Transport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	s.config.RateLimit = s.completeLimits(config.RateLimit)
	now := host.Clock.Now()
	s.organizationID, s.environmentID, s.productionID, s.userID = s.ids.Next(now), s.ids.Next(now), s.ids.Next(now), s.ids.Next(now)
	s.createdAt = now
	if config.Production {
		s.environmentID, s.productionID = s.productionID, s.environmentID
	}
	for _, environment := range []string{s.environmentID, s.productionID} {
		s.integrations = append(s.integrations, s.newInbox(environment, now))
	}
	s.addRoutes()
	s.worker = newWorker(s)
	host.Go(s.worker.run)
	host.Go(s.handOvers.drain)
	return s
}

// EnvironmentID is the id of the environment that the key belongs to.
func (s *Server) EnvironmentID() string { return s.environmentID }

// Settle waits until every trigger that was accepted before it was called has
// been processed, without waiting for the processing delay, and until every event for an agent that was on its way has
// reached its bridge or has failed. Pauses between attempts pass on the clock.
func (s *Server) Settle(ctx context.Context) error {
	if err := s.settleHandOvers(ctx); err != nil {
		return err
	}
	return s.worker.settle(ctx)
}
