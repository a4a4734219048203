package novu

import (
	"context"
	"net/http"
	"time"

	"github.com/novu-go/novu/internal/rest"
)

const (
	workflowsRoute = "/v2/workflows"
	workflowRoute  = workflowsRoute + "/{workflowId}"
)

// WorkflowsService manages workflows, as far as it takes to own one with a chat step.
type WorkflowsService struct{ client *Client }

// Workflow is what a trigger runs.
type Workflow struct {
	ID          string         `json:"_id"`
	WorkflowID  string         `json:"workflowId"` // what TriggerParams takes
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Tags        []string       `json:"tags"`
	Active      bool           `json:"active"` // in a List on servers that leave it out: whether Status is ACTIVE
	Status      WorkflowStatus `json:"status"`
	Steps       []WorkflowStep `json:"steps"` // List leaves all but the types out
	CreatedAt   time.Time      `json:"createdAt"`
	UpdatedAt   time.Time      `json:"updatedAt"`
}

// UnmarshalJSON reads a workflow. In a notification its identifier is that of its trigger.
func (w *Workflow) UnmarshalJSON(data []byte) error {
	type plain Workflow
	var wire struct {
		plain
		Triggers []struct {
			Identifier string `json:"identifier"`
		} `json:"triggers"`
	}
	err := lenient(data, &wire)
	*w = Workflow(wire.plain)
	if w.WorkflowID == "" && len(wire.Triggers) > 0 {
		w.WorkflowID = wire.Triggers[0].Identifier
	}
	return err
}

func (w *Workflow) missing() string { return missing("workflowId", w.WorkflowID) }

// WorkflowStatus says whether a workflow would run.
type WorkflowStatus string

// What a workflow's status can be.
const (
	WorkflowStatusActive   WorkflowStatus = "ACTIVE"
	WorkflowStatusInactive WorkflowStatus = "INACTIVE"
	WorkflowStatusError    WorkflowStatus = "ERROR"
)

// StepType is what a step does; "chat" sends to Teams. There are more than are
// named here.
type StepType string

// StepChat sends the step's body to the subscriber's channel endpoints.
const StepChat StepType = "chat"

// WorkflowStep is one step of a workflow.
type WorkflowStep struct {
	ID            string         `json:"_id,omitempty"`
	StepID        string         `json:"stepId,omitempty"`
	Name          string         `json:"name"`
	Type          StepType       `json:"type"`
	ControlValues map[string]any `json:"controlValues,omitempty"`
}

// ChatStep returns a step that sends body, in which "{{payload.name}}" stands
// for the trigger's payload and "{{subscriber.firstName}}" for the subscriber.
// Teams bots send it as plain text.
func ChatStep(name, body string) WorkflowStep {
	return WorkflowStep{Name: name, Type: StepChat, ControlValues: map[string]any{"body": body}}
}

// CreateWorkflowParams describes a workflow.
type CreateWorkflowParams struct {
	Name        string // required
	WorkflowID  string // required; lower-case letters, digits, - and _
	Description string
	Tags        []string
	Inactive    bool           // do not run it yet
	Steps       []WorkflowStep // at least one for anything to be sent
}

type createWorkflowBody struct {
	Source      string         `json:"__source"`
	Name        string         `json:"name"`
	WorkflowID  string         `json:"workflowId"`
	Description string         `json:"description,omitempty"`
	Tags        []string       `json:"tags,omitempty"`
	Active      bool           `json:"active"`
	Steps       []WorkflowStep `json:"steps"`
}

// Create makes a workflow. The server does not refuse an id that exists. It makes up another; see
// the result's WorkflowID. So a request that may have been carried out is not repeated: that is
// ErrOutcomeUnknown. Ask Get first, and after an error.
//
// API: POST /v2/workflows
func (s *WorkflowsService) Create(ctx context.Context, params CreateWorkflowParams, opts ...RequestOption) (*Workflow, error) {
	const op = "create workflow"
	if err := checkParams(op, opts...).required("Name", params.Name).id("WorkflowID", params.WorkflowID).err(); err != nil {
		return nil, err
	}
	body := createWorkflowBody{
		Source: "editor", Name: params.Name, WorkflowID: params.WorkflowID, Description: params.Description,
		Tags: params.Tags, Active: !params.Inactive, Steps: params.Steps,
	}
	if body.Steps == nil {
		body.Steps = []WorkflowStep{}
	}
	return do[Workflow](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Post, Method: http.MethodPost, Route: workflowsRoute, Body: body,
	}, opts)
}

// Get returns a workflow by its workflow id. One that is not there is ErrNotFound.
//
// API: GET /v2/workflows/{workflowId}
func (s *WorkflowsService) Get(ctx context.Context, workflowID string, opts ...RequestOption) (*Workflow, error) {
	const op = "get workflow"
	if err := checkParams(op, opts...).id("workflowID", workflowID).err(); err != nil {
		return nil, err
	}
	return do[Workflow](ctx, s.client, &rest.Request{
		Op: op, Kind: rest.Read, Method: http.MethodGet, Route: workflowRoute, Args: []string{workflowID},
	}, opts)
}

// ListWorkflowsParams selects workflows. This list goes by offset: its pages have no cursors.
type ListWorkflowsParams struct {
	Query  string `url:"query,omitempty"` // in name and id
	Limit  int    `url:"limit,omitempty"` // 1 to 100; 0 is the server's default
	Offset int    `url:"offset,omitempty"`
}

type workflowPage struct {
	Workflows  []Workflow `json:"workflows"`
	TotalCount int        `json:"totalCount"`
}

func (p *workflowPage) missing() string {
	if p.Workflows == nil {
		return "workflows"
	}
	return ""
}

// List returns one page of workflows, without the contents of their steps.
//
// API: GET /v2/workflows
func (s *WorkflowsService) List(ctx context.Context, params ListWorkflowsParams, opts ...RequestOption) (*Page[Workflow], error) {
	const op = "list workflows"
	checks := checkParams(op, opts...).page(params.Limit, "", "", nil)
	if params.Offset < 0 {
		checks.add("Offset", "must not be negative")
	}
	if err := checks.err(); err != nil {
		return nil, err
	}
	var data workflowPage
	if err := s.client.list(ctx, op, workflowsRoute, params, decodeData(&data), opts); err != nil {
		return nil, err
	}
	for i := range data.Workflows {
		w := &data.Workflows[i]
		w.Active = w.Active || w.Status == WorkflowStatusActive
	}
	return &Page[Workflow]{Data: data.Workflows, TotalCount: data.TotalCount}, nil
}

// Delete removes a workflow. One that is not there is ErrNotFound.
//
// API: DELETE /v2/workflows/{workflowId}
func (s *WorkflowsService) Delete(ctx context.Context, workflowID string, opts ...RequestOption) error {
	return s.client.delete(ctx, "delete workflow", workflowRoute, workflowID, opts)
}
