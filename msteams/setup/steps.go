package setup

import (
	"cmp"
	"errors"
	"strings"
)

// unreadable is a step of which is not known what exists.
func unreadable(step Step, err error) Step {
	step.Action, step.Reason = ActionUnreadable, plain(err.Error())
	var e *Error
	if errors.As(err, &e) {
		step.Remedy = e.Remedy
		if e.Role != "" {
			step.Role = e.Role
		}
	}
	return step
}

// later is a step that depends on one before.
func (r *run) later(step Step) Step {
	step.Action, step.Reason = ActionLater, "it depends on a step before"
	step.Role = ""
	return step
}

func listed(names []string) string { return cmp.Or(strings.Join(names, ", "), "none") }

// cmpErr is the first of the errors that is one.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// say reports what the step that is being carried out waits for.
func (r *run) say(message string) {
	if r.opts.progress != nil {
		r.opts.progress(Event{Step: r.current, State: EventWaiting, Message: message})
	}
}
