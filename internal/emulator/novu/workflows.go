package novu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// workflow is a notification workflow. Its chat steps are delivered, its delay
// steps wait; its other steps are stored and skipped.
type workflow struct {
	meta
	name, description, severity string
	active, validatePayload     bool
	steps                       []step
	tags                        []any
	payloadSchema               map[string]any // nil: none was given
	preferences                 map[string]any // the user's, nil for none
	triggerID                   string
	triggered                   *stamp
}

type step struct {
	id, objectID, name, typ string
	controls                map[string]any
	issues                  []issue // of the body
}

func (st step) body() string {
	b, _ := st.controls["body"].(string)
	return b
}

const day = 24 * time.Hour

var delayUnits = map[string]time.Duration{
	"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": day, "weeks": 7 * day, "months": 30 * day,
}

// delay is how long a delay step waits: {"amount": 5, "unit": "minutes"}.
func (st step) delay() time.Duration {
	number, _ := st.controls["amount"].(json.Number)
	amount, _ := number.Float64()
	unit, _ := st.controls["unit"].(string)
	return time.Duration(amount * float64(delayUnits[unit]))
}

// status is how the dashboard sees a workflow.
func (w *workflow) status() string {
	switch {
	case slices.ContainsFunc(w.steps, func(st step) bool { return len(st.issues) > 0 }):
		return "ERROR"
	case w.active:
		return "ACTIVE"
	}
	return "INACTIVE"
}

// providerOfStep is the provider that Novu notes on a step's job, "" where there
// is no active integration of its channel.
func (s *Server) providerOfStep(typ string) string {
	for _, i := range s.integrations {
		if s.ours(i) && i.Active && i.Channel == typ && i.Kind == kindDelivery {
			return i.ProviderID
		}
	}
	return ""
}

var (
	stepTypes = strings.Fields("in_app email sms chat push tool digest trigger delay throttle custom http_request")
	severity  = optional("severity", isIn("high", "medium", "low", "none"))
	tagsLimit = 16
)

// commonWorkflowProperties are those of a create and of an update, checked by
// the controller.
var commonWorkflowProperties = []property{
	always("name", isString), optional("description", isString), optional("tags", isArray), optional("active", isBoolean),
	optional("validatePayload", isBoolean), optional("payloadSchema", isObject), severity,
	optional("steps").list(always("name", isString)),
}

// checkWorkflow checks a body as the command that stores it does.
func (s *Server) checkWorkflow(c *call) *reply {
	values := map[string]any{"workflowDto.name": c.Object()["name"]}
	properties := []property{
		always("workflowDto.name", named("name", minLength(1)), named("name", maxLength(256)), named("name", notBlank)),
	}
	if tags, given := c.Object()["tags"]; given {
		values["workflowDto.tags"] = tags
		properties = append(properties, optional("workflowDto.tags", named("tags", arrayMaxSize(tagsLimit))))
	}
	if description, given := c.Object()["description"]; given {
		values["workflowDto.description"] = description
		properties = append(properties, optional("workflowDto.description", named("description", maxLength(256))))
	}
	steps, isList := c.Object()["steps"].([]any)
	if !isList {
		properties = append(properties, always("workflowDto.steps", named("steps", isArray)))
	}
	for i, item := range steps {
		object, _ := item.(map[string]any)
		name := "workflowDto.steps." + itoa(i) + ".type"
		if typ, given := object["type"]; given {
			values[name] = typ
		}
		properties = append(properties, always(name, named("type", isIn(stepTypes...))))
	}
	return c.invalidCommand("UpsertWorkflowCommand", values, properties...)
}

func (s *Server) createWorkflow(c *call) *reply {
	slug := always("workflowId", matches(workflowID,
		"workflowId must be a valid slug format (letters, numbers, hyphens, dot and underscores only)"), isString)
	if refused := c.invalid(slices.Insert(slices.Clone(commonWorkflowProperties), 1, slug)...); refused != nil {
		return refused
	}
	if refused := s.checkWorkflow(c); refused != nil {
		return refused
	}
	id := c.Text("workflowId")
	if _, has := s.workflows.get(id); has {
		id += "-" + emulator.RandomID(8, emulator.Base36)
	}
	w := &workflow{
		meta: meta{Key: id, CreatedAt: c.Now}, tags: []any{}, active: true, validatePayload: true, severity: "none", triggerID: s.ids.Next(c.Now),
	}
	w.ID = s.ids.Next(c.Now)
	s.changeWorkflow(c, w)
	s.workflows.add(w)
	return created(s.showWorkflow(w))
}

// changeWorkflow takes over what the body holds.
func (s *Server) changeWorkflow(c *call, w *workflow) {
	body := c.Object()
	for name, field := range map[string]*string{"name": &w.name, "description": &w.description, "severity": &w.severity} {
		if v, given := body[name].(string); given {
			*field = v
		}
	}
	for name, field := range map[string]*bool{"active": &w.active, "validatePayload": &w.validatePayload} {
		if v, given := body[name].(bool); given {
			*field = v
		}
	}
	if tags, given := body["tags"].([]any); given {
		w.tags = tags
	}
	if schema, given := body["payloadSchema"].(map[string]any); given {
		w.payloadSchema = schema
	}
	if preferences, given := body["preferences"].(map[string]any); given {
		w.preferences, _ = preferences["user"].(map[string]any)
	}
	if items, given := body["steps"].([]any); given {
		before := w.steps
		w.steps = nil
		for _, item := range items {
			object, _ := item.(map[string]any)
			w.steps = append(w.steps, s.newStep(c, w, before, object))
		}
	}
	for i := range w.steps {
		w.steps[i].issues = bodyIssues(w.steps[i])
	}
	w.UpdatedAt = c.Now
}

// newStep makes a step, or changes the one of before with the same _id.
func (s *Server) newStep(c *call, w *workflow, before []step, given map[string]any) step {
	text := func(name string) string { v, _ := given[name].(string); return v }
	st := step{id: slugify(text("name")), objectID: s.ids.Next(c.Now), name: text("name"), typ: text("type")}
	st.controls, _ = given["controlValues"].(map[string]any)
	for _, other := range before {
		if other.objectID == text("_id") {
			st.id, st.objectID = other.id, other.objectID
			if st.controls == nil {
				st.controls = other.controls
			}
		}
	}
	if st.controls == nil {
		st.controls = map[string]any{}
	}
	if slices.ContainsFunc(w.steps, func(other step) bool { return other.id == st.id }) {
		st.id += "-" + emulator.RandomID(4, emulator.Base36)
	}
	return st
}

// workflowOf finds the workflow of the path.
func (s *Server) workflowOf(c *call) (*workflow, *reply) {
	return s.findWorkflow(c, c.Params["workflowId"])
}

// findWorkflow finds a workflow by its identifier, its internal id or its slug.
func (s *Server) findWorkflow(c *call, id string) (*workflow, *reply) {
	if w, has := s.workflows.get(id); has {
		return w, nil
	}
	if w, has := s.workflows.find(func(w *workflow) bool {
		return w.ID == id || strings.HasSuffix(id, "_wf_"+slugID(w.ID))
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

func (s *Server) putWorkflow(c *call) *reply {
	if refused := c.invalid(commonWorkflowProperties...); refused != nil {
		return refused
	}
	w, refused := s.workflowOf(c)
	if refused != nil {
		return refused
	}
	if refused := s.checkWorkflow(c); refused != nil {
		return refused
	}
	s.changeWorkflow(c, w)
	return ok(s.showWorkflow(w))
}

func (s *Server) patchWorkflow(c *call) *reply {
	if refused := c.invalid(
		optional("active", isBoolean), optional("name", isString), optional("description", isString), optional("tags", isArray),
		optional("payloadSchema", isObject), optional("validatePayload", isBoolean),
	); refused != nil {
		return refused
	}
	w, refused := s.workflowOf(c)
	if refused != nil {
		return refused
	}
	delete(c.Object(), "steps")
	s.changeWorkflow(c, w)
	return ok(s.showWorkflow(w))
}

func (s *Server) syncWorkflow(c *call) *reply {
	if refused := c.invalid(always("targetEnvironmentId", isString)); refused != nil {
		return refused
	}
	return c.notFound("Environment " + c.Text("targetEnvironmentId") + " not found")
}

func (s *Server) getStep(c *call) *reply {
	w, st, refused := s.stepOf(c)
	if refused != nil {
		return refused
	}
	shown := s.showStep(w, st)
	if len(st.issues) == 0 {
		shown["issues"] = map[string]any{}
	}
	return ok(shown)
}

func (s *Server) stepOf(c *call) (*workflow, step, *reply) {
	w, refused := s.workflowOf(c)
	if refused != nil {
		return nil, step{}, refused
	}
	id := c.Params["stepId"]
	for _, st := range w.steps {
		if st.id == id || st.objectID == id || strings.HasSuffix(id, "_st_"+slugID(st.objectID)) {
			return w, st, nil
		}
	}
	return nil, step{}, c.exception(http.StatusBadRequest, "No step found", map[string]any{"stepId": id, "workflowId": c.Params["workflowId"]})
}
