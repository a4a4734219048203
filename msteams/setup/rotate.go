package setup

import (
	"context"
	"time"
)

// RotateParams say when a secret is replaced, and how long the old one stays.
type RotateParams struct {
	// Within rotates only where the secret in use ends within this time; zero
	// rotates always. A daily job with 30 days rotates once, in time.
	Within time.Duration
	// Overlap is how long the old secret is kept, [DefaultOverlap] if zero:
	// Novu's workers may hold it for a while.
	Overlap time.Duration
}

// Rotation is what Rotate did.
type Rotation struct {
	Rotated bool  // a new secret was made and handed to Novu
	Current Key   // in use now
	Removed []Key // old ones of ours that were removed
	// Kept are old ones of ours that a later Rotate or Apply removes, at
	// RemoveAfter at the earliest, which is when the first of them may go.
	Kept        []Key
	RemoveAfter time.Time
}

// Rotate replaces the secret that Novu holds without an interruption: a new
// secret is made and tried at both services that Novu uses, for up to two
// minutes, then all credentials are handed to Novu, and the old secret is kept
// for the overlap. Rotate never waits for that: it removes what earlier runs
// left. A secret that is not ours, by its name, is never removed. Where it is
// not known which secret Novu holds, it rotates.
//
// API: POST /v1.0/applications/{id}/addPassword
//
// API: POST /v1.0/applications/{id}/removePassword
//
// API: PATCH /v1.0/applications/{id}
//
// API: PUT /v1/integrations/{id}
func (s *Setup) Rotate(ctx context.Context, params RotateParams) (*Rotation, error) {
	checks := newChecks("rotate secret")
	if params.Within < 0 {
		checks.add("Within", "must not be negative")
	}
	if params.Overlap < 0 {
		checks.add("Overlap", "must not be negative")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	if params.Overlap == 0 {
		params.Overlap = DefaultOverlap
	}
	r, err := s.lookAtKeys(ctx, "rotate secret")
	if err != nil {
		return nil, err
	}
	step := Step{Kind: KindCredentials, Key: s.config.IntegrationIdentifier, Action: ActionUpdate, Role: roleDeveloper}
	if r.integration.value == nil {
		return nil, atStep(step, (&Error{Op: "rotate secret", Message: "there is no such integration in Novu"}).is("plan and apply first"))
	}
	r.current = step
	out := &Rotation{}
	if r.isDue(params.Within) {
		out.Rotated, err = r.renewSecret(ctx, params.Overlap, func() bool { return r.isDue(params.Within) })
		if err != nil {
			return out, atStep(step, err)
		}
	}
	for _, k := range r.removable(params.Overlap) {
		if err := r.removeKey(ctx, k.KeyID); err != nil {
			return r.report(out, params.Overlap), atStep(step, err)
		}
		out.Removed = append(out.Removed, r.public(k, r.inUse()))
	}
	return r.report(out, params.Overlap), nil
}

// isDue reports whether the secret in use ends within the time, on Microsoft's clock.
func (r *run) isDue(within time.Duration) bool {
	if within == 0 || r.needsSecret() != "" {
		return true
	}
	return r.inUse().key.EndAt.Before(r.app.value.readAt.Add(within))
}

func (r *run) report(out *Rotation, overlap time.Duration) *Rotation {
	current := r.inUse()
	for _, k := range r.app.value.PasswordCredentials {
		switch {
		case current.key != nil && k.KeyID == current.key.KeyID:
			out.Current = r.public(k, current)
		case k.ours() && current.key != nil:
			out.Kept = append(out.Kept, r.public(k, current))
			if at := r.retireAt(k, current.key, overlap); out.RemoveAfter.IsZero() || at.Before(out.RemoveAfter) {
				out.RemoveAfter = at
			}
		}
	}
	return out
}

// Keys lists the application's secrets, when they end, and which one Novu holds.
// Where the server does not show it, or can't be reached, the application's tags
// say which one was handed over last.
//
// API: GET /v1.0/applications(uniqueName='{uniqueName}')
//
// API: GET /v1/integrations
func (s *Setup) Keys(ctx context.Context) ([]Key, error) {
	r, err := s.lookAtKeys(ctx, "list secrets")
	if r == nil || r.app.value == nil {
		return nil, err
	}
	current := r.inUse()
	keys := []Key{}
	for _, k := range r.app.value.PasswordCredentials {
		keys = append(keys, r.public(k, current))
	}
	return keys, nil
}

// lookAtKeys reads the application and the integration, both of which must be readable.
func (s *Setup) lookAtKeys(ctx context.Context, op string) (*run, error) {
	if ctx == nil {
		checks := newChecks(op)
		checks.add("ctx", "must not be nil")
		return nil, checks.err()
	}
	r, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	atOnce(func() { r.readApp(ctx) }, func() { r.readIntegration(ctx) })
	if err := ended(ctx, op); err != nil {
		return nil, err
	}
	if err := cmpErr(r.app.err, r.integration.err); err != nil {
		return r, atStep(Step{Kind: KindCredentials, Key: s.config.IntegrationIdentifier, Role: roleDeveloper}, err)
	}
	if r.app.value == nil {
		e := (&Error{Op: op, Step: KindApplication, Key: s.config.UniqueName, Message: "there is no such application"}).is("plan and apply first")
		if !r.doors[directoryDoor].open() {
			e.Message, e.Remedy = "no identity is configured for the directory", "set Identities.Directory"
		}
		return nil, e
	}
	return r, nil
}
