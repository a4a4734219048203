package agent

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/check"
)

// Option configures a [Handler]. One that can't be right makes NewHandler fail.
type Option func(*config, *check.Checks)

type config struct {
	turnTimeout time.Duration
	concurrency int
	queueSize   int
	synchronous bool
	dispatch    func(context.Context, Delivery) error
	first       func(context.Context, string) (bool, error)
	middleware  []func(TurnFunc) TurnFunc
	maxBody     int64
	logger      *slog.Logger
	files       fileFetcher
}

const (
	defaultTurnTimeout = 5 * time.Minute
	defaultConcurrency = 100
	defaultQueueSize   = 1000
	defaultMaxBody     = 64 << 20

	// synchronousLimit leaves time for the error report within the 30 s that Novu waits.
	synchronousLimit = 25 * time.Second
)

func configure(c *check.Checks, opts []Option) config {
	cfg := config{
		turnTimeout: defaultTurnTimeout, concurrency: defaultConcurrency, queueSize: defaultQueueSize, maxBody: defaultMaxBody,
		logger: slog.Default(), files: newFileFetcher(),
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg, c)
		}
	}
	if cfg.dispatch != nil && (cfg.synchronous || cfg.first != nil) {
		c.Add("Dispatcher", "excludes WithSynchronousTurns and WithDeduper: the queue decides when a turn runs, and how often")
	}
	if cfg.synchronous {
		cfg.turnTimeout = min(cfg.turnTimeout, synchronousLimit)
	}
	return cfg
}

func positive[T ~int | ~int64](c *check.Checks, field string, value T) {
	if value <= 0 {
		c.Add(field, "must be positive")
	}
}

// WithTurnTimeout ends the context of a turn after d. The default is 5 minutes. A function that goes
// on regardless keeps its conversation waiting.
func WithTurnTimeout(d time.Duration) Option {
	return func(cfg *config, c *check.Checks) { positive(c, "TurnTimeout", d); cfg.turnTimeout = d }
}

// WithConcurrency runs at most n turns at once. The default is 100.
func WithConcurrency(n int) Option {
	return func(cfg *config, c *check.Checks) { positive(c, "Concurrency", n); cfg.concurrency = n }
}

// WithQueueSize lets n turns wait. The default is 1000. When that many wait, Novu is answered 503
// and tries twice more within 1.5 s. A conversation that has turns waiting may add to them all the
// same, so that none of its messages overtakes another.
func WithQueueSize(n int) Option {
	return func(cfg *config, c *check.Checks) { positive(c, "QueueSize", n); cfg.queueSize = n }
}

// WithSynchronousTurns answers Novu when the turn is over, for platforms that stop a program once it
// has answered. A turn then has at most 25 s, because Novu waits for 30.
func WithSynchronousTurns() Option {
	return func(cfg *config, _ *check.Checks) { cfg.synchronous = true }
}

// WithDispatcher hands each delivery to dispatch instead of running its turn, usually to put it into
// a queue. Novu is answered when dispatch returns. If it returns an error, the answer is 503, and Novu
// tries twice more within 1.5 s. [Handler.Process] runs the turn, here or in another program. Novu repeats a delivery
// whose answer got lost: let the queue drop the second with [Delivery.Key].
func WithDispatcher(dispatch func(ctx context.Context, d Delivery) error) Option {
	return func(cfg *config, c *check.Checks) {
		if dispatch == nil {
			c.Add("Dispatcher", "must not be nil")
		}
		cfg.dispatch = dispatch
	}
}

// WithDeduper is for several instances that share a store of seen deliveries. It calls first with the key
// of each delivery, and runs the turn only if first returns true: that the key was new, and is marked now.
// If it returns an error, Novu tries again. Without it, a handler remembers by itself what it has seen,
// for at least 10 minutes. If an instance dies, the turns that it has marked and not finished are lost:
// use [WithDispatcher] where that matters.
func WithDeduper(first func(ctx context.Context, key string) (bool, error)) Option {
	return func(cfg *config, c *check.Checks) {
		if first == nil {
			c.Add("Deduper", "must not be nil")
		}
		cfg.first = first
	}
}

// WithTurnMiddleware wraps the work of every turn, for logs, traces and limits of your own. Middleware
// runs in the order given; the first is outermost.
func WithTurnMiddleware(m func(TurnFunc) TurnFunc) Option {
	return func(cfg *config, c *check.Checks) {
		if m == nil {
			c.Add("TurnMiddleware", "must not be nil")
			return
		}
		cfg.middleware = append(cfg.middleware, m)
	}
}

// WithMaxBodySize sets the largest delivery that is read, in bytes. The default is 64 MB, since Novu
// repeats the inline files of earlier replies. A larger one is answered 413, and the person reads that
// the agent is offline.
func WithMaxBodySize(bytes int64) Option {
	return func(cfg *config, c *check.Checks) { positive(c, "MaxBodySize", bytes); cfg.maxBody = bytes }
}

// WithLogger logs turns that failed, deliveries that were refused or dropped, and clocks that are
// wrong. The default is [slog.Default]. Nil logs nothing. Texts of people are never logged; errors of
// your own functions are.
func WithLogger(l *slog.Logger) Option {
	return func(cfg *config, _ *check.Checks) {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		cfg.logger = l
	}
}

// WithFileClient fetches attachments through hc, for a proxy or a test. The addresses come from outside.
// The default client therefore connects to public hosts only; hc must see to that itself.
func WithFileClient(hc *http.Client) Option {
	return func(cfg *config, c *check.Checks) {
		if hc == nil {
			c.Add("FileClient", "must not be nil")
			return
		}
		cfg.files = hc
	}
}
