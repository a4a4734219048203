package doctor

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor/internal/taskgraph"
	"github.com/novu-go/novu/internal/check"
)

// SweepParams says which customers to examine. The zero value stands for all of them.
type SweepParams struct {
	// After is the Cursor of a report. The sweep goes on behind it, also in another process and
	// after customers were added or removed.
	After string
	// Shards divides the customers among that many sweeps, and Shard, from 0, is the share of this
	// one. A customer's share follows from the tenant id alone, so that no two sweeps examine the
	// same tenant. Shards that run at the same time share Microsoft's rate limits: divide
	// msteams.DefaultRateLimits among them.
	Shard, Shards int
	// Concurrency is how many customers are examined at a time; 0 stands for 64.
	Concurrency int
}

const (
	defaultConcurrency = 64
	// endpointsAtATime of one customer are examined, so that a large one takes no more memory.
	endpointsAtATime = 50
	// checksAtATime of one customer are made.
	checksAtATime = 4
	// shortestSweepTimeout of a check leaves time to wait for a turn under the rate limits.
	shortestSweepTimeout = 2 * time.Minute
)

func (p SweepParams) check() (position, error) {
	checks := &checks{check.Checks{Op: "sweep"}}
	if p.Shards < 0 {
		checks.Add("Shards", "must not be negative")
	}
	if p.Shard < 0 || p.Shard >= max(p.Shards, 1) {
		checks.Add("Shard", fmt.Sprintf("must be from 0 to %d", max(p.Shards, 1)-1))
	}
	if p.Concurrency < 0 {
		checks.Add("Concurrency", "must not be negative")
	}
	after, err := parseCursor(p.After)
	if err != nil {
		checks.Add("After", err.Error())
	}
	return after, checks.err()
}

// Sweep examines every connection and endpoint for Teams of the environment, and yields a report
// for each connection, with its endpoints. Endpoints without a connection are reported by
// subscriber, or by tenant if they name one. It answers which customers are broken now: whether the
// consent was withdrawn, the secret has expired, the bot was removed, a channel is gone, or a
// webhook can't work. Webhooks are judged by their URL; nothing is posted.
//
// Tenants come in an order that follows from their ids, so a sweep can be resumed with
// [SweepParams.After]. It reads Novu's lists of connections and endpoints whole, 100 to a page, and
// keeps within the rate limits of the client of [WithMSTeams]. It holds a bounded part of the lists
// in memory and reads them again for the next part. The Graph tokens of a tenant leave the client's
// cache when the tenant is done.
//
// A list that can't be read, and the end of ctx, end the sweep with an error. So do wrong params,
// with ErrInvalidParams. What is wrong with a customer is in the report.
func (d *Doctor) Sweep(ctx context.Context, params SweepParams) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		after, err := params.check()
		if err != nil {
			yield(nil, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s, err := newSweep(ctx, d, params)
		for err == nil {
			var customers []*customer
			var more bool
			if customers, more, err = s.listCustomers(ctx, after); err != nil {
				break
			}
			var last position
			if more {
				last = position{key: customers[len(customers)-1].key, unit: lastUnit}
			}
			for report := range s.examineInOrder(ctx, customers, after) {
				if !yield(report, nil) {
					return
				}
			}
			if err = ctx.Err(); err != nil || !more {
				break
			}
			after = last
		}
		if err != nil {
			yield(nil, fmt.Errorf("doctor: sweep: %w", err))
		}
	}
}

// sweep is what all reports of a sweep have in common.
type sweep struct {
	doctor *Doctor
	params SweepParams
	server *server

	mu           sync.Mutex
	integrations map[integrationKey]examinedIntegration
}

// examinedIntegration is an integration as it was not long ago.
type examinedIntegration struct {
	get   func() *integration
	since time.Time
}

// integrationIsFresh is how long the findings about an integration are used. A secret may expire
// while a sweep is under way, and a server that did not answer may answer again.
const integrationIsFresh = 5 * time.Minute

// integrationKey tells apart what only webhooks use, because they need no credentials.
type integrationKey struct {
	identifier string
	bot        bool
}

func newSweep(ctx context.Context, d *Doctor, params SweepParams) (*sweep, error) {
	environment, err := d.novu.Environment(ctx)
	if err != nil {
		return nil, err
	}
	integrations, err := d.novu.Integrations.List(ctx)
	if err != nil {
		return nil, err
	}
	s := &sweep{doctor: d, params: params, integrations: map[integrationKey]examinedIntegration{}}
	s.server = &server{environment: environment, integrations: integrations, subject: &subject{tasks: map[Check]*task{}}}
	for _, name := range []Check{CheckKey, CheckFeature, CheckIntegrations} {
		s.server.tasks[name] = taskgraph.Done(ok("found"))
	}
	x := s.newExamination("")
	s.server.tasks[CheckRoutes] = taskgraph.Done((&server{x: x}).checkRoutes(ctx, nil))
	return s, ctx.Err()
}

// newExamination examines a part of a customer.
func (s *sweep) newExamination(subscriberID string) *examination {
	x := newExamination(s.doctor, Question{SubscriberID: subscriberID})
	x.graph = taskgraph.New[Finding](checksAtATime)
	x.checkTimeout = max(x.checkTimeout, shortestSweepTimeout)
	x.silent = true
	x.server = s.server
	if s.server != nil {
		for _, i := range s.server.integrations {
			x.secrets = append(x.secrets, i.Credentials.ClientSecret)
		}
	}
	return x
}

// integration examines an integration once in a while, for all customers.
func (s *sweep) integration(ctx context.Context, key integrationKey, subscriberID string) *integration {
	s.mu.Lock()
	examined, known := s.integrations[key]
	if !known || time.Since(examined.since) > integrationIsFresh {
		examined = examinedIntegration{since: time.Now(), get: sync.OnceValue(func() *integration {
			x := s.newExamination(subscriberID)
			i := newIntegration(x, key.identifier)
			i.needed, i.bot = true, key.bot
			i.examine(ctx)
			x.graph.Wait()
			return i
		})}
		s.integrations[key] = examined
	}
	s.mu.Unlock()
	return examined.get()
}

// examineInOrder examines several customers at a time, and yields the reports in the order of the
// customers. It ends early when ctx does.
func (s *sweep) examineInOrder(ctx context.Context, customers []*customer, after position) iter.Seq[*Report] {
	return func(yield func(*Report) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		atATime := s.params.Concurrency
		if atATime == 0 {
			atATime = defaultConcurrency
		}
		slots := make(chan struct{}, atATime)
		done := make(chan chan []*Report, atATime) // what is done waits here for its turn
		running.Go(func() {
			defer close(done)
			for i, c := range customers {
				reports := make(chan []*Report, 1)
				for _, wait := range []func() bool{
					func() bool { return send(ctx, slots, struct{}{}) },
					func() bool { return send(ctx, done, reports) },
				} {
					if !wait() {
						return
					}
				}
				customers[i] = nil
				running.Go(func() {
					defer func() { <-slots }()
					reports <- s.examine(ctx, c, after)
				})
			}
		})
		for reports := range done {
			for _, report := range <-reports {
				if ctx.Err() != nil || !yield(report) {
					return
				}
			}
		}
	}
}

func send[T any](ctx context.Context, to chan<- T, value T) bool {
	select {
	case to <- value:
		return true
	case <-ctx.Done():
		return false
	}
}

// examine returns the reports of one customer that come after the position.
func (s *sweep) examine(ctx context.Context, c *customer, after position) []*Report {
	directories := map[string]*directory{}
	defer func() {
		for _, d := range directories {
			d.forget()
		}
	}()
	var reports []*Report
	for _, u := range c.sortedUnits() {
		at := position{key: c.key, unit: u.id}
		if !after.before(at) {
			continue
		}
		report := s.examineUnit(ctx, c, u, directories)
		report.Cursor = at.cursor()
		reports = append(reports, report)
	}
	return reports
}

// examineUnit makes the report of one connection, or of the endpoints without one.
func (s *sweep) examineUnit(ctx context.Context, c *customer, u *unit, directories map[string]*directory) *Report {
	started := time.Now()
	report := &Report{
		SubscriberID: u.subscriberID(), TenantID: c.tenantID, ConnectionIdentifier: u.id,
		ContextKeys: append([]string{}, u.contextKeys()...), StartedAt: started,
	}
	for rest := u.endpoints; ; {
		n := min(len(rest), endpointsAtATime)
		part := s.examinePart(ctx, u, rest[:n], directories)
		report.Findings = mergeFindings(report.Findings, part.Findings)
		if rest = rest[n:]; len(rest) == 0 {
			break
		}
	}
	report.settleVerdict()
	report.Duration = time.Since(started)
	return report
}

func (s *sweep) examinePart(ctx context.Context, u *unit, endpoints []novu.ChannelEndpoint, directories map[string]*directory) *Report {
	limited, cancel := context.WithTimeoutCause(ctx, s.doctor.timeout, &limitError{limit: s.doctor.timeout})
	defer cancel()
	x := s.newExamination(u.subscriberID())
	x.directories = directories
	r := newRoute(x)
	usesBot := u.connection != nil
	for _, e := range endpoints {
		usesBot = usesBot || (&endpoint{ChannelEndpoint: e}).usesBot()
	}
	r.examined = func(identifier string) *integration {
		return s.integration(ctx, integrationKey{identifier: identifier, bot: usesBot}, u.subscriberID())
	}
	if u.connection != nil {
		r.useConnection(u.connection)
	}
	for _, e := range endpoints {
		r.use(&endpoint{ChannelEndpoint: e, x: x})
	}
	r.examine(limited)
	x.graph.Wait()
	return x.report()
}

// mergeFindings adds the findings of another part of the same report. Of one check of one subject,
// the worse finding stays.
func mergeFindings(all, more []Finding) []Finding {
	if len(all) == 0 {
		return more
	}
	index := make(map[string]int, len(all))
	for i, f := range all {
		index[f.Subject+"\x00"+string(f.Check)] = i
	}
	for _, f := range more {
		i, known := index[f.Subject+"\x00"+string(f.Check)]
		switch {
		case !known:
			all = append(all, f)
		case importance(f) < importance(all[i]):
			all[i] = f
		}
	}
	return all
}
