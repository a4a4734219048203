package setup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

func TestNewNamesEverythingThatCantBeRight(t *testing.T) {
	t.Parallel()
	client, err := novu.NewClient("key")
	require.NoError(t, err)
	for field, spoil := range map[string]func(c *setup.Config){
		"UniqueName":            func(c *setup.Config) { c.UniqueName = "it's" },
		"TenantID":              func(c *setup.Config) { c.TenantID = "contoso.example" },
		"IntegrationIdentifier": func(c *setup.Config) { c.IntegrationIdentifier = " " },
		"App":                   func(c *setup.Config) { c.App.Name = strings.Repeat("x", 31) },
		"App.ClientID":          func(c *setup.Config) { c.App.ClientID = home },
		"ClientID":              func(c *setup.Config) { c.ClientID = "x" },
		"RedirectURL":           func(c *setup.Config) { c.RedirectURL = "/here" },
		"RedirectURIs":          func(c *setup.Config) { c.RedirectURIs = []string{"http://acme.example/consent"} },
		"InstallInTeams":        func(c *setup.Config) { c.InstallInTeams = []string{"19:x@thread.tacv2"} },
		"MessagingEndpoint":     func(c *setup.Config) { c.MessagingEndpoint = "http://bot.example" },
		"SecretLifetime":        func(c *setup.Config) { c.SecretLifetime = -1 },
		"Azure.SubscriptionID":  func(c *setup.Config) { c.Azure.SubscriptionID = "mine" },
		"Azure.ResourceGroup":   func(c *setup.Config) { c.Azure.ResourceGroup = "a group" },
		"Azure.TenantID":        func(c *setup.Config) { c.Azure.TenantID = "x" },
	} {
		c := config()
		spoil(&c)
		_, err := setup.New(client, c, setup.Identities{})
		require.ErrorIs(t, err, setup.ErrInvalidParams, field)
		require.ErrorIs(t, err, novu.ErrInvalidParams, "one for all packages")
		var e *setup.Error
		require.ErrorAs(t, err, &e)
		assert.Contains(t, e.Fields, field)
	}
	broken := errors.New("no idea")
	c := config()
	c.Customize = func(*manifest.Manifest) error { return broken }
	_, err = setup.New(client, c, setup.Identities{})
	require.ErrorContains(t, err, "no idea")
	_, err = setup.New(nil, setup.Config{}, setup.Identities{}, setup.WithProgress(nil), setup.WithApproval(nil), setup.WithMSTeams(msteams.WithAttemptTimeout(-1)))
	for _, field := range []string{"client", "Progress", "Approval", "MSTeams", "UniqueName", "TenantID"} {
		assert.ErrorContains(t, err, field)
	}
	_, err = setup.New(client, config(), setup.Identities{}, nil)
	require.NoError(t, err)
}

func TestParamsThatCantBeRight(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		for _, params := range []setup.RotateParams{{Within: -1}, {Overlap: -1}} {
			_, err := s.Rotate(t.Context(), params)
			require.ErrorIs(t, err, setup.ErrInvalidParams)
		}
		_, err := s.Apply(t.Context(), nil)
		require.ErrorIs(t, err, setup.ErrInvalidParams)
		_, err = s.Apply(t.Context(), &setup.Plan{})
		require.ErrorIs(t, err, setup.ErrInvalidParams)
		for _, call := range []func(context.Context) error{
			func(ctx context.Context) error { _, err := s.Plan(ctx); return err },
			func(ctx context.Context) error { _, err := s.PlanDestroy(ctx); return err },
			func(ctx context.Context) error { _, err := s.Keys(ctx); return err },
			func(ctx context.Context) error { _, err := s.Rotate(ctx, setup.RotateParams{}); return err },
		} {
			require.ErrorIs(t, call(nil), setup.ErrInvalidParams)
		}
		assert.Empty(t, b.wire.take())
		_, err = s.Keys(t.Context())
		require.ErrorContains(t, err, "there is no such application; plan and apply first")
		_, err = s.Rotate(t.Context(), setup.RotateParams{})
		require.Error(t, err)
		nobody := b.setup(config(), setup.Identities{})
		_, err = nobody.Keys(t.Context())
		require.ErrorContains(t, err, "no identity is configured for the directory")
	})
}

func TestRedirectURIsAreAddedAndNeverRemoved(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.apply(b.setup(config(), b.everybody()))
		c := config()
		c.RedirectURIs = []string{"https://acme.example/consent?key=s3cr3t", b.client.CallbackURL(), "http://localhost:8080/consent"}
		s := b.setup(c, b.everybody())
		plan := b.plan(s)
		assert.Contains(t, plan.String(), `+ redirectUris = "https://acme.example/consent?[redacted]"`)
		assert.Contains(t, plan.String(), `+ redirectUris = "http://localhost:8080/consent"`)
		assert.NotContains(t, plan.String(), "s3cr3t")
		b.apply(s)
		assert.True(t, b.plan(s).Empty())
		assert.True(t, b.plan(b.setup(config(), b.everybody())).Empty(), "nothing is taken away")
		web := b.application()["web"].(map[string]any)
		assert.Equal(t, []any{b.client.CallbackURL(), c.RedirectURIs[0], c.RedirectURIs[2]}, web["redirectUris"])
	})
}

// With no identity at all the plan is a list of what to ask for.
func TestWithoutIdentitiesThePlanIsAListOfQuestions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		for _, clientID := range []string{"", home} {
			c := config()
			c.ClientID = clientID
			plan := b.plan(b.setup(c, setup.Identities{}))
			for _, s := range plan.Steps {
				assert.Contains(t, []setup.Action{setup.ActionAsk, setup.ActionLater}, s.Action, s.Kind)
			}
			result, err := b.setup(c, setup.Identities{}).Plan(t.Context())
			require.NoError(t, err)
			assert.Equal(t, plan.String(), result.String())
		}
		for _, line := range b.wire.take() {
			assert.True(t, strings.HasPrefix(line, "GET /v1/"), line)
		}
	})
}

// secretish is what tokens and secrets of the emulator look like.
var secretish = regexp.MustCompile(`8Q~|eyJ[A-Za-z0-9_-]{20}`)

func TestNothingThatIsShownHoldsASecret(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	inBubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		log := slog.New(slog.NewJSONHandler(&shown, &slog.HandlerOptions{Level: slog.LevelDebug}))
		show := func(values ...any) {
			for _, v := range values {
				data, _ := json.Marshal(v)
				fmt.Fprintf(&shown, "%v %+v %#v %s\n", v, v, v, data)
			}
		}
		ms := append(b.srv.MSTeamsOptions(), msteams.WithLogger(log))
		s := b.setup(config(), b.everybody(), setup.WithMSTeams(ms...), setup.WithApproval(yes), setup.WithProgress(func(e setup.Event) { show(e, e.Step, e.Err) }))
		// The answer that tells the secret breaks off, and another holds what can't be read.
		half := novutest.Fault{Method: "POST", Route: "/_graph/v1.0/applications/{id}/addPassword", Count: 1, HalfBody: true}
		b.srv.Inject(half)
		odd := novutest.Fault{Method: "POST", Route: "/_graph/v1.0/applications/{id}/addPassword", Count: 3, Status: 200, Body: `{"keyId": 8, "secretText": "abc8Q~secret"}`, Commit: true}
		b.srv.Inject(odd)
		_, err := s.Apply(ctx, b.plan(s))
		require.Error(t, err)
		require.ErrorIs(t, err, setup.ErrBadAnswer)
		show(err)
		b.srv.ClearFaults()
		require.NoError(t, planAndApply(ctx, s))
		plan := b.plan(s)
		rotation, err := s.Rotate(ctx, setup.RotateParams{})
		require.NoError(t, err)
		keys, err := s.Keys(ctx)
		require.NoError(t, err)
		show(plan, *plan, rotation, keys, s, *s)
		b.oneKey(s)
	})
	assert.NotEmpty(t, shown.String())
	assert.Empty(t, secretish.FindString(shown.String()))
}

func TestErrorsSayWhatStepCodeRoleAndLink(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		f := novutest.GraphFault(400, "Request_BadRequest", "Something\nis wrong\x1b[31m.")
		f.Method, f.Route = "PATCH", "/_graph/v1.0/{entity}"
		b.srv.Inject(f)
		s := b.setup(config(), b.everybody())
		result, err := s.Apply(t.Context(), b.plan(s))
		require.Error(t, err)
		for _, text := range []string{
			`application "novu-teams-acme"`, "create application", "400 Bad Request", "Request_BadRequest", "role: Application Developer", "link: https://entra.microsoft.com/",
		} {
			assert.ErrorContains(t, err, text)
		}
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, err.Error(), "\x1b")
		assert.NotEmpty(t, result.Pending)
		assert.Equal(t, setup.ActionCreate, of(result.Done, setup.KindResourceGroup).Action, "what does not need it is done")
	})
}

func TestATokenThatEndsMeanwhileIsReplaced(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		b.apply(s)
		b.srv.Advance(2 * 60 * 60 * 1e9)
		assert.True(t, b.plan(s).Empty())
	})
}
