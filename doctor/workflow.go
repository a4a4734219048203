package doctor

import (
	"context"
	"errors"

	"github.com/novu-go/novu"
)

// workflow is what is triggered.
type workflow struct {
	x     *examination
	self  *scope
	found *novu.Workflow
	steps []novu.WorkflowStep // chat steps
}

func newWorkflow(x *examination) *workflow {
	w := &workflow{x: x}
	links := []link{{check: CheckWorkflow, run: func(context.Context) Finding { return notChecked("the question names no workflow") }}}
	if x.question.WorkflowID != "" {
		links = []link{
			{check: CheckWorkflow, needs: []Check{CheckKey}, run: w.exists},
			{check: CheckWorkflowActive, needs: []Check{CheckWorkflow}, run: w.active},
			{check: CheckChatStep, needs: []Check{CheckWorkflow}, run: w.chatStep},
		}
	}
	w.self = x.add(&scope{rank: rankWorkflow, subject: title("Workflow", x.question.WorkflowID), links: links, uses: x.upstream})
	return w
}

// upstream is what every subject depends on.
func (x *examination) upstream() []*scope { return []*scope{x.server.self} }

func title(kind, id string) string {
	if id == "" {
		return kind
	}
	return kind + " " + id
}

func (w *workflow) exists(ctx context.Context) Finding {
	found, err := w.x.doctor.novu.Workflows.Get(ctx, w.x.question.WorkflowID)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return broken("the environment has no workflow with this id, so that triggering it is refused",
			"Check the id in Novu dashboard > Workflows, and that the workflow was published to the key's environment.")
	case err != nil:
		return w.x.inconclusive(err)
	}
	w.found = found
	for _, step := range found.Steps {
		if step.Type == novu.StepChat {
			w.steps = append(w.steps, step)
		}
	}
	return ok("it is %q", found.Name).with("_id", found.ID)
}

func (w *workflow) active(context.Context) Finding {
	switch {
	case !w.found.Active, w.found.Status == novu.WorkflowStatusInactive:
		return broken("it is not active: a trigger is accepted with the status trigger_not_active, and nothing is sent",
			"Novu dashboard > Workflows > "+w.found.Name+": switch it on.")
	case w.found.Status == novu.WorkflowStatusError:
		return warning("Novu reports errors in it", "Novu dashboard > Workflows > "+w.found.Name+": see the steps that are marked.")
	}
	return ok("it is active")
}

func (w *workflow) chatStep(context.Context) Finding {
	if len(w.steps) == 0 {
		return broken("it has no chat step, so that nothing goes to Teams", "Novu dashboard > Workflows > "+w.found.Name+": add a step of type Chat.")
	}
	return ok("it has %s", count(len(w.steps), "chat step", "chat steps")).with("step", w.steps[0].Name)
}
