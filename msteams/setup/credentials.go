package setup

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu"
)

const stale = "another run, or a person, changed the application in between"

func (r *run) stepCredentials() Step {
	step := Step{
		Kind: KindCredentials, Key: r.config.IntegrationIdentifier, Role: roleDeveloper,
		Needs: []Kind{KindApplication, KindServicePrincipal},
	}
	ends := func() Change {
		return Change{Field: "secret", New: fmt.Sprintf("a new one for %d days", int(r.config.SecretLifetime.Hours()/24))}
	}
	switch {
	case r.integration.err != nil:
		return unreadable(step, r.integration.err)
	case r.app.err != nil:
		return unreadable(step, r.app.err)
	case !r.app.known:
		step.Action, step.Link, step.Reason = ActionAsk, registrations, "no identity is configured for the directory"
		step.Remedy = "make a client secret and give it to the integration in Novu's dashboard, with client id and tenant id"
		return step
	case r.app.value == nil && r.stepApplication().Action == ActionAsk:
		return r.later(step)
	case r.integration.missing():
		step.Action = ActionCreate
		step.Changes = []Change{{Field: "integration", New: r.integrationName()}, ends()}
	case r.app.value == nil:
		step.Action, step.Changes = ActionUpdate, append(r.activation(), ends())
	default:
		step.Action, step.Changes, step.Reason = r.credentialChanges(ends())
	}
	return r.foresee(step, directoryDoor, canWriteApps, registrations)
}

// credentialChanges compares the integration with the application.
func (r *run) credentialChanges(renewed Change) (Action, []Change, string) {
	app, has := r.app.value, r.integration.value
	shown := has.Credentials
	changes := r.activation()
	if shown.ClientID != "" {
		for _, field := range []struct{ name, old, wanted string }{
			{name: "clientId", old: shown.ClientID, wanted: app.AppID}, {name: "tenantId", old: shown.TenantID, wanted: r.config.TenantID}, {
				name: "redirectUrl", old: shown.RedirectURL, wanted: r.config.RedirectURL,
			},
		} {
			if !strings.EqualFold(field.old, field.wanted) && field.wanted != "" {
				changes = append(changes, Change{Field: field.name, Old: withoutQuery(field.old), New: withoutQuery(field.wanted)})
			}
		}
	}
	if reason := r.needsSecret(); reason != "" {
		return ActionUpdate, append(changes, renewed), reason
	}
	if current := r.inUse(); app.tag(tagKey) != current.key.KeyID {
		changes = append(changes, Change{Field: "tag", Old: app.tag(tagKey), New: current.key.KeyID})
	}
	if len(changes) > 0 {
		return ActionUpdate, changes, ""
	}
	return ActionKeep, nil, ""
}

// activation is what an inactive integration, which delivers nothing, needs.
func (r *run) activation() []Change {
	if r.integration.value.Active {
		return nil
	}
	return []Change{{Field: "active", Old: "false", New: "true"}}
}

// needsSecret says why a new secret has to be made, "" where the one that Novu
// holds will do.
func (r *run) needsSecret() string {
	current := r.inUse()
	app := r.app.value
	switch {
	case current.key == nil:
		return "it is not known which secret Novu holds"
	case !app.readAt.Before(current.key.EndAt) && !current.key.EndAt.IsZero():
		return "the secret that Novu holds has expired"
	case !current.seen:
		// A run that died between handing a key over and noting it leaves one
		// that is newer than the tag says.
		if newest := app.newestOurs(); newest != nil && newest.StartAt.After(current.key.StartAt) {
			return "a later secret may have been handed to Novu"
		}
	}
	return ""
}

func (r *run) integrationName() string { return r.config.App.Name + " " + r.mark() }

// writeCredentials makes the integration fit, with a new secret where one is needed.
func (r *run) writeCredentials(ctx context.Context) error {
	if r.integration.value != nil && r.needsSecret() == "" {
		return r.mendIntegration(ctx)
	}
	_, err := r.renewSecret(ctx, DefaultOverlap, func() bool { return r.integration.value == nil || r.needsSecret() != "" })
	return err
}

// mendIntegration corrects what can be corrected without a new secret.
func (r *run) mendIntegration(ctx context.Context) error {
	current, has := r.inUse(), r.integration.value
	params := novu.UpdateIntegrationParams{Active: ptr(true)}
	if shown := has.Credentials; shown.ClientSecret != "" {
		params.Credentials = r.credentials(shown.ClientSecret)
	}
	if _, err := r.novu.Integrations.Update(ctx, has.ID, params); err != nil {
		return err
	}
	r.readIntegration(ctx)
	if r.app.value.tag(tagKey) == current.key.KeyID {
		return nil
	}
	return r.writeTags(ctx, r.app.value.withTag(tagKey, current.key.KeyID))
}

// renewSecret replaces the secret as long as that is due. Where another run is
// at it too, or a lagging replica hid what an earlier one left, it looks again
// and starts over.
func (r *run) renewSecret(ctx context.Context, overlap time.Duration, due func() bool) (renewed bool, err error) {
	const attempts = 4
	for attempt := 1; due(); attempt++ {
		err := r.replaceSecret(ctx, overlap)
		if attempt == attempts || !errors.Is(err, ErrPlanStale) {
			return err == nil, err
		}
		// Two runs that met take different times before they try again.
		if sleep(ctx, firstPause+mathrand.N(2*time.Second)) != nil {
			return false, ended(ctx, "replace secret")
		}
		atOnce(func() { r.readApp(ctx) }, func() { r.readIntegration(ctx) })
		if r.app.value == nil || r.integration.err != nil {
			return false, cmpErr(r.app.err, r.integration.err, err)
		}
	}
	return false, nil
}

// replaceSecret makes a secret, tries it, hands it to Novu with all the other
// credentials, and only then notes in the application's tags that it is in use.
// A run that dies anywhere leaves what the next one understands.
func (r *run) replaceSecret(ctx context.Context, overlap time.Duration) error {
	before, previous := r.app.value, r.inUse()
	r.say("making a secret")
	made, err := r.addSecret(ctx)
	if err != nil {
		return err
	}
	if err := r.handOver(ctx, before, made); err != nil {
		return err
	}
	if err := r.settleKeys(ctx, previous, made, overlap); err != nil {
		return err
	}
	// Another run that came in between may have handed over its own secret after
	// ours, or before: whoever notices rotates once more, so that the tag is right.
	if r.metAnother(before, made) {
		return staleError("note the secret in use")
	}
	return nil
}

// metAnother reports whether the application shows that another run was at work
// since it was read before.
func (r *run) metAnother(before *application, made *passwordCredential) bool {
	return slices.ContainsFunc(r.app.value.PasswordCredentials, func(k passwordCredential) bool {
		return k.ours() && k.KeyID != made.KeyID && before.key(k.KeyID) == nil
	})
}

// handOver gives a new secret to Novu. Until then nobody uses it, so it is
// removed again where it can't be handed over.
func (r *run) handOver(ctx context.Context, before *application, made *passwordCredential) error {
	discard := func(err error) error {
		if ctx.Err() != nil {
			return err // the next run removes it
		}
		return errors.Join(err, r.removeKey(ctx, made.KeyID))
	}
	r.say("waiting until Microsoft accepts the new secret")
	if err := r.tryKey(ctx, made.SecretText); err != nil {
		return discard(err)
	}
	moved := func(app *application) bool { return app.tag(tagKey) != before.tag(tagKey) }
	if err := r.waitForApp(ctx, func(app *application) bool { return app.key(made.KeyID) != nil || moved(app) }); err != nil {
		return discard(err)
	}
	// Two runs at once would each hand over a secret and take the other's for an old one.
	if r.metAnother(before, made) || moved(r.app.value) || r.app.value.key(made.KeyID) == nil {
		return discard(staleError("hand the secret to Novu"))
	}
	r.say("handing the new secret to Novu")
	switch err := r.store(ctx, made); {
	case errors.Is(err, novu.ErrConflict):
		return discard(staleError("hand the secret to Novu")) // another run made the integration
	case err != nil:
		return err // Novu may hold it: it stays, as the newest
	}
	r.secret = made.SecretText
	return nil
}

// store writes the credentials, all of them, and reads the integration back.
func (r *run) store(ctx context.Context, made *passwordCredential) error {
	credentials := r.credentials(made.SecretText)
	if r.integration.value == nil {
		_, err := r.novu.Integrations.Create(ctx, novu.CreateIntegrationParams{
			Name: r.integrationName(), Identifier: r.config.IntegrationIdentifier, Active: true, Credentials: credentials,
		})
		if err != nil {
			return err
		}
	} else {
		_, err := r.novu.Integrations.Update(ctx, r.integration.value.ID, novu.UpdateIntegrationParams{Active: ptr(true), Credentials: credentials})
		if err != nil {
			return err
		}
	}
	r.readIntegration(ctx)
	switch {
	case r.integration.err != nil:
		return r.integration.err
	case r.integration.value == nil:
		return (&Error{Op: "read integration back", Message: "Novu does not list the integration that it stored"}).is("", ErrBadAnswer)
	}
	if shown := r.integration.value.Credentials.ClientSecret; shown != "" && shown != made.SecretText {
		return staleError("read integration back")
	}
	return nil
}

func (r *run) credentials(secret novu.Secret) novu.MSTeamsCredentials {
	all := novu.MSTeamsCredentials{
		ClientID: r.appID(), ClientSecret: secret, TenantID: r.config.TenantID, RedirectURL: r.config.RedirectURL,
	}
	if r.integration.value != nil && all.RedirectURL == "" {
		all.RedirectURL = r.integration.value.Credentials.RedirectURL
	}
	return all
}

// settleKeys notes which key is in use and when the others of ours may go, and
// removes at once what was certainly never in use.
func (r *run) settleKeys(ctx context.Context, previous evidence, made *passwordCredential, overlap time.Duration) error {
	tags := slices.DeleteFunc(r.app.value.withTag(tagKey, made.KeyID), func(tag string) bool { return strings.HasPrefix(tag, tagRetire) })
	var orphans []string
	for _, k := range r.app.value.PasswordCredentials {
		if !k.ours() || k.KeyID == made.KeyID {
			continue
		}
		used := previous.key != nil && previous.key.KeyID == k.KeyID
		if previous.none || previous.seen && !used && k.StartAt.After(previous.key.StartAt) {
			orphans = append(orphans, k.KeyID)
			continue
		}
		at := r.app.value.readAt.Add(overlap)
		if earlier := r.retireAt(k, made, overlap); !used && earlier.Before(at) {
			at = earlier
		}
		tags = append(tags, tagRetire+k.KeyID+"@"+at.UTC().Format(time.RFC3339))
	}
	if err := r.writeTags(ctx, tags); err != nil {
		return err
	}
	for _, id := range orphans {
		if err := r.removeKey(ctx, id); err != nil {
			return err
		}
	}
	if r.app.value.key(made.KeyID) == nil || r.app.value.tag(tagKey) != made.KeyID {
		return staleError("check the new secret")
	}
	return nil
}

// writeTags replaces the application's tags, and waits until they are seen.
func (r *run) writeTags(ctx context.Context, tags []string) error {
	if err := r.patchApp(ctx, "note the secret in use", map[string]any{"tags": tags}); err != nil {
		return err
	}
	old, wanted := r.app.value.tag(tagKey), (&application{Tags: tags}).tag(tagKey)
	return r.waitForApp(ctx, func(app *application) bool {
		if is := app.tag(tagKey); is != old && is != wanted {
			return true // another run has written its own since
		}
		return len(app.Tags) == len(tags) && !slices.ContainsFunc(tags, func(tag string) bool { return !slices.Contains(app.Tags, tag) })
	})
}

func staleError(op string) error {
	return (&Error{Op: op, Message: stale}).is("plan again", ErrPlanStale)
}

func ptr[T any](v T) *T { return &v }
