package setup_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// inShowingBubble runs f with a server that shows stored credentials.
func inShowingBubble(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	inBubble(t, f, novutest.WithVersion(novutest.Version315), novutest.WithTenant(contoso), novutest.WithConsent(novutest.Approve))
}

// integration is the one that setup makes.
func (b *bench) integration() novu.Integration {
	b.t.Helper()
	list, err := b.client.Integrations.List(b.t.Context())
	require.NoError(b.t, err)
	for _, one := range list {
		if one.Identifier == "msteams-acme" {
			return one
		}
	}
	require.Fail(b.t, "there is no integration")
	return novu.Integration{}
}

// give has somebody else hand credentials to Novu.
func (b *bench) give(credentials novu.MSTeamsCredentials) {
	_, err := b.client.Integrations.Update(b.t.Context(), b.integration().ID, novu.UpdateIntegrationParams{Credentials: credentials})
	require.NoError(b.t, err)
}

// rotates rotates whatever the secret's age.
func (b *bench) rotates(s *setup.Setup, overlap time.Duration) *setup.Rotation {
	b.t.Helper()
	rotation, err := s.Rotate(b.t.Context(), setup.RotateParams{Overlap: overlap})
	require.NoError(b.t, err)
	require.True(b.t, rotation.Rotated)
	return rotation
}

// tidies runs Rotate while no secret is due.
func (b *bench) tidies(s *setup.Setup) *setup.Rotation {
	b.t.Helper()
	rotation, err := s.Rotate(b.t.Context(), setup.RotateParams{Within: time.Minute})
	require.NoError(b.t, err)
	require.False(b.t, rotation.Rotated)
	return rotation
}

// killedAt runs Rotate until the request, whose answer is lost, as if the process had been killed.
func (b *bench) killedAt(s *setup.Setup, request string) {
	ctx, kill := context.WithCancel(b.t.Context())
	defer kill()
	b.wire.spoil = at(request, kill)
	_, err := s.Rotate(ctx, setup.RotateParams{})
	require.ErrorIs(b.t, err, context.Canceled)
	b.wire.spoil = nil
}

// agree checks that the tag names the secret that Novu holds, on a server that shows it.
func (b *bench) agree(s *setup.Setup) {
	b.t.Helper()
	assert.Contains(b.t, b.application()["tags"], "novu-key="+b.current(s).ID)
	b.works(s)
}

// current is the one secret in use.
func (b *bench) current(s *setup.Setup) setup.Key {
	b.t.Helper()
	used := slices.DeleteFunc(b.keys(s), func(k setup.Key) bool { return !k.InUse })
	require.Len(b.t, used, 1)
	return used[0]
}

// Novu may hold a secret although it could not say so: removing that would stop
// every customer's notifications.
func TestASecretThatNovuMayHoldStays(t *testing.T) {
	t.Parallel()
	inShowingBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		before := b.integration().Credentials.ClientSecret
		b.wire.spoil = func(_ int, r *http.Request) spoiling {
			if r.Method == http.MethodPut {
				return loseAnswer // at every attempt
			}
			return pass
		}
		_, err := s.Rotate(t.Context(), setup.RotateParams{})
		require.Error(t, err)
		b.wire.spoil = nil
		require.NotEqual(t, before, b.integration().Credentials.ClientSecret)
		b.works(s)
		b.apply(s)
		b.oneKey(s)
	})
}

func TestAKilledRotationsSecretIsRemovedAtOnceWhereNovuShowsItsOwn(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(b *bench, s *setup.Setup) int{
		"by a rotation":             func(b *bench, s *setup.Setup) int { b.rotates(s, 0); return 2 },
		"by one that is not due":    func(b *bench, s *setup.Setup) int { b.tidies(s); return 1 },
		"by a plan that is applied": func(b *bench, s *setup.Setup) int { b.apply(s); return 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inShowingBubble(t, func(t *testing.T, b *bench) {
				s := b.setup(config(), b.everybody())
				b.apply(s)
				b.srv.Advance(time.Hour)
				b.killedAt(s, "/addPassword")
				require.Len(t, b.keys(s), 2)
				left := next(b, s)
				assert.Len(t, b.keys(s), left)
				b.agree(s)
			})
		})
	}
}

func TestARotationLeavesNoSecretWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		b.wire.spoil = at("/addPassword", nil)
		b.rotates(s, 0)
		assert.Len(t, b.keys(s), 2, "the one in use, and the one before it")
	})
}

func TestTheOverlapOfTheRotationIsKept(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		b.rotates(s, 48*time.Hour)
		b.srv.Advance(30 * time.Hour)
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())
		assert.Empty(t, b.tidies(s).Removed)
		b.srv.Advance(20 * time.Hour)
		assert.Len(t, b.tidies(s).Removed, 1)
	})
}

func TestEachOldSecretGoesAtItsOwnTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		first := b.keys(s)[0].ID
		second := b.rotates(s, 0).Current.ID
		b.srv.Advance(12 * time.Hour)
		b.rotates(s, 0)
		b.srv.Advance(13 * time.Hour)
		rotation := b.tidies(s)
		require.Len(t, rotation.Removed, 1)
		assert.Equal(t, first, rotation.Removed[0].ID)
		require.Len(t, rotation.Kept, 1)
		assert.Equal(t, second, rotation.Kept[0].ID)
	})
}

// A secret that was on its way out and came back into use gets a whole overlap again.
func TestASecretThatCameBackIsKeptForTheOverlap(t *testing.T) {
	t.Parallel()
	inShowingBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		first, old := b.keys(s)[0].ID, b.integration().Credentials
		b.rotates(s, 0)
		b.srv.Advance(20 * time.Hour)
		b.give(old)
		b.rotates(s, 0)
		b.srv.Advance(5 * time.Hour)
		for _, k := range b.tidies(s).Removed {
			assert.NotEqual(t, first, k.ID)
		}
		b.srv.Advance(20 * time.Hour)
		b.tidies(s)
		b.oneKey(s)
	})
}

func TestASecretIsTriedAtBothServicesBeforeNovuGetsIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		var seen []string
		b.wire.see = func(r *http.Request, body []byte) {
			switch {
			case strings.Contains(string(body), "graph.microsoft.com") && strings.HasSuffix(r.URL.Path, "/token"):
				seen = append(seen, "Graph")
			case strings.Contains(string(body), "api.botframework.com"):
				seen = append(seen, "bot")
			case r.Method == http.MethodPut:
				seen = append(seen, "Novu")
			}
		}
		b.rotates(s, 0)
		require.NotEmpty(t, seen)
		assert.Equal(t, "Novu", seen[len(seen)-1])
		assert.Subset(t, seen[:len(seen)-1], []string{"Graph", "bot"})
	})
}

// once has f done right before the first request that fits.
func once(is func(r *http.Request) bool, f func()) func(int, *http.Request) spoiling {
	var done atomic.Bool
	return func(_ int, r *http.Request) spoiling {
		if is(r) && !done.Swap(true) {
			f()
		}
		return pass
	}
}

func TestAnIntegrationThatSomebodyMakesInBetweenIsUsed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.wire.spoil = once(func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v1/integrations")
		}, func() {
			_, err := b.client.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Name: "By hand", Identifier: "msteams-acme", Active: true})
			assert.NoError(t, err)
		})
		b.apply(s)
		assert.Len(t, b.keys(s), 1, "no orphan")
		assert.Equal(t, "By hand", b.integration().Name)
	})
}

// Whatever another run hands over while this one settles, the tag is right in the end.
func TestWhatAnotherRunDoesInBetweenIsNoticed(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]func(put *atomic.Bool, r *http.Request) bool{
		"it replaced the secret": func(put *atomic.Bool, r *http.Request) bool {
			if r.Method == http.MethodPut {
				put.Store(true)
			}
			return put.Load() && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/v1/integrations")
		},
		"it wrote the tag": func(patched *atomic.Bool, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				patched.Store(true)
			}
			return patched.Load() && r.Method == http.MethodGet
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inShowingBubble(t, func(t *testing.T, b *bench) {
				s := b.setup(config(), b.everybody())
				b.apply(s)
				first, made := b.integration().Credentials, b.application()
				b.rotates(s, 0)
				earlier := b.keys(s)
				var seen atomic.Bool
				b.wire.spoil = once(func(r *http.Request) bool { return is(&seen, r) }, func() {
					b.give(first)
					b.graph(http.MethodPatch, "/applications/"+made["id"].(string), map[string]any{"tags": made["tags"]})
				})
				b.rotates(s, 0)
				b.agree(s)
				for _, k := range earlier {
					assert.NotEqual(t, k.ID, b.current(s).ID)
				}
			})
		})
	}
}

// Two secrets may begin with the same three characters.
func TestSecretsWithOneHintAreToldApartByTheTag(t *testing.T) {
	t.Parallel()
	inShowingBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		first := b.application()["passwordCredentials"].([]any)[0].(map[string]any)["hint"].(string)
		current := b.rotates(s, 0).Current.ID
		second := b.integration().Credentials.ClientSecret.Reveal()[:3]
		b.wire.rewrite = strings.NewReplacer(`"hint":"`+first+`"`, `"hint":"`+second+`"`)
		for _, k := range b.keys(s) {
			assert.Equal(t, k.ID == current, k.InUse)
		}
		assert.True(t, b.plan(s).Empty())

		made := b.application()
		b.graph(http.MethodPatch, "/applications/"+made["id"].(string), map[string]any{"tags": []string{"novu-setup=novu-teams-acme"}})
		for _, k := range b.keys(s) {
			assert.False(t, k.InUse, "that is undecidable")
		}
		assert.Contains(t, of(b.plan(s).Steps, setup.KindCredentials).Reason, "not known which secret")
		b.apply(s)
		b.agree(s)
	})
}

func TestCredentialsOfAnotherApplicationAreReplaced(t *testing.T) {
	t.Parallel()
	inShowingBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		others := b.integration().Credentials
		others.ClientID, others.ClientSecret = "99999999-0000-4000-8000-000000000009", "!!!-of-the-other"
		b.give(others)
		b.apply(s)
		assert.Len(t, b.keys(s), 1, "what Novu did not hold needs no overlap")
		b.agree(s)
	})
}

func TestWhatElseNovuHoldsIsKeptAndMended(t *testing.T) {
	t.Parallel()
	inShowingBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		changed := b.integration().Credentials
		changed.TenantID, changed.RedirectURL = contoso.ID, "https://acme.example/connected"
		b.give(changed)
		b.apply(s)
		assert.Len(t, b.keys(s), 1, "the secret was right")
		assert.Equal(t, home, b.integration().Credentials.TenantID)
		b.rotates(s, 0)
		assert.Equal(t, "https://acme.example/connected", b.integration().Credentials.RedirectURL)
	})
}
