package novu

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// workflow is a notification workflow. Its chat steps are delivered, its delay
// steps wait; its other steps are stored and do nothing.
type workflow struct {
	meta
	name, description string
	active            bool
	steps             []step
	tags              []any
	triggered         *stamp
}

type step struct {
	id, objectID, name, typ string
	controls                map[string]any
}

func (st step) body() string {
	b, _ := st.controls["body"].(string)
	return b
}

// delay is how long a delay step waits: {"amount": 5, "unit": "minutes"}.
func (st step) delay() time.Duration {
	number, _ := st.controls["amount"].(json.Number)
	amount, _ := number.Float64()
	unit, _ := st.controls["unit"].(string)
	const day = 24 * time.Hour
	return time.Duration(amount * float64(map[string]time.Duration{
		"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": day, "weeks": 7 * day, "months": 30 * day,
	}[unit]))
}

func (s *Server) showWorkflow(w *workflow) map[string]any {
	steps := []any{}
	for _, st := range w.steps {
		steps = append(steps, map[string]any{
			"_id": st.objectID, "stepId": st.id, "slug": st.id + "_st_" + st.objectID[:16], "name": st.name, "type": st.typ, "origin": "novu-cloud",
			"workflowId": w.Key, "workflowDatabaseId": w.ID, "controlValues": st.controls, "controls": map[string]any{"values": st.controls},
		})
	}
	status := "ACTIVE"
	if !w.active {
		status = "INACTIVE"
	}
	return map[string]any{
		"_id": w.ID, "slug": w.Key + "_wf_" + w.ID[:16], "workflowId": w.Key, "name": w.name, "description": w.description,
		"tags": w.tags, "active": w.active, "status": status, "steps": steps, "origin": "novu-cloud", "severity": "none",
		"createdAt": stamp(
			w.CreatedAt,
		), "updatedAt": stamp(w.UpdatedAt), "lastTriggeredAt": w.triggered, "lastPublishedAt": nil,
		"payloadSchema": map[string]any{
			"type":                 "object",
			"additionalProperties": true,
			"properties":           map[string]any{},
		},
		"validatePayload": true, "isTranslationEnabled": false,
	}
}

func (s *Server) createWorkflow(c *call) *reply {
	if refused := c.invalid(
		required("name", isString), required("workflowId", isString), optional("description", isString), optional("active", isBoolean),
		optional("tags", isArray), required("steps", isArray).list(required("name", isString), required("type", isString), optional("controlValues", isObject)),
	); refused != nil {
		return refused
	}
	body := c.Object()
	id := slugify(c.Text("workflowId"))
	if _, has := s.workflows.get(id); has {
		id += "-" + emulator.RandomID(4, emulator.Base36) // the real server makes a workflow's id unique too
	}
	w := &workflow{
		meta: meta{ID: s.ids.Next(c.Now), Key: id, CreatedAt: c.Now, UpdatedAt: c.Now},
		name: c.Text("name"), description: c.Text("description"), tags: []any{},
	}
	w.active, _ = body["active"].(bool)
	if tags, given := body["tags"].([]any); given {
		w.tags = tags
	}
	items, _ := body["steps"].([]any)
	for _, item := range items {
		given, _ := item.(map[string]any)
		w.steps = append(w.steps, s.newStep(c, w, given))
	}
	s.workflows.add(w)
	return created(s.showWorkflow(w))
}

func (s *Server) newStep(c *call, w *workflow, given map[string]any) step {
	text := func(name string) string { v, _ := given[name].(string); return v }
	controls, _ := given["controlValues"].(map[string]any)
	if controls == nil {
		controls = map[string]any{}
	}
	st := step{
		id:       slugify(text("name")),
		objectID: s.ids.Next(c.Now),
		name:     text("name"),
		typ:      text("type"),
		controls: controls,
	}
	for _, other := range w.steps {
		if other.id == st.id {
			st.id += "-" + emulator.RandomID(4, emulator.Base36)
		}
	}
	return st
}

// workflowOf finds the workflow of the path by its identifier, its internal id
// or its slug.
func (s *Server) workflowOf(c *call) (*workflow, *reply) {
	id := c.Params["workflowId"]
	if w, has := s.workflows.find(func(w *workflow) bool {
		return w.Key == id || w.ID == id || strings.HasPrefix(id, w.Key+"_wf_")
	}); has {
		return w, nil
	}
	return nil, c.exception(http.StatusNotFound, "Workflow cannot be found", map[string]any{"workflowId": id})
}

func (s *Server) getWorkflow(c *call) *reply {
	w, refused := s.workflowOf(c)
	if refused != nil {
		return refused
	}
	return ok(s.showWorkflow(w))
}

func (s *Server) deleteWorkflow(c *call) *reply {
	w, refused := s.workflowOf(c)
	if refused != nil {
		return refused
	}
	s.workflows.remove(w.Key)
	return emulator.NoContent()
}

func (s *Server) listWorkflows(c *call) *reply {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(c.Query.Get(name)); err == nil && n >= 0 {
			return n
		}
		return otherwise
	}
	offset, limit := number("offset", 0), number("limit", 50)
	shown, total := []any{}, 0
	for i := len(s.workflows.rows) - 1; i >= 0; i-- { // newest first
		w := s.workflows.rows[i]
		if !strings.Contains(strings.ToLower(w.name+" "+w.Key), strings.ToLower(c.Query.Get("query"))) {
			continue
		}
		if total >= offset && len(shown) < limit {
			shown = append(shown, s.showWorkflow(w))
		}
		total++
	}
	return ok(map[string]any{"workflows": shown, "totalCount": total})
}
