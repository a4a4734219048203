package novutest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/novu-go/novu/internal/emulator"
	"github.com/novu-go/novu/internal/emulator/chat"
	"github.com/novu-go/novu/internal/emulator/microsoft"
	emulatednovu "github.com/novu-go/novu/internal/emulator/novu"
)

// Server is Novu and Microsoft on one listener. Make one with [NewServer] in a
// test or [Start] in a program. Its methods may be called from many goroutines.
type Server struct {
	config    *config
	host      *emulator.Host
	microsoft *microsoft.Server
	novu      *emulatednovu.Server
	chats     *chat.World
}

// NewServer starts a server on loopback and closes it when the test ends. A
// server that cannot start ends the test.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server. The caller closes it.
func Start(opts ...Option) (*Server, error) {
	c := defaults()
	for _, opt := range opts {
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	host, err := emulator.Listen(c.host)
	if err != nil {
		return nil, fmt.Errorf("novutest: %w", err)
	}
	s := &Server{config: c, host: host}
	s.microsoft = microsoft.New(host, c.microsoft)
	s.novu = emulatednovu.New(host, s.microsoft, c.novu)
	s.chats = chat.New(host, s.microsoft, s.novu)
	s.show()
	if err := s.furnish(); err != nil {
		host.Close()
		return nil, err
	}
	host.Serve()
	return s, nil
}

// show serves the routes that the package's doc lists. Every answer is redacted.
func (s *Server) show() {
	emulator.Show(s.host, "messages", s.Messages)
	emulator.Show(s.host, "failures", s.Failures)
	emulator.Show(s.host, "requests", s.Requests)
	emulator.Show(s.host, "connections", s.novu.Connections)
	emulator.Show(s.host, "endpoints", s.novu.Endpoints)
	s.chats.Show()
	s.host.OnSettle(s.Settle)
	for name, act := range map[string]func(id string){
		"uninstall-bot": s.UninstallBot, "install-bot": s.InstallBot, "remove-conversation": s.RemoveConversation,
	} {
		s.host.Act(name, func(_ *http.Request, body []byte) (any, error) {
			var what struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(body, &what) != nil || what.ID == "" {
				return nil, errors.New("the body must be an object with an id")
			}
			act(what.ID)
			return what, nil
		})
	}
}

// furnish mounts the handlers of [WithHandler] and makes the fixtures.
func (s *Server) furnish() error {
	for _, m := range s.config.handlers {
		if err := s.host.Mount(m.pattern, m.handler); err != nil {
			return fmt.Errorf("novutest: WithHandler: %w", err)
		}
	}
	for _, f := range s.config.fixtures {
		if err := f.apply(s); err != nil {
			return err
		}
	}
	return nil
}

// Format prints the server's address and nothing of what it holds, whatever the
// verb.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "novutest.Server "+s.URL()) }

// URL is the root of the Novu API, without a slash at its end:
// http://127.0.0.1:40123.
func (s *Server) URL() string { return s.host.URL }

// LoginURL stands for https://login.microsoftonline.com.
func (s *Server) LoginURL() string { return s.microsoft.LoginURL() }

// GraphURL stands for https://graph.microsoft.com.
func (s *Server) GraphURL() string { return s.microsoft.GraphURL() }

// ConnectorURL stands for https://smba.trafficmanager.net/teams.
func (s *Server) ConnectorURL() string { return s.microsoft.ConnectorURL() }

// WorkflowsURL is the address of an emulated flow, shaped like a real one and
// different for each name. A webhook client posts to it directly; as a webhook
// endpoint's url Novu's side posts to it too.
func (s *Server) WorkflowsURL(name string) WebhookURL {
	return WebhookURL(s.microsoft.WorkflowsURL(name))
}

// SecretKey is the API key of the one environment.
func (s *Server) SecretKey() string { return s.config.novu.SecretKey }

// EnvironmentID is the id of the environment that the key belongs to. It stands
// in some error messages.
func (s *Server) EnvironmentID() string { return s.novu.EnvironmentID() }

// Advance moves the server's clock forward by d: OAuth state, tokens and
// idempotency keys grow older, rate limits refill, and triggers whose
// processing delay has passed are processed.
func (s *Server) Advance(d time.Duration) { s.host.Clock.Advance(d) }

// Close breaks every connection and stops the server. Closing twice does nothing.
func (s *Server) Close() { s.host.Close() }

// Settle waits until every trigger that was accepted before it was called has
// been processed, without waiting for the processing delay, and until every
// event for an agent that was on its way then has reached its bridge or has
// failed for good. Pauses between attempts pass on the server's clock. It
// returns early with the context's error.
func (s *Server) Settle(ctx context.Context) error { return s.novu.Settle(ctx) }

// ServeHTTP answers one request. It is there for [http.Handler]; clients use
// [Server.URL].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.host.ServeHTTP(w, r) }

// HTTPClient returns a client that reaches this server, over the network or in
// memory. It follows redirects as http.Client does.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: s.host.Transport()} }
