package setup

import "context"

// stage is one step as it is made: how what exists is read, what is to be done
// about it, and how that is done.
type stage struct {
	step  func() Step
	read  func(context.Context) // again, before it is written
	write func(context.Context) error
}

// stages are all steps of a set-up, in the order in which they are applied.
func (r *run) stages() []stage {
	all := []stage{
		{step: r.stepApplication, write: r.writeApplication, read: r.readApp},
		{step: r.stepPrincipal, write: r.writePrincipal, read: r.readPrincipal},
		{step: r.stepPermissions, write: r.writePermissions, read: r.readAssignments},
		{step: r.stepDelegated, write: r.writeDelegated, read: r.readGrant},
		{step: r.stepCredentials, write: r.writeCredentials, read: func(ctx context.Context) {
			atOnce(func() { r.readApp(ctx) }, func() { r.readIntegration(ctx) })
		}},
	}
	if r.doors[azureDoor].open() && r.config.Azure != nil {
		all = append(all,
			stage{step: r.stepProvider, write: r.writeProvider, read: r.readProvider},
			stage{step: r.stepGroup, write: r.writeGroup, read: r.readGroup},
		)
	}
	all = append(all, []stage{
		{step: r.stepBot, write: r.writeBot, read: r.readBot},
		{step: r.stepChannel, write: r.writeChannel, read: r.readChannel},
		{step: r.stepCatalog, write: r.writeCatalog, read: r.readCatalog},
	}...)
	for i := range r.config.InstallInTeams {
		all = append(all, stage{
			step: func() Step { return r.stepInstall(i) }, read: r.readInstalls,
			write: func(ctx context.Context) error { return r.writeInstall(ctx, i) },
		})
	}
	return append(all, r.oldSecretStages()...)
}

func (r *run) oldSecretStages() []stage {
	var all []stage
	for _, k := range r.removable(DefaultOverlap) {
		all = append(all, stage{
			step: func() Step {
				step := Step{Kind: KindOldSecret, Key: k.KeyID, Action: ActionDelete, Role: roleDeveloper, Reason: "nothing uses it any more"}
				step.Changes = []Change{{Field: "name", Old: plain(k.DisplayName)}}
				if r.app.value != nil && r.app.value.key(k.KeyID) == nil {
					step.Action, step.Changes = ActionKeep, nil
				}
				return r.foresee(step, directoryDoor, canWriteApps, registrations)
			},
			read:  r.readApp,
			write: func(ctx context.Context) error { return r.removeKey(ctx, k.KeyID) },
		})
	}
	return all
}

// Plan reads what exists, at most 15 requests beside tokens, and says what is to
// be done. It changes nothing and needs only permissions to read: what may not
// be read is ActionUnreadable, and what the identities may not write is
// ActionAsk. An identity of another tenant is ErrWrongTenant.
//
// API: GET /v1.0/applications(uniqueName='{uniqueName}')
//
// API: GET /v1.0/directory/deletedItems/microsoft.graph.application
//
// API: GET /v1.0/servicePrincipals(appId='{appId}')
//
// API: GET /v1.0/servicePrincipals/{id}/appRoleAssignments
//
// API: GET /v1.0/oauth2PermissionGrants
//
// API: GET /v1.0/appCatalogs/teamsApps
//
// API: GET /subscriptions/{subscription}/providers/Microsoft.BotService
//
// API: GET /subscriptions/{subscription}/resourcegroups/{group}
//
// API: GET /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.BotService/botServices/{bot}
//
// API: GET /v1/integrations
func (s *Setup) Plan(ctx context.Context) (*Plan, error) {
	r, err := s.look(ctx, "plan", false)
	if err != nil {
		return nil, err
	}
	return s.planOf(r.stages(), "Teams through Novu: "+s.config.UniqueName+" in tenant "+s.config.TenantID), nil
}

// look reads everything.
func (s *Setup) look(ctx context.Context, op string, destroy bool) (*run, error) {
	if ctx == nil {
		checks := newChecks(op)
		checks.add("ctx", "must not be nil")
		return nil, checks.err()
	}
	r, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	return r, r.survey(ctx, destroy)
}

func (s *Setup) planOf(stages []stage, title string) *Plan {
	p := &Plan{title: title, of: s}
	for _, st := range stages {
		p.Steps = append(p.Steps, st.step())
	}
	return p
}

// Apply does what the plan says, in order. It looks at each thing again before
// it writes it; what is no longer as planned is ErrPlanStale, and nothing more
// is written. A step that fails does not keep others from being applied that do
// not depend on it. The result says what was done and what is left; it comes
// beside an error too. Where Apply ended half way, plan and apply again: what was
// done is found, and nothing is made twice.
//
// API: PATCH /v1.0/applications(uniqueName='{uniqueName}')
//
// API: PATCH /v1.0/servicePrincipals(appId='{appId}')
//
// API: POST /v1.0/servicePrincipals/{id}/appRoleAssignedTo
//
// API: POST /v1.0/oauth2PermissionGrants
//
// API: POST /v1.0/applications/{id}/addPassword
//
// API: POST /v1/integrations
//
// API: PUT /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.BotService/botServices/{bot}
//
// API: PUT /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.BotService/botServices/{bot}/channels/MsTeamsChannel
//
// API: POST /v1.0/appCatalogs/teamsApps
func (s *Setup) Apply(ctx context.Context, plan *Plan) (*Result, error) {
	if plan == nil || plan.of != s {
		checks := newChecks("apply")
		checks.add("plan", "must be one that this Setup made")
		return nil, checks.err()
	}
	r, err := s.look(ctx, "apply", plan.destroy)
	if err != nil {
		return nil, err
	}
	stages := r.stages()
	if plan.destroy {
		stages = r.destroyStages()
	}
	a := &applying{run: r, plan: plan, result: &Result{}, blocked: map[Kind]bool{}}
	return a.result, a.all(ctx, stages)
}

// foresee turns a step that the door's identity is known not to be able to do
// into one for a person.
func (r *run) foresee(step Step, name doorName, oneOf []string, link string) Step {
	if !step.writes() {
		return step
	}
	if err := r.closed[name]; err != nil {
		return unreadable(step, err)
	}
	if c := r.claims[name]; c.lacks(oneOf...) {
		step.Action, step.Link = ActionAsk, link
		step.Reason = "the token of the " + string(name) + " has none of " + listed(oneOf) + " (it has: " + listed(c.granted) + ")"
		step.Remedy = "give the identity the permission, or have a person with the role do it"
	}
	return step
}
