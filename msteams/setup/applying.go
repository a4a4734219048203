package setup

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
)

// applying is one call of Apply.
type applying struct {
	*run
	plan    *Plan
	result  *Result
	blocked map[Kind]bool // kinds that were left or failed
}

// all applies the stages in order. Where one fails, those that need it are left.
func (a *applying) all(ctx context.Context, stages []stage) error {
	if err := a.compare(ctx, stages); err != nil {
		return err
	}
	a.plan.begun = true
	var failures []error
	for i, st := range stages {
		planned := a.planned(i, st.step())
		err := a.one(ctx, st, planned)
		if err == nil {
			continue
		}
		failures = append(failures, err)
		if ctx.Err() != nil || errors.Is(err, ErrPlanStale) {
			break
		}
	}
	if len(failures) == 0 {
		a.plan.applied = true
	}
	return errors.Join(failures...)
}

// planned is what the plan says about the stage, which is the step itself where
// the plan could not know of it.
func (a *applying) planned(i int, now Step) Step {
	if i < len(a.plan.Steps) && a.plan.Steps[i].Kind == now.Kind {
		return a.plan.Steps[i]
	}
	return now
}

// compare looks whether everything still is as the plan found it. A plan that an
// earlier call has begun is compared step by step only, since that call may have
// changed what it found.
func (a *applying) compare(ctx context.Context, stages []stage) error {
	if a.plan.applied {
		return (&Error{Op: "apply", Message: "the plan has been applied already"}).is("plan again", ErrPlanStale)
	}
	if a.plan.begun {
		return nil
	}
	if len(stages) != len(a.plan.Steps) {
		return (&Error{Op: "apply", Message: "there are other things to do than planned"}).is("plan again", ErrPlanStale)
	}
	for i, st := range stages {
		if err := a.agrees(ctx, st, a.plan.Steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// agrees reports whether what exists is still as planned. It reads a few times
// before it says no: replicas of the directory disagree for a while.
func (a *applying) agrees(ctx context.Context, st stage, planned Step) error {
	for try := 1; ; try++ {
		now := st.step()
		if a.asPlanned(planned, now) {
			return nil
		}
		if try == agreeing {
			return atStep(now, (&Error{
				Op: "compare with the plan", Message: "planned was " + describe(planned) + ", now it would be " + describe(now),
			}).is("plan again", ErrPlanStale))
		}
		if sleep(ctx, firstPause) != nil {
			return ended(ctx, "compare with the plan")
		}
		st.read(ctx)
	}
}

// asPlanned compares a step as planned with the same step as it is now. What a
// person was asked to do may have been done in between.
func (a *applying) asPlanned(planned, now Step) bool {
	switch planned.Action {
	case ActionLater:
		return true
	case ActionAsk, ActionUnreadable:
		return true // it is not applied, whatever it is now
	case ActionDelete:
		return now.Action == ActionDelete || now.Reason == notThere || a.plan.begun && now.Action == ActionKeep
	case ActionCreate:
		return now.Action == ActionCreate || a.plan.begun && now.Action == ActionKeep
	case ActionUpdate:
		same := a.followsChange(planned) || reflect.DeepEqual(planned.Changes, now.Changes)
		return now.Action == ActionUpdate && same || a.plan.begun && now.Action == ActionKeep
	}
	return now.Action == planned.Action || a.deletedAlready(planned, now)
}

// deletedAlready reports whether the step is about an application that was
// planned to be purged, since it was deleted, and that a lagging replica still
// shows as it was before.
func (a *applying) deletedAlready(planned, now Step) bool {
	return a.plan.destroy && now.Kind == KindApplication && now.Action == ActionDelete && planned.Reason == notThere &&
		slices.ContainsFunc(a.plan.Steps, func(s Step) bool { return s.Kind == KindDeletedApp && s.Action == ActionDelete })
}

// followsChange reports whether the plan changes something that the step needs,
// so that it could not foresee all that the step will change.
func (a *applying) followsChange(planned Step) bool {
	return slices.ContainsFunc(a.plan.Steps, func(s Step) bool { return s.writes() && slices.Contains(planned.Needs, s.Kind) })
}

func describe(s Step) string {
	text := string(s.Action)
	for i, c := range s.Changes {
		if i == 0 {
			text += " of "
		} else {
			text += ", "
		}
		text += c.Field
	}
	return text
}

// one applies one stage.
func (a *applying) one(ctx context.Context, st stage, planned Step) error {
	now := st.step()
	if now.writes() || planned.writes() || planned.Action == ActionLater {
		st.read(ctx) // again, just before it is written
		if err := ended(ctx, "apply"); err != nil {
			return err
		}
		now = st.step()
	}
	switch {
	case now.Action == ActionKeep:
		a.finish(now)
		return nil
	case !now.writes(), planned.Action == ActionAsk, planned.Action == ActionUnreadable:
		a.leave(now)
		return nil
	case a.isBlocked(now):
		now.Reason = "a step that it needs was not done"
		a.leave(now)
		return nil
	}
	if err := a.agrees(ctx, st, planned); err != nil {
		return a.fail(now, err)
	}
	if now = st.step(); !now.writes() {
		a.finish(now)
		return nil
	}
	if now.Irreversible {
		ok, err := a.approved(ctx, now)
		if err != nil {
			return a.fail(now, err)
		}
		if !ok {
			now.Reason = "it can't be undone and was not approved"
			a.leave(now)
			return nil
		}
	}
	return a.write(ctx, st, now)
}

func (a *applying) write(ctx context.Context, st stage, now Step) error {
	a.current = now
	a.emit(Event{Step: now, State: EventStarted})
	err := st.write(ctx)
	var passing notYet
	switch {
	case err == nil:
		a.finish(now)
		return nil
	case errors.As(err, &passing) && passing.cause == nil:
		now.Action, now.Reason = ActionLater, "what it depends on is not there yet"
		a.leave(now)
		return nil
	case forAPerson(err):
		a.leave(a.forPerson(now, err))
		return nil
	}
	return a.fail(now, err)
}

// forAPerson tells a refusal that another person may not get.
func forAPerson(err error) bool {
	return hasStatus(err, http.StatusForbidden) && errors.Is(err, ErrForbidden)
}

// forPerson is the step as one for a person who may do it.
func (a *applying) forPerson(step Step, err error) Step {
	switch step.Kind {
	case KindPermissions, KindDelegated, KindServicePrincipal:
		step = a.askConsent(step, "")
	case KindCatalogApp:
		step = a.askCatalog(step, "")
	default:
		step.Link = linkOf(step.Kind)
	}
	step.Action, step.Reason = ActionAsk, plain(err.Error())
	if step.Remedy == "" {
		step.Remedy = "ask somebody with the role, or give it to the identity"
	}
	return step
}

func (a *applying) isBlocked(step Step) bool {
	return slices.ContainsFunc(step.Needs, func(kind Kind) bool { return a.blocked[kind] })
}

func (a *applying) approved(ctx context.Context, step Step) (bool, error) {
	if a.opts.approve == nil {
		return false, nil
	}
	return a.opts.approve(ctx, step)
}

func (a *applying) finish(step Step) {
	a.result.Done = append(a.result.Done, step)
	if step.Action != ActionKeep {
		a.emit(Event{Step: step, State: EventDone})
	}
}

func (a *applying) leave(step Step) {
	a.result.Pending = append(a.result.Pending, step)
	a.blocked[step.Kind] = true
	a.emit(Event{Step: step, State: EventPending})
}

func (a *applying) fail(step Step, err error) error {
	err = atStep(step, err)
	a.blocked[step.Kind] = true
	a.result.Pending = append(a.result.Pending, step)
	a.emit(Event{Step: step, State: EventFailed, Err: err})
	return err
}

func (a *applying) emit(e Event) {
	if a.opts.progress != nil {
		a.opts.progress(e)
	}
}
