package novu_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/novu-go/novu"
)

const workflowJSON = `{"_id":"6b046b2fff9b0c916127df91","workflowId":"build-failed","name":"Build failed","description":"","tags":["ci"],
	"active":true,"status":"ACTIVE","steps":[{"_id":"step","stepId":"chat","name":"Chat","type":"chat","controlValues":{"body":"Build {{payload.build}}"}}],` + times + `}`

var workflow = novu.Workflow{
	ID: hexID, WorkflowID: "build-failed", Name: "Build failed", Tags: []string{"ci"}, Active: true, Status: novu.WorkflowStatusActive,
	Steps: []novu.WorkflowStep{{
		ID: "step", StepID: "chat", Name: "Chat", Type: novu.StepChat, ControlValues: map[string]any{"body": "Build {{payload.build}}"},
	}},
	CreatedAt: created, UpdatedAt: created,
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	runExchanges(t, map[string]exchange{
		"create": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Workflows.Create(ctx, novu.CreateWorkflowParams{
					Name: "Build failed", WorkflowID: "build-failed", Description: "Of the main branch", Tags: []string{"ci"},
					Steps: []novu.WorkflowStep{novu.ChatStep("Chat", "Build {{payload.build}}")},
				})
			},
			method: http.MethodPost, path: "/v2/workflows",
			body: `{"__source":"editor","name":"Build failed","workflowId":"build-failed","description":"Of the main branch","tags":["ci"],"active":true,
				"steps":[{"name":"Chat","type":"chat","controlValues":{"body":"Build {{payload.build}}"}}]}`,
			status: http.StatusCreated, answer: `{"data":` + workflowJSON + `}`,
			want: &workflow,
		},
		"create without steps": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Workflows.Create(ctx, novu.CreateWorkflowParams{Name: "Build failed", WorkflowID: "build-failed", Inactive: true})
			},
			method: http.MethodPost, path: "/v2/workflows",
			body:   `{"__source":"editor","name":"Build failed","workflowId":"build-failed","active":false,"steps":[]}`,
			status: http.StatusCreated, answer: `{"data":` + workflowJSON + `}`,
			want: &workflow,
		},
		"get": {
			call:   func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.Get(ctx, "build-failed") },
			method: http.MethodGet, path: "/v2/workflows/build-failed",
			answer: `{"data":` + workflowJSON + `}`,
			want:   &workflow,
		},
		"list": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Workflows.List(ctx, novu.ListWorkflowsParams{Query: "build", Limit: 10, Offset: 20})
			},
			method: http.MethodGet, path: "/v2/workflows",
			query:  url.Values{"query": {"build"}, "limit": {"10"}, "offset": {"20"}},
			answer: `{"data":{"workflows":[` + workflowJSON + `],"totalCount":21}}`,
			want:   &novu.Page[novu.Workflow]{Data: []novu.Workflow{workflow}, TotalCount: 21},
		},
		"list from a server that tells the status only": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return c.Workflows.List(ctx, novu.ListWorkflowsParams{})
			},
			method: http.MethodGet, path: "/v2/workflows",
			answer: `{"data":{"workflows":[{"workflowId":"a","status":"ACTIVE"},{"workflowId":"b","status":"INACTIVE"},
				{"workflowId":"c","status":"ERROR"}],"totalCount":3}}`,
			want: &novu.Page[novu.Workflow]{
				Data: []novu.Workflow{
					{WorkflowID: "a", Status: novu.WorkflowStatusActive, Active: true},
					{WorkflowID: "b", Status: novu.WorkflowStatusInactive},
					{WorkflowID: "c", Status: novu.WorkflowStatusError},
				},
				TotalCount: 3,
			},
		},
		"delete": {
			call: func(ctx context.Context, c *novu.Client) (any, error) {
				return nil, c.Workflows.Delete(ctx, "build-failed")
			},
			method: http.MethodDelete, path: "/v2/workflows/build-failed",
			status: http.StatusNoContent,
		},
	})
}

func TestWorkflowErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]call{
		"create workflow": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Workflows.Create(ctx, novu.CreateWorkflowParams{Name: "Build failed", WorkflowID: "build-failed"})
		},
		"get workflow": func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.Get(ctx, "build-failed") },
		"list workflows": func(ctx context.Context, c *novu.Client) (any, error) {
			return c.Workflows.List(ctx, novu.ListWorkflowsParams{})
		},
		"delete workflow": func(ctx context.Context, c *novu.Client) (any, error) {
			return nil, c.Workflows.Delete(ctx, "build-failed")
		},
	})
}

func TestWorkflowBadInput(t *testing.T) {
	t.Parallel()
	create := func(params novu.CreateWorkflowParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.Create(ctx, params) }
	}
	list := func(params novu.ListWorkflowsParams) call {
		return func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.List(ctx, params) }
	}
	testBadInput(t, map[string]badInput{
		"create without a name": {call: create(novu.CreateWorkflowParams{WorkflowID: "build-failed"}), field: "Name"},
		"create without an id":  {call: create(novu.CreateWorkflowParams{Name: "Build failed"}), field: "WorkflowID"},
		"a negative offset":     {call: list(novu.ListWorkflowsParams{Offset: -1}), field: "Offset"},
		"a negative limit":      {call: list(novu.ListWorkflowsParams{Limit: -1}), field: "Limit"},
		"get nothing": {
			call:  func(ctx context.Context, c *novu.Client) (any, error) { return c.Workflows.Get(ctx, "") },
			field: "workflowID",
		},
	})
}
