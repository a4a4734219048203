package setup_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// of are the steps of the kind.
func of(steps []setup.Step, kind setup.Kind) setup.Step {
	for _, s := range steps {
		if s.Kind == kind {
			return s
		}
	}
	return setup.Step{}
}

func TestATokenOfAnotherTenantIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		who := b.everybody()
		who.Azure = b.srv.Operator(novutest.Operator{TenantID: contoso.ID})
		_, err := b.setup(config(), who).Plan(t.Context())
		require.ErrorIs(t, err, setup.ErrWrongTenant)
		assert.ErrorContains(t, err, "az login --tenant "+home)
		assert.Empty(t, b.wire.take())
	})
}

func TestWhatAnIdentityMayNotDoIsLeftToAPerson(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		who  func(b *bench) setup.Identities
		kind setup.Kind
		role string
		says string
	}{
		"no scope for consent": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Directory = b.srv.Operator(novutest.Operator{Scopes: []string{"Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"}})
				return who
			},
			kind: setup.KindPermissions, role: "Privileged Role Administrator", says: "AppRoleAssignment.ReadWrite.All",
		},
		"no role for consent": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Directory = b.srv.Operator(novutest.Operator{Roles: []string{"Application Administrator"}})
				return who
			},
			kind: setup.KindPermissions, role: "Privileged Role Administrator", says: "Authorization_RequestDenied",
		},
		"an application at the catalog": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Catalog = b.srv.Operator(novutest.Operator{AppOnly: true})
				return who
			},
			kind: setup.KindCatalogApp, role: "Teams Administrator", says: "person",
		},
		"the Azure CLI at the catalog": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Catalog = b.srv.Operator(novutest.Operator{Scopes: []string{"Application.ReadWrite.All"}})
				return who
			},
			kind: setup.KindCatalogApp, role: "Teams Administrator", says: "lacks AppCatalog.ReadWrite.All",
		},
		"nobody for Azure": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Azure = nil
				return who
			},
			kind: setup.KindBot, says: "no identity is configured for Azure",
		},
		"a reader at Azure": {
			who: func(b *bench) setup.Identities {
				who := b.everybody()
				who.Azure = b.srv.Operator(novutest.Operator{Roles: []string{"Reader"}})
				return who
			},
			kind: setup.KindResourceGroup, role: "Contributor", says: "AuthorizationFailed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				s := b.setup(config(), test.who(b))
				result, err := s.Apply(t.Context(), b.plan(s))
				require.NoError(t, err)
				left := of(result.Pending, test.kind)
				assert.Equal(t, setup.ActionAsk, left.Action)
				assert.Contains(t, left.Role, test.role)
				assert.Contains(t, left.Reason, test.says)
				assert.True(t, strings.HasPrefix(left.Link, "http"), left.Link)
				assert.Equal(t, setup.ActionCreate, of(result.Done, setup.KindApplication).Action, "the rest is done")

				// Somebody who may does the rest, and then it is all there.
				b.apply(b.setup(config(), b.everybody()))
				assert.True(t, b.plan(b.setup(config(), b.everybody())).Empty())
			})
		})
	}
}

func TestAnAdministratorConsentsByTheLink(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		who := b.everybody()
		who.Directory = b.srv.Operator(novutest.Operator{Roles: []string{"Application Administrator"}})
		s := b.setup(config(), who)
		result, err := s.Apply(t.Context(), b.plan(s))
		require.NoError(t, err)
		b.visit(of(result.Pending, setup.KindPermissions).Link)
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())
	}, novutest.WithConsent(novutest.Approve))
}

func TestReadersCanPlanAndWriteNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.apply(b.setup(config(), b.everybody()))
		reader := b.srv.Operator(novutest.Operator{Scopes: []string{"Application.Read.All", "AppCatalog.Read.All", "user_impersonation"}, Roles: []string{"Reader"}})
		s := b.setup(config(), setup.Identities{Directory: reader, Catalog: reader, Azure: reader})
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())

		changed := config()
		changed.App.Name = "Acme news"
		s = b.setup(changed, setup.Identities{Directory: reader, Catalog: reader, Azure: reader})
		plan = b.plan(s)
		assert.Equal(t, setup.ActionAsk, of(plan.Steps, setup.KindApplication).Action)
		assert.Contains(t, of(plan.Steps, setup.KindApplication).Reason, "Application.Read.All")
		assert.Equal(t, "Acme news", of(plan.Steps, setup.KindApplication).Changes[0].New, "what is lacking is still shown")
		assert.Len(t, plan.Pending(), 2)
	})
}

func TestNothingMayBeRead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		nobody := b.srv.Operator(novutest.Operator{Scopes: []string{}, Roles: []string{}})
		s := b.setup(config(), setup.Identities{Directory: nobody, Catalog: nobody, Azure: nobody})
		plan := b.plan(s)
		assert.Equal(t, setup.ActionUnreadable, of(plan.Steps, setup.KindApplication).Action)
		assert.Equal(t, setup.ActionUnreadable, of(plan.Steps, setup.KindResourceGroup).Action)
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Empty(t, result.Done)
		assert.Empty(t, b.srv.Leftovers())
	})
}

func TestADoorThatGivesNoToken(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		who := b.everybody()
		who.Azure = func(context.Context, string, string) (msteams.Token, error) {
			return msteams.Token{}, errors.New("please sign in")
		}
		plan := b.plan(b.setup(config(), who))
		assert.Equal(t, setup.ActionUnreadable, of(plan.Steps, setup.KindBot).Action)
		assert.Contains(t, of(plan.Steps, setup.KindBot).Reason, "please sign in")
		assert.Equal(t, setup.ActionCreate, of(plan.Steps, setup.KindApplication).Action)
	})
}

func TestADeletedApplicationOfOursIsRestored(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody(), setup.WithApproval(func(_ context.Context, s setup.Step) (bool, error) {
			return s.Kind != setup.KindDeletedApp, nil
		}))
		b.apply(s)
		plan, err := s.PlanDestroy(t.Context())
		require.NoError(t, err)
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		require.Len(t, result.Pending, 1)
		assert.Equal(t, setup.KindDeletedApp, result.Pending[0].Kind)

		plan = b.plan(s)
		assert.Equal(t, []setup.Change{{Field: "deleted", Old: "yes", New: "restored"}}, of(plan.Steps, setup.KindApplication).Changes)
		b.apply(s)
		plan = b.plan(s)
		assert.True(t, plan.Empty(), plan.String())
		b.oneKey(s)
	})
}

func TestABotOfAnotherSubscription(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		elsewhere := config()
		elsewhere.Azure.SubscriptionID = "11111111-90ab-4c1d-8d57-2a6b9e0c7d11"
		b.apply(b.setup(elsewhere, b.everybody()))

		s := b.setup(config(), b.everybody())
		result, err := s.Apply(t.Context(), b.plan(s))
		require.ErrorIs(t, err, setup.ErrNameTaken)
		var e *setup.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, setup.KindBot, e.Step)
		assert.Equal(t, "InvalidBotData", e.Code)
		assert.Contains(t, e.Remedy, "subscription")
		assert.Equal(t, setup.KindTeamsChannel, result.Pending[1].Kind, "the channel waits for its bot")
	})
}

func TestABotInAnotherGroupIsUsed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.apply(b.setup(config(), b.everybody()))
		moved := config()
		moved.Azure.ResourceGroup = "another"
		s := b.setup(moved, b.everybody())
		plan := b.plan(s)
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindBot).Action)
		assert.Contains(t, of(plan.Steps, setup.KindBot).Reason, "resource group teams")
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindTeamsChannel).Action)
	})
}

func TestWhatTheTenantForbids(t *testing.T) {
	t.Parallel()
	for code, says := range map[string]string{
		"CredentialInvalidLifetimeAsPerAppPolicy": "SecretLifetime",
		"CredentialTypeNotAllowedAsPerAppPolicy":  "exempt",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				f := novutest.GraphFault(400, code, "The policy says no.")
				f.Method, f.Route = "POST", "/_graph/v1.0/applications/{id}/addPassword"
				b.srv.Inject(f)
				s := b.setup(config(), b.everybody())
				result, err := s.Apply(t.Context(), b.plan(s))
				require.ErrorIs(t, err, setup.ErrPolicy)
				assert.ErrorContains(t, err, says)
				assert.ErrorContains(t, err, `credentials "msteams-acme"`)
				assert.Len(t, result.Pending, 1, "the rest is done")
				b.srv.ClearFaults()
				b.apply(s)
				assert.True(t, b.plan(s).Empty())
			})
		})
	}
}

func TestAzurePolicyIsQuoted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		f := novutest.GraphFault(403, "RequestDisallowedByPolicy", "Resource 'teams' was disallowed by policy 'no-europe'.")
		f.Method, f.Route = "PUT", "/_arm/*"
		b.srv.Inject(f)
		s := b.setup(config(), b.everybody())
		_, err := s.Apply(t.Context(), b.plan(s))
		require.ErrorIs(t, err, setup.ErrPolicy)
		assert.ErrorContains(t, err, "no-europe")
	})
}

func TestAPlanGetsStale(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		renamed := config()
		renamed.App.Name = "Acme news"
		first, second := b.setup(renamed, b.everybody()), b.setup(renamed, b.everybody())
		plan := b.plan(first)
		b.apply(second)
		b.wire.take()
		_, err := first.Apply(t.Context(), plan)
		require.ErrorIs(t, err, setup.ErrPlanStale)
		assert.ErrorContains(t, err, "planned was update of displayName, now it would be keep")
		for _, line := range b.wire.take() {
			assert.True(t, strings.HasPrefix(line, "GET"), line)
		}
		_, err = second.Apply(t.Context(), plan)
		require.ErrorIs(t, err, setup.ErrInvalidParams, "it is a plan of another Setup")
	})
}

func TestTwoRunsAtOnceMakeNothingTwice(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 2 * time.Second} {
		inBubble(t, func(t *testing.T, b *bench) {
			var group sync.WaitGroup
			for range 3 {
				s := b.setup(config(), b.everybody())
				group.Go(func() {
					if err := planAndApply(t.Context(), s); err != nil {
						assert.True(t, errors.Is(err, setup.ErrPlanStale) || errors.Is(err, novu.ErrConflict), err)
					}
				})
			}
			group.Wait()
			s := b.setup(config(), b.everybody())
			if err := planAndApply(t.Context(), s); err != nil {
				require.ErrorIs(t, err, setup.ErrPlanStale)
				require.NoError(t, planAndApply(t.Context(), s))
			}
			b.ends(s)
			b.oneKey(s)
		}, novutest.WithReplicationDelay(lag))
	}
}

func TestIrreversibleStepsNeedAnApproval(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		before := b.srv.Leftovers()
		plan, err := s.PlanDestroy(t.Context())
		require.NoError(t, err)
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Len(t, result.Pending, 6)
		assert.Equal(t, before, b.srv.Leftovers())

		failing := errors.New("the approver is ill")
		s = b.setup(config(), b.everybody(), setup.WithApproval(func(context.Context, setup.Step) (bool, error) { return false, failing }))
		plan, err = s.PlanDestroy(t.Context())
		require.NoError(t, err)
		_, err = s.Apply(t.Context(), plan)
		require.ErrorIs(t, err, failing)
		assert.Equal(t, before, b.srv.Leftovers())
	})
}
