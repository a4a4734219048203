package setup_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// at loses the answer to the request whose method and path end so, the first time.
func at(request string, kill context.CancelFunc) func(int, *http.Request) spoiling {
	var done atomic.Bool
	return func(_ int, r *http.Request) spoiling {
		if !strings.HasSuffix(r.Method+" "+r.URL.Path, request) || done.Swap(true) {
			return pass
		}
		if kill != nil {
			kill()
		}
		return loseAnswer
	}
}

func (b *bench) keys(s *setup.Setup) []setup.Key {
	b.t.Helper()
	keys, err := s.Keys(b.t.Context())
	require.NoError(b.t, err)
	return keys
}

func TestASecretWhoseAnswerWasLostIsRemovedAtOnce(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 500 * time.Millisecond} {
		inBubble(t, func(t *testing.T, b *bench) {
			s := b.setup(config(), b.everybody())
			b.wire.spoil = at("/addPassword", nil)
			b.apply(s)
			assert.Len(t, b.keys(s), 1)
		}, novutest.WithReplicationDelay(lag))
	}
}

func TestASecretThatNobodyEverUsedIsRemovedByTheNextRun(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		ctx, kill := context.WithCancel(t.Context())
		b.wire.spoil = at("/addPassword", kill)
		require.ErrorIs(t, planAndApply(ctx, s), context.Canceled)
		assert.Len(t, b.keys(s), 1)
		b.wire.spoil = nil
		b.apply(s)
		assert.Len(t, b.keys(s), 1)
	})
}

// What Novu may hold stays, though no tag says so.
func TestTheNewestSecretIsNotTakenForAnOldOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		b.srv.Advance(3 * setup.DefaultOverlap)
		ctx, kill := context.WithCancel(t.Context())
		b.wire.spoil = func(_ int, r *http.Request) spoiling {
			if r.Method == http.MethodPut {
				kill() // once Novu has the new secret, before a tag says so
				return loseAnswer
			}
			return pass
		}
		_, err := s.Rotate(ctx, setup.RotateParams{})
		require.ErrorIs(t, err, context.Canceled)
		b.wire.spoil = nil
		require.Len(t, b.keys(s), 2)
		plan := b.plan(s)
		assert.Empty(t, of(plan.Steps, setup.KindOldSecret), "neither of them")
		assert.Contains(t, of(plan.Steps, setup.KindCredentials).Reason, "a later secret may have been handed to Novu")
		b.apply(s)
		b.oneKey(s)
	})
}

func TestASecretThatMicrosoftDoesNotAcceptIsNotHandedOver(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.srv.Inject(novutest.SignInFault(7000215))
		s := b.setup(config(), b.everybody())
		start := time.Now()
		err := planAndApply(t.Context(), s)
		require.ErrorIs(t, err, setup.ErrNotReady)
		require.ErrorContains(t, err, "AADSTS7000215")
		assert.InDelta(t, 2*time.Minute, time.Since(start), float64(30*time.Second))
		list, err := b.client.Integrations.List(t.Context())
		require.NoError(t, err)
		for _, one := range list {
			assert.NotEqual(t, "msteams-acme", one.Identifier)
		}
		assert.Empty(t, b.keys(s))
		b.srv.ClearFaults()
		b.apply(s)
		assert.Len(t, b.keys(s), 1)
	})
}

// However runs meet, the tag names the secret that Novu holds, and it is there.
func TestRotationsThatMeetAgree(t *testing.T) {
	t.Parallel()
	for range 8 {
		inBubble(t, func(t *testing.T, b *bench) {
			b.apply(b.setup(config(), b.everybody()))
			b.wire.spoil = func(int, *http.Request) spoiling {
				time.Sleep(rand.N(400 * time.Millisecond))
				return pass
			}
			var group sync.WaitGroup
			for range 3 {
				s := b.setup(config(), b.everybody())
				group.Go(func() {
					time.Sleep(rand.N(2 * time.Second))
					_, err := s.Rotate(t.Context(), setup.RotateParams{})
					if err != nil {
						assert.ErrorIs(t, err, setup.ErrPlanStale)
					}
				})
			}
			group.Wait()
			b.wire.spoil = nil
			held := "" // by the hint of the secret that this server shows
			for _, k := range b.keys(b.setup(config(), b.everybody())) {
				if k.InUse {
					held = k.ID
				}
			}
			require.NotEmpty(t, held)
			assert.Contains(t, b.application()["tags"], "novu-key="+held)
		}, novutest.WithVersion(novutest.Version315))
	}
}
