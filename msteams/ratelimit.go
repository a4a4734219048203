package msteams

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// RateLimit allows so many requests in any stretch of time that long.
type RateLimit struct {
	Requests int
	Per      time.Duration
}

// RateLimits hold requests back before they are sent. Each attempt counts, and so does each request
// inside a batch. If several limits are given, all hold. An empty field sets no limit. A client
// counts what it sends itself: two processes that act as one app share Microsoft's limits but not
// these.
type RateLimits struct {
	Graph    []RateLimit // Graph, per tenant: reading teams, apps, users; removing installations
	Channels []RateLimit // Graph, per tenant: listing channels
	Installs []RateLimit // Graph, per tenant: installing apps

	AllGraph    []RateLimit // as Graph, over all tenants
	AllChannels []RateLimit // as Channels, over all tenants
	AllInstalls []RateLimit // as Installs, over all tenants

	Team         []RateLimit // Graph, per team, outside Directory
	TeamChannels []RateLimit // Graph, per team: listing channels, outside Directory

	Connector []RateLimit // bot connector, per tenant
	Messages  []RateLimit // bot connector, per conversation: messages, and making the conversation
	Members   []RateLimit // bot connector, per conversation: members
}

// DefaultRateLimits returns the rates that Microsoft documents. A client keeps each of them over a
// stretch of time that is 5 % longer, because requests do not arrive as evenly as they were sent.
func DefaultRateLimits() RateLimits {
	perSecond := func(n int) []RateLimit { return []RateLimit{{n, time.Second}} }
	return RateLimits{
		Graph: perSecond(30), Channels: perSecond(60), Installs: perSecond(30),
		AllGraph: perSecond(600), AllChannels: perSecond(1200), AllInstalls: perSecond(300),
		Team: perSecond(4), TeamChannels: perSecond(1),
		Connector: perSecond(30),
		Messages:  []RateLimit{{7, time.Second}, {8, 2 * time.Second}, {60, 30 * time.Second}, {1800, time.Hour}},
		Members:   []RateLimit{{14, time.Second}, {120, 30 * time.Second}},
	}
}

func (c *checks) limits(l *RateLimits) {
	for i, rates := range l.all() {
		for _, r := range rates {
			if r.Requests < 1 || r.Per <= 0 {
				c.add("RateLimits."+classNames[i], fmt.Sprintf("has a limit of %d requests per %s; both must be positive", r.Requests, r.Per))
			}
		}
	}
}

// class is a field of RateLimits.
type class int

const (
	perGraph class = iota
	perChannels
	perInstalls
	allGraph
	allChannels
	allInstalls
	perTeam
	perTeamChannels
	perConnector
	perMessages
	perMembers
)

var classNames = []string{
	"Graph", "Channels", "Installs", "AllGraph", "AllChannels", "AllInstalls", "Team", "TeamChannels", "Connector", "Messages", "Members",
}

func (l *RateLimits) all() [][]RateLimit {
	return [][]RateLimit{
		l.Graph, l.Channels, l.Installs, l.AllGraph, l.AllChannels, l.AllInstalls, l.Team, l.TeamChannels, l.Connector, l.Messages, l.Members,
	}
}

// gateKey names a gate: what is limited, and whose requests are counted together. The latter is
// empty for the limits over all tenants.
type gateKey struct {
	class class
	of    string
}

// limiter holds the gates that have been used lately.
type limiter struct {
	rates [][]RateLimit

	mu      sync.Mutex
	gates   map[gateKey]*gate
	sweepAt int
}

const fewGates = 1024

func newLimiter(l RateLimits) *limiter {
	return &limiter{rates: l.all(), gates: map[gateKey]*gate{}, sweepAt: fewGates}
}

// pace returns a function that waits until a request that counts n times may pass these gates, the
// narrowest first. A waiter keeps the gates it has passed, so each gate counts requests when they
// are sent.
func (l *limiter) pace(n int, keys ...gateKey) func(context.Context) {
	return func(ctx context.Context) {
		var passed []*gate
		defer func() { l.release(ctx, passed, n) }()
		for _, key := range keys {
			g := l.open(key)
			if g == nil {
				continue
			}
			select {
			case g.turn <- struct{}{}:
				passed = append(passed, g)
			case <-ctx.Done():
				l.leave(g)
				return
			}
			if !sleep(ctx, g.wait(n)) {
				return
			}
		}
	}
}

// release counts the request, if it is sent after all, and lets the next ones in.
func (l *limiter) release(ctx context.Context, passed []*gate, n int) {
	now := time.Now()
	for _, g := range passed {
		if ctx.Err() == nil {
			g.count(n, now)
		}
		<-g.turn
		l.leave(g)
	}
}

// most is how many requests may be sent at once in this class.
func (l *limiter) most(c class, atMost int) int {
	for _, r := range l.rates[c] {
		atMost = min(atMost, r.Requests)
	}
	return atMost
}

func (l *limiter) open(key gateKey) *gate {
	rates := l.rates[key.class]
	if len(rates) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.gates[key]
	if g == nil {
		l.sweep()
		g = &gate{rates: rates, turn: make(chan struct{}, 1)}
		l.gates[key] = g
	}
	g.users++
	return g
}

func (l *limiter) leave(g *gate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.users--
}

// sweep forgets the gates that hold nobody back, when there are many.
func (l *limiter) sweep() {
	if len(l.gates) < l.sweepAt {
		return
	}
	for key, g := range l.gates {
		if g.users == 0 && g.wait(g.largest()) <= 0 {
			delete(l.gates, key)
		}
	}
	l.sweepAt = max(fewGates, 2*len(l.gates))
}

// gate lets one through at a time and remembers when it did.
type gate struct {
	rates []RateLimit
	turn  chan struct{} // held by who is next
	users int           // under the limiter's lock
	log   []time.Time   // oldest first, only as many as the largest limit
}

func (g *gate) largest() int {
	return slices.MaxFunc(g.rates, func(a, b RateLimit) int { return a.Requests - b.Requests }).Requests
}

// wait is how long it takes until n more may pass.
func (g *gate) wait(n int) time.Duration {
	var until time.Time
	for _, r := range g.rates {
		// The request that must have left the stretch before the last of the n enters it.
		if i := min(len(g.log)+n-r.Requests, len(g.log)) - 1; i >= 0 {
			if t := g.log[i].Add(r.Per + r.Per/20); t.After(until) {
				until = t
			}
		}
	}
	return time.Until(until)
}

func (g *gate) count(n int, now time.Time) {
	for range n {
		g.log = append(g.log, now)
	}
	if most := g.largest(); len(g.log) > 2*most {
		g.log = append(g.log[:0], g.log[len(g.log)-most:]...)
	}
}

// sleep waits, and reports whether ctx was still alive at the end.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
