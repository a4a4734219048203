package setup

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// PlanDestroy reads what exists, and plans to remove what carries Setup's mark:
// the integration by its name, the bot and the resource group by their tags, the
// application by its own. An adopted application loses its secrets of ours and
// stays. Everything here stops the notifications of all customers at once and
// needs an approval, see [WithApproval]. What customers' administrators
// consented to in their tenants is left to them.
//
// API: GET /subscriptions/{subscription}/resourcegroups/{group}/resources, and the requests of Plan
func (s *Setup) PlanDestroy(ctx context.Context) (*Plan, error) {
	r, err := s.look(ctx, "plan to destroy", true)
	if err != nil {
		return nil, err
	}
	p := s.planOf(r.destroyStages(), "Destroy Teams through Novu: "+s.config.UniqueName+" in tenant "+s.config.TenantID)
	p.destroy = true
	return p, nil
}

// readAppOrNone finds the application, deleted or not. A deletion moves it from
// one list to the other. Two reads that meet different replicas can miss it in
// both, so several have to agree that it is gone, and they take turns in which
// list they read first.
func (r *run) readAppOrNone(ctx context.Context) {
	for look := range agreeing {
		if look > 0 && sleep(ctx, firstPause) != nil {
			return
		}
		if look%2 == 0 {
			r.readApp(ctx)
		} else {
			r.readDeletedFirst(ctx)
		}
		if !r.app.missing() || !r.deleted.missing() {
			return
		}
	}
}

// readDeletedFirst is readApp in the other order, where that found none.
func (r *run) readDeletedFirst(ctx context.Context) {
	deleted := r.fetchDeleted(ctx)
	if r.app = answered(r.fetchApp(ctx)); r.app.missing() {
		r.deleted = deleted
	}
}

// readRest looks whether a resource group of ours holds anything else.
func (r *run) readRest(ctx context.Context) {
	r.others = found[bool]{}
	if r.group.value != nil && r.marked(r.group.value.Tags) {
		others, err := r.othersInGroup(ctx)
		r.others = answered(&others, err)
	}
}

// marked reports whether the tags are those of what Setup makes.
func (r *run) marked(tags map[string]string) bool { return tags["novu-setup"] == r.config.UniqueName }

func (r *run) destroyStages() []stage {
	all := []stage{
		{step: r.stepDeleteIntegration, read: r.readIntegration, write: r.deleteIntegration},
		{step: r.stepDeleteCatalog, read: r.readCatalog, write: r.deleteCatalog},
		{step: r.stepDeleteBot, read: r.readBot, write: r.deleteBot},
		{step: r.stepDeleteGroup, read: func(ctx context.Context) { r.readGroup(ctx); r.readRest(ctx) }, write: r.deleteGroup},
	}
	if app := r.app.value; app != nil && !app.isOurs() {
		for _, k := range app.PasswordCredentials {
			if k.ours() {
				all = append(all, r.deleteKeyStage(k))
			}
		}
	}
	return append(all,
		stage{step: r.stepDeleteApp, read: r.readAppOrNone, write: r.deleteApp},
		stage{step: r.stepPurge, read: r.readAppOrNone, write: r.purge},
	)
}

// leaves is a step of something that is not there, or not ours.
func leaves(kind Kind, key, reason string) Step {
	return Step{Kind: kind, Key: key, Action: ActionKeep, Reason: reason}
}

func removes(kind Kind, key, role, what string) Step {
	return Step{Kind: kind, Key: key, Action: ActionDelete, Irreversible: true, Role: role, Changes: []Change{{Field: "exists", Old: what}}}
}

const notThere = "it is not there"

func (r *run) stepDeleteIntegration() Step {
	key, has := r.config.IntegrationIdentifier, r.integration.value
	switch {
	case r.integration.err != nil:
		return unreadable(leaves(KindCredentials, key, ""), r.integration.err)
	case has == nil:
		return leaves(KindCredentials, key, notThere)
	case !strings.HasSuffix(has.Name, r.mark()):
		return leaves(KindCredentials, key, "its name does not end with "+r.mark()+", so it was not made here")
	}
	return removes(KindCredentials, key, "", "integration "+plain(has.Name))
}

func (r *run) deleteIntegration(ctx context.Context) error {
	if err := r.novu.Integrations.Delete(ctx, r.integration.value.ID); err != nil {
		return err
	}
	r.readIntegration(ctx)
	return r.integration.err
}

func (r *run) stepDeleteCatalog() Step {
	key := r.keyOr(r.appID())
	switch {
	case r.catalog.err != nil:
		return unreadable(leaves(KindCatalogApp, key, ""), r.catalog.err)
	case r.app.err != nil:
		return unreadable(leaves(KindCatalogApp, key, ""), r.app.err)
	case r.catalog.value == nil && (r.catalog.known || r.appID() == ""):
		return leaves(KindCatalogApp, key, notThere)
	case !r.ownsApp():
		return leaves(KindCatalogApp, key, "the application was not made here")
	}
	step := removes(KindCatalogApp, key, roleTeams, "app in the organization's catalog, with its installations")
	if r.catalog.value == nil || !r.doors[catalogDoor].open() || r.claims[catalogDoor].appOnly {
		step = r.askCatalog(step, "no identity may write to the catalog")
		step.Remedy = "delete the app in the Teams admin center, if it is there"
		return step
	}
	return r.foresee(step, catalogDoor, []string{"AppCatalog.ReadWrite.All", "AppCatalog.Submit"}, manageApps)
}

// ownsApp reports whether Setup made the application, deleted or not.
func (r *run) ownsApp() bool {
	return r.app.value != nil && r.app.value.isOurs() || r.deleted.value != nil && r.deleted.value.isOurs()
}

// deleteCatalog removes the app, or what was only submitted for review.
func (r *run) deleteCatalog(ctx context.Context) error {
	app := r.catalog.value
	req := request{op: "delete app from catalog", kind: rest.IdempotentWrite, method: http.MethodDelete, route: catalogRoute + "/{id}", args: []string{app.ID}}
	published, newest := app.current()
	if published == nil && newest != nil {
		req.route, req.args = catalogRoute+"/{id}/appDefinitions/{definition}", []string{app.ID, newest.ID}
	}
	if _, err := r.doors[catalogDoor].send(ctx, req); err != nil && !isMissing(err) {
		return err
	}
	return waitUntil(ctx, "wait until the catalog app is gone", 3*time.Minute, 1, func(ctx context.Context) error {
		r.readCatalog(ctx)
		return goneOr(r.catalog)
	})
}

// goneOr is nil where there certainly is none.
func goneOr[T any](f found[T]) error {
	if f.missing() {
		return nil
	}
	return cmpErr(f.err, again(nil))
}

func (r *run) stepDeleteBot() Step {
	key, has := r.keyOr(r.appID()), r.bot.value
	switch {
	case r.bot.err != nil:
		return unreadable(leaves(KindBot, key, ""), r.bot.err)
	case has == nil && (r.bot.known || r.appID() == ""):
		return leaves(KindBot, key, notThere)
	case has == nil:
		step := removes(KindBot, key, roleContributor, "bot, if it is there")
		step.Action, step.Link, step.Reason = ActionAsk, portal, "no identity is configured for Azure"
		return step
	case !r.marked(has.Tags):
		return leaves(KindBot, key, "it does not carry the tag novu-setup, so it was not made here")
	}
	return removes(KindBot, has.Name, roleContributor, "bot with its Teams channel")
}

func (r *run) deleteBot(ctx context.Context) error {
	_, err := r.azure().send(ctx, request{
		op: "delete bot", kind: rest.IdempotentWrite, method: http.MethodDelete, route: botRoute, args: r.botArgs(), query: apiVersion(botVersion),
	})
	if err != nil && !isMissing(err) {
		return err
	}
	return waitUntil(ctx, "wait until the bot is gone", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readBot(ctx)
		return goneOr(r.bot)
	})
}

func (r *run) stepDeleteGroup() Step {
	key, has := r.config.UniqueName, r.group.value
	if r.config.Azure != nil {
		key = r.config.Azure.ResourceGroup
	}
	switch {
	case r.group.err != nil:
		return unreadable(leaves(KindResourceGroup, key, ""), r.group.err)
	case has == nil:
		return leaves(KindResourceGroup, key, notThere)
	case !r.marked(has.Tags):
		return leaves(KindResourceGroup, key, "it does not carry the tag novu-setup, so it was not made here")
	case r.others.err != nil:
		return unreadable(leaves(KindResourceGroup, key, ""), r.others.err)
	case r.others.value != nil && *r.others.value:
		return leaves(KindResourceGroup, key, "it holds other resources")
	}
	step := removes(KindResourceGroup, key, roleOwner, "resource group without other resources")
	step.Needs = []Kind{KindBot}
	return step
}

func (r *run) deleteGroup(ctx context.Context) error {
	got, err := r.azure().send(ctx, request{
		op: "delete resource group", kind: rest.IdempotentWrite, method: http.MethodDelete, route: groupRoute, args: r.groupArgs(), query: apiVersion(armVersion),
	})
	if err != nil && !isMissing(err) {
		return err
	}
	got.pause(ctx)
	return waitUntil(ctx, "wait until the resource group is gone", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readGroup(ctx)
		return goneOr(r.group)
	})
}

// deleteKeyStage removes a secret of ours from an application that is not.
func (r *run) deleteKeyStage(k passwordCredential) stage {
	return stage{
		step: func() Step {
			if r.app.value == nil || r.app.value.key(k.KeyID) == nil {
				return leaves(KindOldSecret, k.KeyID, notThere)
			}
			step := removes(KindOldSecret, k.KeyID, roleDeveloper, "secret "+plain(k.DisplayName))
			step.Needs = []Kind{KindCredentials}
			return r.foresee(step, directoryDoor, canWriteApps, registrations)
		},
		read: r.readApp,
		write: func(ctx context.Context) error {
			if err := r.removeKey(ctx, k.KeyID); err != nil {
				return err
			}
			ours := func(tag string) bool { return strings.HasPrefix(tag, tagKey) || strings.HasPrefix(tag, tagRetire) }
			if tags := r.app.value.Tags; slices.ContainsFunc(tags, ours) {
				return r.writeTags(ctx, slices.DeleteFunc(slices.Clone(tags), ours))
			}
			return nil
		},
	}
}

func (r *run) stepDeleteApp() Step {
	key, has := r.config.UniqueName, r.app.value
	switch {
	case r.app.err != nil:
		return unreadable(leaves(KindApplication, key, ""), r.app.err)
	case has == nil && r.app.known:
		return leaves(KindApplication, key, notThere)
	case has == nil:
		step := removes(KindApplication, key, roleDeveloper, "application, if it is there")
		step.Action, step.Link, step.Reason = ActionAsk, registrations, "no identity is configured for the directory"
		return step
	case !has.isOurs():
		return leaves(KindApplication, key, "it was not made here")
	}
	step := removes(KindApplication, key, roleDeveloper, "application with its service principal, consent and secrets")
	step.Needs = []Kind{KindCredentials, KindBot}
	if r.stepDeleteCatalog().Action != ActionAsk {
		// Without the application nobody would find it again. What is left to a person has a link.
		step.Needs = append(step.Needs, KindCatalogApp)
	}
	return r.foresee(step, directoryDoor, canWriteApps, registrations)
}

// deleteApp deletes the application for as long as a replica shows it: one that
// does not know it yet refuses to delete it.
func (r *run) deleteApp(ctx context.Context) error {
	return waitUntil(ctx, "wait until the application is gone", 10*time.Minute, agreeing, func(ctx context.Context) error {
		app, err := r.fetchApp(ctx)
		switch {
		case isMissing(err):
			return nil
		case err != nil:
			return err
		}
		return r.deleteOnce(ctx, request{op: "delete application", route: "/v1.0/applications/{id}", args: []string{app.ID}})
	})
}

// deleteOnce sends a DELETE, after which it has to be seen that the thing is gone.
func (r *run) deleteOnce(ctx context.Context, req request) error {
	req.kind, req.method = rest.IdempotentWrite, http.MethodDelete
	if _, err := r.directory().send(ctx, req); err != nil && !isMissing(err) {
		return err
	}
	return again(nil)
}

// stepPurge frees the unique name, which a deleted application keeps for 30 days.
func (r *run) stepPurge() Step {
	key := r.config.UniqueName
	switch {
	case r.deleted.err != nil:
		return unreadable(leaves(KindDeletedApp, key, ""), r.deleted.err)
	case !r.ownsApp():
		return leaves(KindDeletedApp, key, notThere)
	}
	step := removes(KindDeletedApp, key, roleAppAdmin, "deleted application, which could be restored for 30 days")
	step.Needs = []Kind{KindApplication}
	return r.foresee(step, directoryDoor, canWriteApps, registrations)
}

// purge removes the deleted application for as long as a replica shows it. Right
// after the deletion the list of deleted applications may lag behind.
func (r *run) purge(ctx context.Context) error {
	return waitUntil(ctx, "wait until the application is purged", 10*time.Minute, 1, func(ctx context.Context) error {
		r.readAppOrNone(ctx)
		switch {
		case r.app.missing() && r.deleted.missing():
			return nil
		case r.deleted.value == nil:
			return cmpErr(r.app.err, r.deleted.err, again(nil))
		}
		return r.deleteOnce(ctx, request{op: "purge application", route: "/v1.0/directory/deletedItems/{id}", args: []string{r.deleted.value.ID}})
	})
}
