package doctor

import (
	"context"
	"errors"

	"github.com/novu-go/novu"
)

// workflow is what is triggered.
type workflow struct {
	*subject
	x         *examination
	found     *novu.Workflow      // set by CheckWorkflow
	chatSteps []novu.WorkflowStep // set by CheckWorkflow
}

func examineWorkflow(ctx context.Context, x *examination) {
	w := &workflow{x: x, subject: &subject{
		rank: rankWorkflow, title: subjectTitle("Workflow", x.question.WorkflowID), uses: []*subject{x.server.subject},
	}}
	x.workflow = w
	if x.question.WorkflowID == "" {
		unnamed := func(context.Context, findings) Finding { return notNeeded("the question names no workflow") }
		x.add(ctx, w.subject, link{name: CheckWorkflow, run: unnamed}, link{name: CheckChatStep, run: unnamed})
		return
	}
	x.add(ctx, w.subject,
		link{name: CheckWorkflow, needs: []Check{CheckKey}, run: w.checkExists},
		link{name: CheckWorkflowActive, needs: []Check{CheckWorkflow}, run: w.checkActive},
		link{name: CheckChatStep, needs: []Check{CheckWorkflow}, run: w.checkChatStep},
	)
}

func (w *workflow) checkExists(ctx context.Context, _ findings) Finding {
	found, err := w.x.doctor.novu.Workflows.Get(ctx, w.x.question.WorkflowID)
	switch {
	case errors.Is(err, novu.ErrNotFound):
		return broken("the environment has no workflow with this id, so a trigger is refused",
			"Check the id in Novu dashboard > Workflows, and that the workflow was published to the key's environment.")
	case err != nil:
		return w.x.inconclusive(ctx, err)
	}
	w.found = found
	if found.WorkflowID != "" {
		w.x.question.WorkflowID, w.title = found.WorkflowID, subjectTitle("Workflow", found.WorkflowID)
	}
	for _, step := range found.Steps {
		if step.Type == novu.StepChat {
			w.chatSteps = append(w.chatSteps, step)
		}
	}
	return ok("it is %q", found.Name).with("_id", found.ID)
}

func (w *workflow) checkActive(context.Context, findings) Finding {
	switch {
	case w.found.Status == novu.WorkflowStatusError:
		return broken("a step has an error, such as an empty content, so nothing is delivered",
			"Open Novu dashboard > Workflows > "+w.found.Name+" and mend the steps that are marked.")
	case !w.found.Active, w.found.Status == novu.WorkflowStatusInactive:
		return broken("it is not active: Novu answers a trigger with the status trigger_not_active and sends nothing",
			"Switch it on in Novu dashboard > Workflows > "+w.found.Name+".")
	}
	return ok("it is active")
}

func (w *workflow) checkChatStep(context.Context, findings) Finding {
	if len(w.chatSteps) == 0 {
		return broken("it has no chat step, so nothing goes to Teams", "Add a step of type Chat in Novu dashboard > Workflows > "+w.found.Name+".")
	}
	return ok("it has %s", count(len(w.chatSteps), "chat step", "chat steps")).with("step", w.chatSteps[0].Name)
}
