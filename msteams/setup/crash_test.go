package setup_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
}{
	{name: "request lost", spoil: loseReq},
	{name: "answer lost", spoil: loseAnswer},
	{name: "killed before", spoil: loseReq, dies: true},
	{name: "killed after", spoil: loseAnswer, dies: true},
}

// writes reports whether a request changes something.
func isWrite(r *http.Request) bool { return r.Method != http.MethodGet }

// countWrites counts the requests of a run that change something, tokens included.
func (b *bench) countWrites(run func(ctx context.Context) error) int {
	n := 0
	b.wire.spoil = func(_ int, r *http.Request) spoiling {
		if isWrite(r) {
			n++
		}
		return pass
	}
	require.NoError(b.t, run(b.t.Context()))
	b.wire.spoil = nil
	return n
}

// losing has the nth write of a run go wrong.
func (b *bench) losing(nth int, spoil spoiling, dies bool, run func(ctx context.Context) error) {
	ctx, kill := context.WithCancel(b.t.Context())
	defer kill()
	n := 0
	b.wire.spoil = func(_ int, r *http.Request) spoiling {
		if ctx.Err() != nil {
			return loseReq
		}
		if !isWrite(r) {
			return pass
		}
		if n++; n != nth {
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

// works checks that what Novu holds is accepted: the message of a trigger
// reaches a channel.
func (b *bench) works(s *setup.Setup) {
	keys, err := s.Keys(b.t.Context())
	require.NoError(b.t, err)
	inUse := 0
	for _, k := range keys {
		if k.InUse {
			inUse++
		}
	}
	assert.Equal(b.t, 1, inUse)
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

// everyLoss runs f for each way in which each write of run can go wrong, with
// and without lagging replicas.
func everyLoss(t *testing.T, prepare func(b *bench, s *setup.Setup), run func(ctx context.Context, s *setup.Setup) error, check func(b *bench, s *setup.Setup)) {
	t.Helper()
	writes := 0
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		prepare(b, s)
		writes = b.countWrites(func(ctx context.Context) error { return run(ctx, s) })
	})
	require.NotZero(t, writes)
	for i, delay := range []time.Duration{0, 3 * time.Second} {
		for _, loss := range losses {
			if delay > 0 && !loss.dies {
				continue // what is lost in between is asked for again at once
			}
			for n := 1; n <= writes; n++ {
				version := novutest.Version319
				if (n+i)%3 == 0 {
					version = novutest.Version315 // which shows stored credentials
				}
				t.Run(fmt.Sprintf("%s/%d of %d/lag %s/%s", loss.name, n, writes, delay, version), func(t *testing.T) {
					t.Parallel()
					inBubble(t, func(t *testing.T, b *bench) {
						s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
						prepare(b, s)
						b.losing(n, loss.spoil, loss.dies, func(ctx context.Context) error { return run(ctx, s) })
						check(b, s)
					}, novutest.WithReplicationDelay(delay), novutest.WithVersion(version))
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

func TestApplyAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	everyLoss(t, func(*bench, *setup.Setup) {}, planAndApply, func(b *bench, s *setup.Setup) {
		if err := planAndApply(b.t.Context(), s); err != nil {
			// A lagging replica can make a plan stale; the next one is not.
			require.ErrorIs(b.t, err, setup.ErrPlanStale)
			require.NoError(b.t, planAndApply(b.t.Context(), s))
		}
		b.ends(s)
		b.oneKey(s)
	})
}

func TestRotateAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	rotate := func(ctx context.Context, s *setup.Setup) error {
		_, err := s.Rotate(ctx, setup.RotateParams{})
		return err
	}
	everyLoss(t, func(b *bench, s *setup.Setup) { b.apply(s) }, rotate, func(b *bench, s *setup.Setup) {
		require.NoError(b.t, rotate(b.t.Context(), s))
		b.ends(s)
		b.oneKey(s)
	})
}

func TestDestroyAfterEveryLossComesToTheSameEnd(t *testing.T) {
	t.Parallel()
	destroy := func(ctx context.Context, s *setup.Setup) error {
		plan, err := s.PlanDestroy(ctx)
		if err != nil {
			return err
		}
		_, err = s.Apply(ctx, plan)
		return err
	}
	everyLoss(t, func(b *bench, s *setup.Setup) { b.apply(s) }, destroy, func(b *bench, s *setup.Setup) {
		if err := destroy(b.t.Context(), s); err != nil {
			require.ErrorIs(b.t, err, setup.ErrPlanStale)
			require.NoError(b.t, destroy(b.t.Context(), s))
		}
		assert.Empty(b.t, b.srv.Leftovers())
	})
}
