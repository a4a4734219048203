package setup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams/manifest"
	"github.com/novu-go/novu/msteams/setup"
	"github.com/novu-go/novu/novutest"
)

// graph sends one request to the emulated Graph, as a person who may.
func (b *bench) graph(method, path string, body any) map[string]any {
	b.t.Helper()
	return b.ask(b.srv.GraphURL()+"/v1.0"+path, "https://graph.microsoft.com/.default", method, body)
}

func (b *bench) arm(method, path string, body any) map[string]any {
	b.t.Helper()
	return b.ask(b.srv.ResourceManagerURL()+path+"?api-version=2022-09-15", "https://management.azure.com/.default", method, body)
}

func (b *bench) ask(url, scope, method string, body any) map[string]any {
	b.t.Helper()
	token, err := b.srv.Operator(novutest.Operator{})(b.t.Context(), home, scope)
	require.NoError(b.t, err)
	raw, err := json.Marshal(body)
	require.NoError(b.t, err)
	req, err := http.NewRequestWithContext(b.t.Context(), method, url, bytes.NewReader(raw))
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.srv.HTTPClient().Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	require.Less(b.t, resp.StatusCode, 300, "%s %s: %s", method, url, data)
	var out map[string]any
	_ = json.Unmarshal(data, &out) // there may be no body
	return out
}

func (b *bench) application() map[string]any {
	b.t.Helper()
	return b.graph("GET", "/applications(uniqueName='novu-teams-acme')", nil)
}

func TestAPortalsApplicationIsAdoptedAndCompleted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		made := b.graph("POST", "/applications", map[string]any{
			"displayName": "Made by hand", "signInAudience": "AzureADMyOrg", "tags": []string{"theirs"},
			"web": map[string]any{"redirectUris": []string{"https://acme.example/signin"}, "homePageUrl": "https://acme.example"},
			"requiredResourceAccess": []any{
				map[string]any{"resourceAppId": "another", "resourceAccess": []any{map[string]any{"id": "r", "type": "Role"}}},
				map[string]any{"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": []any{
					map[string]any{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}, map[string]any{"id": "theirs", "type": "Scope"},
				}},
			},
		})
		id := made["id"].(string)
		b.graph("POST", "/applications/"+id+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": "by hand"}})

		c := config()
		c.ClientID = made["appId"].(string)
		s := b.setup(c, b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())

		app := b.application()
		assert.Equal(t, id, app["id"])
		assert.Equal(t, "Made by hand", app["displayName"], "an adopted name stays")
		web := app["web"].(map[string]any)
		assert.ElementsMatch(t, []any{"https://acme.example/signin", b.client.CallbackURL()}, web["redirectUris"])
		assert.Equal(t, "https://acme.example", web["homePageUrl"])
		access, _ := json.Marshal(app["requiredResourceAccess"])
		assert.Contains(t, string(access), `"theirs"`)
		assert.Contains(t, string(access), `"another"`)
		assert.Contains(t, app["tags"], "theirs")

		keys, err := s.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, keys, 2)
		assert.False(t, keys[0].Ours || keys[0].InUse)
		assert.True(t, keys[1].Ours && keys[1].InUse)
		rotation, err := s.Rotate(t.Context(), setup.RotateParams{Overlap: time.Nanosecond})
		require.NoError(t, err)
		assert.Len(t, rotation.Removed, 1)
		keys, err = s.Keys(t.Context())
		require.NoError(t, err)
		require.Len(t, keys, 2, "a secret that is not ours is never removed")
		assert.Equal(t, "by hand", keys[0].Name)

		plan, err = s.PlanDestroy(t.Context())
		require.NoError(t, err)
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindApplication).Action)
		result, err := s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Empty(t, result.Pending)
		app = b.application()
		assert.Len(t, app["passwordCredentials"], 1)
		assert.Equal(t, []any{"theirs"}, app["tags"])
	})
}

func TestWhatWasNotMadeHereIsNotDestroyed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		b.arm("PUT", "/subscriptions/"+novutest.DefaultSubscriptionID+"/resourcegroups/teams", map[string]any{"location": "westus"})
		_, err := b.client.Integrations.Create(t.Context(), novu.CreateIntegrationParams{Name: "By hand", Identifier: "msteams-acme"})
		require.NoError(t, err)
		s := b.setup(config(), b.everybody(), setup.WithApproval(yes))
		b.apply(s)
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())

		plan, err = s.PlanDestroy(t.Context())
		require.NoError(t, err)
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindCredentials).Action)
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindResourceGroup).Action)
		_, err = s.Apply(t.Context(), plan)
		require.NoError(t, err)
		assert.Equal(t, []string{"resource group teams"}, b.srv.Leftovers())
	})
}

func TestTheMessagingEndpointIsSetAndNeverEmptied(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		with := config()
		with.MessagingEndpoint = "https://bot.acme.example/api/messages?code=s3cr3t"
		s := b.setup(with, b.everybody())
		plan := b.plan(s)
		assert.NotContains(t, plan.String(), "s3cr3t")
		b.apply(s)
		assert.True(t, b.plan(s).Empty())

		without := b.setup(config(), b.everybody())
		plan = b.plan(without)
		assert.Equal(t, setup.ActionKeep, of(plan.Steps, setup.KindBot).Action)
		renamed := config()
		renamed.App.Name = "Acme news"
		b.apply(b.setup(renamed, b.everybody()))
		path := "/subscriptions/" + novutest.DefaultSubscriptionID + "/resourceGroups/teams/providers/Microsoft.BotService/botServices/" + b.application()["appId"].(string)
		properties := b.arm("GET", path, nil)["properties"].(map[string]any)
		assert.Equal(t, with.MessagingEndpoint, properties["endpoint"])
		assert.Equal(t, "Acme news", properties["displayName"])
	})
}

func TestAChangedPackageGetsAHigherVersion(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		version := func(c setup.Config) string {
			s := b.setup(c, b.everybody())
			b.apply(s)
			plan := b.plan(s)
			require.True(t, plan.Empty(), plan.String())
			return of(plan.Steps, setup.KindCatalogApp).Reason
		}
		first := version(config())
		c := config()
		c.Customize = func(m *manifest.Manifest) error { m.Fields["defaultInstallScope"] = "team"; return nil }
		second := version(c)
		assert.NotEqual(t, first, second)
		assert.Contains(t, second, "version 1.1.")
		c.App.Version = "3.2.1"
		assert.Equal(t, "version 3.2.1", version(c))
		c.App.Description = "Other alerts"
		assert.Equal(t, "version 3.2.2", version(c))
	})
}

func TestWhoMayNotPublishSubmits(t *testing.T) {
	t.Parallel()
	for name, person := range map[string]novutest.Operator{
		"scope only to submit": {Scopes: []string{"AppCatalog.Submit"}},
		"no role to publish":   {Roles: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, b *bench) {
				who := b.everybody()
				who.Catalog = b.srv.Operator(person)
				s := b.setup(config(), who)
				_, err := s.Apply(t.Context(), b.plan(s))
				require.NoError(t, err)
				plan := b.plan(s)
				waiting := of(plan.Steps, setup.KindCatalogApp)
				assert.Equal(t, setup.ActionAsk, waiting.Action)
				assert.Contains(t, waiting.Reason, "waits for approval")

				list := b.graph("GET", "/appCatalogs/teamsApps?$expand=appDefinitions", nil)
				app := list["value"].([]any)[0].(map[string]any)
				definition := app["appDefinitions"].([]any)[0].(map[string]any)
				b.decide(app["id"].(string), definition, "published")
				plan = b.plan(s)
				assert.True(t, plan.Empty(), plan.String())
			})
		})
	}
}

// decide is what a Teams administrator does with a submission.
func (b *bench) decide(appID string, definition map[string]any, state string) {
	token, err := b.srv.Operator(novutest.Operator{})(b.t.Context(), home, "https://graph.microsoft.com/.default")
	require.NoError(b.t, err)
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPatch,
		b.srv.GraphURL()+"/v1.0/appCatalogs/teamsApps/"+appID+"/appDefinitions/"+definition["id"].(string),
		bytes.NewReader([]byte(`{"publishingState":"`+state+`"}`)))
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+token.AccessToken.Reveal())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", definition["@odata.etag"].(string))
	resp, err := b.srv.HTTPClient().Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	require.Equal(b.t, http.StatusOK, resp.StatusCode)
}

func TestTheAppIsInstalledInTeams(t *testing.T) {
	t.Parallel()
	seed := novutest.NewTenant(home, 2, 1, 1)
	inBubble(t, func(t *testing.T, b *bench) {
		c := config()
		c.InstallInTeams = []string{seed.Teams[0].ID, seed.Teams[1].ID}
		c.DirectMessages = true
		s := b.setup(c, b.everybody())
		b.apply(s)
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())
		assert.LessOrEqual(t, len(b.wire.take()), 500)

		// Nobody who may look at the team's apps is a question, not an answer.
		directory := b.srv.Operator(novutest.Operator{Scopes: []string{
			"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "AppCatalog.ReadWrite.All",
		}})
		plan = b.plan(b.setup(c, setup.Identities{Directory: directory, Catalog: directory, Azure: b.everybody().Azure}))
		install := of(plan.Steps, setup.KindTeamInstallation)
		if install.Action != setup.ActionKeep { // a server that shows the secret lets the app itself look
			assert.Equal(t, setup.ActionAsk, install.Action)
		}
	}, novutest.WithTenant(seed))
}

func TestTheAgentsWebhookIsTheMessagingEndpoint(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		_, err := b.client.Agents.Create(t.Context(), novu.CreateAgentParams{Identifier: "support", Name: "Support"})
		require.NoError(t, err)
		c := config()
		c.AgentIdentifier = "support"
		s := b.setup(c, b.everybody())
		plan := b.plan(s)
		endpoint := ""
		for _, change := range of(plan.Steps, setup.KindBot).Changes {
			if change.Field == "endpoint" {
				endpoint = change.New
			}
		}
		assert.Contains(t, endpoint, "/v1/agents/")
		b.apply(s)
		assert.True(t, b.plan(s).Empty())
	})
}

func TestASecretThatEndsIsReplaced(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		s := b.setup(config(), b.everybody())
		b.apply(s)
		rotation, err := s.Rotate(ctx, setup.RotateParams{Within: 30 * 24 * time.Hour})
		require.NoError(t, err)
		assert.False(t, rotation.Rotated)
		b.srv.Advance(155 * 24 * time.Hour)
		rotation, err = s.Rotate(ctx, setup.RotateParams{Within: 30 * 24 * time.Hour})
		require.NoError(t, err)
		assert.True(t, rotation.Rotated)
		require.Len(t, rotation.Kept, 1)
		assert.Empty(t, rotation.Removed)
		assert.False(t, rotation.RemoveAfter.IsZero())

		rotation, err = s.Rotate(ctx, setup.RotateParams{Within: 30 * 24 * time.Hour})
		require.NoError(t, err)
		assert.False(t, rotation.Rotated)
		assert.Empty(t, rotation.Removed, "the overlap is not over")
		b.srv.Advance(25 * time.Hour)
		plan := b.plan(s)
		assert.Equal(t, setup.ActionDelete, of(plan.Steps, setup.KindOldSecret).Action)
		rotation, err = s.Rotate(ctx, setup.RotateParams{Within: 30 * 24 * time.Hour})
		require.NoError(t, err)
		assert.Len(t, rotation.Removed, 1)
		assert.Empty(t, rotation.Kept)

		b.srv.Advance(200 * 24 * time.Hour)
		plan = b.plan(s)
		assert.Contains(t, of(plan.Steps, setup.KindCredentials).Reason, "expired")
		b.apply(s)
		assert.True(t, b.plan(s).Empty())
	})
}

func TestProgressIsToldInOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		var done []setup.Kind
		s := b.setup(config(), b.everybody(), setup.WithProgress(func(e setup.Event) {
			if e.State == setup.EventDone {
				done = append(done, e.Step.Kind)
			}
		}))
		b.apply(s)
		assert.Equal(t, []setup.Kind{
			setup.KindApplication, setup.KindServicePrincipal, setup.KindPermissions, setup.KindDelegated, setup.KindCredentials,
			setup.KindResourceProvider, setup.KindResourceGroup, setup.KindBot, setup.KindTeamsChannel, setup.KindCatalogApp,
		}, done)
	})
}

func TestTheContextEndsEverything(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(io.ErrClosedPipe)
		s := b.setup(config(), b.everybody())
		_, err := s.Plan(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		_, err = s.Rotate(ctx, setup.RotateParams{})
		require.ErrorIs(t, err, context.Canceled)
		_, err = s.Keys(ctx)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestAPackageThatAPersonUploadedIsFoundDone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		who := b.everybody()
		who.Catalog = b.srv.Operator(novutest.Operator{AppOnly: true})
		s := b.setup(config(), who)
		_, err := s.Apply(t.Context(), b.plan(s))
		require.NoError(t, err)

		byHand := config()
		byHand.App.Version = "1.0.0" // as novu-teams package writes it
		b.apply(b.setup(byHand, b.everybody()))
		plan := b.plan(s)
		assert.True(t, plan.Empty(), plan.String())
	})
}

func TestARejectedPackageIsSubmittedAgainUnderAHigherVersion(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		who := b.everybody()
		who.Catalog = b.srv.Operator(novutest.Operator{Scopes: []string{"AppCatalog.Submit"}})
		s := b.setup(config(), who)
		_, err := s.Apply(t.Context(), b.plan(s))
		require.NoError(t, err)
		app := b.graph("GET", "/appCatalogs/teamsApps?$expand=appDefinitions", nil)["value"].([]any)[0].(map[string]any)
		first := app["appDefinitions"].([]any)[0].(map[string]any)
		b.decide(app["id"].(string), first, "rejected")

		plan := b.plan(s)
		again := of(plan.Steps, setup.KindCatalogApp)
		assert.Equal(t, setup.ActionUpdate, again.Action)
		assert.Equal(t, first["version"], again.Changes[0].Old)
		_, err = s.Apply(t.Context(), plan)
		require.NoError(t, err)
		plan = b.plan(s)
		assert.Contains(t, of(plan.Steps, setup.KindCatalogApp).Reason, "waits for approval")
	})
}
