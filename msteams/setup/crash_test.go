package setup_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// losses are the ways in which one request goes wrong.
var losses = []struct {
	name  string
	spoil spoiling
	dies  bool // the run ends there, as if the process had been killed
	swift bool // it goes on at once, so that lagging replicas make no difference
	harsh bool // the run ends there, or believes what is not so
}{
	{name: "request lost", spoil: loseReq},
	{name: "answer lost", spoil: loseAnswer},
	{name: "killed before", spoil: loseReq, dies: true},
	{name: "killed after", spoil: loseAnswer, dies: true, harsh: true},
	{name: "half an answer", spoil: halveAnswer},
	{name: "throttled", spoil: throttle, swift: true},
	{name: "internal error", spoil: fail, swift: true},
	{name: "conflict", spoil: conflict, harsh: true},
	{name: "maintenance", spoil: maintain, harsh: true},
}

// writes reports whether a request changes something.
func isWrite(r *http.Request) bool { return r.Method != http.MethodGet }

// isRequest is true of every request.
func isRequest(*http.Request) bool { return true }

// count counts the requests of a run that are of a kind, tokens included.
func (b *bench) count(is func(*http.Request) bool, run func(ctx context.Context) error) int {
	var n atomic.Int32 // requests go at once
	b.wire.spoil = func(_ int, r *http.Request) spoiling {
		if is(r) {
			n.Add(1)
		}
		return pass
	}
	require.NoError(b.t, run(b.t.Context()))
	b.wire.spoil = nil
	return int(n.Load())
}

// losing has the nth request of a kind go wrong in a run.
func (b *bench) losing(is func(*http.Request) bool, nth int, spoil spoiling, dies bool, run func(ctx context.Context) error) {
	ctx, kill := context.WithCancel(b.t.Context())
	defer kill()
	var n atomic.Int32
	b.wire.spoil = func(_ int, r *http.Request) spoiling {
		if ctx.Err() != nil {
			return loseReq
		}
		if !is(r) || int(n.Add(1)) != nth {
			return pass
		}
		if dies {
			kill()
		}
		return spoil
	}
	_ = run(ctx) // what it says is not the point
	b.wire.spoil = nil
}

// ends checks that everything is there, once.
func (b *bench) ends(s *setup.Setup) {
	t := b.t
	plan := b.plan(s)
	require.True(t, plan.Empty(), plan.String())
	count := map[string]int{}
	for _, line := range b.srv.Leftovers() {
		what, _, _ := strings.Cut(line, " ")
		count[what]++
	}
	assert.Equal(t, map[string]int{"application": 1, "service": 1, "app": 4, "delegated": 1, "resource": 1, "bot": 1, "catalog": 1}, count)
	list, err := b.client.Integrations.List(t.Context())
	require.NoError(t, err)
	var ours []string
	for _, integration := range list {
		if integration.Identifier == "msteams-acme" {
			ours = append(ours, integration.Name)
			assert.True(t, integration.Active)
		}
	}
	assert.Equal(t, []string{"Acme alerts (novu-teams-acme)"}, ours)
	b.works(s)
}

// works checks that Microsoft accepts what Novu holds: a customer connects, and
// the message of a trigger reaches its channel.
func (b *bench) works(s *setup.Setup) {
	b.current(s)
	b.customer()
	require.NoError(b.t, b.trigger(b.t.Context(), "db-1"))
	require.NoError(b.t, b.srv.Settle(b.t.Context()))
	assert.Len(b.t, b.srv.Messages(), 1)
}

// oneKey lets the overlap pass, after which only the key in use is left.
func (b *bench) oneKey(s *setup.Setup) {
	b.srv.Advance(2 * setup.DefaultOverlap)
	b.apply(s)
	keys, err := s.Keys(b.t.Context())
	require.NoError(b.t, err)
	assert.Len(b.t, keys, 1)
	assert.True(b.t, keys[0].InUse)
}

// scenario is a run in which one request after the other goes wrong.
type scenario struct {
	prepare func(b *bench, s *setup.Setup)
	run     func(ctx context.Context, s *setup.Setup) error
	check   func(b *bench, s *setup.Setup) // runs it again

	is    func(*http.Request) bool // which requests go wrong
	lags  []time.Duration          // after which all replicas agree; they flap before
	harsh bool                     // of the ways only those that are
}

// everyLoss plays the scenario once for each request and each way in which it
// can go wrong.
func (sc scenario) everyLoss(t *testing.T) {
	t.Helper()
	total := 0
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		sc.prepare(b, s)
		total = b.count(sc.is, func(ctx context.Context) error { return sc.run(ctx, s) })
	})
	require.NotZero(t, total)
	for i, lag := range sc.lags {
		for _, loss := range losses {
			if loss.swift && lag > 0 || sc.harsh && !loss.harsh {
				continue
			}
			for n := 1; n <= total; n++ {
				version := novutest.Version319
				if (n+i)%3 == 0 {
					version = novutest.Version315 // which shows stored credentials
				}
				t.Run(fmt.Sprintf("%s/%d of %d/lag %s/%s", loss.name, n, total, lag, version), func(t *testing.T) {
					t.Parallel()
					inBubble(t, func(t *testing.T, b *bench) {
						s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
						sc.prepare(b, s)
						b.losing(sc.is, n, loss.spoil, loss.dies, func(ctx context.Context) error { return sc.run(ctx, s) })
						sc.check(b, s)
					}, novutest.WithReplicationDelay(lag), novutest.WithVersion(version),
						novutest.WithTenant(contoso), novutest.WithConsent(novutest.Approve))
				})
			}
		}
	}
}

func planAndApply(ctx context.Context, s *setup.Setup) error {
	plan, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	_, err = s.Apply(ctx, plan)
	return err
}

// until runs again where a lagging replica made a plan stale: the next one is not.
func (b *bench) until(s *setup.Setup, run func(ctx context.Context, s *setup.Setup) error) {
	if err := run(b.t.Context(), s); err != nil {
		require.ErrorIs(b.t, err, setup.ErrPlanStale)
		require.NoError(b.t, run(b.t.Context(), s))
	}
}

func TestApplyAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	scenario{
		prepare: func(*bench, *setup.Setup) {}, run: planAndApply,
		check: func(b *bench, s *setup.Setup) {
			b.until(s, planAndApply)
			time.Sleep(time.Minute) // until all replicas agree
			b.ends(s)
			b.oneKey(s)
		},
		is: isWrite, lags: []time.Duration{0, 3 * time.Second},
	}.everyLoss(t)
}

func rotate(ctx context.Context, s *setup.Setup) error {
	_, err := s.Rotate(ctx, setup.RotateParams{})
	return err
}

func TestRotateAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	scenario{
		prepare: func(b *bench, s *setup.Setup) {
			b.apply(s)
			b.srv.Advance(time.Hour)
			require.NoError(b.t, rotate(b.t.Context(), s))
			b.srv.Advance(2 * setup.DefaultOverlap) // so that there is an old secret to remove
		},
		run: rotate,
		check: func(b *bench, s *setup.Setup) {
			require.NoError(b.t, rotate(b.t.Context(), s))
			b.ends(s)
			b.oneKey(s)
		},
		is: isWrite, lags: []time.Duration{0, 3 * time.Second},
	}.everyLoss(t)
}

func TestDestroyAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	sc := scenario{
		prepare: func(b *bench, s *setup.Setup) { b.apply(s) }, run: planAndDestroy,
		check: func(b *bench, s *setup.Setup) {
			b.until(s, planAndDestroy)
			assert.Empty(b.t, b.srv.Leftovers())
		},
		is: isWrite, lags: []time.Duration{0, 3 * time.Second},
	}
	sc.everyLoss(t)
	// Between two reads an application that moves among the deleted ones is easily missed.
	sc.is, sc.lags, sc.harsh = isRequest, []time.Duration{20 * time.Second}, true
	sc.everyLoss(t)
}

func planAndDestroy(ctx context.Context, s *setup.Setup) error {
	plan, err := s.PlanDestroy(ctx)
	if err != nil {
		return err
	}
	_, err = s.Apply(ctx, plan)
	return err
}
