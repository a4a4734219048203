package setup

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

// missingRoles are the application permissions that are not consented to.
func (r *run) missingRoles() []string {
	var missing []string
	for _, value := range r.permissions() {
		id := ""
		if r.graph.value != nil {
			id = r.graph.value.role(value)
		}
		if !r.assigned(id) {
			missing = append(missing, value)
		}
	}
	return missing
}

func (r *run) assigned(roleID string) bool {
	return r.assignments.value != nil && r.graph.value != nil && roleID != "" &&
		slices.ContainsFunc(*r.assignments.value, func(a roleAssignment) bool {
			return strings.EqualFold(a.AppRoleID, roleID) && strings.EqualFold(a.ResourceID, r.graph.value.ID)
		})
}

// askConsent leaves consent to an administrator and a link.
func (r *run) askConsent(step Step, reason string) Step {
	step.Action, step.Role, step.Link, step.Reason = ActionAsk, roleConsent, r.consentLink(), reason
	step.Remedy = "open the link and accept; the page that follows may be an error of Novu's, and the consent counts all the same"
	return step
}

func (r *run) stepPermissions() Step {
	step := Step{Kind: KindPermissions, Key: r.keyOr(r.appID()), Needs: []Kind{KindServicePrincipal}, Role: roleConsent}
	switch {
	case !r.assignments.known && r.appID() == "":
		return r.later(step)
	case r.assignments.err != nil:
		return unreadable(step, r.assignments.err)
	case r.graph.err != nil:
		return unreadable(step, r.graph.err)
	case !r.assignments.known:
		return r.askConsent(step, "no identity is configured for the directory")
	}
	missing := r.missingRoles()
	if len(missing) == 0 {
		step.Action = ActionKeep
		return step
	}
	step.Action = ActionCreate
	if r.assignments.value != nil && len(missing) < len(r.permissions()) {
		step.Action = ActionUpdate
	}
	for _, value := range missing {
		step.Changes = append(step.Changes, Change{Field: "consent", New: value})
	}
	return r.foresee(step, directoryDoor, canAssignRoles, r.consentLink())
}

func (r *run) writePermissions(ctx context.Context) error {
	for _, value := range r.missingRoles() {
		role := r.graph.value.role(value)
		if role == "" {
			return (&Error{Op: "look up permission", Message: "Microsoft Graph of this tenant has no permission " + value}).is("", ErrBadAnswer)
		}
		if err := r.assign(ctx, role); err != nil {
			return err
		}
	}
	return waitUntil(ctx, "wait for the consent", 5*time.Minute, 2, func(ctx context.Context) error {
		if r.readAssignments(ctx); len(r.missingRoles()) > 0 {
			return again(r.assignments.err)
		}
		return nil
	})
}

// assign consents to one application permission. There is no upsert: what is
// there already is a success, and after a failure it looks.
func (r *run) assign(ctx context.Context, role string) error {
	const op = "consent to permission"
	look := func(ctx context.Context) (bool, error) {
		r.readAssignments(ctx)
		return r.assigned(role), r.assignments.err
	}
	return r.unlessDone(ctx, func(ctx context.Context) error {
		return r.replicated(ctx, op, func(ctx context.Context) error {
			_, err := r.directory().send(ctx, request{
				op: op, kind: rest.Post, method: http.MethodPost,
				route: "/v1.0/servicePrincipals/{id}/appRoleAssignedTo", args: []string{r.graph.value.ID},
				body: map[string]string{"principalId": r.principal.value.ID, "resourceId": r.graph.value.ID, "appRoleId": role},
			})
			if says(err, "already exists") {
				return nil
			}
			return err
		})
	}, look, mayHaveHappened)
}

// missingScopes are the delegated permissions that the grant does not hold.
func (r *run) missingScopes() []string {
	var has []string
	if r.grant.value != nil {
		has = strings.Fields(r.grant.value.Scope)
	}
	return slices.DeleteFunc(slices.Clone(delegatedScopes), func(scope string) bool { return slices.Contains(has, scope) })
}

func (r *run) stepDelegated() Step {
	step := Step{Kind: KindDelegated, Key: r.keyOr(r.appID()), Needs: []Kind{KindServicePrincipal}, Role: "Cloud Application Administrator"}
	switch {
	case !r.grant.known && r.appID() == "":
		return r.later(step)
	case r.grant.err != nil:
		return unreadable(step, r.grant.err)
	case r.graph.err != nil:
		return unreadable(step, r.graph.err)
	case !r.grant.known:
		return r.askConsent(step, "no identity is configured for the directory")
	}
	missing := r.missingScopes()
	if len(missing) == 0 {
		step.Action = ActionKeep
		return step
	}
	step.Action = ActionCreate
	if r.grant.value != nil {
		step.Action = ActionUpdate
	}
	for _, scope := range missing {
		step.Changes = append(step.Changes, Change{Field: "consent for everybody", New: scope})
	}
	return r.foresee(step, directoryDoor, canGrantScopes, r.consentLink())
}

// writeDelegated makes the grant, or completes the one that is there: one grant
// holds all scopes of a client for everybody.
func (r *run) writeDelegated(ctx context.Context) error {
	if err := r.grantScopes(ctx); err != nil {
		return err
	}
	return waitUntil(ctx, "wait for the consent", 5*time.Minute, 2, func(ctx context.Context) error {
		if r.readGrant(ctx); len(r.missingScopes()) > 0 {
			return again(r.grant.err)
		}
		return nil
	})
}

func (r *run) grantScopes(ctx context.Context) error {
	if r.grant.value != nil {
		return r.extendGrant(ctx)
	}
	const op = "grant delegated permissions"
	look := func(ctx context.Context) (bool, error) {
		r.readGrant(ctx)
		return r.grant.value != nil, r.grant.err
	}
	err := r.unlessDone(ctx, func(ctx context.Context) error {
		return r.replicated(ctx, op, func(ctx context.Context) error {
			_, err := r.directory().send(ctx, request{
				op: op, kind: rest.Post, method: http.MethodPost, route: "/v1.0/oauth2PermissionGrants",
				body: map[string]string{
					"clientId": r.principal.value.ID, "consentType": allPrincipals,
					"resourceId": r.graph.value.ID, "scope": strings.Join(delegatedScopes, " "),
				},
			})
			return err
		})
	}, look, mayHaveHappened)
	if hasStatus(err, http.StatusConflict) { // there is one, and this replica has not shown it yet
		err = waitUntil(ctx, op, 5*time.Minute, 1, func(ctx context.Context) error {
			if there, lookErr := look(ctx); !there {
				return again(lookErr)
			}
			return nil
		})
	}
	if err == nil && r.grant.value != nil && len(r.missingScopes()) > 0 {
		return r.extendGrant(ctx)
	}
	return err
}

func (r *run) extendGrant(ctx context.Context) error {
	const op = "extend delegated permissions"
	scopes := append(strings.Fields(r.grant.value.Scope), r.missingScopes()...)
	return r.replicated(ctx, op, func(ctx context.Context) error {
		_, err := r.directory().send(ctx, request{
			op: op, kind: rest.IdempotentWrite, method: http.MethodPatch, route: "/v1.0/oauth2PermissionGrants/{id}",
			args: []string{r.grant.value.ID}, body: map[string]string{"scope": strings.Join(scopes, " ")},
		})
		return err
	})
}
